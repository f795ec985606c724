"""Orders to suppliers: drafted, placed, cancelled before anything came, closed when nothing more will come."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F, Max
from django.utils import timezone

from workshop import job_states
from workshop.entry import check, fill, sensible_date
from workshop.errors import ChangedMeanwhile, InvalidInput, NotAllowedNow
from workshop.models import (
    JobLine,
    LineKind,
    Location,
    NumberSequence,
    Organisation,
    PurchaseLine,
    PurchaseOrder,
    Receipt,
    Supplier,
    Supply,
)
from workshop.purchasing.documents import purchase_tax
from workshop.purchasing.landing import hold
from workshop.purchasing.order_lines import complete, supplier_codes, typed_lines, with_cores

S = PurchaseOrder.Status
GOODS = {LineKind.PART, LineKind.OUTWORK}
Rows = Iterable[Mapping[str, Any]]


def locked(order: PurchaseOrder, version: int | None = None) -> PurchaseOrder:
    """The order as it is now, held with its jobs. Raises ChangedMeanwhile if not at that version."""
    order = hold(order)
    if version is not None and order.version != version:
        raise ChangedMeanwhile(f"{order} was changed by somebody else meanwhile. Look at it again.")
    return order


def save(order: PurchaseOrder, *fields: str) -> PurchaseOrder:
    order.version += 1
    order.save(update_fields=[*fields, "version", "updated_at"])
    return order


@transaction.atomic
def draft_order(supplier: Supplier, lines: Rows = (), **fields: Any) -> PurchaseOrder:
    """An order nobody has sent yet. Raises InvalidInput for an archived supplier, ValidationError by field."""
    supplier = _active(supplier)
    order = fill(_new(supplier), fields)
    _check(order)
    order.number = NumberSequence.take("purchase_order")
    order.save()
    PurchaseLine.objects.bulk_create(typed_lines(order, lines))
    return order


def _active(supplier: Supplier) -> Supplier:
    supplier = Supplier.objects.select_for_update().get(pk=supplier.pk)
    if supplier.archived_at:
        raise InvalidInput(f"{supplier} is archived. Restore the supplier first.", field="supplier")
    return supplier


def _new(supplier: Supplier) -> PurchaseOrder:
    return PurchaseOrder(supplier=supplier, date=Organisation.current().today(), deliver_to=Location.usual())


def _check(order: PurchaseOrder) -> None:
    check(order)
    today = Organisation.current().today()
    sensible_date(order.date, today)
    if order.expected_on:
        sensible_date(order.expected_on, today, "expected_on")
    if order.deliver_to.archived_at:
        raise InvalidInput(f"{order.deliver_to} is archived.", field="deliver_to")


@transaction.atomic
def edit_order(
    order: PurchaseOrder, lines: Rows | None = None, *, version: int | None = None, **fields: Any
) -> PurchaseOrder:
    """Change a draft; ``lines``, where given, replace the old ones. Raises NotAllowedNow once it is placed."""
    order = locked(order, version)
    if order.status != S.DRAFT:
        raise NotAllowedNow(f"{order} is {order.get_status_display().lower()} and can no longer be changed.")
    _check(fill(order, fields))
    if lines is not None:
        written = typed_lines(order, lines)
        order.lines.all().delete()
        PurchaseLine.objects.bulk_create(written)
    order.version += 1
    order.save()
    return order


@transaction.atomic
def renumber_order(order: PurchaseOrder) -> PurchaseOrder:
    """Give it the next free number; the one it had is never used again and stays in its history."""
    order = locked(order)
    if order.status == S.CANCELLED:
        raise NotAllowedNow(f"{order} is cancelled.")
    order._change_reason = f"Number was {order.number}"
    order.number = NumberSequence.take("purchase_order")
    return save(order, "number")


@transaction.atomic
def place_order(order: PurchaseOrder) -> PurchaseOrder:
    """The supplier has it from now on. Raises InvalidInput for an order of nothing."""
    order = locked(order)
    if order.status != S.DRAFT:
        raise NotAllowedNow(f"{order} is {order.get_status_display().lower()} already.")
    if not order.lines.exists():
        raise InvalidInput("There is nothing to order: add a line.", field="lines")
    order.status, order.placed_at = S.ORDERED, timezone.now()
    return save(order, "status", "placed_at")


@transaction.atomic
def cancel_order(order: PurchaseOrder) -> PurchaseOrder:
    """Before anything came. What was ordered for jobs is on the purchase list again."""
    order = locked(order)
    if order.status not in {S.DRAFT, S.ORDERED}:
        raise NotAllowedNow(f"{order} is {order.get_status_display().lower()}. Close it instead.")
    order.status = S.CANCELLED
    return save(order, "status")


@transaction.atomic
def close_order(order: PurchaseOrder) -> PurchaseOrder:
    """Nothing more will come. Raises NotAllowedNow for an order of which nothing came: cancel that."""
    order = locked(order)
    if order.status not in {S.PART_RECEIVED, S.RECEIVED}:
        raise NotAllowedNow(f"{order} is {order.get_status_display().lower()}.")
    order.status = S.CLOSED
    return save(order, "status")


@transaction.atomic
def reopen_order(order: PurchaseOrder) -> PurchaseOrder:
    """More comes after all."""
    order = locked(order)
    if order.status != S.CLOSED:
        raise NotAllowedNow(f"{order} is {order.get_status_display().lower()}.")
    order.status = received_status(order)
    return save(order, "status")


def received_status(order: PurchaseOrder) -> str:
    """From what came: ordered, part received or received."""
    lines = order.lines
    if not lines.filter(received_quantity__gt=0).exists():
        return S.ORDERED
    return S.PART_RECEIVED if lines.filter(received_quantity__lt=F("quantity")).exists() else S.RECEIVED


def settle(order: PurchaseOrder) -> PurchaseOrder:
    """The state that follows from what came and what is billed: all of both closes the order."""
    order.status = received_status(order)
    if order.status == S.RECEIVED and not order.receipts.filter(status=Receipt.Status.RECEIVED).exists():
        order.status = S.CLOSED
    return save(order, "status")


# For a job


@transaction.atomic
def need_for_job(line: JobLine) -> JobLine:
    """Put the line on the purchase list: its goods are bought for this job, not taken from stock."""
    line = _job_line(line)
    return _set_supply(line, Supply.JOB_ORDER)


@transaction.atomic
def no_longer_needed(line: JobLine) -> JobLine:
    """Off the purchase list again. Raises NotAllowedNow once it is on an order."""
    line = _job_line(line)
    refuse_ordered(line)
    return _set_supply(line, Supply.NONE)


@transaction.atomic
def order_for_job_line(line: JobLine, supplier: Supplier, **fields: Any) -> PurchaseLine:
    """Onto the supplier's draft order, or a new one. Quantity and cost are the line's and the part's unless given.

    Raises NotAllowedNow when the line is on an order already.
    """
    line = _job_line(line)
    refuse_ordered(line)
    _set_supply(line, Supply.JOB_ORDER)
    order = draft_of(_active(supplier))
    return add_lines(order, [wanted_for(line) | fields])[0]


def _job_line(line: JobLine) -> JobLine:
    job = job_states.editable(line.job)
    found = job.lines.select_related("part__core").filter(pk=line.pk).first()
    if found is None:
        raise ChangedMeanwhile(f"Somebody else removed “{line.description}” from {job}.")
    if found.kind not in GOODS:
        raise InvalidInput("Only parts and outwork are ordered.", field="line")
    found.job = job
    return found


def _set_supply(line: JobLine, supply: str) -> JobLine:
    if line.supply != supply:
        line.supply = supply
        line.save(update_fields=["supply"])
        job_states.save(line.job)
    return line


def live(lines: Any) -> Any:
    """Purchase lines whose goods came or will come."""
    return lines.exclude(order__status=S.CANCELLED).exclude(order__status=S.CLOSED, received_quantity=0)


def refuse_ordered(line: JobLine) -> None:
    ordered = live(line.purchase_lines).select_related("order").first()
    if ordered:
        raise NotAllowedNow(f"“{line.description}” is on {ordered.order} already.")


def wanted_for(line: JobLine) -> dict[str, Any]:
    """The line of an order that brings what this line of a job needs."""
    cost = line.unit_cost if line.unit_cost is not None else line.part.cost_price if line.part else Decimal(0)
    words = line.description.splitlines()[0][:300]
    return {"part": line.part, "description": words, "quantity": line.quantity, "unit_cost": cost, "job_line": line}


def draft_of(supplier: Supplier) -> PurchaseOrder:
    """The supplier's draft, held, or a new one. The supplier is held: nobody else makes one meanwhile."""
    drafts = PurchaseOrder.objects.select_for_update().filter(supplier=supplier, status=S.DRAFT).order_by("pk")
    return drafts.first() or draft_order(supplier)


def add_lines(order: PurchaseOrder, rows: Rows) -> list[PurchaseLine]:
    """Onto the end of a draft that is held."""
    rows = list(rows)
    codes, usual = supplier_codes(order, [row["part"] for row in rows if row["part"]]), purchase_tax(order.supplier)
    lines = with_cores([complete(order, row, codes, usual, place) for place, row in enumerate(rows)])
    last = order.lines.aggregate(last=Max("position"))["last"] or 0
    for position, line in enumerate(lines, start=last + 1):
        line.position = position
    PurchaseLine.objects.bulk_create(lines)
    save(order)
    return lines
