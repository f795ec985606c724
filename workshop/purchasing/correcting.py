"""What goods cost, known better later: another price, or freight that a carrier charges by a bill of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import Q

from workshop.errors import InvalidInput, NotAllowedNow
from workshop.models import (
    AccountRole,
    Bill,
    BillLine,
    Organisation,
    Receipt,
    ReceiptLine,
    Supplier,
    SupplierCredit,
    TaxRate,
)
from workshop.money import cents
from workshop.purchasing.billing import held_bill, hold_lines, land, new_bill, set_amount, set_costs, write_bill
from workshop.purchasing.crediting import credit_prices
from workshop.purchasing.documents import (
    describe,
    freight_is_expense,
    freight_line,
    freight_lines,
    main_rate,
    make_line,
    per_piece,
    spread,
)
from workshop.purchasing.landing import hold, lines_of, role_of
from workshop.purchasing.receiving import share_freight

Document = Bill | SupplierCredit


@transaction.atomic
def correct_price(
    bill: Bill,
    unit_costs: Mapping[int, Decimal],
    *,
    number: str = "",
    date: date | None = None,
    freight: Decimal | None = None,
    supplier_total: Decimal | None = None,
) -> list[Document]:
    """Other prices (each, by receipt line) than were billed. The documents that say so, as they now stand.

    A bill that nothing rests on is changed; for one that is paid, or in closed books, the supplier's second invoice
    or credit note has a ``number`` and ``date`` of its own. What is sold already costs the difference (W7). Raises
    InvalidInput where nothing changes, PriceQuery as ``finalise`` does.
    """
    bill = held_bill(bill)
    receipt = Receipt.objects.select_related("order__supplier").filter(bill=bill).first()
    if receipt is None or bill.status == Bill.Status.VOIDED:
        raise NotAllowedNow(f"Bill {bill} is not the bill of a delivery.")
    lines = list(lines_of(receipt=receipt))
    before = [(line, line.amount, line.landed) for line in lines]
    set_costs(lines, unit_costs)
    if not open_to_change(bill):
        return _by_another_document(bill, before, number, date)
    rows = _freight_as_it_stands(bill) if freight is None else _changed_freight(bill, lines, freight)
    return [_rewritten(bill, before, rows, supplier_total)]


def open_to_change(bill: Bill) -> bool:
    """Whether other prices change the bill itself: nothing rests on it and its day's books are open."""
    locked_until = Organisation.current().books_locked_until
    in_closed_books = locked_until is not None and bill.date <= locked_until
    return bill.editable and not bill.changed_in_accounts and not in_closed_books


Before = Sequence[tuple[ReceiptLine, Decimal, Decimal]]


def _rewritten(bill: Bill, before: Before, freight: list[BillLine], supplier_total: Decimal | None) -> Bill:
    """The same bill with other amounts; what later bills put on the goods stays theirs."""
    lines = [line for line, _, _ in before]
    if all(line.landed == landed for line, _, landed in before) and supplier_total is None:
        raise InvalidInput("Nothing is changed.", field="lines")
    own = {row.receipt_line_id: row for row in bill.lines.exclude(receipt_line=None).select_related("tax_rate")}
    goods = [_repriced(own[line.pk], line, line.amount - amount) for line, amount, _ in before]
    bill.lines.all().delete()
    bill.version += 1
    write_bill(bill, [*goods, *freight], supplier_total)
    land(bill, lines, {line.pk: landed for line, _, landed in before})
    return bill


def _repriced(row: BillLine, line: ReceiptLine, difference: Decimal) -> BillLine:
    amount = row.line_amount + difference
    if amount < 0:
        raise InvalidInput(f"{row}: a later bill changed this price. Correct that one.", field="lines")
    of = {"receipt_line": line, **per_piece(line.quantity, amount)}
    return make_line(BillLine, row.account, row.description, amount, row.tax_rate, **of)


def _freight_as_it_stands(bill: Bill) -> list[BillLine]:
    """Not made anew from the goods' shares: later bills and credits may have changed those."""
    own = bill.lines.filter(freight=True).select_related("tax_rate")
    return [freight_line(row.account, row.line_amount, row.tax_rate) for row in own if row.tax_rate]


def _changed_freight(bill: Bill, lines: Sequence[ReceiptLine], freight: Decimal) -> list[BillLine]:
    if bill.order and freight_is_expense(bill.order.supplier):
        raise NotAllowedNow("Freight is an expense here: void the bill and enter it again.")
    billed = BillLine.objects.filter(receipt_line__in=lines, freight=True, bill__voided_at=None)
    if billed.exclude(bill=bill).exists():
        raise NotAllowedNow("A carrier's bill has added freight since. Void that one first.")
    if sum(line.freight for line in lines) != sum(row.line_amount for row in bill.lines.filter(freight=True)):
        raise NotAllowedNow("A supplier's credit has taken freight off since. Void that one first.")
    if bill.order:
        share_freight(lines, freight, bill.order)
    return freight_lines(lines)


def _by_another_document(bill: Bill, before: Before, number: str, on: date | None) -> list[Document]:
    dearer = [(line, line.amount - amount) for line, amount, _ in before if line.amount > amount]
    cheaper = [(line, amount - line.amount) for line, amount, _ in before if line.amount < amount]
    for line, amount, _ in before:  # each document puts its own share of the difference on the goods
        line.amount = amount
    if not dearer and not cheaper:
        raise InvalidInput("Nothing is changed.", field="lines")
    documents: list[Document] = [_second_bill(bill, dearer, number, on)] if dearer else []
    if cheaper:
        documents.append(credit_prices(bill.supplier, cheaper, number, on))
    return documents


def _second_bill(bill: Bill, dearer: Sequence[tuple[ReceiptLine, Decimal]], number: str, on: date | None) -> Bill:
    second = new_bill(bill.supplier, number, on, None, order=bill.order)
    rows, landed = [], {line.pk: line.landed for line, _ in dearer}
    for line, difference in dearer:
        text, rate = f"Price of {describe(line)}", line.order_line.tax_rate
        of = {"receipt_line": line, **per_piece(line.quantity, difference)}
        rows.append(make_line(BillLine, role_of(line.order_line), text, difference, rate, **of))
        set_amount(line, line.amount + difference)
    write_bill(second, rows, None)
    land(second, [line for line, _ in dearer], landed)
    return second


@transaction.atomic
def add_late_cost(
    receipt: Receipt,
    supplier: Supplier,
    *,
    number: str,
    amount: Decimal,
    date: date | None = None,
    due_date: date | None = None,
    supplier_total: Decimal | None = None,
) -> Bill:
    """A carrier's bill for goods that are billed already: ``amount`` without tax, spread over them by their value.

    An expense where the carrier's, or else the garage's, freight is one. Raises NotAllowedNow before the goods are
    billed.
    """
    order = hold(receipt.order)
    hold_lines(Q(receipt=receipt))
    receipt = Receipt.objects.select_for_update().get(pk=receipt.pk)
    if receipt.status != Receipt.Status.FINALISED:
        raise NotAllowedNow(f"{receipt} is not billed yet. Enter its own bill first.")
    if amount <= 0 or amount != cents(amount):
        raise InvalidInput("Give the freight in whole cents, more than nothing.", field="amount")
    bill = new_bill(supplier, number, date, due_date, order=order)
    lines = list(lines_of(receipt=receipt))
    rate = supplier.purchase_tax_rate or main_rate(lines)
    landed = {line.pk: line.landed for line in lines}
    if freight_is_expense(supplier):
        rows = [freight_line(AccountRole.FREIGHT_IN, amount, rate)]
    else:
        rows = [_share(line, share, rate) for line, share in zip(lines, spread(amount, lines), strict=True) if share]
    write_bill(bill, rows, supplier_total)
    land(bill, lines, landed)
    return bill


def _share(line: ReceiptLine, share: Decimal, rate: TaxRate) -> BillLine:
    line.freight += share
    row = freight_line(role_of(line.order_line), share, rate, receipt_line=line)
    row.description = f"Freight on {describe(line)}"[:400]
    return row
