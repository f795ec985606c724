"""What lies too long, and what will soon be missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Max, Q, Sum

from workshop.models import Organisation, Part, StockMovement
from workshop.money import ZERO
from workshop.stock.shelf import Shelf, shelves

NONE = Decimal(0)
Kind = StockMovement.Kind


@dataclass(frozen=True)
class Slow:
    part: Part
    quantity: Decimal
    value: Decimal
    last_sold: date | None


@dataclass(frozen=True)
class SlowMovers:
    since: date
    rows: Sequence[Slow]

    @property
    def value(self) -> Decimal:
        return sum((row.value for row in self.rows), ZERO)


def slow_movers(days: int = 180) -> SlowMovers:
    """In stock, and neither sold nor built into anything for so many days; the most valuable first. Three statements.

    What came in within the same days is not slow yet.
    """
    since = Organisation.current().today() - timedelta(days=days)
    sold = Q(kind__in=[Kind.SOLD, Kind.BUILT], quantity__lt=0)
    came = Q(kind__in=[Kind.RECEIVED, Kind.OPENING, Kind.TO_STOCK, Kind.BUILT], quantity__gt=0)
    moves = StockMovement.objects.filter(lot=None).order_by()
    lately = moves.filter(sold | came, date__gt=since).values("part")
    parts = Part.objects.filter(pool__quantity__gt=0).exclude(pk__in=lately).select_related("pool")
    last = dict(moves.filter(sold, part__in=parts.values("pk")).values_list("part").annotate(Max("date")))
    rows = [Slow(part, part.pool.quantity, part.pool.value, last.get(part.pk)) for part in parts]
    return SlowMovers(since, sorted(rows, key=lambda row: (-row.value, row.part.code)))


@dataclass(frozen=True)
class Reorder:
    """``suggested`` brings what may be promised up to the maximum, or to the minimum where there is none."""

    part: Part
    shelf: Shelf
    suggested: Decimal


def reorder() -> list[Reorder]:
    """Stocked parts of which less may be promised than their minimum, or than nothing. Four statements."""
    parts = Part.objects.active().filter(stocked=True).select_related("supplier")
    known = shelves()
    rows = [_reorder(part, known.get(part.pk, Shelf())) for part in parts]
    return [row for row in rows if row.suggested > 0]


def _reorder(part: Part, shelf: Shelf) -> Reorder:
    least = part.minimum or NONE
    wanted = part.maximum if part.maximum is not None else least
    return Reorder(part, shelf, wanted - shelf.available if shelf.available < least else NONE)


def used(part: Part, since: date) -> Decimal:
    """How many were sold or built in since that day."""
    moves = part.movements.filter(kind__in=[Kind.SOLD, Kind.BUILT], lot=None, quantity__lt=0, date__gt=since)
    return -(moves.aggregate(sum=Sum("quantity"))["sum"] or NONE)
