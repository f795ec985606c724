"""How a row changes: the steps that every verb of the queue is made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection as database
from django.db import models

from accounting_sync.models import Attempt, Priority, State, SyncRecord
from accounting_sync.models.sync_record import IN_FLIGHT


def trigger(record: SyncRecord) -> str:
    by_priority = {Priority.PERSON: Attempt.Trigger.PERSON, Priority.HISTORY: Attempt.Trigger.SWEEP}
    return by_priority.get(Priority(record.priority), Attempt.Trigger.CHANGE)


def enter(record: SyncRecord, state: str, now: datetime, code: str = "", message: str = "") -> None:
    if (record.state, record.code) != (state, code):
        record.since = now
    record.state, record.code, record.message = state, code, message
    if state not in IN_FLIGHT:
        record.open_attempt = None


STORED = [
    "title", "remote_id", "remote_number", "remote_status", "remote_updated_at", "synced", "generation", "body_hash",
    "remote_hash", "base", "state", "code", "message", "evidence", "since", "waiting_on", "priority", "not_before",
    "tries", "open_attempt", "last_exported_at", "last_imported_at",
]  # fmt: skip


def store(records: Iterable[SyncRecord]) -> None:
    write(SyncRecord, list(records), STORED)


def write(model: type[models.Model], rows: Sequence[models.Model], names: Sequence[str]) -> None:
    """Write these fields of many rows with one prepared statement.

    ``bulk_update`` builds a CASE with a branch per row and field: for 50 records it cost more than all the rest.
    """
    if not rows:
        return
    fields = [field for field in model._meta.concrete_fields if field.name in names]
    columns = ", ".join(f'"{field.column}" = %s' for field in fields)
    statement = f'UPDATE "{model._meta.db_table}" SET {columns} WHERE id = %s'  # noqa: S608 (names of ours alone)
    values = [
        [*(field.get_db_prep_save(getattr(row, field.attname), database) for field in fields), row.pk] for row in rows
    ]
    with database.cursor() as cursor:
        cursor.executemany(statement, values)


def settle_clean(record: SyncRecord, now: datetime) -> None:
    enter(record, State.SYNCED if record.synced == record.wanted else State.PENDING, now)
    record.waiting_on, record.evidence, record.tries, record.not_before = None, {}, 0, now
    record.priority = Priority.CHANGE


def release(ids: Sequence[int], now: datetime) -> int:
    """Whatever waited for these records is due."""
    return _due_again(SyncRecord.objects.filter(waiting_on__in=ids), now)


def release_from_skipped(now: datetime) -> int:
    """Whatever waits for a record that somebody keeps out decides anew."""
    return _due_again(SyncRecord.objects.filter(waiting_on__state=State.SKIPPED), now)


def _due_again(waiting: models.QuerySet[SyncRecord], now: datetime) -> int:
    return waiting.filter(state=State.WAITING).update(
        state=State.PENDING, code="", message="", waiting_on=None, since=now, not_before=now
    )
