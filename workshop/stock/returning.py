"""Goods ordered for a job that it does not need after all: onto the shelf, at what they cost, before the invoice.

Source: the accounting specification, "Credits, edits, voids".
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import transaction

from workshop import job_states
from workshop.errors import InvalidInput, NotAllowedNow
from workshop.models import AccountRole, JobLot, Location, Part, PurchaseLine, Source, StockJournal, Supply
from workshop.money import cents
from workshop.stock import typed
from workshop.stock.entry import Kind, StockEntry
from workshop.stock.shelf import AWAITED


@transaction.atomic
def return_to_stock(
    lot: JobLot, *, quantity: Decimal | None = None, location: Location | None = None, date: date | None = None
) -> JobLot:
    """From the job's lot to the part's pool at the lot's own cost; all that is left of it unless a quantity is given.

    Raises NotAllowedNow once the job is invoiced, InvalidInput for more than is there or a part not kept in stock.
    """
    job = job_states.editable(lot.job)
    part = _part_of(lot)
    on = typed.open_day(date)
    entry = StockEntry(Source.JOB, job.pk, on, [part.pk], [lot.pk])
    part, lot = typed.stocked([part.pk])[part.pk], entry.lots[lot.pk]
    quantity = _within(lot, quantity)
    worth = lot.value if quantity == lot.quantity else cents(lot.value * quantity / lot.quantity)
    narration = f"Returned to stock from job {job.number}: {part.code}"
    journal = entry.journal(
        StockJournal.Kind.RETURNED_TO_STOCK, AccountRole.STOCK, AccountRole.WIP, worth, narration, line_id=lot.pk
    )
    of = {"line_id": lot.pk, "journal": journal}
    entry.add_to_lot(lot, Kind.TO_STOCK, -quantity, -worth, **of)
    entry.take_in(
        Kind.TO_STOCK, part, quantity, worth, typed.place(location, part), narration=f"job {job.number}", **of
    )
    entry.save()
    _fall_back(lot)
    job_states.save(job)
    return lot


def _part_of(lot: JobLot) -> Part:
    if lot.part is None:
        raise NotAllowedNow(f"“{lot.description}” has no part number, so it cannot be kept in stock.")
    return lot.part


def _within(lot: JobLot, quantity: Decimal | None) -> Decimal:
    if not lot.quantity:
        raise NotAllowedNow(f"Nothing is left of “{lot.description}”.")
    quantity = typed.pieces(lot.quantity if quantity is None else quantity)
    if quantity > lot.quantity:
        raise InvalidInput(f"Only {lot.quantity.normalize():f} is there.", field="quantity")
    return quantity


def _fall_back(lot: JobLot) -> None:
    """A line with nothing ordered for it any more takes its goods from stock, like any other."""
    line = lot.job_line
    if line is None or line.lots.exclude(quantity=0).exists():
        return
    awaited = PurchaseLine.objects.filter(job_line=line, order__status__in=[*AWAITED, "draft"])
    if not any(row.outstanding for row in awaited):
        line.supply = Supply.NONE
        line.save(update_fields=["supply"])
