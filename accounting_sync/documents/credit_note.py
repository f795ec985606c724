"""Credit notes to customers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet

from accounting_sync.documents.document import Books, Call, Document, Element, Item, day, digest
from accounting_sync.documents.invoice import (
    LINE_AMOUNT_TYPES,
    build_lines,
    changed_parts,
    line_facts,
    sent_total,
    totals_there,
    undone_of,
)
from accounting_sync.documents.item import items_of, without_items
from accounting_sync.documents.tracking import tracked
from accounting_sync.reconcile import CREATE, VOID, Body, Need, Presence, Wanted
from workshop.models import CreditNote, CreditNoteLine


class CreditNoteDocument(Document[CreditNote]):
    kind = "credit_note"
    label = "Credit note"
    rank = 30
    model = CreditNote
    parts = {CreditNoteLine: "credit_note_id"}
    describes = True
    resource = "CreditNotes"
    id_field = "CreditNoteID"
    number_field = "CreditNoteNumber"
    fetch_size = 1  # Xero reads credit notes by id one at a time

    def records(self) -> QuerySet[Any]:
        return CreditNote.objects.select_related("customer").prefetch_related("lines__part", "allocations", "refunds")

    def needs(self, record: CreditNote) -> tuple[Need, ...]:
        return () if record.status == CreditNote.Status.VOIDED else (Need("contact", record.customer_id),)

    def gone_first(self, record: CreditNote) -> tuple[Need, ...]:
        return undone_of(record)

    def beside(self, record: CreditNote) -> tuple[Need, ...]:
        return items_of(record.lines.all())

    def carries_money(self, record: CreditNote) -> bool:
        used = any(allocation.removed_at is None for allocation in record.allocations.all())
        return used or any(refund.reversed_at is None for refund in record.refunds.all())

    def wanted(self, record: CreditNote, books: Books) -> Wanted:
        title = f"{record.number} · {record.customer.name}"[:200]
        if record.status == CreditNote.Status.VOIDED:
            return Wanted(title, Presence.VOIDED, dated=record.date, gone_first=self.gone_first(record))
        unmapped: list[str] = []
        body = self.build(record, books, unmapped)
        content = {name: value for name, value in body.items() if name != "Contact"}
        return Wanted(
            title,
            dated=record.date,
            needs=self.needs(record),
            gone_first=self.gone_first(record),
            body=tracked(body, books),
            beside=self.beside(record),
            body_hash=digest([without_items(content), record.customer_id]),
            unmapped=tuple(unmapped),
            total=sent_total(record.lines.all(), record.tax_mode),
        )

    def build(self, record: CreditNote, books: Books, unmapped: list[str]) -> Body:
        body = {
            "Type": "ACCRECCREDIT",
            "Status": "AUTHORISED",
            "Contact": {"ContactID": books.remote_ids.get(Need("contact", record.customer_id), "")},
            "CreditNoteNumber": record.number,
            "Reference": record.reference,
            "Date": record.date.isoformat(),
            "LineAmountTypes": LINE_AMOUNT_TYPES[record.tax_mode],
            "LineItems": build_lines(record.lines.all(), record.tax_mode, books, unmapped),
        }
        return {name: value for name, value in body.items() if value}

    def call(self, operation: str, items: Sequence[Item]) -> Call:
        method = "PUT" if operation == CREATE else "POST"
        bodies = [
            {"CreditNoteID": item.remote_id, "Status": "VOIDED"} if operation == VOID else item.body for item in items
        ]
        return Call(method, "CreditNotes", {"summarizeErrors": "false", "unitdp": "4"}, {"CreditNotes": bodies})

    def fetch(self, remote_ids: Sequence[str]) -> Call:
        return Call("GET", f"CreditNotes/{remote_ids[0]}", {"unitdp": "4"})

    def update_body(self, body: Body, record: Any, remote: Element) -> Body:
        return {"CreditNoteID": record.remote_id, **body, **changed_parts(body, remote)}

    def group(self, operation: str, item: Item) -> str:
        return operation if operation == CREATE else f"{operation} {item.remote_id}"

    def look_up(self, items: Sequence[Item]) -> Call:
        if items[0].remote_id:
            return self.fetch([items[0].remote_id])
        since = min(item.since for item in items if item.since)
        return Call("GET", "CreditNotes", {"unitdp": "4"}, modified_since=since)

    def is_ours(self, item: Item, remote: Element) -> bool:
        if item.remote_id:
            return remote.get("CreditNoteID") == item.remote_id
        theirs = [remote.get("CreditNoteNumber"), (remote.get("Contact") or {}).get("ContactID")]
        return theirs == [item.body["CreditNoteNumber"], item.body["Contact"]["ContactID"]]

    def evidence(self, remote: Element) -> dict[str, Any]:
        return totals_there(remote) | super().evidence(remote)

    def fingerprint(self, element: Element) -> str:
        return digest(
            [
                element.get("CreditNoteNumber"),
                element.get("Reference") or "",
                day(element.get("DateString") or element.get("Date")),
                element.get("LineAmountTypes"),
                (element.get("Contact") or {}).get("ContactID"),
                [line_facts(line) for line in element.get("LineItems") or []],
            ]
        )
