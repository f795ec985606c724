"""Reading for the tie-out: page by page, on from where it was, and never a verdict from half of it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounting_sync import connections, tieout, walk
from accounting_sync.drain import drain
from accounting_sync.models import Connection, TieOutRun
from accounting_sync.sandbox import accountant
from accounting_sync.sandbox.faults import Fault
from accounting_sync.tasks import every_hour
from accounting_sync.tieout import theirs
from tests.factories import an_invoice
from workshop.errors import NotAllowedNow

D = Decimal


@pytest.fixture(autouse=True)
def today(time_machine):
    """Ten in the morning where the garage stands."""
    time_machine.move_to("2026-07-19T22:00:00Z", tick=False)


@pytest.fixture
def seven(connection, monkeypatch, time_machine):
    """Seven invoices in Xero, one after the other; Xero's pages hold three."""
    monkeypatch.setattr(walk, "PAGE", 3)
    for _ in range(7):
        an_invoice([{"description": "Labour", "quantity": D(1), "unit_price": D(100)}])
        drain(connection)
        time_machine.shift(5)
    time_machine.shift(61)  # those calls are of an earlier minute
    return connection


def invoices():
    return theirs.BY_RESOURCE["Invoices"]


def test_a_list_is_read_on_from_where_a_killed_worker_left_it(seven, xero):
    run, before = tieout.begin(seven), len(xero.calls)
    client = theirs.Counting(run)
    now = timezone.now()
    assert not theirs.read_list(client, run, invoices(), now)
    assert run.seen.count() == 3

    assert theirs.read_list(client, run, invoices(), now + timedelta(minutes=1))

    assert run.seen.count() == 7
    run.refresh_from_db()
    assert (run.calls, run.rows_read >= 7) == (
        len([c for c in list(xero.calls)[before:] if c.path.endswith("/Invoices") and c.method == "GET"]),
        True,
    )


def test_what_changes_while_the_list_is_read_is_kept_as_it_is_then_and_nothing_is_missed(seven, books):
    run = tieout.begin(seven)
    client, now = theirs.Counting(run), timezone.now()
    theirs.read_list(client, run, invoices(), now)
    first = run.seen.order_by("updated_at").first()
    accountant.edit_invoice_add_line(books, first.remote_id, "Sundries", D(10), "201")

    theirs.read_list(client, run, invoices(), now + timedelta(minutes=1))

    assert run.seen.count() == 7
    assert run.seen.get(remote_id=first.remote_id).total == D("126.50")


def test_a_whole_run_over_many_pages_agrees(seven):
    run = tieout.begin(seven)
    tieout.work()

    run.refresh_from_db()
    assert (run.stage, run.checked, run.differing, run.explained) == ("done", 7, 0, 0)


@pytest.mark.parametrize("kind", ["offline", "half", "garbage", "error", "html", "lost", "timeout"])
@pytest.mark.parametrize("nth", [1, 3])
def test_half_an_answer_is_no_answer(seven, xero, kind, nth):
    run = tieout.begin(seven)
    xero.faults.add(Fault(kind, method="GET", path="/Invoices", nth=nth))

    tieout.work()

    run.refresh_from_db()
    assert (run.stage, run.failures, run.differences.exists()) == ("reading", 1, False)
    assert tieout.latest(seven) is None

    tieout.work()
    run.refresh_from_db()
    assert (run.stage, run.checked, run.differing) == ("done", 7, 0)


def run_again(run):
    return TieOutRun.objects.select_related("connection").get(pk=run.pk)


def test_while_xero_asks_us_to_wait_nothing_is_read_and_the_run_goes_on_afterwards(seven, xero, time_machine):
    run = tieout.begin(seven)
    connections.park(seven, timedelta(minutes=3), "Xero's limit of calls per minute is used up.", timezone.now())
    before = len(xero.calls)

    assert tieout.work()
    assert len(xero.calls) == before
    assert tieout.held_back(run_again(run)) == "Xero's limit of calls per minute is used up. It goes on by itself."

    time_machine.shift(240)
    tieout.work()
    run.refresh_from_db()
    assert run.stage == "done"


def test_the_minutes_last_calls_are_left_for_what_is_sent_meanwhile(seven, xero, time_machine):
    run = tieout.begin(seven)
    Connection.objects.update(minute_left=theirs.RESERVED, limits_at=timezone.now())
    before = len(xero.calls)

    assert tieout.work()
    assert len(xero.calls) == before
    assert tieout.held_back(run_again(run)) == (
        "This minute's calls to Xero are nearly used up. It goes on within two minutes."
    )

    time_machine.shift(61)
    tieout.work()
    run.refresh_from_db()
    assert run.stage == "done"


def test_a_lost_connection_ends_the_run_without_a_verdict(seven, xero):
    run = tieout.begin(seven)
    xero.faults.add(Fault("revoked", method="GET", path="/Invoices"))

    tieout.work()

    run.refresh_from_db()
    assert (run.stage, run.summary) == ("failed", [])
    assert Connection.objects.get().status == "reconnect"
    with pytest.raises(NotAllowedNow):
        tieout.begin(Connection.objects.get())


def test_two_workers_do_not_do_the_same_run(seven):
    run = tieout.begin(seven)
    TieOutRun.objects.filter(pk=run.pk).update(busy_until=timezone.now() + timedelta(minutes=1))

    assert not tieout.work()

    run.refresh_from_db()
    assert run.calls == 0


def test_only_one_run_is_open_at_a_time(seven):
    tieout.begin(seven)

    with pytest.raises(NotAllowedNow, match="under way already"):
        tieout.begin(seven)


# Every night


@pytest.mark.parametrize(("hour", "begun"), [(0, 0), (1, 1), (9, 1)])
def test_it_begins_by_itself_once_after_one_in_the_morning(seven, time_machine, hour, begun):
    time_machine.move_to(f"2026-07-20T{hour + 12:02}:17:00Z", tick=False)

    every_hour()
    tieout.work()
    every_hour()

    assert TieOutRun.objects.filter(trigger="night").count() == begun


def test_the_next_night_it_begins_again(seven, time_machine):
    every_hour()
    tieout.work()
    time_machine.shift(86_400)
    every_hour()

    assert TieOutRun.objects.filter(trigger="night").count() == 2


def test_where_nothing_is_in_xero_or_xero_is_paused_it_does_not_begin(connection):
    every_hour()
    assert TieOutRun.objects.count() == 0


def test_of_old_runs_the_numbers_are_kept_and_of_three_the_documents(seven, books, time_machine):
    (row, *_) = books.tables["Invoices"].values()
    accountant.edit_invoice_add_line(books, row["InvoiceID"], "Sundries", D(10), "201")
    for _ in range(5):
        tieout.begin(seven)
        tieout.work()
        time_machine.shift(61)

    runs = TieOutRun.objects.order_by("-id")
    assert [run.differences.count() for run in runs] == [2, 2, 2, 0, 0]
    assert {run.differing for run in runs} == {2}
