"""Stock valuation as at any day: on the shelf, on jobs, in all; by part, category and place.

Source: the accounting specification, "What belongs to the pool": goods on jobs are in the pool until invoiced.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db.models import QuerySet, Sum

from workshop.models import Location, Organisation, Part, StockMovement
from workshop.money import ZERO, cents, split
from workshop.stock.shelf import FOUR_PLACES, on_job

NONE = Decimal(0)


@dataclass(frozen=True)
class Row:
    """A part's goods on the day. ``on_job`` is known for today only, and None for a day past."""

    code: str
    description: str
    category: str
    unit: str
    part_id: int
    quantity: Decimal
    value: Decimal
    on_job: Decimal | None = None

    @property
    def on_hand(self) -> Decimal | None:
        return None if self.on_job is None else self.quantity - self.on_job

    @property
    def average(self) -> Decimal:
        return (self.value / self.quantity).quantize(FOUR_PLACES) if self.quantity else NONE

    @property
    def on_job_value(self) -> Decimal | None:
        """At the pool's average; what is on hand is worth the rest, so that both are the pool to the cent."""
        if self.on_job is None:
            return None
        if self.on_job == self.quantity:
            return self.value
        return cents(self.value * self.on_job / self.quantity) if self.quantity else ZERO

    @property
    def on_hand_value(self) -> Decimal | None:
        return None if self.on_job_value is None else self.value - self.on_job_value

    @property
    def flag(self) -> str:
        """What somebody should look at."""
        if self.quantity < 0:
            return "Below nothing"
        return "Without cost" if self.quantity and not self.value else ""


@dataclass(frozen=True)
class Group:
    name: str
    value: Decimal
    parts: int


@dataclass(frozen=True)
class Valuation:
    as_at: date
    rows: Sequence[Row]
    today: bool
    location: Location | None = None
    places: Sequence[Group] = field(default_factory=tuple)

    @property
    def value(self) -> Decimal:
        return sum((row.value for row in self.rows), ZERO)

    @property
    def on_job_value(self) -> Decimal | None:
        return sum((row.on_job_value or ZERO for row in self.rows), ZERO) if self.today and not self.location else None

    @property
    def on_hand_value(self) -> Decimal | None:
        return None if self.on_job_value is None else self.value - self.on_job_value

    @property
    def flagged(self) -> int:
        return sum(1 for row in self.rows if row.flag)

    @property
    def categories(self) -> list[Group]:
        return groups((row.category or "Without a category", row.value) for row in self.rows)


def groups(pairs: Iterable[tuple[str, Decimal]]) -> list[Group]:
    sums: dict[str, list[Decimal]] = {}
    for name, value in pairs:
        sums.setdefault(name, []).append(value)
    return [Group(name, sum(values, ZERO), len(values)) for name, values in sorted(sums.items())]


def stock_valuation(as_at: date | None = None, *, category: str = "", location: Location | None = None) -> Valuation:
    """All parts with goods or value on the day. Three to five statements, whatever there is.

    A place's share of a part's value is by its quantity, largest remainder: places add up to the pool.
    """
    today = Organisation.current().today()
    day = as_at or today
    held = _pools(day, category)
    named = Part.objects.in_bulk(held) if len(held) < 500 else Part.objects.in_bulk()
    taken = on_job() if day == today and not location else {}
    at = _by_place(day, category)
    rows = [
        _row(named[pk], *_at(location, pool, at.get(pk, {})), taken.get(pk, NONE) if day == today else None)
        for pk, pool in held.items()
    ]
    rows = sorted((row for row in rows if row.quantity or row.value), key=lambda row: row.code.upper())
    return Valuation(day, rows, day == today, location, _places(held, at))


def _pools(day: date, category: str) -> dict[int, tuple[Decimal, Decimal]]:
    rows = _of_pools(day, category).values_list("part").annotate(Sum("quantity"), Sum("value"))
    return {pk: (quantity, value) for pk, quantity, value in rows if quantity or value}


def _of_pools(day: date, category: str) -> QuerySet[StockMovement]:
    moves = StockMovement.objects.filter(lot=None, date__lte=day).order_by()
    return moves.filter(part__category=category) if category else moves


def _by_place(day: date, category: str) -> dict[int, dict[int, Decimal]]:
    rows = _of_pools(day, category).values_list("part", "location").annotate(Sum("quantity"))
    at: dict[int, dict[int, Decimal]] = {}
    for part, place, quantity in rows:
        if quantity:
            at.setdefault(part, {})[place] = quantity
    return at


def _at(location: Location | None, pool: tuple[Decimal, Decimal], at: dict[int, Decimal]) -> tuple[Decimal, Decimal]:
    if location is None:
        return pool
    return at.get(location.pk, NONE), _shares(pool[1], at).get(location.pk, ZERO)


def _shares(value: Decimal, at: dict[int, Decimal]) -> dict[int, Decimal]:
    """By quantity; where a place is below nothing that says nothing, and the fullest gets all."""
    if not at:
        return {}
    if min(at.values()) < 0 or sum(at.values()) <= 0:
        return {max(at, key=lambda place: at[place]): value}
    return dict(zip(at, split(value, list(at.values())), strict=True))


def _row(part: Part, quantity: Decimal, value: Decimal, taken: Decimal | None) -> Row:
    return Row(part.code, part.description, part.category, part.unit, part.pk, quantity, value, taken)


def _places(held: dict[int, tuple[Decimal, Decimal]], at: dict[int, dict[int, Decimal]]) -> list[Group]:
    names = dict(Location.objects.values_list("pk", "name"))
    return groups(
        (names[place], share)
        for pk, (_, value) in held.items()
        for place, share in _shares(value, at.get(pk, {})).items()
    )
