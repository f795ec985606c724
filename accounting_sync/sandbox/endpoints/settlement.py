"""What payments and allocations leave of a document: computed again from them at every change."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from ..money import ZERO
from ..organisation import APPROVED, ID_FIELDS, Organisation
from ..table import Document

CREDIT_KINDS = ("CreditNotes", "Prepayments", "Overpayments")


def payments_on(organisation: Organisation, document_id: str) -> list[Document]:
    return organisation.tables["Payments"].find("target", document_id)


def allocations_to(organisation: Organisation, invoice_id: str) -> list[Document]:
    return organisation.tables["Allocations"].find("invoice", invoice_id)


def allocations_of(organisation: Organisation, credit_id: str) -> list[Document]:
    return organisation.tables["Allocations"].find("source", credit_id)


def settled(organisation: Organisation, kind: str, document: Document) -> Document:
    """The document with its amounts, status and FullyPaidOnDate as its payments and allocations make them."""
    document_id = document[ID_FIELDS[kind]]
    payments = payments_on(organisation, document_id)
    of = allocations_to if kind == "Invoices" else allocations_of
    allocations = of(organisation, document_id)
    paid, applied = _sum(payments), _sum(allocations)
    open_amount = document["Total"] - paid - applied
    if kind == "Invoices":
        amounts = {"AmountPaid": paid, "AmountCredited": applied, "AmountDue": open_amount}
    else:
        amounts = {"RemainingCredit": open_amount}
    return {**document, **amounts, **_status(document, open_amount, (*payments, *allocations))}


def _sum(entries: Iterable[Document]) -> Decimal:
    return sum((entry["Amount"] for entry in entries), ZERO)


def _status(document: Document, open_amount: Decimal, entries: tuple[Document, ...]) -> dict[str, Any]:
    if document["Status"] not in APPROVED:
        return {}
    if open_amount:
        return {"Status": "AUTHORISED", "FullyPaidOnDate": None}
    paid_on: date = max((entry["Date"] for entry in entries), default=document["Date"])
    return {"Status": "PAID", "FullyPaidOnDate": paid_on}


def settle(organisation: Organisation, kind: str, document_id: str) -> Document:
    """Store what a payment or allocation made of a document; it counts as a change of the document."""
    document = settled(organisation, kind, organisation.tables[kind][document_id])
    event = "UPDATE" if organisation.settings.get("webhook_on_payment", True) else None
    return organisation.save(kind, document, event=event)


def is_touched(document: Document) -> bool:
    """Whether a payment or an allocation rests on the document."""
    if "AmountPaid" in document:
        return bool(document["AmountPaid"] or document["AmountCredited"])
    return bool(document["RemainingCredit"] != document["Total"])
