"""Goods ordered for a job: as long as they hang on it, or on one of its lines, it is not taken away under them."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import F, Q, QuerySet

from workshop.errors import NotAllowedNow
from workshop.models import Job, JobLine, JobLot, PurchaseLine, PurchaseOrder

OPEN_ORDERS = [PurchaseOrder.Status.DRAFT, PurchaseOrder.Status.ORDERED, PurchaseOrder.Status.PART_RECEIVED]


def refuse_with_goods_on_job(job: Job, act: str) -> None:
    """Raises NotAllowedNow, naming the goods and the way out."""
    _refuse(JobLot.objects.filter(job=job), PurchaseLine.objects.filter(job=job), str(job), act)


def refuse_with_goods_on_lines(line_ids: Collection[int], act: str) -> None:
    if line_ids:
        lots = JobLot.objects.filter(job_line__in=line_ids)
        _refuse(lots, PurchaseLine.objects.filter(job_line__in=line_ids), "This line", act)


def _refuse(lots: QuerySet[JobLot], ordered: QuerySet[PurchaseLine], what: str, act: str) -> None:
    lot = lots.filter(~Q(quantity=0) | ~Q(value=0)).first()
    if lot:
        raise NotAllowedNow(
            f"{what} has “{lot.description}”, bought for it. Return it to stock or to the supplier to {act}."
        )
    awaited = ordered.filter(order__status__in=OPEN_ORDERS, received_quantity__lt=F("quantity"))
    line = awaited.select_related("order").first()
    if line:
        raise NotAllowedNow(f"“{line.description}” is on {line.order} for it. Take it off that order to {act}.")


def ordered_for(line: JobLine) -> bool:
    """Whether anything was ever ordered for the line."""
    return line.lots.exists() or line.purchase_lines.exists()
