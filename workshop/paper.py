"""What every document on paper has in common: A4, one kind of letter, a table that goes on over the page.

reportlab is loaded inside the functions, when the first document is printed: it is slow to load.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from html import escape
from io import BytesIO
from typing import TYPE_CHECKING, Any

from workshop.models import Organisation

if TYPE_CHECKING:
    from reportlab.platypus import Flowable

INK, RULE = "#1b1f24", "#9aa3ad"
MARGIN, GAP = 17, 6  # millimetres
PAGE = 177  # millimetres: what stands side by side is together as wide


def printed(title: str, parts: Sequence[Flowable]) -> bytes:
    """The parts below each other as a PDF; the same parts give the same bytes."""
    from reportlab.lib.pagesizes import A4  # noqa: PLC0415
    from reportlab.lib.units import mm  # noqa: PLC0415
    from reportlab.platypus import SimpleDocTemplate  # noqa: PLC0415

    paper, margin = BytesIO(), MARGIN * mm
    document = SimpleDocTemplate(
        paper,
        pagesize=A4,
        leftMargin=margin,
        rightMargin=margin,
        topMargin=margin,
        bottomMargin=margin,
        title=title,
        author=Organisation.current().name,
        invariant=True,
    )
    document.build(list(parts))
    return paper.getvalue()


def gap() -> Flowable:
    from reportlab.lib.units import mm  # noqa: PLC0415
    from reportlab.platypus import Spacer  # noqa: PLC0415

    return Spacer(1, GAP * mm)


def text(words: str, size: float = 9.5, *, bold: bool = False, figure: bool = False) -> Flowable:
    """A paragraph; a figure stands at the right."""
    from reportlab.lib.enums import TA_LEFT, TA_RIGHT  # noqa: PLC0415
    from reportlab.lib.styles import ParagraphStyle  # noqa: PLC0415
    from reportlab.platypus import Paragraph  # noqa: PLC0415

    style = ParagraphStyle(
        "",
        fontName="Helvetica",
        fontSize=size,
        leading=size * 1.35,
        textColor=INK,
        alignment=TA_RIGHT if figure else TA_LEFT,
    )
    marked = escape(_printable(words)).replace("\n", "<br/>")
    return Paragraph(f"<b>{marked}</b>" if bold else marked, style)


def _printable(words: str) -> str:
    """The fonts every reader has know the letters of Western Europe; others are shown as a question mark."""
    return words.encode("cp1252", "replace").decode("cp1252")


def side_by_side(left: Sequence[Flowable], right: Sequence[Flowable]) -> Flowable:
    from reportlab.lib.units import mm  # noqa: PLC0415
    from reportlab.platypus import Table  # noqa: PLC0415

    style = [("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 0)]
    return Table(
        [[list(left), list(right)]],
        colWidths=[115 * mm, (PAGE - 115) * mm],
        style=[*style, ("BOTTOMPADDING", (0, 0), (-1, -1), 12)],
    )


def table(head: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int], figures: int) -> Flowable:
    """Widths in millimetres; the last columns, so many, are figures. The head comes again on each page."""
    from reportlab.lib.units import mm  # noqa: PLC0415
    from reportlab.platypus import Table  # noqa: PLC0415

    first = len(head) - figures
    titles = [text(word, 8.5, bold=True, figure=at >= first) for at, word in enumerate(head)]
    cells = [[text(word, figure=at >= first) for at, word in enumerate(row)] for row in rows]
    style: list[Any] = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LINEBELOW", (0, 0), (-1, 0), 0.8, INK),
        ("LINEBELOW", (0, 1), (-1, -1), 0.3, RULE),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ]
    return Table([titles, *cells], colWidths=[width * mm for width in widths], repeatRows=1, style=style)


def sums(rows: Sequence[tuple[str, str, bool]]) -> Flowable:
    """(words, amount, whether it is one to look at), at the right of the page and kept together."""
    from reportlab.lib.units import mm  # noqa: PLC0415
    from reportlab.platypus import Table  # noqa: PLC0415

    size = {True: 11.0, False: 9.5}
    cells = [
        ["", text(words, size[grand], bold=grand), text(amount, size[grand], bold=grand, figure=True)]
        for words, amount, grand in rows
    ]
    padding = [("BOTTOMPADDING", (0, 0), (-1, -1), 1), ("TOPPADDING", (0, 0), (-1, -1), 2)]
    return Table(cells, colWidths=[(PAGE - 80) * mm, 46 * mm, 34 * mm], style=padding, splitByRow=0)


def garage_lines(garage: Organisation) -> list[Flowable]:
    """Who writes: name, address, telephone, e-mail."""
    ours = "\n".join(filter(None, [garage.address, garage.phone, garage.email]))
    return [text(garage.name, 11, bold=True), text(ours)]


def amount(value: Decimal) -> str:
    return f"{value:,.2f}".replace("-", "–")


def quantity(value: Decimal) -> str:
    return f"{value.normalize():f}"


def rate(value: Decimal) -> str:
    """A price each: 2 dp, and up to 4 where they are not nought."""
    whole, _, fraction = f"{value:,.4f}".partition(".")
    return f"{whole}.{fraction.rstrip('0').ljust(2, '0')}".replace("-", "–")
