from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from workshop import credits
from workshop.admin.base import HistoryAdmin, ReadOnlyAdmin, SeenInline
from workshop.admin.decisions import asking
from workshop.admin.lines import CreditNoteLines
from workshop.admin.theme import ChoicesDropdownFilter, RangeDateFilter, coloured, display
from workshop.models import CreditAllocation, CreditNote

S = CreditNote.Status
TONES = {
    S.ISSUED: "info",
    S.PART_ALLOCATED: "warning",
    S.ALLOCATED: "success",
    S.REFUNDED: "success",
    S.VOIDED: "danger",
}


class AllocationInline(SeenInline):
    model = CreditAllocation
    fields = ["invoice", "date", "amount", "source", "removed_at"]
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("invoice")


@admin.register(CreditNote)
class CreditNoteAdmin(HistoryAdmin, ReadOnlyAdmin):
    list_display = ["number", "state", "customer", "invoice", "date", "total", "remaining"]
    list_filter = [("status", ChoicesDropdownFilter), ("date", RangeDateFilter)]
    list_select_related = ["customer", "invoice"]
    search_fields = ["number", "customer__name", "reference", "invoice__number"]
    search_help_text = "Search by number, customer, rego or invoice"
    inlines = [CreditNoteLines, AllocationInline]
    fieldsets = [
        (None, {"fields": [("number", "state"), ("customer", "invoice"), ("date", "reference"), "reason"]}),
        ("Money", {"fields": [("subtotal", "tax_total", "total"), ("amount_allocated", "amount_refunded", "remaining"),
                              ("tax_mode", "voided_at")]}),
    ]  # fmt: skip
    readonly_fields = [
        "number", "state", "subtotal", "tax_total", "total", "amount_allocated", "amount_refunded", "remaining",
        "voided_at",
    ]  # fmt: skip
    actions_detail = ["void"]
    instead_of_deleting = "Void it instead."

    def view_on_site(self, obj: CreditNote) -> str:
        return reverse("credit-note", args=[obj.pk])

    @display(description="state", ordering="status", label=coloured(S, TONES))
    def state(self, obj: CreditNote) -> str:
        return obj.get_status_display()

    void = asking(
        "void",
        "Void",
        "Void {record}?",
        "workshop.change_creditnote",
        "Its number is never used again.",
        "{record} is voided.",
        danger=True,
    )(credits.void_credit_note)
