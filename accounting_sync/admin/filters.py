"""Filters in the words people use."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest

from accounting_sync.documents import DOCUMENTS
from accounting_sync.errors import CATALOGUE
from workshop.admin.theme import DropdownFilter


class KindFilter(DropdownFilter):
    title = "kind"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(kind, document.label) for kind, document in DOCUMENTS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


class CauseFilter(DropdownFilter):
    """By the cause as the catalogue tells it, so that what has one cure is cured together."""

    title = "cause"
    parameter_name = "code"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(cure.code, cure.sentence) for cure in CATALOGUE]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(code=self.value()) if self.value() else queryset


class KeptOutFilter(DropdownFilter):
    title = "kept out"
    parameter_name = "kept_out"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("export", "Do not export"), ("import", "Do not import"), ("no", "Neither")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        marks = {
            "export": Q(do_not_export=True),
            "import": Q(do_not_import=True),
            "no": Q(do_not_export=False, do_not_import=False),
        }
        return queryset.filter(marks[self.value() or ""]) if self.value() in marks else queryset
