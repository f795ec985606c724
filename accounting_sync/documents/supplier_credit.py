"""Credit notes from suppliers, once their number is known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet

from accounting_sync.documents.bill import purchase_lines, taken_off
from accounting_sync.documents.document import Books, Call, Document, Element, Item, digest
from accounting_sync.documents.invoice import changed_parts, fingerprint, totals_there
from accounting_sync.documents.tracking import tracked
from accounting_sync.reconcile import CREATE, VOID, Body, Need, Presence, Wanted
from workshop.models import SupplierCredit, SupplierCreditLine

UNDONE = {SupplierCredit.Status.VOIDED, SupplierCredit.Status.CANCELLED}


class SupplierCreditDocument(Document[SupplierCredit]):
    kind = "supplier_credit"
    label = "Supplier credit"
    rank = 32
    model = SupplierCredit
    parts = {SupplierCreditLine: "credit_id"}
    resource = "CreditNotes"
    id_field = "CreditNoteID"
    number_field = "CreditNoteNumber"
    fetch_size = 1  # Xero reads credit notes by id one at a time

    def records(self) -> QuerySet[Any]:
        return SupplierCredit.objects.select_related("supplier").prefetch_related("lines", "allocations")

    def needs(self, record: SupplierCredit) -> tuple[Need, ...]:
        final = record.status == SupplierCredit.Status.FINALISED
        return (Need("contact", record.supplier_id),) if final else ()

    def gone_first(self, record: SupplierCredit) -> tuple[Need, ...]:
        return taken_off(record.allocations.all())

    def carries_money(self, record: SupplierCredit) -> bool:
        return bool(record.amount_allocated or record.amount_consumed_in_accounts)

    def wanted(self, record: SupplierCredit, books: Books) -> Wanted:
        title = f"{record.supplier_number or record.number} · {record.supplier.name}"[:200]
        if record.status in UNDONE:
            return Wanted(title, Presence.VOIDED, dated=record.date, gone_first=self.gone_first(record))
        if record.status == SupplierCredit.Status.REQUESTED:
            because = ("not_final", "Goes to Xero when the supplier's credit note is here.")
            return Wanted(title, Presence.NOT_NEEDED, because)
        unmapped: list[str] = []
        body = self.build(record, books, unmapped)
        content = {name: value for name, value in body.items() if name != "Contact"}
        return Wanted(
            title,
            dated=record.date,
            needs=self.needs(record),
            gone_first=self.gone_first(record),
            switch="purchases",
            begun=record.finalised_at,  # it may have been asked for long before it was final
            body=tracked(body, books),
            body_hash=digest([content, record.supplier_id]),
            unmapped=tuple(unmapped),
            total=record.total,
        )

    def build(self, record: SupplierCredit, books: Books, unmapped: list[str]) -> Body:
        return {
            "Type": "ACCPAYCREDIT",
            "Status": "AUTHORISED",
            "Contact": {"ContactID": books.remote_ids.get(Need("contact", record.supplier_id), "")},
            "CreditNoteNumber": record.supplier_number,
            "Date": record.date.isoformat(),
            "LineAmountTypes": "Exclusive",
            "LineItems": purchase_lines(record.lines.all(), books, unmapped),
        }

    def call(self, operation: str, items: Sequence[Item]) -> Call:
        method = "PUT" if operation == CREATE else "POST"
        bodies = [
            {"CreditNoteID": item.remote_id, "Status": "VOIDED"} if operation == VOID else item.body for item in items
        ]
        return Call(method, "CreditNotes", {"summarizeErrors": "false", "unitdp": "4"}, {"CreditNotes": bodies})

    def fetch(self, remote_ids: Sequence[str]) -> Call:
        return Call("GET", f"CreditNotes/{remote_ids[0]}", {"unitdp": "4"})

    def group(self, operation: str, item: Item) -> str:
        return operation if operation == CREATE else f"{operation} {item.remote_id}"

    def look_up(self, items: Sequence[Item]) -> Call:
        if items[0].remote_id:
            return self.fetch([items[0].remote_id])
        since = min(item.since for item in items if item.since)
        return Call("GET", "CreditNotes", {"unitdp": "4"}, modified_since=since)

    def is_ours(self, item: Item, remote: Element) -> bool:
        """A credit note carries no address of ours; a supplier's number is entered once while it stands."""
        if item.remote_id:
            return remote.get("CreditNoteID") == item.remote_id
        return _known_by(remote) == _known_by(item.body)

    def evidence(self, remote: Element) -> dict[str, Any]:
        return totals_there(remote) | {"hash": self.fingerprint(remote)}

    def fingerprint(self, element: Element) -> str:
        return fingerprint(element, "CreditNoteNumber")

    def update_body(self, body: Body, record: Any, remote: Element) -> Body:
        lines = changed_parts(body, remote)["LineItems"]
        return {"CreditNoteID": record.remote_id, **body, "LineItems": lines}


def _known_by(element: Element) -> list[Any]:
    return [element.get("Type"), element.get("CreditNoteNumber"), (element.get("Contact") or {}).get("ContactID")]
