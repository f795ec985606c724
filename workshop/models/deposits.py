"""Money before there is an invoice, and money given back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q, Sum
from simple_history.models import HistoricalRecords

from workshop import money
from workshop.models.fields import MoneyField
from workshop.models.jobs import Job
from workshop.models.organisation import PaymentMethod, TaxMode, TaxRate
from workshop.models.people import Customer
from workshop.models.sales import CreditNote

COMPUTED: dict[str, Any] = {"default": Decimal("0.00"), "editable": False}


class DepositQuerySet(models.QuerySet["Deposit"]):
    def held(self) -> DepositQuerySet:
        """What is not used up, in part or whole."""
        return self.filter(remaining__gt=0)

    def total_held(self) -> Decimal:
        return self.aggregate(total=Sum("remaining"))["total"] or money.ZERO

    def search(self, words: str) -> DepositQuerySet:
        return self.filter(
            Q(number__icontains=words)
            | Q(customer__name__icontains=words)
            | Q(job__number__iexact=words)
            | Q(reference__icontains=words)
        )


class Deposit(models.Model):
    """Money taken on a job before its invoice, tax included. Never edited: refunded and taken again."""

    class Status(models.TextChoices):
        HELD = "held", "Held"
        PART_ALLOCATED = "part_allocated", "Part used"
        ALLOCATED = "allocated", "Used"
        REFUNDED = "refunded", "Refunded"

    number = models.CharField(max_length=50, unique=True, editable=False)
    status = models.CharField(max_length=15, choices=Status, default=Status.HELD, editable=False, db_index=True)
    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="deposits")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="deposits")
    method = models.ForeignKey(PaymentMethod, on_delete=models.PROTECT, related_name="deposits")
    date = models.DateField()
    amount = MoneyField("amount, tax included", validators=[MinValueValidator(money.CENT)])
    reference = models.CharField(max_length=100, blank=True)
    tax_rate = models.ForeignKey(TaxRate, on_delete=models.PROTECT, related_name="+", editable=False)
    tax_mode = models.CharField(max_length=10, choices=TaxMode, default=TaxMode.INCLUSIVE, editable=False)
    tax_percent = models.DecimalField(max_digits=6, decimal_places=4, default=Decimal("0.0000"), editable=False)
    tax_amount = MoneyField("tax within it", **COMPUTED)
    amount_allocated = MoneyField("used on invoices", **COMPUTED)
    amount_refunded = MoneyField("refunded", **COMPUTED)
    remaining = MoneyField(**COMPUTED)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = DepositQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = ["-date", "-id"]
        indexes = [models.Index(fields=["updated_at", "id"], name="deposit_changed")]
        constraints = [
            models.CheckConstraint(condition=~Q(number=""), name="deposit_has_a_number"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="deposit_amount_positive"),
            models.CheckConstraint(condition=Q(tax_mode__in=["inclusive", "no_tax"]), name="deposit_holds_its_tax"),
            models.CheckConstraint(
                condition=Q(tax_amount__gte=0, tax_amount__lt=F("amount")), name="deposit_tax_within_it"
            ),
            models.CheckConstraint(
                condition=Q(remaining=F("amount") - F("amount_allocated") - F("amount_refunded")),
                name="deposit_remaining_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(remaining__gte=0, amount_allocated__gte=0, amount_refunded__gte=0),
                name="deposit_amounts_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(status="held", amount_allocated=0, remaining__gt=0)
                | Q(status="part_allocated", amount_allocated__gt=0, remaining__gt=0)
                | Q(status="allocated", amount_allocated__gt=0, remaining=0)
                | Q(status="refunded", amount_allocated=0, remaining=0),
                name="deposit_status_follows_use",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class RefundQuerySet(models.QuerySet["Refund"]):
    def given(self) -> RefundQuerySet:
        return self.filter(reversed_at=None)


class Refund(models.Model):
    """Money given back: what is left of a deposit or of a credit note. Never edited: reversed and entered again."""

    class Source(models.TextChoices):
        WORKSHOP = "workshop", "Entered here"
        ACCOUNTS = "accounts", "Entered in the accounts"

    number = models.CharField(max_length=50, unique=True, editable=False)
    deposit = models.ForeignKey(Deposit, on_delete=models.PROTECT, null=True, blank=True, related_name="refunds")
    credit_note = models.ForeignKey(CreditNote, on_delete=models.PROTECT, null=True, blank=True, related_name="refunds")
    method = models.ForeignKey(PaymentMethod, on_delete=models.PROTECT, null=True, blank=True, related_name="refunds")
    date = models.DateField()
    amount = MoneyField(validators=[MinValueValidator(money.CENT)])
    reference = models.CharField(max_length=100, blank=True)
    source = models.CharField(max_length=10, choices=Source, default=Source.WORKSHOP, editable=False)
    reversed_at = models.DateTimeField(null=True, blank=True, editable=False)
    reverse_reason = models.CharField(max_length=200, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = RefundQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = ["-date", "-id"]
        indexes = [models.Index(fields=["updated_at", "id"], name="refund_changed")]
        constraints = [
            models.CheckConstraint(condition=~Q(number=""), name="refund_has_a_number"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="refund_amount_positive"),
            models.CheckConstraint(
                condition=Q(deposit__isnull=False, credit_note=None) | Q(deposit=None, credit_note__isnull=False),
                name="refund_of_one_credit",
            ),
            models.CheckConstraint(
                condition=Q(source="accounts") | Q(method__isnull=False), name="refund_entered_here_has_a_method"
            ),
            models.CheckConstraint(
                condition=Q(reversed_at=None, reverse_reason="")
                | (Q(reversed_at__isnull=False) & ~Q(reverse_reason="")),
                name="refund_reversed_with_a_reason",
            ),
        ]
        permissions = [("reverse_refund", "Can reverse refunds")]

    def __str__(self) -> str:
        return f"{self.number}: {self.amount}"

    @property
    def credit(self) -> Deposit | CreditNote:
        """What it was given back from."""
        credit = self.deposit or self.credit_note
        assert credit is not None  # noqa: S101 (a check constraint holds this)
        return credit
