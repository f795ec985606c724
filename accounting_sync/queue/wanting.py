"""A record changed: it is wanted in Xero."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import connection as database
from django.db.models import F, QuerySet
from django.utils import timezone

from accounting_sync.models import Priority, State, SyncRecord

# One statement, so that a change and its place in the queue are one write, and ten changes are one row.
WANT = """
WITH changed (object_id) AS (VALUES {ids})
INSERT INTO accounting_sync_syncrecord (connection_id, kind, object_id, rank, priority, since, not_before, state)
SELECT id, %s, changed.object_id, %s, %s, %s, %s, 'pending' FROM accounting_sync_connection CROSS JOIN changed
WHERE status <> 'disconnected'
ON CONFLICT (connection_id, kind, object_id) DO UPDATE SET
    wanted = accounting_sync_syncrecord.wanted + 1,
    state = CASE WHEN {released} THEN 'pending' ELSE accounting_sync_syncrecord.state END,
    since = CASE WHEN {released} THEN excluded.since ELSE accounting_sync_syncrecord.since END,
    code = CASE WHEN {released} THEN '' ELSE accounting_sync_syncrecord.code END,
    message = CASE WHEN {released} THEN '' ELSE accounting_sync_syncrecord.message END,
    priority = CASE WHEN accounting_sync_syncrecord.state IN ('pending', 'waiting')
            AND excluded.priority < accounting_sync_syncrecord.priority
        THEN excluded.priority ELSE accounting_sync_syncrecord.priority END,
    tries = CASE WHEN {released} THEN 0 ELSE accounting_sync_syncrecord.tries END,
    not_before = CASE WHEN {released} THEN excluded.not_before ELSE accounting_sync_syncrecord.not_before END
RETURNING wanted - synced
"""
RELEASED = """(accounting_sync_syncrecord.state IN ('synced', 'waiting', 'warning')
    OR (accounting_sync_syncrecord.state = 'skipped'
        AND accounting_sync_syncrecord.code NOT IN ('by_person', 'do_not_export')))"""
CHUNK = 500  # ids in one statement


def want(kind: str, object_id: int, rank: int, priority: int = Priority.CHANGE) -> int:
    """The record changed: Xero should hear of it. Returns how many versions Xero is behind (0: not connected).

    Runs in the caller's transaction. A person's skip and a conflict stay as they are; only the version rises.
    """
    return max(_want(kind, [object_id], rank, priority), default=0)


def want_many(kind: str, object_ids: Iterable[int], rank: int, priority: int = Priority.CHANGE) -> list[int]:
    """The same for many, in one statement for each 500; how far behind Xero is with each."""
    ids = sorted(set(object_ids))  # in one order, so that two who write the same rows never wait for each other
    chunks = (ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK))
    return [behind for chunk in chunks for behind in _want(kind, chunk, rank, priority)]


def want_again(records: QuerySet[SyncRecord]) -> int:
    """What Xero holds of these is no longer what it should be: due behind everything of today. Returns how many."""
    now = timezone.now()
    return records.filter(state=State.SYNCED).update(
        wanted=F("wanted") + 1, state=State.PENDING, tries=0, since=now, not_before=now, priority=Priority.HISTORY
    )


def _want(kind: str, object_ids: Sequence[int], rank: int, priority: int) -> list[int]:
    now = database.ops.adapt_datetimefield_value(timezone.now())
    statement = WANT.format(ids=", ".join(["(%s)"] * len(object_ids)), released=RELEASED)
    with database.cursor() as cursor:
        cursor.execute(statement, [*object_ids, kind, rank, int(priority), now, now])
        return [behind for (behind,) in cursor.fetchall()]
