"""What arrived from Xero, applied through workshop verbs in one transaction with its SyncRecord.

So an import never bounces back as an export. Each verb returns when those rows changed that cannot be applied yet:
they are read again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from accounting_sync import connections, queue
from accounting_sync.documents import DOCUMENTS
from accounting_sync.documents.document import day, moment, written
from accounting_sync.documents.payment import reference_of
from accounting_sync.models import Connection, State, SyncRecord
from accounting_sync.models.sync_record import IN_FLIGHT
from accounting_sync.plan import changed_since_sent
from accounting_sync.reconcile import GONE
from workshop import sales
from workshop.errors import WorkshopError
from workshop.models import CreditNote, Invoice, Payment

Row = dict[str, Any]
Rows = list[Row]
Held = list[datetime | None]


def linked(connection: Connection, kind: str, remote_ids: Iterable[str]) -> dict[str, SyncRecord]:
    rows = SyncRecord.objects.filter(connection=connection, kind=kind, remote_id__in=list(remote_ids))
    return {row.remote_id or "": row for row in rows}


def apply_invoices(connection: Connection, rows: Rows) -> Held:
    records = linked(connection, "invoice", (row["InvoiceID"] for row in rows))
    return apply_news(rows, [records.get(row["InvoiceID"]) for row in rows], _apply_invoice)


def apply_news(
    rows: Rows, records: Iterable[SyncRecord | None], apply: Callable[[SyncRecord, dict[str, Any]], None]
) -> Held:
    held: Held = []
    for row, record in zip(rows, records, strict=True):
        if record is None or not _news(record, row):
            continue
        if record.state in IN_FLIGHT:
            held.append(moment(row.get("UpdatedDateUTC")))
        else:
            apply(record, row)
    return held


def _news(record: SyncRecord, row: dict[str, Any]) -> bool:
    """Not our own echo, not older than what we know, and not kept out by a person."""
    there, known = DOCUMENTS[record.kind].read(row), record.remote_updated_at
    if record.do_not_import or (known and there.updated_at and there.updated_at < known):
        return False
    as_known = (known, record.remote_status, record.remote_hash)
    return (there.updated_at, there.status, there.fingerprint) != as_known


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


# Payments: read, never inferred from a balance


def apply_payments(connection: Connection, rows: Rows) -> Held:
    known = linked(connection, "payment", (row["PaymentID"] for row in rows))
    invoices = linked(connection, "invoice", (_invoice_id(row) for row in rows))
    held = apply_news(rows, [known.get(row["PaymentID"]) for row in rows], _known_payment)
    for row in rows:
        invoice = invoices.get(_invoice_id(row))
        new = invoice and row["PaymentID"] not in known and row.get("Status") == "AUTHORISED"
        if invoice and new and not invoice.do_not_import and not _new_payment(invoice, row):
            held.append(moment(row.get("UpdatedDateUTC")))
    return held


def _invoice_id(row: dict[str, Any]) -> str:
    return str((row.get("Invoice") or {}).get("InvoiceID", ""))


@transaction.atomic
def _known_payment(record: SyncRecord, row: dict[str, Any]) -> None:
    if row.get("Status") != "DELETED" or record.remote_status == "DELETED":
        return
    queue.saw(record, "DELETED", moment(row.get("UpdatedDateUTC")))
    payment = Payment.objects.get(pk=record.object_id)  # only now: another poll may have held the row until here
    if payment.reversed_at:
        return
    if payment.source == Payment.Source.ACCOUNTS:
        sales.reverse_payment(payment, reason="Removed in Xero", in_accounts=True)
        queue.imported(record)
    else:
        queue.conflict(record, "payment_reversed_in_xero", f"{record.title} was removed in Xero.")


@transaction.atomic
def _new_payment(invoice: SyncRecord, row: dict[str, Any]) -> bool:
    """A payment we did not make. One of ours with the same amount still on its way may be the same money: ask.

    False while it is not known whose it is: whatever becomes of the question, the payment is looked at again.
    """
    Invoice.objects.select_for_update().get(pk=invoice.object_id)
    if linked(invoice.connection, "payment", [row["PaymentID"]]):
        return True  # another poll was quicker
    of_invoice = Payment.objects.filter(invoice_id=invoice.object_id)
    if _ours_on_its_way(of_invoice, row):
        return False
    local = of_invoice.filter(reversed_at=None)
    amount, paid_on = Decimal(str(row["Amount"])), date.fromisoformat(day(row.get("Date")))
    twin = _unsent_twin(invoice.connection_id, local, amount)
    if twin and twin.state == State.SKIPPED:
        return True  # somebody decided that ours is not sent: this is the one that counts there
    if twin:
        evidence = {"remote_id": row["PaymentID"], "amount": amount, "date": paid_on}
        message = f"Already paid in Xero on {written(paid_on)}: {amount}. Is it the same money?"
        queue.warn(twin, "already_paid", message, evidence)
        return False
    try:
        payment = sales.record_payment(
            Invoice.objects.get(pk=invoice.object_id),
            amount=amount,
            date=paid_on,
            reference=str(row.get("Reference") or "")[:100],
            source=Payment.Source.ACCOUNTS,
        )
    except WorkshopError as error:
        message = f"Xero holds a payment of {amount} of {written(paid_on)}: {error.sentence}"
        queue.conflict(invoice, "paid_twice", message, {"updated_at": row.get("UpdatedDateUTC")})
        return False
    queue.link_imported(invoice.connection, DOCUMENTS["payment"].rank, payment.pk, _remote(row), f"{payment} (Xero)")
    return True


def _remote(row: dict[str, Any]) -> dict[str, Any]:
    facts = DOCUMENTS["payment"].read(row)
    return {
        "kind": "payment",
        "remote_id": facts.remote_id,
        "number": facts.number,
        "status": facts.status,
        "updated_at": facts.updated_at,
        "hash": facts.fingerprint,
        "response": row,
    }


def _ours_on_its_way(local: Any, row: dict[str, Any]) -> bool:
    """Sent, but its answer is not in yet: our number stands in the reference, and the look-up will settle it.

    It may have been reversed here since.
    """
    reference = str(row.get("Reference") or "")
    return any(reference == reference_of(payment) for payment in local)


def _unsent_twin(connection_id: int, local: Any, amount: Decimal) -> SyncRecord | None:
    ids = local.filter(amount=amount, source=Payment.Source.WORKSHOP).values("pk")
    unsent = SyncRecord.objects.filter(connection=connection_id, kind="payment", object_id__in=ids, remote_id=None)
    return unsent.exclude(state__in=[State.SENDING, State.UNKNOWN]).first()
