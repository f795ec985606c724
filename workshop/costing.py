"""Moving average that carries exact values: pure arithmetic on quantity and cents.

The average is derived, never stored as the source, so nothing drifts. Source of the rules: the accounting
specification, perpetual moving average (W1 to W7); values round half up to the cent, away from zero for negatives.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from workshop.money import ZERO, cents

NONE = Decimal(0)


@dataclass(frozen=True)
class Holding:
    """A pool at one moment. ``quantity`` below nothing: sold before it was received, at a provisional value."""

    quantity: Decimal = NONE
    value: Decimal = ZERO
    last_average: Decimal = NONE

    @property
    def average(self) -> Decimal:
        """What one costs now, unrounded; where nothing is held, what it cost last."""
        return self.value / self.quantity if self.quantity else self.last_average

    def after(self, quantity: Decimal, value: Decimal) -> Holding:
        now = self.quantity + quantity, self.value + value
        average = now[1] / now[0] if now[0] > 0 else self.average if self.quantity > 0 else self.last_average
        return Holding(*now, average)

    def share(self, quantity: Decimal) -> Decimal:
        """What so many cost at the present average; all of them cost all there is."""
        return self.value if quantity == self.quantity else cents(self.average * quantity)


def take_in(held: Holding, quantity: Decimal, cost: Decimal) -> tuple[Holding, Decimal]:
    """Goods in at their cost. Second: what the units sold before they came cost more (+) or less than was said.

    Source: W5; the covered units' cost correction goes to cost of sales, the rest stands in the pool.
    """
    if held.quantity >= 0:
        return held.after(quantity, cost), ZERO
    owed = -held.quantity
    covered = min(quantity, owed)
    provisional = -held.value if covered == owed else cents(-held.value * covered / owed)
    correction = cents(cost * covered / quantity) - provisional
    return held.after(quantity, cost - correction), correction


def take_out(held: Holding, quantity: Decimal, otherwise: Decimal = NONE) -> tuple[Holding, Decimal]:
    """Goods out. Second: their cost, at the average; the last one takes whatever value is left (W2).

    Beyond what is held the cost is provisional: the average, else the last one, else ``otherwise``.
    """
    if quantity <= held.quantity:
        cost = held.share(quantity)
    else:
        present = max(held.quantity, NONE)
        each = held.average or otherwise
        cost = (held.value if present else ZERO) + cents(each * (quantity - present))
    return held.after(-quantity, -cost), cost


def send_back(held: Holding, quantity: Decimal, credit: Decimal) -> tuple[Holding, Decimal]:
    """Goods back to their supplier for a credit. Second: the price variance taken off (+) or put on the pool (W6)."""
    after = held.after(-quantity, -credit)
    sound = after.quantity > 0 and after.value >= 0
    rest = after.value if sound else cents(after.quantity * held.average)
    return Holding(after.quantity, rest, held.average), after.value - rest


def correct(held: Holding, received: Decimal, difference: Decimal) -> tuple[Holding, Decimal]:
    """A cost corrected after goods came in. Second: the part for units gone since, which is cost of sales (W7).

    A reduction never takes more than the pool is worth.
    """
    left = min(max(held.quantity, NONE), received)
    kept = difference if left == received else cents(difference * left / received)
    kept = max(kept, -held.value) if held.quantity > 0 else ZERO
    return held.after(NONE, kept), difference - kept
