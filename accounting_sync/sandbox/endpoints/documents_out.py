"""How invoices, bills, credit notes and deposits are written out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..formats import put_date, put_updated
from ..organisation import ID_FIELDS, Organisation
from ..table import Document
from . import contacts, lines
from .call import Call
from .settlement import allocations_of, allocations_to, payments_on


def put_head(out: dict[str, Any], document: Document) -> None:
    """Dates, state, totals: what every document shows."""
    put_date(out, "Date", document["Date"])
    put_date(out, "DueDate", document.get("DueDate"))
    out["Status"] = document["Status"]
    out["LineAmountTypes"] = document["LineAmountTypes"]


def put_foot(out: dict[str, Any], document: Document) -> None:
    for name in ("SubTotal", "TotalTax", "Total"):
        out[name] = document[name]
    put_updated(out, document["UpdatedDateUTC"])
    out["CurrencyCode"] = document["CurrencyCode"]
    if document.get("FullyPaidOnDate"):
        put_date(out, "FullyPaidOnDate", document["FullyPaidOnDate"])
        del out["FullyPaidOnDateString"]


def put_lines(call: Call, out: dict[str, Any], document: Document, *, places: int = 0) -> None:
    out["LineItems"] = [lines.render(line, places or call.places) for line in document["LineItems"]]


def short_contact(organisation: Organisation, document: Document) -> dict[str, Any]:
    contact = organisation.tables["Contacts"][document["Contact"]["ContactID"]]
    return {
        "ContactID": contact["ContactID"],
        "Name": contact["Name"],
        "Addresses": [],
        "Phones": [],
        "ContactGroups": [],
        "ContactPersons": [],
        "HasValidationErrors": False,
    }


def full_contact(call: Call, document: Document) -> dict[str, Any]:
    contact = call.organisation.tables["Contacts"][document["Contact"]["ContactID"]]
    return contacts.render_summary(call, contact)


def payment_rows(organisation: Organisation, document_id: str) -> list[dict[str, Any]]:
    return [_payment_row(payment) for payment in payments_on(organisation, document_id)]


def _payment_row(payment: Document) -> dict[str, Any]:
    row: dict[str, Any] = {"PaymentID": payment["PaymentID"]}
    put_date(row, "Date", payment["Date"])
    del row["DateString"]
    row["Amount"] = payment["Amount"]
    if payment.get("Reference"):
        row["Reference"] = payment["Reference"]
    row.update(CurrencyRate=1, HasAccount=False, HasValidationErrors=False)
    return row


def credits_on(organisation: Organisation, invoice_id: str) -> dict[str, list[dict[str, Any]]]:
    """Credit notes, prepayments and overpayments applied to an invoice, each under its own name."""
    rows: dict[str, list[dict[str, Any]]] = {"CreditNotes": [], "Prepayments": [], "Overpayments": []}
    for allocation in allocations_to(organisation, invoice_id):
        rows[allocation["SourceKind"]].append(_credit_row(organisation, allocation))
    return rows


def _credit_row(organisation: Organisation, allocation: Document) -> dict[str, Any]:
    kind = allocation["SourceKind"]
    source = organisation.tables[kind][allocation["SourceID"]]
    row = {ID_FIELDS[kind]: allocation["SourceID"], "ID": allocation["SourceID"]}
    if kind == "CreditNotes":
        row["CreditNoteNumber"] = source["CreditNoteNumber"]
    row["AppliedAmount"] = allocation["Amount"]
    put_date(row, "Date", allocation["Date"])
    row.update(Total=source["Total"], LineItems=[])
    return row


def allocation_rows(organisation: Organisation, credit_id: str) -> list[dict[str, Any]]:
    return [allocation_row(organisation, allocation) for allocation in allocations_of(organisation, credit_id)]


def allocation_row(organisation: Organisation, allocation: Document) -> dict[str, Any]:
    """As it is read on the credit note: the only place that tells the AllocationID."""
    row: dict[str, Any] = {"AllocationID": allocation["AllocationID"], "Amount": allocation["Amount"]}
    put_date(row, "Date", allocation["Date"])
    del row["DateString"]
    row["Invoice"] = named_invoice(organisation, allocation["InvoiceID"])
    return row


def named_invoice(organisation: Organisation, invoice_id: str) -> dict[str, Any]:
    invoice = organisation.tables["Invoices"][invoice_id]
    blank: Iterable[str] = ("Payments", "CreditNotes", "Prepayments", "Overpayments", "LineItems")
    return {
        "InvoiceID": invoice_id,
        "InvoiceNumber": invoice["InvoiceNumber"],
        **{name: [] for name in blank},
        "HasErrors": False,
        "IsDiscounted": False,
    }
