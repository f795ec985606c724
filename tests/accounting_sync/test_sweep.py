"""What no signal told, the sweep finds; what waits is looked at again; history goes last."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from accounting_sync import connections, export_runs, sweep
from accounting_sync.drain import drain
from accounting_sync.models import Connection, Priority, SyncRecord, Worker
from tests.factories import an_invoice
from workshop.models import Invoice


def of(kind, instance):
    return SyncRecord.objects.get(kind=kind, object_id=instance.pk)


def test_a_record_no_signal_told_of_is_found(connection, books):
    invoice = an_invoice()
    SyncRecord.objects.all().delete()

    sweep.sweep(connection)
    drain(connection)

    assert of("invoice", invoice).state == "synced"
    assert len(books.tables["Invoices"]) == 1


def test_a_bulk_update_is_found_by_the_full_sweep(connection, books):
    invoice = an_invoice()
    drain(connection)
    Invoice.objects.filter(pk=invoice.pk).update(reference="ABC123")

    sweep.sweep(connection, full=True)
    drain(connection)

    (remote,) = books.tables["Invoices"].values()
    assert (remote["Reference"], of("invoice", invoice).state) == ("ABC123", "synced")


def test_a_full_sweep_of_what_is_unchanged_queues_nothing(connection):
    an_invoice()
    drain(connection)

    assert sweep.sweep(connection, full=True) == 0


def test_what_xero_refused_is_not_sent_again_by_the_sweep(connection):
    invoice = an_invoice()
    SyncRecord.objects.filter(kind="invoice").update(state="waiting", code="plan_cap", message="No more this month.")

    sweep.sweep(connection)

    assert of("invoice", invoice).state == "waiting"


def test_the_clock_sweeps_every_quarter_of_an_hour_and_compares_once_a_day(connection, time_machine):
    time_machine.move_to("2026-07-19T22:00:00Z", tick=False)
    sweep.every_minute()
    first = Worker.objects.get()
    time_machine.shift(timedelta(minutes=20))
    sweep.every_minute()
    second = Worker.objects.get()

    assert (second.swept_at - first.swept_at, second.compared_at) == (timedelta(minutes=20), first.compared_at)


def test_documents_before_the_start_date_stay_here_until_history_is_asked_for(connection, books):
    Connection.objects.update(start_date=date(2026, 7, 1))
    connection.refresh_from_db()
    old = an_invoice(date=date(2026, 6, 15))
    drain(connection)
    record = of("invoice", old)
    assert (record.state, record.code, len(books.tables["Invoices"])) == ("skipped", "before_start_date", 0)

    assert export_runs.start_from(connection, date(2026, 6, 1)) == 1
    record.refresh_from_db()
    assert (record.state, record.priority) == ("pending", Priority.HISTORY)
    drain(connection)
    assert of("invoice", old).state == "synced"


@pytest.mark.parametrize(
    ("day_left", "slowest"),
    [
        (None, Priority.HISTORY),
        (4000, Priority.HISTORY),
        (1500, Priority.POLL),
        (900, Priority.HISTORY),
        (400, Priority.POLL),
        (40, Priority.PERSON),
    ],
)
def test_history_never_starves_the_till(connection, day_left, slowest):
    connection.day_left, connection.limits_at = day_left, timezone.now()

    assert connections.lane(connection, timezone.now()) == slowest


def test_with_few_calls_left_live_changes_wait_for_tomorrow(connection, xero):
    an_invoice()
    Connection.objects.update(day_left=30, limits_at=timezone.now())
    connection.refresh_from_db()
    before = len(xero.calls)

    drain(connection)

    assert (len(xero.calls), set(SyncRecord.objects.values_list("state", flat=True))) == (before, {"pending"})
