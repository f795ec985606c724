"""Pages of long lists without counting all of them."""

from __future__ import annotations

from typing import Any, cast

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property

from workshop.admin.theme import ChangeList


class CappedPaginator(Paginator):
    """Counts to ``cap`` and no further: of a million rows nobody turns to the last page, and counting them is slow."""

    cap = 1_000
    template_name = "admin/capped_pages.html"

    @cached_property
    def count(self) -> int:
        rows = cast("QuerySet[Any]", self.object_list)
        return rows.order_by().values("pk")[: self.cap].count()

    @property
    def is_capped(self) -> bool:
        return self.count >= self.cap


class CappedChangeList(ChangeList):
    """Says no number that it did not count to the end."""

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        """By what was chosen and then by id, both one way round, as the indexes are."""
        chosen = [field for field in super().get_ordering(request, queryset) if field not in {"pk", "-pk", "id", "-id"}]
        down = str(chosen[0]).startswith("-") if chosen else True
        return [*chosen[:1], "-id" if down else "id"]

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if self.paginator.is_capped or not (self.query or self.has_active_filters):
            self.full_result_count = self.result_count
