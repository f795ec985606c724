"""Whether two bodies say the same but for what the settings give their lines: accounts, tax rates, long words. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from accounting_sync.documents.document import Books, Document
from accounting_sync.reconcile import Body

CODES = ("AccountCode", "TaxType")
LINES = ("LineItems", "JournalLines")


def only_booked_otherwise(document: Document, record: Any, books: Books, ours: Body, sent: Body) -> bool:
    """``ours``: what would be sent of the record now; ``sent``: what Xero accepted of it last."""
    there = document.fingerprint(_without_codes(sent))
    if _codes(ours) != _codes(sent) and document.fingerprint(_without_codes(ours)) == there:
        return True
    if not document.describes:
        return False
    otherwise = replace(books, whole_descriptions=not books.whole_descriptions)
    return document.fingerprint(_without_codes(document.wanted(record, otherwise).body or {})) == there


def _codes(body: Body) -> list[list[Any]]:
    return [[line.get(code) for code in CODES] for name in LINES for line in body.get(name) or []]


def _without_codes(body: Body) -> Body:
    lines = {name: [_booked_alike(line) for line in body[name]] for name in LINES if name in body}
    return {**body, **lines}


def _booked_alike(line: Body) -> Body:
    return {**line, **{code: "" for code in CODES if code in line}}
