"""Whether two bodies say the same but for the accounts and tax rates that the mapping gives their lines. Pure."""

from __future__ import annotations

from typing import Any

from accounting_sync.documents.document import Document
from accounting_sync.reconcile import Body

CODES = ("AccountCode", "TaxType")
LINES = ("LineItems", "JournalLines")


def only_booked_otherwise(document: Document, ours: Body, sent: Body) -> bool:
    if _codes(ours) == _codes(sent):
        return False
    return document.fingerprint(_without_codes(ours)) == document.fingerprint(_without_codes(sent))


def _codes(body: Body) -> list[list[Any]]:
    return [[line.get(code) for code in CODES] for name in LINES for line in body.get(name) or []]


def _without_codes(body: Body) -> Body:
    lines = {name: [_booked_alike(line) for line in body[name]] for name in LINES if name in body}
    return {**body, **lines}


def _booked_alike(line: Body) -> Body:
    return {**line, **{code: "" for code in CODES if code in line}}
