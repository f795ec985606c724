"""One document on both sides: which fields differ, and why. Pure: no input, no output, no clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from accounting_sync.models import SeenInXero, State, SyncRecord, TieOutDifference
from accounting_sync.models.sync_record import QUEUED, UNRESOLVED
from accounting_sync.models.tie_out import EXPLAINED
from accounting_sync.reconcile import GONE
from accounting_sync.tieout.ours import Ours
from workshop.money import ZERO

Field, Reason, Verdict = TieOutDifference.Field, TieOutDifference.Reason, TieOutDifference.Verdict
MONEY = ("total", "paid", "credited", "open")
SETTLED_ALONE = {"made_in_xero", "never_sent", "caught_up"}  # it counts there in another shape
#: a question that was asked → what it is about
ASKED = {
    "changed_in_xero": Reason.CHANGED,
    "changed_in_both": Reason.CHANGED,
    "voided_in_xero": Reason.GONE,
    "payment_reversed_in_xero": Reason.GONE,
    "allocation_removed_in_xero": Reason.GONE,
    "not_found": Reason.MISSING,
    "two_in_xero": Reason.TWICE,
}
#: the worst first, where one difference has several reasons
ORDER = list(Reason)


@dataclass(frozen=True)
class Gap:
    """One field that differs. ``amount``: more (+) or less (−) in Xero."""

    field: str
    ours: str
    theirs: str
    amount: Decimal


@dataclass(frozen=True)
class Part:
    """A smaller difference that is behind a larger one: a payment behind an invoice, a document behind a balance."""

    reason: str
    amount: Decimal
    title: str = ""
    record_id: int | None = None
    kind: str = ""
    object_id: int | None = None
    remote_id: str = ""


def gaps(ours: Ours, theirs: SeenInXero | None, contact_id: str = "") -> list[Gap]:
    """What is not the same, the gravest first. Not in Xero and void here is the same; so is void on both sides.

    ``contact_id``: whose it must be in Xero, empty where that is not known.
    """
    if theirs is None or not theirs.live:
        return _absent(ours, theirs)
    if not ours.live:
        return [Gap(Field.STATUS, _here(ours), _there(theirs), theirs.total)]
    found = [_gap(name, ours, theirs) for name in MONEY]
    if contact_id and theirs.contact_id and theirs.contact_id != contact_id:
        found.append(Gap(Field.CONTACT, "as linked", "another contact", ZERO))
    return [one for one in found if one]


def _absent(ours: Ours, theirs: SeenInXero | None) -> list[Gap]:
    if not ours.live or ours.may_be_gone:
        return []
    if theirs is None:
        return [Gap(Field.PRESENCE, f"{ours.total}", "not there", -ours.total)]
    return [Gap(Field.STATUS, _here(ours), _there(theirs), -ours.total)]


def _gap(name: str, ours: Ours, theirs: SeenInXero) -> Gap | None:
    here, there = getattr(ours, name), getattr(theirs, name)
    return None if here is None or here == there else Gap(name, f"{here}", f"{there}", there - here)


def _here(ours: Ours) -> str:
    if ours.kind in {"payment", "refund"}:
        return "Valid" if ours.live else "Reversed"
    return "Valid" if ours.live else "Voided"


def _there(theirs: SeenInXero) -> str:
    return theirs.status.capitalize()


def weight(found: Sequence[Gap]) -> Decimal:
    """One amount for the whole difference, never nought where money differs: the gravest field's."""
    return next((gap.amount for gap in found if gap.amount), ZERO)


# Why


def reason_of(record: SyncRecord | None, theirs: SeenInXero | None, parts: Sequence[Part] = ()) -> str:
    """Why both sides differ, as far as our own record knows; empty where the difference is none.

    ``parts``: what rests on it and differs; they count where the record itself is in step.
    """
    if record is None:
        return Reason.UNSENT
    if record.state in UNRESOLVED:
        return ASKED.get(record.code, Reason.REFUSED)
    if record.do_not_import or record.do_not_export or record.state == State.SKIPPED:
        return "" if record.code in SETTLED_ALONE else Reason.BY_DECISION
    if record.state in QUEUED:
        return Reason.UNSENT
    return _in_step(record, theirs, parts)


def _in_step(record: SyncRecord, theirs: SeenInXero | None, parts: Sequence[Part]) -> str:
    """Our record holds that Xero has it as it is here."""
    if theirs is None:
        return Reason.MISSING
    known, shown = record.remote_updated_at, theirs.updated_at
    if parts:
        return worst(parts).reason
    if known and shown and known > shown:
        return Reason.MOVING
    if known and shown and shown > known:
        return Reason.NOT_READ if theirs.status not in GONE else Reason.GONE
    return Reason.UNEXPLAINED


def worst(parts: Sequence[Part]) -> Part:
    return min(parts, key=lambda part: ORDER.index(Reason(part.reason)))


def verdict_of(reason: str) -> str:
    """Explained is what heals by itself, or what somebody decided; everything else asks for a person."""
    return Verdict.EXPLAINED if reason in EXPLAINED else Verdict.DIFFERS
