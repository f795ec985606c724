from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import reverse

from workshop import vehicles
from workshop.admin.archiving import ArchivableAdmin, ArchivedFilter
from workshop.admin.base import HistoryAdmin, SeenInline, VerbAdmin
from workshop.admin.theme import RangeDateFilter, display
from workshop.models import OdometerReading, Ownership, Vehicle


class OwnerInline(SeenInline):
    model = Ownership
    verbose_name_plural = "owners"
    fields = ["customer", "since", "until"]
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("customer")


class OdometerInline(SeenInline):
    model = OdometerReading
    fields = ["value", "unit", "read_on", "reason"]
    readonly_fields = fields


@admin.register(Vehicle)
class VehicleAdmin(ArchivableAdmin, HistoryAdmin, VerbAdmin):
    list_display = ["plate", "make", "model", "year", "owner", "inspection_due", "rego_due", "archived_at"]
    list_filter = [ArchivedFilter, ("inspection_due", RangeDateFilter), ("rego_due", RangeDateFilter)]
    search_fields = ["rego", "vin", "make", "model"]
    search_help_text = "Search by rego, VIN, make, model or owner"
    inlines = [OwnerInline, OdometerInline]
    readonly_fields = ["archived_at"]
    fieldsets = [
        (None, {"fields": [("rego", "jurisdiction"), "vin", ("make", "model"), ("year", "colour"), "archived_at"]}),
        ("Details", {"fields": [("engine", "fuel"), ("transmission", "tyre_size"), "notes"]}),
        ("Due", {"fields": [("inspection_due", "rego_due"), ("service_due", "service_due_odometer")]}),
    ]
    archive, restore = staticmethod(vehicles.archive_vehicle), staticmethod(vehicles.restore_vehicle)

    def view_on_site(self, obj: Vehicle) -> str:
        return reverse("vehicle", args=[obj.pk])

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        now = Ownership.objects.filter(vehicle=OuterRef("pk"), until=None).values("customer__name")[:1]
        return super().get_queryset(request).annotate(owner_name=Subquery(now))

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> Any:
        """A plate with or without its spaces, or the owner's name, as everywhere else in the shop."""
        found = Vehicle.objects.search(search_term).order_by().values("pk")
        return (queryset.filter(pk__in=found) if search_term else queryset), False

    def add_through_verb(self, request: HttpRequest, fields: dict[str, Any]) -> Vehicle:
        return vehicles.register_vehicle(**fields)

    def change_through_verb(self, request: HttpRequest, record: Vehicle, fields: dict[str, Any]) -> Vehicle:
        return vehicles.edit_vehicle(record, **fields)

    @display(description="plate", ordering="rego")
    def plate(self, obj: Vehicle) -> str:
        return obj.rego or obj.vin

    @display(description="owner", ordering="owner_name")
    def owner(self, obj: Any) -> str:
        return obj.owner_name
