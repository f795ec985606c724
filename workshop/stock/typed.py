"""What people type when they handle goods: sensible figures, an open day, a part that is kept in stock."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Model
from django.utils.formats import date_format

from workshop.entry import sensible_date
from workshop.errors import InvalidInput, NotAllowedNow, PeriodLocked
from workshop.models import Location, Organisation, Part
from workshop.money import cents
from workshop.stock.entry import Places, StockEntry

MOST_PIECES = Decimal(100_000)
MOST_MONEY = Decimal(1_000_000)


def figure(typed: Decimal, places: int, most: Decimal, field: str) -> Decimal:
    """Refuses (InvalidInput) more decimals than are kept, and what nobody can mean."""
    if not typed.is_finite() or abs(typed) > most:
        raise InvalidInput(f"{typed} is not a sensible figure.", field=field)
    if typed != typed.quantize(Decimal(1).scaleb(-places)):
        raise InvalidInput(f"No more than {places} decimals are kept.", field=field)
    return typed


def pieces(typed: Decimal, field: str = "quantity") -> Decimal:
    """How many: more than nothing, to 4 dp."""
    if figure(typed, 4, MOST_PIECES, field) <= 0:
        raise InvalidInput("Give a quantity above nothing.", field=field)
    return typed


def cost(typed: Decimal | None, field: str = "unit_cost") -> Decimal | None:
    """What one costs, without tax, to 4 dp; not below nothing."""
    if typed is not None and figure(typed, 4, MOST_MONEY, field) < 0:
        raise InvalidInput("A cost is not below nothing.", field=field)
    return typed


def open_day(on: date | None, field: str = "date") -> date:
    """The day, today unless given. Raises InvalidInput for one to come, PeriodLocked where the books are closed."""
    garage = Organisation.current()
    today = garage.today()
    on = sensible_date(on or today, today, field)
    if on > today:
        raise InvalidInput(f"{date_format(on)} has not come yet.", field=field)
    locked_until = garage.books_locked_until
    if locked_until and on <= locked_until:
        raise PeriodLocked(f"The books are closed up to {date_format(locked_until)}. Choose a later day.", field=field)
    return on


def place(location: Location | None, part: Part) -> Location:
    """Where it lies: there if it says so, else where the part is kept."""
    location = location or Places.load().of(part)
    if location.archived_at:
        raise InvalidInput(f"{location} is archived.", field="location")
    return location


def stocked(part_ids: Iterable[int], field: str = "part") -> dict[int, Part]:
    """The parts as they are now; call it with their pools locked. Raises InvalidInput for one not kept in stock."""
    parts = Part.objects.in_bulk(set(part_ids))
    for part in parts.values():
        if not part.stocked:
            sentence = f"{part.code} is not kept in stock. Say on the part that it is, first."
            raise InvalidInput(sentence, field=field)
    return parts


def has_average(entry: StockEntry, part: Part) -> bool:
    held = entry.holding(part)
    return held.quantity > 0 or held.average > 0


def cost_of_more(entry: StockEntry, part: Part, quantity: Decimal, unit_cost: Decimal | None) -> Decimal:
    """Found goods come in at the average; where there is none, at the cost a person gives. Raises InvalidInput."""
    if has_average(entry, part):
        return cents(entry.holding(part).average * quantity)
    if unit_cost is None:
        raise InvalidInput(f"{part.code} has no average cost yet. Say what one costs.", field="unit_cost")
    return cents(unit_cost * quantity)


def in_state(record: Any, *states: str) -> Any:
    """The record as it is now, held until the transaction ends. Raises NotAllowedNow in any other state."""
    model: type[Model] = type(record)
    record = model._default_manager.select_for_update().get(pk=record.pk)
    if record.status not in states:
        raise NotAllowedNow(f"{record} is {record.get_status_display().lower()}.")
    return record
