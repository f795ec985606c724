"""One tie-out from beginning to end. Its state is in the database: it survives a killed worker and goes on where it
was, and until it is done it says nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone

from accounting_sync import connections, queue
from accounting_sync.documents import DOCUMENTS
from accounting_sync.models import Connection, Priority, SyncRecord, TieOutDifference, TieOutRun
from accounting_sync.models.sync_record import SyncRecordQuerySet
from accounting_sync.reconcile import GONE
from accounting_sync.reconciliation import reconcile
from accounting_sync.tieout import comparing, strays, theirs
from accounting_sync.tieout.comparing import RESOURCES, Comparison
from accounting_sync.tieout.theirs import BY_RESOURCE, LISTS, Counting
from accounting_sync.wake import wake_tie_out
from accounting_sync.walk import Incomplete, found, read
from accounting_sync.xero.oauth import ConnectionLost
from accounting_sync.xero.transport import NoAnswer, NotSent
from workshop.errors import NotAllowedNow
from workshop.models import Organisation

IN_HAND = timedelta(minutes=2)  # a worker that is heard of no longer has let go
PATIENCE = 5  # reads that fail in a row
LONGEST = timedelta(hours=12)
NIGHT = 1  # from this hour on, where the garage stands
KEPT, KEPT_IN_FULL = 60, 3  # runs, and of how many each document that differs
CLOSER_LOOKS = 20  # calls about single documents
Stage, Trigger = TieOutRun.Stage, TieOutRun.Trigger


@transaction.atomic
def begin(connection: Connection, by: Any = None, trigger: str = Trigger.PERSON) -> TieOutRun:
    """Begin in the background. Raises NotAllowedNow while one is under way or Xero is not connected."""
    if connection.status != Connection.Status.CONNECTED:
        raise NotAllowedNow("Xero cannot be read now. Look at the connection first.")
    try:
        with transaction.atomic():
            run = TieOutRun.objects.create(connection=connection, started_by=by, trigger=trigger)
    except IntegrityError as error:
        raise NotAllowedNow("A tie-out is under way already.") from error
    wake_tie_out()
    return run


def nightly() -> TieOutRun | None:
    """Once each night, where something of ours is in Xero."""
    connection = Connection.objects.live().first()
    if connection is None or connection.status != Connection.Status.CONNECTED:
        return None
    garage = Organisation.current()
    now = timezone.now().astimezone(garage.zone)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    tonight = connection.tie_outs.filter(trigger=Trigger.NIGHT, started_at__gte=midnight)
    linked = SyncRecord.objects.filter(connection=connection, remote_id__isnull=False)
    under_way = connection.tie_outs.filter(stage__in=TieOutRun.OPEN)
    if now.hour < NIGHT or tonight.exists() or under_way.exists() or not linked.exists():
        return None
    return begin(connection, trigger=Trigger.NIGHT)


def latest(connection: Connection) -> TieOutRun | None:
    """The last one that says something."""
    return connection.tie_outs.filter(stage=Stage.DONE).order_by("-id").first()


# What the worker does


def work(longest: timedelta = timedelta(seconds=60)) -> bool:
    """Go on with the open run for at most so long; True when there is nothing more to do now."""
    run = TieOutRun.objects.filter(stage__in=TieOutRun.OPEN).select_related("connection").first()
    if run is None or not _claim(run):
        return run is None
    try:
        more = _step(run, timezone.now() + longest)
    finally:
        TieOutRun.objects.filter(pk=run.pk).update(busy_until=None)
    if more:
        wake_tie_out()
    return not more


def _claim(run: TieOutRun) -> bool:
    """One worker at a time, by compare and swap."""
    now = timezone.now()
    free = TieOutRun.objects.filter(Q(busy_until=None) | Q(busy_until__lt=now), pk=run.pk)
    return bool(free.update(busy_until=now + IN_HAND + timedelta(seconds=60)))


def _step(run: TieOutRun, until: datetime) -> bool:
    """As much as there is time for; True when there is more. A read that fails is tried again, then the run ends."""
    if not _may_read(run):
        return False
    client = Counting(run)
    try:
        return _read_and_compare(client, run, until)
    except (NotSent, NoAnswer, Incomplete) as error:
        if isinstance(error, Incomplete):
            connections.heard(run.connection, error.reply, timezone.now())
        _failed_once(run, str(error))
    except ConnectionLost as error:
        connections.lost(run.connection, error.cause)
        fail(run, str(error))
    return False


def _may_read(run: TieOutRun) -> bool:
    if run.started_at < timezone.now() - LONGEST:
        fail(run, "Xero could not be read for half a day.")
        return False
    if run.connection.status in {Connection.Status.RECONNECT, Connection.Status.DISCONNECTED}:
        fail(run, "The connection to Xero was lost.")
        return False
    return not held_back(run)


def held_back(run: TieOutRun) -> str:
    """Why nothing is read now: Xero is parked or paused, or this minute's or the day's last calls are not ours."""
    now, connection = timezone.now(), run.connection
    slowest = Priority.POLL if run.trigger == Trigger.NIGHT else Priority.PERSON
    if connection.status != Connection.Status.CONNECTED:
        return "The connection to Xero is paused."
    if connection.parked(now):
        return f"{connection.parked_because or 'Xero asked us to wait.'} It goes on by itself."
    if connections.lane(connection, now) < slowest:
        return "What is left of the day's calls is kept for what is sent to Xero."
    if not theirs.calls_to_spare(connection, now):
        return "This minute's calls to Xero are nearly used up. It goes on within two minutes."
    return ""


def _read_and_compare(client: Counting, run: TieOutRun, until: datetime) -> bool:
    while run.lists_read < len(LISTS):
        if not theirs.read_list(client, run, LISTS[run.lists_read], until):
            return True
        TieOutRun.objects.filter(pk=run.pk).update(lists_read=F("lists_read") + 1, busy_until=timezone.now() + IN_HAND)
        run.lists_read += 1
    _link_up(client, run)
    as_at = Organisation.current().today()
    accounts = reconcile(run.connection, as_at, client) if run.connection.moves_stock else []
    TieOutRun.objects.filter(pk=run.pk).update(stage=Stage.COMPARING)
    _finish(run, compared(run), accounts)
    return False


def _link_up(client: Counting, run: TieOutRun) -> None:
    """What Xero showed is joined with our records.

    What a complete list did not show is asked for by its id, before anybody is told that it is not there.
    """
    calls = 0
    for kind, resource in RESOURCES.items():
        document = DOCUMENTS[kind]
        held = SyncRecord.objects.filter(connection=run.connection, kind=kind, remote_id__isnull=False)
        theirs.link(run, resource, kind, _ids(held.filter(remote_status__in=GONE)))
        missing = theirs.link(run, resource, kind, _ids(held.exclude(remote_status__in=GONE)))
        while missing and calls < CLOSER_LOOKS:
            ids, missing = missing[: document.fetch_size], missing[document.fetch_size :]
            calls += 1
            theirs.keep(run, BY_RESOURCE[resource], found(document, read(client, document.fetch(ids))))
            theirs.link(run, resource, kind, ids)


def _ids(records: SyncRecordQuerySet) -> Iterator[str]:
    return (str(one) for one in records.order_by("pk").values_list("remote_id", flat=True).iterator())


def compared(run: TieOutRun) -> Comparison:
    """Everything, from the database alone. What an earlier try left behind is dropped first."""
    run.differences.all().delete()
    comparison = Comparison(run)
    strays.payments(comparison)
    comparison.allocations()
    for kind in comparing.ours.SOURCES:
        comparison.documents(kind)
        queue.beat()
    strays.documents(comparison)
    comparing.contacts(comparison)
    for difference in comparison.balances.differences():
        comparison.add(difference)
    comparison.store()
    comparison.balances.sum_up(comparison.cells)
    return comparison


def _finish(run: TieOutRun, comparison: Comparison, accounts: Any) -> None:
    cells = comparison.cells
    for account in accounts:
        cells.account(account)
    run.seen.all().delete()
    TieOutRun.objects.filter(pk=run.pk).update(
        stage=Stage.DONE, finished_at=timezone.now(), message="", checked=cells.checked, differing=cells.differing,
        explained=cells.explaining, summary=cells.summary(),
    )  # fmt: skip
    _forget_old(run.connection)


def _forget_old(connection: Connection) -> None:
    ended = list(connection.tie_outs.exclude(stage__in=TieOutRun.OPEN).order_by("-id").values_list("pk", "stage"))
    done = [pk for pk, stage in ended if stage == Stage.DONE]
    TieOutDifference.objects.filter(run__in=done[KEPT_IN_FULL:]).delete()
    TieOutRun.objects.filter(pk__in=[pk for pk, _ in ended[KEPT:] if pk not in done[:KEPT_IN_FULL]]).delete()


def _failed_once(run: TieOutRun, why: str) -> None:
    """Nothing is concluded from it. It goes on where it was, a few times."""
    message = f"Xero could not be read: {why}"
    TieOutRun.objects.filter(pk=run.pk).update(failures=F("failures") + 1, message=message)
    run.refresh_from_db(fields=["failures"])
    if run.connection.status == Connection.Status.RECONNECT:
        fail(run, "The connection to Xero was lost.")
    elif run.failures >= PATIENCE and not run.connection.parked(timezone.now()):
        fail(run, message)


def fail(run: TieOutRun, why: str) -> None:
    """It says nothing about anything; what the last one found stands."""
    TieOutRun.objects.filter(pk=run.pk, stage__in=TieOutRun.OPEN).update(
        stage=Stage.FAILED, finished_at=timezone.now(), message=why[:500]
    )
    run.seen.all().delete()
    run.differences.all().delete()
