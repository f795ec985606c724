"""The supplier's invoice for goods that came: entered once, to the cent, and voided while nothing rests on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format

from workshop import money
from workshop.entry import check, required, sensible_date
from workshop.errors import InvalidInput, NotAllowedNow, Overpayment, PeriodLocked
from workshop.models import (
    AccountRole,
    Bill,
    BillLine,
    Organisation,
    PurchaseOrder,
    Receipt,
    ReceiptLine,
    Source,
    Supplier,
    SupplierCreditLine,
)
from workshop.money import ZERO
from workshop.price_rules import record_costs
from workshop.purchasing.documents import (
    freight_is_expense,
    freight_line,
    freight_lines,
    goods_line,
    main_rate,
    round_off,
    total_up,
)
from workshop.purchasing.landing import Landing, hold, hold_jobs, lines_of
from workshop.purchasing.ordering import settle
from workshop.purchasing.receiving import share_freight

S = Bill.Status
COSTS = ["unit_cost", "amount", "freight"]
Costs = Mapping[int, Decimal]


@transaction.atomic
def finalise(
    receipt: Receipt,
    *,
    number: str,
    date: date | None = None,
    due_date: date | None = None,
    freight: Decimal | None = None,
    supplier_total: Decimal | None = None,
    unit_costs: Costs | None = None,
) -> Bill:
    """Enter the supplier's invoice for a delivery. ``unit_costs``: prices (by receipt line) where others were charged.

    Freight is without tax; as received unless given, and frozen from now on. ``supplier_total``, with tax, is held
    against ours: up to 5 cents become a rounding line, more is a PriceQuery. What the goods cost more or less than
    was received falls on what is left of them and on cost of sales. Raises InvalidInput for a number entered already.
    """
    order, receipt, lines = _held(receipt)
    if receipt.status != Receipt.Status.RECEIVED:
        raise NotAllowedNow(f"{receipt} is {receipt.get_status_display().lower()} already.")
    bill = new_bill(order.supplier, number, date, due_date, order=order)
    landed = {line.pk: line.landed for line in lines}
    set_costs(lines, unit_costs)
    if freight is not None or freight_is_expense(order.supplier):
        share_freight(lines, freight or ZERO, order)
    write_bill(bill, _bill_lines(order, lines, freight), supplier_total)
    land(bill, lines, landed)
    receipt.bill, receipt.status = bill, Receipt.Status.FINALISED
    receipt.save(update_fields=["bill", "status", "updated_at"])
    settle(order)
    return bill


def _held(receipt: Receipt) -> tuple[PurchaseOrder, Receipt, list[ReceiptLine]]:
    order = hold(receipt.order)
    receipt = Receipt.objects.select_for_update().get(pk=receipt.pk)
    return order, receipt, list(lines_of(receipt=receipt))


def new_bill(supplier: Supplier, number: str, on: date | None, due: date | None, **fields: Any) -> Bill:
    """Unsaved and without lines. The supplier is held, so that one invoice is not entered twice at once."""
    supplier = Supplier.objects.select_for_update().get(pk=supplier.pk)
    garage = Organisation.current()
    on = sensible_date(on or garage.today(), garage.today())
    due = sensible_date(due or supplier.due_date(on, garage.payment_terms_days), garage.today(), "due_date")
    if due < on:
        raise InvalidInput("A bill cannot fall due before its date.", field="due_date")
    number = required(number, "Give the number on the supplier's invoice.", "number")
    if supplier.bills.filter(number__iexact=number, voided_at=None).exists():
        raise InvalidInput(f"Invoice {number} of {supplier} is entered already.", field="number")
    bill = Bill(supplier=supplier, number=number, date=on, due_date=due, **fields)
    check(bill, "number")
    return bill


def set_costs(lines: Sequence[ReceiptLine], unit_costs: Costs | None) -> None:
    """Prices each, to 4 dp, without tax. Raises ValidationError for nonsense, InvalidInput for a line not here."""
    unit_costs = unit_costs or {}
    if unit_costs.keys() - {line.pk for line in lines}:
        raise InvalidInput("Some of these lines were not received here.", field="lines")
    for line in lines:
        if line.pk in unit_costs:
            line.unit_cost = unit_costs[line.pk]
            check(line, "unit_cost")
            line.amount = money.line_amount(line.quantity, line.unit_cost)


def _bill_lines(order: PurchaseOrder, lines: Sequence[ReceiptLine], freight: Decimal | None) -> list[BillLine]:
    result = [goods_line(line) for line in lines]
    if not freight_is_expense(order.supplier):
        return result + freight_lines(lines)
    expense = [freight_line(AccountRole.FREIGHT_IN, freight, main_rate(lines))] if freight else []
    return result + expense


def write_bill(bill: Bill, lines: list[BillLine], supplier_total: Decimal | None) -> None:
    round_off(lines, supplier_total)
    total_up(bill, lines)
    bill.save()
    for line in lines:
        line.bill = bill
    BillLine.objects.bulk_create(lines)


def land(bill: Bill, lines: Sequence[ReceiptLine], landed: Costs) -> None:
    """What the goods cost now, where it is not what it was."""
    landing = Landing(Source.BILL, bill.pk, bill.date, lines)
    for line in lines:
        landing.correct(line, line.landed - landed[line.pk])
    landing.save()
    ReceiptLine.objects.bulk_update(lines, COSTS)
    record_costs({line.order_line.part_id: line.unit_cost for line in lines if line.order_line.part_id})


# Voiding


@transaction.atomic
def void_bill(bill: Bill, *, reason: str) -> Bill:
    """Void a bill nothing rests on: its delivery is received and not billed again, a later cost is taken back.

    Raises NotAllowedNow when it is paid, credited, or corrected by another bill; PeriodLocked where the books are
    closed.
    """
    bill = held_bill(bill)
    _refuse_void(bill)
    bill.void_reason = required(reason, "Say why the bill is voided.")
    check(bill, "void_reason")
    receipt = Receipt.objects.select_for_update().select_related("order").filter(bill=bill).first()
    if receipt is None:
        _take_costs_back(bill)
    bill.status, bill.voided_at = S.VOIDED, timezone.now()
    save_bill(bill, "status", "voided_at", "void_reason")
    if receipt:
        receipt.bill, receipt.status = None, Receipt.Status.RECEIVED
        receipt.save(update_fields=["bill", "status", "updated_at"])
        settle(receipt.order)
    return bill


def held_bill(bill: Bill) -> Bill:
    """The bill as it is now, held after the jobs and the order that its goods were for, and after the goods."""
    lines = list(lines_of(billlines__bill=bill))
    hold_jobs(line.order_line for line in lines)
    if bill.order_id:
        PurchaseOrder.objects.select_for_update().get(pk=bill.order_id)
    hold_lines(Q(pk__in=[line.pk for line in lines]) | Q(receipt__bill=bill))
    return Bill.objects.select_for_update(of=("self",)).select_related("supplier", "order").get(pk=bill.pk)


def hold_lines(condition: Q) -> None:
    """Before the supplier and the pools: a credit on these goods, or another price, waits until this is done."""
    list(ReceiptLine.objects.select_for_update(of=("self",)).filter(condition).order_by("pk"))


def save_bill(bill: Bill, *fields: str) -> Bill:
    bill.version += 1
    bill.save(update_fields=[*fields, "version", "updated_at"])
    return bill


def _refuse_void(bill: Bill) -> None:
    if bill.status == S.VOIDED:
        raise NotAllowedNow(f"Bill {bill} is voided already.")
    if bill.amount_paid or bill.amount_credited:
        raise NotAllowedNow(f"Bill {bill} has payments or credits. Take them back first.")
    locked_until = Organisation.current().books_locked_until
    if locked_until and bill.date <= locked_until:
        raise PeriodLocked(
            f"The books are closed up to {date_format(locked_until)}. Ask for a supplier credit instead."
        )
    goods = ReceiptLine.objects.filter(billlines__bill=bill)
    later = BillLine.objects.filter(receipt_line__in=goods, bill__voided_at=None, bill__pk__gt=bill.pk).first()
    if later:
        raise NotAllowedNow(f"Bill {later.bill} corrects it. Void that one first.")
    standing = ["requested", "finalised"]
    credited = SupplierCreditLine.objects.filter(receipt_line__in=goods, credit__status__in=standing).first()
    if credited:
        raise NotAllowedNow(f"Supplier credit {credited.credit} rests on it. Cancel or void that first.")


def _take_costs_back(bill: Bill) -> None:
    lines = list(lines_of(billlines__bill=bill).distinct())
    by_line = {line.pk: line for line in lines}
    landed = {line.pk: line.landed for line in lines}
    for row in bill.lines.exclude(receipt_line=None):
        line = by_line[row.receipt_line_id or 0]
        if row.freight:
            line.freight -= row.line_amount
        else:
            set_amount(line, line.amount - row.line_amount)
    land(bill, lines, landed)


def set_amount(line: ReceiptLine, amount: Decimal) -> None:
    line.amount = amount
    line.unit_cost = (amount / line.quantity).quantize(Decimal("0.0001"))


# Payments, as the accounts tell


@transaction.atomic
def note_paid(bill: Bill, amount_paid: Decimal) -> Bill:
    """What is paid of it by now; the status follows. Raises Overpayment for more than its total.

    Credit used here may then be more than is due: the accounts refuse that credit, and somebody takes it off.
    """
    bill = Bill.objects.select_for_update().get(pk=bill.pk)
    if bill.status == S.VOIDED:
        raise NotAllowedNow(f"Bill {bill} is voided.")
    if amount_paid > bill.total:
        raise Overpayment(f"Only {bill.total} is owed on {bill}.", field="amount_paid")
    bill.amount_paid = amount_paid
    bill.status = settled_status(bill)
    return save_bill(bill, "amount_paid", "status")


def settled_status(bill: Bill) -> str:
    if bill.amount_due <= 0:
        return S.PAID
    return S.PART_PAID if bill.amount_due < bill.total else S.AWAITING_PAYMENT
