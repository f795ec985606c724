"""Buying in the office: what was ordered, came, was billed and credited, to look up and filter.

The pages and the API do the buying.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from workshop.admin.base import HistoryAdmin, ReadOnlyAdmin, SeenInline
from workshop.admin.stock import CostlyAdmin
from workshop.admin.theme import ChoicesDropdownFilter, RangeDateFilter, coloured, display
from workshop.models import (
    Bill,
    BillLine,
    PurchaseLine,
    PurchaseOrder,
    Receipt,
    ReceiptLine,
    Supplier,
    SupplierCredit,
    SupplierCreditAllocation,
    SupplierCreditLine,
)

ORDER_TONES = {
    PurchaseOrder.Status.DRAFT: "info",
    PurchaseOrder.Status.ORDERED: "warning",
    PurchaseOrder.Status.PART_RECEIVED: "warning",
    PurchaseOrder.Status.RECEIVED: "success",
    PurchaseOrder.Status.CANCELLED: "danger",
}
BILL_TONES = {
    Bill.Status.AWAITING_PAYMENT: "info",
    Bill.Status.PART_PAID: "warning",
    Bill.Status.PAID: "success",
    Bill.Status.VOIDED: "danger",
}


class CostlyLines(SeenInline):
    """Lines, without their amounts for whoever may not see costs."""

    costs: tuple[str, ...] = ("unit_cost", "line_amount", "tax_amount")
    related: tuple[str, ...] = ("tax_rate",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        seen = request.user.has_perm("workshop.see_costs")
        return [name for name in self.fields or [] if seen or name not in self.costs]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return self.get_fields(request, obj)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related(*self.related)


@admin.register(Supplier)
class SupplierAdmin(HistoryAdmin, ReadOnlyAdmin):
    list_display = ["name", "account_number", "order_email", "archived_at"]
    search_fields = ["name", "account_number", "order_email"]
    fields = ["name", "account_number", "order_email", "email", "tax_number", "freight_rule", "purchase_tax_rate",
              "terms", "terms_days", "notes", "archived_at"]  # fmt: skip
    readonly_fields = fields

    def view_on_site(self, obj: Supplier) -> str:
        return reverse("supplier", args=[obj.pk])


class OrderLines(CostlyLines):
    model = PurchaseLine
    related = ("part", "job", "tax_rate")
    fields = ["part", "description", "quantity", "received_quantity", "unit_cost", "tax_rate", "job", "is_core"]


@admin.register(PurchaseOrder)
class PurchaseOrderAdmin(HistoryAdmin, CostlyAdmin):
    list_display = ["number", "state", "supplier", "date", "expected_on", "freight"]
    list_filter = [("status", ChoicesDropdownFilter), ("date", RangeDateFilter)]
    list_select_related = ["supplier"]
    search_fields = ["number", "supplier__name", "lines__job__number"]
    search_help_text = "Search by number, supplier or job"
    costs = ["freight"]
    inlines = [OrderLines]

    @display(description="state", ordering="status", label=coloured(PurchaseOrder.Status, ORDER_TONES))
    def state(self, obj: PurchaseOrder) -> str:
        return obj.get_status_display()


class ReceiptLines(CostlyLines):
    model = ReceiptLine
    related = ("order_line",)
    costs = ("unit_cost", "amount", "freight")
    fields = ["order_line", "quantity", "unit_cost", "amount", "freight", "credited_quantity"]


@admin.register(Receipt)
class ReceiptAdmin(HistoryAdmin, CostlyAdmin):
    list_display = ["number", "order", "status", "date", "delivery_note", "bill"]
    list_filter = [("status", ChoicesDropdownFilter), ("date", RangeDateFilter)]
    list_select_related = ["order", "bill__supplier"]
    search_fields = ["number", "order__number", "order__supplier__name", "delivery_note"]
    inlines = [ReceiptLines]


class BillLines(CostlyLines):
    model = BillLine
    fields = ["account", "description", "quantity", "unit_cost", "line_amount", "tax_rate", "tax_amount"]


class UsedCredit(CostlyLines):
    model = SupplierCreditAllocation
    related = ("credit", "bill__supplier")
    costs = ("amount",)
    verbose_name_plural = "credit used"
    fields = ["credit", "bill", "date", "amount", "source", "removed_at"]


@admin.register(Bill)
class BillAdmin(HistoryAdmin, CostlyAdmin):
    list_display = ["number", "state", "supplier", "order", "date", "due_date", "total", "amount_paid"]
    list_filter = [("status", ChoicesDropdownFilter), ("date", RangeDateFilter)]
    list_select_related = ["supplier", "order"]
    search_fields = ["number", "supplier__name", "order__number"]
    search_help_text = "Search by the supplier's number, supplier or order"
    costs = ["subtotal", "tax_total", "total", "amount_paid", "amount_credited"]
    inlines = [BillLines, UsedCredit]

    def view_on_site(self, obj: Bill) -> str:
        return reverse("bill", args=[obj.pk])

    @display(description="state", ordering="status", label=coloured(Bill.Status, BILL_TONES))
    def state(self, obj: Bill) -> str:
        return obj.get_status_display()


class SupplierCreditLines(CostlyLines):
    model = SupplierCreditLine
    fields = ["account", "description", "quantity", "unit_cost", "line_amount", "tax_rate", "tax_amount"]


@admin.register(SupplierCredit)
class SupplierCreditAdmin(HistoryAdmin, CostlyAdmin):
    list_display = ["number", "supplier_number", "status", "supplier", "date", "total", "reason"]
    list_filter = [("status", ChoicesDropdownFilter), ("date", RangeDateFilter)]
    list_select_related = ["supplier"]
    search_fields = ["number", "supplier_number", "supplier__name"]
    costs = ["subtotal", "tax_total", "total", "amount_allocated", "amount_consumed_in_accounts", "remaining"]
    inlines = [SupplierCreditLines, UsedCredit]
