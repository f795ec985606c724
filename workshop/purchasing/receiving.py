"""Goods in, in parts: into stock or onto the job at what they cost, before the supplier's invoice is here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from workshop import money
from workshop.entry import check, fill, sensible_date
from workshop.errors import InvalidInput, NotAllowedNow, OverReceipt
from workshop.models import (
    NumberSequence,
    Organisation,
    PurchaseLine,
    PurchaseOrder,
    Receipt,
    ReceiptLine,
    Source,
)
from workshop.money import ZERO
from workshop.price_rules import record_costs
from workshop.purchasing.documents import freight_is_expense, spread
from workshop.purchasing.landing import Landing, hold, lines_of
from workshop.purchasing.ordering import settle

S = PurchaseOrder.Status
Rows = Iterable[Mapping[str, Any]]


@transaction.atomic
def receive(
    order: PurchaseOrder,
    rows: Rows,
    *,
    date: date | None = None,
    delivery_note: str = "",
    freight: Decimal | None = None,
    confirm_more: bool = False,
) -> Receipt:
    """Rows: ``line`` (of the order), ``quantity``, and ``unit_cost`` where the price is not the one expected.

    Freight (without tax) is part of what the goods cost unless the supplier's is an expense; the order's expected
    freight comes with the first delivery. Raises OverReceipt where more came than was ordered, unless confirmed.
    """
    order = hold(order)
    if order.status not in {S.ORDERED, S.PART_RECEIVED, S.RECEIVED}:
        raise NotAllowedNow(f"{order} is {order.get_status_display().lower()}; nothing is received on it.")
    garage = Organisation.current()
    receipt = fill(Receipt(order=order, date=date or garage.today()), {"delivery_note": delivery_note})
    sensible_date(receipt.date, garage.today())
    check(receipt, "delivery_note")
    lines = _came(order, receipt, rows)
    _refuse_more(lines, confirm_more)
    share_freight(lines, expected_freight(order) if freight is None else freight, order)
    receipt.number = NumberSequence.take("receipt")
    receipt.save()
    ReceiptLine.objects.bulk_create(lines)
    _take_in(receipt)
    record_costs({line.order_line.part_id: line.unit_cost for line in lines if line.order_line.part_id})
    settle(order)
    return receipt


def _came(order: PurchaseOrder, receipt: Receipt, rows: Rows) -> list[ReceiptLine]:
    ordered = {line.pk: line for line in order.lines.select_related("part")}
    lines: list[ReceiptLine] = []
    for row in rows:
        bought = ordered.pop(_key(row["line"]), None)
        if bought is None:
            raise InvalidInput(f"A line is not on {order}, or stands there twice.", field="lines")
        bought.order = order
        if row.get("quantity"):
            lines.append(_receipt_line(receipt, bought, row))
    if not lines:
        raise InvalidInput("Say how much of which line came.", field="lines")
    return lines


def _key(line: PurchaseLine | int) -> int:
    return line if isinstance(line, int) else line.pk


def _receipt_line(receipt: Receipt, bought: PurchaseLine, row: Mapping[str, Any]) -> ReceiptLine:
    cost = row.get("unit_cost")
    line = ReceiptLine(receipt=receipt, order_line=bought, quantity=row["quantity"])
    line.unit_cost = bought.unit_cost if cost is None else cost
    try:
        check(line, "quantity", "unit_cost")
    except ValidationError as error:
        told = {name: [f"{bought}: {words}" for words in said] for name, said in error.message_dict.items()}
        raise ValidationError(told) from error
    line.amount = money.line_amount(line.quantity, line.unit_cost)
    return line


def _refuse_more(lines: Sequence[ReceiptLine], confirmed: bool) -> None:
    for line in lines:
        bought = line.order_line
        bought.received_quantity += line.quantity
        if bought.received_quantity > bought.quantity and not confirmed:
            figures = f"{bought.received_quantity.normalize():f} of {bought.quantity.normalize():f}"
            raise OverReceipt(f"{bought}: with this, {figures} ordered have come. Is that right?", field="lines")
        bought.more_accepted |= bought.received_quantity > bought.quantity
    PurchaseLine.objects.bulk_update([line.order_line for line in lines], ["received_quantity", "more_accepted"])


def expected_freight(order: PurchaseOrder) -> Decimal:
    """What the order expects, with its first delivery; carriers charge by the delivery."""
    came = order.receipts.exclude(status=Receipt.Status.UNDONE).exists()
    return ZERO if came else order.freight


def share_freight(lines: Sequence[ReceiptLine], freight: Decimal, order: PurchaseOrder) -> None:
    """Into the goods, by their value; nothing where the freight is an expense. Raises InvalidInput below nothing."""
    if freight < 0 or freight != money.cents(freight):
        raise InvalidInput("Freight is an amount in whole cents, not below nothing.", field="freight")
    shares = [ZERO] * len(lines) if not freight or freight_is_expense(order.supplier) else spread(freight, lines)
    for line, share in zip(lines, shares, strict=True):
        line.freight = share


def _take_in(receipt: Receipt) -> None:
    lines = list(lines_of(receipt=receipt))
    landing = Landing(Source.RECEIPT, receipt.pk, receipt.date, lines)
    landing.take_in(lines)
    landing.save()
    landing.release_late()


@transaction.atomic
def undo_receipt(receipt: Receipt) -> Receipt:
    """Nothing came after all. Raises NotAllowedNow once it is billed, or when its goods are not all there any more."""
    hold(receipt.order)
    receipt = Receipt.objects.select_for_update().select_related("order").get(pk=receipt.pk)
    if receipt.status != Receipt.Status.RECEIVED:
        raise NotAllowedNow(f"{receipt} is {receipt.get_status_display().lower()}.")
    lines = list(lines_of(receipt=receipt))
    landing = Landing(Source.RECEIPT, receipt.pk, receipt.date, lines)
    for line in lines:
        _refuse_gone(landing, line)
    landing.undo(lines)
    landing.save()
    for line in lines:
        line.order_line.received_quantity -= line.quantity
    PurchaseLine.objects.bulk_update([line.order_line for line in lines], ["received_quantity"])
    receipt.status = Receipt.Status.UNDONE
    receipt.save(update_fields=["status", "updated_at"])
    settle(receipt.order)
    return receipt


def _refuse_gone(landing: Landing, line: ReceiptLine) -> None:
    bought = line.order_line
    there = landing.lot_of(line).quantity if bought.job_id else landing.entry.pools[bought.part_id or 0].quantity
    if there < line.quantity:
        left = f"{max(there, Decimal(0)).normalize():f} of {line.quantity.normalize():f}"
        raise NotAllowedNow(f"Of {bought} only {left} are still there.")
