"""Credit that was used, taken back or refunded in Xero: of our own credit notes and deposits, and of others made there.

The list of allocations stands on the credit, so a credit is compared with what we know of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from accounting_sync import queue
from accounting_sync.documents import DOCUMENTS
from accounting_sync.documents.document import day, moment, written
from accounting_sync.documents.payment import reference_of, target_of
from accounting_sync.incoming import Held, Row, Rows, apply_news, linked
from accounting_sync.models import Connection, State, SyncRecord
from accounting_sync.models.sync_record import IN_FLIGHT
from accounting_sync.reconcile import GONE
from workshop import credits, refunds
from workshop.errors import WorkshopError
from workshop.models import CreditAllocation, CreditNote, Deposit, Invoice, Refund

ID_FIELDS = {"CreditNotes": "CreditNoteID", "Prepayments": "PrepaymentID", "Overpayments": "OverpaymentID"}
KINDS = {"CreditNotes": "credit_note", "Prepayments": "deposit"}  # what of ours it may be
MODELS: dict[str, type[CreditNote] | type[Deposit]] = {"credit_note": CreditNote, "deposit": Deposit}


def apply_deposits(connection: Connection, rows: Rows) -> Held:
    records = linked(connection, "deposit", (row["PrepaymentID"] for row in rows))
    return apply_news(rows, [records.get(row["PrepaymentID"]) for row in rows], _apply_deposit)


@transaction.atomic
def _apply_deposit(record: SyncRecord, row: Row) -> None:
    status = str(row.get("Status"))
    queue.saw(record, status, moment(row.get("UpdatedDateUTC")))
    if status in GONE and Deposit.objects.held().filter(pk=record.object_id).exists():
        message = f"{record.title} was {status.lower()} in Xero. Take it back here too, or send it again as new."
        queue.conflict(record, "voided_in_xero", message)


# Used on our invoices


def apply_allocations(resource: str, connection: Connection, rows: Rows) -> Held:
    """``resource`` names the list that was read: CreditNotes, Prepayments or Overpayments."""
    credits_read = [_Credit(resource, row) for row in rows]
    there = [allocation for credit in credits_read for allocation in credit.allocations.values()]
    known = linked(connection, "allocation", (allocation["AllocationID"] for allocation in there))
    invoices = linked(connection, "invoice", (target_of(allocation) for allocation in there))
    before = _known_of(connection, [credit.id for credit in credits_read])
    ours = linked(connection, KINDS[resource], [credit.id for credit in credits_read]) if resource in KINDS else {}
    held: Held = []
    for credit in credits_read:
        gone = [record for record in before[credit.id] if record.remote_id not in credit.allocations]
        new = [one for key, one in credit.allocations.items() if key not in known and target_of(one) in invoices]
        done = [_removed(record, credit.seen_at) for record in gone]
        done += [_allocated(invoices[target_of(one)], credit, one, ours.get(credit.id)) for one in new]
        held += [] if all(done) else [credit.seen_at]
    return held


class _Credit:
    """One credit as Xero shows it."""

    def __init__(self, resource: str, row: Row) -> None:
        self.id = str(row[ID_FIELDS[resource]])
        self.number = str(row.get("CreditNoteNumber") or row.get("Reference") or resource[:-1])[:50]
        self.seen_at: datetime | None = moment(row.get("UpdatedDateUTC"))
        listed = [one for one in row.get("Allocations") or [] if one.get("AllocationID")]
        self.allocations: dict[str, Row] = {str(one["AllocationID"]): one for one in listed}


def _known_of(connection: Connection, credit_ids: Iterable[str]) -> dict[str, list[SyncRecord]]:
    records = SyncRecord.objects.filter(connection=connection, kind="allocation", remote_id__isnull=False)
    of_credit: dict[str, list[SyncRecord]] = defaultdict(list)
    for record in records.filter(base__credit__in=list(credit_ids)).exclude(remote_status__in=GONE):
        of_credit[record.base["credit"]].append(record)
    return of_credit


@transaction.atomic
def _removed(record: SyncRecord, seen_at: datetime | None) -> bool:
    """False while our own call about it is out."""
    if record.do_not_import or (record.remote_updated_at and seen_at and seen_at <= record.remote_updated_at):
        return True  # the list is older than what we know
    if record.state in IN_FLIGHT:
        return False
    queue.saw(record, "DELETED", seen_at)
    allocation = CreditAllocation.objects.get(pk=record.object_id)
    if allocation.removed_at:
        return True
    if allocation.source == CreditAllocation.Source.ACCOUNTS:
        credits.remove_allocation(allocation, in_accounts=True)
        queue.imported(record)
    else:
        message = (
            f"{record.title}: the credit was taken off the invoice in Xero. Take it off here too, or send it again."
        )
        queue.conflict(record, "allocation_removed_in_xero", message)
    return True


@transaction.atomic
def _allocated(invoice: SyncRecord, credit: _Credit, there: Row, ours: SyncRecord | None) -> bool:
    """Credit used in Xero. Ours of the same credit and amount that was not sent yet is the same one.

    False while it cannot be told or does not fit: it is looked at again.
    """
    if invoice.do_not_import or (ours and ours.do_not_import):
        return True
    Invoice.objects.select_for_update().get(pk=invoice.object_id)
    if linked(invoice.connection, "allocation", [there["AllocationID"]]):
        return True  # another poll was quicker
    amount = Decimal(str(there["Amount"]))
    twin = _unsent_allocation(invoice, ours, amount) if ours else None
    if twin and twin.state in IN_FLIGHT:
        return False
    if twin:
        queue.imported(twin, _remote(credit, there))
        _remember(twin, credit)
        return True
    try:
        allocation = credits.note_accounts_credit(
            Invoice.objects.get(pk=invoice.object_id),
            amount=amount,
            date=date.fromisoformat(day(there.get("Date"))),
            external_number=credit.number,
            credit=MODELS[ours.kind].objects.get(pk=ours.object_id) if ours else None,
        )
    except WorkshopError as error:
        message = f"In Xero {amount} of {credit.number} is used on it: {error.sentence}"
        queue.conflict(invoice, "paid_twice", message, {"updated_at": credit.seen_at})
        return False
    title, rank = f"{credit.number} to {invoice.title}", DOCUMENTS["allocation"].rank
    record = queue.link_imported(invoice.connection, rank, allocation.pk, _remote(credit, there), title)
    _remember(record, credit)
    return True


def _unsent_allocation(invoice: SyncRecord, ours: SyncRecord, amount: Decimal) -> SyncRecord | None:
    of_credit = {f"{ours.kind}_id": ours.object_id, "source": CreditAllocation.Source.WORKSHOP}
    local = CreditAllocation.objects.filter(invoice=invoice.object_id, amount=amount, removed_at=None, **of_credit)
    unsent = SyncRecord.objects.filter(connection=invoice.connection_id, kind="allocation", remote_id=None)
    return unsent.filter(object_id__in=local.values("pk")).exclude(state=State.SKIPPED).first()


def _remote(credit: _Credit, there: Row) -> dict[str, Any]:
    return {
        "kind": "allocation",
        "remote_id": there["AllocationID"],
        "status": "ALLOCATED",
        "updated_at": credit.seen_at,
        "hash": DOCUMENTS["allocation"].fingerprint(there),
        "response": there,
    }


def _remember(record: SyncRecord, credit: _Credit) -> None:
    SyncRecord.objects.filter(pk=record.pk).update(base={"credit": credit.id})


# Given back


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
