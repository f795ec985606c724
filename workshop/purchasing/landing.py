"""Costs that land on stock and on jobs: goods in, their cost corrected, goods back to their supplier.

A part's goods go into its pool; goods for a job become a lot of their own. What is sold already becomes cost of sales.
Source: the accounting specification, "Purchase orders, freight, rounding, late price changes" and "Negative stock and
supplier credits".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet, Sum
from django.utils import timezone

from workshop.models import (
    AccountRole,
    Invoice,
    InvoiceLine,
    Job,
    JobLot,
    PurchaseLine,
    PurchaseOrder,
    ReceiptLine,
    Source,
    StockJournal,
    Supply,
)
from workshop.money import ZERO, cents
from workshop.stock import sold
from workshop.stock.entry import Kind, StockEntry

NONE = Decimal(0)
CORRECTION = StockJournal.Kind.COST_CORRECTION


def hold_jobs(lines: Iterable[PurchaseLine]) -> None:
    """Lock the jobs of these lines, then their invoices: nobody invoices, edits or voids while goods move."""
    jobs = {line.job_id for line in lines if line.job_id}
    if jobs:
        list(Job.objects.select_for_update().filter(pk__in=jobs).order_by("pk"))
        list(Invoice.objects.select_for_update().filter(job__in=jobs).order_by("pk"))


def hold(order: PurchaseOrder) -> PurchaseOrder:
    """The order as it is now, held until the transaction ends, after the jobs it buys for."""
    hold_jobs(PurchaseLine.objects.filter(order=order))
    return PurchaseOrder.objects.select_for_update().get(pk=order.pk)


def lines_of(**condition: Any) -> QuerySet[ReceiptLine]:
    related = ["order_line__part", "order_line__job", "order_line__order__deliver_to", "order_line__tax_rate"]
    return ReceiptLine.objects.filter(**condition).select_related(*related, "receipt").order_by("pk")


def role_of(line: PurchaseLine) -> str:
    return AccountRole.WIP if line.job_id else AccountRole.STOCK


class Landing:
    """All that one purchasing document does to pools and lots; nothing is written before ``save``."""

    def __init__(self, source: str, source_id: int, on: date, lines: Sequence[ReceiptLine]) -> None:
        self.on = on
        parts = {line.order_line.part_id for line in lines if not line.order_line.job_id and line.order_line.part_id}
        lots = JobLot.objects.filter(receipt_line__in=lines).values_list("pk", flat=True)
        self.entry = StockEntry(source, source_id, on, parts, list(lots))
        self.lots = {lot.receipt_line_id: lot for lot in self.entry.lots.values()}
        self.sold_as = _sold_as({line.order_line.job_line_id for line in lines if line.order_line.job_line_id})
        self.sales: dict[int, StockEntry] = {}

    def lot_of(self, line: ReceiptLine) -> JobLot:
        return self.lots[line.pk]

    # Goods in

    def take_in(self, lines: Sequence[ReceiptLine]) -> None:
        """Into the pools, where what was sold before is trued up; onto the jobs as lots of their own."""
        for lot in JobLot.objects.bulk_create([_new_lot(line) for line in lines if line.order_line.job_id]):
            self.lots[lot.receipt_line_id or 0] = lot
        for line in lines:
            order = line.order_line.order
            of = {"line_id": line.pk, "narration": order.number}
            if line.order_line.job_id:
                self.entry.add_to_lot(self.lot_of(line), Kind.RECEIVED, line.quantity, line.landed, **of)
            elif part := line.order_line.part:
                self.entry.take_in(Kind.RECEIVED, part, line.quantity, line.landed, order.deliver_to, **of)

    def release_late(self) -> None:
        """What came for a job that is invoiced already is its cost at once. After ``save``."""
        for lot in self.lots.values():
            line = self.sold_as.get(lot.job_line_id or 0)
            if line and lot.quantity:
                sold.release_late(line.invoice, line, lot, self.on)

    # Costs corrected

    def correct(self, line: ReceiptLine, difference: Decimal) -> None:
        """These goods cost so much more (+) or less: on what is left of them, the rest is cost of sales."""
        if not difference:
            return
        if line.order_line.job_id:
            self._correct_lot(self.lot_of(line), line, difference)
        elif part := line.order_line.part:
            order = line.order_line.order
            narration = f"Cost correction for {part.code}, {order.number}"
            self.entry.correct(part, line.quantity, difference, order.deliver_to, narration=narration, line_id=line.pk)

    def _correct_lot(self, lot: JobLot, line: ReceiptLine, difference: Decimal) -> None:
        kept = max(difference, -lot.value) if lot.quantity else ZERO
        of = {"line_id": line.pk, "narration": _correction(line)}
        self.entry.add_to_lot(lot, Kind.COST_CORRECTED, NONE, difference, **of)
        self._expense(lot, line, difference - kept)

    def _expense(self, lot: JobLot, line: ReceiptLine, cost: Decimal) -> None:
        """Off the job: under the invoice its goods were sold on, so that a void brings it back; else by itself.

        A sale never costs less than nothing: what is more is by itself too.
        """
        sale = None if lot.quantity else self.sold_as.get(lot.job_line_id or 0)
        if sale and (of_sale := max(cost, -sale.cost)):
            self._add_to_sale(sale, lot, of_sale)
            cost -= of_sale
        if not cost:
            return
        roles, text = (AccountRole.COGS, AccountRole.WIP), _correction(line)
        journal = self.entry.journal(CORRECTION, *roles, cost, text, line_id=line.pk)
        of = {"line_id": line.pk, "narration": text, "journal": journal}
        self.entry.add_to_lot(lot, Kind.COST_CORRECTED, NONE, -cost, **of)

    def _add_to_sale(self, line: InvoiceLine, lot: JobLot, cost: Decimal) -> None:
        invoice = line.invoice
        if invoice.pk not in self.sales:
            self.sales[invoice.pk] = StockEntry(Source.INVOICE, invoice.pk, self.on)
        entry = self.sales[invoice.pk]
        entry.add_to_lot(lot, Kind.SOLD, NONE, -cost, line_id=line.pk)
        roles, narration = (AccountRole.COGS, AccountRole.WIP), f"COGS for invoice {invoice.number}"
        entry.journal(StockJournal.Kind.COGS, *roles, cost, narration, sold.describe(line, invoice), line_id=line.pk)
        line.cost += cost

    # Goods back

    def send_back(self, line: ReceiptLine, quantity: Decimal, credit: Decimal, line_id: int) -> None:
        """To the supplier for a credit. A pool's guards keep it sound; what a job's goods cost beyond it is an expense.

        Raises OutOfStock where the garage refuses to give what it has not.
        """
        order = line.order_line.order
        of = {"line_id": line_id, "narration": order.number}
        if line.order_line.job_id:
            self._send_back_lot(self.lot_of(line), line, quantity, credit, of)
        elif part := line.order_line.part:
            self.entry.take_away(Kind.TO_SUPPLIER, part, quantity, credit, order.deliver_to, **of)

    def _send_back_lot(
        self, lot: JobLot, line: ReceiptLine, quantity: Decimal, credit: Decimal, of: dict[str, Any]
    ) -> None:
        """Of goods sold already nothing is left on the job: all of the credit lowers the cost of sales."""
        there = min(quantity, lot.quantity)
        cost = lot.value if there == lot.quantity else cents(lot.value * there / lot.quantity)
        left_over = cost - credit
        text = f"Returned to the supplier: {_correction(line)}" if left_over else ""
        self.entry.add_to_lot(lot, Kind.TO_SUPPLIER, -there, -credit, **of)
        roles = (AccountRole.COGS, AccountRole.WIP)
        journal = self.entry.journal(CORRECTION, *roles, left_over, text, line_id=of["line_id"])
        if journal:
            self.entry.add_to_lot(lot, Kind.COST_CORRECTED, NONE, -left_over, journal=journal, **of)

    def bring_back(self, line: ReceiptLine, quantity: Decimal, credit: Decimal, line_id: int) -> None:
        """A credit that is none: goods in again at what was credited for them; a job's at all that left it."""
        order = line.order_line.order
        of = {"line_id": line_id, "narration": order.number}
        if line.order_line.job_id:
            self._bring_back_to_lot(self.lot_of(line), of)
        elif part := line.order_line.part:
            self.entry.take_in(Kind.UNDONE, part, quantity, credit, order.deliver_to, **of)

    def _bring_back_to_lot(self, lot: JobLot, of: dict[str, Any]) -> None:
        entry = self.entry
        moves = lot.movements.filter(source=entry.source, source_id=entry.source_id, source_line_id=of["line_id"])
        sums = moves.aggregate(quantity=Sum("quantity"), value=Sum("value"))
        back = {"quantity": -(sums["quantity"] or NONE), "value": -(sums["value"] or ZERO)}
        if any(back.values()):
            entry.add_to_lot(lot, Kind.UNDONE, **back, **of)
        journals = sold.journals_of(entry.source, entry.source_id).filter(source_line_id=of["line_id"])
        sold.change_journals(journals, voided_at=timezone.now())

    def undo(self, lines: Iterable[ReceiptLine]) -> None:
        """A delivery that is none: out again at what it went in for, on the same day."""
        for line in lines:
            order = line.order_line.order
            of = {"line_id": line.pk, "narration": order.number}
            if line.order_line.job_id:
                self.entry.add_to_lot(self.lot_of(line), Kind.UNDONE, -line.quantity, -line.landed, **of)
            elif part := line.order_line.part:
                self.entry.take_away(Kind.UNDONE, part, line.quantity, line.landed, order.deliver_to, **of)

    def save(self) -> None:
        self.entry.save()
        for sale in self.sales.values():
            sale.save()
        changed = [line for line in self.sold_as.values() if line.invoice_id in self.sales]
        InvoiceLine.objects.bulk_update(changed, ["cost"])


def _sold_as(job_lines: set[int]) -> dict[int, InvoiceLine]:
    """The invoice line that each of these job lines was sold on."""
    if not job_lines:
        return {}
    lines = InvoiceLine.objects.filter(job_line__in=job_lines, supply=Supply.JOB_ORDER)
    lines = lines.filter(invoice__in=Invoice.objects.standing()).select_related("invoice__job", "part")
    return {line.job_line_id or 0: line for line in lines}


def _new_lot(line: ReceiptLine) -> JobLot:
    bought = line.order_line
    assert bought.job is not None  # noqa: S101 (a lot is made for goods of a job alone)
    return JobLot(
        job=bought.job,
        job_line_id=bought.job_line_id,
        receipt_line=line,
        part=bought.part,
        description=bought.description,
    )


def _correction(line: ReceiptLine) -> str:
    bought = line.order_line
    goods = bought.part.code if bought.part else bought.description
    return f"Cost correction for {goods} (job {bought.job.number if bought.job else ''}), {bought.order.number}"
