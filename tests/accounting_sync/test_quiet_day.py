"""What a day costs on which nothing happens: calls of the 5,000 that Xero allows, and bytes."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest

from accounting_sync import connections, sweep, tieout
from accounting_sync.drain import drain
from accounting_sync.xero import transport
from tests.factories import an_invoice
from tests.xero import SandboxAdapter

MIDNIGHT = datetime(2026, 7, 20, 12, 0, tzinfo=UTC)  # in Auckland
DAY = timedelta(days=1)
OFTEN = ("Contacts", "Invoices", "CreditNotes", "Payments")
TICK = timedelta(minutes=5)  # the clock ticks every minute; nothing is due more often than this


class Meter(SandboxAdapter):
    calls, received = Counter(), Counter()

    def send(self, request, **options):
        response = super().send(request, **options)
        url = urlsplit(request.url)
        asks_for_numbers = url.query.startswith("InvoiceNumbers=") or "CreditNoteNumber" in url.query
        name = "next numbers" if asks_for_numbers else url.path.removeprefix("/api.xro/2.0/")
        self.calls[name] += 1
        self.received[name] += len(response.content)
        return response


@pytest.fixture
def evening(time_machine):
    """The clock stands still; whoever asks for this first is made then."""
    time_machine.move_to(MIDNIGHT - timedelta(hours=6), tick=False)


@pytest.fixture
def meter(evening, connection, xero, monkeypatch):
    """A garage with three invoices in Xero."""
    for _ in range(3):
        an_invoice()
    drain(connection)
    monkeypatch.setattr(Meter, "calls", Counter())
    monkeypatch.setattr(Meter, "received", Counter())
    monkeypatch.setattr(transport, "adapter", lambda: Meter(xero))
    return Meter


@pytest.mark.slow
@pytest.mark.django_db
def test_a_quiet_day_costs_fewer_than_six_hundred_calls_of_polling(meter, time_machine):
    moment = MIDNIGHT
    while moment < MIDNIGHT + DAY:
        time_machine.move_to(moment, tick=False)
        sweep.every_minute()
        if moment.minute == 15:
            tieout.nightly()
            tieout.work()
        moment += TICK

    polled = {name: meter.calls[name] for name in connections.RESOURCES}
    assert polled == {**dict.fromkeys(OFTEN, 97), "Prepayments": 5, "Overpayments": 5}
    assert meter.calls["next numbers"] == 8
    assert sum(polled.values()) < 600
    assert sum(meter.calls.values()) - meter.calls["/connect/token"] < 450  # with the chart, lock dates and the tie-out
    assert sum(meter.received.values()) < 700_000  # mostly the last invoice again and again: a walk overlaps
