"""What was given back in Xero of our credit notes and deposits."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import transaction

from accounting_sync import queue
from accounting_sync.documents import DOCUMENTS
from accounting_sync.documents.document import day, moment, written
from accounting_sync.documents.payment import reference_of, target_of
from accounting_sync.incoming.news import Held, Row, Rows, apply_news, linked
from accounting_sync.models import Connection, State, SyncRecord
from accounting_sync.models.sync_record import IN_FLIGHT
from workshop import refunds
from workshop.errors import WorkshopError
from workshop.models import CreditNote, Deposit, Refund

MODELS: dict[str, type[CreditNote] | type[Deposit]] = {"credit_note": CreditNote, "deposit": Deposit}


def apply_refunds(connection: Connection, rows: Rows) -> Held:
    known = linked(connection, "refund", (row["PaymentID"] for row in rows))
    targets = [target_of(row) for row in rows]
    ours = linked(connection, "deposit", targets) | linked(connection, "credit_note", targets)
    held = apply_news(rows, [known.get(row["PaymentID"]) for row in rows], _known_refund)
    for row, target in zip(rows, targets, strict=True):
        credit = ours.get(target)
        new = credit and row["PaymentID"] not in known and row.get("Status") == "AUTHORISED"
        if credit and new and not credit.do_not_import and not _new_refund(credit, row):
            held.append(moment(row.get("UpdatedDateUTC")))
    return held


@transaction.atomic
def _known_refund(record: SyncRecord, row: Row) -> None:
    if row.get("Status") != "DELETED" or record.remote_status == "DELETED":
        return
    queue.saw(record, "DELETED", moment(row.get("UpdatedDateUTC")))
    refund = Refund.objects.get(pk=record.object_id)
    if refund.reversed_at:
        return
    if refund.source == Refund.Source.ACCOUNTS:
        refunds.reverse_refund(refund, reason="Removed in Xero", in_accounts=True)
        queue.imported(record)
    else:
        queue.conflict(record, "payment_reversed_in_xero", f"{record.title} was removed in Xero.")


@transaction.atomic
def _new_refund(credit: SyncRecord, row: Row) -> bool:
    """A refund we did not make. One of ours with the same amount still on its way may be the same money: ask."""
    held = MODELS[credit.kind].objects.select_for_update().get(pk=credit.object_id)
    if linked(credit.connection, "refund", [row["PaymentID"]]):
        return True  # another poll was quicker
    of_credit = Refund.objects.filter(**{credit.kind: held})
    if any(str(row.get("Reference") or "") == reference_of(refund) for refund in of_credit):
        return False  # ours, its answer is not in yet: the look-up will settle it
    amount, given_on = Decimal(str(row["Amount"])), date.fromisoformat(day(row.get("Date")))
    twin = _unsent_refund(credit, held, amount)
    if twin and twin.state == State.SKIPPED:
        return True  # somebody decided that ours is not sent: this is the one that counts there
    if twin:
        message = f"Already refunded in Xero on {written(given_on)}: {amount}. Is it the same money?"
        evidence = {"remote_id": row["PaymentID"], "amount": amount, "date": given_on}
        queue.warn(twin, "already_refunded", message, evidence)
        return False
    return _import_refund(credit, held, row, amount, given_on)


def _unsent_refund(credit: SyncRecord, held: CreditNote | Deposit, amount: Decimal) -> SyncRecord | None:
    given = Refund.objects.given().filter(**{credit.kind: held}, amount=amount, source=Refund.Source.WORKSHOP)
    unsent = SyncRecord.objects.filter(connection=credit.connection_id, kind="refund", remote_id=None)
    return unsent.filter(object_id__in=given.values("pk")).exclude(state__in=IN_FLIGHT).first()


def _import_refund(credit: SyncRecord, held: CreditNote | Deposit, row: Row, amount: Decimal, given_on: date) -> bool:
    reference = str(row.get("Reference") or "")[:100]
    try:
        refund = refunds.give_refund(
            held, amount=amount, date=given_on, reference=reference, source=Refund.Source.ACCOUNTS
        )
    except WorkshopError as error:
        message = f"Xero holds a refund of {amount} of {written(given_on)}: {error.sentence}"
        queue.conflict(credit, "paid_twice", message, {"updated_at": row.get("UpdatedDateUTC")})
        return False
    facts = DOCUMENTS["refund"].read(row)
    remote = {
        "kind": "refund",
        "remote_id": facts.remote_id,
        "number": facts.number,
        "status": facts.status,
        "updated_at": facts.updated_at,
        "hash": facts.fingerprint,
        "response": row,
    }
    queue.link_imported(credit.connection, DOCUMENTS["refund"].rank, refund.pk, remote, f"{refund} (Xero)")
    return True
