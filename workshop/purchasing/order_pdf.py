"""An order on paper: one A4 page, more where it is long. What the supplier needs, and no price they did not ask for."""

from __future__ import annotations

from decimal import Decimal
from html import escape
from io import BytesIO
from typing import TYPE_CHECKING, Any

from django.utils.formats import date_format

from workshop.models import Organisation, PurchaseLine, PurchaseOrder

if TYPE_CHECKING:
    from reportlab.platypus import Flowable

INK, RULE = "#1b1f24", "#9aa3ad"
WIDTHS = [25, 88, 20, 22, 22]  # millimetres; together the page between its margins


def order_pdf(order: PurchaseOrder) -> bytes:
    """The order as a PDF. reportlab is loaded here, when the first order is printed: it is slow to load."""
    from reportlab.lib.pagesizes import A4  # noqa: PLC0415
    from reportlab.lib.units import mm  # noqa: PLC0415
    from reportlab.platypus import SimpleDocTemplate, Spacer  # noqa: PLC0415

    garage, lines = Organisation.current(), list(order.lines.select_related("part", "job"))
    paper, margin = BytesIO(), 17 * mm
    document = SimpleDocTemplate(
        paper,
        pagesize=A4,
        leftMargin=margin,
        rightMargin=margin,
        topMargin=margin,
        bottomMargin=margin,
        title=f"Purchase order {order.number}",
        author=garage.name,
        invariant=True,
    )
    gap = Spacer(1, 6 * mm)
    document.build([*_head(order, garage), gap, _table(lines), gap, *_foot(order)])
    return paper.getvalue()


def _text(words: str, size: float = 9.5, *, bold: bool = False) -> Flowable:
    from reportlab.lib.styles import ParagraphStyle  # noqa: PLC0415
    from reportlab.platypus import Paragraph  # noqa: PLC0415

    style = ParagraphStyle("", fontName="Helvetica", fontSize=size, leading=size * 1.35, textColor=INK)
    marked = escape(_printable(words)).replace("\n", "<br/>")
    return Paragraph(f"<b>{marked}</b>" if bold else marked, style)


def _printable(words: str) -> str:
    """The fonts every reader has know the letters of Western Europe; others are shown as a question mark."""
    return words.encode("cp1252", "replace").decode("cp1252")


def _head(order: PurchaseOrder, garage: Organisation) -> list[Flowable]:
    ours = "\n".join(filter(None, [garage.address, garage.phone, garage.email]))
    account = order.supplier.account_number
    address = order.supplier.addresses.first()
    theirs = "\n".join(filter(None, [str(address) if address else "", f"Our account: {account}" if account else ""]))
    dates = [f"Date: {date_format(order.date)}"]
    if order.expected_on:
        dates.append(f"Wanted by: {date_format(order.expected_on)}")
    left = [_text(order.supplier.name, 11, bold=True), _text(theirs)]
    right = [_text(garage.name, 11, bold=True), _text(ours)]
    top = [_text(f"Purchase order {order.number}", 16, bold=True), _text("\n".join(dates))]
    return [_side_by_side(top, right), _side_by_side(left, [_text(f"Deliver to: {order.deliver_to}")])]


def _side_by_side(left: list[Flowable], right: list[Flowable]) -> Flowable:
    from reportlab.lib.units import mm  # noqa: PLC0415
    from reportlab.platypus import Table  # noqa: PLC0415

    style = [("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 0)]
    return Table(
        [[left, right]], colWidths=[115 * mm, 62 * mm], style=[*style, ("BOTTOMPADDING", (0, 0), (-1, -1), 12)]
    )


def _table(lines: list[PurchaseLine]) -> Flowable:
    from reportlab.lib.units import mm  # noqa: PLC0415
    from reportlab.platypus import Table  # noqa: PLC0415

    head = [_text(word, 8.5, bold=True) for word in ("Your code", "Description", "Quantity", "Each", "Amount")]
    style: list[Any] = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LINEBELOW", (0, 0), (-1, 0), 0.8, INK),
        ("LINEBELOW", (0, 1), (-1, -1), 0.3, RULE),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ]
    widths = [width * mm for width in WIDTHS]
    return Table([head, *map(_row, lines)], colWidths=widths, repeatRows=1, style=style)


def _row(line: PurchaseLine) -> list[Flowable]:
    code = line.supplier_code or (line.part.code if line.part else "")
    words = f"{line.description}\nFor job {line.job.number}" if line.job else line.description
    amounts = [f"{line.quantity.normalize():f}", _rate(line.unit_cost), f"{line.quantity * line.unit_cost:,.2f}"]
    return [_text(word) for word in (code, words, *amounts)]


def _rate(cost: Decimal) -> str:
    whole, _, fraction = f"{cost:,.4f}".partition(".")
    return f"{whole}.{fraction.rstrip('0').ljust(2, '0')}"


def _foot(order: PurchaseOrder) -> list[Flowable]:
    words = [order.note, f"Please show our number {order.number} on your invoice. Prices are without tax."]
    return [_text(sentence) for sentence in words if sentence]
