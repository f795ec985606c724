"""Totals to the cent, as Xero computes them."""

from decimal import Decimal

import pytest

from tests.factories import a_completed_job, a_garage
from workshop import sales
from workshop.models import TaxMode, TaxRate

pytestmark = pytest.mark.django_db


def amounts(invoice):
    return invoice.subtotal, invoice.tax_total, invoice.total


def test_tax_is_rounded_on_each_line_and_then_summed(garage):
    prices = ["25.06", "25.61", "25.63"]
    job = a_completed_job([{"description": "Part", "unit_price": Decimal(price)} for price in prices])

    invoice = sales.issue_invoice(job)

    assert amounts(invoice) == (Decimal("76.30"), Decimal("11.44"), Decimal("87.74"))


def test_a_uk_invoice_with_a_mot_taxes_only_the_rest(db):
    a_garage("GB")
    outside = TaxRate.objects.get(name="Outside the scope of VAT")
    job = a_completed_job(
        [
            {"description": "MOT", "unit_price": Decimal("54.85"), "tax_rate": outside},
            {"description": "Labour", "quantity": Decimal(2), "unit_price": Decimal("65.00")},
            {"kind": "part", "description": "Pads", "unit_price": Decimal("78.00")},
        ]
    )

    invoice = sales.issue_invoice(job)

    assert (invoice.tax_total, invoice.total) == (Decimal("41.60"), Decimal("304.45"))


@pytest.mark.parametrize(
    ("country", "total", "tax"), [("NZ", "315.73", "41.18"), ("AU", "315.76", "28.71"), ("GB", "315.71", "52.62")]
)
def test_freight_and_discount_without_tax_stand_inclusive_on_an_inclusive_invoice(db, country, total, tax):
    a_garage(country)
    job = a_completed_job(
        [
            {"description": "Labour", "quantity": Decimal(2), "unit_price": Decimal("115.00")},
            {"kind": "part", "description": "Pads", "unit_price": Decimal("86.25")},
        ],
        tax_mode=TaxMode.INCLUSIVE,
        freight=Decimal("9.55"),
        discount_amount=Decimal("10.00"),
    )

    invoice = sales.issue_invoice(job)

    assert (invoice.total, invoice.tax_total) == (Decimal(total), Decimal(tax))


def test_a_discount_over_the_whole_invoice_spares_the_mot(db):
    a_garage("GB")
    outside = TaxRate.objects.get(name="Outside the scope of VAT")
    job = a_completed_job(
        [
            {"description": "MOT", "unit_price": Decimal("54.85"), "tax_rate": outside},
            {"description": "Labour", "quantity": Decimal(2), "unit_price": Decimal("65.00")},
            {"kind": "part", "description": "Pads", "unit_price": Decimal("78.00")},
        ],
        discount_percent=Decimal("10"),
    )

    invoice = sales.issue_invoice(job)

    discount = invoice.lines.get(kind="discount")
    assert (discount.line_amount, discount.tax_amount) == (Decimal("-20.80"), Decimal("-4.16"))
    assert invoice.total == Decimal("304.45") - Decimal("24.96")
