"""Credit notes to customers (ACCRECCREDIT) and from suppliers (ACCPAYCREDIT)."""

from __future__ import annotations

from typing import Any

from ..errors import CREDIT_NOTE_MISSING
from ..organisation import Organisation, fold
from ..table import Document
from ..where import Fields, plain
from . import allocations, documents
from .call import ECHOED, Call, Element, Routes, names, route
from .documents_out import (
    allocation_rows,
    full_contact,
    payment_rows,
    put_foot,
    put_head,
    put_lines,
    short_contact,
)
from .history import HISTORY
from .invoices import contact_fields
from .listing import PAGED, is_paged, listing, one
from .writing import write_all, write_named

CREDIT_NOTES = documents.Kind(
    table="CreditNotes",
    id_field="CreditNoteID",
    number_field="CreditNoteNumber",
    sale="ACCRECCREDIT",
    purchase="ACCPAYCREDIT",
    prefix="CN-",
    missing=CREDIT_NOTE_MISSING,
    not_modifiable="Credit note not of valid status for modification",
    number_taken="Credit Note # must be unique.",
    needs_lines=False,
    needs_due_date=False,
    discounts=False,
    dates=("Date",),
    fields=ECHOED
    | names(
        "Type Contact Date Status LineAmountTypes LineItems CurrencyCode CurrencyRate CreditNoteID CreditNoteNumber "
        "Reference SentToContact "
        # Computed by Xero; allocations are made by a call of their own and are not read here.
        "SubTotal TotalTax Total RemainingCredit Allocations AppliedAmount Payments FullyPaidOnDate "
        "CISDeduction CISRate"
    ),
)


# Reading


def fields(organisation: Organisation) -> Fields:
    return {
        **plain("Status", "Type", "Reference", "CreditNoteNumber", "CurrencyCode"),
        **plain("CreditNoteID", kind="guid"),
        **plain("Date", "FullyPaidOnDate", kind="date"),
        **plain("RemainingCredit", "Total", "SubTotal", "TotalTax", kind="number"),
        **plain("UpdatedDateUTC", kind="moment"),
        **contact_fields(organisation),
    }


def get_all(call: Call) -> dict[str, Any]:
    """Without pages only a summary: no lines."""
    render_listed = render_row if is_paged(call) else render_summary
    return listing(call, "CreditNotes", render_listed, fields=fields(call.organisation))


def get_one(call: Call, key: str) -> dict[str, Any]:
    table = call.organisation.tables["CreditNotes"]
    return one(call, "CreditNotes", table.get(key.lower()) or table.first("number", fold(key)), render)


def render(call: Call, note: Document) -> dict[str, Any]:
    out = _body(call, note, full_contact(call, note))
    put_lines(call, out, note)
    return out


def render_row(call: Call, note: Document) -> dict[str, Any]:
    out = _body(call, note, short_contact(call.organisation, note))
    put_lines(call, out, note)
    return out


def render_summary(call: Call, note: Document) -> dict[str, Any]:
    return {**_body(call, note, short_contact(call.organisation, note)), "LineItems": []}


def _body(call: Call, note: Document, contact: dict[str, Any]) -> dict[str, Any]:
    note_id = note["CreditNoteID"]
    out: dict[str, Any] = {
        "CreditNoteID": note_id,
        "CreditNoteNumber": note["CreditNoteNumber"],
        "Payments": payment_rows(call.organisation, note_id),
        "ID": note_id,
        "CurrencyRate": note["CurrencyRate"],
        "Type": note["Type"],
        "Reference": note.get("Reference", ""),
        "SentToContact": note["SentToContact"],
        "RemainingCredit": note["RemainingCredit"],
        "Allocations": allocation_rows(call.organisation, note_id),
        "HasAttachments": False,
        "HasErrors": False,
        "Contact": contact,
    }
    put_head(out, note)
    put_foot(out, note)
    return out


# Writing


def create(call: Call, element: Element) -> Document:
    return documents.create(call, CREDIT_NOTES, element)


def upsert(call: Call, element: Element) -> Document:
    return documents.upsert(call, CREDIT_NOTES, element)


def put_all(call: Call) -> dict[str, Any]:
    return write_all(call, "CreditNotes", create, render)


def post_all(call: Call) -> dict[str, Any]:
    return write_all(call, "CreditNotes", upsert, render)


def post_one(call: Call, note_id: str) -> dict[str, Any]:
    return write_named(call, "CreditNotes", upsert, render, note_id)


ROUTES: Routes = {
    ("GET", ""): route(get_all, f"{PAGED} unitdp"),
    ("GET", "*"): route(get_one, "unitdp"),
    ("PUT", ""): route(put_all, "summarizeerrors unitdp"),
    ("POST", ""): route(post_all, "summarizeerrors unitdp"),
    ("POST", "*"): route(post_one, "summarizeerrors unitdp"),
    **allocations.routes("CreditNotes"),
    **HISTORY["CreditNotes"],
}
