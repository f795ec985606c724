"""Pages of documents with lines: invoices and bills, credit notes, deposits, bank transactions."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from ..organisation import ID_FIELDS, Organisation
from ..table import Document
from .facts import SECTION_OF, Fact, Failure, address, amounts, choices, contact_fact, notes, origin, updated
from .lists import PAYMENT_STATES
from .pages import found, show


class Settlement(NamedTuple):
    """A payment or allocation on a document; ``remove`` is the address that takes it away, ``undo`` its button."""

    day: Any
    what: str
    link: str
    amount: Decimal
    undo: str
    remove: str


def line_rows(organisation: Organisation, document: Document) -> list[dict[str, Any]]:
    """Lines with the account's name beside its code, and the tax rate under its name as Xero shows it."""
    accounts = organisation.tables["Accounts"]
    names = {rate["TaxType"]: rate["Name"] for rate in organisation.tables["TaxRates"].values()}
    return [
        {
            **line,
            "Account": accounts.get(line.get("AccountID", "")),
            "TaxName": names.get(line.get("TaxType"), line.get("TaxType", "")),
        }
        for line in document["LineItems"]
    ]


def settlements(organisation: Organisation, kind: str, document_id: str) -> list[Settlement]:
    """Payments first, then what was allocated, each with the way to take it back."""
    rows = [
        Settlement(
            each["Date"],
            f"Payment {each['Reference']}".strip(),
            address(organisation, "payments", each["PaymentID"]),
            each["Amount"],
            "Delete payment",
            address(organisation, "payments", f"{each['PaymentID']}/delete"),
        )
        for each in organisation.tables["Payments"].find("target", document_id)
    ]
    index = "invoice" if kind == "Invoices" else "source"
    allocations = organisation.tables["Allocations"].find(index, document_id)
    return rows + [_allocation(organisation, kind, each) for each in allocations]


def _allocation(organisation: Organisation, kind: str, allocation: Document) -> Settlement:
    if kind == "Invoices":
        other_kind, other_id = allocation["SourceKind"], allocation["SourceID"]
    else:
        other_kind, other_id = "Invoices", allocation["InvoiceID"]
    other = organisation.tables[other_kind][other_id]
    what = other.get("InvoiceNumber") or other.get("CreditNoteNumber") or other_kind[:-1]
    link = address(organisation, SECTION_OF[other_kind], other_id)
    remove = address(organisation, "allocations", f"{allocation['AllocationID']}/remove")
    return Settlement(allocation["Date"], what, link, allocation["Amount"], "Take back", remove)


def invoice_page(
    request: HttpRequest, organisation: Organisation, invoice_id: str, failure: Failure | None = None
) -> HttpResponse:
    invoice = found(organisation, "Invoices", invoice_id)
    is_sale = invoice["Type"] == "ACCREC"
    facts = [
        contact_fact(organisation, invoice),
        Fact("Date", invoice["Date"], "day"),
        Fact("Due", invoice.get("DueDate"), "day"),
        Fact("Reference", invoice.get("Reference")),
        Fact("Paid in full on", invoice.get("FullyPaidOnDate"), "day"),
        amounts(invoice),
        origin(invoice),
        updated(invoice),
        Fact("Go to the app", invoice.get("Url"), link=invoice.get("Url") or ""),
    ]
    return _document(
        request,
        organisation,
        "Invoices",
        invoice,
        failure,
        section="invoices" if is_sale else "bills",
        heading=f"{'Invoice' if is_sale else 'Bill'} {invoice['InvoiceNumber']}",
        facts=facts,
        open_label="Amount due",
        open_amount=invoice["AmountDue"],
        acts="invoice" if invoice["Status"] not in {"VOIDED", "DELETED"} else "",
    )


def credit_note_page(
    request: HttpRequest, organisation: Organisation, note_id: str, failure: Failure | None = None
) -> HttpResponse:
    note = found(organisation, "CreditNotes", note_id)
    facts = [
        contact_fact(organisation, note),
        Fact("Date", note["Date"], "day"),
        Fact("Reference", note.get("Reference")),
        amounts(note),
        origin(note),
        updated(note),
    ]
    return _document(
        request,
        organisation,
        "CreditNotes",
        note,
        failure,
        section="credit-notes",
        heading=f"Credit note {note['CreditNoteNumber']}",
        facts=facts,
        open_label="Remaining credit",
        open_amount=note["RemainingCredit"],
    )


def deposit_page(request: HttpRequest, organisation: Organisation, deposit_id: str) -> HttpResponse:
    kind = "Prepayments" if deposit_id in organisation.tables["Prepayments"] else "Overpayments"
    deposit = found(organisation, kind, deposit_id)
    facts = [
        contact_fact(organisation, deposit),
        Fact("Date", deposit["Date"], "day"),
        Fact("Type", deposit["Type"], "words"),
        origin(deposit),
        updated(deposit),
    ]
    return _document(
        request,
        organisation,
        kind,
        deposit,
        None,
        section="bank",
        heading=kind[:-1],
        facts=facts,
        open_label="Remaining credit",
        open_amount=deposit["RemainingCredit"],
    )


def transaction_page(request: HttpRequest, organisation: Organisation, transaction_id: str) -> HttpResponse:
    """A bank transaction; Xero's link names payments in the same way, so an id of one is sent to its own page."""
    if transaction_id in organisation.tables["Payments"]:
        return redirect(address(organisation, "payments", transaction_id))
    transaction = found(organisation, "BankTransactions", transaction_id)
    account = organisation.tables["Accounts"][transaction["BankAccountID"]]
    deposit_id = transaction.get("PrepaymentID") or transaction.get("OverpaymentID") or ""
    facts = [
        contact_fact(organisation, transaction),
        Fact("Date", transaction["Date"], "day"),
        Fact("Account", account["Name"], link=address(organisation, "accounts", account["AccountID"])),
        Fact("Reference", transaction.get("Reference")),
        Fact("Deposit", "Open the deposit" if deposit_id else "", link=address(organisation, "deposits", deposit_id)),
        origin(transaction),
        updated(transaction),
    ]
    return _document(
        request,
        organisation,
        "BankTransactions",
        transaction,
        None,
        section="bank",
        heading=transaction["Type"].replace("-", " ").capitalize(),
        facts=facts,
    )


def _document(
    request: HttpRequest,
    organisation: Organisation,
    kind: str,
    document: Document,
    failure: Failure | None,
    *,
    section: str,
    **context: Any,
) -> HttpResponse:
    document_id = document[ID_FIELDS[kind]]
    state = document["Status"]
    if kind in {"CreditNotes", "Prepayments", "Overpayments"}:
        state = {"AUTHORISED": "OPEN", "PAID": "USED"}.get(state, state)
    if kind == "BankTransactions":
        state = PAYMENT_STATES.get(state, state)
    return show(
        request,
        "document.html",
        organisation,
        section,
        status=400 if failure else 200,
        document=document,
        document_id=document_id,
        state=state,
        here=request.path if not failure else address(organisation, SECTION_OF[kind], document_id),
        lines=line_rows(organisation, document),
        settlements=settlements(organisation, kind, document_id),
        notes=notes(organisation, document_id),
        failure=failure,
        **choices(organisation),
        **context,
    )
