"""Stocktakes: a snapshot of the shelf, counts saved one by one, and the differences applied.

What is applied is counted − snapshot, so that what is sold or received during the count is safe.
Source: the accounting specification, "Adjustments, stocktake, transfers, kits".
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F, Q, Sum
from django.utils import timezone

from workshop.actors import acting_user
from workshop.entry import check, fill
from workshop.errors import ChangedMeanwhile, InvalidInput, NotAllowedNow
from workshop.models import (
    AccountRole,
    Location,
    NumberSequence,
    Organisation,
    Part,
    Source,
    StockJournal,
    StockLevel,
    StockMovement,
    Stocktake,
    StocktakeLine,
)
from workshop.stock import typed
from workshop.stock.entry import Kind, StockEntry
from workshop.stock.shelf import on_job

S = Stocktake.Status
NONE = Decimal(0)


@transaction.atomic
def begin(*, location: Location | None = None, category: str = "", date: date | None = None) -> Stocktake:
    """Note what should be on the shelf now, part by part; counted is against that.

    ``date``: the day the differences count for, where it is not the day they are applied.
    Raises InvalidInput where no part would be counted.
    """
    location = location or Location.usual()
    stocktake = fill(Stocktake(location=location), {"category": category})
    stocktake.date = typed.open_day(date) if date else None
    if location.archived_at:
        raise InvalidInput(f"{location} is archived.", field="location")
    check(stocktake, "category")
    parts = list(_parts(location, stocktake.category))
    if not parts:
        raise InvalidInput("No part is kept there. Choose another place or category.", field="category")
    stocktake.number = NumberSequence.take("stocktake")
    stocktake.save()
    snapshot = on_shelf(location, parts)
    rows = [StocktakeLine(stocktake=stocktake, part=part, snapshot=snapshot[part.pk]) for part in parts]
    StocktakeLine.objects.bulk_create(rows, batch_size=5000)
    return stocktake


def _parts(location: Location, category: str) -> Any:
    """Stocked parts that are kept there or that lie there."""
    kept = Q(location=location) | (Q(location=None) if location.is_default else Q())
    lying = Q(pk__in=StockLevel.objects.filter(location=location).exclude(quantity=0).values("part"))
    parts = Part.objects.active().filter(kept | lying, stocked=True)
    return parts.filter(category=category) if category else parts


def on_shelf(location: Location, parts: Sequence[Part]) -> dict[int, Decimal]:
    """What lies at a place less what of it is set aside: goods for jobs are taken from where the part is kept."""
    wanted = [part.pk for part in parts] if len(parts) < 500 else None
    levels = StockLevel.objects.filter(location=location)
    levels = levels if wanted is None else levels.filter(part__in=wanted)
    lying = dict(levels.values_list("part", "quantity"))
    taken = on_job(wanted)
    return {part.pk: lying.get(part.pk, NONE) - _taken_here(part, location, taken) for part in parts}


def _taken_here(part: Part, location: Location, taken: dict[int, Decimal]) -> Decimal:
    here = part.location_id == location.pk or (part.location_id is None and location.is_default)
    return taken.get(part.pk, NONE) if here else NONE


@transaction.atomic
def count(line: StocktakeLine, *, counted: Decimal, version: int) -> StocktakeLine:
    """What was found; saved by itself, so that many can count at once.

    Raises ChangedMeanwhile when somebody else has counted this part since it was shown.
    """
    if typed.figure(counted, 4, typed.MOST_PIECES, "counted") < 0:
        raise InvalidInput("A count is not below nothing.", field="counted")
    return _change(line, version, counted=counted, counted_at=timezone.now(), counted_by=acting_user())


@transaction.atomic
def recount(line: StocktakeLine, *, version: int) -> StocktakeLine:
    """Forget the count and take what should be there now: for a part that was moved before it was counted."""
    snapshot = on_shelf(line.stocktake.location, [line.part])[line.part_id]
    return _change(line, version, counted=None, counted_at=None, counted_by=None, snapshot=snapshot)


@transaction.atomic
def set_unit_cost(line: StocktakeLine, *, unit_cost: Decimal | None, version: int) -> StocktakeLine:
    """What one costs (without tax, 4 dp), for a part found that has no average; no other needs it."""
    return _change(line, version, [S.COUNTING, S.REVIEW], unit_cost=typed.cost(unit_cost))


def _change(line: StocktakeLine, version: int, states: Sequence[str] = (S.COUNTING,), **fields: Any) -> StocktakeLine:
    typed.in_state(line.stocktake, *states)
    row = StocktakeLine.objects.filter(pk=line.pk, version=version)
    if not row.update(version=F("version") + 1, **fields):
        now = StocktakeLine.objects.select_related("part", "counted_by").get(pk=line.pk)
        raise ChangedMeanwhile(_who_counted(now), field="counted")
    return StocktakeLine.objects.select_related("part").get(pk=line.pk)


def _who_counted(line: StocktakeLine) -> str:
    if line.counted is None:
        return f"{line.part.code} was opened again by somebody else. Look at it again."
    who = line.counted_by.get_full_name() or line.counted_by.get_username() if line.counted_by else "Somebody else"
    return f"{who} has counted {line.counted.normalize():f} of {line.part.code} meanwhile. Look at it again."


@transaction.atomic
def add_found(stocktake: Stocktake, part: Part) -> StocktakeLine:
    """A part found that is not on the list joins it; one that is, is given back."""
    stocktake = typed.in_state(stocktake, S.COUNTING)
    part = typed.stocked([part.pk])[part.pk]
    snapshot = on_shelf(stocktake.location, [part])[part.pk]
    line, _ = StocktakeLine.objects.get_or_create(stocktake=stocktake, part=part, defaults={"snapshot": snapshot})
    return line


@transaction.atomic
def review(stocktake: Stocktake) -> Stocktake:
    """Counting stops, and somebody looks at the differences."""
    stocktake = typed.in_state(stocktake, S.COUNTING)
    if not stocktake.lines.exclude(counted=None).exists():
        raise NotAllowedNow("Nothing is counted yet.")
    return _move(stocktake, S.REVIEW)


@transaction.atomic
def count_again(stocktake: Stocktake) -> Stocktake:
    return _move(typed.in_state(stocktake, S.REVIEW), S.COUNTING)


@transaction.atomic
def cancel(stocktake: Stocktake) -> Stocktake:
    """The counts stay to be looked at; stock stays as it is."""
    return _move(typed.in_state(stocktake, S.COUNTING, S.REVIEW), S.CANCELLED)


def _move(stocktake: Stocktake, status: str) -> Stocktake:
    stocktake.status = status
    stocktake.save(update_fields=["status", "updated_at"])
    return stocktake


def moved_since(stocktake: Stocktake) -> dict[int, Decimal]:
    """What came to and left the place since the snapshot, by part."""
    moves = StockMovement.objects.filter(location=stocktake.location, created_at__gt=stocktake.created_at)
    moves = moves.exclude(source=Source.STOCKTAKE, source_id=stocktake.pk)
    rows = moves.order_by().values_list("part").annotate(Sum("quantity"))
    return {pk: quantity for pk, quantity in rows if quantity}


@transaction.atomic
def finalise(stocktake: Stocktake, *, date: date | None = None) -> Stocktake:
    """Apply each counted difference, with one journal per changed part; what was not counted stays.

    Dated ``date``, else the stocktake's own day where the books are still open, else today.
    Raises InvalidInput for a part found that has neither an average nor a cost given, PeriodLocked, OutOfStock.
    """
    stocktake = typed.in_state(stocktake, S.REVIEW)
    stocktake.date = typed.open_day(date or _own_day(stocktake))
    changed = stocktake.lines.filter(counted__isnull=False).exclude(counted=F("snapshot")).order_by("pk")
    _apply(stocktake, list(changed))
    stocktake.finalised_at = timezone.now()
    stocktake.status = S.FINALISED
    stocktake.save(update_fields=["status", "date", "finalised_at", "updated_at"])
    return stocktake


def _own_day(stocktake: Stocktake) -> date | None:
    locked_until = Organisation.current().books_locked_until
    return None if stocktake.date and locked_until and stocktake.date <= locked_until else stocktake.date


def _apply(stocktake: Stocktake, lines: Sequence[StocktakeLine]) -> None:
    part_ids = [line.part_id for line in lines]
    entry = StockEntry(Source.STOCKTAKE, stocktake.pk, stocktake.date or timezone.localdate(), part_ids)
    parts = typed.stocked(part_ids)
    for line in lines:
        _apply_line(entry, stocktake, line, parts[line.part_id])
    entry.save()


def _apply_line(entry: StockEntry, stocktake: Stocktake, line: StocktakeLine, part: Part) -> None:
    difference = line.difference or NONE
    of = {"line_id": line.pk, "narration": stocktake.number}
    if difference > 0:
        worth = typed.cost_of_more(entry, part, difference, line.unit_cost)
        movement = entry.take_in(Kind.COUNTED, part, difference, worth, stocktake.location, **of)
    else:
        movement = entry.take_out(Kind.COUNTED, part, -difference, stocktake.location, **of)
    narration = f"Stocktake {stocktake.number}: {part.code} {difference.normalize():+f}"
    roles = StockJournal.Kind.STOCKTAKE, AccountRole.STOCK, AccountRole.ADJUSTMENT
    movement.journal = entry.journal(*roles, movement.value, narration, line_id=line.pk)
