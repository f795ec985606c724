"""Pages by cursor: stable while records change under the reader."""

from __future__ import annotations

import base64
import json
from datetime import datetime
from typing import Any

from django.db.models import Model, Q, QuerySet
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from workshop.api.problems import InvalidQuery
from workshop.api.serializers.fields import stated_moment

DEFAULT_SIZE, LARGEST_SIZE = 50, 200


class CursorPagination(BasePagination):
    """Ordered by (updated_at, id), so that records saved in the same instant are neither skipped nor repeated.

    A resource without ``updated_at`` is ordered by id alone. The cursor names the last row seen and the direction.
    """

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self.url = request.build_absolute_uri()
        self.fields: tuple[str, ...] = getattr(view, "cursor_fields", ("updated_at", "id"))
        descending = request.query_params.get("ordering", "").startswith("-")
        size = page_size(request)
        backwards, place = self._read(request.query_params.get("cursor", ""))
        down = descending != backwards
        rows = queryset.order_by(*(f"-{name}" if down else name for name in self.fields))
        if place:
            rows = _beyond(rows, self.fields, place, down)
        page = list(rows[: size + 1])
        more, page = len(page) > size, page[:size]
        if backwards:
            page.reverse()
        self._link(page, before=more if backwards else bool(place), after=bool(place) if backwards else more)
        return page

    def _link(self, page: list[Model], *, before: bool, after: bool) -> None:
        self.next = self._url(page[-1], False) if page and after else None
        self.previous = self._url(page[0], True) if page and before else None

    def _url(self, row: Model, backwards: bool) -> str:
        values = [getattr(row, name) for name in self.fields]
        plain = [value.isoformat() if isinstance(value, datetime) else value for value in values]
        text = json.dumps([int(backwards), *plain]).encode()
        return replace_query_param(self.url, "cursor", base64.urlsafe_b64encode(text).decode())

    def _read(self, cursor: str) -> tuple[bool, list[Any]]:
        if not cursor:
            return False, []
        try:
            backwards, *place = json.loads(base64.urlsafe_b64decode(cursor))
            whole = [*map(stated_moment, place[:-1]), int(place[-1])]
        except (ValueError, TypeError, IndexError) as error:
            raise InvalidQuery({"cursor": ["Not a cursor this list gave out."]}) from error
        if len(whole) != len(self.fields) or None in whole:
            raise InvalidQuery({"cursor": ["Not a cursor of this list."]})
        return bool(backwards), whole

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"next": self.next, "previous": self.previous, "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": "string", "nullable": True, "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": link, "previous": link, "results": schema},
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        size = {"type": "integer", "minimum": 1, "maximum": LARGEST_SIZE, "default": DEFAULT_SIZE}
        return [
            _parameter("cursor", "Where to go on: from `next` or `previous` of another page.", {"type": "string"}),
            _parameter("page_size", "How many rows a page holds.", size),
        ]


def _parameter(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": description, "schema": schema}


def _beyond(rows: QuerySet[Any], fields: tuple[str, ...], place: list[Any], down: bool) -> QuerySet[Any]:
    """Rows after the place, in the reading direction: row-wise comparison, written out for every database."""
    compare = "lt" if down else "gt"
    condition, equal = Q(), Q()
    for name, value in zip(fields, place, strict=True):
        condition |= equal & Q(**{f"{name}__{compare}": value})
        equal &= Q(**{name: value})
    return rows.filter(condition)


def page_size(request: Request) -> int:
    asked = request.query_params.get("page_size", str(DEFAULT_SIZE))
    if not asked.isascii() or not asked.isdigit() or not 1 <= int(asked[:6]) <= LARGEST_SIZE:
        raise InvalidQuery({"page_size": [f"Give a number from 1 to {LARGEST_SIZE}."]})
    return int(asked)
