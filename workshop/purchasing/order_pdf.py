"""An order on paper: what the supplier needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.formats import date_format

from workshop.models import Organisation, PurchaseLine, PurchaseOrder
from workshop.paper import amount, gap, garage_lines, printed, quantity, rate, side_by_side, table, text

if TYPE_CHECKING:
    from reportlab.platypus import Flowable

HEAD = ["Your code", "Description", "Quantity", "Each", "Amount"]
WIDTHS = [25, 88, 20, 22, 22]


def order_pdf(order: PurchaseOrder) -> bytes:
    lines = [_row(line) for line in order.lines.select_related("part", "job")]
    parts = [*_head(order, Organisation.current()), gap(), table(HEAD, lines, WIDTHS, figures=3), gap(), *_foot(order)]
    return printed(f"Purchase order {order.number}", parts)


def _head(order: PurchaseOrder, garage: Organisation) -> list[Flowable]:
    account = order.supplier.account_number
    address = order.supplier.addresses.first()
    theirs = "\n".join(filter(None, [str(address) if address else "", f"Our account: {account}" if account else ""]))
    dates = [f"Date: {date_format(order.date)}"]
    if order.expected_on:
        dates.append(f"Wanted by: {date_format(order.expected_on)}")
    top = [text(f"Purchase order {order.number}", 16, bold=True), text("\n".join(dates))]
    left = [text(order.supplier.name, 11, bold=True), text(theirs)]
    return [side_by_side(top, garage_lines(garage)), side_by_side(left, [text(f"Deliver to: {order.deliver_to}")])]


def _row(line: PurchaseLine) -> list[str]:
    code = line.supplier_code or (line.part.code if line.part else "")
    words = f"{line.description}\nFor job {line.job.number}" if line.job else line.description
    return [code, words, quantity(line.quantity), rate(line.unit_cost), amount(line.quantity * line.unit_cost)]


def _foot(order: PurchaseOrder) -> list[Flowable]:
    words = [order.note, f"Please show our number {order.number} on your invoice. Prices are without tax."]
    return [text(sentence) for sentence in words if sentence]
