import pytest

from accounting_sync import queue
from accounting_sync.models import Attempt
from tests.accounting_sync.standing import an_invoice_record, in_xero, refused, text
from tests.factories import CustomerFactory


def page_of(client, record):
    return client.get(f"/admin/accounting_sync/syncrecord/{record.pk}/change/")


def test_the_page_shows_state_reason_cure_and_buttons(accountant, connection):
    record = refused(in_xero(connection), message="Xero says: Invoice # must be unique.")

    page = text(page_of(accountant, record))

    assert "Needs you" in page
    assert "Xero says: Invoice # must be unique." in page
    assert "Use the next free number, or change it in Xero and retry." in page
    assert "Use the next free number Retry" in page


def test_the_page_shows_what_was_done_and_by_whom(accountant, connection):
    record = in_xero(connection)

    page = text(page_of(accountant, record))

    assert f"Accounting code {record.remote_id}" in page
    assert "Export, create Accepted (200)" in page
    assert "Version wanted / in Xero 1 / 1" in page


def test_the_page_shows_what_both_sides_agreed_on(accountant, connection):
    customer = CustomerFactory(last_name="Kea", email="jo@example.com")
    in_xero(connection, customer=customer)
    contact = connection.sync_records.get(kind="contact", object_id=customer.pk)

    assert "EmailAddress jo@example.com" in text(page_of(accountant, contact))


@pytest.mark.parametrize("pk", ["0", "999", "x", "1" * 30, "²"])
def test_a_record_that_is_not_there_leads_to_the_list(accountant, connection, pk):
    answer = accountant.get(f"/admin/accounting_sync/syncrecord/{pk}/change/")

    assert answer["Location"] == "/admin/accounting_sync/syncrecord/"


def test_a_buttons_way_back_is_this_page(accountant, connection):
    record = refused(an_invoice_record())

    accountant.post(
        f"/accounting/records/{record.pk}/retry/", {"next": page_of(accountant, record).request["PATH_INFO"]}
    )

    record.refresh_from_db()
    assert record.state == "pending"


def test_who_may_not_see_the_queue_does_not_see_the_page(browser, connection):
    assert page_of(browser("Parts"), an_invoice_record()).status_code == 403


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_costs_the_same_for_one_call_and_for_three(accountant, connection, rows, django_assert_num_queries):
    record = in_xero(connection)
    for _ in range(rows - 1):
        queue.decided(record, accountant.user, "Looked at.")

    with django_assert_num_queries(8):
        page_of(accountant, record)


# The history


def test_a_call_shows_what_was_asked_and_answered(accountant, connection):
    in_xero(connection)
    attempt = Attempt.objects.filter(sync_record__kind="invoice").get()

    page = text(accountant.get(f"/admin/accounting_sync/attempt/{attempt.pk}/change/"))

    assert '"InvoiceNumber": "INV 1008"' in page
    assert f'"InvoiceID": "{attempt.sync_record.remote_id}"' in page


def test_the_history_holds_no_secret(accountant, connection, xero):
    in_xero(connection)
    connection.refresh_from_db()

    pages = [accountant.get("/admin/accounting_sync/attempt/").content.decode()]
    pages += [
        accountant.get(f"/admin/accounting_sync/attempt/{pk}/change/").content.decode()
        for pk in Attempt.objects.values_list("pk", flat=True)
    ]

    for secret in [connection.access_token, connection.refresh_token, "its-secret", "Bearer"]:
        assert secret
        assert not any(secret in page for page in pages)


def test_what_xero_answers_is_text_and_never_markup(accountant, connection):
    record = in_xero(connection)
    Attempt.objects.filter(sync_record=record).update(response={"Message": "<script>alert(1)</script>"})
    attempt = Attempt.objects.get(sync_record=record)

    page = accountant.get(f"/admin/accounting_sync/attempt/{attempt.pk}/change/").content.decode()

    assert "<script>alert(1)</script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


@pytest.mark.parametrize(("query", "count"), [("kind=invoice", 1), ("kind=payment", 0), ("outcome__exact=rejected", 0)])
def test_the_history_is_filtered(accountant, connection, query, count):
    in_xero(connection)

    assert accountant.get(f"/admin/accounting_sync/attempt/?{query}").context["cl"].result_count == count
