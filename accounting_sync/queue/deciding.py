"""What a person decides about a row."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from django.db import models, transaction
from django.utils import timezone

from accounting_sync.models import Attempt, Priority, State, SyncRecord
from accounting_sync.models.sync_record import IN_FLIGHT
from accounting_sync.queue.row import enter, release_from_skipped, settle_clean, store

MAYBE_THERE = ["already_paid", "already_refunded"]
SAME_MONEY = models.Q(state=State.WARNING, code__in=MAYBE_THERE, evidence__has_key="remote_id")
NOT_HELD = "not held"  # in place of a body's hash: Xero's version was seen, and ours is not it


def is_answered_only(record: SyncRecord) -> bool:
    """Xero may hold this money already under another entry: tried again, it could be there twice."""
    return record.state == State.WARNING and record.code in MAYBE_THERE and "remote_id" in record.evidence


@transaction.atomic
def retry(records: models.QuerySet[SyncRecord], by: Any = None) -> int:
    """Try again what waits, asks or is put off; returns how many. What is in flight is left to its look-up.

    Money that Xero may hold already is not sent by it: that is answered, not tried. A total that differed is compared
    anew.
    """
    now = timezone.now()
    stopped = records.filter(state__in=[State.WARNING, State.WAITING, State.PENDING]).exclude(SAME_MONEY)
    stopped.filter(code="totals_differ").update(body_hash=NOT_HELD)
    return stopped.update(
        state=State.PENDING, code="", message="", waiting_on=None, tries=0, since=now, not_before=now,
        priority=Priority.PERSON, decided_by=by, decided_at=now, evidence={},
    )  # fmt: skip


@transaction.atomic
def send_first(records: models.QuerySet[SyncRecord], by: Any = None) -> int:
    """Put what is due, or put off, before everything that nobody asked for; returns how many."""
    now = timezone.now()
    pending = records.filter(state=State.PENDING)
    note_all(pending, by, "Sent first.", now)
    return pending.update(priority=Priority.PERSON, not_before=now, decided_by=by, decided_at=now)


@transaction.atomic
def skip(records: models.QuerySet[SyncRecord], reason: str, by: Any = None) -> int:
    """Do not send these. The reason is compulsory and stays visible; returns how many."""
    if not reason.strip():
        raise ValueError("Say why it is not sent.")
    now = timezone.now()
    idle = records.exclude(state__in=[*IN_FLIGHT, State.SYNCED])
    note_all(idle, by, f"Not sent: {reason}", now)
    skipped = idle.update(
        state=State.SKIPPED, code="by_person", message=reason, reason=reason, waiting_on=None, since=now,
        decided_by=by, decided_at=now,
    )  # fmt: skip
    release_from_skipped(now)
    return skipped


@transaction.atomic
def unskip(records: models.QuerySet[SyncRecord], by: Any = None, priority: int = Priority.PERSON) -> int:
    """Send these after all; what is marked “do not export” stays. Returns how many."""
    now = timezone.now()
    skipped = records.filter(state=State.SKIPPED, do_not_export=False)
    note_all(skipped, by, "Sent after all.", now)
    # the reason of “do not import” stays with its mark
    reason = models.Case(models.When(do_not_import=True, then=models.F("reason")), default=models.Value(""))
    return skipped.update(
        state=State.PENDING, code="", message="", reason=reason, since=now, not_before=now, tries=0,
        priority=priority, decided_by=by, decided_at=now,
    )  # fmt: skip


@transaction.atomic
def exclude(record: SyncRecord, *, export: bool, from_import: bool, reason: str, by: Any = None) -> SyncRecord:
    """Set or clear “do not export” and “do not import”. Raises ValueError for a mark without a reason."""
    if (export or from_import) and not reason.strip():
        raise ValueError("Say why it is kept out.")
    now = timezone.now()
    record = SyncRecord.objects.select_for_update().get(pk=record.pk)
    record.do_not_export, record.do_not_import = export, from_import
    record.reason = reason if export or from_import else ""
    record.decided_by, record.decided_at = by, now
    if export and record.state not in IN_FLIGHT and record.state != State.SYNCED:
        enter(record, State.SKIPPED, now, "do_not_export", reason)
    elif not export and record.code == "do_not_export":
        enter(record, State.PENDING, now)
        record.not_before = now
    record.save()
    if record.state == State.SKIPPED:
        release_from_skipped(now)
    note_all(SyncRecord.objects.filter(pk=record.pk), by, _marks_in_words(export, from_import, reason), now)
    return record


def _marks_in_words(export: bool, from_import: bool, reason: str) -> str:
    marks = [words for words, set_ in (("do not export", export), ("do not import", from_import)) if set_]
    return f"Marked “{'” and “'.join(marks)}”: {reason}" if marks else "The marks are taken off."


@transaction.atomic
def exclude_many(
    records: models.QuerySet[SyncRecord], *, export: bool, from_import: bool, reason: str, by: Any = None
) -> int:
    """Add “do not export”, “do not import” or both to these, in one statement; returns how many.

    What is in flight or in Xero keeps its state, and later changes of it stay here. Raises ValueError without a reason.
    """
    if not reason.strip():
        raise ValueError("Say why it is kept out.")
    now = timezone.now()
    added = {name: True for name, wanted in [("do_not_export", export), ("do_not_import", from_import)] if wanted}
    marks: dict[str, Any] = {**added, "reason": reason, "decided_by": by}
    note_all(records, by, _marks_in_words(export, from_import, reason), now)
    if not export:
        return records.update(**marks, decided_at=now)
    idle = ~models.Q(state__in=[*IN_FLIGHT, State.SYNCED])
    skipped = {"state": State.SKIPPED, "code": "do_not_export", "message": reason, "since": now, "waiting_on": None}
    excluded = records.update(**marks, **_where(idle, skipped), decided_at=now)
    release_from_skipped(now)
    return excluded


def note_all(records: models.QuerySet[SyncRecord], by: Any, sentence: str, now: datetime) -> None:
    """A decision about many records enters the history of each."""
    rows = records.order_by().values_list("pk", "wanted", "generation")
    Attempt.objects.bulk_create(
        (
            Attempt(
                sync_record_id=pk, trigger=Attempt.Trigger.PERSON, actor=by, operation="decision", version=version,
                generation=generation, started_at=now, finished_at=now, outcome=Attempt.Outcome.DECIDED,
                message=sentence,
            )
            for pk, version, generation in rows
        ),
        batch_size=500,
    )  # fmt: skip


def decided(record: SyncRecord, by: Any, sentence: str) -> None:
    """A person's decision enters the record's history."""
    now = timezone.now()
    Attempt.objects.create(
        sync_record=record, trigger=Attempt.Trigger.PERSON, actor=by, operation="decision",
        version=record.wanted, generation=record.generation, started_at=now, finished_at=now,
        outcome=Attempt.Outcome.DECIDED, message=sentence,
    )  # fmt: skip
    SyncRecord.objects.filter(pk=record.pk).update(decided_by=by, decided_at=now)
    record.decided_by, record.decided_at = by, now


def again(record: SyncRecord) -> None:
    """Due at once, before live changes."""
    now = timezone.now()
    enter(record, State.PENDING, now)
    record.evidence, record.tries, record.not_before = {}, 0, now
    record.priority = Priority.PERSON
    store([record])


def agree(record: SyncRecord, remote_hash: str, body_hash: str = "", base: dict[str, Any] | None = None) -> None:
    """Xero's version counts as agreed from now on: ours as it is now (its hash and two-way fields) is not sent."""
    record.refresh_from_db(fields=["wanted"])
    record.remote_hash = remote_hash or record.remote_hash
    record.body_hash, record.base = body_hash or record.body_hash, record.base | (base or {})
    record.synced = record.wanted
    settle_clean(record, timezone.now())
    store([record])


def overwrite(record: SyncRecord, remote_hash: str, base: dict[str, Any]) -> None:
    """This version of Xero's, and no later one, counts as agreed: the next comparison protects what came after it."""
    record.remote_hash, record.base = remote_hash, base
    record.body_hash = NOT_HELD
    record.refresh_from_db(fields=["wanted", "synced"])
    record.synced = min(record.synced, record.wanted - 1)
    again(record)


def forget(record: SyncRecord, base: dict[str, Any] | None = None) -> None:
    """The link to a document that is gone ends; a new generation is sent, under keys never used before."""
    record.remote_id, record.remote_number, record.remote_status = None, "", ""
    record.remote_hash, record.body_hash, record.base, record.remote_updated_at = "", "", base or {}, None
    record.generation += 1
    again(record)


def released(record: SyncRecord, status: str) -> None:
    """It is gone in Xero and that is right: due again, with nothing left to undo there."""
    record.remote_status = status
    again(record)


@transaction.atomic
def admit_many(records: models.QuerySet[SyncRecord], by: Any = None) -> int:
    """Take “do not export” and “do not import” off these; what they kept out is due. Returns how many were marked."""
    now = timezone.now()
    marked = records.filter(models.Q(do_not_export=True) | models.Q(do_not_import=True))
    note_all(marked, by, _marks_in_words(False, False, ""), now)
    kept_out = models.Q(state=State.SKIPPED, code="do_not_export")
    due = {
        "state": State.PENDING, "code": "", "message": "", "since": now, "not_before": now, "tries": 0,
        "priority": Priority.PERSON,
    }  # fmt: skip
    marks: dict[str, Any] = {"do_not_export": False, "do_not_import": False, "reason": "", "decided_by": by}
    return marked.update(**marks, **_where(kept_out, due), decided_at=now)


def _where(condition: models.Q, values: dict[str, Any]) -> dict[str, models.Case]:
    """For one UPDATE: these values in the rows that it holds of, the rest as it is."""
    return {
        name: models.Case(
            models.When(condition, then=models.Value(value)),
            default=models.F(name),
            output_field=cast("models.Field[Any, Any]", SyncRecord._meta.get_field(name)),
        )
        for name, value in values.items()
    }


def caught_up(records: models.QuerySet[SyncRecord], mark: dict[str, Any], by: Any = None) -> None:
    """These were posted in one sum with others, or taken back in one: the mark stays with each."""
    now = timezone.now()
    rows = list(records.select_for_update())
    for record in rows:
        record.base = record.base | mark
        enter(record, State.SKIPPED, now, "caught_up", "Posted in one sum with others, by a catch-up journal.")
    store(rows)
    note_all(records, by, "Posted in one sum with others, by a catch-up journal.", now)


def ask_first(record: SyncRecord, by: Any, body: dict[str, Any], body_hash: str, since: datetime) -> None:
    """Look in Xero for what this body would have made since then; only when it is not there is it sent."""
    now = timezone.now()
    record.generation += 1
    record.open_attempt = Attempt.objects.create(
        sync_record=record, trigger=Attempt.Trigger.PERSON, actor=by, operation="create", version=record.wanted,
        generation=record.generation, body=body, body_hash=body_hash, started_at=since,
    )  # fmt: skip
    enter(record, State.UNKNOWN, now, "no_answer", "Xero is asked whether it has it already.")
    record.evidence, record.tries, record.not_before, record.priority = {}, 0, now, Priority.PERSON
    store([record])
