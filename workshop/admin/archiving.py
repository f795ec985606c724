"""Archived and restored, one or many: what is refused is told, one sentence each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest

from workshop.admin.base import OfficeAdmin
from workshop.admin.theme import DropdownFilter
from workshop.errors import WorkshopError


class ArchivedFilter(DropdownFilter):
    """Archived records are hidden until asked for, as in the shop's pickers."""

    title = "archived"
    parameter_name = "archived"
    all_option = None

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("", "In use"), ("yes", "Archived"), ("all", "Both")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "all":
            return queryset
        return queryset.filter(archived_at__isnull=self.value() != "yes")


class ArchivableAdmin(OfficeAdmin):
    """``archive`` and ``restore`` are the verbs."""

    archive: ClassVar[Any]
    restore: ClassVar[Any]
    actions = ["archive_selected", "restore_selected"]

    @admin.action(description="Archive", permissions=["change"])
    def archive_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._each(request, queryset.filter(archived_at=None), type(self).archive, "archived")

    @admin.action(description="Restore", permissions=["change"])
    def restore_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._each(request, queryset.exclude(archived_at=None), type(self).restore, "restored")

    def _each(self, request: HttpRequest, rows: QuerySet[Any], verb: Callable[[Any], Any], word: str) -> None:
        done = 0
        for record in rows:
            try:
                verb(record)
            except WorkshopError as refusal:
                messages.error(request, refusal.sentence)
            except ValidationError as error:
                messages.error(request, f"{record}: {' '.join(error.messages)}")
            else:
                done += 1
        told = (
            f"{done} {word}."
            if word != "archived"
            else f"{done} archived here. The accounts keep what they have of it."
        )
        messages.success(request, told) if done else messages.warning(request, f"None was {word}.")
