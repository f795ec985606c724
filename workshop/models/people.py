"""Customers and suppliers: one party can be both."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from simple_history.models import HistoricalRecords

from workshop.models.organisation import FreightRule, TaxRate


class PartyQuerySet(models.QuerySet["Party"]):
    def active(self) -> PartyQuerySet:
        return self.filter(archived_at=None)

    def search(self, words: str) -> PartyQuerySet:
        """By any part of the name, e-mail or phone number."""
        digits = phone_digits(words)
        condition = Q(name__icontains=words) | Q(email__icontains=words)
        if len(digits) >= 4:
            condition |= Q(pk__in=PhoneNumber.objects.filter(digits__contains=digits).values("party"))
        return self.filter(condition)


class Party(models.Model):
    """A person or company the garage deals with. Archived parties keep their history and leave the pickers."""

    class Kind(models.TextChoices):
        PERSON = "person", "Person"
        COMPANY = "company", "Company"

    class Terms(models.TextChoices):
        DAYS_AFTER_INVOICE = "days_after_invoice", "days after the invoice date"
        DAY_OF_FOLLOWING_MONTH = "day_of_following_month", "of the following month"

    kind = models.CharField(max_length=10, choices=Kind, default=Kind.PERSON)
    first_name = models.CharField(max_length=100, blank=True)
    last_name = models.CharField(max_length=100, blank=True)
    company_name = models.CharField(max_length=200, blank=True)
    name = models.CharField(max_length=255, editable=False, db_index=True)
    email = models.EmailField(blank=True)
    tax_number = models.CharField("GST/ABN/VAT number", max_length=50, blank=True)
    is_customer = models.BooleanField(default=False)
    is_supplier = models.BooleanField(default=False)
    terms = models.CharField(max_length=30, choices=Terms, blank=True)
    terms_days = models.PositiveSmallIntegerField(null=True, blank=True, validators=[MaxValueValidator(365)])
    account_number = models.CharField("our account number with them", max_length=50, blank=True)
    order_email = models.EmailField("e-mail for orders", blank=True)
    freight_rule = models.CharField(
        "freight on purchases", max_length=10, choices=FreightRule, blank=True, help_text="Empty: as the garage does."
    )
    purchase_tax_rate = models.ForeignKey(
        TaxRate,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Only where this supplier's goods are taxed differently.",
    )
    tax_rate = models.ForeignKey(
        TaxRate,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Only where this party's sales are taxed differently (exports, for instance).",
    )
    discount_percent = models.DecimalField(
        max_digits=5,
        decimal_places=2,
        default=Decimal("0.00"),
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(100))],
    )
    marketing_consent = models.BooleanField(default=False)
    notes = models.TextField(blank=True)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = PartyQuerySet.as_manager()
    history = HistoricalRecords(inherit=True)

    class Meta:
        ordering = ["name", "id"]
        verbose_name_plural = "parties"
        indexes = [models.Index(fields=["updated_at", "id"], name="party_changed")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(name=""), name="party_has_a_name", violation_error_message="Give the party a name."
            ),
            models.CheckConstraint(
                condition=Q(discount_percent__gte=0, discount_percent__lte=100), name="party_discount_in_range"
            ),
            models.CheckConstraint(
                condition=Q(terms="", terms_days=None)
                | Q(terms="days_after_invoice", terms_days__isnull=False)
                | Q(terms="day_of_following_month", terms_days__gte=1, terms_days__lte=31),
                name="party_terms_have_days",
                violation_error_message="Terms and their days go together.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: object, **kwargs: object) -> None:
        self.name = self.full_name()
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    def clean(self) -> None:
        if not self.terms:
            self.terms_days = None
        elif self.terms_days is None:
            raise ValidationError({"terms_days": "How many days, or which day of the month?"})
        elif self.terms == self.Terms.DAY_OF_FOLLOWING_MONTH and not 1 <= self.terms_days <= 31:
            raise ValidationError({"terms_days": "A day of the month is 1 to 31."})

    def full_name(self) -> str:
        parts = [self.company_name] if self.kind == self.Kind.COMPANY else [self.first_name, self.last_name]
        return " ".join(" ".join(parts).split())

    def due_date(self, invoiced_on: date, default_days: int) -> date:
        """When an invoice of that date falls due under this party's terms, else under the garage's."""
        if self.terms == self.Terms.DAY_OF_FOLLOWING_MONTH:
            first = (invoiced_on.replace(day=1) + timedelta(days=32)).replace(day=1)
            last = (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
            return min(first + timedelta(days=(self.terms_days or 1) - 1), last)
        days = self.terms_days if self.terms else default_days
        return invoiced_on + timedelta(days=days or 0)


class CustomerManager(models.Manager["Party"].from_queryset(PartyQuerySet)):  # type: ignore[misc]
    def get_queryset(self) -> PartyQuerySet:
        return super().get_queryset().filter(is_customer=True)


class Customer(Party):
    objects: ClassVar[CustomerManager] = CustomerManager()

    class Meta:
        proxy = True

    def save(self, *args: object, **kwargs: object) -> None:
        self.is_customer = True
        super().save(*args, **kwargs)


class SupplierManager(models.Manager["Party"].from_queryset(PartyQuerySet)):  # type: ignore[misc]
    def get_queryset(self) -> PartyQuerySet:
        return super().get_queryset().filter(is_supplier=True)


class Supplier(Party):
    objects: ClassVar[SupplierManager] = SupplierManager()

    class Meta:
        proxy = True

    def save(self, *args: object, **kwargs: object) -> None:
        self.is_supplier = True
        super().save(*args, **kwargs)


def phone_digits(number: str) -> str:
    """The digits that tell two ways of writing one number alike: +64 21 555 0101, 0064 21 555 0101 and 021 555 0101."""
    digits = re.sub(r"\D", "", number).removeprefix("00")
    for country_code in ("64", "61", "44"):
        if digits.startswith(country_code) and len(digits) > 9:
            digits = digits.removeprefix(country_code)
            break
    return digits.lstrip("0")


def validate_phone(number: str) -> None:
    if len(re.findall(r"\d", number)) < 5:
        raise ValidationError("A phone number has at least five digits.")


class PhoneNumber(models.Model):
    class Kind(models.TextChoices):
        MOBILE = "mobile", "Mobile"
        WORK = "work", "Work"
        HOME = "home", "Home"
        FAX = "fax", "Fax"

    party = models.ForeignKey(Party, on_delete=models.CASCADE, related_name="phones")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.MOBILE)
    number = models.CharField(max_length=50, validators=[validate_phone])
    digits = models.CharField(max_length=50, editable=False, db_index=True)

    class Meta:
        ordering = ["kind", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["party", "kind"],
                name="phone_one_per_kind",
                violation_error_message="One number of each kind.",
            )
        ]

    def __str__(self) -> str:
        return self.number

    def save(self, *args: object, **kwargs: object) -> None:
        self.digits = phone_digits(self.number)
        super().save(*args, **kwargs)  # type: ignore[arg-type]


class Address(models.Model):
    class Kind(models.TextChoices):
        POSTAL = "postal", "Postal"
        STREET = "street", "Street"

    party = models.ForeignKey(Party, on_delete=models.CASCADE, related_name="addresses")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.POSTAL)
    line1 = models.CharField("address line 1", max_length=255)
    line2 = models.CharField("address line 2", max_length=255, blank=True)
    city = models.CharField(max_length=255, blank=True)
    region = models.CharField(max_length=255, blank=True)
    postal_code = models.CharField(max_length=50, blank=True)
    country = models.CharField(max_length=50, blank=True)

    class Meta:
        ordering = ["kind", "id"]
        verbose_name_plural = "addresses"
        constraints = [
            models.UniqueConstraint(
                fields=["party", "kind"],
                name="address_one_per_kind",
                violation_error_message="One address of each kind.",
            )
        ]

    def __str__(self) -> str:
        return ", ".join(filter(None, [self.line1, self.line2, self.city, self.region, self.postal_code]))


class DeviceToken(models.Model):
    """One phone or tablet's key to the API. Only its SHA-256 is kept; the key itself is shown once."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="device_tokens")
    name = models.CharField(max_length=80, help_text="Which device, in the owner's words.")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.name} ({self.user})"

    @property
    def live(self) -> bool:
        return self.revoked_at is None and self.expires_at > timezone.now()


class IdempotentRequest(models.Model):
    """A POST that carried an Idempotency-Key, with the answer it got, so that sending it again repeats nothing."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of method, path and body.")
    claimed_at = models.DateTimeField(db_index=True)
    status = models.PositiveSmallIntegerField(null=True, help_text="Empty while the first request is running.")
    headers = models.JSONField(default=dict)
    body = models.JSONField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="idempotentrequest_one_per_key")]

    def __str__(self) -> str:
        return self.key
