"""Stock and work in progress, here against Xero: whatever differs is named, and it adds up to the cent."""

from datetime import timedelta
from decimal import Decimal

import pytest

from accounting_sync import queue, setup
from accounting_sync.drain import drain
from accounting_sync.models import Reconciliation, SyncRecord
from accounting_sync.reconciliation import correct, nightly, reconcile
from accounting_sync.reconciliation.compare import terms
from accounting_sync.sandbox import accountant
from tests.factories import an_invoice, stocked
from tests.journeys.conftest import JULY_20
from tests.journeys.stock import in_xero, journals, s01, stock_here
from tests.workshop.purchasing.buying import an_order, received
from workshop import sales
from workshop.errors import NotAllowedNow
from workshop.models import Part, StockJournal
from workshop.purchasing import billing

D = Decimal


def compared(connection, as_at=JULY_20, account="stock"):
    """The difference and its terms; they always add up."""
    found = {one.account: one for one in reconcile(connection, as_at)}[account]
    told = dict(terms(found))
    assert sum(told.values()) == found.difference
    return found.difference, told


def remote_journal(books, amount):
    rows = books.tables["ManualJournals"].values()
    return next(row for row in rows if row.get("Url") and row["JournalLines"][0]["LineAmount"] == D(amount))


def test_where_everything_is_in_xero_both_sides_agree_in_two_calls(opened, xero):
    s01()
    drain(opened)
    before = len(xero.calls)

    assert compared(opened) == (0, {})
    assert compared(opened, account="wip") == (0, {})
    assert len(xero.calls) - before == 4


def test_a_journal_that_is_not_in_xero_yet_is_named(opened):
    s01()

    assert compared(opened) == (D("46.65"), {"unsent": D("46.65")})
    titles = {entry["title"] for entry in Reconciliation.objects.get(account="stock").entries}
    assert titles == {"COGS for invoice INV 1008: 12.25", "COGS for invoice INV 1008: 34.40"}


def test_what_somebody_and_what_a_switch_kept_back_are_told_apart(opened):
    s01()
    queue.skip(SyncRecord.objects.filter(kind="journal"), "Booked by hand")
    setup.switch(opened, journals=False)
    an_invoice([{"part": Part.objects.get(code="WB"), "quantity": D(1), "unit_price": D(15)}])
    drain(opened)

    assert compared(opened) == (D("55.80"), {"by_person": D("46.65"), "by_choice": D("9.15")})


def test_goods_received_and_not_billed_are_named_by_their_delivery(opened):
    receipt = received(an_order((Part.objects.get(code="OF-1"), 2, "13.00")))

    assert compared(opened) == (D("-26.00"), {"not_billed": D("-26.00")})
    (entry,) = Reconciliation.objects.get(account="stock").entries
    assert (entry["kind"], entry["object_id"]) == ("receipt", receipt.pk)

    billing.finalise(receipt, number="SI-1", unit_costs={receipt.lines.get().pk: D("14.00")})
    drain(opened)
    assert compared(opened) == (0, {})


def test_a_journal_of_somebody_else_is_foreign_and_may_be_corrected_by_a_person(opened, books):
    s01()
    drain(opened)
    accountant.post_journal(books, "Stock write-down", {"631": D("-50.00"), "311": D("50.00")}, JULY_20)
    difference, told = compared(opened)
    assert (difference, told["foreign"] + told["opening"]) == (D("-50.00"), D("-50.00"))

    journal = correct(Reconciliation.objects.get(account="stock"))
    drain(opened)

    assert (journal.debit, journal.credit, journal.amount) == ("stock", "adjustment", D("50.00"))
    assert in_xero(books, "631") == stock_here() == D("731.05")  # nothing changed here
    assert compared(opened)[0] == 0
    assert Reconciliation.objects.get(account="stock").proposed == 0


def test_a_correction_is_proposed_once(opened, books):
    accountant.post_journal(books, "Stock write-down", {"631": D("-50.00"), "311": D("50.00")}, JULY_20)
    compared(opened)
    correct(Reconciliation.objects.get(account="stock"))
    compared(opened)  # before it is sent

    with pytest.raises(NotAllowedNow):
        correct(Reconciliation.objects.get(account="stock"))
    assert StockJournal.objects.filter(kind="correcting").count() == 1


def test_a_foreign_bill_is_named_and_no_journal_is_proposed_for_it(opened, books):
    line = {"Description": "Oil", "UnitAmount": 80, "AccountCode": "631", "TaxType": "INPUT2"}
    accountant.type_invoice_by_hand(books, "Parts House Ltd", [line], bill=True, number="X-1", day=JULY_20)

    difference, told = compared(opened)

    assert (difference, told["foreign"]) == (D("80.00"), D("857.70"))  # with the accountant's opening journal
    assert Reconciliation.objects.get(account="stock").proposed == 0


def test_a_journal_voided_in_xero_is_named(opened, books):
    s01()
    drain(opened)
    accountant.void_journal(books, remote_journal(books, "12.25")["ManualJournalID"])

    difference, told = compared(opened)

    assert (difference, told["changed"]) == (D("12.25"), D("12.25"))


def test_a_journal_moved_to_another_day_in_xero_is_a_difference_of_dates(opened, books):
    s01()
    drain(opened)
    remote = remote_journal(books, "34.40")
    accountant.edit_journal(books, remote["ManualJournalID"], Date=(JULY_20 + timedelta(days=2)).isoformat())

    assert compared(opened)[1]["other_date"] == D("34.40")
    assert compared(opened, JULY_20 + timedelta(days=2))[0] == 0


def test_a_void_that_xero_has_not_yet_is_named(opened, books):
    invoice = s01()
    drain(opened)
    sales.void_invoice(invoice, reason="Wrong car")

    assert compared(opened) == (D("-46.65"), {"unsent": D("-46.65")})


def test_opening_stock_that_the_accountant_never_entered_is_told(connection, books):
    stocked("OF-1", 8, "98.00")

    assert compared(connection) == (D("-98.00"), {"opening": D("-98.00")})


def test_every_night_it_is_kept_once_as_the_last_day_ended(opened, xero):
    nightly(opened)
    before = len(xero.calls)
    nightly(opened)

    days = {(one.account, one.as_at) for one in Reconciliation.objects.all()}
    assert days == {("stock", JULY_20 - timedelta(days=1)), ("wip", JULY_20 - timedelta(days=1))}
    assert len(xero.calls) == before


def test_after_a_catch_up_both_sides_agree(opened, books, time_machine):
    from accounting_sync.kept_back import catch_up

    setup.switch(opened, journals=False)
    s01()
    drain(opened)
    time_machine.shift(60)
    setup.switch(opened, journals=True)

    catch_up(opened)
    drain(opened)

    assert compared(opened) == (0, {})
    assert len(journals(books)) == 1
