from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from workshop import sales
from workshop.admin.base import HistoryAdmin, ReadOnlyAdmin
from workshop.admin.decisions import Reason, asking
from workshop.admin.theme import ChoicesDropdownFilter, DropdownFilter, RangeDateFilter, display
from workshop.models import Payment, PaymentMethod


class MethodFilter(DropdownFilter):
    title = "method"
    parameter_name = "method"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        return list(PaymentMethod.objects.values_list("pk", "name"))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.value() or ""
        return queryset.filter(method=int(chosen)) if chosen.isascii() and chosen.isdigit() else queryset


@admin.register(Payment)
class PaymentAdmin(HistoryAdmin, ReadOnlyAdmin):
    """Entered on the invoice's page; reversed, never edited."""

    list_display = ["number", "state", "invoice", "customer", "date", "method", "amount", "reference", "source"]
    list_filter = [MethodFilter, ("source", ChoicesDropdownFilter), ("date", RangeDateFilter)]
    list_select_related = ["invoice__customer", "method"]
    search_fields = ["number", "reference", "invoice__number", "invoice__customer__name"]
    search_help_text = "Search by number, reference, invoice or customer"
    fieldsets = [
        (None, {"fields": [("number", "state"), "invoice", ("date", "method"), ("amount", "reference"), "source"]}),
        ("Reversed", {"fields": [("reversed_at", "reverse_reason")]}),
    ]
    readonly_fields = ["number", "state", "source", "reversed_at", "reverse_reason"]
    actions_detail = ["reverse"]
    instead_of_deleting = "Reverse it instead."

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        sets = super().get_fieldsets(request, obj)
        return sets if obj and obj.reversed_at else sets[:-1]

    def view_on_site(self, obj: Payment) -> str:
        return reverse("invoice", args=[obj.invoice_id])

    @display(description="state", ordering="reversed_at", label={"Reversed": "danger", "Received": "success"})
    def state(self, obj: Payment) -> str:
        return "Reversed" if obj.reversed_at else "Received"

    @display(description="customer", ordering="invoice__customer__name")
    def customer(self, obj: Payment) -> str:
        return str(obj.invoice.customer)

    reverse = asking(
        "reverse",
        "Reverse",
        "Reverse {record}?",
        "workshop.reverse_payment",
        "The amount is due again on its invoice. In Xero the payment is removed.",
        "{record} is reversed.",
        Reason,
        danger=True,
    )(sales.reverse_payment)
