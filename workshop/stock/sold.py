"""What an invoice's goods cost: released when it is issued, changed with its lines, put back when it is voided.

Called by the verbs of workshop.sales, in their transaction. Source: the accounting specification, "Which lines post
what on invoice" and "Credits, edits, voids".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from workshop.actors import acting_user
from workshop.models import (
    AccountRole,
    Invoice,
    InvoiceLine,
    JobLot,
    Part,
    Source,
    StockJournal,
    StockMovement,
    Supply,
)
from workshop.money import ZERO, cents
from workshop.signals import saved_in_bulk
from workshop.stock.entry import Kind, Places, StockEntry, hold_pools

GOODS = {InvoiceLine.Kind.PART, InvoiceLine.Kind.OUTWORK}
LASTING = [StockJournal.Kind.COST_CORRECTION, StockJournal.Kind.PRICE_VARIANCE]  # they follow from the pool's state
KEPT = {Supply.STOCK, Supply.JOB_ORDER}  # what is bought directly is an expense already, and posts nothing


def supply_of(kind: str, part: Part | None, typed: str = "") -> str:
    """Where a line's goods come from: what is kept in stock comes from there, unless it was ordered for the job."""
    if kind not in GOODS or typed == Supply.JOB_ORDER:
        return typed if kind in GOODS else Supply.NONE
    return Supply.STOCK if part and part.stocked else Supply.DIRECT


def release(invoice: Invoice, lines: Sequence[InvoiceLine]) -> None:
    """Take the goods of new lines out of stock and off the job, at their cost, which is kept on the line."""
    for line in lines:
        if line.supply == Supply.DIRECT:
            line.cost = cents(line.quantity * _direct_cost(line))
    goods = [line for line in lines if line.supply in KEPT]
    if goods:
        _release_goods(invoice, goods)
    if costed := [line for line in lines if line.cost]:
        InvoiceLine.objects.bulk_update(costed, ["cost"])


def _release_goods(invoice: Invoice, goods: Sequence[InvoiceLine]) -> None:
    lots = _lots_of(goods)
    entry = _entry(invoice, goods, lots)
    places = Places.load()
    for line in goods:
        line.cost = _release(entry, invoice, line, line.quantity, places, lots.get(line.job_line_id or 0, []))
        _post(entry, invoice, line)
    entry.save()


def _entry(invoice: Invoice, lines: Iterable[InvoiceLine], lots: dict[int, list[JobLot]]) -> StockEntry:
    parts = {line.part_id for line in lines if line.supply == Supply.STOCK and line.part_id}
    lot_ids = [lot.pk for group in lots.values() for lot in group]
    entry = StockEntry(Source.INVOICE, invoice.pk, invoice.date, parts, lot_ids)
    for group in lots.values():
        group[:] = [entry.lots[lot.pk] for lot in group]  # as they are now that they are locked
    return entry


def _lots_of(lines: Iterable[InvoiceLine]) -> dict[int, list[JobLot]]:
    job_lines = {line.job_line_id for line in lines if line.supply == Supply.JOB_ORDER and line.job_line_id}
    by_line: dict[int, list[JobLot]] = {}
    for lot in JobLot.objects.filter(job_line__in=job_lines).order_by("pk") if job_lines else []:
        by_line.setdefault(lot.job_line_id or 0, []).append(lot)
    return by_line


def _release(
    entry: StockEntry, invoice: Invoice, line: InvoiceLine, quantity: Decimal, places: Places, lots: list[JobLot]
) -> Decimal:
    if line.supply == Supply.STOCK and line.part:
        of = {"line_id": line.pk, "narration": invoice.number}
        return -entry.take_out(Kind.SOLD, line.part, quantity, places.of(line.part), **of).value
    return _release_lots(entry, lots, line)


def _release_lots(entry: StockEntry, lots: list[JobLot], line: InvoiceLine) -> Decimal:
    cost = sum((lot.value for lot in lots), ZERO)
    for lot in lots:
        if lot.quantity:
            entry.add_to_lot(lot, Kind.SOLD, -lot.quantity, -lot.value, line_id=line.pk)
    return cost


def _direct_cost(line: InvoiceLine) -> Decimal:
    typed = line.job_line.unit_cost if line.job_line else None
    return typed if typed is not None else line.part.cost_price if line.part else Decimal(0)


def _post(entry: StockEntry, invoice: Invoice, line: InvoiceLine) -> None:
    """One journal per line with a cost."""
    inventory = AccountRole.STOCK if line.supply == Supply.STOCK else AccountRole.WIP
    narration, text = f"COGS for invoice {invoice.number}", describe(line, invoice)
    entry.journal(StockJournal.Kind.COGS, AccountRole.COGS, inventory, line.cost, narration, text, line_id=line.pk)


def describe(line: InvoiceLine, invoice: Invoice) -> str:
    """``OF-1 × 1 (job 482, KLM123)``"""
    goods = f"{line.part.code if line.part else line.description} × {line.quantity.normalize():f}"
    of = [f"job {invoice.job.number}" if invoice.job else "", invoice.reference]
    return f"{goods} ({', '.join(filter(None, of))})" if any(of) else goods


# Changes


def change(invoice: Invoice, before: dict[int, InvoiceLine], lines: Sequence[InvoiceLine]) -> None:
    """After an edit: fewer units go back at what they cost, more cost the average now, a line that is gone goes back.

    A line's journal is voided and a new one posted where its cost changed; all on the invoice's date.
    """
    kept = {line.pk for line in lines}
    gone = [line for pk, line in before.items() if pk not in kept and line.supply in KEPT]
    same = [line for line in lines if line.pk in before and line.quantity != before[line.pk].quantity]
    resized = [line for line in same if line.supply in KEPT]
    hold_pools(line.part_id for line in [*gone, *lines] if line.supply == Supply.STOCK)
    if gone or resized:
        _change(invoice, before, resized, gone)
    release(invoice, [line for line in lines if line.pk not in before or (line in same and line not in resized)])


def release_late(invoice: Invoice, line: InvoiceLine, lot: JobLot, on: date) -> None:
    """Goods ordered for a job that come after its invoice: their cost is released at once, on the day they came."""
    entry = StockEntry(Source.INVOICE, invoice.pk, on, lot_ids=[lot.pk])
    cost = _release_lots(entry, [entry.lots[lot.pk]], line)
    narration, text = f"COGS for invoice {invoice.number}", describe(line, invoice)
    kind, roles = StockJournal.Kind.COGS, (AccountRole.COGS, AccountRole.WIP)
    entry.journal(kind, *roles, cost, narration, text, line_id=line.pk)
    entry.save()
    line.cost += cost
    line.save(update_fields=["cost"])


def _change(invoice: Invoice, before: dict[int, InvoiceLine], same: list[InvoiceLine], gone: list[InvoiceLine]) -> None:
    touched = [*same, *gone]
    lots = _lots_of(touched)
    entry = _entry(invoice, touched, lots)
    places, taken = Places.load(), _taken_from_lots(invoice)
    for line in gone:
        if line.supply == Supply.JOB_ORDER:
            _put_on_job(entry, line, taken[line.pk])
        else:
            _give_back(entry, line, line.quantity, line.cost, places)
    for line in same:
        if line.supply == Supply.JOB_ORDER:
            _resize_from_lots(entry, line, before[line.pk].cost, taken[line.pk], lots.get(line.job_line_id or 0, []))
        else:
            _resize(entry, invoice, line, before[line.pk], places)
    stale = _costs_of(invoice).filter(source_line_id__in=[line.pk for line in touched])
    change_journals(stale, voided_at=timezone.now())
    for line in same:
        _post(entry, invoice, line)
    entry.save()
    InvoiceLine.objects.bulk_update(same, ["cost"])


def _resize(entry: StockEntry, invoice: Invoice, line: InvoiceLine, before: InvoiceLine, places: Places) -> None:
    fewer = before.quantity - line.quantity
    if fewer > 0:
        back = cents(before.cost * fewer / before.quantity)
        _give_back(entry, line, fewer, back, places)
        line.cost = before.cost - back
    else:
        line.cost = before.cost + _release(entry, invoice, line, -fewer, places, [])


def _give_back(entry: StockEntry, line: InvoiceLine, quantity: Decimal, cost: Decimal, places: Places) -> None:
    if line.part:
        entry.take_in(Kind.UNDONE, line.part, quantity, cost, places.of(line.part), line_id=line.pk)


@dataclass
class _Taken:
    """What a line holds of one lot of its job: units, and their cost in cents."""

    lot_id: int
    units: Decimal = Decimal(0)
    cost: Decimal = ZERO


def _taken_from_lots(invoice: Invoice) -> dict[int, list[_Taken]]:
    """By line. Not what the line says it sells: that may be more than was ever ordered, or less."""
    by_lot: dict[tuple[int, int], _Taken] = {}
    for move in net_movements(Source.INVOICE, invoice.pk):
        if move.lot_id:
            taken = by_lot.setdefault((move.source_line_id or 0, move.lot_id), _Taken(move.lot_id))
            taken.units -= move.quantity
            taken.cost -= move.value
    by_line: dict[int, list[_Taken]] = defaultdict(list)
    for (line_id, _), taken in by_lot.items():
        by_line[line_id].append(taken)
    return by_line


def _resize_from_lots(
    entry: StockEntry, line: InvoiceLine, cost: Decimal, taken: list[_Taken], lots: list[JobLot]
) -> None:
    units = sum((one.units for one in taken), Decimal(0))
    if line.quantity < units:
        line.cost = cost - _put_on_job(entry, line, taken, units - line.quantity)
    else:
        line.cost = cost + _take_more(entry, line, lots, line.quantity - units)


def _put_on_job(entry: StockEntry, line: InvoiceLine, taken: list[_Taken], units: Decimal | None = None) -> Decimal:
    """All of it, or so many units, the latest lot first; at what they cost, which is returned."""
    given = ZERO
    for one in reversed([one for one in taken if one.lot_id in entry.lots and (one.units or units is None)]):
        back = one.units if units is None else min(one.units, units)
        cost = one.cost if back == one.units else cents(one.cost * back / one.units)
        entry.add_to_lot(entry.lots[one.lot_id], Kind.UNDONE, back, cost, line_id=line.pk)
        given += cost
        units = None if units is None else units - back
    return given


def _take_more(entry: StockEntry, line: InvoiceLine, lots: list[JobLot], units: Decimal) -> Decimal:
    """As far as something lies on the job for it; the cost of that."""
    cost = ZERO
    for lot in lots:
        more = min(lot.quantity, units)
        if more > 0:
            value = lot.value if more == lot.quantity else cents(lot.value * more / lot.quantity)
            entry.add_to_lot(lot, Kind.SOLD, -more, -value, line_id=line.pk)
            cost, units = cost + value, units - more
    return cost


def undo(invoice: Invoice) -> None:
    """The invoice is voided: every unit goes back where it came from at what it cost, on the invoice's own day."""
    undo_document(Source.INVOICE, invoice.pk, invoice.date)


def undo_document(source: str, source_id: int, on: date) -> None:
    """Every movement back, on its own day at its own value; every journal voided."""
    moved = net_movements(source, source_id)
    change_journals(journals_of(source, source_id).exclude(kind__in=LASTING), voided_at=timezone.now())
    if not moved:
        return
    parts = {move.part_id for move in moved if move.lot_id is None and move.part_id}
    entry = StockEntry(source, source_id, on, parts, [move.lot_id for move in moved if move.lot_id])
    for move in moved:
        _put_back(entry, move)
    entry.save()


def _put_back(entry: StockEntry, move: StockMovement) -> None:
    of = {"line_id": move.source_line_id, "date": move.date}
    if move.lot_id and move.quantity > 0:
        entry.take_out_again(entry.lots[move.lot_id], move.quantity, move.value, **of)
    elif move.lot_id:
        entry.add_to_lot(entry.lots[move.lot_id], Kind.UNDONE, -move.quantity, -move.value, **of)
    elif move.part:
        entry.put_back(move, Kind.UNDONE, move.part, **of)


def net_movements(source: str, source_id: int) -> list[StockMovement]:
    """What a document moved, less what of it was put back: one movement per line, place, lot and day; unsaved.

    Corrections of cost stay: they follow from what else happened to the pool.
    """
    rows = StockMovement.objects.filter(source=source, source_id=source_id).exclude(kind=Kind.COST_CORRECTED)
    sums: dict[tuple[object, ...], StockMovement] = {}
    for row in rows.select_related("part", "location", "lot").order_by("pk"):
        first = sums.setdefault((row.part_id, row.lot_id, row.location_id, row.source_line_id, row.date), row)
        if first is not row:
            first.quantity += row.quantity
            first.value += row.value
    return [row for row in sums.values() if row.quantity or row.value]


def journals_of(source: str, source_id: int) -> QuerySet[StockJournal]:
    """The journals of a document that count."""
    return StockJournal.objects.filter(source=source, source_id=source_id, voided_at=None)


def change_journals(journals: QuerySet[StockJournal], **fields: Any) -> None:
    """Change them in one statement and tell whoever listens."""
    ids = list(journals.values_list("pk", flat=True))
    if ids:
        StockJournal.objects.filter(pk__in=ids).update(updated_at=timezone.now(), **fields)
        saved_in_bulk.send(StockJournal, ids=ids)


def redate(invoice: Invoice, old: date) -> None:
    """The goods left on the new day: taken back on the old one, given out on the new one, at the same cost.

    What came after the invoice keeps the day it came.
    """
    moved = [move for move in net_movements(Source.INVOICE, invoice.pk) if move.date == old]
    rows = [
        _copy(move, sign, day, kind)
        for move in moved
        for sign, day, kind in ((-1, move.date, Kind.UNDONE), (1, invoice.date, move.kind))
    ]
    StockMovement.objects.bulk_create(rows)
    change_journals(_costs_of(invoice).filter(date=old), date=invoice.date)


def _copy(move: StockMovement, sign: int, day: date, kind: str) -> StockMovement:
    return StockMovement(
        kind=kind,
        part_id=move.part_id,
        lot_id=move.lot_id,
        location_id=move.location_id,
        quantity=sign * move.quantity,
        value=sign * move.value,
        date=day,
        description="Date changed",
        source=move.source,
        source_id=move.source_id,
        source_line_id=move.source_line_id,
        created_by=acting_user(),
    )


def renumber(invoice: Invoice) -> None:
    change_journals(_costs_of(invoice), narration=f"COGS for invoice {invoice.number}")


def _costs_of(invoice: Invoice) -> QuerySet[StockJournal]:
    return journals_of(Source.INVOICE, invoice.pk).filter(kind=StockJournal.Kind.COGS)
