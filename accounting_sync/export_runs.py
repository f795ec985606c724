"""Many documents behind everything of today: earlier ones from a day on, or all that a new mapping books otherwise."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, F, Q
from django.utils import timezone
from django.utils.formats import date_format

from accounting_sync import connections, queue, settings_history, tieout
from accounting_sync.documents import DOCUMENTS, Document
from accounting_sync.models import Connection, ExportRun, Priority, State, SyncRecord
from accounting_sync.models.sync_record import IN_FLIGHT, UNRESOLVED, SyncRecordQuerySet
from accounting_sync.remapped import Other, others
from accounting_sync.wake import wake_drain, wake_export_run
from workshop.errors import NotAllowedNow

Purpose = ExportRun.Purpose


# Beginning


@transaction.atomic
def start_from(connection: Connection, day: date | None, by: Any = None) -> int:
    """Documents dated before ``day`` stay here; None lets all of them go. Another organisation begins with it.

    Returns how many held back before are now on their way, behind everything of today.
    """
    settings_history.note(connection, f"Documents go from {date_format(day)} on" if day else "All documents go")
    connections.begin_on(connection, day)
    woken = queue.unskip(held_back(connection, day), by, Priority.HISTORY)
    if woken:
        _collected(connection, Purpose.HISTORY, woken, by, day)
    wake_drain()
    return woken


def held_back(connection: Connection, day: date | None) -> SyncRecordQuerySet:
    """What the start date kept here, of that day or later."""
    kept = SyncRecord.objects.filter(connection=connection, code="before_start_date")
    if day is None:
        return kept
    dated = Q()
    for kind, document in DOCUMENTS.items():
        dated |= Q(kind=kind) & _dated_from(document, day)
    return kept.filter(dated)


def _dated_from(document: Document, day: date) -> Q:
    model = document.model
    if not any(field.name == "date" for field in model._meta.fields):
        return Q()
    return Q(object_id__in=model._default_manager.filter(date__gte=day).values("pk"))


def _collected(connection: Connection, purpose: str, count: int, by: Any, day: date | None) -> None:
    open_one = connection.export_runs.filter(finished_at=None)
    if not open_one.update(total=F("total") + count, from_day=day):
        ExportRun.objects.create(
            connection=connection, purpose=purpose, from_day=day, started_by=by, total=count,
            collected_at=timezone.now(),
        )  # fmt: skip


@transaction.atomic
def resync(connection: Connection, by: Any = None) -> ExportRun:
    """Everything that the mapping books otherwise than Xero has it is sent again, in the background.

    Raises NotAllowedNow while another run is under way.
    """
    try:
        with transaction.atomic():
            run = ExportRun.objects.create(connection=connection, purpose=Purpose.RESYNC, started_by=by)
    except IntegrityError as error:
        raise NotAllowedNow("Documents are on their way already. Wait until those are through.") from error
    wake_export_run()
    return run


@dataclass(frozen=True)
class AtMost:
    """What a resync would compare, and the calls if every one of them differed."""

    records: int
    calls: int


def resync_at_most(connection: Connection) -> AtMost:
    counts = by_kind(SyncRecord.objects.filter(connection=connection, state=State.SYNCED).exclude(body_hash=""))
    return AtMost(sum(counts.values()), calls_to_resync(counts))


# Meanwhile


def pause(connection: Connection) -> None:
    connection.export_runs.filter(finished_at=None, paused_at=None).update(paused_at=timezone.now())


def resume(connection: Connection) -> None:
    connection.export_runs.filter(finished_at=None).update(paused_at=None)
    wake_drain()


def work() -> None:
    """Find what belongs to the open run; end one that is through, with a tie-out."""
    run = ExportRun.objects.filter(finished_at=None).select_related("connection").first()
    if run is None:
        return
    if run.collected_at is None:
        _collect(run)
    if run.collected_at and not remaining(run.connection).exists():
        _finish(run)


def _collect(run: ExportRun) -> None:
    """Begun anew by whoever takes over from a killed worker: what is queued already is not synced, and not counted."""
    for document in DOCUMENTS.values():
        for chunk in others(run.connection, document):
            _queue(run, [other for other in chunk if other.only_mapped])
    ExportRun.objects.filter(pk=run.pk).update(collected_at=timezone.now())
    run.refresh_from_db()
    wake_drain()


@transaction.atomic
def _queue(run: ExportRun, found: Iterable[Other]) -> None:
    lock_date = run.connection.lock_date
    free = [other.record.pk for other in found if not _is_fixed(other, lock_date)]
    queued = queue.want_again(SyncRecord.objects.filter(pk__in=free))
    left = len(list(found)) - len(free)
    ExportRun.objects.filter(pk=run.pk).update(total=F("total") + queued, left=F("left") + left)


def _is_fixed(other: Other, lock_date: date | None) -> bool:
    locked = lock_date is not None and other.wanted.dated is not None and other.wanted.dated <= lock_date
    return locked or other.fixed


def _finish(run: ExportRun) -> None:
    ExportRun.objects.filter(pk=run.pk, finished_at=None).update(finished_at=timezone.now())
    if run.total and run.connection.status == Connection.Status.CONNECTED:
        try:
            tieout.begin(run.connection, run.started_by)
        except NotAllowedNow:
            return  # one is under way, and shows what there is to show


# How far it is


MOVING = [State.PENDING, *IN_FLIGHT]


def remaining(connection: Connection) -> SyncRecordQuerySet:
    """What goes by itself. What waits for somebody is not waited for here: its reason stands on its record."""
    slow = SyncRecord.objects.filter(connection=connection, priority=Priority.HISTORY)
    return slow.filter(Q(state__in=MOVING) | Q(state=State.WAITING, waiting_on__state__in=MOVING))


def stuck(run: ExportRun) -> SyncRecordQuerySet:
    """What waits or asks for a decision since the run began, whether the run brought it up or the day did."""
    records = SyncRecord.objects.filter(connection=run.connection_id, since__gte=run.started_at)
    return records.filter(state__in=[State.WAITING, *UNRESOLVED])


@dataclass(frozen=True)
class Progress:
    """``calls`` still to make, at best; ``wait``: what Xero's limits make of it."""

    run: ExportRun
    done: int
    calls: int
    wait: timedelta

    @property
    def percent(self) -> int:
        return 100 * self.done // self.run.total if self.run.total else 0

    @property
    def days(self) -> int:
        return math.ceil(self.wait / timedelta(days=1))

    @property
    def minutes(self) -> int:
        return math.ceil(self.wait / timedelta(minutes=1))


def progress(run: ExportRun) -> Progress:
    if run.finished_at:
        return Progress(run, run.total, 0, timedelta())
    counts = by_kind(remaining(run.connection))
    calls = calls_to_resync(counts) if run.purpose == Purpose.RESYNC else calls_of(counts)
    left = max(run.total - sum(counts.values()), 0)
    return Progress(run, left, calls, _wait(run.connection, calls))


def by_kind(records: SyncRecordQuerySet) -> dict[str, int]:
    """Not grouped: SQLite would group 100,000 records along the index of kinds to find the ten that are due."""
    return records.order_by().aggregate(**{kind: Count("pk", filter=Q(kind=kind)) for kind in DOCUMENTS})


def calls_to_resync(counts: Mapping[str, int]) -> int:
    """Twice as many: what Xero holds is compared before it is changed."""
    return 2 * calls_of(counts)


def calls_of(counts: Mapping[str, int]) -> int:
    """What it takes to send so many of each kind."""
    return sum(math.ceil(n / DOCUMENTS[kind].batch_size) for kind, n in counts.items())


def _wait(connection: Connection, calls: int) -> timedelta:
    """Of each day's calls only what is not kept for the till."""
    day = connections.calls_of_a_day(connection)
    for_history = int(day * (1 - connections.HISTORY_STOPS_AT))
    today = max((connection.day_left if connection.day_left is not None else day) - (day - for_history), 0)
    return connections.takes(calls, today, for_history)
