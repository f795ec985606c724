from datetime import date
from decimal import Decimal

import pytest

from accounting_sync import setup
from accounting_sync.drain import drain
from accounting_sync.models import SyncRecord
from accounting_sync.pull import pull
from tests.factories import CustomerFactory, PartFactory, VehicleFactory, an_invoice, purchase_tax
from tests.journeys.stock import open_stock

JULY_20 = date(2026, 7, 20)


@pytest.fixture(autouse=True)
def today(time_machine):
    """20 July 2026, ten in the morning where Kauri Motors stands."""
    time_machine.move_to("2026-07-19T22:00:00Z", tick=False)
    return JULY_20


def s01_invoice(**customer):
    """Story S01's invoice: 180.00 labour, 24.50 and 71.00 of parts, 316.83 in all."""
    jo = CustomerFactory(**{"last_name": "Kea", **customer})
    oil = PartFactory(code="OIL 5W30", description="Engine oil")
    lines = [
        {"description": "Labour", "quantity": Decimal("1.5"), "unit_price": Decimal("120.00")},
        {"part": PartFactory(code="OF-1"), "quantity": Decimal(1), "unit_price": Decimal("24.50")},
        {"part": oil, "quantity": Decimal(5), "unit_price": Decimal("14.20")},
    ]
    return an_invoice(lines, customer=jo, vehicle=VehicleFactory(rego="KLM123"))


@pytest.fixture
def opened(connection, books):
    """Xero's stock account holds what the shelves held at the start, and the garage may buy."""
    purchase_tax()
    setup.propose_mappings(connection)
    open_stock(books)
    return connection


@pytest.fixture
def sync(time_machine):
    """Let time pass and everything happen that happens by itself: send, look up, read."""

    def run(connection, minutes=0):
        if minutes:
            time_machine.shift(minutes * 60)
        connection.refresh_from_db()
        drain(connection)
        pull(connection, only_due=False)
        connection.refresh_from_db()
        drain(connection)

    return run


def record_of(kind, instance):
    return SyncRecord.objects.get(kind=kind, object_id=instance.pk)


def live(books, table):
    return [row for row in books.tables[table].values() if row.get("Status") not in {"VOIDED", "DELETED"}]
