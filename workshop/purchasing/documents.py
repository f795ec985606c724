"""The lines of a bill and of a supplier credit: goods, freight, rounding, and their tax, line by line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, TypeVar

from workshop import money
from workshop.errors import InvalidInput, PriceQuery
from workshop.models import (
    AccountRole,
    Bill,
    BillLine,
    FreightRule,
    Organisation,
    ReceiptLine,
    Supplier,
    SupplierCredit,
    TaxRate,
)
from workshop.models.purchasing import LARGEST_ROUNDING, PurchaseDocumentLine
from workshop.money import ZERO
from workshop.purchasing.landing import role_of

Line = TypeVar("Line", bound=PurchaseDocumentLine)


def purchase_tax(supplier: Supplier, typed: TaxRate | None = None) -> TaxRate:
    """The rate typed, the supplier's own, or the garage's for purchases. Raises InvalidInput for a tax on sales."""
    purchases = TaxRate.Use.PURCHASES
    usual = supplier.purchase_tax_rate or TaxRate.objects.filter(use=purchases, is_default=True).first()
    rate = typed or usual
    if rate is None:
        raise InvalidInput("No default purchase tax is set. Choose one in the settings.", field="tax_rate")
    if rate.use != purchases:
        raise InvalidInput(f"{rate} is a tax on sales.", field="tax_rate")
    return rate


def freight_is_expense(supplier: Supplier) -> bool:
    rule = supplier.freight_rule or Organisation.current().freight_rule
    return rule == FreightRule.EXPENSE


def spread(amount: Decimal, lines: Sequence[ReceiptLine]) -> list[Decimal]:
    """Freight over lines by their value, largest remainder; over goods that cost nothing, by quantity."""
    values = [line.amount for line in lines]
    return money.split(amount, values if any(values) else [line.quantity for line in lines])


def make_line(
    model: type[Line], role: str, description: str, amount: Decimal, rate: TaxRate | None, **fields: Any
) -> Line:
    """One line, unsaved, with its tax: half up to the cent."""
    percent = rate.percent if rate else Decimal(0)
    return model(
        account=role,
        description=description[:400],
        line_amount=amount,
        tax_rate=rate,
        tax_percent=percent,
        tax_amount=money.line_tax(amount, percent, money.EXCLUSIVE),
        **{"unit_cost": amount, **fields},
    )


def per_piece(quantity: Decimal, amount: Decimal) -> dict[str, Decimal]:
    """An amount as so many pieces at a price each; as one piece where no price of 4 dp gives it to the cent."""
    each = (amount / quantity).quantize(Decimal("0.0001"))
    exact = money.line_amount(quantity, each) == amount
    return {"quantity": quantity, "unit_cost": each} if exact else {"quantity": Decimal(1), "unit_cost": amount}


def goods_line(line: ReceiptLine) -> BillLine:
    bought = line.order_line
    of = {"quantity": line.quantity, "unit_cost": line.unit_cost, "receipt_line": line}
    return make_line(BillLine, role_of(bought), describe(line), line.amount, bought.tax_rate, **of)


def describe(line: ReceiptLine) -> str:
    """``OF-1 Oil filter (PO 31)``, ``RAD-1 Radiator (PO 32, job 490)``"""
    bought = line.order_line
    goods = f"{bought.part.code} {bought.description}" if bought.part else bought.description
    job = f", job {bought.job.number}" if bought.job else ""
    return f"{goods} ({bought.order.number}{job})"


def freight_lines(lines: Sequence[ReceiptLine]) -> list[BillLine]:
    """What freight there is in the goods, one line per account, so that the ledger is what the stock is."""
    rate = main_rate(lines)
    by_role: dict[str, Decimal] = {}
    for line in lines:
        role = role_of(line.order_line)
        by_role[role] = by_role.get(role, ZERO) + line.freight
    return [freight_line(role, amount, rate) for role, amount in by_role.items() if amount]


def freight_line(role: str, amount: Decimal, rate: TaxRate, **of: Any) -> BillLine:
    return make_line(BillLine, role, "Freight", amount, rate, freight=True, **of)


def main_rate(lines: Iterable[ReceiptLine]) -> TaxRate:
    """The rate that carries most of the value: freight follows the goods."""
    by_rate: dict[TaxRate, Decimal] = {}
    for line in lines:
        rate = line.order_line.tax_rate
        by_rate[rate] = by_rate.get(rate, ZERO) + line.amount
    return max(by_rate, key=lambda rate: (by_rate[rate], rate.percent))


def round_off(lines: list[BillLine], supplier_total: Decimal | None) -> None:
    """Add an untaxed line for the cents by which the supplier's total differs from tax per line.

    Raises PriceQuery for more than 5 cents: then a price is wrong, not a rounding.
    """
    total = sum((line.line_amount + line.tax_amount for line in lines), ZERO)
    difference = ZERO if supplier_total is None else supplier_total - total
    if abs(difference) > LARGEST_ROUNDING:
        sentence = f"The supplier's total is {supplier_total:,.2f}; these lines come to {total:,.2f}. Check the prices."
        raise PriceQuery(sentence, field="supplier_total")
    if difference:
        lines.append(make_line(BillLine, AccountRole.ROUNDING, "Rounding", difference, None))


def total_up(document: Bill | SupplierCredit, lines: Sequence[PurchaseDocumentLine]) -> None:
    for position, line in enumerate(lines, start=1):
        line.position = position
    sums = money.totals(((line.line_amount, line.tax_amount) for line in lines), money.EXCLUSIVE)
    document.subtotal, document.tax_total, document.total = sums.subtotal, sums.tax, sums.total
