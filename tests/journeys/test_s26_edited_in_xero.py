from datetime import date
from decimal import Decimal

import pytest

from accounting_sync import decisions, export_runs, setup
from accounting_sync.drain import drain
from accounting_sync.models import SyncRecord
from accounting_sync.preview import preview
from accounting_sync.sandbox import accountant
from tests.factories import PaymentMethodFactory
from tests.journeys.conftest import live, record_of, s01_invoice
from workshop import sales
from workshop.errors import InvoiceLocked
from workshop.models import Invoice


@pytest.fixture
def edited(today, connection, books, sync):
    """The accountant adds a line of 10.00 and its tax of 1.50."""
    invoice = s01_invoice()
    drain(connection)
    (remote,) = books.tables["Invoices"].values()
    accountant.edit_invoice_add_line(books, remote["InvoiceID"], "Sundries", Decimal("10.00"), "201")
    sync(connection, minutes=11)
    invoice.refresh_from_db()
    return invoice


def test_s26_our_three_lines_stay_and_one_adjustment_shows_the_difference(edited):
    (adjustment,) = edited.lines.filter(kind="adjustment")
    assert (adjustment.description, adjustment.line_amount, adjustment.tax_amount) == (
        "Adjustment made in Xero",
        Decimal("10.00"),
        Decimal("1.50"),
    )
    assert (edited.lines.exclude(kind="adjustment").count(), edited.total) == (3, Decimal("328.33"))
    record = record_of("invoice", edited)
    assert (record.state, record.code) == ("conflict", "changed_in_xero")
    assert "+11.50" in record.message


def test_s26_off_balance_by_11_50_it_is_listed_until_somebody_accepts(edited):
    listed = SyncRecord.objects.unresolved()
    assert [(record.kind, record.evidence["difference"]) for record in listed] == [("invoice", "11.50")]

    decisions.accept_xero(record_of("invoice", edited))

    assert not listed.all().exists()


def test_s26_an_edit_here_is_refused_until_it_is_reconciled(edited):
    with pytest.raises(InvoiceLocked, match="Reconcile"):
        sales.edit_invoice(edited, [{"description": "Labour"}])


def test_s26_the_payment_of_the_new_total_goes_to_xero(edited, connection, books):
    sales.record_payment(edited, amount=Decimal("328.33"), method=PaymentMethodFactory())

    drain(connection)

    (remote,) = books.tables["Invoices"].values()
    assert (remote["Status"], remote["AmountDue"]) == ("PAID", Decimal("0.00"))


def test_s26_accepted_nothing_is_sent_and_it_is_in_balance_again(edited, connection, books, sync):
    decisions.accept_xero(record_of("invoice", edited))
    sync(connection, minutes=11)

    edited.refresh_from_db()
    (remote,) = books.tables["Invoices"].values()
    assert (edited.changed_in_accounts, edited.total) == (False, Decimal("328.33"))
    assert (record_of("invoice", edited).state, len(remote["LineItems"])) == ("synced", 4)


def test_s26_accepted_and_moved_to_another_day_the_accountants_line_stays(edited, connection, books, sync):
    decisions.accept_xero(record_of("invoice", edited))

    sales.redate_invoice(edited, date(2026, 7, 18))
    assert preview("invoice", edited.pk).body.get("LineItems") is None
    sync(connection, minutes=11)

    edited.refresh_from_db()
    (remote,) = books.tables["Invoices"].values()
    assert (remote["Date"], remote["Total"], edited.total) == (date(2026, 7, 18), Decimal("328.33"), Decimal("328.33"))
    assert record_of("invoice", edited).state == "synced"
    assert len(remote["LineItems"]) == 4


def test_s26_accepted_it_is_left_out_when_all_is_booked_anew(edited, connection, books, sync):
    decisions.accept_xero(record_of("invoice", edited))
    setup.choose(connection, {("account", "labour"): "201"})

    run = export_runs.resync(connection)
    sync(connection, minutes=11)

    run.refresh_from_db()
    assert run.total == 0
    (remote,) = books.tables["Invoices"].values()
    assert remote["Total"] == Decimal("328.33")


def test_a_line_recoded_in_xero_and_accepted_stays_when_all_is_booked_anew(today, connection, books, sync):
    invoice = s01_invoice()
    drain(connection)
    (remote,) = books.tables["Invoices"].values()
    line = {"LineItemID": remote["LineItems"][0]["LineItemID"], "AccountCode": "260"}
    others = [{"LineItemID": one["LineItemID"]} for one in remote["LineItems"][1:]]
    accountant.change_invoice(books, remote["InvoiceID"], LineItems=[line, *others])
    sales.redate_invoice(invoice, date(2026, 7, 18))
    sync(connection, minutes=11)
    record = record_of("invoice", invoice)
    assert (record.state, record.code) == ("conflict", "changed_in_both")
    decisions.accept_xero(record)

    sales.redate_invoice(Invoice.objects.get(), date(2026, 7, 17))
    sync(connection, minutes=11)

    (remote,) = books.tables["Invoices"].values()
    assert (remote["Date"], remote["LineItems"][0]["AccountCode"]) == (date(2026, 7, 17), "260")


def test_s26_or_our_version_goes_over_it_knowingly(edited, connection, books, sync):
    decisions.send_ours(record_of("invoice", edited))
    sync(connection, minutes=11)

    edited.refresh_from_db()
    (remote,) = books.tables["Invoices"].values()
    assert (edited.total, remote["Total"]) == (Decimal("316.83"), Decimal("316.83"))
    assert record_of("invoice", edited).state == "synced"


def test_an_edit_here_of_an_invoice_edited_there_meanwhile_overwrites_nothing(today, connection, books):
    invoice = s01_invoice()
    drain(connection)
    (remote,) = books.tables["Invoices"].values()
    accountant.edit_invoice_add_line(books, remote["InvoiceID"], "Sundries", Decimal("10.00"), "201")

    sales.edit_invoice(invoice, [{"description": "Labour", "quantity": Decimal(2)}])
    drain(connection)

    assert record_of("invoice", invoice).code == "changed_in_xero"
    assert books.tables["Invoices"][remote["InvoiceID"]]["Total"] == Decimal("328.33")


def test_s26_voided_there_and_sent_again_as_new_it_is_our_own_lines_and_no_question(connection, edited, books, sync):
    """The adjustment belonged to the invoice that is gone. Found by the simulation."""
    accountant.void(books, record_of("invoice", edited).remote_id)
    sync(connection, minutes=11)
    record = record_of("invoice", edited)
    assert record.code == "voided_in_xero"

    decisions.send_as_new(record)
    drain(connection)
    sync(connection, minutes=11)

    edited.refresh_from_db()
    (remote,) = live(books, "Invoices")
    record.refresh_from_db()
    assert (record.state, edited.total, remote["Total"]) == ("synced", Decimal("316.83"), Decimal("316.83"))
    assert edited.changed_in_accounts is False
