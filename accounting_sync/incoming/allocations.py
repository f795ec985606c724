"""Credit used or taken back in Xero, of ours and of others made there: on our invoices, and on our bills.

The list of allocations stands on the credit, so a credit is compared with what we know of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from accounting_sync import queue
from accounting_sync.documents import DOCUMENTS
from accounting_sync.documents.document import day, moment
from accounting_sync.documents.payment import target_of
from accounting_sync.incoming.news import Held, Row, Rows, linked
from accounting_sync.models import Connection, SyncRecord
from accounting_sync.models.sync_record import IN_FLIGHT
from accounting_sync.reconcile import GONE
from workshop import credits
from workshop.errors import WorkshopError
from workshop.models import (
    Bill,
    CreditAllocation,
    CreditNote,
    Deposit,
    Invoice,
    SupplierCredit,
    SupplierCreditAllocation,
)
from workshop.purchasing import allocating

ID_FIELDS = {"CreditNotes": "CreditNoteID", "Prepayments": "PrepaymentID", "Overpayments": "OverpaymentID"}


@dataclass(frozen=True)
class Ledger:
    """Sales or purchases: what credit is used on, what of ours the credit may be, and who keeps it here.

    ``credits``: by Xero's list, our kind, its model and the field of an allocation that names it.
    """

    kind: str
    model: Any
    target: str
    target_model: Any
    credits: Mapping[str, tuple[str, Any, str]]
    note: Callable[..., Any]
    remove: Callable[..., Any]
    document: str  # in sentences


SALES = Ledger(
    "allocation", CreditAllocation, "invoice", Invoice,
    {"CreditNotes": ("credit_note", CreditNote, "credit_note"), "Prepayments": ("deposit", Deposit, "deposit")},
    credits.note_accounts_credit, credits.remove_allocation, "invoice",
)  # fmt: skip
PURCHASES = Ledger(
    "bill_allocation", SupplierCreditAllocation, "bill", Bill,
    {"CreditNotes": ("supplier_credit", SupplierCredit, "credit")},
    allocating.note_accounts_credit, allocating.remove_allocation, "bill",
)  # fmt: skip


def apply_allocations(resource: str, connection: Connection, rows: Rows) -> Held:
    """``resource`` names the list that was read: CreditNotes, Prepayments or Overpayments."""
    credits_read = [_Credit(resource, row) for row in rows]
    held: Held = []
    for ledger in (SALES, PURCHASES):
        if among := [credit for credit in credits_read if credit.ledger is ledger]:
            held += _apply(ledger, resource, connection, among)
    return held


def _apply(ledger: Ledger, resource: str, connection: Connection, credits_read: list[_Credit]) -> Held:
    there = [allocation for credit in credits_read for allocation in credit.allocations.values()]
    known = linked(connection, ledger.kind, (allocation["AllocationID"] for allocation in there))
    targets = linked(connection, ledger.target, (target_of(allocation) for allocation in there))
    before = _known_of(ledger, connection, [credit.id for credit in credits_read])
    kind = ledger.credits[resource][0] if resource in ledger.credits else ""
    ours = linked(connection, kind, [credit.id for credit in credits_read]) if kind else {}
    held: Held = []
    for credit in credits_read:
        gone = [record for record in before[credit.id] if record.remote_id not in credit.allocations]
        new = [one for key, one in credit.allocations.items() if key not in known and target_of(one) in targets]
        done = [_removed(ledger, record, credit.seen_at) for record in gone]
        done += [_allocated(ledger, targets[target_of(one)], credit, one, ours.get(credit.id)) for one in new]
        held += [] if all(done) else [credit.seen_at]
    return held


class _Credit:
    """One credit as Xero shows it."""

    def __init__(self, resource: str, row: Row) -> None:
        self.id = str(row[ID_FIELDS[resource]])
        self.resource = resource
        self.ledger = PURCHASES if str(row.get("Type")).startswith(("ACCPAY", "SPEND")) else SALES
        self.number = str(row.get("CreditNoteNumber") or row.get("Reference") or resource[:-1])[:50]
        self.seen_at: datetime | None = moment(row.get("UpdatedDateUTC"))
        listed = [one for one in row.get("Allocations") or [] if one.get("AllocationID")]
        self.allocations: dict[str, Row] = {str(one["AllocationID"]): one for one in listed}


def _known_of(ledger: Ledger, connection: Connection, credit_ids: Iterable[str]) -> dict[str, list[SyncRecord]]:
    records = SyncRecord.objects.filter(connection=connection, kind=ledger.kind, remote_id__isnull=False)
    of_credit: dict[str, list[SyncRecord]] = defaultdict(list)
    for record in records.filter(base__credit__in=list(credit_ids)).exclude(remote_status__in=GONE):
        of_credit[record.base["credit"]].append(record)
    return of_credit


@transaction.atomic
def _removed(ledger: Ledger, record: SyncRecord, seen_at: datetime | None) -> bool:
    """False while our own call about it is out."""
    if record.do_not_import or (record.remote_updated_at and seen_at and seen_at <= record.remote_updated_at):
        return True  # the list is older than what we know
    if record.state in IN_FLIGHT or (record.last_exported_at and seen_at and seen_at < record.last_exported_at):
        return False  # or the list was read before ours had arrived: it is looked at again
    queue.saw(record, "DELETED", seen_at)
    allocation = ledger.model.objects.get(pk=record.object_id)
    if allocation.removed_at:
        return True
    if allocation.source == ledger.model.Source.ACCOUNTS:
        ledger.remove(allocation, in_accounts=True)
        queue.imported(record)
    else:
        message = (
            f"{record.title}: the credit was taken off the {ledger.document} in Xero. "
            "Take it off here too, or send it again."
        )
        queue.conflict(record, "allocation_removed_in_xero", message)
    return True


@transaction.atomic
def _allocated(ledger: Ledger, target: SyncRecord, credit: _Credit, there: Row, ours: SyncRecord | None) -> bool:
    """Credit used in Xero. Ours of the same credit and amount that was not sent yet is the same one.

    False while it cannot be told or does not fit: it is looked at again.
    """
    if target.do_not_import or (ours and ours.do_not_import):
        return True
    document = ledger.target_model.objects.select_for_update(of=("self",)).get(pk=target.object_id)
    if linked(target.connection, ledger.kind, [there["AllocationID"]]):
        return True  # another poll was quicker
    amount = Decimal(str(there["Amount"]))
    twin = _unsent(ledger, credit, target, ours, amount) if ours else None
    if twin and twin.state in IN_FLIGHT:
        return False
    if twin:
        queue.imported(twin, _remote(ledger, credit, there))
        _remember(twin, credit)
        return True
    try:
        allocation = ledger.note(
            document,
            amount=amount,
            date=date.fromisoformat(day(there.get("Date"))),
            external_number=credit.number,
            credit=ledger.credits[credit.resource][1].objects.get(pk=ours.object_id) if ours else None,
        )
    except WorkshopError as error:
        message = f"In Xero {amount} of {credit.number} is used on it: {error.sentence}"
        queue.conflict(target, "paid_twice", message, {"updated_at": credit.seen_at})
        return False
    title, rank = f"{credit.number} to {target.title}", DOCUMENTS[ledger.kind].rank
    record = queue.link_imported(target.connection, rank, allocation.pk, _remote(ledger, credit, there), title)
    _remember(record, credit)
    return True


def _unsent(
    ledger: Ledger, credit: _Credit, target: SyncRecord, ours: SyncRecord, amount: Decimal
) -> SyncRecord | None:
    of_credit = {ledger.credits[credit.resource][2]: ours.object_id, ledger.target: target.object_id}
    local = ledger.model.objects.filter(amount=amount, removed_at=None, source="workshop", **of_credit)
    unsent = SyncRecord.objects.filter(connection=target.connection_id, kind=ledger.kind, remote_id=None)
    return unsent.filter(object_id__in=local.values("pk")).first()


def _remote(ledger: Ledger, credit: _Credit, there: Row) -> dict[str, Any]:
    return {
        "kind": ledger.kind,
        "remote_id": there["AllocationID"],
        "status": "ALLOCATED",
        "updated_at": credit.seen_at,
        "hash": DOCUMENTS[ledger.kind].fingerprint(there),
        "response": there,
    }


def _remember(record: SyncRecord, credit: _Credit) -> None:
    SyncRecord.objects.filter(pk=record.pk).update(base={"credit": credit.id})
