"""GET of a collection: If-Modified-Since, where, order, pages."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from operator import itemgetter
from typing import Any

from ..errors import NotFound, QueryRefused
from ..formats import read_moment
from ..organisation import ID_FIELDS
from ..table import Document
from ..where import Fields, parse_order, parse_where, sort
from .call import Call
from .envelope import envelope
from .writing import Render

PAGED = "where order page pagesize"
DEFAULT_PAGE_SIZE = 100
LARGEST_PAGE = 1000
# Kinds that carry no UpdatedDateUTC: If-Modified-Since means nothing to them.
UNTIMED = frozenset({"TaxRates", "TrackingCategories"})


def listing(
    call: Call,
    kind: str,
    render: Render,
    *,
    fields: Fields,
    among: Iterable[Document] | None = None,
    force_pages: bool = False,
    by: tuple[str, ...] | None = None,
) -> dict[str, Any]:
    """The documents asked for, oldest change first unless ``by`` or ``order`` says otherwise."""
    documents = _selected(call, kind, fields, among)
    documents.sort(key=itemgetter(*(by or ("UpdatedDateUTC", ID_FIELDS[kind]))))
    if "order" in call.params:
        sort(documents, parse_order(call.params["order"], fields))
    if force_pages or "page" in call.params or "pagesize" in call.params:
        documents, pagination = _page(call, documents)
    else:
        pagination = None
    return envelope(call.organisation, kind, [render(call, document) for document in documents], pagination)


def one(call: Call, kind: str, document: Document | None, render: Render) -> dict[str, Any]:
    if document is None:
        raise NotFound
    return envelope(call.organisation, kind, [render(call, document)])


def is_paged(call: Call) -> bool:
    return "page" in call.params or "pagesize" in call.params


def _selected(call: Call, kind: str, fields: Fields, among: Iterable[Document] | None) -> list[Document]:
    documents = list(call.organisation.tables[kind].values() if among is None else among)
    if kind not in UNTIMED:
        documents = _changed_since(call, documents)
    if "where" in call.params:
        predicate = parse_where(call.params["where"], fields)
        documents = [document for document in documents if predicate(document)]
    return documents


def _changed_since(call: Call, documents: list[Document]) -> list[Document]:
    """Xero compares whole seconds; whether strictly is not known, so ``settings["IfModifiedSince"]`` says."""
    header = call.request.header("if-modified-since")
    if not header:
        return documents
    since = read_moment(header)
    if since is None:
        raise QueryRefused(f"If-Modified-Since cannot be read: {header:.60}")
    if call.organisation.settings.get("IfModifiedSince", "inclusive") == "strict":
        return [document for document in documents if _whole_second(document["UpdatedDateUTC"]) > since]
    return [document for document in documents if document["UpdatedDateUTC"] >= since]


def _whole_second(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)


def _page(call: Call, documents: list[Document]) -> tuple[list[Document], dict[str, int]]:
    page = _count(call, "page", 1, None)
    size = _count(call, "pagesize", DEFAULT_PAGE_SIZE, LARGEST_PAGE)
    found = documents[(page - 1) * size : page * size]
    pages = -(-len(documents) // size)
    return found, {"page": page, "pageSize": size, "pageCount": pages, "itemCount": len(documents)}


def _count(call: Call, name: str, default: int, largest: int | None) -> int:
    text = call.params.get(name, str(default))
    readable = text.isascii() and text.isdigit() and len(text) < 10
    if not readable or int(text) < 1 or (largest and int(text) > largest):
        raise QueryRefused(f"{name} must be a whole number from 1{f' to {largest}' if largest else ''}")
    return int(text)
