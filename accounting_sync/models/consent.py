"""Access given in Xero of which we do not know yet whom it is to."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from accounting_sync.models.fields import EncryptedTextField


class UnfinishedConsent(models.Model):
    """Kept from the moment Xero gave its tokens until the organisation is known: Xero shows us connected meanwhile."""

    token = EncryptedTextField()
    given_at = models.DateTimeField(auto_now_add=True)
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["-given_at", "-id"]

    def __str__(self) -> str:
        return f"Consent of {self.given_at:%Y-%m-%d %H:%M}"
