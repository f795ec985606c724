"""From a sync record to what it is about: its page here, and its document in Xero."""

from __future__ import annotations

from urllib.parse import quote

from django.conf import settings
from django.urls import reverse

from accounting_sync.models import Connection, SyncRecord

# Source: Xero's developer page on deep linking; a payment opens as a bank transaction.
XERO_PATHS = {
    "contact": "/Contacts/View/{id}",
    "invoice": "/AccountsReceivable/View.aspx?InvoiceID={id}",
    "credit_note": "/AccountsReceivable/ViewCreditNote.aspx?creditNoteID={id}",
    "bill": "/AccountsPayable/Edit.aspx?InvoiceID={id}",
    "supplier_credit": "/AccountsPayable/ViewCreditNote.aspx?creditNoteID={id}",
    "purchase_order": "/Accounts/Payable/PurchaseOrders/View/{id}/",
    "journal": "/Journal/View.aspx?invoiceID={id}",
    "payment": "/Bank/ViewTransaction.aspx?bankTransactionID={id}",
    "refund": "/Bank/ViewTransaction.aspx?bankTransactionID={id}",
    "deposit": "/Bank/ViewTransaction.aspx?bankTransactionID={id}",
}
PAGES = {
    "contact": "customer",
    "invoice": "invoice",
    "credit_note": "credit-note",
    "deposit": "deposit",
    "bill": "bill",
    "supplier_credit": "supplier-credit",
    "purchase_order": "order",
    "journal": "journal",
    "item": "part",
}
WORDS = {"contact": "customer", "item": "part"}  # what the shop calls what Xero calls otherwise


def in_xero(record: SyncRecord) -> str:
    """The address of the document in Xero; empty where Xero has none, or no address for its kind."""
    path, there = XERO_PATHS.get(record.kind), _shown_as(record)
    if not path or not there:
        return ""
    target = quote(path.format(id=there), safe="")
    code = quote(record.connection.short_code, safe="")
    return f"{settings.XERO_GO_URL}/organisationlogin/default.aspx?shortcode={code}&redirecturl={target}"


def _shown_as(record: SyncRecord) -> str:
    """Xero shows a prepayment as the bank transaction that made it."""
    return record.base.get("bank_transaction", "") if record.kind == "deposit" else record.remote_id or ""


def contact_in_xero(connection: Connection, contact_id: str) -> str:
    """Some contact's address there, linked or not."""
    return in_xero(SyncRecord(connection=connection, kind="contact", remote_id=contact_id))


def here(kind: str, object_id: int) -> str:
    """The record's own page in the workshop; its accounting page where it has none."""
    page = PAGES.get(kind)
    return reverse(page, args=[object_id]) if page else panel(kind, object_id)


def words(kind: str) -> str:
    return WORDS.get(kind, kind.replace("_", " "))


def panel(kind: str, object_id: int) -> str:
    return reverse("accounting:panel", args=[kind, object_id])
