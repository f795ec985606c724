"""What became of a call."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounting_sync.models import Attempt, Connection, Priority, State, SyncRecord
from accounting_sync.models.sync_record import IN_FLIGHT
from accounting_sync.queue.claiming import Result
from accounting_sync.queue.row import enter, release, settle_clean, store, write

HORIZON = timedelta(minutes=5)  # longer than our time-out, Xero's longest processing and its lag of lists together
BACKOFF, LONGEST_BACKOFF, TRIES = timedelta(seconds=30), timedelta(hours=1), 12


@transaction.atomic
def settle(results: Sequence[tuple[int, Result]], now: datetime) -> list[SyncRecord]:
    """Finish attempts (by id). A record whose open attempt is another one by now keeps its state: only the log grows.

    An accepted attempt settles to its own version, never to what is wanted meanwhile.
    """
    by_attempt = dict(results)
    # the rows are locked before their attempts are read: another worker may have settled them a moment ago
    records = list(SyncRecord.objects.select_for_update().filter(open_attempt__in=list(by_attempt)))
    attempts = {a.pk: a for a in Attempt.objects.filter(pk__in=by_attempt, finished_at=None)}
    settled = [(attempts[pk], _not_too_soon(attempts[pk], result, now)) for pk, result in results if pk in attempts]
    by_attempt |= {attempt.pk: result for attempt, result in settled}
    for record in records:
        attempt = attempts[record.open_attempt_id or 0]
        _apply(record, attempt, by_attempt[attempt.pk], now)
    # the row must let go of its attempt before the attempt is finished, and both in one transaction
    store(records)
    _finish(settled, now)
    release([record.pk for record in records if record.state not in {State.PENDING, *IN_FLIGHT}], now)
    return records


def _not_too_soon(attempt: Attempt, result: Result, now: datetime) -> Result:
    """Until the horizon Xero may still act on the call, and its lists may lag: not there yet is not absent."""
    if result.outcome != Attempt.Outcome.ABSENT or now >= attempt.started_at + HORIZON:
        return result
    return replace(result, outcome=Attempt.Outcome.UNKNOWN, retry_at=None)


def _apply(record: SyncRecord, attempt: Attempt, result: Result, now: datetime) -> None:
    # Xero may replay an answer it gave under the same key: after a refusal or an absence the next key is a new one
    record.generation += result.outcome in {Attempt.Outcome.REJECTED, Attempt.Outcome.ABSENT}
    if result.outcome in {Attempt.Outcome.ACCEPTED, Attempt.Outcome.FOUND}:
        _accept(record, attempt, result, now)
    elif result.outcome == Attempt.Outcome.UNKNOWN:
        enter(record, State.UNKNOWN, now, "no_answer", result.message)
        record.not_before = result.retry_at or attempt.started_at + HORIZON
    elif result.outcome == Attempt.Outcome.REJECTED and result.state != State.PENDING:
        enter(record, result.state, now, result.code, result.message)
        record.priority, record.evidence = Priority.CHANGE, result.evidence
        if record.wanted > attempt.version and result.state in {State.WARNING, State.WAITING}:
            enter(record, State.PENDING, now)  # it was edited meanwhile: the newer body deserves its own answer
    else:
        _again(record, now, result)


def _accept(record: SyncRecord, attempt: Attempt, result: Result, now: datetime) -> None:
    remote = result.remote
    record.remote_id = remote.get("remote_id") or record.remote_id
    record.remote_number = remote.get("number") or record.remote_number
    record.remote_status = remote.get("status") or record.remote_status
    record.remote_updated_at = remote.get("updated_at") or record.remote_updated_at
    record.remote_hash = remote.get("hash") or record.remote_hash
    record.base = {**record.base, **remote.get("base", {})}
    record.body_hash, record.synced, record.last_exported_at = attempt.body_hash, attempt.version, now
    settle_clean(record, now)
    if result.state:
        enter(record, result.state, now, result.code, result.message)
        record.evidence = result.evidence


def _again(record: SyncRecord, now: datetime, result: Result) -> None:
    """Nothing was done in Xero: it is due again, and after hours of that it asks for a person.

    What somebody decided about it still holds. Lost twice in a row it goes alone: one element that
    Xero stumbles over must not take the rest of its batch along for ever.
    """
    absent = result.outcome == Attempt.Outcome.ABSENT
    record.tries += absent or result.outcome in {Attempt.Outcome.NOT_SENT, Attempt.Outcome.REJECTED}
    alone = result.code == "batch_refused" or (absent and record.tries > 1)
    enter(record, State.PENDING, now, "batch_refused" if alone else result.code, result.message)
    record.not_before = result.retry_at or now
    if record.tries and not alone and not absent:  # an absence has waited for the horizon already
        record.not_before = now + min(BACKOFF * 2 ** (record.tries - 1), LONGEST_BACKOFF)
    if record.tries >= TRIES:
        enter(record, State.WARNING, now, "no_answer", "Xero gave no usable answer for hours. Nothing was sent twice.")


def _finish(pairs: Sequence[tuple[Attempt, Result]], now: datetime) -> None:
    for attempt, result in pairs:
        if result.outcome == Attempt.Outcome.UNKNOWN:
            attempt.message = result.message
            attempt.http_status = result.http_status
            continue  # still open: the look-up finishes it
        attempt.finished_at, attempt.outcome, attempt.message = now, result.outcome, result.message
        attempt.response, attempt.http_status = result.response, result.http_status or attempt.http_status
        attempt.correlation_id, attempt.milliseconds = result.correlation_id, result.milliseconds
    fields = ["finished_at", "outcome", "message", "response", "http_status", "correlation_id", "milliseconds"]
    write(Attempt, [attempt for attempt, _ in pairs], fields)


def wake(connection: Connection, codes: Iterable[str], only: Iterable[int] | None = None) -> int:
    """The cause is gone for everything that waited with one of these codes; ``only``: for these records of them."""
    now = timezone.now()
    waiting = SyncRecord.objects.filter(connection=connection, state=State.WAITING, code__in=list(codes))
    if only is not None:
        waiting = waiting.filter(pk__in=list(only))
    return waiting.update(state=State.PENDING, code="", message="", waiting_on=None, since=now, not_before=now)
