from decimal import Decimal

import pytest

from accounting_sync import decisions, queue
from accounting_sync.drain import drain
from accounting_sync.models import SyncRecord
from accounting_sync.pull import pull
from accounting_sync.sandbox import accountant
from tests.factories import PaymentMethodFactory
from tests.journeys.conftest import live, record_of, s01_invoice
from workshop import sales

TOTAL = Decimal("316.83")


@pytest.fixture
def paid_in_xero(today, connection, books):
    invoice = s01_invoice()
    drain(connection)
    (remote,) = books.tables["Invoices"].values()
    payment = accountant.pay(books, remote["InvoiceID"], TOTAL, today)
    return invoice, payment


def pay_here(invoice):
    return sales.record_payment(invoice, amount=TOTAL, method=PaymentMethodFactory(name="EFTPOS"))


def test_s21_xero_refuses_the_second_payment_and_a_person_links_it(connection, books, paid_in_xero):
    invoice, in_xero = paid_in_xero
    payment = pay_here(invoice)

    drain(connection)

    record = record_of("payment", payment)
    assert (record.state, record.code) == ("warning", "already_paid")
    assert "Payment amount exceeds the amount outstanding on this document" in record.message
    assert "Already paid in Xero on 20 Jul 2026: 316.83." in record.message
    assert decisions.offered(record) == ["link_payment"]

    decisions.link_payment(record)
    pull(connection, only_due=False)
    drain(connection)

    record.refresh_from_db()
    invoice.refresh_from_db()
    assert (record.state, record.remote_id) == ("synced", in_xero["PaymentID"])
    assert (invoice.status, invoice.amount_paid, invoice.payments.count()) == ("paid", TOTAL, 1)
    assert len(live(books, "Payments")) == 1


def test_s21_or_ours_stays_a_second_receipt_that_is_settled_in_xero(connection, books, paid_in_xero, sync):
    invoice, in_xero = paid_in_xero
    payment = pay_here(invoice)
    drain(connection)

    queue.skip(SyncRecord.objects.filter(pk=record_of("payment", payment).pk), "Overpaid; refunded in Xero")
    sync(connection, minutes=11)

    record = record_of("payment", payment)
    invoice.refresh_from_db()
    assert (record.state, record.message) == ("skipped", "Overpaid; refunded in Xero")
    assert (invoice.status, invoice.amount_paid) == ("paid", TOTAL)
    assert [row["PaymentID"] for row in live(books, "Payments")] == [in_xero["PaymentID"]]


def test_s21_a_payment_read_from_xero_while_ours_waits_is_offered_as_the_same(connection, books, paid_in_xero):
    invoice, in_xero = paid_in_xero
    payment = pay_here(invoice)

    pull(connection, only_due=False)

    record = record_of("payment", payment)
    assert (record.state, record.code, record.evidence["remote_id"]) == (
        "warning",
        "already_paid",
        in_xero["PaymentID"],
    )
    assert invoice.payments.count() == 1


def test_a_payment_entered_in_xero_shows_on_the_invoice_and_is_never_sent_back(connection, books, paid_in_xero, sync):
    invoice, _ = paid_in_xero

    sync(connection)
    sync(connection, minutes=11)

    invoice.refresh_from_db()
    payment = invoice.payments.get()
    assert (invoice.status, payment.amount, payment.source) == ("paid", TOTAL, "accounts")
    assert len(books.tables["Payments"]) == 1
    assert record_of("payment", payment).last_imported_at is not None


def test_a_payment_removed_in_xero_is_reversed_here(connection, books, paid_in_xero, sync):
    invoice, in_xero = paid_in_xero
    sync(connection)

    accountant.delete_payment(books, in_xero["PaymentID"])
    sync(connection, minutes=11)

    invoice.refresh_from_db()
    assert (invoice.status, invoice.amount_due) == ("issued", TOTAL)
    assert invoice.payments.get().reverse_reason == "Removed in Xero"
