"""Kits: built from parts and taken apart. What comes out is worth exactly what went in; no journal, one account.

Source: the accounting specification, "Adjustments, stocktake, transfers, kits".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction

from workshop.entry import check, fill
from workshop.errors import InvalidInput
from workshop.models import KitComponent, Location, NumberSequence, Part, Source, WorkOrder, WorkOrderLine
from workshop.money import ZERO, split
from workshop.stock import typed
from workshop.stock.entry import Kind, StockEntry

S = WorkOrder.Status
NONE = Decimal(0)


@transaction.atomic
def set_components(kit: Part, components: Iterable[Mapping[str, Any]]) -> Part:
    """What one kit is made of: rows of component and quantity. Raises InvalidInput for a kit within itself."""
    kit = Part.objects.select_for_update().get(pk=kit.pk)
    amounts: dict[Part, Decimal] = {}
    for row in components:
        amounts[row["component"]] = amounts.get(row["component"], NONE) + typed.pieces(row["quantity"])
    typed.stocked([kit.pk, *(part.pk for part in amounts)], field="components")
    if kit.pk in _all_components(part.pk for part in amounts):
        raise InvalidInput(f"{kit.code} cannot be made of itself.", field="components")
    kit.components.all().delete()
    KitComponent.objects.bulk_create(
        KitComponent(kit=kit, component=part, quantity=quantity) for part, quantity in amounts.items()
    )
    return kit


def _all_components(part_ids: Iterable[int]) -> set[int]:
    """These and what they are made of, down to the last; one statement per level of kits within kits."""
    found: set[int] = set()
    level = set(part_ids)
    while level:
        found |= level
        level = set(KitComponent.objects.filter(kit__in=level).values_list("component", flat=True)) - found
    return found


@transaction.atomic
def plan(
    part: Part,
    *,
    quantity: Decimal,
    direction: str = WorkOrder.Direction.BUILD,
    location: Location | None = None,
    lines: Iterable[Mapping[str, Any]] | None = None,
    note: str = "",
) -> WorkOrder:
    """A work order for so many kits, of the kit's components unless ``lines`` (part, quantity in all, weight) say else.

    ``weight``: the share of a component in the value when a kit is taken apart; all of them or none.
    """
    order = fill(
        WorkOrder(part=part, location=typed.place(location, part)),
        {"quantity": typed.pieces(quantity), "direction": direction, "note": note},
    )
    check(order)
    rows = _typed(order, lines) if lines is not None else _from_kit(order)
    if not rows:
        raise InvalidInput(f"Say first what {part.code} is made of.", field="lines")
    typed.stocked([part.pk, *(row.part_id for row in rows)])
    order.number = NumberSequence.take("work_order")
    order.save()
    WorkOrderLine.objects.bulk_create(rows)
    return order


def _from_kit(order: WorkOrder) -> list[WorkOrderLine]:
    kit = order.part.components.all()
    return [
        WorkOrderLine(work_order=order, part_id=one.component_id, quantity=one.quantity * order.quantity) for one in kit
    ]


def _typed(order: WorkOrder, lines: Iterable[Mapping[str, Any]]) -> list[WorkOrderLine]:
    rows = [
        WorkOrderLine(
            work_order=order, part=line["part"], quantity=typed.pieces(line["quantity"]), weight=line.get("weight")
        )
        for line in lines
    ]
    weights = [row.weight for row in rows if row.weight is not None]
    if len({row.part_id for row in rows}) < len(rows) or order.part_id in {row.part_id for row in rows}:
        raise InvalidInput("Name each component once, and not the kit itself.", field="lines")
    if weights and (len(weights) < len(rows) or min(weights) < 0 or not sum(weights)):
        raise InvalidInput("Give each component a weight of nothing or more, or none of them.", field="lines")
    for row in rows:
        check(row)
    return rows


@transaction.atomic
def start(order: WorkOrder) -> WorkOrder:
    return _move(typed.in_state(order, S.DRAFT), S.STARTED)


@transaction.atomic
def cancel(order: WorkOrder) -> WorkOrder:
    return _move(typed.in_state(order, S.DRAFT, S.STARTED), S.CANCELLED)


def _move(order: WorkOrder, status: str) -> WorkOrder:
    order.status = status
    order.save(update_fields=["status", "date", "updated_at"])
    return order


@transaction.atomic
def complete(order: WorkOrder, *, date: date | None = None) -> WorkOrder:
    """The goods change over, all of them in one go. Raises OutOfStock where that is refused, PeriodLocked."""
    order = typed.in_state(order, S.DRAFT, S.STARTED)
    order.date = typed.open_day(date)
    lines = list(order.lines.all())
    part_ids = [order.part_id, *(line.part_id for line in lines)]
    entry = StockEntry(Source.WORK_ORDER, order.pk, order.date, part_ids)
    parts = typed.stocked(part_ids)
    if order.direction == WorkOrder.Direction.BUILD:
        _build(entry, order, lines, parts)
    else:
        _dismantle(entry, order, lines, parts)
    entry.save()
    WorkOrderLine.objects.bulk_update(lines, ["value"])
    return _move(order, S.COMPLETED)


def _build(entry: StockEntry, order: WorkOrder, lines: Iterable[WorkOrderLine], parts: Mapping[int, Part]) -> None:
    worth = ZERO
    for line in lines:
        of = {"line_id": line.pk, "narration": order.number}
        used = entry.take_out(Kind.BUILT, parts[line.part_id], line.quantity, order.location, **of)
        line.value = -used.value
        worth += line.value
    entry.take_in(Kind.BUILT, parts[order.part_id], order.quantity, worth, order.location, narration=order.number)


def _dismantle(entry: StockEntry, order: WorkOrder, lines: Sequence[WorkOrderLine], parts: Mapping[int, Part]) -> None:
    kit = parts[order.part_id]
    worth = -entry.take_out(Kind.BUILT, kit, order.quantity, order.location, narration=order.number).value
    for line, share in zip(lines, split(worth, _weights(entry, lines, parts)), strict=True):
        of = {"line_id": line.pk, "narration": order.number}
        entry.take_in(Kind.BUILT, parts[line.part_id], line.quantity, share, order.location, **of)
        line.value = share


def _weights(entry: StockEntry, lines: Sequence[WorkOrderLine], parts: Mapping[int, Part]) -> list[Decimal]:
    """As given; else by what the components cost, each at its average or its last cost; else by their number."""
    given = [line.weight for line in lines if line.weight is not None]
    if given:
        return given
    costs = [line.quantity * _cost(entry, parts[line.part_id]) for line in lines]
    return costs if sum(costs) > 0 else [line.quantity for line in lines]


def _cost(entry: StockEntry, part: Part) -> Decimal:
    return max(entry.holding(part).average, NONE) or part.cost_price
