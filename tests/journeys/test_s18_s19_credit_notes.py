"""S18 and S19: a credit note with the goods back on the shelf, and one that is goodwill alone."""

from decimal import Decimal

import pytest
from django.core import mail

from accounting_sync.drain import drain
from accounting_sync.models import SyncRecord
from tests.journeys.conftest import JULY_20, live
from tests.journeys.stock import in_xero, journals, open_stock, pool, s01, stock_here, two_lines
from tests.workshop.reading_paper import words_on
from workshop import credits, mailing, sales
from workshop.errors import InvoiceLocked
from workshop.models import CreditNote, Goods, Invoice

D = Decimal
BACK = ("COGS reversal for credit note CN 0007", JULY_20, two_lines("631", "310", "12.25"))


@pytest.fixture
def invoice(connection, books):
    """S01, in Xero."""
    open_stock(books)
    invoice = s01()
    drain(connection)
    return invoice


def all_synced():
    return set(SyncRecord.objects.values_list("state", flat=True)) == {"synced"}


def s18(invoice):
    line = invoice.lines.get(part__code="OF-1")
    return credits.credit_invoice(
        invoice, {line.pk: D(1)}, goods={line.pk: Goods.RESTOCKED}, reason="The wrong filter"
    )  # fmt: skip


def s19(invoice):
    return credits.issue_credit_note(
        invoice.customer, description="Goodwill on labour", amount=D("50.00"), reason="Goodwill"
    )


def test_s18_the_credit_note_is_in_xero_and_used_on_its_invoice(invoice, connection, books):
    s18(invoice)
    drain(connection)

    [note] = live(books, "CreditNotes")
    [remote] = [row for row in live(books, "Invoices") if row["InvoiceNumber"] == "INV 1008"]
    assert (note["Type"], note["CreditNoteNumber"], note["Reference"]) == ("ACCRECCREDIT", "CN 0007", "KLM123")
    assert (note["SubTotal"], note["TotalTax"], note["Total"], note["RemainingCredit"]) == (
        D("24.50"), D("3.68"), D("28.18"), D("0.00")
    )  # fmt: skip
    assert remote["AmountDue"] == Invoice.objects.get().amount_due == D("288.65")
    assert all_synced()


def test_s18_the_goods_are_back_in_stock_on_both_sides(invoice, connection, books):
    s18(invoice)
    drain(connection)

    assert journals(books)[2:] == [BACK]
    assert pool("OF-1") == (D(8), D("98.00"))
    assert in_xero(books, "631") == stock_here() == D("743.30")


def test_s18_an_invoice_with_a_credit_on_it_is_locked_for_edits(invoice, connection):
    s18(invoice)
    fresh = Invoice.objects.get()

    with pytest.raises(InvoiceLocked):
        sales.edit_invoice(fresh, lines=[{"description": "Labour", "quantity": D(1), "unit_price": D(1)}])
    assert (fresh.editable, fresh.lines.count(), fresh.total) == (False, 3, D("316.83"))


def test_s18_sent_twice_it_is_there_once(invoice, connection, books, xero):
    s18(invoice)
    drain(connection)
    before = journals(books), live(books, "CreditNotes"), len(xero.calls)

    SyncRecord.objects.update(state="pending", wanted=10)
    drain(connection)

    assert (journals(books), live(books, "CreditNotes"), len(xero.calls)) == before


def test_s18_voided_again_the_goods_leave_the_shelf_again(invoice, connection, books):
    note = s18(invoice)
    drain(connection)

    credits.remove_allocation(note.allocations.get())
    credits.void_credit_note(note)
    drain(connection)

    assert (live(books, "CreditNotes"), Invoice.objects.get().amount_due) == ([], D("316.83"))
    assert pool("OF-1") == (D(7), D("85.75"))
    assert in_xero(books, "631") == stock_here() == D("731.05")
    assert all_synced()


def test_s19_goodwill_moves_no_goods_and_waits_until_it_is_used(invoice, connection, books):
    s19(invoice)
    drain(connection)

    [note] = live(books, "CreditNotes")
    assert (note["SubTotal"], note["TotalTax"], note["Total"], note["RemainingCredit"]) == (
        D("50.00"), D("7.50"), D("57.50"), D("57.50")
    )  # fmt: skip
    assert (note["Status"], len(journals(books))) == ("AUTHORISED", 2)
    assert (CreditNote.objects.get().status, Invoice.objects.get().amount_due) == ("issued", D("316.83"))
    assert all_synced()


def test_s19_somebody_uses_it_on_an_invoice(invoice, connection, books):
    note = s19(invoice)
    drain(connection)

    credits.allocate_credit(note, invoice, amount=D("57.50"))
    drain(connection)

    [remote] = [row for row in live(books, "Invoices") if row["InvoiceNumber"] == "INV 1008"]
    assert remote["AmountDue"] == Invoice.objects.get().amount_due == D("259.33")
    assert all_synced()


def test_s19_it_is_printed_and_e_mailed_and_xero_hears_nothing_of_that(invoice, connection, xero):
    note = s19(invoice)
    invoice.customer.email = "jo@kea.example"
    invoice.customer.save()
    drain(connection)
    calls = len(xero.calls)

    mailing.email_credit_note(note)
    drain(connection)

    [sent] = mail.outbox
    words = words_on(sent.attachments[0][1])
    assert (sent.to, sent.attachments[0][0]) == (["jo@kea.example"], "CN 0007.pdf")
    assert "Goodwill on labour GST 15% 1 50.00 50.00" in words
    assert "GST 15% 7.50 Total credit 57.50 NZD Left to use 57.50 NZD" in words
    assert len(xero.calls) == calls
