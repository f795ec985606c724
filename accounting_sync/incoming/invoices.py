"""Edits and voids of our invoices and credit notes in Xero."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction

from accounting_sync import connections, queue
from accounting_sync.documents import DOCUMENTS
from accounting_sync.documents.document import day, moment
from accounting_sync.incoming.news import Held, Rows, apply_news, linked
from accounting_sync.models import Connection, SyncRecord
from accounting_sync.plan import changed_since_sent
from accounting_sync.reconcile import GONE
from workshop import sales
from workshop.errors import WorkshopError
from workshop.models import CreditNote, Invoice


def apply_invoices(connection: Connection, rows: Rows) -> Held:
    records = linked(connection, "invoice", (row["InvoiceID"] for row in rows))
    return apply_news(rows, [records.get(row["InvoiceID"]) for row in rows], _apply_invoice)


@transaction.atomic
def _apply_invoice(record: SyncRecord, row: dict[str, Any]) -> None:
    document = DOCUMENTS["invoice"]
    facts = document.read(row)
    queue.saw(record, facts.status, facts.updated_at)
    _note_besides(record, row)
    if facts.status in GONE:
        _voided_in_xero(record, facts.status)
    elif facts.fingerprint != record.remote_hash or _off_balance(record, row):
        _edited_in_xero(record, row)


def _note_besides(record: SyncRecord, row: dict[str, Any]) -> None:
    """What the invoice only hints at: a day somebody noted, and credit that is told where it comes from."""
    invoice = Invoice.objects.get(pk=record.object_id)
    expected = day(row.get("ExpectedPaymentDate"))
    sales.expect_payment(invoice, date.fromisoformat(expected) if expected else None)
    if Decimal(str(row.get("AmountCredited") or 0)) != invoice.amount_credited:
        connections.read_soon(record.connection, ["CreditNotes", "Overpayments", "Prepayments"])


def _voided_in_xero(record: SyncRecord, status: str) -> None:
    if Invoice.objects.filter(pk=record.object_id).exclude(status=Invoice.Status.VOIDED).exists():
        message = f"{record.title} was {status.lower()} in Xero. Void it here too, or send it again as new."
        queue.conflict(record, "voided_in_xero", message)


def _off_balance(record: SyncRecord, row: dict[str, Any]) -> bool:
    """Xero's total is not ours although all of ours was sent."""
    invoice = Invoice.objects.get(pk=record.object_id)
    return record.synced == record.wanted and Decimal(str(row["Total"])) != invoice.total


def _edited_in_xero(record: SyncRecord, row: dict[str, Any]) -> None:
    """The accountant's change is shown as one adjustment line; our own lines stay what they are."""
    invoice = Invoice.objects.get(pk=record.object_id)
    subtotal, tax = Decimal(str(row["SubTotal"])), Decimal(str(row["TotalTax"]))
    difference, there = subtotal + tax - invoice.total, DOCUMENTS["invoice"].evidence(row)
    if changed_since_sent(record):
        message = f"Changed here and in Xero. The total there is {subtotal + tax}, here {invoice.total}."
        queue.conflict(record, "changed_in_both", message, there)
        return
    if not difference:
        return  # the accountant recoded or reworded it: theirs to do, and compared before we ever overwrite it
    try:
        sales.adjust_to_accounts(invoice, subtotal=subtotal, tax=tax, description="Adjustment made in Xero")
    except WorkshopError as error:
        queue.conflict(record, "changed_in_xero", error.sentence, there)
        return
    message = f"Changed in Xero by {difference:+}: the total there is {subtotal + tax}."
    queue.conflict(record, "changed_in_xero", message, there | {"difference": difference})


def apply_credit_notes(connection: Connection, rows: Rows) -> Held:
    records = linked(connection, "credit_note", (row["CreditNoteID"] for row in rows))
    return apply_news(rows, [records.get(row["CreditNoteID"]) for row in rows], _apply_credit_note)


@transaction.atomic
def _apply_credit_note(record: SyncRecord, row: dict[str, Any]) -> None:
    status = str(row.get("Status"))
    queue.saw(record, status, moment(row.get("UpdatedDateUTC")))
    live_here = CreditNote.objects.filter(pk=record.object_id).exclude(status=CreditNote.Status.VOIDED)
    if status in GONE and live_here.exists():
        message = f"{record.title} was {status.lower()} in Xero. Void it here too, or send it again as new."
        queue.conflict(record, "voided_in_xero", message)
