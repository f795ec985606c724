from decimal import Decimal

from accounting_sync import decisions
from accounting_sync.drain import drain
from accounting_sync.models import SyncRecord
from accounting_sync.sandbox import accountant
from accounting_sync.sandbox.faults import Fault
from tests.factories import PaymentMethodFactory, an_invoice
from tests.journeys.conftest import record_of, s01_invoice
from workshop import sales


def typed_by_hand(books):
    line = {"Description": "Consulting", "Quantity": 1, "UnitAmount": Decimal("10"), "AccountCode": "260"}
    return accountant.type_invoice_by_hand(books, "Somebody Else", [line], number="INV 1008")


def test_s22_a_foreign_invoice_of_our_number_is_never_overwritten(today, connection, books):
    foreign = typed_by_hand(books)
    invoice, other = s01_invoice(), an_invoice()
    sales.record_payment(invoice, amount=Decimal("316.83"), method=PaymentMethodFactory())

    drain(connection)

    record = record_of("invoice", invoice)
    assert (record.state, record.code) == ("warning", "number_taken")
    assert "Invoice # must be unique" in record.message
    assert "Somebody Else" in record.message
    assert record_of("invoice", other).state == "synced"
    payment = SyncRecord.objects.get(kind="payment")
    assert (payment.state, payment.code, payment.waiting_on) == ("waiting", "dependency", record)
    assert books.tables["Invoices"][foreign["InvoiceID"]]["Contact"] == foreign["Contact"]


def test_s22_the_next_free_number_cures_it_and_the_payment_follows(today, connection, books):
    typed_by_hand(books)
    invoice, _ = s01_invoice(), an_invoice()
    sales.record_payment(invoice, amount=Decimal("316.83"), method=PaymentMethodFactory())
    drain(connection)

    decisions.use_next_number(record_of("invoice", invoice))
    drain(connection)

    invoice.refresh_from_db()
    assert (invoice.number, invoice.previous_numbers) == ("INV 1010", "INV 1008")
    assert record_of("invoice", invoice).remote_number == "INV 1010"
    assert SyncRecord.objects.get(kind="payment").state == "synced"


def test_s22_if_the_invoice_in_the_way_is_our_own_it_is_adopted(today, connection, books, xero, time_machine):
    invoice = s01_invoice()
    xero.faults.add(Fault("lost", "PUT", "Invoices"))
    drain(connection)
    record = record_of("invoice", invoice)
    assert record.state == "unknown"
    # a person presses nothing; but should the answer have been taken for a refusal, the number is ours all the same
    SyncRecord.objects.filter(pk=record.pk).update(state="pending", open_attempt=None)
    record.open_attempt.finished_at, record.open_attempt.outcome = record.open_attempt.started_at, "not_sent"
    record.open_attempt.save()
    time_machine.shift(7 * 60)

    drain(connection)

    record.refresh_from_db()
    (remote,) = books.tables["Invoices"].values()
    assert (record.state, record.remote_id) == ("synced", remote["InvoiceID"])
