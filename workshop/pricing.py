"""From a job's lines to an invoice's lines: freight, discount and tax, to the cent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from workshop import money
from workshop.errors import InvalidInput
from workshop.models.lines import PricedLine
from workshop.models.organisation import TaxRate
from workshop.models.parts import PriceBand
from workshop.models.sales import CreditNoteLine, InvoiceLine

NO = Decimal(0)
Shares = list[tuple[TaxRate, Decimal]]


def document_lines(
    lines: Sequence[PricedLine],
    tax_mode: str,
    freight: Decimal = NO,
    discount_amount: Decimal = NO,
    discount_percent: Decimal = NO,
) -> list[InvoiceLine]:
    """The invoice's lines, unsaved. Freight and the discount amount are without tax; the discount is split by tax rate.

    Source: a discount over lines of mixed tax is split by value, never over rates marked not discountable (a MOT fee).
    """
    result = [_invoice_line(line, tax_mode) for line in lines]
    if freight:
        rate = _main_rate(lines)
        on_document = money.from_exclusive(freight, rate.percent, tax_mode)
        result.append(_extra(InvoiceLine.Kind.FREIGHT, "Freight", on_document, rate, tax_mode))
    result += _discounts(lines, tax_mode, discount_amount, discount_percent)
    for position, line in enumerate(result, start=1):
        line.position = position
    return result


def price_from_cost(cost: Decimal, bands: Iterable[PriceBand]) -> Decimal | None:
    """What a price rule asks for a part of this cost: cost and the mark-up of the highest band it reaches.

    To the cent, half up, without tax; None where no band begins so low.
    """
    reached = [band for band in bands if band.cost_from <= cost]
    if not reached:
        return None
    return money.cents(cost * (100 + max(reached, key=lambda band: band.cost_from).markup_percent) / 100)


def totals_of(lines: Iterable[InvoiceLine], tax_mode: str) -> money.Totals:
    """What lines made by ``document_lines`` come to."""
    return money.totals(((line.line_amount, line.tax_amount) for line in lines), tax_mode)


def tax_by_rate(lines: Iterable[InvoiceLine | CreditNoteLine]) -> dict[str, Decimal]:
    """The tax of each rate on the document by its name, in the order they appear; together they are all of its tax."""
    sums: dict[str, Decimal] = {}
    for line in lines:
        if line.tax_rate or line.tax_amount:
            name = line.tax_rate.name if line.tax_rate else "Tax on the adjustment"
            sums[name] = sums.get(name, money.ZERO) + line.tax_amount
    return sums


def _invoice_line(line: PricedLine, tax_mode: str) -> InvoiceLine:
    percent = line.tax_rate.percent if line.tax_rate else NO
    return InvoiceLine(
        kind=line.kind,
        part=line.part,
        description=line.description,
        quantity=line.quantity,
        unit_price=line.unit_price,
        discount_percent=line.discount_percent,
        tax_rate=line.tax_rate,
        tax_percent=percent,
        line_amount=line.net,
        tax_amount=money.line_tax(line.net, percent, tax_mode),
    )


def _main_rate(lines: Iterable[PricedLine]) -> TaxRate:
    """The rate that carries most of the value: freight follows the goods."""
    by_rate: dict[TaxRate, Decimal] = {}
    for line in lines:
        if line.tax_rate:
            by_rate[line.tax_rate] = by_rate.get(line.tax_rate, NO) + line.net
    if not by_rate:
        raise InvalidInput("There is nothing to invoice: add a line with a price.", field="lines")
    return max(by_rate, key=lambda rate: (by_rate[rate], rate.percent))


def _extra(kind: str, description: str, amount: Decimal, rate: TaxRate, tax_mode: str) -> InvoiceLine:
    return InvoiceLine(
        kind=kind,
        description=description,
        unit_price=amount,
        tax_rate=rate,
        tax_percent=rate.percent,
        line_amount=amount,
        tax_amount=money.line_tax(amount, rate.percent, tax_mode),
    )


def _discounts(lines: Sequence[PricedLine], tax_mode: str, amount: Decimal, percent: Decimal) -> list[InvoiceLine]:
    """A percentage is taken off the amounts as they stand, so that all of it is all of it; an amount is without tax."""
    shares = _share_percent(lines, percent) if percent else _share_amount(lines, amount, tax_mode)
    return [_extra(InvoiceLine.Kind.DISCOUNT, "Discount", -share, rate, tax_mode) for rate, share in shares if share]


def _share_percent(lines: Iterable[PricedLine], percent: Decimal) -> Shares:
    base = _discountable(lines, money.EXCLUSIVE)
    total = money.cents(sum(base.values(), NO) * percent / 100)
    return _shares(total, base)


def _share_amount(lines: Iterable[PricedLine], amount: Decimal, tax_mode: str) -> Shares:
    base = _discountable(lines, tax_mode)
    if amount > sum(base.values(), NO):
        raise InvalidInput("The discount is larger than what may be discounted.", field="discount_amount")
    return [(rate, money.from_exclusive(share, rate.percent, tax_mode)) for rate, share in _shares(amount, base)]


def _shares(total: Decimal, base: dict[TaxRate, Decimal]) -> Shares:
    return list(zip(base, money.split(total, list(base.values())), strict=True)) if total else []


def _discountable(lines: Iterable[PricedLine], tax_mode: str) -> dict[TaxRate, Decimal]:
    """Value per rate that takes a discount; on an inclusive document, without the tax inside it."""
    base: dict[TaxRate, Decimal] = {}
    for line in lines:
        rate = line.tax_rate
        if rate is None or not rate.discountable or not line.net:
            continue
        tax = money.line_tax(line.net, rate.percent, tax_mode) if tax_mode == money.INCLUSIVE else NO
        base[rate] = base.get(rate, NO) + line.net - tax
    return base
