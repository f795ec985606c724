"""What Xero said and the error catalogue does not know yet."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from accounting_sync.models.sync_record import SyncRecord


class UnknownMessage(models.Model):
    """One wording, without its numbers and names. The catalogue grows by what is here often."""

    wording = models.CharField(max_length=300, unique=True)
    count = models.PositiveIntegerField(default=1)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    latest = models.ForeignKey(
        SyncRecord, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="latest record"
    )

    class Meta:
        ordering = ["-last_at"]
        verbose_name = "message we do not know yet"
        verbose_name_plural = "messages we do not know yet"
        constraints = [
            models.CheckConstraint(condition=~Q(wording=""), name="unknownmessage_says_something"),
            models.CheckConstraint(condition=Q(last_at__gte=F("first_at")), name="unknownmessage_first_before_last"),
        ]

    def __str__(self) -> str:
        return self.wording
