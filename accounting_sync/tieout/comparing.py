"""Every document of ours against what a run saw in Xero, five hundred at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from django.db.models import Exists, OuterRef, Q

from accounting_sync.models import SeenInXero, SyncRecord, TieOutDifference, TieOutRun
from accounting_sync.reconcile import GONE
from accounting_sync.tieout import compare, ours
from accounting_sync.tieout.balances import Balances
from accounting_sync.tieout.cells import Cells
from accounting_sync.tieout.compare import Gap, Part
from accounting_sync.tieout.ours import Ours
from accounting_sync.tieout.theirs import CHUNK, in_chunks
from workshop.models import CreditAllocation, Party, SupplierCreditAllocation
from workshop.money import ZERO

Kind, Reason, Field = TieOutDifference.Kind, TieOutDifference.Reason, TieOutDifference.Field
RESOURCES = {
    "invoice": "Invoices",
    "bill": "Invoices",
    "credit_note": "CreditNotes",
    "supplier_credit": "CreditNotes",
    "deposit": "Prepayments",
    "payment": "Payments",
    "refund": "Payments",
    "contact": "Contacts",
}
#: kind, model, and the documents that such a use of credit is part of
USES: list[tuple[str, Any, Callable[[Any], list[tuple[str, int | None]]]]] = [
    ("allocation", CreditAllocation, lambda row: [
        ("invoice", row.invoice_id), ("credit_note", row.credit_note_id), ("deposit", row.deposit_id),
    ]),
    ("bill_allocation", SupplierCreditAllocation, lambda row: [
        ("bill", row.bill_id), ("supplier_credit", row.credit_id),
    ]),
]  # fmt: skip
RECORD = ["pk", "kind", "object_id", "title", "state", "code", "remote_id", "remote_status", "remote_updated_at",
          "do_not_import", "do_not_export"]  # fmt: skip


class Comparison:
    """Collects what differs; what rests on a document is compared before it, so that it can be named as the reason."""

    def __init__(self, run: TieOutRun) -> None:
        self.run, self.connection = run, run.connection
        self.cells, self.balances = Cells(), Balances(run)
        self.parts: dict[tuple[str, int], list[Part]] = defaultdict(list)
        self._found: list[TieOutDifference] = []

    # What was found

    def add(self, difference: TieOutDifference) -> None:
        difference.run = self.run
        difference.verdict = compare.verdict_of(difference.reason)
        difference.month = difference.dated.replace(day=1) if difference.dated else None
        self.cells.differs(difference)
        self._found.append(difference)
        if len(self._found) >= CHUNK:
            self.store()

    def store(self) -> None:
        TieOutDifference.objects.bulk_create(self._found)
        self._found = []

    # Documents

    def allocations(self) -> None:
        """Credit used here and not there, or the other way round: the reason why both documents differ."""
        for kind, model, document_of in USES:
            for row, record in self._astray(kind, model):
                self._allocation(row, document_of(row), record)

    def _astray(self, kind: str, model: Any) -> Iterator[tuple[Any, SyncRecord | None]]:
        held = SyncRecord.objects.filter(
            connection=self.connection, kind=kind, object_id=OuterRef("pk"), remote_id__isnull=False
        ).exclude(remote_status__in=GONE)
        astray = model.objects.filter(
            (Q(removed_at=None) & ~Exists(held)) | (Q(removed_at__isnull=False) & Exists(held))
        ).order_by("pk")
        last = 0
        while rows := list(astray.filter(pk__gt=last)[:CHUNK]):
            last = rows[-1].pk
            records = self.records(kind, [row.pk for row in rows])
            yield from ((row, records.get(row.pk)) for row in rows)

    def _allocation(self, row: Any, documents: Iterable[tuple[str, int | None]], record: SyncRecord | None) -> None:
        reason = compare.reason_of(record, None)
        if not reason:
            return
        amount = row.amount if row.removed_at is None else -row.amount
        part = Part(reason, amount, record.title if record else "Credit", record.pk if record else None)
        for kind, object_id in documents:
            if object_id:
                self.parts[kind, object_id].append(part)

    def documents(self, kind: str) -> None:
        for rows in ours.documents(kind):
            records = self.records(kind, [row.object_id for row in rows])
            seen = self.seen(RESOURCES[kind], [record.remote_id for record in records.values()])
            contacts = self.records("contact", {row.party_id for row in rows})
            for row in rows:
                record, contact = records.get(row.object_id), contacts.get(row.party_id)
                theirs = seen.get(record.remote_id or "") if record else None
                self._document(row, record, theirs, (contact.remote_id or "") if contact else "")

    def _document(self, row: Ours, record: SyncRecord | None, theirs: SeenInXero | None, contact_id: str) -> None:
        self.cells.counts(row, theirs)
        found = compare.gaps(row, theirs, contact_id)
        parts = self._behind(row, found)
        reason = self._reason(row, record, theirs, parts) if found else ""
        cure = compare.worst(parts).record_id if parts else None
        self.balances.add(row, theirs, contact_id, Part(reason or Reason.UNEXPLAINED, ZERO, row.title,
                          cure or (record.pk if record else None), row.kind, row.object_id))  # fmt: skip
        if not found or not reason:
            return
        if row.rests_on:
            part = Part(reason, -compare.weight(found), row.title, record.pk if record else None, row.kind)
            self.parts[row.rests_on].append(part)
        told = difference(row, record, found, reason, cure)
        told.changed_at = theirs.updated_at if theirs else None
        self.add(told)

    def _reason(self, row: Ours, record: SyncRecord | None, theirs: SeenInXero | None, parts: Sequence[Part]) -> str:
        start = self.connection.start_date
        if record is None and start and row.dated < start:
            return Reason.BY_DECISION  # as it will be told when it gets its place in the queue
        return compare.reason_of(record, theirs, parts)

    def _behind(self, row: Ours, found: Sequence[Gap]) -> list[Part]:
        """What rests on it and differs, where that is the whole difference."""
        parts = self.parts.get((row.kind, row.object_id), [])
        left = next((gap.amount for gap in found if gap.field == Field.OPEN), ZERO)
        in_money = found and all(gap.field in {Field.PAID, Field.CREDITED, Field.OPEN} for gap in found)
        return parts if in_money and sum((part.amount for part in parts), ZERO) == left else []

    # What both sides hold

    def records(self, kind: str, object_ids: Iterable[int]) -> dict[int, SyncRecord]:
        found = SyncRecord.objects.filter(connection=self.connection, kind=kind, object_id__in=list(object_ids))
        return {record.object_id: record for record in found.only(*RECORD)}

    def linked(self, kinds: Sequence[str], remote_ids: Iterable[str]) -> dict[str, SyncRecord]:
        found = SyncRecord.objects.filter(connection=self.connection, kind__in=kinds, remote_id__in=list(remote_ids))
        return {record.remote_id or "": record for record in found.only(*RECORD)}

    def seen(self, resource: str, remote_ids: Iterable[str | None]) -> dict[str, SeenInXero]:
        wanted = [remote_id for remote_id in remote_ids if remote_id]
        return {row.remote_id: row for row in self.run.seen.filter(resource=resource, remote_id__in=wanted)}


def difference(
    row: Ours, record: SyncRecord | None, found: Sequence[Gap], reason: str, cure: int | None = None
) -> TieOutDifference:
    first = found[0]
    return TieOutDifference(
        kind=row.kind,
        reason=reason,
        dated=row.dated,
        object_id=row.object_id,
        party_id=row.party_id,
        record_id=cure or (record.pk if record else None),
        remote_id=(record.remote_id or "") if record else "",
        title=row.title[:255],
        field=first.field,
        ours=first.ours[:60],
        theirs=first.theirs[:60],
        amount=compare.weight(found),
        details=[asdict(gap) for gap in found],
    )


def contacts(comparison: Comparison) -> None:
    """Whoever is archived in Xero and not here: the next invoice would be refused."""
    run = comparison.run
    archived = run.seen.filter(resource="Contacts", status="ARCHIVED").values_list("remote_id", flat=True)
    for remote_ids in in_chunks(archived):
        linked = comparison.linked(["contact"], remote_ids)
        for party_id, name in _active({record.object_id for record in linked.values()}):
            record = next(one for one in linked.values() if one.object_id == party_id)
            comparison.add(
                TieOutDifference(
                    kind=Kind.CONTACT, reason=Reason.ARCHIVED, object_id=party_id, party_id=party_id, record=record,
                    remote_id=record.remote_id or "", title=name[:255], field=Field.STATUS, ours="Active",
                    theirs="Archived", amount=ZERO,
                )
            )  # fmt: skip


def _active(party_ids: Iterable[int]) -> list[tuple[int, str]]:
    return list(Party.objects.filter(pk__in=list(party_ids), archived_at=None).values_list("pk", "name"))
