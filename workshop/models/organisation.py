"""The garage itself: where it is, what tax it charges, how it numbers and takes money."""

from __future__ import annotations

import zoneinfo
from datetime import date, datetime
from decimal import Decimal

from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from workshop import money


class Country(models.TextChoices):
    NEW_ZEALAND = "NZ", "New Zealand"
    AUSTRALIA = "AU", "Australia"
    UNITED_KINGDOM = "GB", "United Kingdom"


class TaxMode(models.TextChoices):
    EXCLUSIVE = money.EXCLUSIVE, "Tax exclusive"
    INCLUSIVE = money.INCLUSIVE, "Tax inclusive"
    NO_TAX = money.NO_TAX, "No tax"


def validate_time_zone(name: str) -> None:
    try:
        zoneinfo.ZoneInfo(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError) as error:
        raise ValidationError(f"“{name}” is not a time zone. Write it like Pacific/Auckland.") from error


class FreightRule(models.TextChoices):
    SPREAD = "spread", "Part of the cost of the goods"
    EXPENSE = "expense", "An expense of its own"


class NegativeStock(models.TextChoices):
    WARN = "warn", "Warn"
    BLOCK = "block", "Refuse"


class Organisation(models.Model):
    """One garage. There is exactly one row."""

    name = models.CharField(max_length=150)
    country = models.CharField(max_length=2, choices=Country, default=Country.NEW_ZEALAND)
    currency = models.CharField(
        max_length=3, default="NZD", validators=[RegexValidator(r"^[A-Z]{3}$", "Three capital letters: NZD, AUD, GBP.")]
    )
    time_zone = models.CharField(max_length=50, default="Pacific/Auckland", validators=[validate_time_zone])
    tax_number = models.CharField("GST/VAT number", max_length=50, blank=True)
    phone = models.CharField(max_length=50, blank=True)
    email = models.EmailField(blank=True)
    address = models.TextField(blank=True)
    tax_mode = models.CharField(max_length=10, choices=TaxMode, default=TaxMode.EXCLUSIVE)
    payment_terms_days = models.PositiveSmallIntegerField(default=20, validators=[MaxValueValidator(365)])
    labour_rate = models.DecimalField(
        "labour rate per hour without tax",
        max_digits=10,
        decimal_places=4,
        default=Decimal("120.0000"),
        validators=[MinValueValidator(Decimal(0))],
    )

    deposit_tax_rate = models.ForeignKey(
        "workshop.TaxRate",
        verbose_name="tax on deposits",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        limit_choices_to={"use": "sales", "archived_at": None},
        help_text="The default rate, unless your accountant says otherwise.",
    )
    negative_stock = models.CharField(
        "selling more than is in stock", max_length=10, choices=NegativeStock, default=NegativeStock.WARN
    )
    freight_rule = models.CharField(
        "freight on purchases", max_length=10, choices=FreightRule, default=FreightRule.SPREAD
    )
    books_locked_until = models.DateField(
        null=True, blank=True, editable=False, help_text="Nothing dated on or before it is changed in the accounts."
    )

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="organisation_is_one")]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.time_zone)

    @property
    def odometer_unit(self) -> str:
        """What the dashboards of the country show."""
        return "mi" if self.country == Country.UNITED_KINGDOM else "km"

    @property
    def inspection(self) -> str:
        """What the country calls the check every car must pass."""
        return {Country.NEW_ZEALAND: "WOF", Country.UNITED_KINGDOM: "MOT"}.get(Country(self.country), "Inspection")

    def today(self) -> date:
        """The business date where the garage stands, whatever the server's clock shows."""
        return self.date_of(timezone.now())

    def date_of(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()

    @classmethod
    def current(cls) -> Organisation:
        return cls.objects.get(pk=1)


class TaxRate(models.Model):
    """A rate the garage charges or pays. The percent is copied to each line, so history never moves."""

    class Use(models.TextChoices):
        SALES = "sales", "Sales"
        PURCHASES = "purchases", "Purchases"

    name = models.CharField(max_length=60, unique=True)
    percent = models.DecimalField(
        max_digits=6, decimal_places=4, validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(99))]
    )
    use = models.CharField(max_length=10, choices=Use, default=Use.SALES)
    discountable = models.BooleanField(
        default=True,
        help_text="Whether a discount on the whole invoice falls on lines of this rate (not on a MOT fee).",
    )
    is_default = models.BooleanField(default=False)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["use", "-percent", "name"]
        constraints = [
            models.CheckConstraint(condition=Q(percent__gte=0, percent__lt=100), name="taxrate_percent_in_range"),
            models.UniqueConstraint(
                fields=["use"],
                condition=Q(is_default=True),
                name="taxrate_one_default_per_use",
                violation_error_message="Another rate is the default. Take it off there first.",
            ),
            models.CheckConstraint(
                condition=Q(is_default=False) | Q(archived_at=None),
                name="taxrate_default_is_not_archived",
                violation_error_message="The default rate cannot be archived. Make another one the default first.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PaymentMethod(models.Model):
    """How money arrives: cash, EFTPOS, card, bank transfer."""

    name = models.CharField(max_length=40, unique=True)
    position = models.PositiveSmallIntegerField(default=0)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name


class NumberSequence(models.Model):
    """The next number of a document series. A number once given is never given again."""

    class Series(models.TextChoices):
        JOB = "job", "Jobs"
        QUOTE = "quote", "Quotes"
        INVOICE = "invoice", "Invoices"
        CREDIT_NOTE = "credit_note", "Credit notes"
        PAYMENT = "payment", "Payments"
        DEPOSIT = "deposit", "Deposits"
        REFUND = "refund", "Refunds"
        PURCHASE_ORDER = "purchase_order", "Purchase orders"
        RECEIPT = "receipt", "Goods received"
        SUPPLIER_CREDIT = "supplier_credit", "Supplier credits"
        STOCK_ADJUSTMENT = "stock_adjustment", "Stock adjustments"
        STOCKTAKE = "stocktake", "Stocktakes"
        STOCK_TRANSFER = "stock_transfer", "Stock transfers"
        WORK_ORDER = "work_order", "Work orders"

    series = models.CharField(max_length=20, choices=Series, unique=True)
    prefix = models.CharField(
        max_length=12, blank=True, validators=[RegexValidator(r"^[ -~]*$", "Use plain printable characters.")]
    )
    next_number = models.PositiveIntegerField(default=1, validators=[MinValueValidator(1)])
    digits = models.PositiveSmallIntegerField(default=1, validators=[MinValueValidator(1), MaxValueValidator(10)])

    class Meta:
        ordering = ["series"]
        constraints = [
            models.CheckConstraint(
                condition=Q(next_number__gte=1, digits__gte=1, digits__lte=10), name="numbersequence_in_range"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_series_display()}: {self.formatted()}"

    def clean(self) -> None:
        """A series only counts up: a number given, or burnt by a void, must not come again."""
        stored = NumberSequence.objects.filter(pk=self.pk).first()
        if stored and stored.prefix == self.prefix and (self.next_number or 0) < stored.next_number:
            sentence = f"Numbers below {stored.next_number} have been given. A number is never given twice."
            raise ValidationError({"next_number": sentence})

    def formatted(self, number: int | None = None) -> str:
        """The next number as it will be written, or another one of the series."""
        # a form shows the row with what was typed, also when that is beyond the ten digits allowed
        return f"{self.prefix}{str(self.next_number if number is None else number).zfill(min(self.digits, 10))}"

    @classmethod
    def take(cls, series: str) -> str:
        """Give the next number, passing over any in use already (a prefix changed and changed back).

        The row stays locked until the caller's transaction ends: none is given twice, and a refusal leaves no gap.
        """
        sequence, _ = cls.objects.select_for_update().get_or_create(
            series=series, defaults={"prefix": DEFAULT_PREFIXES[series]}
        )
        documents = apps.get_model("workshop", series.replace("_", ""))
        while documents._default_manager.filter(number=sequence.formatted()).exists():
            sequence.next_number += 1
        number = sequence.formatted()
        sequence.next_number += 1
        sequence.save(update_fields=["next_number"])
        return number


DEFAULT_PREFIXES = {
    "job": "",
    "quote": "Q ",
    "invoice": "INV ",
    "credit_note": "CN ",
    "payment": "PAY ",
    "deposit": "DEP-",
    "refund": "RF-",
    "purchase_order": "PO ",
    "receipt": "GR-",
    "supplier_credit": "SC-",
    "stock_adjustment": "ADJ-",
    "stocktake": "ST-",
    "stock_transfer": "TR-",
    "work_order": "WO-",
}
