"""Transfers between places. Value moves at the average; no journal, because all places map to one account."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction

from workshop.entry import check, fill
from workshop.errors import InvalidInput, OutOfStock
from workshop.models import (
    Location,
    NegativeStock,
    NumberSequence,
    Organisation,
    Part,
    Source,
    StockLevel,
    StockTransfer,
    StockTransferLine,
)
from workshop.stock import typed
from workshop.stock.entry import StockEntry

S = StockTransfer.Status
NONE = Decimal(0)


@transaction.atomic
def draft(
    *, from_location: Location, to_location: Location, lines: Iterable[Mapping[str, Any]], note: str = ""
) -> StockTransfer:
    """``lines``: part and quantity. Raises InvalidInput by field."""
    transfer = StockTransfer(from_location=from_location, to_location=to_location)
    check(fill(transfer, {"note": note}), "note")
    _refuse_places(transfer)
    rows = _typed(transfer, lines)
    transfer.number = NumberSequence.take("stock_transfer")
    transfer.save()
    StockTransferLine.objects.bulk_create(rows)
    return transfer


def _refuse_places(transfer: StockTransfer) -> None:
    if transfer.from_location == transfer.to_location:
        raise InvalidInput("Choose two different places.", field="to_location")
    for field in ("from_location", "to_location"):
        if getattr(transfer, field).archived_at:
            raise InvalidInput(f"{getattr(transfer, field)} is archived.", field=field)


def _typed(transfer: StockTransfer, lines: Iterable[Mapping[str, Any]]) -> list[StockTransferLine]:
    """One line per part: the same part twice is one line of both."""
    sums: dict[Part, Decimal] = {}
    for line in lines:
        sums[line["part"]] = sums.get(line["part"], NONE) + typed.pieces(line["quantity"])
    if not sums:
        raise InvalidInput("Say what is to be moved.", field="lines")
    typed.stocked([part.pk for part in sums])
    return [StockTransferLine(transfer=transfer, part=part, quantity=pieces) for part, pieces in sums.items()]


@transaction.atomic
def edit(transfer: StockTransfer, *, lines: Iterable[Mapping[str, Any]], note: str = "") -> StockTransfer:
    """Other lines, while it is a draft."""
    transfer = typed.in_state(transfer, S.DRAFT)
    check(fill(transfer, {"note": note}), "note")
    rows = _typed(transfer, lines)
    transfer.lines.all().delete()
    StockTransferLine.objects.bulk_create(rows)
    transfer.save(update_fields=["note", "updated_at"])
    return transfer


@transaction.atomic
def dispatch(transfer: StockTransfer) -> StockTransfer:
    """Under way; the goods still count where they came from."""
    transfer = typed.in_state(transfer, S.DRAFT)
    transfer.status = S.IN_TRANSIT
    transfer.save(update_fields=["status", "updated_at"])
    return transfer


@transaction.atomic
def receive(transfer: StockTransfer, *, date: date | None = None) -> StockTransfer:
    """The goods are there. Raises OutOfStock where selling below nothing is refused and they were not here."""
    transfer = typed.in_state(transfer, S.IN_TRANSIT)
    on = typed.open_day(date)
    lines = list(transfer.lines.all())
    entry = StockEntry(Source.TRANSFER, transfer.pk, on, [line.part_id for line in lines])
    parts = typed.stocked(line.part_id for line in lines)
    _refuse_more_than_there_is(transfer, lines, parts)
    for line in lines:
        of = {"line_id": line.pk, "narration": transfer.number}
        part = parts[line.part_id]
        entry.move_between(part, line.quantity, transfer.from_location, transfer.to_location, **of)
    entry.save()
    transfer.status, transfer.date = S.RECEIVED, on
    transfer.save(update_fields=["status", "date", "updated_at"])
    return transfer


def _refuse_more_than_there_is(
    transfer: StockTransfer, lines: Iterable[StockTransferLine], parts: Mapping[int, Part]
) -> None:
    there = dict(
        StockLevel.objects.filter(location=transfer.from_location, part__in=parts).values_list("part", "quantity")
    )
    usual = Organisation.current().negative_stock
    for line in lines:
        part, lying = parts[line.part_id], there.get(line.part_id, NONE)
        if (part.negative_stock or usual) == NegativeStock.BLOCK and line.quantity > lying:
            raise OutOfStock(f"Only {lying.normalize():f} of {part.code} is at {transfer.from_location}.")


@transaction.atomic
def cancel(transfer: StockTransfer) -> StockTransfer:
    """Before it is received; nothing has moved in the books."""
    transfer = typed.in_state(transfer, S.DRAFT, S.IN_TRANSIT)
    transfer.status = S.CANCELLED
    transfer.save(update_fields=["status", "updated_at"])
    return transfer
