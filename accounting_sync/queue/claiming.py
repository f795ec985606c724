"""What is due, whose it is, and the intent written down before the call."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import F

from accounting_sync.models import Attempt, Connection, Priority, State, SyncRecord
from accounting_sync.queue.row import enter, release, settle_clean, store, trigger

ORDER = ["priority", "rank", "not_before", "id"]  # as in the index


def due(connection: Connection, now: datetime, limit: int, lane: int = Priority.HISTORY) -> tuple[str, str, list[int]]:
    """State, kind and ids of the next records to work on: one kind, in order of lane, rank and age.

    What may be in Xero without our knowing comes before anything new. ``lane``: the slowest that may still call.
    """
    records = SyncRecord.objects.filter(connection=connection, not_before__lte=now, priority__lte=lane)
    for state in (State.UNKNOWN, State.PENDING):
        waiting = records.filter(state=state).order_by(*ORDER)
        first = waiting.values("kind", "code", "rank").first()
        if first:
            # a batch that Xero refused as a whole is taken apart, so that one bad element does not sink the others
            alone = first["code"] == "batch_refused"
            alike = waiting.filter(kind=first["kind"], rank=first["rank"])
            alike = alike if alone else alike.exclude(code="batch_refused")
            return state, first["kind"], list(alike.values_list("pk", flat=True)[: 1 if alone else limit])
    return "", "", []


def claim(ids: Sequence[int], state: str, now: datetime) -> list[SyncRecord]:
    """Lock these rows, as far as they are still due, until the caller's transaction ends.

    PostgreSQL locks the rows; SQLite has locked the whole file since BEGIN IMMEDIATE, which the settings insist on.
    The version is read before the record's content, so a body is never older than the version it is settled to.
    """
    rows = SyncRecord.objects.select_for_update().filter(pk__in=ids, state=state, not_before__lte=now)
    return list(rows.order_by(*ORDER))


def accepted_bodies(records: Iterable[SyncRecord]) -> dict[int, dict[str, Any]]:
    """By record the body Xero accepted last, where one was sent."""
    ids = [record.pk for record in records]
    sent = Attempt.objects.filter(sync_record__in=ids, body_hash=F("sync_record__body_hash")).exclude(body_hash="")
    taken = sent.filter(outcome__in=[Attempt.Outcome.ACCEPTED, Attempt.Outcome.FOUND]).order_by("pk")
    return dict(taken.values_list("sync_record_id", "body")) if ids else {}


def put_off(ids: Sequence[int], until: datetime) -> None:
    """What stands in the way of these is not theirs: nothing else about them changes."""
    SyncRecord.objects.filter(pk__in=ids, state__in=[State.UNKNOWN, State.PENDING]).update(not_before=until)


@dataclass
class Intent:
    """A call about to be made about one record."""

    record: SyncRecord
    operation: str
    method: str
    path: str
    body: dict[str, Any]
    body_hash: str


@dataclass(frozen=True)
class Result:
    """How one attempt ended, and what is to be kept of it."""

    outcome: str
    state: str = ""
    code: str = ""
    message: str = ""
    remote: dict[str, Any] = field(default_factory=dict)  # remote_id, number, status, updated_at, hash, base
    response: dict[str, Any] = field(default_factory=dict)
    evidence: dict[str, Any] = field(default_factory=dict)
    http_status: int | None = None
    correlation_id: str = ""
    milliseconds: int | None = None
    retry_at: datetime | None = None


def open_attempts(intents: Sequence[Intent], key: str, fence: int, now: datetime) -> list[Attempt]:
    """Write the intent down before the call: from here on a crash leaves a question, never a silent doubt."""
    call_id = uuid.uuid4()
    attempts = Attempt.objects.bulk_create(
        Attempt(
            sync_record=intent.record,
            call_id=call_id,
            trigger=trigger(intent.record),
            actor_id=intent.record.decided_by_id if intent.record.priority == Priority.PERSON else None,
            operation=intent.operation,
            version=intent.record.wanted,
            generation=intent.record.generation,
            fence=fence,
            method=intent.method,
            path=intent.path,
            idempotency_key=key,
            body=intent.body,
            body_hash=intent.body_hash,
            started_at=now,
        )
        for intent in intents
    )
    for intent, attempt in zip(intents, attempts, strict=True):
        intent.record.open_attempt = attempt
        enter(intent.record, State.SENDING, now)
    store(intent.record for intent in intents)
    return attempts


def park(records: Iterable[tuple[SyncRecord, str, str, str, SyncRecord | None, dict[str, Any]]], now: datetime) -> None:
    """Put records into states that say why: (record, state, code, message, waiting on, evidence)."""
    rows, overtaken = [], []
    for record, state, code, message, other, evidence in records:
        if other and other.priority == Priority.HISTORY and record.priority < Priority.HISTORY:
            overtaken.append(other.pk)  # today's work does not wait in the slowest lane
        enter(record, state, now, code, message)
        record.waiting_on, record.evidence = other, evidence
        rows.append(record)
    store(rows)
    if overtaken:
        slow = SyncRecord.objects.filter(pk__in=overtaken, state=State.PENDING, priority=Priority.HISTORY)
        slow.update(priority=Priority.CHANGE)
    # what stays out of Xero for good stands in nobody's way: those that waited for it decide anew
    release([record.pk for record in rows if record.state in {State.SKIPPED, State.CONFLICT}], now)


def unchanged(records: Sequence[SyncRecord], now: datetime) -> None:
    """Xero holds this version already. The history says so; nobody was called."""
    Attempt.objects.bulk_create(
        Attempt(
            sync_record=record, operation="none", version=record.wanted, generation=record.generation,
            trigger=trigger(record), started_at=now, finished_at=now, outcome=Attempt.Outcome.UNCHANGED,
        )
        for record in records
    )  # fmt: skip
    for record in records:
        record.synced = record.wanted
        settle_clean(record, now)
    store(records)
    release([record.pk for record in records], now)


def adopt(record: SyncRecord, remote: dict[str, Any], now: datetime) -> None:
    """Link the record to what Xero has already. It stays due: the next step compares before it sends anything."""
    record.remote_id = remote["remote_id"]
    record.remote_number = remote.get("number", "")
    record.body_hash = ""
    enter(record, State.PENDING, now)
    record.not_before = now
    store([record])
