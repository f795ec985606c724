"""What Xero told us about a row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounting_sync.models import Attempt, Connection, State, SyncRecord
from accounting_sync.models.sync_record import IN_FLIGHT
from accounting_sync.queue.row import enter, release, settle_clean, store


def saw(record: SyncRecord, status: str, updated_at: datetime | None) -> None:
    """Keep the status Xero shows; the record's own state does not move."""
    record.remote_status, record.last_imported_at = status, timezone.now()
    record.remote_updated_at = updated_at or record.remote_updated_at
    record.save(update_fields=["remote_status", "remote_updated_at", "last_imported_at"])


@transaction.atomic
def warn(record: SyncRecord, code: str, message: str, evidence: dict[str, Any]) -> None:
    """A question to a person. What is in flight keeps its attempt: its answer comes first."""
    record.refresh_from_db(from_queryset=SyncRecord.objects.select_for_update())
    if record.state in IN_FLIGHT:
        return
    enter(record, State.WARNING, timezone.now(), code, message)
    record.evidence = evidence
    store([record])


@transaction.atomic
def imported(record: SyncRecord, remote: dict[str, Any] | None = None) -> None:
    """What the record now says came from Xero: there is nothing to send back."""
    now, remote = timezone.now(), remote or {}
    record.refresh_from_db(from_queryset=SyncRecord.objects.select_for_update())
    if record.state in IN_FLIGHT:
        return
    record.synced = record.wanted
    record.last_imported_at = now
    for name, key in [("remote_id", "remote_id"), ("remote_number", "number"), ("remote_status", "status"),
                      ("remote_updated_at", "updated_at"), ("remote_hash", "hash")]:  # fmt: skip
        setattr(record, name, remote.get(key) or getattr(record, name))
    settle_clean(record, now)
    store([record])
    Attempt.objects.create(
        sync_record=record, direction=Attempt.Direction.IMPORT, trigger=Attempt.Trigger.POLL, operation="import",
        version=record.wanted, started_at=now, finished_at=now, outcome=Attempt.Outcome.IMPORTED,
        response=remote.get("response", {}),
    )  # fmt: skip


def link_imported(connection: Connection, rank: int, object_id: int, remote: dict[str, Any], title: str) -> SyncRecord:
    """A record made here from one in Xero, linked from the start."""
    record, _ = SyncRecord.objects.get_or_create(
        connection=connection, kind=remote["kind"], object_id=object_id,
        defaults={"rank": rank, "since": timezone.now(), "not_before": timezone.now()},
    )  # fmt: skip
    SyncRecord.objects.filter(pk=record.pk).update(title=title[:200])
    imported(record, remote)
    return record


@transaction.atomic
def conflict(record: SyncRecord, code: str, message: str, evidence: dict[str, Any] | None = None) -> SyncRecord:
    """Something changed in Xero that only a person can settle. What is in flight keeps its attempt."""
    now = timezone.now()
    record = SyncRecord.objects.select_for_update().get(pk=record.pk)
    if record.state not in IN_FLIGHT:
        enter(record, State.CONFLICT, now, code, message)
        record.evidence = evidence or {}
        store([record])
    return record


@dataclass(frozen=True)
class Question:
    """What only a person can settle, and what they need for it."""

    code: str
    message: str
    evidence: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class News:
    """What a two-way record's other side said. ``base``: what both agree on now; ``changes``: what was written here;
    ``to_send``: something here is not there yet; ``body_hash``: of the record as it is now.
    """

    base: dict[str, Any]
    remote: dict[str, Any]
    changes: dict[str, Any] = field(default_factory=dict)
    sentence: str = ""
    response: dict[str, Any] = field(default_factory=dict)
    to_send: bool = False
    body_hash: str = ""
    question: Question | None = None
    by: Any = None


MERGE_QUESTIONS = {"changed_in_both", "changed_in_xero"}


def merged(record: SyncRecord, news: News) -> None:
    """Both sides' edits are one. In the caller's transaction, with the row locked and not in flight."""
    now = timezone.now()
    record.refresh_from_db(from_queryset=SyncRecord.objects.select_for_update())
    restored = record.code == "contact_archived" and news.remote.get("status") == "ACTIVE"
    record.base = news.base
    record.remote_status = news.remote.get("status") or record.remote_status
    record.remote_updated_at = news.remote.get("updated_at") or record.remote_updated_at
    record.remote_hash = news.remote["hash"]
    record.last_imported_at = now if news.changes else record.last_imported_at
    asked = record.state == State.CONFLICT and record.code in MERGE_QUESTIONS
    if news.question:
        enter(record, State.CONFLICT, now, news.question.code, news.question.message)
        record.evidence = news.question.evidence
    elif asked or restored or record.state in {State.SYNCED, State.PENDING}:
        _settle_merge(record, news, now)
    store([record])
    if record.state == State.SYNCED:
        release([record.pk], now)
    if news.changes:
        _note_merge(record, news, now)


def _settle_merge(record: SyncRecord, news: News, now: datetime) -> None:
    if news.to_send:
        enter(record, State.PENDING, now)
        record.body_hash, record.evidence, record.not_before = "", {}, now
    else:
        record.body_hash, record.synced = news.body_hash, record.wanted
        settle_clean(record, now)


def _note_merge(record: SyncRecord, news: News, now: datetime) -> None:
    _merge_note(record, news, now).save()


def _merge_note(record: SyncRecord, news: News, now: datetime) -> Attempt:
    return Attempt(
        sync_record=record, direction=Attempt.Direction.IMPORT, version=record.wanted,
        operation="merge" if news.changes else "import",
        trigger=Attempt.Trigger.PERSON if news.by else Attempt.Trigger.POLL, actor=news.by, started_at=now,
        finished_at=now, outcome=Attempt.Outcome.IMPORTED, message=news.sentence, body={"changes": news.changes},
        response=news.response,
    )  # fmt: skip


@dataclass(frozen=True)
class Link:
    """A record and the one of Xero's that it is from now on."""

    object_id: int
    title: str
    remote_id: str
    number: str
    news: News


@transaction.atomic
def link_many(connection: Connection, kind: str, rank: int, links: Sequence[Link]) -> None:
    """Link records, none of them linked or in flight, in as many statements for one as for five hundred."""
    now = timezone.now()
    SyncRecord.objects.bulk_create(
        [
            SyncRecord(connection=connection, kind=kind, object_id=link.object_id, rank=rank, since=now, not_before=now)
            for link in links
        ],
        ignore_conflicts=True,
    )
    found = SyncRecord.objects.filter(connection=connection, kind=kind, object_id__in=[o.object_id for o in links])
    records = {record.object_id: record for record in found.select_for_update()}
    for link in links:
        _linked(records[link.object_id], link, now)
    store(records.values())
    Attempt.objects.bulk_create(_merge_note(records[link.object_id], link.news, now) for link in links)
    release([record.pk for record in records.values()], now)


def _linked(record: SyncRecord, link: Link, now: datetime) -> None:
    news = link.news
    record.title, record.remote_id, record.remote_number = link.title[:200], link.remote_id, link.number
    record.base, record.remote_status, record.remote_hash = news.base, news.remote["status"], news.remote["hash"]
    record.remote_updated_at, record.last_imported_at = news.remote["updated_at"], now
    if record.do_not_export:
        return
    if news.question:
        enter(record, State.CONFLICT, now, news.question.code, news.question.message)
        record.evidence = news.question.evidence
    elif news.to_send:
        enter(record, State.PENDING, now)
        record.body_hash, record.evidence, record.not_before = "", {}, now
    else:
        record.synced = record.wanted
        settle_clean(record, now)
