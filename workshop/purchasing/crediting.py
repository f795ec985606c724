"""Goods going back to their supplier, and money coming back: requested, then finalised with the supplier's number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet, Sum
from django.utils import timezone
from django.utils.formats import date_format

from workshop import money
from workshop.entry import check, fill, required, sensible_date
from workshop.errors import InvalidInput, NotAllowedNow, OverCredit, PeriodLocked
from workshop.models import (
    BillLine,
    NumberSequence,
    Organisation,
    Receipt,
    ReceiptLine,
    Source,
    Supplier,
    SupplierCredit,
    SupplierCreditLine,
)
from workshop.money import ZERO
from workshop.purchasing.billing import COSTS, set_amount
from workshop.purchasing.documents import describe, make_line, per_piece, total_up
from workshop.purchasing.landing import Landing, hold_jobs, lines_of, role_of

S = SupplierCredit.Status
STANDING = [S.REQUESTED, S.FINALISED]
Rows = Iterable[Mapping[str, Any]]


@transaction.atomic
def request_credit(supplier: Supplier, rows: Rows, *, reason: str, date: date | None = None) -> SupplierCredit:
    """Ask for goods to be credited. Nothing leaves the stock before the supplier's credit note is here.

    Rows: ``receipt_line``; ``quantity`` and ``unit_cost`` (what it cost unless given) of what goes back; or
    ``amount`` with ``goods_return`` False, for money while the goods stay. Raises OverCredit for more than was
    received or billed and is not credited yet.
    """
    credit = _new(supplier, reason, date)
    rows = list(rows)
    received = _held_lines(row["receipt_line"] for row in rows)
    lines = [_line(supplier, received, row) for row in rows]
    if not lines:
        raise InvalidInput("Say what goes back.", field="lines")
    _write(credit, lines)
    _change_credited(received, lines, 1)
    return credit


def _new(supplier: Supplier, reason: str, on: date | None) -> SupplierCredit:
    today = Organisation.current().today()
    credit = SupplierCredit(supplier=supplier, date=sensible_date(on or today, today))
    fill(credit, {"reason": required(reason, "Say why.")})
    check(credit, "reason")
    return credit


def _held_lines(lines: Iterable[ReceiptLine]) -> dict[int, ReceiptLine]:
    """Locked after the jobs they are for, in order."""
    ids = [line.pk for line in lines]
    hold_jobs(line.order_line for line in lines_of(pk__in=ids))
    held = lines_of(pk__in=ids).select_for_update(of=("self", "receipt"))  # nobody voids their bill meanwhile
    return {line.pk: line for line in held}


def _line(supplier: Supplier, received: Mapping[int, ReceiptLine], row: Mapping[str, Any]) -> SupplierCreditLine:
    of = received.get(row["receipt_line"].pk)
    if of is None or of.order_line.order.supplier_id != supplier.pk:
        raise InvalidInput(f"Some of this was not bought from {supplier}.", field="lines")
    if of.receipt.status != Receipt.Status.FINALISED:
        raise NotAllowedNow(f"{of.receipt} is not billed yet. Enter its bill first, or undo it.")
    goods = row.get("goods_return", True)
    line = _priced(of, row) if goods else _money_alone(of, row)
    _refuse_more(of, line)
    return line


def _priced(of: ReceiptLine, row: Mapping[str, Any]) -> SupplierCreditLine:
    cost = row.get("unit_cost")
    line = SupplierCreditLine(quantity=row["quantity"], unit_cost=of.unit_cost if cost is None else cost)
    check(line, "quantity", "unit_cost")
    if line.quantity <= 0 or line.unit_cost < 0:
        raise InvalidInput("Give a quantity, and a price not below nothing.", field="quantity")
    amount = money.line_amount(line.quantity, line.unit_cost)
    return _made(of, amount, True, quantity=line.quantity, unit_cost=line.unit_cost)


def _money_alone(of: ReceiptLine, row: Mapping[str, Any]) -> SupplierCreditLine:
    amount = row["amount"]
    if amount <= 0 or amount != money.cents(amount):
        raise InvalidInput("Give the amount in whole cents, more than nothing.", field="amount")
    return _made(of, amount, False, **per_piece(of.quantity, amount))


def _made(of: ReceiptLine, amount: Decimal, goods: bool, **fields: Any) -> SupplierCreditLine:
    text = describe(of) if goods else f"Price of {describe(of)}"
    fields |= {"receipt_line": of, "goods_return": goods}
    return make_line(SupplierCreditLine, role_of(of.order_line), text, amount, of.order_line.tax_rate, **fields)


def _refuse_more(of: ReceiptLine, line: SupplierCreditLine) -> None:
    left = of.quantity - of.credited_quantity
    if line.goods_return and line.quantity > left:
        raise OverCredit(f"Of {of.order_line} {left.normalize():f} can still be credited.", field="quantity")
    worth = of.landed - _asked_for(of)
    if line.line_amount > worth:
        field = "unit_cost" if line.goods_return else "amount"
        raise OverCredit(f"Of {of.order_line} {worth:,.2f} can still be credited.", field=field)


def _asked_for(of: ReceiptLine) -> Decimal:
    """Credited for goods that went back, and asked for. A finalised price is in the cost already."""
    lines = SupplierCreditLine.objects.filter(receipt_line=of, credit__status__in=STANDING)
    lines = lines.exclude(goods_return=False, credit__status=S.FINALISED)
    return lines.aggregate(sum=Sum("line_amount"))["sum"] or ZERO


def _write(credit: SupplierCredit, lines: Sequence[SupplierCreditLine]) -> None:
    total_up(credit, lines)
    credit.remaining = credit.total if credit.status == S.FINALISED else ZERO
    credit.number = NumberSequence.take("supplier_credit")
    credit.save()
    for line in lines:
        line.credit = credit
    SupplierCreditLine.objects.bulk_create(lines)


def _change_credited(received: Mapping[int, ReceiptLine], lines: Iterable[SupplierCreditLine], sign: int) -> None:
    """What is asked for counts as credited, so that nobody asks twice."""
    for line in lines:
        if line.goods_return:
            received[line.receipt_line_id or 0].credited_quantity += sign * line.quantity
    ReceiptLine.objects.bulk_update(received.values(), ["credited_quantity"])


@transaction.atomic
def finalise_credit(credit: SupplierCredit, *, supplier_number: str, date: date | None = None) -> SupplierCredit:
    """The supplier's credit note is here: the goods leave at what is credited for them, guards keep the stock sound.

    Raises InvalidInput for a number entered already, OutOfStock where the garage refuses to give what it has not,
    OverCredit where the goods' price was corrected below what is credited.
    """
    received = _held_lines(line.receipt_line for line in credit.lines.all() if line.receipt_line)
    credit = _locked(credit, S.REQUESTED)
    _take_number(credit, supplier_number)
    today = Organisation.current().today()
    credit.date = sensible_date(date or today, today)
    credit.status, credit.finalised_at, credit.remaining = S.FINALISED, timezone.now(), credit.total
    credit.save()
    _land(credit, received)
    return credit


def _locked(credit: SupplierCredit, *statuses: str) -> SupplierCredit:
    credit = SupplierCredit.objects.select_for_update(of=("self",)).select_related("supplier").get(pk=credit.pk)
    if credit.status not in statuses:
        raise NotAllowedNow(f"{credit} is {credit.get_status_display().lower()}.")
    return credit


def _take_number(credit: SupplierCredit, number: str) -> None:
    supplier = Supplier.objects.select_for_update().get(pk=credit.supplier_id)
    number = required(number, "Give the number on the supplier's credit note.", "supplier_number")
    others = supplier.supplier_credits.filter(supplier_number__iexact=number, voided_at=None)
    if others.exclude(pk=credit.pk).exists():
        raise InvalidInput(f"Credit note {number} of {supplier} is entered already.", field="supplier_number")
    credit.supplier_number = number
    check(credit, "supplier_number")


def _land(credit: SupplierCredit, received: Mapping[int, ReceiptLine]) -> None:
    landing = Landing(Source.SUPPLIER_CREDIT, credit.pk, credit.date, list(received.values()))
    for row in credit.lines.all():
        line = received[row.receipt_line_id or 0]
        if row.goods_return:
            landing.send_back(line, row.quantity, row.line_amount, row.pk)
        elif row.line_amount > line.landed:
            raise OverCredit(f"{line.order_line} cost only {line.landed:,.2f} by now. Cancel this and ask for less.")
        else:
            landing.correct(line, -row.line_amount)
            _cheapen(line, row.line_amount)
    landing.save()
    ReceiptLine.objects.bulk_update(received.values(), COSTS)


def _cheapen(line: ReceiptLine, off: Decimal) -> None:
    """Off the goods' own price first, what is more off their share of the freight."""
    of_goods = min(off, line.amount)
    line.freight -= off - of_goods
    set_amount(line, line.amount - of_goods)


def credit_prices(
    supplier: Supplier, cheaper: Sequence[tuple[ReceiptLine, Decimal]], number: str, on: date | None
) -> SupplierCredit:
    """A credit note for goods that were billed too dear and stay, in the caller's transaction."""
    credit = _new(supplier, "Price corrected", on)
    received = _held_lines(line for line, _ in cheaper)
    lines = [_made(received[line.pk], off, False, **per_piece(line.quantity, off)) for line, off in cheaper]
    _take_number(credit, number)
    credit.status, credit.finalised_at = S.FINALISED, timezone.now()
    _write(credit, lines)
    _land(credit, received)
    return credit


@transaction.atomic
def cancel_credit(credit: SupplierCredit) -> SupplierCredit:
    """The goods stay after all: the request is taken back."""
    received = _held_lines(line.receipt_line for line in credit.lines.all() if line.receipt_line)
    credit = _locked(credit, S.REQUESTED)
    credit.status = S.CANCELLED
    credit.save(update_fields=["status", "updated_at"])
    _change_credited(received, credit.lines.all(), -1)
    return credit


@transaction.atomic
def void_credit(credit: SupplierCredit, *, reason: str) -> SupplierCredit:
    """The credit is none: goods come in again at what was credited for them, prices are what they were.

    What the stock's guards booked as price variance stays where it is. Raises PeriodLocked where the books are closed.
    """
    received = _held_lines(line.receipt_line for line in credit.lines.all() if line.receipt_line)
    credit = _locked(credit, S.FINALISED)
    if credit.amount_allocated or credit.amount_consumed_in_accounts:
        raise NotAllowedNow(f"{credit} is used already. Take it off its bills first.")
    locked_until = Organisation.current().books_locked_until
    if locked_until and credit.date <= locked_until:
        raise PeriodLocked(f"The books are closed up to {date_format(locked_until)}. Enter a bill for it instead.")
    credit.void_reason = required(reason, "Say why the credit is voided.")
    check(credit, "void_reason")
    _take_back(credit, received)
    _change_credited(received, credit.lines.all(), -1)
    credit.status, credit.voided_at, credit.remaining = S.VOIDED, timezone.now(), ZERO
    credit.save()
    return credit


def _take_back(credit: SupplierCredit, received: Mapping[int, ReceiptLine]) -> None:
    landing = Landing(Source.SUPPLIER_CREDIT, credit.pk, credit.date, list(received.values()))
    prices = _prices_without(credit, received)
    for row in credit.lines.all():
        line = received[row.receipt_line_id or 0]
        if row.goods_return:
            landing.bring_back(line, row.quantity, row.line_amount, row.pk)
        else:
            landing.correct(line, row.line_amount)
            _undo_cheapen(line, row.line_amount, prices[line.pk])
    landing.save()
    landing.release_late()
    ReceiptLine.objects.bulk_update(received.values(), COSTS)


def _prices_without(credit: SupplierCredit, received: Mapping[int, ReceiptLine]) -> dict[int, Decimal]:
    """What bills and other credits say that the goods of each line cost, without freight."""
    billed = BillLine.objects.filter(receipt_line__in=received, freight=False, bill__voided_at=None)
    others = SupplierCreditLine.objects.filter(receipt_line__in=received, goods_return=False)
    others = others.filter(credit__status=S.FINALISED).exclude(credit=credit)
    prices = dict.fromkeys(received, ZERO)
    for pk, amount in billed.values_list("receipt_line", "line_amount"):
        prices[pk or 0] += amount
    for pk, amount in others.values_list("receipt_line", "line_amount"):
        prices[pk or 0] -= amount
    return prices


def _undo_cheapen(line: ReceiptLine, by: Decimal, price: Decimal) -> None:
    """Onto the goods' own price as far as it goes; the rest was taken off their freight."""
    to_goods = min(by, max(price - line.amount, ZERO))
    line.freight += by - to_goods
    set_amount(line, line.amount + to_goods)


def cores_outstanding() -> QuerySet[ReceiptLine]:
    """Cores that were bought and for whose return no credit is asked for yet, oldest first."""
    received = ReceiptLine.objects.filter(order_line__is_core=True).exclude(receipt__status=Receipt.Status.UNDONE)
    related = ["order_line__part", "order_line__job", "order_line__order__supplier", "receipt"]
    return received.filter(credited_quantity__lt=F("quantity")).select_related(*related).order_by("receipt__date", "pk")
