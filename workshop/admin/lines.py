"""The lines of a document, as they stand."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from workshop.admin.base import SeenInline
from workshop.models import CreditNoteLine, InvoiceLine, QuoteLine


class DocumentLines(SeenInline):
    verbose_name_plural = "lines"
    fields = [
        "kind", "part", "description", "quantity", "unit_price", "discount_percent", "tax_rate", "line_amount",
        "tax_amount",
    ]  # fmt: skip
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("part", "tax_rate")


class InvoiceLines(DocumentLines):
    model = InvoiceLine


class CreditNoteLines(DocumentLines):
    model = CreditNoteLine


class QuoteLines(DocumentLines):
    model = QuoteLine
    fields = ["kind", "part", "description", "quantity", "unit_price", "discount_percent", "tax_rate", "decision"]
    readonly_fields = fields
