"""Xero's arithmetic. Amounts are Decimal, half up (away from zero for negatives), tax per line and then summed."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

ZERO = Decimal("0.00")
HUNDRED = Decimal(100)
_QUANTA = {places: Decimal(1).scaleb(-places) for places in range(7)}


def half_up(amount: Decimal, places: int = 2) -> Decimal:
    return amount.quantize(_QUANTA[places], ROUND_HALF_UP)


def line_amount(
    quantity: Decimal, unit: Decimal, *, rate: Decimal | None = None, discount: Decimal | None = None
) -> Decimal:
    """Quantity x unit, less a discount in percent (``rate``) or in money, at 2 dp."""
    amount = quantity * unit
    if rate:
        amount = amount * (HUNDRED - rate) / HUNDRED
    if discount:
        amount -= discount
    return half_up(amount)


def line_tax(amount: Decimal, percent: Decimal, amount_types: str) -> Decimal:
    """Tax of one line at 2 dp; ``percent`` is the rate's EffectiveRate, such as 15."""
    if amount_types == "Exclusive":
        return half_up(amount * percent / HUNDRED)
    if amount_types == "Inclusive":
        return half_up(amount * percent / (HUNDRED + percent))
    return ZERO


def net(amount: Decimal, tax: Decimal, amount_types: str) -> Decimal:
    """What a line brings to its account: an inclusive line amount contains its tax."""
    return amount - tax if amount_types == "Inclusive" else amount


def share(amounts: Sequence[Decimal], part: Decimal, total: Decimal) -> list[Decimal]:
    """Split ``part`` of ``total`` over ``amounts`` (which sum to it), to the cent and without remainder."""
    shares, running, given = [], ZERO, ZERO
    for amount in amounts:
        running += amount
        reached = half_up(running * part / total)
        shares.append(reached - given)
        given = reached
    return shares
