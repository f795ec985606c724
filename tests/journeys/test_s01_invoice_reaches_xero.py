from datetime import date
from decimal import Decimal

import pytest

from accounting_sync.drain import drain
from accounting_sync.models import SyncRecord
from tests.factories import CustomerFactory, PartFactory, VehicleFactory, an_invoice


@pytest.fixture
def invoice(garage):
    jo = CustomerFactory(last_name="Kea")
    lines = [
        {"description": "Labour", "quantity": Decimal("1.5"), "unit_price": Decimal("120.00")},
        {"part": PartFactory(code="OF-1"), "quantity": Decimal(1), "unit_price": Decimal("24.50")},
        {"part": PartFactory(code="OIL 5W30"), "quantity": Decimal(5), "unit_price": Decimal("14.20")},
    ]
    return an_invoice(lines, customer=jo, vehicle=VehicleFactory(rego="KLM123"), date=date(2026, 7, 20))


def test_s01_the_invoice_is_authorised_in_xero_with_the_rego_as_reference(connection, books, invoice):
    drain(connection)

    (remote,) = books.tables["Invoices"].values()
    expected = {
        "Type": "ACCREC",
        "Status": "AUTHORISED",
        "InvoiceNumber": "INV 1008",
        "Reference": "KLM123",
        "Date": date(2026, 7, 20),
        "SubTotal": Decimal("275.50"),
        "TotalTax": Decimal("41.33"),
        "Total": Decimal("316.83"),
        "AmountDue": Decimal("316.83"),
    }
    assert {name: remote[name] for name in expected} == expected
    assert [(line["LineAmount"], line["AccountCode"], line["TaxAmount"]) for line in remote["LineItems"]] == [
        (Decimal("180.00"), "200", Decimal("27.00")),
        (Decimal("24.50"), "201", Decimal("3.68")),
        (Decimal("71.00"), "201", Decimal("10.65")),
    ]
    assert [contact["Name"] for contact in books.tables["Contacts"].values()] == ["Jo Kea"]
    assert set(SyncRecord.objects.values_list("kind", "state")) == {("contact", "synced"), ("invoice", "synced")}
