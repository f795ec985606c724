"""What would be sent of a record now, and what Xero will make of it, before anything is sent. Reads, never writes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.core.serializers.json import DjangoJSONEncoder
from django.utils.formats import date_format

from accounting_sync.documents import DOCUMENTS, Document, Item
from accounting_sync.models import Connection, SyncRecord
from accounting_sync.plan import policy_of, standing_books
from accounting_sync.reconcile import (
    CREATE,
    UPDATE,
    VOID,
    Action,
    Body,
    Compare,
    Need,
    Park,
    Send,
    Unchanged,
    Wanted,
    decide,
    lines_are_theirs,
    without_lines,
)
from workshop import money

MODES = {"Exclusive": money.EXCLUSIVE, "Inclusive": money.INCLUSIVE}
#: it goes by itself later, as it is shown
WAITS = {"dependency", "has_payments", "period_locked", "mapping"}
LINES = ("LineItems", "JournalLines")
WORDS = {
    CREATE: "It is made in Xero as new.",
    UPDATE: "What Xero holds is read first. If nobody changed it there, it becomes this.",
    VOID: "It is voided in Xero.",
}


class NothingToShow(LookupError):
    """There is no such record, or Xero is not connected."""


@dataclass(frozen=True)
class Line:
    """One line as Xero will hold it; a line of words alone has no amount."""

    description: str
    quantity: Decimal | None
    unit_amount: Decimal | None
    amount: Decimal | None
    account: str
    tax_type: str
    tax: Decimal


@dataclass(frozen=True)
class Preview:
    """``operation``: create, update or void; empty where nothing is sent, and ``sentence`` says why.

    What Xero holds already is shown as it was sent.
    """

    title: str
    operation: str
    sentence: str
    request: str = ""
    body: Body = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)
    lines: tuple[Line, ...] = ()
    totals: money.Totals | None = None
    total_here: Decimal | None = None

    @property
    def differs(self) -> bool:
        """Xero would compute another total than the document shows here."""
        return self.totals is not None and self.total_here is not None and self.totals.total != self.total_here

    @property
    def written(self) -> str:
        """The body, letter by letter."""
        return json.dumps(self.body, cls=DjangoJSONEncoder, indent=2, ensure_ascii=False)


def preview(kind: str, object_id: int) -> Preview:
    """Raises NothingToShow. An id that only Xero can give (of a line, of a contact not sent yet) is not in it."""
    connection, document = Connection.objects.live().first(), DOCUMENTS.get(kind)
    record = document.records().filter(pk=object_id).first() if document else None
    if connection is None or document is None or record is None:
        raise NothingToShow
    row = SyncRecord.objects.filter(connection=connection).of(kind, object_id).first()
    row = row or SyncRecord(connection=connection, kind=kind, object_id=object_id, wanted=1)
    books, others = standing_books(connection, document, record, row)
    wanted = document.wanted(record, books)
    action = decide(wanted, row, policy_of(connection, document.kind), others)
    return _shown(document, row, wanted, action, {need: other.title for need, other in others.items()})


def _shown(document: Document, row: SyncRecord, wanted: Wanted, action: Action, titles: Mapping[Need, str]) -> Preview:
    operation, sentence = _what_happens(action)
    body, held = wanted.body or {}, isinstance(action, Unchanged)
    if lines_are_theirs(wanted, row):
        body, sentence = without_lines(body), f"{sentence} Its lines stay as the accountant left them there."
    if isinstance(action, Park) and action.code in WAITS:
        operation = UPDATE if row.remote_id else CREATE
    if not operation and not held:
        return Preview(wanted.title, "", sentence)
    request = ""
    if operation:
        call = document.call(operation, [Item(row.object_id, row.remote_id, body, total=wanted.total)])
        request = f"{call.method} {call.path}"
    contact = next((titles[need] for need in wanted.needs if need.kind == "contact" and need in titles), "")
    lines = tuple(_lines(body, row.connection))
    facts, totals = dict(_facts(body, contact)), _totals(body, lines)
    return Preview(wanted.title, operation, sentence, request, body, facts, lines, totals, wanted.total)


def _what_happens(action: Action) -> tuple[str, str]:
    if isinstance(action, Send):
        return action.operation, WORDS[action.operation]
    if isinstance(action, Compare):
        return UPDATE, WORDS[UPDATE]
    if isinstance(action, Park):
        return "", action.message
    return "", "Xero holds this already. Nothing is sent."


def _facts(body: Body, contact: str) -> Iterable[tuple[str, str]]:
    """What stands around the lines, in Xero's own words."""
    for name, value in body.items():
        if name == "Contact":
            yield name, contact or str(value.get("ContactID", ""))
        elif name.endswith("Date") and isinstance(value, str):
            yield name, date_format(date.fromisoformat(value))
        elif isinstance(value, str | int | Decimal):
            yield name, str(value)


def _lines(body: Body, connection: Connection) -> Iterable[Line]:
    rows: list[Body] = next((body[name] for name in LINES if name in body), [])
    names = {account.code: str(account) for account in connection.accounts.all()} if rows else {}
    rates = {rate.tax_type: rate for rate in connection.tax_rates.all()} if rows else {}
    mode = MODES.get(body.get("LineAmountTypes", ""), money.NO_TAX)
    for row in rows:
        amount, rate = row.get("LineAmount"), rates.get(row.get("TaxType") or "")
        computed = money.line_tax(amount, rate.percent, mode) if amount is not None and rate else money.ZERO
        yield Line(
            row.get("Description", ""),
            row.get("Quantity"),
            row.get("UnitAmount"),
            amount,
            names.get(row.get("AccountCode") or "", row.get("AccountCode") or ""),
            str(rate or row.get("TaxType") or ""),
            row.get("TaxAmount", computed),
        )


def _totals(body: Body, lines: Iterable[Line]) -> money.Totals | None:
    priced = [(line.amount, line.tax) for line in lines if line.amount is not None]
    mode = MODES.get(body.get("LineAmountTypes", ""), money.NO_TAX)
    return money.totals(priced, mode) if priced else None
