"""Goods in the office: what moved and why, to look up and filter. The pages and the API do the moving."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from workshop import locations
from workshop.admin.archiving import ArchivableAdmin, ArchivedFilter
from workshop.admin.base import ReadOnlyAdmin, SeenInline, VerbAdmin
from workshop.admin.decisions import asking
from workshop.admin.theme import ChoicesDropdownFilter, RangeDateFilter
from workshop.models import (
    JobLot,
    Location,
    PriceBand,
    PriceRule,
    StockAdjustment,
    StockJournal,
    StockMovement,
    StockPool,
    Stocktake,
    StocktakeLine,
    StockTransfer,
    StockTransferLine,
    WorkOrder,
    WorkOrderLine,
)


class CostlyAdmin(ReadOnlyAdmin):
    """Leaves costs out for whoever may not see them."""

    costs = ["value"]

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        return self._seen(request, list(super().get_list_display(request)))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """All of it, also what no form ever holds."""
        return self._seen(request, [field.name for field in self.opts.fields])

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return self.get_fields(request, obj)

    def _seen(self, request: HttpRequest, names: list[Any]) -> list[Any]:
        seen = request.user.has_perm("workshop.see_costs")
        return names if seen else [name for name in names if name not in self.costs]


class PartLines(SeenInline):
    """Lines that name a part, without a query for each."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("part")


@admin.register(Location)
class LocationAdmin(ArchivableAdmin, VerbAdmin):
    list_display = ["name", "is_default", "archived_at"]
    list_filter = [ArchivedFilter]
    search_fields = ["name"]
    fields = ["name", "is_default", "archived_at"]
    readonly_fields = ["is_default", "archived_at"]
    archive, restore = staticmethod(locations.archive_location), staticmethod(locations.restore_location)
    actions_detail = ["make_default"]

    def add_through_verb(self, request: HttpRequest, fields: dict[str, Any]) -> Location:
        return locations.add_location(**fields)

    def change_through_verb(self, request: HttpRequest, record: Location, fields: dict[str, Any]) -> Location:
        return locations.rename_location(record, **fields)

    make_default = asking(
        "make_default",
        "Make it the usual place",
        "Make {record} the usual place?",
        "workshop.change_location",
        "Goods lie there unless somebody says otherwise.",
        "{record} is the usual place now.",
    )(locations.make_default)


@admin.register(StockPool)
class StockPoolAdmin(CostlyAdmin):
    list_display = ["part", "quantity", "value", "last_average"]
    costs = ["value", "last_average"]
    list_select_related = ["part"]
    search_fields = ["part__code", "part__description"]
    ordering = ["part__code"]


@admin.register(StockMovement)
class StockMovementAdmin(CostlyAdmin):
    list_display = ["id", "date", "kind", "part", "location", "quantity", "value", "description"]
    list_filter = [("kind", ChoicesDropdownFilter), ("source", ChoicesDropdownFilter), ("date", RangeDateFilter)]
    list_select_related = ["part", "location"]
    search_fields = ["part__code", "description"]


@admin.register(StockJournal)
class StockJournalAdmin(ReadOnlyAdmin):
    list_display = ["id", "date", "narration", "debit", "credit", "amount", "voided_at"]
    list_filter = [("kind", ChoicesDropdownFilter), ("source", ChoicesDropdownFilter), ("date", RangeDateFilter)]
    search_fields = ["narration", "description"]


@admin.register(StockAdjustment)
class StockAdjustmentAdmin(CostlyAdmin):
    list_display = ["number", "date", "kind", "part", "location", "quantity", "value", "reason"]
    list_filter = [("kind", ChoicesDropdownFilter), ("date", RangeDateFilter)]
    list_select_related = ["part", "location"]
    search_fields = ["number", "part__code", "reason"]


@admin.register(JobLot)
class JobLotAdmin(CostlyAdmin):
    list_display = ["description", "job", "part", "quantity", "value"]
    list_select_related = ["job", "part"]
    search_fields = ["description", "job__number", "part__code"]


class StocktakeLines(PartLines):
    model = StocktakeLine
    verbose_name_plural = "counts"
    fields = ["part", "snapshot", "counted", "counted_by", "counted_at"]
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).exclude(counted=None).select_related("counted_by")


@admin.register(Stocktake)
class StocktakeAdmin(ReadOnlyAdmin):
    list_display = ["number", "status", "location", "category", "date", "created_at"]
    list_filter = [("status", ChoicesDropdownFilter)]
    list_select_related = ["location"]
    search_fields = ["number"]
    inlines = [StocktakeLines]


class TransferLines(PartLines):
    model = StockTransferLine
    fields = ["part", "quantity"]
    readonly_fields = fields


@admin.register(StockTransfer)
class StockTransferAdmin(ReadOnlyAdmin):
    list_display = ["number", "status", "from_location", "to_location", "date"]
    list_filter = [("status", ChoicesDropdownFilter)]
    list_select_related = ["from_location", "to_location"]
    search_fields = ["number"]
    inlines = [TransferLines]


class WorkOrderLines(PartLines):
    model = WorkOrderLine
    fields = ["part", "quantity", "weight"]
    readonly_fields = fields


@admin.register(WorkOrder)
class WorkOrderAdmin(ReadOnlyAdmin):
    list_display = ["number", "status", "direction", "part", "quantity", "location", "date"]
    list_filter = [("status", ChoicesDropdownFilter), ("direction", ChoicesDropdownFilter)]
    list_select_related = ["part", "location"]
    search_fields = ["number", "part__code"]
    inlines = [WorkOrderLines]


class Bands(SeenInline):
    model = PriceBand
    fields = ["cost_from", "markup_percent"]
    readonly_fields = fields


@admin.register(PriceRule)
class PriceRuleAdmin(ReadOnlyAdmin):
    list_display = ["name"]
    search_fields = ["name"]
    inlines = [Bands]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_view_permission(request, obj) and request.user.has_perm("workshop.see_costs")
