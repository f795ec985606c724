"""One run: lease, then batch after batch. Claim, build, call, settle; the call happens with no transaction open."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from accounting_sync import connections, directory, lease, queue, setup, unknown_messages
from accounting_sync.documents import DOCUMENTS, Call, Document, Item
from accounting_sync.merging import apply_contacts
from accounting_sync.models import Attempt, Connection, State, SyncRecord
from accounting_sync.models.sync_record import IN_FLIGHT
from accounting_sync.plan import Plan, prepare
from accounting_sync.queue import Result
from accounting_sync.reconcile import CREATE, GONE, VOID
from accounting_sync.verdicts import became, recognised, share_out, verdicts
from accounting_sync.wake import wake_drain
from accounting_sync.walk import Incomplete, everything, found, read
from accounting_sync.xero.client import Client, Reply
from accounting_sync.xero.oauth import ConnectionLost
from accounting_sync.xero.transport import NoAnswer, NotSent

log = logging.getLogger(__name__)
LONGEST_RUN = timedelta(seconds=60)
PAUSE, LET_OTHERS_FIRST = timedelta(seconds=30), timedelta(seconds=40)  # the second just longer than the first
BATCH = 50  # what Xero recommends per call
LOOK_BACK = timedelta(minutes=10)  # Xero's clock and ours, and its lag of lists
O = Attempt.Outcome  # noqa: E741


@dataclass
class Run:
    """What one drain carries from step to step."""

    connection: Connection
    lease: lease.Lease
    client: Client
    calls: int = 0
    records: int = 0
    met: bool = False  # who is in Xero was read; once per run is enough
    lock_dates_read: bool = False  # likewise
    stopped: bool = False  # the lease is another worker's, or somebody paused or disconnected


def drain(connection: Connection | None = None, longest: timedelta = LONGEST_RUN) -> Run | None:
    """Work until nothing is due, the minute is over or Xero puts us off. None when there is nothing to drain with."""
    connection = connection or Connection.objects.live().first()
    held = lease.claim(connection) if connection else None
    if connection is None or held is None:
        return None
    run = Run(connection, held, Client(connection))
    queue.sweep_stale(connection, timezone.now(), held.fence)
    end = timezone.now() + longest
    try:
        while timezone.now() < end and step(run):
            queue.beat()
    finally:
        held.release()
    _hand_over(run)
    return run


def _hand_over(run: Run) -> None:
    """What is still due, or came due while the lease was ours and nobody else could take it, gets a run of its own."""
    now, connection = timezone.now(), run.connection
    usable = connection.status == Connection.Status.CONNECTED and not connection.parked(now)
    if usable and not run.stopped and queue.due(connection, now, 1, connections.lane(connection, now))[2]:
        wake_drain()


def step(run: Run) -> bool:
    """One batch of one kind. False when there is nothing to do, or nothing may be done now."""
    now = timezone.now()
    if run.stopped or run.connection.parked(now) or run.connection.status != Connection.Status.CONNECTED:
        return False
    state, kind, ids = queue.due(run.connection, now, BATCH, connections.lane(run.connection, now))
    if not ids or not setup.is_complete(run.connection):
        return False
    document = DOCUMENTS[kind]
    try:
        if state == State.UNKNOWN:
            _look_up(run, document, ids, now)
        else:
            _send(run, document, ids, now)
    except (NotSent, NoAnswer, Incomplete) as error:
        _put_off(run, error, ids)
        return False
    except ConnectionLost as error:
        connections.lost(run.connection, error.cause)
        return False
    return True


def _put_off(run: Run, error: Exception, ids: Sequence[int]) -> None:
    """A read failed before anything was sent: the connection pauses a little, and these let others go first."""
    queue.put_off(ids, timezone.now() + LET_OTHERS_FIRST)
    if isinstance(error, Incomplete):
        _note(run, error.reply)
    if not run.connection.parked(timezone.now()):
        connections.park(run.connection, PAUSE, f"Xero could not be read: {error}", timezone.now())


def _note(run: Run, reply: Reply) -> None:
    run.calls += 1
    connections.heard(run.connection, reply, timezone.now())


# Sending


def _send(run: Run, document: Document, ids: Sequence[int], now: datetime) -> None:
    plan = prepare(run.connection, document, ids, now, run.lease.fence, met=run.met)
    if plan.to_meet:
        directory.refresh(run.client)
        run.met = True
        plan = prepare(run.connection, document, ids, now, run.lease.fence)
    locked = plan.locked
    if plan.to_compare:
        remotes = _fetch(run, document, plan.to_compare)
        if document.merges:
            apply_contacts(run.connection, list(remotes.values()))
        plan = prepare(run.connection, document, plan.compared_ids, now, run.lease.fence, remotes)
    run.records += plan.settled + len(plan.items)
    results = _transmit(run, document, plan) if plan.items else []
    if locked or plan.locked or any(result.code == "period_locked" for result in results):
        _read_lock_dates(run)
    _let_the_next_go(run, plan, results)


def _let_the_next_go(run: Run, plan: Plan, results: Sequence[Result]) -> None:
    """Xero took one of a month it was full for: those behind it follow, in order."""
    taken = [item for item, result in zip(plan.items, results, strict=False) if result.outcome == O.ACCEPTED]
    months = {tuple(map(int, item.body["Date"].split("-")[:2])) for item in taken if plan.full and item.body}
    if months & set(plan.full):
        queue.wake(run.connection, ["plan_cap"])


def _read_lock_dates(run: Run) -> None:
    """The accountant may have closed or opened a period since: what is held back is held back for what is true now."""
    if not run.lock_dates_read:
        run.lock_dates_read = True
        _note(run, directory.read_lock_dates(run.client))


def _fetch(run: Run, document: Document, remote_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    reply = read(run.client, document.fetch(remote_ids))
    _note(run, reply)
    return {str(element[document.id_field]): element for element in found(document, reply)}


def _transmit(run: Run, document: Document, plan: Plan) -> list[Result]:
    call = document.call(plan.operation, plan.items)
    results: list[Result]
    if not run.lease.holds(timezone.now()):
        run.stopped = True
        results = [Result(O.NOT_SENT, State.PENDING, message="Stopped before it was sent.")] * len(plan.items)
    else:
        results = _answer(run, document, plan, call)
    settled = queue.settle(list(zip(plan.attempts, results, strict=True)), timezone.now())
    unknown_messages.note(settled, timezone.now())
    return results


def _answer(run: Run, document: Document, plan: Plan, call: Call) -> list[Result]:
    """What became of each item; a failed call is an answer too."""
    try:
        reply = run.client.send(call, plan.key)
    except NotSent as error:
        connections.park(run.connection, timedelta(seconds=20), str(error), timezone.now())
        return [Result(O.NOT_SENT, State.PENDING, message=str(error))] * len(plan.items)
    except NoAnswer as error:
        return [Result(O.UNKNOWN, message=str(error))] * len(plan.items)
    except ConnectionLost as error:
        connections.lost(run.connection, error.cause)
        return [Result(O.UNAUTHORISED, State.PENDING, message=str(error))] * len(plan.items)
    _note(run, reply)
    results = verdicts(document, plan.operation, plan.items, reply, timezone.now())
    return [_closer(run, document, plan, item, result) for item, result in zip(plan.items, results, strict=True)]


def _closer(run: Run, document: Document, plan: Plan, item: Item, result: Result) -> Result:
    """Look again at a refusal that our own earlier call may explain, or whose cure needs to be shown."""
    call = document.closer_look(result.code, item) if result.outcome == O.REJECTED else None
    if call is None:
        return result
    try:
        reply = read(run.client, call)
        remotes = found(document, reply)
    except (NotSent, NoAnswer, Incomplete, ConnectionLost):
        log.info("A closer look at %s %s was not possible", document.kind, item.object_id)
        return result
    _note(run, reply)
    if plan.operation == VOID:
        gone = any(document.read(remote).status in GONE for remote in remotes)
        return became(document, VOID, item, "", remotes, reply) if gone else result
    live = [remote for remote in remotes if document.read(remote).status not in GONE]
    free = _unlinked(document, run.connection, [item], live)
    ours = next((remote for remote in free if document.is_ours(item, remote)), None)
    if ours:
        return recognised(document, item, ours, reply)
    sentence, evidence = document.explain(result.code, item, remotes)
    return replace(result, message=f"{result.message} {sentence}".strip(), evidence=evidence)


# Looking up


def _look_up(run: Run, document: Document, ids: Sequence[int], now: datetime) -> None:
    """Ask Xero what became of calls without an answer. Only a complete read may say that something is absent."""
    rows = SyncRecord.objects.filter(pk__in=ids, state=State.UNKNOWN).select_related("open_attempt")
    asked = [(row, _item(row)) for row in rows.order_by("open_attempt__started_at")]
    if not asked:
        return
    operation, group = _group(document, *asked[0])
    together = [pair for pair in asked if _group(document, *pair) == (operation, group)]
    call = document.look_up([item for _, item in together])
    if call.modified_since:
        remotes, reply = everything(run.client, call, document.resource, document.id_field)
    else:
        reply = read(run.client, call)
        remotes = found(document, reply)
    _note(run, reply)
    items = [item for _, item in together]
    shares = share_out(document, items, _unlinked(document, run.connection, items, remotes), _also_in_flight(together))
    results = [
        (_attempt(row).pk, became(document, operation, item, row.remote_hash, ours, reply))
        for (row, item), ours in zip(together, shares, strict=True)
    ]
    settled = queue.settle(results, timezone.now())
    run.records += len(settled)
    if any(result.outcome == O.FOUND for _, result in results):
        # while nobody knew that these were ours, polls passed over what happened to them
        connections.look_back(run.connection, min(item.since for item in items if item.since))


def _unlinked(
    document: Document, connection: Connection, items: Sequence[Item], remotes: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """What belongs to another record already is nobody else's."""
    if items[0].remote_id:
        return remotes
    candidates = [remote for remote in remotes if any(document.is_ours(item, remote) for item in items)]
    linked = SyncRecord.objects.filter(connection=connection, kind=document.kind)
    taken = set(
        linked.filter(remote_id__in=[document.read(remote).remote_id for remote in candidates])
        .values_list("remote_id", flat=True)
    )  # fmt: skip
    return [remote for remote in candidates if document.read(remote).remote_id not in taken]


def _also_in_flight(together: Sequence[tuple[SyncRecord, Item]]) -> list[Item]:
    """Other creations of this kind whose answer is out: one alike may have made what is found."""
    first = together[0][0]
    others = SyncRecord.objects.filter(connection=first.connection_id, kind=first.kind, state__in=IN_FLIGHT)
    others = others.filter(open_attempt__operation=CREATE).exclude(pk__in=[row.pk for row, _ in together])
    return [_item(row) for row in others.select_related("open_attempt")]


def _item(row: SyncRecord) -> Item:
    attempt = _attempt(row)
    return Item(row.object_id, row.remote_id, attempt.body, since=attempt.started_at - LOOK_BACK)


def _group(document: Document, row: SyncRecord, item: Item) -> tuple[str, str]:
    operation = _attempt(row).operation
    return operation, document.group(operation, item)


def _attempt(row: SyncRecord) -> Attempt:
    assert row.open_attempt is not None  # noqa: S101 (a check constraint holds this)
    return row.open_attempt
