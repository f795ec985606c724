"""Line tax, rounding, splitting: pure, exact, the way Xero computes.

Source of the rules: Xero taxes each line, rounds it half up to the cent, and sums the rounded lines
(developer.xero.com, "Rounding in Xero"); negative amounts round away from zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
ZERO = Decimal("0.00")
EXCLUSIVE, INCLUSIVE, NO_TAX = "exclusive", "inclusive", "no_tax"


def cents(amount: Decimal) -> Decimal:
    """Round to 2 dp, half up, away from zero for negatives."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def line_amount(quantity: Decimal, unit_price: Decimal, discount_percent: Decimal = Decimal(0)) -> Decimal:
    """Quantity × unit price (4 dp) less the line's discount, rounded once, at the end."""
    return cents(quantity * unit_price * (100 - discount_percent) / 100)


def line_tax(amount: Decimal, tax_percent: Decimal, tax_mode: str) -> Decimal:
    """The tax on, or inside, a line of this amount; 2 dp, half up."""
    if tax_mode == INCLUSIVE:
        return cents(amount * tax_percent / (100 + tax_percent))
    if tax_mode == EXCLUSIVE:
        return cents(amount * tax_percent / 100)
    return ZERO


def from_exclusive(amount: Decimal, tax_percent: Decimal, tax_mode: str) -> Decimal:
    """An amount entered without tax, as it stands on a document of this tax mode; 2 dp."""
    return cents(amount * (100 + tax_percent) / 100) if tax_mode == INCLUSIVE else cents(amount)


def unit_price(exclusive: Decimal, tax_percent: Decimal, tax_mode: str) -> Decimal:
    """A list price without tax, as the unit price on a document of this tax mode; 4 dp, half up."""
    price = exclusive * (100 + tax_percent) / 100 if tax_mode == INCLUSIVE else exclusive
    return price.quantize(Decimal("0.0001"), ROUND_HALF_UP)


@dataclass(frozen=True)
class Totals:
    """``subtotal`` is always without tax; ``total`` always with it."""

    subtotal: Decimal
    tax: Decimal
    total: Decimal


def totals(lines: Iterable[tuple[Decimal, Decimal]], tax_mode: str) -> Totals:
    """Sum lines of (amount, tax), both at 2 dp; no further rounding."""
    pairs = list(lines)
    amount = sum((line[0] for line in pairs), ZERO)
    tax = sum((line[1] for line in pairs), ZERO)
    if tax_mode == INCLUSIVE:
        return Totals(amount - tax, tax, amount)
    return Totals(amount, tax, amount + tax)


def split(amount: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """Share an amount of cents by weight so that the shares add up exactly (largest remainder).

    Ties go to the earlier share. Raises ValueError when the weights do not sum to more than zero.
    """
    whole = sum(weights, Decimal(0))
    if whole <= 0:
        raise ValueError("The weights must add up to more than zero.")
    exact = [amount * weight / whole for weight in weights]
    shares = [share.quantize(CENT, ROUND_DOWN) for share in exact]
    missing = int((amount - sum(shares, ZERO)) / CENT)
    step = CENT if missing > 0 else -CENT
    by_remainder = sorted(range(len(shares)), key=lambda i: (-abs(exact[i] - shares[i]), i))
    for index in by_remainder[: abs(missing)]:
        shares[index] += step
    return shares
