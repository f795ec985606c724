"""What one batch will do: records claimed, decided, and the intent written down, all in one short transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from accounting_sync import plan_caps, queue
from accounting_sync.documents import DOCUMENTS, Books, Document, Item
from accounting_sync.documents.booking import only_booked_otherwise
from accounting_sync.documents.document import digest
from accounting_sync.documents.item import TRACKED
from accounting_sync.models import Connection, Priority, State, SyncRecord
from accounting_sync.models import Mapping as Chosen
from accounting_sync.queue import Intent
from accounting_sync.reconcile import (
    UPDATE,
    Action,
    Adopt,
    Body,
    Compare,
    Need,
    Park,
    Policy,
    Send,
    Unchanged,
    Wanted,
    decide,
    lines_are_theirs,
    without_lines,
)

UNASKED = {Priority.CHANGE, Priority.POLL}


@dataclass
class Plan:
    """One call's worth of intents, already written down, and what was settled without a call."""

    operation: str = ""
    items: list[Item] = field(default_factory=list)
    attempts: list[int] = field(default_factory=list)
    key: str = ""
    to_meet: bool = False  # read who is in Xero first, then ask again
    to_compare: list[str] = field(default_factory=list)
    compared_ids: list[int] = field(default_factory=list)
    settled: int = 0
    full: Mapping[tuple[int, int], int] = field(default_factory=dict)  # months that Xero's plan is full for
    locked: bool = False  # something is held back for a lock date, as far as we know Xero's


@dataclass
class _Decided:
    record: SyncRecord
    noun: Any
    wanted: Wanted
    action: Action


def instance() -> str:
    """Tells this installation's numbers from another's in the same Xero organisation."""
    return hashlib.sha256(settings.SITE_URL.encode()).hexdigest()[:6]


@transaction.atomic
def prepare(
    connection: Connection,
    document: Document,
    ids: Sequence[int],
    now: datetime,
    fence: int,
    remotes: Mapping[str, dict[str, Any]] | None = None,
    *,
    met: bool = True,
) -> Plan:
    """Claim and decide; write open attempts for the first group that may travel together. The rest stays due.

    ``remotes``: what a look at Xero showed for these records, by id; None before that look. ``met``: the list of who
    is in Xero is fresh.
    """
    rows = queue.claim(ids, State.PENDING, now)
    records = document.records().in_bulk([row.object_id for row in rows])
    rows = _without_the_deleted(rows, records, now)
    others = _others(connection, document, records.values())
    books = replace(_books(connection, others), suffixes=_suffixes(rows), bank_accounts=_banks(document, connection))
    namesakes = _namesakes(document, connection, rows, records)
    policy = policy_of(connection, document.kind)
    decided = [
        _decide(document, row, records[row.object_id], books, others, policy, namesakes, remotes) for row in rows
    ]
    if document.known_by_name and not met and any(_is_new(one) for one in decided):
        return Plan(to_meet=True)
    _leave_as_booked(document, decided, books)
    plan = Plan(full=policy.full)
    _settle_without_call(decided, others, plan, now)
    _compare(document, decided, plan)
    if not plan.to_compare:
        _intend(document, decided, remotes or {}, plan, fence, now)
    return plan


def _is_new(one: _Decided) -> bool:
    """It is about to be made in Xero, or to be taken for somebody there."""
    asked = isinstance(one.action, Park) and one.action.code == "contact_match"
    return not one.record.remote_id and (asked or isinstance(one.action, Send | Adopt))


def _without_the_deleted(rows: list[SyncRecord], records: Mapping[int, Any], now: datetime) -> list[SyncRecord]:
    gone = [row for row in rows if row.object_id not in records]
    queue.park(((row, State.SKIPPED, "deleted_here", "It was deleted here.", None, {}) for row in gone), now)
    return [row for row in rows if row.object_id in records]


def policy_of(connection: Connection, kind: str) -> Policy:
    full = plan_caps.full_months(connection, kind)
    return Policy(connection.start_date, connection.lock_date, full, connection.switches)


def _others(connection: Connection, document: Document, records: Iterable[Any]) -> dict[Need, SyncRecord]:
    """The records that these need, one query; those Xero has not heard of yet are put in the queue."""
    rows = list(records)
    needs = {need for record in rows for need in (*document.needs(record), *document.after(record))}
    needs |= {need for record in rows for need in _beside(connection, document, record)}
    both = needs | {need for record in rows for need in document.gone_first(record)}
    if not both:
        return {}
    others = _read(connection, both)
    asleep = [need for need in needs if need not in others or others[need].code == "not_financial"]
    for need in sorted(asleep):
        queue.want(need.kind, need.object_id, DOCUMENTS[need.kind].rank)
    return _read(connection, both) if asleep else others


def _beside(connection: Connection, document: Document, record: Any) -> tuple[Need, ...]:
    """A document from before the option names none: its parts may never become items, and it would wait for ever."""
    began = getattr(record, "placed_at", None) or getattr(record, "created_at", None)
    return document.beside(record) if connection.items_since and began and began >= connection.items_since else ()


def _read(connection: Connection, needs: set[Need]) -> dict[Need, SyncRecord]:
    by_kind: dict[str, list[int]] = {}
    for need in needs:
        by_kind.setdefault(need.kind, []).append(need.object_id)
    wanted = Q()
    for kind, object_ids in by_kind.items():
        wanted |= Q(kind=kind, object_id__in=object_ids)
    found = SyncRecord.objects.filter(wanted, connection=connection)
    return {Need(other.kind, other.object_id): other for other in found}


def _books(connection: Connection, others: Mapping[Need, SyncRecord]) -> Books:
    chosen: dict[str, dict[str, str]] = {subject: {} for subject in Chosen.Subject.values}
    for mapping in Chosen.objects.filter(connection=connection):
        chosen[mapping.subject][mapping.key] = mapping.value
    return Books(
        accounts=chosen["account"],
        taxes=chosen["tax"],
        purchase_taxes=chosen["purchase"],
        payments=chosen["payment"],
        site=_site(connection, chosen["site"].get("site", "")),
        remote_ids={need: other.remote_id for need, other in others.items() if other.remote_id},
        items={need.object_id: other.remote_number for need, other in others.items() if _is_usable_item(need, other)},
        site_url=settings.SITE_URL,
        instance=instance(),
        no_tax="BASEXCLUDED" if connection.country == "AU" else "NONE",
        whole_descriptions=connection.whole_descriptions,
    )


def _site(connection: Connection, option_id: str) -> tuple[str, str] | None:
    option = connection.tracking_options.filter(option_id=option_id).first() if option_id else None
    return (option.category_id, option_id) if option else None


def _is_usable_item(need: Need, other: SyncRecord) -> bool:
    """One that Xero came to track would post its cost there a second time."""
    return need.kind == "item" and bool(other.remote_id) and other.remote_status != TRACKED


def _suffixes(rows: Iterable[SyncRecord]) -> dict[int, str]:
    return {row.object_id: row.base["suffix"] for row in rows if "suffix" in row.base}


def books_of(connection: Connection, document: Document, records: Iterable[Any]) -> Books:
    """The books as they stand, for building bodies without sending them."""
    needs = {need for record in records for need in document.needs(record)}
    books = _books(connection, _read(connection, needs) if needs else {})
    return replace(books, bank_accounts=_banks(document, connection))


def standing_books(
    connection: Connection, document: Document, record: Any, row: SyncRecord
) -> tuple[Books, dict[Need, SyncRecord]]:
    """The books and what this record rests on as they stand, nothing put in the queue."""
    needs = {*document.needs(record), *document.after(record), *document.gone_first(record)}
    needs |= set(_beside(connection, document, record))
    others = _read(connection, needs) if needs else {}
    books = _books(connection, others)
    return replace(books, suffixes=_suffixes([row]), bank_accounts=_banks(document, connection)), others


def _banks(document: Document, connection: Connection) -> frozenset[str]:
    banks = connection.accounts.filter(type="BANK") if document.into_bank else connection.accounts.none()
    return frozenset(banks.values_list("account_id", flat=True))


def content_of(row: SyncRecord) -> Wanted:
    """What the workshop wants Xero to hold of this record as it is now."""
    document = DOCUMENTS[row.kind]
    record = document.records().get(pk=row.object_id)
    return document.wanted(record, books_of(row.connection, document, [record]))


def changed_since_sent(row: SyncRecord) -> bool:
    """Whether the record's content is another than Xero last accepted."""
    return content_of(row).body_hash != row.body_hash


def _namesakes(
    document: Document, connection: Connection, rows: Iterable[SyncRecord], records: Mapping[int, Any]
) -> list[Any]:
    new = [records[row.object_id] for row in rows if not row.remote_id and "suffix" not in row.base]
    query = document.namesakes(new, connection) if new else None
    if query is None:
        return []
    taken = SyncRecord.objects.filter(connection=connection, kind=document.kind, remote_id__isnull=False)
    found = list(query)
    linked = set(taken.filter(remote_id__in=[twin.contact_id for twin in found]).values_list("remote_id", flat=True))
    return [twin for twin in found if twin.contact_id not in linked]


def _decide(
    document: Document,
    row: SyncRecord,
    record: Any,
    books: Books,
    others: dict[Need, SyncRecord],
    policy: Policy,
    namesakes: Sequence[Any],
    remotes: Mapping[str, dict[str, Any]] | None,
) -> _Decided:
    wanted = document.wanted(record, books)
    row.title = wanted.title
    remote = (remotes or {}).get(row.remote_id or "")
    if remote and wanted.body and not row.body_hash:
        row.base = row.base | document.first_base(wanted.body, remote)
    action = decide(
        wanted,
        row,
        policy,
        others,
        twins=document.twins(record, namesakes) if namesakes and "suffix" not in row.base else None,
        conflict=document.conflict(row, wanted.body, remote) if remote and wanted.body else _vanished(row, remotes),
        compared=row.remote_id is not None and remotes is not None,
    )
    if isinstance(action, Send) and action.operation == UPDATE and _adds_nothing(document, row, wanted, remote):
        row.body_hash = wanted.body_hash
        action = Unchanged()
    if isinstance(action, Park) and action.state == State.CONFLICT and remote:
        action = replace(action, evidence=document.evidence(remote))
    return _Decided(row, record, wanted, action)


def _adds_nothing(document: Document, row: SyncRecord, wanted: Wanted, remote: dict[str, Any] | None) -> bool:
    """Everything we would send is in Xero already; only the id would be left in the body."""
    return remote is not None and len(_update(document, wanted, row, remote)) == 1


def _vanished(row: SyncRecord, remotes: Mapping[str, Any] | None) -> tuple[str, str] | None:
    if remotes is not None and row.remote_id and row.remote_id not in remotes:
        return "not_found", "Xero no longer has it."
    return None


def _leave_as_booked(document: Document, decided: Iterable[_Decided], books: Books) -> None:
    """What only a new mapping would book otherwise stays in Xero as it is; a payment on it is no reason to touch it.
    Nor is a line that was described shortly, or at length, when the document was sent.

    Unless somebody asked: for this record, or for all of them, which then come in the slowest lane.
    """
    changed = [one for one in decided if isinstance(one.action, Compare) and one.record.priority in UNASKED]
    sent = queue.accepted_bodies(one.record for one in changed)
    for one in changed:
        ours, there = one.wanted.body or {}, sent.get(one.record.pk, {})
        if only_booked_otherwise(document, one.noun, books, ours, there):
            one.action = Unchanged()


def _settle_without_call(
    decided: Iterable[_Decided], others: Mapping[Need, SyncRecord], plan: Plan, now: datetime
) -> None:
    parked: list[Any] = []
    same: list[SyncRecord] = []
    adopted: set[str] = set()
    for one in decided:
        if isinstance(one.action, Park):
            action = one.action
            other = others.get(action.waiting_on) if action.waiting_on else None
            parked.append((one.record, action.state, action.code, action.message, other, action.evidence))
        elif isinstance(one.action, Unchanged):
            same.append(one.record)
        elif isinstance(one.action, Adopt) and one.action.remote["remote_id"] in adopted:
            why = "Another customer of the same name and phone or e-mail is linked to that contact in Xero."
            parked.append((one.record, State.WARNING, "contact_match", why, None, {}))
        elif isinstance(one.action, Adopt):
            adopted.add(one.action.remote["remote_id"])
            queue.adopt(one.record, one.action.remote, now)
    queue.park(parked, now)
    queue.unchanged(same, now)
    plan.settled = len(parked) + len(same)
    plan.locked = any(code == "period_locked" for _, _, code, *_ in parked)


def _compare(document: Document, decided: Iterable[_Decided], plan: Plan) -> None:
    together = [one.record for one in decided if isinstance(one.action, Compare)][: document.fetch_size]
    plan.to_compare = [row.remote_id for row in together if row.remote_id]
    plan.compared_ids = [row.pk for row in together]


def _intend(
    document: Document,
    decided: Iterable[_Decided],
    remotes: Mapping[str, dict[str, Any]],
    plan: Plan,
    fence: int,
    now: datetime,
) -> None:
    sends = [(one, one.action) for one in decided if isinstance(one.action, Send)]
    if not sends:
        return
    items = [_item(document, one, action, remotes) for one, action in sends]
    first = document.group(sends[0][1].operation, items[0])
    chosen = [
        (one, action, item)
        for (one, action), item in zip(sends, items, strict=True)
        if document.group(action.operation, item) == first
    ]
    plan.operation = chosen[0][1].operation
    plan.items = [item for _, _, item in chosen]
    call = document.call(plan.operation, plan.items)
    plan.key = _idempotency_key(plan.operation, [one.record for one, _, _ in chosen], plan.items)
    intents = [
        Intent(one.record, action.operation, call.method, call.path, item.body, action.body_hash)
        for one, action, item in chosen
    ]
    plan.attempts = [attempt.pk for attempt in queue.open_attempts(intents, plan.key, fence, now)]


def _item(document: Document, one: _Decided, action: Send, remotes: Mapping[str, dict[str, Any]]) -> Item:
    row = one.record
    body, total = action.body, one.wanted.total
    if action.operation == UPDATE:
        remote = remotes[row.remote_id or ""]
        body = _update(document, one.wanted, row, remote)
        if lines_are_theirs(one.wanted, row):
            total = Decimal(str(remote["Total"]))  # their lines are there afterwards as they were
    return Item(row.object_id, row.remote_id, body, total=total)


def _update(document: Document, wanted: Wanted, row: SyncRecord, remote: dict[str, Any]) -> Body:
    body = document.update_body(wanted.body or {}, row, remote)
    return without_lines(body) if lines_are_theirs(wanted, row) else body


def _idempotency_key(operation: str, rows: Sequence[SyncRecord], items: Sequence[Item]) -> str:
    """One key per version, generation and body: a second belt, not the guard (at most 128 characters).

    The version, because Xero would answer A's second coming (A, B, A) from memory; the body, because it refuses a key
    that it has seen with another one.
    """
    content = [[row.pk, row.generation, row.wanted, item.body] for row, item in zip(rows, items, strict=True)]
    return f"{instance()}-{rows[0].connection_id}-{digest([operation, content])}"
