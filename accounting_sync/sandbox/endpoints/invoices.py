"""Sales invoices (ACCREC) and bills (ACCPAY)."""

from __future__ import annotations

from typing import Any

from ..errors import INVOICE_MISSING, NOT_MODIFIABLE, NUMBER_TAKEN, Refused
from ..formats import put_date
from ..organisation import Organisation, fold
from ..table import Document
from ..where import Field, Fields, plain
from . import documents
from .call import ECHOED, Call, Element, Routes, names, route
from .documents_out import credits_on, full_contact, payment_rows, put_foot, put_head, put_lines, short_contact
from .history import HISTORY
from .lines import discount_total
from .listing import PAGED, is_paged, listing, one
from .writing import write_all, write_named

INVOICES = documents.Kind(
    table="Invoices",
    id_field="InvoiceID",
    number_field="InvoiceNumber",
    sale="ACCREC",
    purchase="ACCPAY",
    prefix="INV-",
    missing=INVOICE_MISSING,
    not_modifiable=NOT_MODIFIABLE,
    number_taken=NUMBER_TAKEN,
    dates=("Date", "DueDate", "ExpectedPaymentDate", "PlannedPaymentDate"),
    fields=ECHOED
    | names(
        "Type Contact LineItems Date DueDate LineAmountTypes InvoiceNumber Reference Url CurrencyCode CurrencyRate "
        "Status SentToContact ExpectedPaymentDate PlannedPaymentDate InvoiceID "
        # Computed by Xero; what is sent for them is not looked at.
        "ExpectedPaymentDateString PlannedPaymentDateString SubTotal TotalTax Total TotalDiscount AmountDue "
        "AmountPaid AmountCredited FullyPaidOnDate IsDiscounted Payments CreditNotes Prepayments Overpayments "
        "CISDeduction CISRate"
    ),
)


# Reading


def fields(organisation: Organisation) -> Fields:
    return {
        **plain("Status", "Type", "Reference", "InvoiceNumber", "CurrencyCode"),
        **plain("InvoiceID", kind="guid"),
        **plain("Date", "DueDate", "FullyPaidOnDate", kind="date"),
        **plain("AmountDue", "AmountPaid", "AmountCredited", "Total", "SubTotal", "TotalTax", kind="number"),
        **plain("UpdatedDateUTC", kind="moment"),
        **contact_fields(organisation),
    }


def contact_fields(organisation: Organisation) -> Fields:
    known = organisation.tables["Contacts"]
    return {
        "contact.contactid": Field("guid", lambda document: document["Contact"]["ContactID"]),
        "contact.name": Field("string", lambda document: known[document["Contact"]["ContactID"]]["Name"]),
        "contact.contactnumber": Field(
            "string", lambda document: known[document["Contact"]["ContactID"]].get("ContactNumber")
        ),
    }


def get_all(call: Call) -> dict[str, Any]:
    """Without pages only a summary: no lines. Pages are forced by summaryOnly and by Statuses."""
    summary = call.flag("summaryonly")
    forced = summary or "statuses" in call.params
    render = render_row if (forced or is_paged(call)) and not summary else render_summary
    return listing(
        call,
        "Invoices",
        render,
        fields=fields(call.organisation),
        among=_asked_for(call),
        force_pages=forced,
    )


def _asked_for(call: Call) -> list[Document]:
    found = list(call.organisation.tables["Invoices"].values())
    params = call.params
    if "ids" in params:
        wanted = {word.lower() for word in call.words("ids")}
        found = [invoice for invoice in found if invoice["InvoiceID"] in wanted]
    if "invoicenumbers" in params:
        numbers = {fold(word) for word in call.words("invoicenumbers")}
        found = [invoice for invoice in found if fold(invoice["InvoiceNumber"]) in numbers]
    if "contactids" in params:
        contacts = {word.lower() for word in call.words("contactids")}
        found = [invoice for invoice in found if invoice["Contact"]["ContactID"] in contacts]
    if "statuses" in params:
        statuses = set(call.words("statuses"))
        found = [invoice for invoice in found if invoice["Status"] in statuses]
    if call.flag("createdbymyapp"):
        found = [invoice for invoice in found if invoice["CreatedBy"] == "API"]
    if "searchterm" in params:
        term = fold(params["searchterm"])
        found = [one for one in found if term in fold(one["InvoiceNumber"]) or term in fold(one.get("Reference", ""))]
    return found


def get_one(call: Call, key: str) -> dict[str, Any]:
    """By InvoiceID or by number."""
    table = call.organisation.tables["Invoices"]
    return one(call, "Invoices", table.get(key.lower()) or table.first("number", fold(key)), render)


def render(call: Call, invoice: Document) -> dict[str, Any]:
    """With lines and the whole contact: what a write and a GET of one answer."""
    out = _body(call, invoice, full_contact(call, invoice))
    put_lines(call, out, invoice)
    return out


def render_row(call: Call, invoice: Document) -> dict[str, Any]:
    out = _body(call, invoice, short_contact(call.organisation, invoice))
    put_lines(call, out, invoice)
    return out


def render_summary(call: Call, invoice: Document) -> dict[str, Any]:
    out = _body(call, invoice, short_contact(call.organisation, invoice))
    if call.flag("summaryonly"):
        del out["Payments"], out["HasAttachments"]
    else:
        out["LineItems"] = []
    return out


def _body(call: Call, invoice: Document, contact: dict[str, Any]) -> dict[str, Any]:
    invoice_id = invoice["InvoiceID"]
    out: dict[str, Any] = {
        "Type": invoice["Type"],
        "InvoiceID": invoice_id,
        "InvoiceNumber": invoice["InvoiceNumber"],
        "Reference": invoice.get("Reference", ""),
        "Payments": payment_rows(call.organisation, invoice_id),
        **credits_on(call.organisation, invoice_id),
        "AmountDue": invoice["AmountDue"],
        "AmountPaid": invoice["AmountPaid"],
        "AmountCredited": invoice["AmountCredited"],
        "SentToContact": invoice["SentToContact"],
        "CurrencyRate": invoice["CurrencyRate"],
        "HasErrors": False,
        "HasAttachments": False,
        "IsDiscounted": False,
        "Contact": contact,
    }
    if invoice.get("Url"):
        out["Url"] = invoice["Url"]
    if discount := discount_total(invoice["LineItems"]):
        out.update(IsDiscounted=True, TotalDiscount=discount)
    put_head(out, invoice)
    for name in ("ExpectedPaymentDate", "PlannedPaymentDate"):
        put_date(out, name, invoice.get(name))
    put_foot(out, invoice)
    return out


# Writing


def create(call: Call, element: Element) -> Document:
    return documents.create(call, INVOICES, _sided(element))


def upsert(call: Call, element: Element) -> Document:
    return documents.upsert(call, INVOICES, _sided(element))


def _sided(element: Element) -> Element:
    if element.get("ExpectedPaymentDate") and element.get("Type") == "ACCPAY":
        raise Refused("ExpectedPaymentDate is for ACCREC invoices only")
    if element.get("PlannedPaymentDate") and element.get("Type") == "ACCREC":
        raise Refused("PlannedPaymentDate is for ACCPAY invoices only")
    return element


def put_all(call: Call) -> dict[str, Any]:
    return write_all(call, "Invoices", create, render)


def post_all(call: Call) -> dict[str, Any]:
    return write_all(call, "Invoices", upsert, render)


def post_one(call: Call, invoice_id: str) -> dict[str, Any]:
    return write_named(call, "Invoices", upsert, render, invoice_id)


ROUTES: Routes = {
    ("GET", ""): route(
        get_all, f"{PAGED} ids invoicenumbers contactids statuses createdbymyapp searchterm summaryonly unitdp"
    ),
    ("GET", "*"): route(get_one, "unitdp"),
    ("PUT", ""): route(put_all, "summarizeerrors unitdp"),
    ("POST", ""): route(post_all, "summarizeerrors unitdp"),
    ("POST", "*"): route(post_one, "summarizeerrors unitdp"),
    **HISTORY["Invoices"],
}
