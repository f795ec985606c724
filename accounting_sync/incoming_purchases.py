"""What arrived from Xero about bills and supplier credits: what was paid of them, edits and voids."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction

from accounting_sync import connections, queue
from accounting_sync.documents import DOCUMENTS
from accounting_sync.documents.document import day
from accounting_sync.incoming import Held, Rows, apply_news, linked
from accounting_sync.models import Connection, State, SyncRecord
from accounting_sync.plan import changed_since_sent
from accounting_sync.reconcile import GONE
from workshop.errors import WorkshopError
from workshop.models import Bill, SupplierCredit
from workshop.purchasing import allocating, billing, in_accounts


def apply_bills(connection: Connection, rows: Rows) -> Held:
    records = linked(connection, "bill", (row["InvoiceID"] for row in rows))
    return apply_news(rows, [records.get(row["InvoiceID"]) for row in rows], _apply_bill)


@transaction.atomic
def _apply_bill(record: SyncRecord, row: dict[str, Any]) -> None:
    facts, agreed = DOCUMENTS["bill"].read(row), record.state == State.SYNCED
    queue.saw(record, facts.status, facts.updated_at)
    bill = Bill.objects.get(pk=record.object_id)
    planned = day(row.get("PlannedPaymentDate"))
    in_accounts.plan_payment(bill, date.fromisoformat(planned) if planned else None)
    if facts.status in GONE:
        _gone(record, facts.status, bill.status != Bill.Status.VOIDED)
        return
    if facts.fingerprint != record.remote_hash or Decimal(str(row["Total"])) != bill.total:
        _edited(record, bill, row)
        agreed = False
    _paid(record, bill, row)
    if agreed:
        queue.imported(record)


def _gone(record: SyncRecord, status: str, lives_here: bool) -> None:
    if lives_here:
        message = f"{record.title} was {status.lower()} in Xero. Void it here too, or send it again as new."
        queue.conflict(record, "voided_in_xero", message)


def _edited(record: SyncRecord, bill: Bill, row: dict[str, Any]) -> None:
    """A bill is what the goods cost: another total is a question, and corrections go by another document meanwhile."""
    total, there = Decimal(str(row["Total"])), DOCUMENTS["bill"].evidence(row)
    if changed_since_sent(record):
        queue.conflict(record, "changed_in_both", f"Changed here and in Xero. The total there is {total}.", there)
    elif total != bill.total:
        in_accounts.note_change(bill)
        queue.conflict(record, "changed_in_xero", f"Changed in Xero: the total there is {total}.", there)


def _paid(record: SyncRecord, bill: Bill, row: dict[str, Any]) -> None:
    paid, credited = (Decimal(str(row.get(name) or 0)) for name in ("AmountPaid", "AmountCredited"))
    if credited != bill.amount_credited:
        connections.read_soon(record.connection, ["CreditNotes", "Overpayments", "Prepayments"])
    if paid == bill.amount_paid:
        return
    try:
        billing.note_paid(bill, paid)
    except WorkshopError as error:
        queue.conflict(record, "changed_in_xero", error.sentence, DOCUMENTS["bill"].evidence(row))


def apply_supplier_credits(connection: Connection, rows: Rows) -> Held:
    records = linked(connection, "supplier_credit", (row["CreditNoteID"] for row in rows))
    return apply_news(rows, [records.get(row["CreditNoteID"]) for row in rows], _apply_credit)


@transaction.atomic
def _apply_credit(record: SyncRecord, row: dict[str, Any]) -> None:
    status = str(row.get("Status"))
    facts = DOCUMENTS["supplier_credit"].read(row)
    queue.saw(record, facts.status, facts.updated_at)
    credit = SupplierCredit.objects.get(pk=record.object_id)
    if status in GONE:
        _gone(record, status, credit.status == SupplierCredit.Status.FINALISED)
    elif Decimal(str(row["Total"])) != credit.total:
        evidence = DOCUMENTS["supplier_credit"].evidence(row)
        queue.conflict(record, "changed_in_xero", f"Changed in Xero: the total there is {row['Total']}.", evidence)
    elif credit.status == SupplierCredit.Status.FINALISED:
        _paid_back(record, credit, row)


def _paid_back(record: SyncRecord, credit: SupplierCredit, row: dict[str, Any]) -> None:
    """What is neither left nor used on a bill, the supplier paid back."""
    used = sum((Decimal(str(one["Amount"])) for one in row.get("Allocations") or []), Decimal(0))
    refunded = credit.total - used - Decimal(str(row.get("RemainingCredit") or 0))
    try:
        allocating.note_refunded(credit, refunded)
    except WorkshopError as error:
        queue.conflict(record, "changed_in_xero", error.sentence, DOCUMENTS["supplier_credit"].evidence(row))
