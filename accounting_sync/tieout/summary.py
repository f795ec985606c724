"""What a finished run says, as people read it: one number with its word for each kind and month."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from accounting_sync.models import Reconciliation, TieOutDifference, TieOutRun
from accounting_sync.standing import AGREES, ASKS, HEALS

WORDS = {ASKS: "differs", HEALS: "explained", AGREES: "agrees"}
Kind = TieOutDifference.Kind
MONTHLY = [Kind.INVOICE, Kind.CREDIT_NOTE, Kind.DEPOSIT, Kind.PAYMENT, Kind.REFUND, Kind.BILL, Kind.SUPPLIER_CREDIT]
ACCOUNTS = Reconciliation.Account
AS_IT_STANDS: list[Any] = [Kind.CUSTOMER, Kind.SUPPLIER, Kind.CONTACT, ACCOUNTS.STOCK, ACCOUNTS.WIP]
NEVER = "Not compared yet"


@dataclass(frozen=True)
class Number:
    """``amount``: what differs, or what is explained, added up without its sign; nought where both sides agree."""

    kind: str
    label: str
    month: date | None
    documents: int
    here: Decimal
    in_xero: Decimal
    tone: str
    amount: Decimal
    count: int
    besides: Decimal  # explained, beside what differs

    @property
    def words(self) -> str:
        return WORDS[self.tone]

    @property
    def is_account(self) -> bool:
        return self.kind in ACCOUNTS.values

    @property
    def is_contact(self) -> bool:
        return self.kind == Kind.CONTACT


@dataclass(frozen=True)
class Month:
    first: date
    numbers: list[Number | None]


def tone_of(run: TieOutRun) -> str:
    return ASKS if run.differing else HEALS if run.explained else AGREES


def numbers(run: TieOutRun) -> list[Number]:
    return [_number(cell) for cell in run.summary]


def as_it_stands(found: Iterable[Number]) -> list[Number]:
    """Balances, contacts and the two accounts, which have no month."""
    by_kind = {number.kind: number for number in found}
    return [by_kind[kind] for kind in AS_IT_STANDS if kind in by_kind]


def by_month(found: Iterable[Number]) -> tuple[list[str], list[Month]]:
    """The kinds that there are, and a row for each month, newest first."""
    cells = {(number.kind, number.month): number for number in found if number.month and not number.is_account}
    kinds = [kind for kind in MONTHLY if any(kind == key for key, _ in cells)]
    months = sorted({month for _, month in cells if month}, reverse=True)
    rows = [Month(month, [cells.get((kind, month)) for kind in kinds]) for month in months]
    return [Kind(kind).label for kind in kinds], rows


def _number(cell: dict[str, Any]) -> Number:
    tone = ASKS if cell["differing"] else HEALS if cell["explaining"] else AGREES
    amount = {ASKS: cell["differs"], HEALS: cell["explained"], AGREES: "0.00"}[tone]
    count = {ASKS: cell["differing"], HEALS: cell["explaining"], AGREES: 0}[tone]
    kind, month = cell["kind"], cell["month"]
    label = ACCOUNTS(kind).label if kind in ACCOUNTS.values else Kind(kind).label
    return Number(
        kind, str(label), date.fromisoformat(month) if month else None, cell["documents"], Decimal(cell["here"]),
        Decimal(cell["in_xero"]), tone, Decimal(amount), count,
        Decimal(cell["explained"] if tone == ASKS else 0),
    )  # fmt: skip
