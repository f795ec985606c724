from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from workshop import devices
from workshop.admin.base import ReadOnlyAdmin
from workshop.admin.decisions import asking
from workshop.admin.theme import display
from workshop.models import DeviceToken

REVOKE = "workshop.delete_devicetoken"


@admin.register(DeviceToken)
class DeviceTokenAdmin(ReadOnlyAdmin):
    """Phones and tablets that may use the API. The key itself is never shown again, here neither."""

    list_display = ["name", "user", "state", "created_at", "last_used_at", "expires_at"]
    list_select_related = ["user"]
    search_fields = ["name", "user__username", "user__last_name"]
    fields = [("name", "user"), "state", ("created_at", "last_used_at"), ("expires_at", "revoked_at")]
    readonly_fields = ["state"]
    actions = ["revoke_selected"]
    actions_detail = ["revoke"]
    instead_of_deleting = "Revoke it instead."

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(REVOKE)

    @admin.action(description="Revoke", permissions=["revoke"])
    def revoke_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        live = list(queryset.filter(revoked_at=None))
        for device in live:
            devices.revoke_device(device)
        messages.success(request, f"{len(live)} revoked: signed out at once.")

    @display(description="state", label={"Signed in": "success", "Revoked": "danger", "Expired": "danger"})
    def state(self, obj: DeviceToken) -> str:
        if obj.revoked_at:
            return "Revoked"
        return "Signed in" if obj.live else "Expired"

    revoke = asking(
        "revoke",
        "Revoke",
        "Revoke {record}?",
        REVOKE,
        "The device is signed out at once and needs name and password to come back.",
        "{record} is revoked.",
        danger=True,
    )(devices.revoke_device)
