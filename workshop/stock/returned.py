"""Goods that customers bring back: into stock at what they cost when they were sold.

Called by the verbs of workshop.credits, in their transaction. Source: the accounting specification, "Credits, edits,
voids".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from django.db.models import Sum

from workshop.errors import InvalidInput
from workshop.models import (
    AccountRole,
    CreditNote,
    CreditNoteLine,
    Goods,
    InvoiceLine,
    Source,
    StockJournal,
    Supply,
)
from workshop.money import ZERO, cents
from workshop.stock.entry import Kind, Places, StockEntry
from workshop.stock.sold import change_journals, journals_of, undo_document

K = StockJournal.Kind
STEP = Decimal("0.0001")


def may_come_back(line: InvoiceLine) -> bool:
    """Only what is kept in stock: no labour, no outwork, nothing that is never stocked."""
    return line.supply in {Supply.STOCK, Supply.JOB_ORDER} and line.part is not None and line.part.stocked


def refuse_goods(line: InvoiceLine) -> None:
    """Raises InvalidInput for goods that cannot come back."""
    if not may_come_back(line):
        raise InvalidInput(f"“{line.description}” is not kept in stock; no goods come back with it.", field="goods")


def take_back(note: CreditNote, lines: Sequence[CreditNoteLine]) -> None:
    """Put the goods of a new credit note into stock; what was scrapped goes out again as an adjustment."""
    goods = [line for line in lines if line.goods]
    if not goods:
        return
    entry = StockEntry(Source.CREDIT_NOTE, note.pk, note.date, [line.part_id for line in goods if line.part_id])
    before = _returned_before(goods, note)
    places = Places.load()
    for line in goods:
        line.cost = _cost(line, *before.get(line.invoice_line_id or 0, (Decimal(0), ZERO)))
        _take_back(entry, note, line, places)
    entry.save()
    CreditNoteLine.objects.bulk_update(goods, ["cost"])


def _returned_before(lines: Iterable[CreditNoteLine], note: CreditNote) -> dict[int, tuple[Decimal, Decimal]]:
    """Units and cost of each invoice line that came back with earlier credit notes."""
    live = CreditNoteLine.objects.exclude(credit_note__status=CreditNote.Status.VOIDED).exclude(goods="")
    earlier = live.filter(invoice_line__in=[line.invoice_line_id for line in lines]).exclude(credit_note=note)
    sums = earlier.order_by().values_list("invoice_line").annotate(Sum("quantity"), Sum("cost"))
    # SQLite sums quantities as binary floats
    return {pk: (Decimal(quantity).quantize(STEP), cost) for pk, quantity, cost in sums}


def _cost(line: CreditNoteLine, units: Decimal, cost: Decimal) -> Decimal:
    """What these units cost when they were sold; the last ones take what is left of it."""
    sold = line.invoice_line
    assert sold is not None  # noqa: S101 (a constraint: goods were sold)
    left = sold.cost - cost
    if units + line.quantity >= sold.quantity:
        return left
    return min(cents(sold.cost * line.quantity / sold.quantity), left)


def _take_back(entry: StockEntry, note: CreditNote, line: CreditNoteLine, places: Places) -> None:
    part = line.part
    assert part is not None  # noqa: S101 (refuse_goods)
    place, text = places.of(part), f"{part.code} × {line.quantity.normalize():f}"
    of = {"line_id": line.pk, "narration": note.number}
    entry.take_in(Kind.RETURNED, part, line.quantity, line.cost, place, **of)
    narration = f"COGS reversal for credit note {note.number}"
    entry.journal(K.COGS_REVERSAL, AccountRole.STOCK, AccountRole.COGS, line.cost, narration, text, line_id=line.pk)
    if line.goods == Goods.SCRAPPED:
        entry.take_away(Kind.ADJUSTED, part, line.quantity, line.cost, place, **of)
        narration = f"Stock adjustment {part.code}: scrapped, credit note {note.number}"
        entry.journal(
            K.ADJUSTMENT, AccountRole.ADJUSTMENT, AccountRole.STOCK, line.cost, narration, text, line_id=line.pk
        )


def undo(note: CreditNote) -> None:
    """The credit note is voided: what it brought into stock goes out again at the same value."""
    undo_document(Source.CREDIT_NOTE, note.pk, note.date)


def renumber(note: CreditNote) -> None:
    narration = f"COGS reversal for credit note {note.number}"
    reversals = journals_of(Source.CREDIT_NOTE, note.pk).filter(kind=K.COGS_REVERSAL)
    change_journals(reversals, narration=narration)
