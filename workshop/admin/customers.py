from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from workshop import people
from workshop.admin.archiving import ArchivableAdmin, ArchivedFilter
from workshop.admin.base import HistoryAdmin, SeenInline, TypedInline, VerbAdmin
from workshop.admin.theme import ChoicesDropdownFilter
from workshop.models import Address, Customer, Ownership, PhoneNumber


class PhoneInline(TypedInline):
    model = PhoneNumber
    fields = [("kind", "number")]


class AddressInline(TypedInline):
    model = Address
    fields = ["kind", "line1", "line2", ("city", "region"), ("postal_code", "country")]


class CarInline(SeenInline):
    model = Ownership
    verbose_name_plural = "cars"
    fields = ["vehicle", "since", "until"]
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("vehicle")


@admin.register(Customer)
class CustomerAdmin(ArchivableAdmin, HistoryAdmin, VerbAdmin):
    list_display = ["name", "kind", "email", "archived_at", "updated_at"]
    list_filter = [("kind", ChoicesDropdownFilter), ArchivedFilter]
    search_fields = ["name", "email", "phones__digits"]
    search_help_text = "Search by name, e-mail or phone"
    inlines = [PhoneInline, AddressInline, CarInline]
    readonly_fields = ["archived_at"]
    fieldsets = [
        (None, {"fields": ["kind", ("first_name", "last_name"), "company_name", "email", "archived_at"]}),
        ("Terms and tax", {"fields": [("terms", "terms_days"), ("tax_rate", "discount_percent"), "tax_number"]}),
        ("Notes", {"fields": ["notes", "marketing_consent"]}),
    ]
    archive, restore = staticmethod(people.archive_customer), staticmethod(people.restore_customer)

    def view_on_site(self, obj: Customer) -> str:
        return reverse("customer", args=[obj.pk])

    def add_through_verb(self, request: HttpRequest, fields: dict[str, Any]) -> Customer:
        return people.add_customer(**fields)

    def change_through_verb(self, request: HttpRequest, record: Customer, fields: dict[str, Any]) -> Customer:
        return people.edit_customer(record, **fields)

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> Any:
        """A phone number however it is written, as everywhere else in the shop."""
        found = Customer.objects.search(search_term).order_by().values("pk")
        return (queryset.filter(pk__in=found) if search_term else queryset), False
