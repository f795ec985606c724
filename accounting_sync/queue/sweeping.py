"""The net under everything in flight, and the sign of life."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounting_sync.models import Connection, State, SyncRecord, Worker
from accounting_sync.queue.row import store
from accounting_sync.queue.settling import HORIZON


def beat() -> None:
    """The worker's sign of life."""
    now = timezone.now()
    if not Worker.objects.filter(pk=1).update(beat_at=now):
        Worker.objects.get_or_create(pk=1, defaults={"beat_at": now})


def sweep_soon() -> None:
    """At the next tick every record is looked at: those of a new organisation have no place yet."""
    Worker.objects.update(swept_at=None)


def sweep_stale(connection: Connection, now: datetime, fence: int) -> int:
    """Attempts left open by a dead worker: nobody knows whether Xero took them, so they are looked up."""
    stale = SyncRecord.objects.filter(
        connection=connection, state=State.SENDING, open_attempt__fence__lt=fence
    ).select_related("open_attempt")
    with transaction.atomic():
        rows = list(stale.select_for_update(of=("self",)))
        for record in rows:
            assert record.open_attempt is not None  # noqa: S101 (a check constraint holds this)
            record.not_before = record.open_attempt.started_at + HORIZON
            record.state, record.code = State.UNKNOWN, "no_answer"
            record.message = "The worker stopped in the middle of this call."
        store(rows)
    return len(rows)


# Causes that are seen here; what Xero itself refused is not sent again until somebody has done something about it.
OUR_CAUSES = ["dependency", "mapping", "period_locked", "has_payments"]


def look_again(connection: Connection) -> int:
    """What waits for something of ours is decided anew: the cause may have gone without telling anybody."""
    now = timezone.now()
    waiting = SyncRecord.objects.filter(connection=connection, state=State.WAITING, code__in=OUR_CAUSES)
    return waiting.update(state=State.PENDING, not_before=now)
