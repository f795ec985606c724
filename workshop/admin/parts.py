from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from workshop import parts
from workshop.admin.archiving import ArchivableAdmin, ArchivedFilter
from workshop.admin.base import HistoryAdmin, VerbAdmin
from workshop.models import Part


@admin.register(Part)
class PartAdmin(ArchivableAdmin, HistoryAdmin, VerbAdmin):
    list_display = ["code", "description", "category", "unit", "stocked", "sell_price", "cost_price", "archived_at"]
    list_filter = [ArchivedFilter, "stocked"]
    search_fields = ["code", "description", "barcodes__code"]
    autocomplete_fields = ["core"]
    readonly_fields = ["archived_at"]
    fields = [
        ("code", "unit"), "description", "category", ("sell_price", "cost_price"), ("price_rule", "tax_rate"),
        ("stocked", "negative_stock"), ("minimum", "maximum"), ("supplier", "location"), "core", "archived_at",
    ]  # fmt: skip
    archive, restore = staticmethod(parts.archive_part), staticmethod(parts.restore_part)

    def add_through_verb(self, request: HttpRequest, fields: dict[str, Any]) -> Part:
        return parts.add_part(**fields)

    def change_through_verb(self, request: HttpRequest, record: Part, fields: dict[str, Any]) -> Part:
        return parts.edit_part(record, **fields)
