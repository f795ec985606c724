"""What should be done about one record, decided from its state alone. Pure: no input, no output, no clock."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from django.utils.formats import date_format

from accounting_sync.errors import BY_CODE
from accounting_sync.models import Priority, State, SyncRecord
from accounting_sync.models.sync_record import IN_FLIGHT

Body = dict[str, Any]


class Presence(Enum):
    PRESENT = "present"
    VOIDED = "voided"
    NOT_NEEDED = "not_needed"


@dataclass(frozen=True, order=True)
class Need:
    """Another record that must be in Xero first, or be gone from it first."""

    kind: str
    object_id: int


@dataclass(frozen=True)
class Wanted:
    """What the workshop wants Xero to hold of one record.

    ``after``: what goes first, to Xero or out of it, unless it stays here on purpose; ``beside``: what goes first if it
    can. ``switch``: which of the connection's switches lets it go, and ``begun`` when it came to be, where that
    matters. ``may_be_gone``: that somebody removed it in Xero is settled here. ``their_lines``: the accountant added to
    them.
    """

    title: str
    presence: Presence = Presence.PRESENT
    because: tuple[str, str] = ("", "")
    dated: date | None = None
    needs: tuple[Need, ...] = ()
    gone_first: tuple[Need, ...] = ()
    after: tuple[Need, ...] = ()
    beside: tuple[Need, ...] = ()
    switch: str = ""
    begun: datetime | None = None
    body: Body | None = None
    body_hash: str = ""
    unmapped: tuple[str, ...] = ()
    may_be_gone: bool = False
    their_lines: bool = False
    total: Decimal | None = None


@dataclass(frozen=True)
class Policy:
    """What the organisation and the accountant allow."""

    start_date: date | None = None
    lock_date: date | None = None
    #: (year, month) that Xero's plan is full for, and the record that waits longest there
    full: Mapping[tuple[int, int], int] = field(default_factory=dict)
    switches: Mapping[str, datetime | None] = field(default_factory=dict)  # on since when; None: off


@dataclass(frozen=True)
class Twins:
    """Who in Xero may already be this record: one certain twin, or several to ask about."""

    certain: dict[str, Any] | None = None
    candidates: tuple[dict[str, Any], ...] = ()
    why: str = ""


# Actions


@dataclass(frozen=True)
class Send:
    operation: str
    body: Body
    body_hash: str


@dataclass(frozen=True)
class Unchanged:
    """Xero holds this already; no call."""


@dataclass(frozen=True)
class Compare:
    """Before anything of Xero's is overwritten, look at what it holds now."""


@dataclass(frozen=True)
class Adopt:
    """The record is in Xero already under this id."""

    remote: dict[str, Any]


@dataclass(frozen=True)
class Park:
    """Leave the record in a state that says why."""

    state: str
    code: str
    message: str
    waiting_on: Need | None = None
    evidence: dict[str, Any] = field(default_factory=dict)


Action = Send | Unchanged | Compare | Adopt | Park
#: the connection's switches, as the accountant reads them
SWITCHES = {
    "purchases": "Send Purchase Orders to Xero",
    "orders": "Send orders to suppliers as purchase orders",
    "items": "Send parts as untracked items",
    "journals": "Create Inventory Journals (COGS & Stock on Hand)",
}
CREATE, UPDATE, VOID = "create", "update", "void"
GONE = {"VOIDED", "DELETED"}


def lines_of(body: Body) -> str:
    """Stands for what a document's lines say, whatever they are booked to."""
    names = ("Description", "Quantity", "UnitAmount", "LineAmount")
    lines = [[str(line.get(name, "")) for name in names] for line in body.get("LineItems") or []]
    return hashlib.sha256(json.dumps(lines).encode()).hexdigest() if lines else ""


def lines_are_theirs(wanted: Wanted, record: SyncRecord) -> bool:
    """The accountant's change was accepted and our lines are what they were then: nothing writes over Xero's."""
    accepted = record.base.get("accepted_lines", "")
    return record.remote_id is not None and (
        wanted.their_lines or (accepted != "" and accepted == lines_of(wanted.body or {}))
    )


def without_lines(body: Body) -> Body:
    """An update of this leaves Xero's lines as they are."""
    return {name: value for name, value in body.items() if name not in {"LineItems", "LineAmountTypes"}}


def decide(
    wanted: Wanted,
    record: SyncRecord,
    policy: Policy,
    others: dict[Need, SyncRecord],
    *,
    twins: Twins | None = None,
    conflict: tuple[str, str] | None = None,
    compared: bool = False,
) -> Action:
    """One action for one record. ``others``: the records it needs; ``compared``: ``conflict`` is known."""
    if record.do_not_export:
        return Park(State.SKIPPED, "do_not_export", record.reason)
    if wanted.presence is Presence.NOT_NEEDED:
        return Park(State.SKIPPED, *wanted.because)
    if wanted.presence is Presence.VOIDED:
        return _void(wanted, record, policy, others)
    return (
        _held(wanted, record)
        or _by_choice(wanted, record, policy)
        or _outside_the_books(wanted, record, policy)
        or _dependency(wanted.needs, others)
        or _in_turn(wanted.after, others)
        or _gone_first(wanted.gone_first, others)
        or _on_their_way(wanted.beside, others)
        or _unmapped(wanted)
        or _twin(record, twins)
        or _send(wanted, record, conflict, compared)
    )


def _held(wanted: Wanted, record: SyncRecord) -> Action | None:
    if record.remote_id and record.remote_status in GONE:
        if wanted.may_be_gone:
            return Unchanged()
        return Park(
            State.CONFLICT,
            "voided_in_xero",
            f"{wanted.title} was {record.remote_status.lower()} in Xero. It is not sent again unless you decide so.",
        )
    return Unchanged() if record.remote_id and wanted.body_hash and wanted.body_hash == record.body_hash else None


def _by_choice(wanted: Wanted, record: SyncRecord, policy: Policy) -> Action | None:
    """A switch is off, or was when this came to be. What Xero holds already is kept in step all the same."""
    if record.remote_id or not wanted.switch:
        return None
    if record.base.get("caught_up"):
        return Park(State.SKIPPED, "caught_up", BY_CODE["caught_up"].sentence)
    since = policy.switches.get(wanted.switch)
    if since is not None and (wanted.begun is None or wanted.begun >= since):
        return None
    return Park(State.SKIPPED, "by_choice", f"Not posted by choice: “{SWITCHES[wanted.switch]}” was off.")


def _outside_the_books(wanted: Wanted, record: SyncRecord, policy: Policy) -> Action | None:
    if wanted.dated is None:
        return None
    if policy.start_date and wanted.dated < policy.start_date and not record.remote_id:
        message = f"Dated before {date_format(policy.start_date)}, the day from which documents go to Xero."
        return Park(State.SKIPPED, "before_start_date", message)
    return _locked(wanted.dated, policy) or _beyond_plan(wanted.dated, record, policy)


def _beyond_plan(dated: date, record: SyncRecord, policy: Policy) -> Action | None:
    """In its turn behind the one that waits longest, unless somebody pushes it."""
    first = policy.full.get((dated.year, dated.month))
    longest_waiting = record.pk is not None and first is not None and record.pk <= first
    if first is None or longest_waiting or record.remote_id or record.priority == Priority.PERSON:
        return None
    month = date_format(dated, "F Y")
    return Park(State.WAITING, "plan_cap", f"Xero's plan allows no more of {month}. It goes in its turn.")


def _locked(dated: date, policy: Policy) -> Action | None:
    if policy.lock_date is None or dated > policy.lock_date:
        return None
    message = f"Dated {date_format(dated)}; Xero's books are locked up to {date_format(policy.lock_date)}."
    return Park(State.WAITING, "period_locked", message, evidence={"lock_date": policy.lock_date})


def _dependency(needs: Iterable[Need], others: dict[Need, SyncRecord]) -> Action | None:
    for need in needs:
        other = others.get(need)
        if other is None or not _ready(other):
            return Park(State.WAITING, "dependency", _waiting_for(need, other), waiting_on=need)
    return None


def _waiting_for(need: Need, other: SyncRecord | None) -> str:
    """What stays here on purpose says so: nothing that rests on it goes before somebody changes that."""
    title = other.title if other and other.title else need.kind.replace("_", " ")
    if other is None or other.state != State.SKIPPED:
        return f"Waiting for {title} to be in Xero."
    return f"Waiting for {title} to be in Xero, where it does not go. {other.message}"


def _in_turn(after: Iterable[Need], others: dict[Need, SyncRecord]) -> Action | None:
    """Like a dependency, but what stays here on purpose holds nothing up."""
    return _dependency((need for need in after if not _stays_here(others.get(need))), others)


def _on_their_way(beside: Iterable[Need], others: dict[Need, SyncRecord]) -> Action | None:
    """What is on its way is waited for; what waits or asks for somebody itself is left out."""
    moving = {State.PENDING, *IN_FLIGHT}
    return _dependency((need for need in beside if need in others and others[need].state in moving), others)


def _stays_here(other: SyncRecord | None) -> bool:
    return other is not None and other.state == State.SKIPPED


def _ready(other: SyncRecord) -> bool:
    """In Xero, and no change of it still on its way."""
    return bool(other.remote_id) and other.state in {State.SYNCED, State.CONFLICT, State.SKIPPED}


def _gone_first(needs: Iterable[Need], others: dict[Need, SyncRecord]) -> Action | None:
    """What was undone here must be undone in Xero before anything that it stands in the way of."""
    for need in needs:
        other = others.get(need)
        if other and _stands(other):
            message = f"{other.title or need.kind.replace('_', ' ')} must be removed from Xero first."
            return Park(State.WAITING, "has_payments", message, waiting_on=need)
    return None


def _stands(other: SyncRecord) -> bool:
    """It is in Xero, or a call is out that may put it there."""
    return other.state in IN_FLIGHT or (other.remote_id is not None and other.remote_status not in GONE)


def _unmapped(wanted: Wanted) -> Action | None:
    if not wanted.unmapped:
        return None
    missing = ", ".join(dict.fromkeys(wanted.unmapped))
    return Park(State.WAITING, "mapping", f"No Xero account or tax rate is chosen for: {missing}.")


def _twin(record: SyncRecord, twins: Twins | None) -> Action | None:
    if record.remote_id or twins is None:
        return None
    if twins.certain:
        return Adopt(twins.certain)
    if twins.candidates:
        return Park(State.WARNING, "contact_match", twins.why, evidence={"candidates": list(twins.candidates)})
    return None


def _send(wanted: Wanted, record: SyncRecord, conflict: tuple[str, str] | None, compared: bool) -> Action:
    assert wanted.body is not None  # noqa: S101 (a wanted record without gaps has a body)
    if not record.remote_id:
        return Send(CREATE, wanted.body, wanted.body_hash)
    if not compared:
        return Compare()
    if conflict:
        code, message = conflict
        return Park(BY_CODE[code].state, code, message)
    return Send(UPDATE, wanted.body, wanted.body_hash)


def _void(wanted: Wanted, record: SyncRecord, policy: Policy, others: dict[Need, SyncRecord]) -> Action:
    if not record.remote_id:
        if record.base.get("caught_up"):
            return Park(State.SKIPPED, "caught_up", "Undone here after it was caught up; the next one takes it back.")
        return Park(State.SKIPPED, "never_sent", "It was undone here before Xero ever held it.")
    if record.remote_status in GONE:
        return Unchanged()
    locked = _locked(wanted.dated, policy) if wanted.dated else None
    first = (*wanted.gone_first, *(need for need in wanted.after if not _stays_here(others.get(need))))
    waits = _gone_first(first, others) or locked
    return waits or Send(VOID, wanted.body or {}, f"void-{record.generation}")
