"""Applying a credit note, prepayment or overpayment to an invoice, and taking that back."""

from __future__ import annotations

from functools import partial
from typing import Any

from .. import money
from ..errors import (
    ALLOCATION_PAID_OFF,
    ALLOCATION_TOO_LARGE,
    ALLOCATION_WRONG_TYPE,
    CREDIT_NOTE_MISSING,
    INVOICE_MISSING,
    NotFound,
    Refused,
)
from ..formats import ms_date, read_date, read_number
from ..organisation import APPROVED, ID_FIELDS, Organisation
from ..table import Document
from .call import ECHOED, Call, Element, Routes, check_fields, names, route, text
from .documents_out import named_invoice
from .locks import check_open
from .settlement import settle
from .writing import write_elements

FIELDS = ECHOED | names("AllocationID Amount Date Invoice IsDeleted")
NOUNS = {"CreditNotes": "Credit Note", "Prepayments": "Prepayment", "Overpayments": "Overpayment"}
# The side of the ledger each credit is for.
SIDES = {
    **dict.fromkeys(("ACCRECCREDIT", "RECEIVE-PREPAYMENT", "RECEIVE-OVERPAYMENT"), "ACCREC"),
    **dict.fromkeys(("ACCPAYCREDIT", "SPEND-PREPAYMENT", "SPEND-OVERPAYMENT"), "ACCPAY"),
}


def routes(kind: str) -> Routes:
    return {
        ("PUT", "*/allocations"): route(partial(put_all, kind), "summarizeerrors"),
        ("DELETE", "*/allocations/*"): route(partial(delete, kind)),
    }


def put_all(kind: str, call: Call, credit_id: str) -> dict[str, Any]:
    write = partial(allocate, kind, credit_id)
    return write_elements(call, "Allocations", call.elements("Allocations"), write, _render)


def allocate(kind: str, credit_id: str, call: Call, element: Element) -> Document:
    """Apply part of a credit. A Date that is sent is not used: it is the later of the two documents' dates."""
    check_fields(element, FIELDS, "Allocation")
    read_date(element.get("Date"), "Date")
    organisation = call.organisation
    credit = organisation.tables[kind].get(credit_id.lower())
    if credit is None:
        raise Refused(CREDIT_NOTE_MISSING.replace("Credit Note", NOUNS[kind]).replace("CreditNoteID", ID_FIELDS[kind]))
    invoice = _invoice(organisation, element)
    amount = read_number(element.get("Amount"), "Amount")
    if amount is None or amount <= 0:
        raise Refused("Allocation amount must be greater than zero")
    amount = money.half_up(amount)
    if problems := _problems(kind, credit, invoice, amount):
        raise Refused(problems)
    allocation = {
        "AllocationID": organisation.new_id(),
        "Amount": amount,
        "Date": max(credit["Date"], invoice["Date"]),
        "SourceKind": kind,
        "SourceID": credit[ID_FIELDS[kind]],
        "InvoiceID": invoice["InvoiceID"],
    }
    check_open(call, allocation["Date"])
    organisation.tables["Allocations"].put(allocation["AllocationID"], allocation)
    _settle_both(organisation, allocation)
    return allocation


def delete(kind: str, call: Call, credit_id: str, allocation_id: str) -> dict[str, Any]:
    organisation = call.organisation
    allocation = organisation.tables["Allocations"].get(allocation_id.lower())
    if allocation is None or (allocation["SourceKind"], allocation["SourceID"]) != (kind, credit_id.lower()):
        raise NotFound
    with organisation.savepoint():
        check_open(call, allocation["Date"])
        del organisation.tables["Allocations"][allocation["AllocationID"]]
        _settle_both(organisation, allocation)
    return {
        "AllocationID": allocation["AllocationID"],
        "Date": ms_date(allocation["Date"]),
        "Invoice": {"InvoiceID": allocation["InvoiceID"]},
        "IsDeleted": True,
    }


def _settle_both(organisation: Organisation, allocation: Document) -> None:
    settle(organisation, allocation["SourceKind"], allocation["SourceID"])
    settle(organisation, "Invoices", allocation["InvoiceID"])


def _invoice(organisation: Organisation, element: Element) -> Document:
    sent = element.get("Invoice") or {}
    check_fields(sent, ECHOED | {"InvoiceID", "InvoiceNumber"}, "Invoice")
    invoice = organisation.tables["Invoices"].get((text(sent, "InvoiceID") or "").lower())
    if invoice is None:
        raise Refused(INVOICE_MISSING)
    return invoice


def _problems(kind: str, credit: Document, invoice: Document, amount: Any) -> list[str]:
    """Every sentence that applies: Xero gives them together."""
    problems = []
    if invoice["Status"] == "PAID":
        problems.append(ALLOCATION_PAID_OFF)
    elif invoice["Status"] not in APPROVED:
        problems.append("The invoice you are trying to allocate to has not been approved")
    if credit["Status"] not in APPROVED:
        problems.append(f"{NOUNS[kind]} must be approved before it can be allocated")
    if amount > invoice["AmountDue"] or amount > credit["RemainingCredit"]:
        problems.append(ALLOCATION_TOO_LARGE.replace("Credit Note", NOUNS[kind]))
    if SIDES[credit["Type"]] != invoice["Type"]:
        problems.append(ALLOCATION_WRONG_TYPE.replace("Credit Note", NOUNS[kind]))
    if credit["Contact"] != invoice["Contact"]:
        problems.append(f"{NOUNS[kind]} cannot be allocated to an invoice of another contact")
    return problems


def _render(call: Call, allocation: Document) -> dict[str, Any]:
    """Without its AllocationID: Xero tells that only when the credit note is read again."""
    id_field = ID_FIELDS[allocation["SourceKind"]]
    source = {id_field: allocation["SourceID"], "ID": allocation["SourceID"], "LineItems": []}
    return {
        "Amount": allocation["Amount"],
        "Date": ms_date(allocation["Date"]),
        "Invoice": {**named_invoice(call.organisation, allocation["InvoiceID"]), "ValidationErrors": []},
        allocation["SourceKind"][:-1]: source,
        "ValidationErrors": [],
    }
