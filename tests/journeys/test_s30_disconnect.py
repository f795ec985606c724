"""Story S30: access is withdrawn in the middle; what was accepted stays linked, and only the rest is sent."""

from datetime import date
from decimal import Decimal

import pytest

from accounting_sync import connections, export_runs, queue
from accounting_sync.drain import drain
from accounting_sync.models import SyncRecord
from accounting_sync.sandbox import demo
from accounting_sync.sandbox.faults import Fault
from tests.factories import an_invoice
from tests.journeys.conftest import record_of
from tests.journeys.stock import journals, open_stock, s01, two_lines
from tests.xero import connect
from workshop.models import StockJournal

COGS, FIRST, SECOND = "COGS for invoice INV 1008", two_lines("310", "631", "12.25"), two_lines("310", "631", "34.40")


@pytest.fixture
def cut_off(connection, books, xero):
    """INV 1008 and its first journal are in Xero; access is withdrawn when the second is sent."""
    open_stock(books)
    invoice = s01()
    oil = record_of("journal", StockJournal.objects.get(amount=Decimal("34.40")))
    queue.exclude(oil, export=True, from_import=False, reason="Hold it for a moment")
    drain(connection)
    queue.exclude(oil, export=False, from_import=False, reason="")
    xero.faults.add(Fault("revoked", "PUT", "ManualJournals"))
    drain(connection)
    connection.refresh_from_db()
    return invoice


def posted(books):
    return [(narration, lines) for narration, _, lines in journals(books)]


def writes(xero):
    return [(call.method, call.path.rpartition("/")[2]) for call in xero.calls if call.method in {"PUT", "POST"}]


def test_s30_the_same_organisation_goes_on_where_it_stopped(cut_off, connection, books, xero):
    assert (connection.status, connection.cause) == ("reconnect", "forbidden")
    assert posted(books) == [(COGS, FIRST)]
    linked = dict(SyncRecord.objects.exclude(remote_id=None).values_list("pk", "remote_id"))
    meanwhile = an_invoice()  # work goes on
    drain(connection)
    assert record_of("invoice", meanwhile).state == "pending"

    xero.calls.clear()
    again = connect(xero, books)
    drain(again)

    assert again.pk == connection.pk
    assert posted(books) == [(COGS, FIRST), (COGS, SECOND)]
    assert len(books.tables["Invoices"]) == 2
    assert linked.items() <= dict(SyncRecord.objects.values_list("pk", "remote_id")).items()
    assert sorted(path for _, path in writes(xero) if path != "token") == ["Contacts", "Invoices", "ManualJournals"]


@pytest.fixture
def elsewhere(cut_off, connection, xero):
    """Disconnected for good, and another organisation is chosen in its place."""
    connections.disconnect(connection)
    demo.add_organisation(xero, "Rimu Motors", "NZ")
    other = list(xero.organisations.values())[-1]
    return connect(xero, other), other


def test_s30_another_organisation_gets_nothing_before_somebody_says_from_which_day(elsewhere, connection):
    other, books = elsewhere
    other.refresh_from_db()
    assert (other.pk != connection.pk, other.status, other.cause) == (True, "paused", "another")

    connections.resume(other)
    an_invoice()
    drain(other)
    other.refresh_from_db()

    assert (other.status, other.cause) == ("paused", "another")
    assert (books.tables["Contacts"], books.tables["Invoices"], posted(books)) == ({}, {}, [])


def test_s30_it_starts_fresh_from_the_day_chosen(elsewhere, connection):
    other, books = elsewhere
    before = dict(SyncRecord.objects.filter(connection=connection).values_list("pk", "remote_id"))

    export_runs.start_from(other, date(2026, 7, 21))
    early, late = an_invoice(date=date(2026, 7, 20)), an_invoice(date=date(2026, 7, 21))
    drain(other)

    there = [row["InvoiceNumber"] for row in books.tables["Invoices"].values()]
    assert (there, early.number in there) == ([late.number], False)
    assert dict(SyncRecord.objects.filter(connection=connection).values_list("pk", "remote_id")) == before
