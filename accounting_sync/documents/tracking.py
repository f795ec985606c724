"""The site's mark on every line that is booked: Xero's tracking category and option. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from accounting_sync.documents.document import Books, Element
from accounting_sync.reconcile import Body

MOST = 2  # tracking categories that Xero keeps on a line
LINES = ("LineItems", "JournalLines")
IDS = ("TrackingCategoryID", "TrackingOptionID")
NAMES = ("Name", "Option")


def tracked(body: Body, books: Books) -> Body:
    """No part of the content: another site counts from the next document, and moves nothing that Xero has."""
    if not books.site:
        return body
    mark = [dict(zip(IDS, books.site, strict=True))]
    return {**body, **{name: [_marked(line, mark) for line in body[name]] for name in LINES if name in body}}


def _marked(line: Body, mark: list[dict[str, str]]) -> Body:
    return {**line, "Tracking": mark} if line.get("AccountCode") else line


def as_tracked_there(lines: Sequence[Body], there: Sequence[Element]) -> list[Body]:
    """Our lines; those that Xero has already keep the marks they have there, the accountant's among them."""
    return [_kept(line, there[n]) if n < len(there) else line for n, line in enumerate(lines)]


def _kept(line: Body, there: Element) -> Body:
    """As Xero writes them, by ids or by names; a mark without its option is left alone."""
    marks = [{n: mark[n] for n in (*IDS, *NAMES) if mark.get(n)} for mark in there.get("Tracking") or []][:MOST]
    unmarked: dict[str, Any] = {name: value for name, value in line.items() if name != "Tracking"}
    whole = all("TrackingOptionID" in mark or "Option" in mark for mark in marks)
    return {**unmarked, "Tracking": marks} if marks and whole else unmarked
