"""What accounting adds to the workshop's own lists."""

import pytest

from accounting_sync import queue
from accounting_sync.models import SyncRecord
from tests.accounting_sync.standing import an_invoice_record, in_xero, record_of, refused, text, told
from tests.factories import CustomerFactory, SupplierFactory, VehicleFactory, an_invoice, stocked
from workshop import credits, jobs, sales
from workshop.models import Invoice, PaymentMethod

LISTS = ["customer", "supplier", "part", "invoice", "payment", "creditnote"]
COLUMNS = ["Accounting", "Accounting code", "Last export", "Last import", "Kept out"]
WHY = "It was paid in cash."


def url(name, pk=""):
    return f"/admin/workshop/{name}/" + (f"{pk}/change/" if pk else "")


def paid_and_credited():
    invoice = an_invoice()
    sales.record_payment(invoice, amount=1, method=PaymentMethod.objects.first())
    line = invoice.lines.first()
    credits.credit_invoice(invoice, {line.pk: 1}, reason="Goodwill")
    return invoice


@pytest.mark.parametrize("name", LISTS)
def test_the_columns_stand_on_every_list_that_goes_to_xero(accountant, connection, name):
    paid_and_credited()
    SupplierFactory()
    stocked("OF-1")

    page = text(accountant.get(url(name)))

    for column in COLUMNS:
        assert column in page


@pytest.mark.parametrize("name", ["customer", "invoice"])
def test_who_does_not_see_the_queue_gets_the_plain_list(browser, connection, name):
    an_invoice()

    assert "Accounting code" not in text(browser("Read-only").get(url(name)))


@pytest.mark.parametrize("name", ["vehicle", "job", "quote"])
def test_lists_of_what_stays_here_have_no_such_column(accountant, connection, name):
    line = {"description": "Brake service", "quantity": 1, "unit_price": 120}
    jobs.quote(jobs.book(customer=CustomerFactory(), vehicle=VehicleFactory()), lines=[line])

    page = accountant.get(url(name))

    assert page.context["cl"].result_count == 1
    assert "Accounting code" not in text(page)


@pytest.mark.parametrize(("name", "queries"), [("customer", 9), ("invoice", 9), ("payment", 10), ("creditnote", 9)])
@pytest.mark.parametrize("rows", [1, 3])
def test_a_list_costs_the_same_for_one_row_and_for_three(
    accountant, connection, name, queries, rows, django_assert_num_queries
):
    for _ in range(rows):
        paid_and_credited()

    with django_assert_num_queries(queries):
        accountant.get(url(name))


@pytest.fixture
def three(connection):
    """In Xero; refused; kept out before it ever went."""
    synced, stuck = in_xero(connection), refused(an_invoice_record())
    out = an_invoice_record()
    queue.exclude(out, export=True, from_import=False, reason=WHY)
    return {"synced": synced.object_id, "stuck": stuck.object_id, "out": out.object_id}


def act(client, name, action, rows, **fields):
    return client.post(url(name), {"action": action, "_selected_action": rows, **fields}, follow=True)


def test_many_are_decided_from_their_own_list(accountant, three):
    assert told(act(accountant, "invoice", "retry_selected", [three["stuck"], three["synced"]])) == [
        "1 queued, 1 left alone: in flight, not sent on purpose or settled by a decision only."
    ]
    why = {"answered": "yes", "do_not_export": "on", "reason": WHY}
    assert told(act(accountant, "invoice", "exclude_selected", [three["stuck"]], **why)) == ["1 marked."]
    record = SyncRecord.objects.get(kind="invoice", object_id=three["stuck"])
    assert (record.state, record.do_not_export, record.decided_by) == ("skipped", True, accountant.user)

    both = [three["stuck"], three["out"]]
    assert told(act(accountant, "invoice", "admit_selected", both, answered="yes")) == ["2 let in again."]
    assert SyncRecord.objects.get(kind="invoice", object_id=three["out"]).state == "pending"


def test_who_may_not_decide_is_offered_nothing(browser, three):
    page = browser("Manager").get(url("invoice"))
    assert "Accounting: retry" in text(page)
    assert "Accounting: keep out" not in text(page)
    assert "Accounting: retry" not in text(browser("Read-only").get(url("invoice")))


def test_a_list_keeps_its_own_actions(browser, three):
    page = text(browser("Owner").get(url("customer")))
    assert "Archive" in page
    assert "Accounting: skip with a reason" in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("sync_state=synced", ["synced"]),
        ("sync_state=warning", ["stuck"]),
        ("sync_state=skipped", ["out"]),
        ("sync_state=none", []),
        ("accounting_code=yes", ["synced"]),
        ("accounting_code=no", ["stuck", "out"]),
        ("kept_out=export", ["out"]),
        ("kept_out=import", []),
        ("exported=1", ["synced"]),
        ("exported=never", ["stuck", "out"]),
        ("imported=never", ["synced", "stuck", "out"]),
        ("kept_out=nonsense", ["synced", "stuck", "out"]),
        ("exported=nonsense", ["synced", "stuck", "out"]),
    ],
)
def test_invoices_are_filtered_by_how_they_stand(accountant, three, query, found):
    answer = accountant.get(f"{url('invoice')}?{query}")

    assert set(answer.context["cl"].queryset.values_list("pk", flat=True)) == {three[name] for name in found}


def test_the_row_says_why_it_is_kept_out(accountant, three):
    assert f"Do not export: {WHY}" in text(accountant.get(url("invoice")))


def test_what_asks_stands_on_top_of_the_record(accountant, three):
    page = text(accountant.get(url("invoice", three["stuck"])))

    assert page.index("Needs you") < page.index("Subtotal")


def test_the_box_does_not_look_again_by_itself_in_the_admin(accountant, connection):
    record = an_invoice_record()

    for address in (url("invoice", record.object_id), f"/admin/accounting_sync/syncrecord/{record.pk}/change/"):
        page = accountant.get(address).content.decode()
        assert "Waiting" in page
        assert "data-watch" not in page


def test_what_agrees_stands_below_it(accountant, three):
    page = text(accountant.get(url("invoice", three["synced"])))

    assert page.index("Subtotal") < page.index("Xero holds what is shown here.")


def test_a_record_without_a_place_in_the_queue_has_a_page_too(accountant, garage):
    invoice = an_invoice()

    assert "Xero is not connected." in text(accountant.get(url("invoice", invoice.pk)))


def test_what_is_in_xero_cannot_be_deleted_and_says_what_to_do(browser, three):
    superuser = browser("Owner", is_superuser=True)

    answer = superuser.post(f"/admin/workshop/invoice/{three['synced']}/delete/", {"post": "yes"}, follow=True)

    assert told(answer) == ["INV 1008 cannot be deleted. Void it, or credit it, instead."]
    assert Invoice.objects.filter(pk=three["synced"]).exists()


def test_the_panel_of_a_former_organisation_is_kept_after_disconnecting(accountant, connection, three):
    connection.status, connection.cause = "disconnected", "person"
    connection.save()
    record = SyncRecord.objects.get(object_id=three["synced"], kind="invoice")

    assert record.remote_id in text(accountant.get(url("invoice", three["synced"])))


def test_a_customers_record_is_a_contact(accountant, connection):
    invoice = an_invoice()

    page = text(accountant.get(url("customer", invoice.customer_id)))

    assert record_of("contact", invoice.customer).get_state_display() in page
