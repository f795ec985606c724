"""Corrections of stock, each with its reason: of quantity, of value alone, and what a garage opens with.

Source: the accounting specification, "Adjustments, stocktake, transfers, kits".
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction

from workshop.entry import check, fill, required
from workshop.errors import InvalidInput, NotAllowedNow
from workshop.models import (
    AccountRole,
    Location,
    NumberSequence,
    Part,
    Source,
    StockAdjustment,
    StockJournal,
    StockMovement,
)
from workshop.money import ZERO, cents
from workshop.stock import typed
from workshop.stock.entry import Kind, StockEntry

BEFORE_OPENING = [Kind.OPENING, Kind.SOLD, Kind.RETURNED, Kind.UNDONE, Kind.COST_CORRECTED]


@transaction.atomic
def adjust(
    part: Part,
    *,
    quantity: Decimal,
    reason: str,
    location: Location | None = None,
    unit_cost: Decimal | None = None,
    date: date | None = None,
) -> StockAdjustment:
    """More (+) or fewer (−) than the books say. More come in at the average, fewer go out at it.

    ``unit_cost`` (without tax, 4 dp) is given where there is no average yet, and only there.
    Raises InvalidInput by field, OutOfStock where selling below nothing is refused, PeriodLocked.
    """
    if not typed.figure(quantity, 4, typed.MOST_PIECES, "quantity"):
        raise InvalidInput("Nothing changes. Give a quantity.", field="quantity")
    adjustment = _new(StockAdjustment.Kind.QUANTITY, part, reason, location, date, quantity=quantity)
    entry, part = _open(adjustment)
    of = {"narration": adjustment.number}
    if quantity > 0:
        worth = typed.cost_of_more(entry, part, quantity, _asked(entry, part, unit_cost))
        movement = entry.take_in(Kind.ADJUSTED, part, quantity, worth, adjustment.location, **of)
    else:
        movement = entry.take_out(Kind.ADJUSTED, part, -quantity, adjustment.location, **of)
    return _post(entry, adjustment, movement)


def _asked(entry: StockEntry, part: Part, unit_cost: Decimal | None) -> Decimal | None:
    if unit_cost is not None and typed.has_average(entry, part):
        raise InvalidInput(f"{part.code} has an average cost, and more come in at it.", field="unit_cost")
    return typed.cost(unit_cost)


@transaction.atomic
def revalue(
    part: Part,
    *,
    reason: str,
    unit_cost: Decimal | None = None,
    difference: Decimal | None = None,
    date: date | None = None,
) -> StockAdjustment:
    """Another value for what is in stock: by what one is worth (4 dp), or by a difference of cents (+ or −).

    Raises InvalidInput where nothing is held, nothing changes, or the value would fall below nothing.
    """
    if (unit_cost is None) == (difference is None):
        raise InvalidInput("Say what one is worth, or by how much the value changes.", field="unit_cost")
    adjustment = _new(StockAdjustment.Kind.REVALUATION, part, reason, None, date)
    entry, part = _open(adjustment)
    change = _change(entry, part, typed.cost(unit_cost), difference)
    movement = entry.change_value(part, change, adjustment.location, kind=Kind.ADJUSTED, narration=adjustment.number)
    return _post(entry, adjustment, movement)


def _change(entry: StockEntry, part: Part, unit_cost: Decimal | None, difference: Decimal | None) -> Decimal:
    held, field = entry.holding(part), "unit_cost" if difference is None else "difference"
    if held.quantity <= 0:
        raise InvalidInput(f"None of {part.code} is in stock, so there is no value to change.", field=field)
    if difference is None:
        change = cents((unit_cost or ZERO) * held.quantity) - held.value
    else:
        change = typed.figure(difference, 2, typed.MOST_MONEY, field)
    if not change:
        raise InvalidInput(f"{part.code} is worth that already.", field=field)
    if held.value + change < 0:
        raise InvalidInput(f"{part.code} is worth {held.value:,}; it cannot be worth less than nothing.", field=field)
    return change


@transaction.atomic
def open_stock(
    part: Part,
    *,
    quantity: Decimal,
    value: Decimal,
    location: Location | None = None,
    date: date | None = None,
) -> StockAdjustment:
    """What was there when the garage began with this system. No journal: opening balances are the accountant's.

    Raises NotAllowedNow once the part has come in any other way, InvalidInput by field, PeriodLocked.
    """
    typed.pieces(quantity)
    if typed.figure(value, 2, typed.MOST_MONEY, "value") < 0:
        raise InvalidInput("The value is not below nothing.", field="value")
    kind = StockAdjustment.Kind.OPENING
    adjustment = _new(kind, part, "Opening stock", location, date, quantity=quantity, value=value)
    entry, part = _open(adjustment)
    if part.movements.exclude(kind__in=BEFORE_OPENING).exists():
        raise NotAllowedNow(f"{part.code} has come into stock already. Adjust it instead.")
    entry.take_in(Kind.OPENING, part, quantity, value, adjustment.location, narration=adjustment.number)
    entry.save()
    return adjustment


def _new(
    kind: str, part: Part, reason: str, location: Location | None, on: date | None, **figures: Any
) -> StockAdjustment:
    adjustment = fill(
        StockAdjustment(part=part, kind=kind, location=typed.place(location, part), **figures),
        {"reason": required(reason, "Say why."), "date": typed.open_day(on)},
    )
    check(adjustment)
    adjustment.number = NumberSequence.take("stock_adjustment")
    adjustment.save()
    return adjustment


def _open(adjustment: StockAdjustment) -> tuple[StockEntry, Part]:
    pk = adjustment.part_id
    entry = StockEntry(Source.ADJUSTMENT, adjustment.pk, adjustment.date, [pk])
    return entry, typed.stocked([pk])[pk]


def _post(entry: StockEntry, adjustment: StockAdjustment, movement: StockMovement) -> StockAdjustment:
    narration = f"Stock adjustment {adjustment.part.code}: {adjustment.reason}"
    roles = StockJournal.Kind.ADJUSTMENT, AccountRole.STOCK, AccountRole.ADJUSTMENT
    movement.journal = entry.journal(*roles, movement.value, narration)
    entry.save()
    adjustment.value = movement.value
    adjustment.save(update_fields=["value"])
    return adjustment
