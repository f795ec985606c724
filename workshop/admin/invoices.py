from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from workshop import sales
from workshop.admin.base import HistoryAdmin, ReadOnlyAdmin, SeenInline
from workshop.admin.decisions import NewDate, Reason, asking
from workshop.admin.lines import InvoiceLines
from workshop.admin.theme import ChoicesDropdownFilter, RangeDateFilter, coloured, display
from workshop.models import CreditAllocation, Invoice, Payment

S = Invoice.Status
TONES = {S.ISSUED: "info", S.PART_PAID: "warning", S.PAID: "success", S.VOIDED: "danger"}


class PaymentInline(SeenInline):
    model = Payment
    fields = ["number", "date", "method", "amount", "reference", "source", "reversed_at"]
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("method")


class CreditInline(SeenInline):
    model = CreditAllocation
    verbose_name_plural = "credits"
    fields = ["credit_note", "deposit", "date", "amount", "source", "removed_at"]
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("credit_note", "deposit")


def _redate(invoice: Invoice, *, date: Any) -> Invoice:
    return sales.redate_invoice(invoice, date)


@admin.register(Invoice)
class InvoiceAdmin(HistoryAdmin, ReadOnlyAdmin):
    """Looked at here; lines and payments are entered on the invoice's own page."""

    list_display = ["number", "state", "customer", "reference", "date", "due_date", "total", "amount_due"]
    list_filter = [("status", ChoicesDropdownFilter), ("date", RangeDateFilter), ("due_date", RangeDateFilter)]
    list_select_related = ["customer"]
    search_fields = ["number", "previous_numbers", "customer__name", "reference"]
    search_help_text = "Search by number, customer or rego"
    inlines = [InvoiceLines, PaymentInline, CreditInline]
    fieldsets = [
        (None, {"fields": [("number", "state"), ("customer", "vehicle"), ("job", "reference"), ("date", "due_date"),
                           "previous_numbers"]}),
        ("Money", {"fields": [("subtotal", "tax_total", "total"), ("amount_paid", "amount_credited", "amount_due"),
                              ("tax_mode", "changed_in_accounts", "expected_payment_date"),
                              ("freight", "discount_amount", "discount_percent")]}),
        ("Voided", {"fields": [("voided_at", "void_reason")]}),
    ]  # fmt: skip
    readonly_fields = [
        "number", "state", "previous_numbers", "subtotal", "tax_total", "total", "amount_paid", "amount_credited",
        "amount_due", "changed_in_accounts", "expected_payment_date", "voided_at", "void_reason",
    ]  # fmt: skip
    actions_detail = ["redate", "renumber", "void"]
    instead_of_deleting = "Void it, or credit it, instead."

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        sets = super().get_fieldsets(request, obj)
        return sets if obj and obj.voided_at else sets[:-1]

    def view_on_site(self, obj: Invoice) -> str:
        return reverse("invoice", args=[obj.pk])

    @display(description="state", ordering="status", label=coloured(S, TONES))
    def state(self, obj: Invoice) -> str:
        return obj.get_status_display()

    redate = asking(
        "redate",
        "Change date",
        "Change the date of {record}?",
        "workshop.backdate_invoice",
        "The terms move with it; the old date stays in the history.",
        "{record} is moved to another day.",
        NewDate,
    )(_redate)
    renumber = asking(
        "renumber",
        "Renumber",
        "Renumber {record}?",
        "workshop.backdate_invoice",
        "It gets the next free number. The present one is noted and never used again.",
        "The invoice is {record} from now on.",
    )(sales.renumber_invoice)
    void = asking(
        "void",
        "Void",
        "Void {record}?",
        "workshop.void_invoice",
        "Its job goes back to completed and its number is never used again.",
        "{record} is voided.",
        Reason,
        danger=True,
    )(sales.void_invoice)
