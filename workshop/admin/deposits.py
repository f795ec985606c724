"""Deposits and refunds: taken and given at the counter, looked at here."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from workshop import refunds
from workshop.admin.base import HistoryAdmin, ReadOnlyAdmin, SeenInline
from workshop.admin.credit_notes import AllocationInline
from workshop.admin.decisions import Reason, asking
from workshop.admin.payments import MethodFilter
from workshop.admin.theme import ChoicesDropdownFilter, RangeDateFilter, coloured, display
from workshop.models import Deposit, Refund

S = Deposit.Status
TONES = {S.HELD: "info", S.PART_ALLOCATED: "warning", S.ALLOCATED: "success", S.REFUNDED: "danger"}


class RefundInline(SeenInline):
    model = Refund
    fields = ["number", "date", "method", "amount", "reference", "source", "reversed_at"]
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("method")


@admin.register(Deposit)
class DepositAdmin(HistoryAdmin, ReadOnlyAdmin):
    """Taken on the job card; used and refunded on its own page, never edited."""

    list_display = ["number", "state", "customer", "job", "date", "method", "amount", "remaining"]
    list_filter = [("status", ChoicesDropdownFilter), MethodFilter, ("date", RangeDateFilter)]
    list_select_related = ["customer", "job", "method"]
    search_fields = ["number", "reference", "customer__name", "job__number"]
    search_help_text = "Search by number, reference, customer or job"
    inlines = [AllocationInline, RefundInline]
    fieldsets = [
        (None, {"fields": [("number", "state"), ("customer", "job"), ("date", "method"), "reference"]}),
        ("Money", {"fields": [("amount", "tax_rate", "tax_amount"),
                              ("amount_allocated", "amount_refunded", "remaining")]}),
    ]  # fmt: skip
    readonly_fields = [
        "number", "state", "tax_rate", "tax_amount", "amount_allocated", "amount_refunded", "remaining",
    ]  # fmt: skip
    instead_of_deleting = "Refund it instead."

    def view_on_site(self, obj: Deposit) -> str:
        return reverse("deposit", args=[obj.pk])

    @display(description="state", ordering="status", label=coloured(S, TONES))
    def state(self, obj: Deposit) -> str:
        return obj.get_status_display()


@admin.register(Refund)
class RefundAdmin(HistoryAdmin, ReadOnlyAdmin):
    """Given on the deposit's or credit note's page; reversed, never edited."""

    list_display = ["number", "state", "of", "customer", "date", "method", "amount", "reference", "source"]
    list_filter = [MethodFilter, ("source", ChoicesDropdownFilter), ("date", RangeDateFilter)]
    list_select_related = ["deposit__customer", "credit_note__customer", "method"]
    search_fields = ["number", "reference", "deposit__number", "credit_note__number"]
    search_help_text = "Search by number, reference, deposit or credit note"
    fieldsets = [
        (None, {"fields": [("number", "state"), ("deposit", "credit_note"), ("date", "method"),
                           ("amount", "reference"), "source"]}),
        ("Reversed", {"fields": [("reversed_at", "reverse_reason")]}),
    ]  # fmt: skip
    readonly_fields = ["number", "state", "source", "reversed_at", "reverse_reason"]
    actions_detail = ["reverse"]
    instead_of_deleting = "Reverse it instead."

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        sets = super().get_fieldsets(request, obj)
        return sets if obj and obj.reversed_at else sets[:-1]

    def view_on_site(self, obj: Refund) -> str:
        return reverse("deposit" if obj.deposit_id else "credit-note", args=[obj.credit.pk])

    @display(description="state", ordering="reversed_at", label={"Reversed": "danger", "Given": "success"})
    def state(self, obj: Refund) -> str:
        return "Reversed" if obj.reversed_at else "Given"

    @display(description="of")
    def of(self, obj: Refund) -> str:
        return str(obj.credit)

    @display(description="customer")
    def customer(self, obj: Refund) -> str:
        return str(obj.credit.customer)

    reverse = asking(
        "reverse",
        "Reverse",
        "Reverse {record}?",
        "workshop.reverse_refund",
        "The money is held again. In Xero the refund is removed.",
        "{record} is reversed.",
        Reason,
        danger=True,
    )(refunds.reverse_refund)
