"""What a list shows, chosen rows or all of them, as a file for a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone
from django.utils.text import slugify

from workshop.admin.theme import ModelAdmin
from workshop.models import Organisation
from workshop.part_files import harmless

CHUNK = 2000


class Echo:
    """csv writes to it and gets each line back: nothing is held in memory."""

    def write(self, line: str) -> str:
        return line


class SpreadsheetAction(ModelAdmin):
    """``csv_columns``: heading → the field it shows, through joins where it must."""

    csv_columns: ClassVar[dict[str, str]] = {}

    @admin.action(description="Save as CSV", permissions=["view"])
    def save_csv(self, request: HttpRequest, queryset: QuerySet[Any]) -> StreamingHttpResponse:
        response = StreamingHttpResponse(self._lines(queryset), content_type="text/csv; charset=utf-8")
        name = f"{slugify(self.opts.verbose_name_plural)} {timezone.localdate():%Y-%m-%d}.csv"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response

    def _lines(self, queryset: QuerySet[Any]) -> Iterator[str]:
        writer, zone = csv.writer(Echo()), Organisation.current().zone
        yield "\ufeff" + writer.writerow(self.csv_columns)
        for row in queryset.values_list(*self.csv_columns.values()).iterator(chunk_size=CHUNK):
            yield writer.writerow([harmless(_told(value, zone)) for value in row])


def _told(value: Any, zone: Any) -> str:
    if value is None:
        return ""
    return value.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S") if hasattr(value, "astimezone") else str(value)
