"""What Xero said and nobody here understands yet, the latest first."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from accounting_sync.models import UnknownMessage
from workshop.admin.base import ReadOnlyAdmin
from workshop.admin.theme import display


@admin.register(UnknownMessage)
class UnknownMessageAdmin(ReadOnlyAdmin):
    list_display = ["wording", "count", "first_at", "last_at", "latest_link"]
    list_select_related = ["latest"]
    search_fields = ["wording"]
    fields = ["wording", "count", "first_at", "last_at", "latest_link"]
    readonly_fields = ["latest_link"]

    def has_view_permission(self, request: HttpRequest, obj: UnknownMessage | None = None) -> bool:
        return request.user.has_perm("accounting_sync.view_syncrecord")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    @display(description="latest record")
    def latest_link(self, obj: UnknownMessage) -> str:
        if obj.latest is None:
            return ""
        url = reverse("admin:accounting_sync_syncrecord_change", args=[obj.latest_id])
        return format_html('<a class="accounting-link" href="{}">{}</a>', url, obj.latest)
