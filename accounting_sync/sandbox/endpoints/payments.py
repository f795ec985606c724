"""Payments on invoices and bills, and refunds of credit notes, prepayments and overpayments.

A payment is created and deleted, never edited.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NamedTuple

from .. import money
from ..errors import (
    PAYMENT_ACCOUNT_MISSING,
    PAYMENT_ACCOUNT_TYPE,
    PAYMENT_NOT_AUTHORISED,
    PAYMENT_TOO_LARGE,
    BodyRefused,
    NotModelled,
    Refused,
)
from ..formats import put_date, put_updated, read_date, read_number
from ..organisation import ID_FIELDS, Organisation, fold
from ..table import Document
from ..where import Field, Fields, plain
from . import ledger_accounts
from .call import ECHOED, Call, Element, Routes, boolean, check_fields, names, route, text
from .documents_out import short_contact
from .history import HISTORY
from .listing import PAGED, listing, one
from .locks import check_open
from .settlement import settle
from .writing import write_all, write_elements, write_named

FIELDS = ECHOED | names(
    "PaymentID Invoice CreditNote Prepayment Overpayment InvoiceNumber CreditNoteNumber Account Code Date Amount "
    "BankAmount CurrencyRate Reference IsReconciled Status PaymentType HasAccount"
)
LONGEST_REFERENCE = 255


class Target(NamedTuple):
    """What a payment may rest on; ``number`` is the field it may be named by instead of its id."""

    field: str
    kind: str
    number: str
    missing: str


TARGETS = (
    Target("Invoice", "Invoices", "InvoiceNumber", "An existing Invoice could not be found for this payment"),
    Target(
        "CreditNote", "CreditNotes", "CreditNoteNumber", "An existing Credit Note could not be found for this payment"
    ),
    Target("Prepayment", "Prepayments", "", "An existing Prepayment could not be found for this payment"),
    Target("Overpayment", "Overpayments", "", "An existing Overpayment could not be found for this payment"),
)
PAYMENT_TYPES = {
    "ACCREC": "ACCRECPAYMENT",
    "ACCPAY": "ACCPAYPAYMENT",
    "ACCRECCREDIT": "ARCREDITPAYMENT",
    "ACCPAYCREDIT": "APCREDITPAYMENT",
    "RECEIVE-PREPAYMENT": "ARPREPAYMENTPAYMENT",
    "SPEND-PREPAYMENT": "APPREPAYMENTPAYMENT",
    "RECEIVE-OVERPAYMENT": "AROVERPAYMENTPAYMENT",
    "SPEND-OVERPAYMENT": "APOVERPAYMENTPAYMENT",
}


# Reading

_OWN_FIELDS: Fields = {
    **plain("PaymentType", "Status", "Reference"),
    **plain("PaymentID", kind="guid"),
    **plain("Date", kind="date"),
    **plain("Amount", kind="number"),
    **plain("UpdatedDateUTC", kind="moment"),
    **plain("IsReconciled", kind="bool"),
}


def fields(organisation: Organisation) -> Fields:
    def invoice_number(payment: Document) -> str | None:
        if payment["TargetKind"] != "Invoices":
            return None
        number: str = organisation.tables["Invoices"][payment["TargetID"]]["InvoiceNumber"]
        return number

    return {
        **_OWN_FIELDS,
        "invoice.invoiceid": Field("guid", lambda one: one["TargetID"] if one["TargetKind"] == "Invoices" else None),
        "invoice.invoicenumber": Field("string", invoice_number),
        "account.accountid": Field("guid", lambda payment: payment["AccountID"]),
    }


def get_all(call: Call) -> dict[str, Any]:
    """Deleted payments stay in the list, with a newer UpdatedDateUTC."""
    return listing(call, "Payments", render, fields=fields(call.organisation))


def get_one(call: Call, payment_id: str) -> dict[str, Any]:
    return one(call, "Payments", call.organisation.tables["Payments"].get(payment_id.lower()), render)


def render(call: Call, payment: Document) -> dict[str, Any]:
    out: dict[str, Any] = {"PaymentID": payment["PaymentID"]}
    put_date(out, "Date", payment["Date"])
    del out["DateString"]
    out.update(BankAmount=payment["Amount"], Amount=payment["Amount"], CurrencyRate=1)
    if payment.get("Reference"):
        out["Reference"] = payment["Reference"]
    out.update(PaymentType=payment["PaymentType"], Status=payment["Status"])
    put_updated(out, payment["UpdatedDateUTC"])
    account = call.organisation.tables["Accounts"][payment["AccountID"]]
    out.update(
        HasAccount=True,
        IsReconciled=payment["IsReconciled"],
        Account={"AccountID": account["AccountID"], "Code": account["Code"], "Name": account["Name"]},
        # Xero shows whatever was paid under the name Invoice, credit notes too.
        Invoice=_paid_document(call.organisation, payment),
        HasValidationErrors=False,
    )
    return out


def _paid_document(organisation: Organisation, payment: Document) -> dict[str, Any]:
    kind = payment["TargetKind"]
    document = organisation.tables[kind][payment["TargetID"]]
    contact = short_contact(organisation, document)
    return {
        "Type": document["Type"],
        "InvoiceID": payment["TargetID"],
        "InvoiceNumber": document.get("InvoiceNumber") or document.get("CreditNoteNumber") or "",
        "Payments": [],
        "Prepayments": [],
        "Overpayments": [],
        "AmountDue": document.get("AmountDue", document.get("RemainingCredit")),
        "HasErrors": False,
        "IsDiscounted": False,
        "Contact": {name: contact[name] for name in ("ContactID", "Name", "ContactPersons", "HasValidationErrors")},
        "LineItems": [],
        "Status": document["Status"],
        "CurrencyCode": document["CurrencyCode"],
    }


# Writing


def put_all(call: Call) -> dict[str, Any]:
    return write_all(call, "Payments", create, render)


def post_all(call: Call) -> dict[str, Any]:
    return write_elements(call, "Payments", [call.element("Payments")], create, render)


def post_one(call: Call, payment_id: str) -> dict[str, Any]:
    return write_named(call, "Payments", delete, render, payment_id)


def create(call: Call, element: Element) -> Document:
    check_fields(element, FIELDS, "Payment")
    if element.get("PaymentID") or element.get("Status") not in (None, "AUTHORISED"):
        raise NotModelled("PaymentID or Status on a new payment")
    organisation = call.organisation
    target, document = _target(organisation, element)
    account = _account(organisation, element)
    day = read_date(element.get("Date"), "Date") or organisation.today()
    amount = _amount(element, document)
    check_open(call, day)
    payment = {
        "PaymentID": organisation.new_id(),
        "Date": day,
        "Amount": amount,
        "Reference": _reference(element),
        "IsReconciled": bool(boolean(element, "IsReconciled")),
        "Status": "AUTHORISED",
        "PaymentType": PAYMENT_TYPES[document["Type"]],
        "AccountID": account["AccountID"],
        "TargetKind": target.kind,
        "TargetID": document[ID_FIELDS[target.kind]],
        "CreatedBy": call.created_by,
    }
    organisation.save("Payments", payment)
    settle(organisation, target.kind, payment["TargetID"])
    return payment


def delete(call: Call, element: Element) -> Document:
    if element.keys() != {"PaymentID", "Status"} or element["Status"] != "DELETED":
        raise NotModelled("a change of a payment other than Status DELETED")
    organisation = call.organisation
    payment = organisation.tables["Payments"].get(element["PaymentID"].lower())
    if payment is None:
        raise Refused("An existing Payment with the specified PaymentID could not be found")
    if payment["Status"] == "DELETED":
        raise Refused("Payment not of valid status for modification")
    if payment["IsReconciled"]:
        raise Refused("A payment that has been reconciled cannot be deleted")
    check_open(call, payment["Date"])
    deleted = organisation.save("Payments", {**payment, "Status": "DELETED"})
    settle(organisation, payment["TargetKind"], payment["TargetID"])
    return deleted


def _target(organisation: Organisation, element: Element) -> tuple[Target, Document]:
    """The one document the payment is for; an id of another kind of document is not found."""
    named = [
        target for target in TARGETS if element.get(target.field) or (target.number and element.get(target.number))
    ]
    if len(named) != 1:
        raise Refused("A payment must name exactly one Invoice, CreditNote, Prepayment or Overpayment")
    target = named[0]
    table, id_field = organisation.tables[target.kind], ID_FIELDS[target.kind]
    sent = element.get(target.field) or {target.number: element[target.number]}
    check_fields(sent, ECHOED | {id_field, target.number}, target.field)
    document_id, number = text(sent, id_field), text(sent, target.number)
    if document_id:
        document = table.get(document_id.lower())
    else:
        document = table.first("number", fold(number)) if number else None
    if document is None:
        raise Refused(target.missing)
    return target, document


def _account(organisation: Organisation, element: Element) -> Document:
    sent = element.get("Account") or {}
    check_fields(sent, ECHOED | {"AccountID", "Code", "Name"}, "Account")
    account = ledger_accounts.find(organisation, text(sent, "Code") or text(element, "Code"), text(sent, "AccountID"))
    if account is None or account["Status"] != "ACTIVE":
        raise Refused(PAYMENT_ACCOUNT_MISSING)
    if account["Type"] != "BANK" and not account["EnablePaymentsToAccount"]:
        raise Refused(PAYMENT_ACCOUNT_TYPE)
    return account


def _amount(element: Element, document: Document) -> Decimal:
    """The amount, when the document still has so much open; both sentences come together on one that is closed."""
    amount = read_number(element.get("Amount"), "Amount")
    if amount is None:
        raise Refused("Payment amount must be specified")
    amount = money.half_up(amount)
    if amount <= 0:
        raise Refused("Payment amount must be greater than zero")
    if read_number(element.get("BankAmount"), "BankAmount") not in (None, amount):
        raise NotModelled("BankAmount other than Amount")
    if read_number(element.get("CurrencyRate"), "CurrencyRate") not in (None, 1):
        raise NotModelled("CurrencyRate other than 1")
    if document["Status"] != "AUTHORISED":
        raise Refused([PAYMENT_NOT_AUTHORISED, PAYMENT_TOO_LARGE])
    if amount > document["AmountDue" if "AmountDue" in document else "RemainingCredit"]:
        raise Refused(PAYMENT_TOO_LARGE)
    return amount


def _reference(element: Element) -> str:
    reference = text(element, "Reference") or ""
    if len(reference) > LONGEST_REFERENCE:
        raise BodyRefused(f"Reference must not be longer than {LONGEST_REFERENCE} characters")
    return reference


ROUTES: Routes = {
    ("GET", ""): route(get_all, PAGED),
    ("GET", "*"): route(get_one),
    ("PUT", ""): route(put_all, "summarizeerrors"),
    ("POST", ""): route(post_all),
    ("POST", "*"): route(post_one),
    **HISTORY["Payments"],
}
