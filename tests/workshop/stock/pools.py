"""What tests read of pools, levels and journals."""

from decimal import Decimal

from tests.factories import stocked
from workshop.models import JobLot, StockJournal, StockLevel, StockMovement, StockPool


def fixture_pools():
    """The opening stock of the acceptance stories, 777.70 in all."""
    return (
        stocked("OF-1", 8, "98.00", sell_price=Decimal("24.50")),
        stocked("OIL", 60, "412.80", unit="L", sell_price=Decimal("14.20")),
        stocked("PAD-F", 4, "212.00"),
        stocked("WB", 6, "54.90"),
    )


def pool(part):
    held = StockPool.objects.get(part=part)
    return held.quantity, held.value


def level(part, location):
    found = StockLevel.objects.filter(part=part, location=location).first()
    return found.quantity if found else Decimal(0)


def journals():
    """Debit, credit, amount and narration, in the order they were written."""
    rows = StockJournal.objects.filter(voided_at=None).order_by("pk")
    return [(row.debit, row.credit, row.amount, row.narration) for row in rows]


def books(opening=Decimal(0)):
    """Stock on Hand and Work in Progress by the journals alone, from an opening balance."""
    balance = {"stock": Decimal(opening), "wip": Decimal(0)}
    for debit, credit, amount, _ in journals():
        for role, sign in ((debit, 1), (credit, -1)):
            if role in balance:
                balance[role] += sign * amount
    return balance["stock"], balance["wip"]


def kept():
    """What pools and lots are worth, and what their movements say they are."""
    pools = sum((row.value for row in StockPool.objects.all()), Decimal(0))
    lots = sum((row.value for row in JobLot.objects.all()), Decimal(0))
    moved = sum((row.value for row in StockMovement.objects.filter(lot=None)), Decimal(0))
    assert moved == pools
    return pools, lots
