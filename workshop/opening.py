"""A garage begins: what it needs before its first job, beside its own name and address."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction

from workshop.models import Location, Organisation, PaymentMethod, TaxRate


@dataclass(frozen=True)
class Usual:
    """The tax rates and ways of paying of a country; the garage changes them as it likes."""

    tax: str
    percent: Decimal
    untaxed: str
    on_purchases: str
    methods: tuple[str, ...] = ("EFTPOS", "Credit card", "Cash", "Bank transfer")
    untaxed_is_discountable: bool = True


USUAL = {
    "NZ": Usual("GST 15%", Decimal(15), "No GST", "GST on purchases"),
    "AU": Usual("GST 10%", Decimal(10), "GST free", "GST on purchases"),
    # a MOT fee is outside the scope of VAT, and no discount falls on it
    "GB": Usual(
        "VAT 20%", Decimal(20), "Outside the scope of VAT", "VAT on purchases", ("Card", "Cash", "Bank transfer"), False
    ),
}


@transaction.atomic
def open_garage(garage: Organisation) -> Organisation:
    """Save the one garage with what is usual in its country. Raises ValidationError."""
    garage.pk = 1
    garage.full_clean()
    garage.save(force_insert=True)
    usual = USUAL[garage.country]
    _open_taxes(usual)
    Location.usual()
    for position, name in enumerate(usual.methods):
        PaymentMethod.objects.get_or_create(name=name, defaults={"position": position})
    return garage


def _open_taxes(usual: Usual) -> None:
    sales, purchases = TaxRate.Use.SALES, TaxRate.Use.PURCHASES
    taxed = {"percent": usual.percent, "is_default": _none_yet(sales)}
    TaxRate.objects.get_or_create(name=usual.tax, defaults=taxed)
    untaxed = {"percent": Decimal(0), "discountable": usual.untaxed_is_discountable}
    TaxRate.objects.get_or_create(name=usual.untaxed, defaults=untaxed)
    paid = {"percent": usual.percent, "use": purchases, "is_default": _none_yet(purchases)}
    TaxRate.objects.get_or_create(name=usual.on_purchases, defaults=paid)


def _none_yet(use: str) -> bool:
    """Somebody may have made the rates before the garage: one default stands, and it stays."""
    return not TaxRate.objects.filter(is_default=True, use=use).exists()
