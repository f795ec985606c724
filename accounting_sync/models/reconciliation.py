"""Stock and work in progress, here and in Xero, as they stood on a day."""

from __future__ import annotations

from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q

from accounting_sync.models.connection import Connection
from workshop.models.fields import MoneyField


class Reconciliation(models.Model):
    """One account on one day. ``entries``: why both sides differ, document by document, each with its amount."""

    class Account(models.TextChoices):
        STOCK = "stock", "Stock on Hand"
        WIP = "wip", "Work in Progress"

    class Reason(models.TextChoices):
        UNSENT = "unsent", "Not in Xero yet"
        BY_PERSON = "by_person", "Not sent, by somebody's decision"
        BY_CHOICE = "by_choice", "Not posted by choice"
        NOT_BILLED = "not_billed", "Received, not billed"
        FOREIGN = "foreign", "Made in Xero, not by us"
        CHANGED = "changed", "Changed or voided in Xero"
        OTHER_DATE = "other_date", "On another date in Xero"
        OPENING = "opening", "Opening stock"
        CORRECTED = "corrected", "Corrections posted to Xero alone"
        REST = "rest", "Not explained"

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="reconciliations")
    account = models.CharField(max_length=10, choices=Account)
    as_at = models.DateField()
    here = MoneyField()
    in_xero = MoneyField()
    proposed = MoneyField(help_text="What a correcting journal would add to the account in Xero.")
    entries = models.JSONField(default=list, encoder=DjangoJSONEncoder)
    computed_at = models.DateTimeField()

    class Meta:
        ordering = ["-as_at", "account"]
        constraints = [
            models.UniqueConstraint(fields=["connection", "account", "as_at"], name="reconciliation_one_per_day"),
            models.CheckConstraint(condition=~Q(account=""), name="reconciliation_has_an_account"),
        ]

    def __str__(self) -> str:
        return f"{self.get_account_display()} as at {self.as_at}"

    @property
    def difference(self) -> Any:
        return self.in_xero - self.here
