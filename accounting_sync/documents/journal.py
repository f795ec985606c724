"""The double entry of goods, as posted manual journals: one for each movement of value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from accounting_sync.documents.document import Books, Call, Document, Element, Item, day, digest, number
from accounting_sync.documents.tracking import as_tracked_there, tracked
from accounting_sync.reconcile import CREATE, VOID, Body, Need, Presence, Wanted
from workshop.models import AccountRole, Bill, CreditNote, Invoice, Receipt, Source, StockJournal, SupplierCredit

#: the documents a journal follows: what it is named by here and to Xero, and when it is void
DOCUMENTS_BEFORE: dict[str, tuple[str, Any, Q]] = {
    Source.INVOICE: ("invoice", Invoice, Q(status=Invoice.Status.VOIDED)),
    Source.CREDIT_NOTE: ("credit_note", CreditNote, Q(status=CreditNote.Status.VOIDED)),
    Source.BILL: ("bill", Bill, Q(status=Bill.Status.VOIDED)),
    Source.SUPPLIER_CREDIT: ("supplier_credit", SupplierCredit, Q(status=SupplierCredit.Status.VOIDED)),
}


class JournalDocument(Document[StockJournal]):
    kind = "journal"
    label = "Stock journal"
    rank = 50
    model = StockJournal
    resource = "ManualJournals"
    id_field = "ManualJournalID"
    marker_field = "Url"
    fetch_size = 1  # Xero reads journals by id one at a time

    def records(self) -> QuerySet[Any]:
        voided: Any = Q()
        for source, (_, model, void) in DOCUMENTS_BEFORE.items():
            voided |= Q(source=source) & Exists(model.objects.filter(void, pk=OuterRef("source_id")))
        delivery = Receipt.objects.filter(pk=OuterRef("source_id"))
        return StockJournal.objects.annotate(source_voided=voided, delivery_bill=Subquery(delivery.values("bill")[:1]))

    def after(self, record: StockJournal) -> tuple[Need, ...]:
        """Never before the document whose goods these are, and out of Xero only after it, where that one is void."""
        kind, object_id = DOCUMENTS_BEFORE.get(record.source, ("",))[0], record.source_id
        if record.source == Source.RECEIPT and record.delivery_bill:  # type: ignore[attr-defined]
            kind, object_id = "bill", record.delivery_bill  # type: ignore[attr-defined]
        if not kind or (record.voided_at and not record.source_voided):  # type: ignore[attr-defined]
            return ()
        return (Need(kind, object_id),)

    def wanted(self, record: StockJournal, books: Books) -> Wanted:
        title = f"{record.narration}: {record.amount}"[:200]
        common: dict[str, Any] = {"dated": record.date, "after": self.after(record)}
        if record.voided_at:
            return Wanted(title, Presence.VOIDED, body={"Narration": record.narration}, **common)
        unmapped = [role.label for role in _roles(record) if not books.accounts.get(role)]
        body = self.build(record, books)
        return Wanted(
            title,
            **common,
            switch="journals",
            begun=record.created_at,
            body=tracked(body, books),
            body_hash=digest({name: value for name, value in body.items() if name != "Url"}),
            unmapped=tuple(unmapped),
        )

    def build(self, record: StockJournal, books: Books) -> Body:
        lines = [(record.debit, record.amount), (record.credit, -record.amount)]
        return {
            "Narration": record.narration,
            "Date": record.date.isoformat(),
            "Status": "POSTED",
            "LineAmountTypes": "NoTax",
            "ShowOnCashBasisReports": True,
            "Url": marker(record.pk, books.site_url),
            "JournalLines": [
                {
                    "AccountCode": books.accounts.get(role),
                    "LineAmount": amount,
                    "Description": record.description or record.narration,
                    "TaxType": books.no_tax,
                }
                for role, amount in lines
            ],
        }

    def call(self, operation: str, items: Sequence[Item]) -> Call:
        method = "PUT" if operation == CREATE else "POST"
        bodies = [_void(item) if operation == VOID else item.body for item in items]
        return Call(method, "ManualJournals", {"summarizeErrors": "false"}, {"ManualJournals": bodies})

    def update_body(self, body: Body, record: Any, remote: Element) -> Body:
        lines = as_tracked_there(body["JournalLines"], remote.get("JournalLines") or [])
        return {"ManualJournalID": record.remote_id, **body, "JournalLines": lines}

    def fetch(self, remote_ids: Sequence[str]) -> Call:
        return Call("GET", f"ManualJournals/{remote_ids[0]}")

    def group(self, operation: str, item: Item) -> str:
        return f"{operation} {item.remote_id}" if operation not in {CREATE, VOID} else operation

    def look_up(self, items: Sequence[Item]) -> Call:
        since = min(item.since for item in items if item.since)
        return Call("GET", "ManualJournals", modified_since=since)

    def is_ours(self, item: Item, remote: Element) -> bool:
        if item.remote_id:
            return remote.get("ManualJournalID") == item.remote_id
        return remote.get("Url") == item.body["Url"]

    def fingerprint(self, element: Element) -> str:
        return digest(
            [
                element.get("Narration"),
                day(element.get("Date")),
                [
                    [line.get("AccountCode"), number(line.get("LineAmount")), line.get("Description") or ""]
                    for line in element.get("JournalLines") or []
                ],
            ]
        )


def marker(journal_id: int, site_url: str) -> str:
    """The address that names a journal in Xero and leads from there to what it is about."""
    return f"{site_url}/journals/{journal_id}/"


def _roles(record: StockJournal) -> tuple[AccountRole, AccountRole]:
    return AccountRole(record.debit), AccountRole(record.credit)


def _void(item: Item) -> Body:
    return {"ManualJournalID": item.remote_id, "Status": "VOIDED", **item.body}
