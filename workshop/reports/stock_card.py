"""Every movement of a part's goods, with what was there after each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Sum

from workshop.models import Part, StockMovement
from workshop.money import ZERO

NONE = Decimal(0)


@dataclass(frozen=True)
class Entry:
    movement: StockMovement
    quantity: Decimal  # after it
    value: Decimal


@dataclass(frozen=True)
class StockCard:
    part: Part
    opening_quantity: Decimal
    opening_value: Decimal
    entries: Sequence[Entry]

    @property
    def quantity(self) -> Decimal:
        return self.entries[-1].quantity if self.entries else self.opening_quantity

    @property
    def value(self) -> Decimal:
        return self.entries[-1].value if self.entries else self.opening_value


def stock_card(part: Part, since: date | None = None, until: date | None = None) -> StockCard:
    """In the order of the days they count for, then as they were entered; oldest first. Two statements."""
    moves = part.movements.filter(lot=None)
    moves = moves.filter(date__lte=until) if until else moves
    quantity, value = _before(part, since)
    opening = quantity, value
    entries = []
    shown = moves.filter(date__gte=since) if since else moves
    for move in shown.select_related("location", "created_by").order_by("date", "pk"):
        quantity, value = quantity + move.quantity, value + move.value
        entries.append(Entry(move, quantity, value))
    return StockCard(part, *opening, entries)


def _before(part: Part, since: date | None) -> tuple[Decimal, Decimal]:
    if since is None:
        return NONE, ZERO
    sums = part.movements.filter(lot=None, date__lt=since).aggregate(quantity=Sum("quantity"), value=Sum("value"))
    return sums["quantity"] or NONE, sums["value"] or ZERO
