"""Goods that customers bring back: into stock at what they cost when they were sold.

Called by the verbs of workshop.credits, in their transaction. Source: the accounting specification, "Credits, edits,
voids".
"""

from __future__ import annotations

from collections import defaultdict
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
    StockMovement,
    Supply,
)
from workshop.money import ZERO, cents
from workshop.stock.entry import Kind, Places, StockEntry
from workshop.stock.sold import change_journals, journals_of, net_movements, undo_document

K = StockJournal.Kind
STEP = Decimal("0.0001")


def may_come_back(line: InvoiceLine) -> bool:
    """Only what is kept in stock: no labour, no outwork, nothing that is never stocked."""
    return line.supply in {Supply.STOCK, Supply.JOB_ORDER} and line.part is not None and line.part.stocked


def refuse_goods(line: InvoiceLine, goods: str, quantity: Decimal) -> None:
    """Raises InvalidInput for goods that cannot come back, or cannot go back on their job in part."""
    if goods == Goods.ON_JOB:
        allowed = line.supply == Supply.JOB_ORDER and quantity == line.quantity
    else:
        allowed = may_come_back(line)
    if not allowed:
        raise InvalidInput(f"“{line.description}” is not kept in stock; no goods come back with it.", field="goods")


def take_back(note: CreditNote, lines: Sequence[CreditNoteLine]) -> None:
    """Put the goods of a new credit note into stock; what was scrapped goes out again as an adjustment.

    What was bought for the job and is about to be invoiced anew goes back on the job, each lot at its own cost.
    """
    goods = [line for line in lines if line.goods]
    if not goods:
        return
    from_lots = _from_lots(line.invoice_line_id for line in goods if line.goods == Goods.ON_JOB)
    pools = [line.part_id for line in goods if line.part_id and line.goods != Goods.ON_JOB]
    lots = [move.lot_id for moves in from_lots.values() for move in moves if move.lot_id]
    entry = StockEntry(Source.CREDIT_NOTE, note.pk, note.date, pools, lots)
    before = _returned_before(goods, note)
    places = Places.load()
    for line in goods:
        line.cost = _cost(line, *before.get(line.invoice_line_id or 0, (Decimal(0), ZERO)))
        if line.goods == Goods.ON_JOB:
            _put_on_job(entry, note, line, from_lots.get(line.invoice_line_id or 0, []))
        else:
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


def _from_lots(line_ids: Iterable[int | None]) -> dict[int, list[StockMovement]]:
    """What each invoice line took from the lots of its job, however late it came."""
    by_line: dict[int, list[StockMovement]] = defaultdict(list)
    wanted = {pk for pk in line_ids if pk}
    invoices = InvoiceLine.objects.filter(pk__in=wanted).values_list("invoice_id", flat=True).distinct()
    for move in (move for pk in invoices for move in net_movements(Source.INVOICE, pk)):
        if move.lot_id and move.source_line_id in wanted:
            by_line[move.source_line_id].append(move)
    return by_line


def _put_on_job(entry: StockEntry, note: CreditNote, line: CreditNoteLine, moved: list[StockMovement]) -> None:
    for move in moved:
        entry.add_to_lot(entry.lots[move.lot_id or 0], Kind.RETURNED, -move.quantity, -move.value, line_id=line.pk)
    cost = -sum((move.value for move in moved), ZERO)
    narration = f"COGS reversal for credit note {note.number}"
    text = f"{line.description} × {line.quantity.normalize():f}"
    entry.journal(K.COGS_REVERSAL, AccountRole.WIP, AccountRole.COGS, cost, narration, text, line_id=line.pk)


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
