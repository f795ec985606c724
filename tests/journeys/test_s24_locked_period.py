from datetime import date

import pytest

from accounting_sync import connections, decisions, directory, queue
from accounting_sync.decisions import NotOffered
from accounting_sync.drain import drain
from accounting_sync.models import SyncRecord
from accounting_sync.sandbox import accountant
from accounting_sync.sandbox.faults import Fault
from accounting_sync.xero.client import Client
from tests.factories import PaymentMethodFactory, an_invoice
from tests.journeys.conftest import record_of
from workshop import sales

LOCKED = date(2026, 6, 30)


def lock(connection, books, known=True):
    accountant.lock(books, LOCKED)
    if known:
        directory.reload(Client(connection))
        connection.refresh_from_db()


def test_s24_on_the_lock_date_nothing_is_sent_and_the_day_after_passes(today, connection, books):
    lock(connection, books)
    on_it, after = an_invoice(date=LOCKED), an_invoice(date=date(2026, 7, 1))

    drain(connection)

    record = record_of("invoice", on_it)
    assert (record.state, record.code, record.attempts.count()) == ("waiting", "period_locked", 0)
    assert record_of("invoice", after).state == "synced"


def test_s24_moved_to_the_first_open_day_it_goes_and_the_old_date_is_kept(today, connection, books):
    lock(connection, books)
    invoice = an_invoice(date=LOCKED)
    drain(connection)

    decisions.move_to_first_open_day(record_of("invoice", invoice))
    drain(connection)

    invoice.refresh_from_db()
    (remote,) = books.tables["Invoices"].values()
    assert (invoice.date, remote["Date"]) == (date(2026, 7, 1), date(2026, 7, 1))
    assert [past.date for past in invoice.history.all()] == [date(2026, 7, 1), LOCKED]


def test_s24_a_paid_invoice_is_not_offered_to_be_moved_for_it_could_not_be(today, connection, books):
    lock(connection, books)
    invoice = an_invoice(date=LOCKED)
    drain(connection)
    assert decisions.offered(record_of("invoice", invoice)) == ["move_date"]

    sales.record_payment(invoice, amount=invoice.total, method=PaymentMethodFactory())

    assert decisions.offered(record_of("invoice", invoice)) == []


def test_s24_a_lock_set_between_queueing_and_sending_leads_to_the_same_screen(today, connection, books):
    invoice = an_invoice(date=LOCKED)
    lock(connection, books, known=False)

    drain(connection)

    record = record_of("invoice", invoice)
    assert (record.state, record.code) == ("waiting", "period_locked")
    assert record.message == "Dated 30 Jun 2026; Xero's books are locked up to 30 Jun 2026."
    assert "period lock date" in record.attempts.get().message  # Xero's own words stay in the history
    assert len(books.tables["Invoices"]) == 0

    decisions.move_to_first_open_day(record)
    drain(connection)
    (remote,) = books.tables["Invoices"].values()
    assert remote["Date"] == date(2026, 7, 1)


def test_s24_an_invoice_is_never_moved_back_in_time(today, connection, books, xero):
    """The lock date known here is years old, and the one that stands in the way could not be read."""
    connections.change_lock_dates(connection, date(2009, 9, 30), None)
    invoice = an_invoice(date=LOCKED)
    lock(connection, books, known=False)
    xero.faults.add(Fault("timeout", "GET", "Organisation"))
    drain(connection)

    with pytest.raises(NotOffered, match="it is read anew"):
        decisions.move_to_first_open_day(record_of("invoice", invoice))

    invoice.refresh_from_db()
    assert invoice.date == LOCKED


def test_s24_reopened_by_the_accountant_a_retry_is_enough(today, connection, books):
    lock(connection, books)
    invoice = an_invoice(date=LOCKED)
    drain(connection)
    accountant.lock(books, None)

    queue.retry(SyncRecord.objects.filter(object_id=invoice.pk))
    drain(connection)

    assert record_of("invoice", invoice).state == "synced"


def test_s24_reopened_by_the_accountant_what_waited_goes_by_itself(today, connection, books):
    lock(connection, books)
    invoice = an_invoice(date=LOCKED)
    drain(connection)

    accountant.lock(books, None)
    directory.reload(Client(connection))
    connection.refresh_from_db()
    drain(connection)

    assert record_of("invoice", invoice).state == "synced"
