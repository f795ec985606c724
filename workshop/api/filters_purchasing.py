"""What lists of buying can be asked for."""

from __future__ import annotations

from typing import Any

import django_filters as filters
from django.db.models import QuerySet

from workshop.api.filters import ArchivableFilter, ChangingFilter, YesNoFilter
from workshop.models import Bill, PurchaseOrder, Receipt, Supplier, SupplierCredit, SupplierCreditAllocation

MANY = "May be given more than once."


class SupplierFilter(ArchivableFilter):
    class Meta:
        model = Supplier
        fields = ["account_number"]

    def find(self, rows: Any, name: str, words: str) -> QuerySet[Any]:
        return rows.filter(name__icontains=words)


class PurchaseOrderFilter(ChangingFilter):
    status = filters.MultipleChoiceFilter(choices=PurchaseOrder.Status.choices, help_text=MANY)
    open = YesNoFilter(method="if_open", help_text="Neither closed nor cancelled.")
    job = filters.NumberFilter(field_name="lines__job", distinct=True)
    search = filters.CharFilter(method="find", max_length=100)

    class Meta:
        model = PurchaseOrder
        fields = ["supplier", "number"]

    def if_open(self, rows: Any, name: str, value: bool) -> QuerySet[Any]:
        return rows.open() if value else rows.filter(status__in=["closed", "cancelled"])


class ReceiptFilter(ChangingFilter):
    status = filters.MultipleChoiceFilter(choices=Receipt.Status.choices, help_text=MANY)

    class Meta:
        model = Receipt
        fields = ["order", "bill", "number"]


class BillFilter(ChangingFilter):
    status = filters.MultipleChoiceFilter(choices=Bill.Status.choices, help_text=MANY)
    date_from = filters.DateFilter(field_name="date", lookup_expr="gte")
    date_to = filters.DateFilter(field_name="date", lookup_expr="lte")

    class Meta:
        model = Bill
        fields = ["supplier", "order", "number"]


class SupplierCreditAllocationFilter(ChangingFilter):
    removed = YesNoFilter(method="if_removed")

    class Meta:
        model = SupplierCreditAllocation
        fields = ["credit", "bill", "source"]

    def if_removed(self, rows: QuerySet[Any], name: str, value: bool) -> QuerySet[Any]:
        return rows.filter(removed_at__isnull=not value)


class SupplierCreditFilter(ChangingFilter):
    status = filters.MultipleChoiceFilter(choices=SupplierCredit.Status.choices, help_text=MANY)

    class Meta:
        model = SupplierCredit
        fields = ["supplier", "number", "supplier_number"]
