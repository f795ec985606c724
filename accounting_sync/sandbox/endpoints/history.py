"""GET and PUT of the notes on a record. Xero's own automatic lines are not modelled."""

from __future__ import annotations

from functools import partial
from typing import Any

from ..errors import HISTORY_WRONG_KIND, Refused
from ..formats import ms_moment
from ..table import Document
from .call import ECHOED, Call, Element, check_fields, route, text
from .envelope import envelope
from .writing import write_all

_FIELDS = frozenset({"Details", "Changes", "User", "DateUTC", "DateUTCString"}) | ECHOED
LONGEST = 2500
KINDS = (
    *("BankTransactions", "Contacts", "CreditNotes", "Invoices", "Items", "ManualJournals", "Overpayments"),
    *("Payments", "Prepayments", "PurchaseOrders"),
)


def _get(kind: str, call: Call, record_id: str) -> dict[str, Any]:
    _check_kind(kind, call, record_id)
    notes = call.organisation.tables["History"].find("record", record_id.lower())
    return envelope(call.organisation, "HistoryRecords", [_render(call, note) for note in notes])


def _put(kind: str, call: Call, record_id: str) -> dict[str, Any]:
    _check_kind(kind, call, record_id)
    return write_all(call, "HistoryRecords", partial(_write, record_id.lower()), _render, key="HistoryID")


def _check_kind(kind: str, call: Call, record_id: str) -> None:
    if record_id.lower() not in call.organisation.tables[kind]:
        raise Refused(HISTORY_WRONG_KIND)


def _write(record_id: str, call: Call, element: Element) -> Document:
    check_fields(element, _FIELDS, "HistoryRecord")
    details = text(element, "Details")
    if not details or len(details) > LONGEST:
        raise Refused(f"Details must have from 1 to {LONGEST} characters")
    organisation = call.organisation
    note: Document = {
        "HistoryID": organisation.new_id(),
        "RecordID": record_id,
        "Details": details,
        "Changes": "Note",
        "User": "System Generated",
        "DateUTC": organisation.now(),
    }
    organisation.tables["History"].put(note["HistoryID"], note)
    return note


def _render(call: Call, note: Document) -> dict[str, Any]:
    moment = note["DateUTC"]
    return {
        "Changes": note["Changes"],
        "DateUTCString": moment.strftime("%Y-%m-%dT%H:%M:%S"),
        "DateUTC": ms_moment(moment),
        "User": note["User"],
        "Details": note["Details"],
    }


HISTORY = {
    kind: {("GET", "*/history"): route(partial(_get, kind)), ("PUT", "*/history"): route(partial(_put, kind))}
    for kind in KINDS
}
