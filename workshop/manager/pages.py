"""Long lists, 25 rows at a time, and documents on paper."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

ROWS = 25


def pdf_answer(number: str, paper: bytes) -> HttpResponse:
    """A document on paper, to look at and print."""
    return HttpResponse(
        paper, content_type="application/pdf", headers={"Content-Disposition": f'inline; filename="{number}.pdf"'}
    )


def page_of(request: HttpRequest, rows: QuerySet[Any]) -> Page[Any]:
    """The page asked for; the nearest one where that is nonsense."""
    return Paginator(rows, ROWS).get_page(request.GET.get("page"))


def words_of(request: HttpRequest) -> str:
    """What was typed into the search; a null character, which no database takes, is nothing anybody typed."""
    return request.GET.get("q", "").replace("\0", "").strip()[:100]
