"""What a job, a quote, an invoice and a credit note have in common: a priced line."""

from __future__ import annotations

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from workshop import money
from workshop.models.organisation import TaxRate
from workshop.models.parts import Part


class LineKind(models.TextChoices):
    LABOUR = "labour", "Labour"
    PART = "part", "Part"
    OUTWORK = "outwork", "Outwork"
    TEXT = "text", "Text"


class Supply(models.TextChoices):
    """Where a line's goods come from, which decides what the books say of them."""

    NONE = "", "–"
    STOCK = "stock", "From stock"
    JOB_ORDER = "job_order", "Ordered for the job"
    DIRECT = "direct", "Direct"


def supply_field() -> models.CharField[str, str]:
    return models.CharField(max_length=10, choices=Supply, blank=True, default=Supply.NONE)


class PricedLine(models.Model):
    """Prices are in the document's tax mode. Quantity to 4 dp (litres, hours), unit price to 4 dp, amounts to 2 dp."""

    position = models.PositiveSmallIntegerField(default=0)
    kind = models.CharField(max_length=10, choices=LineKind, default=LineKind.LABOUR)
    part = models.ForeignKey(Part, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    description = models.CharField(max_length=2000)
    quantity = models.DecimalField(
        max_digits=11,
        decimal_places=4,
        default=Decimal("1.0000"),
        validators=[MinValueValidator(Decimal("0.0001")), MaxValueValidator(Decimal(100_000))],
    )
    unit_price = models.DecimalField(
        max_digits=12,
        decimal_places=4,
        default=Decimal("0.0000"),
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(1_000_000))],
    )
    discount_percent = models.DecimalField(
        max_digits=5,
        decimal_places=2,
        default=Decimal("0.00"),
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(100))],
    )
    tax_rate = models.ForeignKey(TaxRate, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        abstract = True
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.description

    @property
    def priced(self) -> bool:
        return self.kind != LineKind.TEXT

    @property
    def net(self) -> Decimal:
        """The line's amount in the document's tax mode, after its own discount; 2 dp."""
        return money.line_amount(self.quantity, self.unit_price, self.discount_percent) if self.priced else money.ZERO


def line_constraints(name: str) -> list[models.BaseConstraint]:
    """The rules every priced line keeps, under the table's own constraint names."""
    return [
        models.CheckConstraint(condition=Q(quantity__gt=0), name=f"{name}_quantity_positive"),
        models.CheckConstraint(condition=Q(unit_price__gte=0), name=f"{name}_price_not_negative"),
        models.CheckConstraint(
            condition=Q(discount_percent__gte=0, discount_percent__lte=100), name=f"{name}_discount_in_range"
        ),
        models.CheckConstraint(condition=Q(kind="text") | Q(tax_rate__isnull=False), name=f"{name}_priced_is_taxed"),
        models.CheckConstraint(condition=~Q(kind="text") | Q(unit_price=0), name=f"{name}_text_has_no_price"),
    ]
