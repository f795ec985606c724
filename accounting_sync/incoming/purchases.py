"""What arrived from Xero about bills and supplier credits: what was paid of them, edits and voids."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounting_sync import connections, queue
from accounting_sync.documents import DOCUMENTS
from accounting_sync.documents.document import day, moment
from accounting_sync.documents.payment import target_of
from accounting_sync.incoming.news import Held, Rows, apply_news, linked
from accounting_sync.models import Connection, State, SyncRecord
from accounting_sync.models.sync_record import IN_FLIGHT
from accounting_sync.plan import changed_since_sent
from accounting_sync.reconcile import GONE
from workshop.errors import WorkshopError
from workshop.models import Bill, SupplierCredit
from workshop.purchasing import allocating, billing, in_accounts

CREDITS = ["CreditNotes", "Overpayments", "Prepayments"]


def apply_bills(connection: Connection, rows: Rows) -> Held:
    records = linked(connection, "bill", (row["InvoiceID"] for row in rows))
    return apply_news(rows, [records.get(row["InvoiceID"]) for row in rows], _apply_bill)


@transaction.atomic
def _apply_bill(record: SyncRecord, row: dict[str, Any]) -> None:
    facts, agreed = DOCUMENTS["bill"].read(row), record.state == State.SYNCED
    # the bill's lock first: whoever uses credit on it holds that, and then puts it in the queue
    bill = Bill.objects.select_for_update().get(pk=record.object_id)
    queue.saw(record, facts.status, facts.updated_at)
    planned = day(row.get("PlannedPaymentDate"))
    in_accounts.plan_payment(bill, date.fromisoformat(planned) if planned else None)
    if facts.status in GONE:
        _gone(record, facts.status, bill.status != Bill.Status.VOIDED)
        return
    if facts.fingerprint != record.remote_hash or Decimal(str(row["Total"])) != bill.total:
        _edited(record, bill, row)
        agreed = False
    if _paid(record, bill, row) and agreed:
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


def _paid(record: SyncRecord, bill: Bill, row: dict[str, Any]) -> bool:
    """False where what is paid there cannot be paid here, which is asked about."""
    paid, credited = (Decimal(str(row.get(name) or 0)) for name in ("AmountPaid", "AmountCredited"))
    if credited > bill.amount_credited:  # it may be of long ago: a bill can be linked after its credit was read
        beginning = timezone.make_aware(datetime.combine(bill.date, time()), UTC)
        connections.look_back(record.connection, beginning, CREDITS)
    elif credited < bill.amount_credited:
        allocating.forget_unnamed(bill, bill.amount_credited - credited)
        connections.read_soon(record.connection, CREDITS)
    if paid == bill.amount_paid:
        return True
    try:
        billing.note_paid(bill, paid)
    except WorkshopError as error:
        queue.conflict(record, "changed_in_xero", error.sentence, DOCUMENTS["bill"].evidence(row))
        return False
    return True


def apply_supplier_credits(connection: Connection, rows: Rows) -> Held:
    records = linked(connection, "supplier_credit", (row["CreditNoteID"] for row in rows))
    held = apply_news(rows, [records.get(row["CreditNoteID"]) for row in rows], _apply_credit)
    return [*held, *_consumed_elsewhere(connection, [row for row in rows if row["CreditNoteID"] in records], records)]


@transaction.atomic
def _apply_credit(record: SyncRecord, row: dict[str, Any]) -> None:
    # the credit's lock first: whoever uses it holds that, and then puts it in the queue
    credit = SupplierCredit.objects.select_for_update().get(pk=record.object_id)
    status = str(row.get("Status"))
    facts = DOCUMENTS["supplier_credit"].read(row)
    queue.saw(record, facts.status, facts.updated_at)
    if status in GONE:
        _gone(record, status, credit.status == SupplierCredit.Status.FINALISED)
    elif Decimal(str(row["Total"])) != credit.total:
        evidence = DOCUMENTS["supplier_credit"].evidence(row)
        queue.conflict(record, "changed_in_xero", f"Changed in Xero: the total there is {row['Total']}.", evidence)


def _consumed_elsewhere(connection: Connection, rows: Rows, records: dict[str, SyncRecord]) -> Held:
    """What is neither left nor used on a bill of ours was paid back, or used on a bill that Xero alone has.

    Compared each time it is read: what does not fit today is looked at again.
    """
    targets = [target_of(one) for row in rows for one in row.get("Allocations") or []]
    ours = linked(connection, "bill", targets) if targets else {}
    here = SupplierCredit.objects.in_bulk([record.object_id for record in records.values()])
    held: Held = []
    for row in rows:
        record = records[row["CreditNoteID"]]
        if record.do_not_import or row.get("Status") in GONE or row.get("RemainingCredit") is None:
            continue
        used = [one for one in row.get("Allocations") or [] if target_of(one) in ours]
        kept = sum((Decimal(str(one["Amount"])) for one in used), Decimal(str(row["RemainingCredit"])))
        consumed = Decimal(str(row["Total"])) - kept
        if consumed == here[record.object_id].amount_consumed_in_accounts:
            continue
        if record.state in IN_FLIGHT or not _note_consumed(record, consumed):
            held.append(moment(row.get("UpdatedDateUTC")))
    return held


@transaction.atomic
def _note_consumed(record: SyncRecord, consumed: Decimal) -> bool:
    credit = SupplierCredit.objects.select_for_update().get(pk=record.object_id)
    live = credit.status == SupplierCredit.Status.FINALISED
    if not live or consumed < 0 or consumed == credit.amount_consumed_in_accounts:
        return True
    try:
        allocating.note_consumed(credit, consumed)
    except WorkshopError as error:
        message = f"In Xero {consumed} of it is paid back or used elsewhere: {error.sentence}"
        queue.conflict(record, "paid_twice", message)
        return False
    return True
