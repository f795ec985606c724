"""Payments of our invoices: read, never inferred from a balance."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction

from accounting_sync import queue
from accounting_sync.documents import DOCUMENTS
from accounting_sync.documents.document import day, moment, written
from accounting_sync.documents.payment import reference_of
from accounting_sync.incoming.news import Held, Rows, apply_news, linked
from accounting_sync.models import Connection, State, SyncRecord
from workshop import sales
from workshop.errors import WorkshopError
from workshop.models import Invoice, Payment


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
