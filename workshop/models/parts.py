"""Parts: what they are called, cost and sell for, and how they are kept. The stock ledger lives in stock.py."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from simple_history.models import HistoricalRecords

from workshop.models.fields import QuantityField
from workshop.models.organisation import NegativeStock, TaxRate
from workshop.models.people import Supplier
from workshop.models.places import Location

PRICE: dict[str, Any] = {
    "max_digits": 12,
    "decimal_places": 4,
    "default": Decimal("0.0000"),
    "validators": [MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(1_000_000))],
}
COST = PRICE
KEPT: dict[str, Any] = {
    "null": True,
    "blank": True,
    "validators": [MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(100_000))],
}


class PartQuerySet(models.QuerySet["Part"]):
    def active(self) -> PartQuerySet:
        return self.filter(archived_at=None)

    def search(self, words: str) -> PartQuerySet:
        """By any part of the code or the description, by a whole barcode, or by a supplier's code."""
        known = Q(code__icontains=words) | Q(description__icontains=words)
        barcodes = Barcode.objects.filter(code=words).values("part")
        supplier_codes = SupplierCode.objects.filter(code__iexact=words).values("part")
        return self.filter(known | Q(pk__in=barcodes) | Q(pk__in=supplier_codes))


class PriceRule(models.Model):
    """What a part sells for, from what it costs: a mark-up that falls as the cost rises."""

    name = models.CharField(max_length=60, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class PriceBand(models.Model):
    """From this cost on, this mark-up."""

    rule = models.ForeignKey(PriceRule, on_delete=models.CASCADE, related_name="bands")
    cost_from = models.DecimalField("from a cost of", **PRICE)
    markup_percent = models.DecimalField(
        max_digits=7, decimal_places=2, validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(10_000))]
    )

    class Meta:
        ordering = ["cost_from"]
        constraints = [
            models.UniqueConstraint(fields=["rule", "cost_from"], name="priceband_once"),
            models.CheckConstraint(condition=Q(cost_from__gte=0, markup_percent__gte=0), name="priceband_in_range"),
        ]

    def __str__(self) -> str:
        return f"from {self.cost_from}: {self.markup_percent} %"


class Part(models.Model):
    code = models.CharField(max_length=30)
    description = models.CharField(max_length=200)
    unit = models.CharField(max_length=10, default="each", help_text="each, L, m, kg")
    sell_price = models.DecimalField("price without tax", **PRICE)
    cost_price = models.DecimalField("last cost without tax", **COST)
    price_rule = models.ForeignKey(
        PriceRule,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="parts",
        help_text="Where one is chosen, the price follows the cost.",
    )
    category = models.CharField(max_length=60, blank=True, db_index=True)
    stocked = models.BooleanField(default=False, help_text="Whether its quantity and value are kept.")
    negative_stock = models.CharField("selling more than is in stock", max_length=10, choices=NegativeStock, blank=True)
    minimum = QuantityField("reorder below", **KEPT)
    maximum = QuantityField("reorder up to", **KEPT)
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    core = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="The core charged with it, as a part of its own.",
    )
    tax_rate = models.ForeignKey(TaxRate, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = PartQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(condition=Q(sell_price__gte=0, cost_price__gte=0), name="part_prices_not_negative"),
            models.CheckConstraint(condition=~Q(code=""), name="part_has_a_code"),
            models.UniqueConstraint(Lower("code"), name="part_code_once"),
            models.CheckConstraint(
                condition=Q(minimum=None) | Q(maximum=None) | Q(maximum__gte=F("minimum")),
                name="part_maximum_not_below_minimum",
                violation_error_message="The maximum is below the minimum.",
            ),
            models.CheckConstraint(condition=Q(core=None) | ~Q(core=F("id")), name="part_core_is_another"),
        ]
        permissions = [("see_costs", "Can see costs and margins")]

    def __str__(self) -> str:
        return f"{self.code} {self.description}"

    def clean(self) -> None:
        if Part.objects.filter(code__iexact=self.code).exclude(pk=self.pk).exists():
            raise ValidationError({"code": "Another part has this code."})


class Barcode(models.Model):
    part = models.ForeignKey(Part, on_delete=models.CASCADE, related_name="barcodes")
    code = models.CharField(max_length=60, unique=True)

    class Meta:
        ordering = ["code"]
        constraints = [models.CheckConstraint(condition=~Q(code=""), name="barcode_not_empty")]

    def __str__(self) -> str:
        return self.code


class SupplierCode(models.Model):
    """What a supplier calls the part."""

    part = models.ForeignKey(Part, on_delete=models.CASCADE, related_name="supplier_codes")
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="part_codes")
    code = models.CharField(max_length=60)

    class Meta:
        ordering = ["supplier", "code"]
        constraints = [
            models.CheckConstraint(condition=~Q(code=""), name="suppliercode_not_empty"),
            models.UniqueConstraint(fields=["part", "supplier"], name="suppliercode_one_per_supplier"),
        ]

    def __str__(self) -> str:
        return self.code
