"""What was ordered and did not come, came and was not billed, was bought and is on no invoice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import F, Q

from workshop.models import Invoice, InvoiceLine, Job, PurchaseLine, Receipt, ReceiptLine
from workshop.money import ZERO, cents
from workshop.stock.shelf import AWAITED


@dataclass(frozen=True)
class Row:
    """``amount`` is without tax: expected of what is awaited, actual of what came."""

    order_id: int
    number: str
    supplier: str
    date: date
    description: str
    job: str
    quantity: Decimal
    amount: Decimal


@dataclass(frozen=True)
class Purchases:
    rows: Sequence[Row]

    @property
    def amount(self) -> Decimal:
        return sum((row.amount for row in self.rows), ZERO)


def not_received() -> Purchases:
    """Ordered, and not here yet; one statement."""
    lines = PurchaseLine.objects.filter(order__status__in=AWAITED, received_quantity__lt=F("quantity"))
    lines = lines.select_related("order__supplier", "job").order_by("order__expected_on", "order", "position")
    rows = []
    for line in lines:
        worth = cents(line.outstanding * line.unit_cost)
        rows.append(_row(line, line.order.expected_on or line.order.date, line.outstanding, worth))
    return Purchases(rows)


def not_billed() -> Purchases:
    """Here, and the supplier's invoice is not: Stock on Hand and Work in Progress lack it in the ledger."""
    lines = ReceiptLine.objects.filter(receipt__status=Receipt.Status.RECEIVED)
    lines = lines.select_related("receipt", "order_line__order__supplier", "order_line__job").order_by("receipt", "pk")
    return Purchases([_row(row.order_line, row.receipt.date, row.quantity, row.landed) for row in lines])


def on_no_invoice() -> Purchases:
    """Bought for a job that is invoiced, its line on no invoice; or for a cancelled job: parts that never earn."""
    invoiced = InvoiceLine.objects.filter(job_line__isnull=False).exclude(invoice__status=Invoice.Status.VOIDED)
    ended = Q(job__status__in=[Job.Status.INVOICED, Job.Status.COLLECTED, Job.Status.CANCELLED])
    lines = PurchaseLine.objects.filter(ended, received_quantity__gt=0)
    lines = lines.filter(Q(job_line=None) | ~Q(job_line__in=invoiced.values("job_line")))
    lines = lines.select_related("order__supplier", "job").prefetch_related("receipt_lines__receipt")
    rows = []
    for line in lines.order_by("order", "position"):
        came = [row for row in line.receipt_lines.all() if row.receipt.status != Receipt.Status.UNDONE]
        kept = sum((row.quantity - row.credited_quantity for row in came), ZERO)
        if kept:
            rows.append(_row(line, line.order.date, kept, sum((_kept_worth(row) for row in came), ZERO)))
    return Purchases(rows)


def _kept_worth(row: ReceiptLine) -> Decimal:
    return cents(row.landed * (row.quantity - row.credited_quantity) / row.quantity)


def _row(line: PurchaseLine, on: date, quantity: Decimal, amount: Decimal) -> Row:
    order, job = line.order, line.job
    return Row(order.pk, order.number, str(order.supplier), on, line.description, job.number if job else "",
               quantity, amount)  # fmt: skip
