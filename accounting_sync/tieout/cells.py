"""The one number per kind and month: what differs, added up without its sign, so that nothing cancels out."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from accounting_sync.models import Reconciliation, SeenInXero, TieOutDifference
from accounting_sync.tieout.ours import Ours
from workshop.money import ZERO

Reason = Reconciliation.Reason
#: what differs in an account and heals by itself, or is somebody's decision
EXPLAINED = {Reason.UNSENT, Reason.BY_PERSON, Reason.BY_CHOICE, Reason.NOT_BILLED, Reason.OPENING, Reason.CORRECTED}


@dataclass
class Cell:
    """``here`` and ``in_xero``: the totals of what is valid. ``differs`` and ``explained``: amounts, never negative."""

    kind: str
    month: date | None
    documents: int = 0
    here: Decimal = ZERO
    in_xero: Decimal = ZERO
    differing: int = 0
    differs: Decimal = ZERO
    explaining: int = 0
    explained: Decimal = ZERO


class Cells:
    def __init__(self) -> None:
        self._cells: dict[tuple[str, date | None], Cell] = {}
        self.checked = 0

    def of(self, kind: str, month: date | None) -> Cell:
        return self._cells.setdefault((kind, month), Cell(kind, month))

    def counts(self, row: Ours, theirs: SeenInXero | None) -> None:
        cell = self.of(row.kind, row.dated.replace(day=1))
        cell.documents += 1
        self.checked += 1
        cell.here += row.total if row.live else ZERO
        cell.in_xero += theirs.total if theirs and theirs.live else ZERO

    def balances(self, kind: str, count: int, here: Decimal, in_xero: Decimal) -> None:
        cell = self.of(kind, None)
        cell.documents, cell.here, cell.in_xero = count, here, in_xero

    def account(self, found: Reconciliation) -> None:
        """Stock on Hand or Work in Progress: what nobody can explain, or a person must look at, differs."""
        sums: dict[str, Decimal] = defaultdict(lambda: ZERO)
        for entry in found.entries:
            sums[entry["reason"]] += Decimal(entry["amount"])
        cell = self.of(found.account, found.as_at)
        cell.documents, cell.here, cell.in_xero = len(found.entries), found.here, found.in_xero
        for reason, amount in sums.items():
            if reason in EXPLAINED:
                cell.explained, cell.explaining = cell.explained + abs(amount), cell.explaining + 1
            else:
                cell.differs, cell.differing = cell.differs + abs(amount), cell.differing + 1

    def differs(self, difference: TieOutDifference) -> None:
        cell = self.of(difference.kind, difference.month)
        if difference.verdict == TieOutDifference.Verdict.EXPLAINED:
            cell.explained, cell.explaining = cell.explained + abs(difference.amount), cell.explaining + 1
        else:
            cell.differs, cell.differing = cell.differs + abs(difference.amount), cell.differing + 1

    @property
    def differing(self) -> int:
        return sum(cell.differing for cell in self._cells.values())

    @property
    def explaining(self) -> int:
        return sum(cell.explaining for cell in self._cells.values())

    def summary(self) -> list[dict[str, Any]]:
        return [asdict(cell) for cell in self._cells.values()]
