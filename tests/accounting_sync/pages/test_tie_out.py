"""The page of the tie-out: who sees it, what it says, its buttons, its file."""

from decimal import Decimal

import pytest
from django.utils import timezone

from accounting_sync import tieout
from accounting_sync.drain import drain
from accounting_sync.models import Connection, SyncRecord, TieOutDifference, TieOutRun
from accounting_sync.pull import pull
from accounting_sync.sandbox import accountant as books_of
from tests.factories import CustomerFactory, an_invoice

HOME = "/accounting/tie-out/"
D = Decimal


def text(answer):
    return " ".join(answer.content.decode().split())


def labour(count):
    lines = [{"description": "Labour", "quantity": D(1), "unit_price": D(100)}]
    return [an_invoice(lines, customer=CustomerFactory(last_name=f"Kea{n}")) for n in range(count)]


@pytest.fixture
def sent(connection, time_machine):
    time_machine.move_to("2026-07-19T22:00:00Z", tick=False)
    (invoice,) = labour(1)
    drain(connection)
    time_machine.shift(60)
    return invoice


@pytest.fixture
def edited(sent, connection, books):
    """The accountant adds 11.50 to it; nobody has read that yet."""
    (remote,) = books.tables["Invoices"].values()
    books_of.edit_invoice_add_line(books, remote["InvoiceID"], "Sundries", D("10.00"), "201")
    return sent


def tie_out(connection):
    tieout.begin(connection)
    tieout.work()


def test_before_the_first_one_the_page_says_so(connection, accountant):
    assert "Not compared yet" in text(accountant.get(HOME))


def test_pressing_the_button_begins_it_in_the_background_and_the_page_shows_how_far_it_is(sent, accountant):
    page = text(accountant.post(f"{HOME}now/", follow=True))

    assert "0 of 6 lists read, now contacts" in page
    assert TieOutRun.objects.get().calls == 0
    assert "Look again" in text(accountant.get(HOME, headers={"HX-Request": "true"}))
    assert "under way already" in text(accountant.post(f"{HOME}now/", follow=True))


def test_while_xero_makes_it_wait_the_page_says_why(sent, connection, accountant):
    tieout.begin(connection)
    Connection.objects.update(minute_left=1, limits_at=timezone.now())

    assert "calls to Xero are nearly used up. It goes on within two minutes." in text(accountant.get(HOME))


def test_when_it_is_done_the_waiting_page_loads_anew(sent, connection, accountant):
    tie_out(connection)

    assert accountant.get(HOME, headers={"HX-Request": "true"})["HX-Refresh"] == "true"


def test_where_both_sides_agree_every_number_is_nought(sent, connection, accountant):
    tie_out(connection)

    page = text(accountant.get(HOME))

    assert "Both sides agree" in page
    assert "1 document compared with Xero on 20 Jul 2026, 10:01" in page
    assert "It cost 8 calls." in page
    assert "0.00 agrees" in page


def test_what_differs_is_one_red_number_for_its_kind_and_month_with_the_document_behind_it(
    edited, connection, accountant
):
    tie_out(connection)

    page = text(accountant.get(HOME))

    assert "2 differ" in page
    assert f"kind=invoice&amp;month={edited.date:%Y-%m}#differences" in page
    assert "11.50 differs" in page
    assert "Newer in Xero, not read yet" in page


def test_the_cure_is_a_button_that_reads_it_and_then_one_that_accepts_it(edited, connection, accountant, time_machine):
    tie_out(connection)
    difference = TieOutDifference.objects.get(kind="invoice")

    accountant.post(f"{HOME}differences/{difference.pk}/read/", {"next": HOME})
    time_machine.shift(60)
    pull(connection)
    page = text(accountant.get(HOME))
    record = SyncRecord.objects.get(kind="invoice")
    assert f"/accounting/records/{record.pk}/accept/" in page

    accountant.post(f"/accounting/records/{record.pk}/accept/", {"next": HOME})
    tie_out(connection)
    assert "Both sides agree" in text(accountant.get(HOME))


def test_the_list_is_narrowed_to_a_kind_and_a_month(edited, connection, accountant):
    tie_out(connection)

    assert "both sides agree to the cent" in text(accountant.get(f"{HOME}?kind=invoice&month=2025-01"))
    page = accountant.get(f"{HOME}?kind=customer")
    assert [line.difference.kind for line in page.context["lines"]] == ["customer"]
    assert accountant.get(f"{HOME}?kind=nonsense&month=13&party=x&page=zz").status_code == 200


def test_what_xero_no_longer_has_asks_what_to_do(sent, connection, books, accountant):
    (remote,) = books.tables["Invoices"].values()
    del books.tables["Invoices"][remote["InvoiceID"]]
    tie_out(connection)
    difference = TieOutDifference.objects.get(kind="invoice")

    page = text(accountant.post(f"{HOME}differences/{difference.pk}/ask/", {"next": HOME}, follow=True))

    record = SyncRecord.objects.get(kind="invoice")
    assert (record.state, record.code) == ("conflict", "not_found")
    assert f"/accounting/records/{record.pk}/resend/" in page
    assert "settled meanwhile" in text(accountant.post(f"{HOME}differences/{difference.pk}/ask/", follow=True))


def test_a_document_of_ours_without_its_link_is_linked(sent, connection, accountant):
    record = SyncRecord.objects.filter(kind="invoice")
    record.update(remote_id=None, state="skipped", code="by_person", message="Lost", synced=0)
    tie_out(connection)
    difference = TieOutDifference.objects.get(reason="not_linked")

    accountant.post(f"{HOME}differences/{difference.pk}/link/")
    drain(connection)

    tie_out(connection)
    assert "Both sides agree" in text(accountant.get(HOME))
    assert record.get().state == "synced"


def test_a_run_that_failed_says_nothing_and_the_one_before_stands(sent, connection, accountant):
    tie_out(connection)
    run = tieout.begin(connection)
    tieout.run.fail(run, "The connection to Xero was lost.")

    page = text(accountant.get(HOME))

    assert "did not finish, so it says nothing. The connection to Xero was lost." in page
    assert "0.00 agrees" in page


def test_the_file_holds_what_the_list_shows(edited, connection, accountant):
    tie_out(connection)

    answer = accountant.get(f"{HOME}differences.csv?kind=invoice")

    head, row = answer.content.decode("utf-8-sig").splitlines()
    assert head.startswith("Verdict,Reason,Kind,Date,Document,What,Here,In Xero,Difference")
    assert row.startswith(f'Differs,"Newer in Xero, not read yet",Invoices,{edited.date},{edited.number}')
    assert ",Total,115.00,126.50,11.50," in row


def test_who_may_only_look_gets_no_button_that_decides(edited, connection, technician, manager):
    tie_out(connection)
    difference = TieOutDifference.objects.get(kind="invoice")

    assert technician.get(HOME).status_code == 403
    assert technician.post(f"{HOME}now/").status_code == 403
    assert manager.post(f"{HOME}differences/{difference.pk}/ask/").status_code == 403
    assert "/read/" in text(manager.get(HOME))


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_costs_the_same_for_one_difference_and_for_three(
    connection, accountant, rows, django_assert_num_queries, time_machine
):
    time_machine.move_to("2026-07-19T22:00:00Z", tick=False)
    labour(rows)
    tie_out(connection)
    assert TieOutDifference.objects.filter(kind="invoice").count() == rows
    accountant.get(HOME)

    with django_assert_num_queries(11):
        accountant.get(HOME)
