from decimal import Decimal

import pytest

from accounting_sync import queue
from accounting_sync.drain import drain
from accounting_sync.models import SyncRecord
from accounting_sync.xero import transport
from tests.factories import a_completed_job, a_garage, an_invoice
from tests.journeys.conftest import record_of
from tests.xero import SandboxAdapter, a_xero, connect
from workshop import sales
from workshop.models import TaxRate

TOTALS = ["SubTotal", "TotalTax", "Total"]


def test_s04_tax_per_line_is_the_same_to_the_cent_in_xero(connection, books):
    lines = [{"kind": "part", "description": "Part", "unit_price": Decimal(p)} for p in ("25.06", "25.61", "25.63")]
    invoice = an_invoice(lines)

    drain(connection)

    (remote,) = books.tables["Invoices"].values()
    assert [remote[name] for name in TOTALS] == [Decimal("76.30"), Decimal("11.44"), Decimal("87.74")]
    assert (invoice.tax_total, invoice.total, len(remote["LineItems"])) == (Decimal("11.44"), Decimal("87.74"), 3)
    assert record_of("invoice", invoice).state == "synced"


def test_a_total_that_differs_is_still_said_to_after_a_retry(connection, books):
    rates = books.tables["TaxRates"]
    raised = [{**one, "TaxRate": Decimal(16)} for one in rates["OUTPUT2"].get("TaxComponents") or []]
    rates.put("OUTPUT2", {**rates["OUTPUT2"], "EffectiveRate": Decimal(16), "TaxComponents": raised})
    invoice = an_invoice()
    drain(connection)
    record = record_of("invoice", invoice)
    assert (record.state, record.code) == ("warning", "totals_differ")

    assert queue.retry(SyncRecord.objects.unresolved()) == 1
    drain(connection)

    record.refresh_from_db()
    assert (record.state, record.code) == ("warning", "totals_differ")


@pytest.fixture
def oak_garage(db, monkeypatch):
    a_garage("GB")
    xero = a_xero("GB", "Oak Garage Ltd")
    monkeypatch.setattr(transport, "adapter", lambda: SandboxAdapter(xero))
    return connect(xero), next(iter(xero.organisations.values()))


def mot(**fields):
    outside = TaxRate.objects.get(name="Outside the scope of VAT")
    lines = [
        {"description": "MOT", "unit_price": Decimal("54.85"), "tax_rate": outside},
        {"description": "Labour", "quantity": Decimal(2), "unit_price": Decimal("65.00")},
        {"kind": "part", "description": "Pads", "unit_price": Decimal("78.00")},
    ]
    return sales.issue_invoice(a_completed_job(lines, **fields))


def test_s06_a_mot_stays_outside_the_scope_of_vat(oak_garage):
    connection, books = oak_garage
    mot()

    drain(connection)

    (remote,) = books.tables["Invoices"].values()
    assert [(line["TaxType"], line["TaxAmount"]) for line in remote["LineItems"]] == [
        ("NONE", Decimal("0.00")),
        ("OUTPUT2", Decimal("26.00")),
        ("OUTPUT2", Decimal("15.60")),
    ]
    assert (remote["TotalTax"], remote["Total"]) == (Decimal("41.60"), Decimal("304.45"))


def test_s06_a_discount_of_ten_percent_spares_the_mot(oak_garage):
    connection, books = oak_garage
    mot(discount_percent=Decimal(10))

    drain(connection)

    (remote,) = books.tables["Invoices"].values()
    discount = remote["LineItems"][-1]
    assert [discount[name] for name in ["AccountCode", "LineAmount", "TaxType"]] == [
        "205",
        Decimal("-20.80"),
        "OUTPUT2",
    ]
    assert remote["Total"] == Decimal("279.49")
