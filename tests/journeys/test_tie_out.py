"""The proof that both sides agree: whatever the accountant does is named with its numbers, cured, and then agrees."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

from accounting_sync import decisions, queue, tieout
from accounting_sync.drain import drain
from accounting_sync.models import SyncRecord, TieOutDifference
from accounting_sync.sandbox import accountant
from accounting_sync.sandbox.faults import Fault
from tests.factories import PaymentMethodFactory
from tests.journeys.conftest import record_of, s01_invoice
from tests.journeys.tying import the_run, tied
from workshop import credits, sales

D = Decimal


@pytest.fixture
def invoice(connection, time_machine):
    """In Xero since a minute."""
    invoice = s01_invoice()
    drain(connection)
    time_machine.shift(60)
    return invoice


@pytest.fixture
def remote(invoice, books):
    (remote,) = books.tables["Invoices"].values()
    return remote


def test_where_everything_is_in_xero_both_sides_agree_and_it_says_what_it_cost(invoice, connection, xero):
    before = len(xero.calls)

    assert tied(connection) == []

    run = the_run()
    assert (run.checked, run.differing, run.explained) == (1, 0, 0)
    assert run.calls == len(xero.calls) - before == 8  # six lists, and the two accounts
    assert not run.seen.exists()


def test_s26_an_edited_invoice_is_off_balance_by_11_50_until_somebody_accepts(invoice, connection, remote, books, sync):
    accountant.edit_invoice_add_line(books, remote["InvoiceID"], "Sundries", D("10.00"), "201")
    off = [
        ("customer", "changed", "316.83", "328.33", D("11.50")),
        ("invoice", "changed", "316.83", "328.33", D("11.50")),
    ]
    assert tied(connection) == [(kind, "not_read", *rest) for kind, _, *rest in off]

    sync(connection, minutes=11)
    assert tied(connection) == off

    decisions.accept_xero(record_of("invoice", invoice))
    assert tied(connection) == []


def test_s26_or_until_ours_is_sent_over_it(invoice, connection, remote, books, sync):
    accountant.edit_invoice_add_line(books, remote["InvoiceID"], "Sundries", D("10.00"), "201")
    sync(connection, minutes=11)
    decisions.send_ours(record_of("invoice", invoice))
    assert [one[1] for one in tied(connection)] == ["unsent", "unsent"]

    sync(connection)
    assert tied(connection) == []


def test_a_voided_invoice_is_named_and_agrees_once_it_is_undone_here(invoice, connection, remote, books, sync):
    accountant.void(books, remote["InvoiceID"])
    sync(connection, minutes=11)

    assert tied(connection) == [
        ("customer", "gone", "316.83", "0.00", D("-316.83")),
        ("invoice", "gone", "Valid", "Voided", D("-316.83")),
    ]
    decisions.undo_here(record_of("invoice", invoice))
    drain(connection)
    assert tied(connection) == []


def test_money_taken_in_xero_is_named_until_it_is_read(invoice, connection, remote, books, sync):
    accountant.pay(books, remote["InvoiceID"], D("100.00"))

    assert tied(connection) == [
        ("customer", "not_read", "316.83", "216.83", D("-100.00")),
        ("invoice", "not_read", "0.00", "100.00", D("100.00")),
        ("payment", "not_read", "not here", "100.00", D("100.00")),
    ]
    sync(connection, minutes=11)
    assert tied(connection) == []


def test_a_payment_of_ours_removed_in_xero_is_named_on_itself_and_on_its_invoice(invoice, connection, books, sync):
    payment = sales.record_payment(invoice, amount=D("100.00"), method=PaymentMethodFactory())
    drain(connection)
    (row,) = books.tables["Payments"].values()
    accountant.delete_payment(books, row["PaymentID"])
    sync(connection, minutes=11)

    assert tied(connection) == [
        ("customer", "gone", "216.83", "316.83", D("100.00")),
        ("invoice", "gone", "100.00", "0.00", D("-100.00")),
        ("payment", "gone", "Valid", "Deleted", D("-100.00")),
    ]
    holding_the_cure = set(TieOutDifference.objects.filter(run=the_run()).values_list("record", flat=True))
    assert holding_the_cure == {record_of("payment", payment).pk}

    decisions.send_as_new(record_of("payment", payment))
    sync(connection)
    assert tied(connection) == []


def test_what_is_not_sent_yet_explains_its_difference(invoice, connection):
    sales.record_payment(invoice, amount=D("100.00"), method=PaymentMethodFactory())

    found = tied(connection)

    assert found == [
        ("customer", "unsent", "216.83", "316.83", D("100.00")),
        ("invoice", "unsent", "100.00", "0.00", D("-100.00")),
        ("payment", "unsent", "100.00", "not there", D("-100.00")),
    ]
    assert (the_run().differing, the_run().explained) == (0, 3)
    drain(connection)
    assert tied(connection) == []


def test_what_somebody_skipped_explains_its_difference_until_it_is_sent_after_all(connection):
    invoice = s01_invoice()
    records = SyncRecord.objects.filter(kind="invoice", object_id=invoice.pk)
    queue.skip(records, "Booked by hand")
    drain(connection)

    assert tied(connection) == [
        ("customer", "by_decision", "316.83", "0.00", D("-316.83")),
        ("invoice", "by_decision", "316.83", "not there", D("-316.83")),
    ]
    queue.unskip(records)
    drain(connection)
    assert tied(connection) == []


def test_what_is_older_than_the_start_date_is_kept_out_by_decision_before_it_has_a_place_in_the_queue(connection):
    invoice = s01_invoice()
    SyncRecord.objects.filter(kind="invoice").delete()
    connection.start_date = invoice.date + timedelta(days=1)
    connection.save(update_fields=["start_date"])

    assert [one[:2] for one in tied(connection)] == [("customer", "by_decision"), ("invoice", "by_decision")]


def test_credit_not_used_there_yet_explains_the_invoice_and_the_credit(invoice, connection):
    line = invoice.lines.get(unit_price=D("24.50"))
    note = credits.credit_invoice(invoice, {line.pk: D(1)})
    drain(connection)
    assert tied(connection) == []

    credits.remove_allocation(note.allocations.get())

    assert tied(connection) == [
        ("credit_note", "unsent", "28.18", "0.00", D("-28.18")),
        ("invoice", "unsent", "0.00", "28.18", D("28.18")),
    ]
    drain(connection)
    assert tied(connection) == []


def test_a_copy_with_our_address_is_twice_in_xero_until_it_is_voided(invoice, connection, remote, books):
    line = {"Description": "Labour", "UnitAmount": 100, "AccountCode": "200", "TaxType": "OUTPUT2"}
    copy = accountant.type_invoice_by_hand(books, "Jo Kea", [line], number="COPY-1", day=invoice.date)
    accountant.change_invoice(books, copy["InvoiceID"], Url=remote["Url"])

    assert tied(connection) == [
        ("customer", "twice", "316.83", "431.83", D("115.00")),
        ("invoice", "twice", "once", "twice", D("115.00")),
    ]
    accountant.void(books, copy["InvoiceID"])
    assert tied(connection) == []


def test_an_invoice_typed_in_xero_explains_the_balance(invoice, connection, books):
    line = {"Description": "Tow", "UnitAmount": 100, "AccountCode": "200", "TaxType": "OUTPUT2"}
    accountant.type_invoice_by_hand(books, "Jo Kea", [line], number="X-1", day=invoice.date)

    assert tied(connection) == [("customer", "foreign", "316.83", "431.83", D("115.00"))]
    (one,) = the_run().differences.all()
    assert (one.verdict, [(part["title"], part["amount"]) for part in one.details]) == (
        "explained",
        [("X-1", "115.00")],
    )


def test_a_customer_archived_in_xero_is_named(invoice, connection, books):
    contact = record_of("contact", invoice.customer).remote_id
    accountant.archive_contact(books, contact)

    assert tied(connection) == [("contact", "archived", "Active", "Archived", D(0))]

    accountant.restore_contact(books, contact)
    assert tied(connection) == []


def test_what_xero_no_longer_has_is_asked_for_by_its_id_first(invoice, connection, remote, books, xero):
    del books.tables["Invoices"][remote["InvoiceID"]]

    before = len(xero.calls)
    assert tied(connection)[1] == ("invoice", "missing", "316.83", "not there", D("-316.83"))
    assert len(xero.calls) - before == 9  # eight as always, and the one that asks for it


@pytest.mark.parametrize("path", ["Invoices", "Payments", "TrialBalance"])
def test_a_read_that_fails_says_nothing_and_goes_on_later(invoice, connection, xero, path):
    tied(connection)
    xero.faults.add(Fault("offline", path=path))
    run = tieout.begin(connection)

    assert tieout.work()

    run.refresh_from_db()
    assert (run.stage, run.failures, run.differences.count()) == ("reading", 1, 0)
    assert tieout.latest(connection) != run
    xero.faults.clear()
    assert tieout.work()
    run.refresh_from_db()
    assert (run.stage, run.differing) == ("done", 0)


def test_after_five_failures_it_ends_without_a_verdict(invoice, connection, xero):
    for _ in range(5):
        xero.faults.add(Fault("offline", path="Invoices"))
    run = tieout.begin(connection)

    for _ in range(5):
        tieout.work()

    run.refresh_from_db()
    assert (run.stage, run.summary, run.differences.count()) == ("failed", [], 0)
    assert "could not be read" in run.message


def test_the_command_tells_what_differs_and_fails_then(invoice, connection, remote, books, capsys):
    call_command("sync_tieout")
    assert capsys.readouterr().out == "1 compared in 8 calls: 0 differ, 0 are explained.\n"

    accountant.edit_invoice_add_line(books, remote["InvoiceID"], "Sundries", D("10.00"), "201")
    with pytest.raises(CommandError, match="do not agree"):
        call_command("sync_tieout")
    assert "Differs: INV 1008 · Jo Kea: Total 316.83 here, 328.33 in Xero (+11.50)" in capsys.readouterr().out


def test_the_command_has_no_verdict_where_xero_could_not_be_read(invoice, connection, xero):
    xero.faults.add(Fault("offline", path="Invoices"))

    with pytest.raises(CommandError, match="No verdict"):
        call_command("sync_tieout")
