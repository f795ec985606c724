"""The purchase list: what jobs need and nobody has ordered, and what fell below its minimum."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum

from workshop.errors import ChangedMeanwhile, InvalidInput
from workshop.models import Job, JobLine, LineKind, Part, PurchaseLine, PurchaseOrder, Supplier, Supply
from workshop.models.jobs import EDITABLE
from workshop.purchasing.ordering import add_lines, draft_of, live, wanted_for

NONE = Decimal(0)


@dataclass(frozen=True)
class Need:
    """One line of the list. ``key`` names it in a form; ``unit_cost`` is the last known."""

    key: str
    supplier: Supplier | None
    part: Part | None
    description: str
    quantity: Decimal
    unit_cost: Decimal
    why: str
    job_line: JobLine | None = None

    @property
    def job(self) -> Job | None:
        return self.job_line.job if self.job_line else None

    def row(self) -> dict[str, Any]:
        """As a line of an order."""
        if self.job_line:
            return wanted_for(self.job_line) | {"quantity": self.quantity}
        return {"part": self.part, "quantity": self.quantity, "unit_cost": self.unit_cost}


def purchase_list() -> list[Need]:
    """By supplier's name, those without one last; jobs first. A fixed number of queries."""
    needs = [*job_needs(), *stock_needs()]
    return sorted(needs, key=lambda need: (need.supplier is None, need.supplier.name.lower() if need.supplier else ""))


def by_supplier(needs: Iterable[Need]) -> dict[Supplier | None, list[Need]]:
    groups: dict[Supplier | None, list[Need]] = {}
    for need in needs:
        groups.setdefault(need.supplier, []).append(need)
    return groups


def unordered() -> QuerySet[JobLine]:
    """Lines of open jobs that are ordered for the job and on no order."""
    ordered = live(PurchaseLine.objects.filter(job_line=OuterRef("pk")))
    lines = JobLine.objects.filter(supply=Supply.JOB_ORDER, job__in=Job.objects.open())
    return lines.filter(~Exists(ordered)).select_related("job__vehicle", "part__supplier", "part__core")


def job_needs() -> list[Need]:
    return [_for_job(line) for line in unordered().order_by("job__promised_at", "job_id", "position", "id")]


def _for_job(line: JobLine) -> Need:
    row = wanted_for(line)
    supplier = line.part.supplier if line.part else None
    what = (line.part, row["description"], line.quantity, row["unit_cost"])
    return Need(f"job-{line.pk}", supplier, *what, f"Job {line.job.number}", line)


def stock_needs() -> list[Need]:
    """Parts whose pool, less what is on jobs, with what is on order, is below their minimum: up to their maximum."""
    parts = list(
        Part.objects.active()
        .filter(stocked=True, minimum__isnull=False)
        .select_related("pool", "supplier", "core")
        .order_by("code")
    )
    on_job, on_order = on_jobs(parts), on_orders(parts)
    found = []
    for part in parts:
        held = part.pool.quantity if hasattr(part, "pool") else NONE
        available = held - on_job.get(part.pk, NONE) + on_order.get(part.pk, NONE)
        if part.minimum is not None and available < part.minimum:
            found.append(_for_stock(part, available))
    return found


def _for_stock(part: Part, available: Decimal) -> Need:
    minimum = part.minimum or NONE
    wanted = (part.maximum if part.maximum is not None else minimum) - available
    why = f"{available.normalize():f} left, minimum {minimum.normalize():f}"
    return Need(f"part-{part.pk}", part.supplier, part, part.description, wanted, part.cost_price, why)


def on_jobs(parts: Iterable[Part]) -> dict[int, Decimal]:
    """Set aside for open jobs, by part."""
    lines = JobLine.objects.filter(kind=LineKind.PART, part__in=parts, job__status__in=EDITABLE)
    sums = lines.exclude(supply=Supply.JOB_ORDER).values("part").annotate(sum=Sum("quantity"))
    return {row["part"]: row["sum"] for row in sums}


def on_orders(parts: Iterable[Part]) -> dict[int, Decimal]:
    """Ordered for stock and not here yet, by part; drafts count, so that nobody orders twice."""
    coming = [PurchaseOrder.Status.DRAFT, PurchaseOrder.Status.ORDERED, PurchaseOrder.Status.PART_RECEIVED]
    lines = PurchaseLine.objects.filter(Q(job=None, part__in=parts, order__status__in=coming))
    lines = lines.filter(received_quantity__lt=F("quantity"))
    sums: dict[int, Decimal] = defaultdict(Decimal)
    for line in lines.only("part", "quantity", "received_quantity"):
        sums[line.part_id or 0] += line.outstanding
    return sums


@transaction.atomic
def order_from_list(wanted: Iterable[Mapping[str, Any]]) -> list[PurchaseOrder]:
    """One draft order per supplier. Rows: ``key``, and ``supplier`` and ``quantity`` where they differ from the list.

    Raises InvalidInput for a line without a supplier, ChangedMeanwhile for one that is no longer on the list.
    """
    rows = {row["key"]: row for row in wanted}
    if not rows:
        raise InvalidInput("Choose what to order.", field="lines")
    _hold_jobs(rows)
    suppliers = _held_suppliers(rows)
    current = {need.key: need for need in purchase_list()}
    gone = [key for key in rows if key not in current]
    if gone:
        raise ChangedMeanwhile("Some of this is ordered, or no longer needed. Look at the list again.")
    groups: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for key, row in rows.items():
        supplier = _supplier_of(current[key], row)
        groups[supplier.pk].append(current[key].row() | _quantity(row))
        suppliers.setdefault(supplier.pk, supplier)
    return [_order(suppliers[pk], groups[pk]) for pk in sorted(groups)]


def _hold_jobs(rows: Mapping[str, Any]) -> None:
    lines = [key.removeprefix("job-") for key in rows if key.startswith("job-")]
    ids = [int(pk) for pk in lines if pk.isdecimal()]
    list(Job.objects.select_for_update().filter(lines__in=ids).order_by("pk").values_list("pk")) if ids else []


def _held_suppliers(rows: Mapping[str, Mapping[str, Any]]) -> dict[int, Supplier]:
    """All that could be ordered from, held in order, so that two people do not order one need twice."""
    listed = {need.supplier.pk for need in purchase_list() if need.key in rows and need.supplier}
    typed = {row["supplier"].pk for row in rows.values() if row.get("supplier")}
    held = Supplier.objects.select_for_update().filter(pk__in=listed | typed).order_by("pk")
    return {supplier.pk: supplier for supplier in held}


def _supplier_of(need: Need, row: Mapping[str, Any]) -> Supplier:
    supplier = row.get("supplier") or need.supplier
    if supplier is None:
        raise InvalidInput(f"Choose a supplier for {need.description}.", field="supplier")
    if supplier.archived_at:
        raise InvalidInput(f"{supplier} is archived. Choose another.", field="supplier")
    return supplier


def _quantity(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"quantity": row["quantity"]} if row.get("quantity") is not None else {}


def _order(supplier: Supplier, rows: list[dict[str, Any]]) -> PurchaseOrder:
    order = draft_of(supplier)
    add_lines(order, rows)
    return order
