from decimal import Decimal

from accounting_sync.drain import drain
from accounting_sync.models import SyncRecord
from accounting_sync.sandbox import accountant
from tests.factories import PaymentMethodFactory, an_invoice
from tests.journeys.conftest import live, record_of, s01_invoice
from workshop import credits, sales


def all_synced():
    return set(SyncRecord.objects.values_list("state", flat=True)) == {"synced"}


def test_a_credit_note_goes_up_and_is_allocated_in_its_own_call(connection, books):
    invoice = s01_invoice()
    filter_line = invoice.lines.get(unit_price=Decimal("24.50"))

    credits.credit_invoice(invoice, {filter_line.pk: Decimal(1)}, reason="Wrong filter")
    drain(connection)

    (note,) = books.tables["CreditNotes"].values()
    (remote,) = books.tables["Invoices"].values()
    assert (note["CreditNoteNumber"], note["Reference"], note["Total"]) == ("CN 0007", "KLM123", Decimal("28.18"))
    assert (note["Status"], remote["AmountDue"]) == ("PAID", Decimal("288.65"))
    assert all_synced()


def test_an_allocation_removed_here_is_removed_in_xero(connection, books):
    invoice = s01_invoice()
    line = invoice.lines.get(unit_price=Decimal("24.50"))
    note = credits.credit_invoice(invoice, {line.pk: Decimal(1)})
    drain(connection)

    credits.remove_allocation(note.allocations.get())
    drain(connection)

    (remote,) = books.tables["Invoices"].values()
    assert remote["AmountDue"] == Decimal("316.83")
    assert all_synced()


def test_a_voided_invoice_is_voided_in_xero_after_its_payment_is_gone(connection, books):
    invoice = s01_invoice()
    payment = sales.record_payment(invoice, amount=Decimal("100"), method=PaymentMethodFactory())
    drain(connection)

    sales.reverse_payment(payment, reason="Bounced")
    sales.void_invoice(invoice, reason="Wrong car")
    drain(connection)

    assert (live(books, "Invoices"), live(books, "Payments")) == ([], [])
    assert (record_of("invoice", invoice).remote_status, record_of("payment", payment).remote_status) == (
        "VOIDED",
        "DELETED",
    )
    assert all_synced()


def test_an_invoice_voided_before_it_was_ever_sent_never_reaches_xero(connection, books):
    invoice = s01_invoice()
    sales.void_invoice(invoice, reason="Wrong car")

    drain(connection)

    record = record_of("invoice", invoice)
    assert (record.state, record.code) == ("skipped", "never_sent")
    assert len(books.tables["Invoices"]) == 0


def test_voided_in_xero_is_a_decision_here_and_never_a_resurrection(connection, books, sync):
    invoice = s01_invoice()
    drain(connection)
    (remote,) = books.tables["Invoices"].values()
    accountant.void(books, remote["InvoiceID"])

    sync(connection, minutes=11)
    sync(connection, minutes=60)

    record = record_of("invoice", invoice)
    invoice.refresh_from_db()
    assert (record.state, record.code, invoice.status) == ("conflict", "voided_in_xero", "issued")
    assert live(books, "Invoices") == []


def test_a_voided_invoice_with_a_payment_made_in_xero_waits_until_that_is_removed(connection, books):
    invoice = s01_invoice()
    drain(connection)
    (remote,) = books.tables["Invoices"].values()
    payment = accountant.pay(books, remote["InvoiceID"], Decimal("50"))
    sales.void_invoice(invoice, reason="Wrong car")

    drain(connection)
    record = record_of("invoice", invoice)
    assert (record.state, record.code) == ("warning", "not_modifiable")

    accountant.delete_payment(books, payment["PaymentID"])
    from accounting_sync import queue

    queue.retry(SyncRecord.objects.filter(pk=record.pk))
    drain(connection)
    record.refresh_from_db()
    assert (record.state, record.remote_status) == ("synced", "VOIDED")


def test_a_line_credited_in_parts_is_credited_to_the_cent_with_its_tax(connection, books, garage):
    invoice = an_invoice([{"description": "Bulbs", "quantity": Decimal(2), "unit_price": Decimal("0.50")}])
    line = invoice.lines.get()
    for _ in range(2):
        credits.credit_invoice(invoice, {line.pk: Decimal(1)})

    drain(connection)

    notes = [(note["TotalTax"], note["Total"]) for note in books.tables["CreditNotes"].values()]
    assert notes == [(Decimal("0.08"), Decimal("0.58")), (Decimal("0.07"), Decimal("0.57"))]
    (remote,) = books.tables["Invoices"].values()
    assert (remote["Total"], remote["AmountDue"]) == (Decimal("1.15"), Decimal("0.00"))
