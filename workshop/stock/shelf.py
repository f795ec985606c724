"""What is where: a part's goods in all, those set aside for jobs, and what is left on the shelf. Reads only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Sum

from workshop.models import JobLine, LineKind, Part, PurchaseLine, PurchaseOrder, StockPool, Supply
from workshop.models.jobs import EDITABLE
from workshop.money import ZERO

NONE = Decimal(0)
FOUR_PLACES = Decimal("0.0001")
AWAITED = [PurchaseOrder.Status.ORDERED, PurchaseOrder.Status.PART_RECEIVED]


@dataclass(frozen=True)
class Shelf:
    """A part's goods. ``in_stock`` counts all that is owned; what is set aside for jobs is part of it."""

    in_stock: Decimal = NONE
    value: Decimal = ZERO
    last_average: Decimal = NONE
    on_job: Decimal = NONE
    on_order: Decimal = NONE

    @property
    def on_hand(self) -> Decimal:
        return self.in_stock - self.on_job

    @property
    def available(self) -> Decimal:
        """What may be promised once the orders are here."""
        return self.on_hand + self.on_order

    @property
    def average(self) -> Decimal:
        """What one costs, to 4 dp; where nothing is held, what it cost last."""
        each = self.value / self.in_stock if self.in_stock else self.last_average
        return each.quantize(FOUR_PLACES)


def shelves(part_ids: Iterable[int] | None = None) -> dict[int, Shelf]:
    """By part; of all parts that have any, unless some are named. Three statements."""
    wanted = None if part_ids is None else set(part_ids)
    pools = StockPool.objects.all() if wanted is None else StockPool.objects.filter(part__in=wanted)
    held = {pool.part_id: pool for pool in pools}
    jobs, orders = on_job(wanted), on_order(wanted)
    keys = held.keys() | jobs.keys() | orders.keys() if wanted is None else wanted
    return {pk: _shelf(held.get(pk), jobs.get(pk, NONE), orders.get(pk, NONE)) for pk in keys}


def _shelf(pool: StockPool | None, jobs: Decimal, orders: Decimal) -> Shelf:
    if pool is None:
        return Shelf(on_job=jobs, on_order=orders)
    return Shelf(pool.quantity, pool.value, pool.last_average, jobs, orders)


def shelf_of(part: Part) -> Shelf:
    return shelves([part.pk])[part.pk]


def on_job(part_ids: Iterable[int] | None = None) -> dict[int, Decimal]:
    """Stocked goods on jobs that are not invoiced yet, by part. They are allocated, and still in the pool."""
    lines = JobLine.objects.filter(kind=LineKind.PART, part__stocked=True, job__status__in=EDITABLE)
    lines = lines.exclude(supply=Supply.JOB_ORDER)
    if part_ids is not None:
        lines = lines.filter(part__in=part_ids)
    rows = lines.order_by().values_list("part").annotate(Sum("quantity"))
    return {pk: quantity.quantize(FOUR_PLACES) for pk, quantity in rows}


def on_order(part_ids: Iterable[int] | None = None) -> dict[int, Decimal]:
    """Ordered for stock and not here yet, by part."""
    lines = PurchaseLine.objects.filter(order__status__in=AWAITED, job=None, part__isnull=False)
    if part_ids is not None:
        lines = lines.filter(part__in=part_ids)
    awaited: dict[int, Decimal] = {}
    for line in lines.only("part_id", "quantity", "received_quantity"):
        if line.part_id:
            awaited[line.part_id] = awaited.get(line.part_id, NONE) + line.outstanding
    return {pk: quantity for pk, quantity in awaited.items() if quantity}
