"""The double entry of what happens to goods: one journal of two lines for each movement of value."""

from __future__ import annotations

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q

from workshop import money
from workshop.models.fields import MoneyField


class AccountRole(models.TextChoices):
    """What an account is for; which one it is, the accountant decides."""

    STOCK = "stock", "Stock on Hand"
    WIP = "wip", "Work in Progress"
    COGS = "cogs", "Cost of Goods Sold"
    ADJUSTMENT = "adjustment", "Stock Adjustment"
    VARIANCE = "variance", "Purchase Price Variance"
    FREIGHT_IN = "freight_in", "Freight on Purchases"
    ROUNDING = "rounding", "Rounding"


class Source(models.TextChoices):
    """The document that a movement or a journal comes from."""

    INVOICE = "invoice", "Invoice"
    CREDIT_NOTE = "credit_note", "Credit note"
    RECEIPT = "receipt", "Goods received"
    BILL = "bill", "Supplier bill"
    SUPPLIER_CREDIT = "supplier_credit", "Supplier credit"
    ADJUSTMENT = "adjustment", "Stock adjustment"
    STOCKTAKE = "stocktake", "Stocktake"
    TRANSFER = "transfer", "Stock transfer"
    WORK_ORDER = "work_order", "Work order"
    JOB = "job", "Job"
    RECONCILIATION = "reconciliation", "Reconciliation"


class FromSource(models.Model):
    """Where it comes from: the document and, where there is one, its line. Documents are never deleted."""

    source = models.CharField(max_length=20, choices=Source)
    source_id = models.PositiveBigIntegerField()
    source_line_id = models.PositiveBigIntegerField(null=True, blank=True)

    class Meta:
        abstract = True


class StockJournal(FromSource):
    """One debit and one credit of the same amount: it balances by its shape. Its amount never changes; it is voided."""

    class Kind(models.TextChoices):
        COGS = "cogs", "Cost of goods sold"
        COGS_REVERSAL = "cogs_reversal", "Cost of goods returned"
        ADJUSTMENT = "adjustment", "Adjustment"
        STOCKTAKE = "stocktake", "Stocktake"
        COST_CORRECTION = "cost_correction", "Cost correction"
        PRICE_VARIANCE = "price_variance", "Price variance"
        RETURNED_TO_STOCK = "returned_to_stock", "Returned to stock"
        CATCH_UP = "catch_up", "Catch-up"
        CORRECTING = "correcting", "Correction after reconciling"

    kind = models.CharField(max_length=20, choices=Kind)
    date = models.DateField()
    narration = models.CharField(max_length=300)
    description = models.CharField(max_length=300, blank=True)
    debit = models.CharField(max_length=12, choices=AccountRole)
    credit = models.CharField(max_length=12, choices=AccountRole)
    amount = MoneyField(validators=[MinValueValidator(money.CENT)])
    voided_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-date", "-id"]
        indexes = [
            models.Index(fields=["source", "source_id"], name="stockjournal_source"),
            models.Index(fields=["date", "id"], name="stockjournal_date"),
            models.Index(fields=["updated_at", "id"], name="stockjournal_changed"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="stockjournal_amount_positive"),
            models.CheckConstraint(condition=~Q(debit=F("credit")), name="stockjournal_two_accounts"),
            models.CheckConstraint(condition=~Q(narration=""), name="stockjournal_has_a_narration"),
        ]

    def __str__(self) -> str:
        return f"{self.narration}: {self.amount}"
