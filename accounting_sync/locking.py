"""Invoices that are in Xero are no longer edited here, where the garage chose that."""

from __future__ import annotations

from typing import Any

from accounting_sync.models import SyncRecord
from workshop.models import Invoice
from workshop.signals import locks_invoice


def connect() -> None:
    locks_invoice.connect(_reason, sender=Invoice, dispatch_uid="accounting_sync.locks_invoice")


def _reason(sender: type[Invoice], invoice: Invoice, **_: Any) -> str:
    """May be there already counts as there: an answer that was lost is looked up, and not edited meanwhile."""
    records = SyncRecord.objects.of("invoice", invoice.pk)
    if records.filter(connection__locks_invoices=True).in_xero().exists():
        return f"Invoice {invoice} is in Xero and locked here, as was chosen. Credit it and issue it anew."
    return ""
