"""What each customer owes and each supplier is owed, here and in Xero, and which documents make the difference."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, replace
from decimal import Decimal
from typing import Any

from django.db.models import Sum

from accounting_sync.models import SeenInXero, SyncRecord, TieOutDifference, TieOutRun
from accounting_sync.tieout import compare
from accounting_sync.tieout.cells import Cells
from accounting_sync.tieout.compare import Part
from accounting_sync.tieout.ours import Ours
from accounting_sync.tieout.theirs import in_chunks
from workshop.models import Party
from workshop.money import ZERO

Key = tuple[str, int]  # customer or supplier, and whose
Reason = TieOutDifference.Reason
#: kind of ours → whose balance, and which way
SIDES = {
    "invoice": ("customer", 1),
    "credit_note": ("customer", -1),
    "deposit": ("customer", -1),
    "bill": ("supplier", 1),
    "supplier_credit": ("supplier", -1),
}
#: Xero's type → the same
TYPES = {
    "ACCREC": ("customer", 1),
    "ACCRECCREDIT": ("customer", -1),
    "RECEIVE-PREPAYMENT": ("customer", -1),
    "RECEIVE-OVERPAYMENT": ("customer", -1),
    "ACCPAY": ("supplier", 1),
    "ACCPAYCREDIT": ("supplier", -1),
    "SPEND-PREPAYMENT": ("supplier", -1),
    "SPEND-OVERPAYMENT": ("supplier", -1),
}
SHOWN_PARTS = 20


class Balances:
    """Xero's balance of a contact is the sum of what is due on its documents less what is left of its credits."""

    def __init__(self, run: TieOutRun) -> None:
        self.run = run
        self.here: dict[Key, Decimal] = defaultdict(lambda: ZERO)
        self.in_xero: dict[Key, Decimal] = defaultdict(lambda: ZERO)
        self.parts: dict[Key, list[Part]] = defaultdict(list)
        self.strays: dict[str, str] = {}  # in Xero with our marker, and why no record of ours is linked to it
        contacts = SyncRecord.objects.filter(connection=run.connection, kind="contact", remote_id__isnull=False)
        self.holders = dict(contacts.values_list("remote_id", "object_id"))

    def add(self, row: Ours, theirs: SeenInXero | None, contact_id: str, part: Part) -> None:
        """One document of ours. ``part`` says why it differs, if it does."""
        if row.kind not in SIDES:
            return
        side, sign = SIDES[row.kind]
        there = theirs.open if theirs and theirs.live else ZERO
        here = self._open(row, theirs) if row.live else ZERO
        self.here[side, row.party_id] += sign * here
        if theirs and there and contact_id and theirs.contact_id not in {"", contact_id}:
            if holder := self.holders.get(theirs.contact_id):
                self._part((side, holder), replace(part, amount=sign * there, reason=Reason.CHANGED))
            there = ZERO
        if there != here:
            self._part((side, row.party_id), replace(part, amount=sign * (there - here)))

    @staticmethod
    def _open(row: Ours, theirs: SeenInXero | None) -> Decimal:
        if row.open is not None:
            return row.open
        return theirs.open if theirs and theirs.live and theirs.total == row.total else row.total

    def _part(self, key: Key, part: Part) -> None:
        self.parts[key].append(part)

    def differences(self) -> Iterator[TieOutDifference]:
        self._sum_theirs()
        keys = [key for key in {*self.here, *self.in_xero} if self.here[key] != self.in_xero[key]]
        self._made_in_xero({party_id for _, party_id in keys})
        for chunk in in_chunks(sorted(keys)):
            names = dict(Party.objects.filter(pk__in={pk for _, pk in chunk}).values_list("pk", "name"))
            yield from (self._difference(key, names.get(key[1], "")) for key in chunk)

    def sum_up(self, cells: Cells) -> None:
        """The row of all customers, and that of all suppliers, after ``differences``."""
        for side in ("customer", "supplier"):
            keys = {key for key in {*self.here, *self.in_xero} if key[0] == side}
            here = sum((self.here[key] for key in keys), ZERO)
            cells.balances(side, len(keys), here, sum((self.in_xero[key] for key in keys), ZERO))

    def _sum_theirs(self) -> None:
        live = self.run.seen.filter(live=True, type__in=TYPES).order_by().values_list("contact_id", "type")
        for contact_id, type_, amount in live.annotate(sum=Sum("open")).iterator():
            side, sign = TYPES[type_]
            if amount and contact_id in self.holders:
                self.in_xero[side, self.holders[contact_id]] += sign * amount

    def _made_in_xero(self, party_ids: set[int]) -> None:
        """Documents that no record of ours is linked to, of those whose balance differs."""
        contact_ids = [contact_id for contact_id, party_id in self.holders.items() if party_id in party_ids]
        for chunk in in_chunks(contact_ids):
            rows = self.run.seen.filter(live=True, type__in=TYPES, contact_id__in=chunk).exclude(open=0)
            for row in rows.filter(linked="").iterator():
                side, sign = TYPES[row.type]
                title = row.number or row.type
                reason = self.strays.get(row.remote_id, Reason.FOREIGN)
                part = Part(reason, sign * row.open, title, remote_id=row.remote_id)
                self._part((side, self.holders[row.contact_id]), part)

    def _difference(self, key: Key, name: str) -> TieOutDifference:
        here, there = self.here[key], self.in_xero[key]
        parts = self._told(key, there - here)
        worst = compare.worst(parts)
        return TieOutDifference(
            kind=key[0], reason=worst.reason, object_id=key[1], party_id=key[1],
            record_id=worst.record_id if len(parts) == 1 else None,  # several have their cures each on its own
            title=name[:255], field=TieOutDifference.Field.BALANCE, ours=f"{here}", theirs=f"{there}",
            amount=there - here, details=[_shown(part) for part in parts[:SHOWN_PARTS]],
        )  # fmt: skip

    def _told(self, key: Key, difference: Decimal) -> list[Part]:
        """The parts that add up to the difference, the largest first; what is left over is told too."""
        parts = sorted(self.parts[key], key=lambda part: -abs(part.amount))
        rest = difference - sum((part.amount for part in parts), ZERO)
        return [*parts, *([Part(Reason.UNEXPLAINED, rest, "No document explains it")] if rest else [])]


def _shown(part: Part) -> dict[str, Any]:
    return asdict(part) | {"words": Reason(part.reason).label}
