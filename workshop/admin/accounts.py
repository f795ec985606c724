"""People and roles. Roles come from the code, so that the same role means the same in every garage."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.http import HttpRequest

from workshop.admin.base import OfficeAdmin, ReadOnlyAdmin
from workshop.admin.theme import AdminPasswordChangeForm, UserChangeForm, UserCreationForm, display

OWNER = "Owner"

admin.site.unregister(User)
admin.site.unregister(Group)


class PersonForm(UserChangeForm):
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        stays = cleaned.get("is_active") and any(group.name == OWNER for group in cleaned.get("groups") or [])
        owners = User.objects.filter(groups__name=OWNER, is_active=True)
        was = owners.filter(pk=self.instance.pk).exists()
        if was and not stays and not owners.exclude(pk=self.instance.pk).exists():
            self.add_error("groups", "This is the last owner. Make somebody else an owner first.")
        return cleaned


@admin.register(User)
class PersonAdmin(UserAdmin, OfficeAdmin):
    form, add_form, change_password_form = PersonForm, UserCreationForm, AdminPasswordChangeForm
    list_display = ["username", "name", "roles", "is_active", "is_staff", "last_login"]
    list_filter = ["is_active", "groups"]
    fieldsets = [
        (None, {"fields": ["username", "password", ("first_name", "last_name"), "email"]}),
        ("What they may do", {"fields": ["groups", ("is_active", "is_staff")]}),
        ("Seen", {"fields": [("last_login", "date_joined")]}),
    ]
    readonly_fields = ["last_login", "date_joined"]
    filter_horizontal = ()
    instead_of_deleting = "Take “active” off instead: the name stays on everything the person did."

    def get_queryset(self, request: HttpRequest) -> Any:
        """Superusers belong to whoever installed this: only one of them sees and changes another."""
        people = super().get_queryset(request).prefetch_related("groups")
        return people if request.user.is_superuser else people.filter(is_superuser=False)

    @display(description="name", ordering="last_name")
    def name(self, obj: User) -> str:
        return obj.get_full_name()

    @display(description="roles")
    def roles(self, obj: User) -> str:
        return ", ".join(group.name for group in obj.groups.all())


@admin.register(Group)
class RoleAdmin(GroupAdmin, ReadOnlyAdmin):
    list_display = ["name"]
    instead_of_deleting = "Roles come with the program."
