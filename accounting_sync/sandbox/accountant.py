"""What a person does in Xero's own pages: the same rules as the API, without its wrappers.

Every verb acts as an adviser (the period lock does not bind them, the year lock does), returns the document it
changed and raises :class:`~.errors.Refused` with Xero's sentences.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from .endpoints import (
    accounts,
    allocations,
    bank_transactions,
    contacts,
    credit_notes,
    invoices,
    manual_journals,
    payments,
)
from .endpoints.call import Call, Element
from .errors import BodyRefused, NotModelled, Refused
from .message import Request
from .organisation import ID_FIELDS, Organisation
from .table import Document


def pay(
    organisation: Organisation,
    invoice_id: str,
    amount: Decimal,
    day: date | None = None,
    account: str = "090",
    reference: str | None = None,
) -> Document:
    """Enter a payment on an invoice or bill; ``account`` is a code."""
    element: Element = {"Invoice": {"InvoiceID": invoice_id}, "Account": {"Code": account}, "Amount": amount}
    return _act(organisation, payments.create, {**element, "Date": _iso(day), "Reference": reference})


def pay_back(
    organisation: Organisation, credit_note_id: str, amount: Decimal, day: date | None = None, account: str = "090"
) -> Document:
    """Enter a refund of a credit note, given or received; ``account`` is a code."""
    element: Element = {"CreditNote": {"CreditNoteID": credit_note_id}, "Account": {"Code": account}, "Amount": amount}
    return _act(organisation, payments.create, {**element, "Date": _iso(day)})


def delete_payment(organisation: Organisation, payment_id: str) -> Document:
    return _act(organisation, payments.delete, {"PaymentID": payment_id, "Status": "DELETED"})


def type_invoice_by_hand(
    organisation: Organisation,
    contact: str,
    lines: Sequence[Mapping[str, Any]],
    *,
    day: date | None = None,
    due: date | None = None,
    number: str | None = None,
    bill: bool = False,
    status: str = "AUTHORISED",
) -> Document:
    """An invoice (or bill) typed in Xero; ``contact`` is a name, known or new."""
    issued = day or organisation.today()
    element = {
        "Type": "ACCPAY" if bill else "ACCREC",
        "Contact": {"Name": contact},
        "Date": issued.isoformat(),
        "DueDate": (due or issued).isoformat(),
        "LineItems": [dict(line) for line in lines],
        "Status": status,
        "InvoiceNumber": number,
    }
    return _act(organisation, invoices.create, element)


def edit_invoice_add_line(
    organisation: Organisation,
    invoice_id: str,
    description: str,
    amount: Decimal,
    account: str = "200",
    tax_type: str | None = None,
    quantity: Decimal = Decimal(1),
) -> Document:
    """Add one line of ``quantity`` at ``amount`` each to an invoice that carries no payment."""
    kept = [{"LineItemID": line["LineItemID"]} for line in _existing(organisation, "Invoices", invoice_id)["LineItems"]]
    added = {"Description": description, "Quantity": quantity, "UnitAmount": amount, "AccountCode": account}
    if tax_type:
        added["TaxType"] = tax_type
    return _act(organisation, invoices.upsert, {"InvoiceID": invoice_id, "LineItems": [*kept, added]})


def change_invoice(organisation: Organisation, invoice_id: str, **changes: Any) -> Document:
    """Change header fields by Xero's names: ``change_invoice(o, id, DueDate="2026-08-20")``."""
    _existing(organisation, "Invoices", invoice_id)
    return _act(organisation, invoices.upsert, {**changes, "InvoiceID": invoice_id})


def void(organisation: Organisation, invoice_id: str) -> Document:
    """Void an approved invoice, delete one that is not approved yet."""
    status = _existing(organisation, "Invoices", invoice_id)["Status"]
    ended = "DELETED" if status in ("DRAFT", "SUBMITTED") else "VOIDED"
    return _act(organisation, invoices.upsert, {"InvoiceID": invoice_id, "Status": ended})


def credit_and_allocate(
    organisation: Organisation, invoice_id: str, amount: Decimal, *, account: str = "200", number: str | None = None
) -> Document:
    """Credit part of an invoice by a note of one line and apply it; ``amount`` includes tax. Returns the note."""
    invoice = _existing(organisation, "Invoices", invoice_id)
    element = {
        "Type": "ACCRECCREDIT" if invoice["Type"] == "ACCREC" else "ACCPAYCREDIT",
        "Contact": dict(invoice["Contact"]),
        "Status": "AUTHORISED",
        "LineAmountTypes": "Inclusive",
        "CreditNoteNumber": number,
        "LineItems": [{"Description": "Credit", "Quantity": 1, "UnitAmount": amount, "AccountCode": account}],
    }
    with organisation.savepoint():
        note = _act(organisation, credit_notes.create, element)
        allocate(organisation, "CreditNotes", note["CreditNoteID"], invoice_id, amount)
    return organisation.tables["CreditNotes"][note["CreditNoteID"]]


def allocate(organisation: Organisation, kind: str, credit_id: str, invoice_id: str, amount: Decimal) -> Document:
    """Apply a credit note, prepayment or overpayment (``kind`` names its table) to an invoice."""

    def write(call: Call, element: Element) -> Document:
        return allocations.allocate(kind, credit_id, call, element)

    return _act(organisation, write, {"Invoice": {"InvoiceID": invoice_id}, "Amount": amount})


def remove_allocation(organisation: Organisation, allocation_id: str) -> None:
    allocation = _existing(organisation, "Allocations", allocation_id)
    allocations.delete(allocation["SourceKind"], _call(organisation), allocation["SourceID"], allocation_id)


def receive_overpayment(
    organisation: Organisation, contact: str, amount: Decimal, *, account: str = "090", day: date | None = None
) -> Document:
    """Money a customer paid too much, not yet applied. Returns the bank transaction, which names the overpayment."""
    element = {
        "Type": "RECEIVE-OVERPAYMENT",
        "Contact": {"Name": contact},
        "BankAccount": {"Code": account},
        "Date": _iso(day),
        "LineAmountTypes": "NoTax",
        "LineItems": [{"Description": "Overpayment", "LineAmount": amount}],
    }
    return _act(organisation, bank_transactions.create, element)


def add_contact(organisation: Organisation, name: str, **details: Any) -> Document:
    """A new contact; ``details`` by Xero's names, such as ``EmailAddress``."""
    return _act(organisation, contacts.create, {**details, "Name": name})


def edit_contact(organisation: Organisation, contact_id: str, **details: Any) -> Document:
    return _act(organisation, contacts.upsert, {**details, "ContactID": contact_id})


def archive_contact(organisation: Organisation, contact_id: str) -> Document:
    return edit_contact(organisation, contact_id, ContactStatus="ARCHIVED")


def restore_contact(organisation: Organisation, contact_id: str) -> Document:
    return edit_contact(organisation, contact_id, ContactStatus="ACTIVE")


def merge_contacts(organisation: Organisation, merged_id: str, into_id: str) -> Document:
    """Move everything of one contact to another and archive it; it keeps its number and says where it went."""
    merged, kept = (_existing(organisation, "Contacts", one) for one in (merged_id, into_id))
    if merged_id == into_id or kept["ContactStatus"] != "ACTIVE":
        raise Refused("A contact can only be merged into another active contact")
    with organisation.savepoint():
        for kind in ("Invoices", "CreditNotes", "Prepayments", "Overpayments", "BankTransactions", "PurchaseOrders"):
            for document in organisation.tables[kind].find("contact", merged_id):
                organisation.save(kind, {**document, "Contact": {"ContactID": into_id}}, event="UPDATE")
        flags = {flag: kept[flag] or merged[flag] for flag in ("IsCustomer", "IsSupplier")}
        organisation.save("Contacts", {**kept, **flags}, event="UPDATE")
        gone = {**merged, "ContactStatus": "ARCHIVED", "MergedToContactID": into_id}
        return organisation.save("Contacts", gone, event="UPDATE")


def reconcile(organisation: Organisation, payment_id: str) -> Document:
    """Match a payment with a line of the bank statement: it can no longer be deleted."""
    payment = _existing(organisation, "Payments", payment_id)
    with organisation.savepoint():
        return organisation.save("Payments", {**payment, "IsReconciled": True})


def post_journal(
    organisation: Organisation, narration: str, amounts: Mapping[str, Decimal], day: date | None = None
) -> Document:
    """A manual journal typed in Xero; ``amounts`` by account code, debits positive."""
    lines = [{"AccountCode": code, "LineAmount": amount} for code, amount in amounts.items()]
    element = {"Narration": narration, "Status": "POSTED", "Date": _iso(day), "JournalLines": lines}
    return _act(organisation, manual_journals.create, element)


def edit_journal(organisation: Organisation, journal_id: str, **changes: Any) -> Document:
    """Change a journal by Xero's names: ``edit_journal(o, id, Date="2026-06-30")``."""
    _existing(organisation, "ManualJournals", journal_id)
    return _act(organisation, manual_journals.upsert, {**changes, "ManualJournalID": journal_id})


def void_journal(organisation: Organisation, journal_id: str) -> Document:
    return _act(organisation, manual_journals.upsert, {"ManualJournalID": journal_id, "Status": "VOIDED"})


def rename_tax_rate(organisation: Organisation, tax_type: str, name: str) -> None:
    """What people call a rate may change under a client's feet; its TaxType does not."""
    rate = organisation.tables["TaxRates"][tax_type]
    organisation.tables["TaxRates"].put(tax_type, {**rate, "Name": name})


def lock(organisation: Organisation, period_lock_date: date | None, year_lock_date: date | None = None) -> None:
    """Set both lock dates; None takes one away."""
    organisation.settings["PeriodLockDate"] = period_lock_date
    organisation.settings["EndOfYearLockDate"] = year_lock_date


def rename_account(organisation: Organisation, account_id: str, name: str) -> Document:
    return _act(organisation, accounts.update, {"AccountID": account_id, "Name": name})


def archive_account(organisation: Organisation, account_id: str) -> Document:
    return _act(organisation, accounts.update, {"AccountID": account_id, "Status": "ARCHIVED"})


def _act(organisation: Organisation, write: Callable[[Call, Element], Document], element: Element) -> Document:
    """Anything a page could not have asked for is refused like the rest."""
    try:
        with organisation.savepoint():
            return write(_call(organisation), {name: value for name, value in element.items() if value is not None})
    except (BodyRefused, NotModelled) as error:
        raise Refused(str(error)) from error


def _call(organisation: Organisation) -> Call:
    return Call(organisation, Request("POST", "", "unitdp=4"), adviser=True, created_by="UI")


def _existing(organisation: Organisation, kind: str, document_id: str) -> Document:
    document = organisation.tables[kind].get(document_id.lower())
    if document is None:
        raise Refused(f"There is no such record among the {kind}: {ID_FIELDS[kind]} {document_id}")
    return document


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
