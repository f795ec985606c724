"""Suppliers' bills."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import QuerySet

from accounting_sync.documents.document import Books, Call, Document, Element, Item, digest
from accounting_sync.documents.invoice import changed_parts, exact_price, fingerprint, stated_tax, totals_there
from accounting_sync.documents.tracking import tracked
from accounting_sync.reconcile import CREATE, VOID, Body, Need, Presence, Wanted
from workshop.models import AccountRole, Bill, BillLine, SupplierCreditAllocation
from workshop.money import EXCLUSIVE


class BillDocument(Document[Bill]):
    kind = "bill"
    label = "Supplier bill"
    rank = 22
    model = Bill
    parts = {BillLine: "bill_id"}
    resource = "Invoices"
    id_field = "InvoiceID"
    number_field = "InvoiceNumber"
    marker_field = "Url"  # two suppliers may use one number

    def records(self) -> QuerySet[Any]:
        return Bill.objects.select_related("supplier").prefetch_related("lines", "allocations")

    def needs(self, record: Bill) -> tuple[Need, ...]:
        return () if record.status == Bill.Status.VOIDED else (Need("contact", record.supplier_id),)

    def gone_first(self, record: Bill) -> tuple[Need, ...]:
        return taken_off(record.allocations.all())

    def carries_money(self, record: Bill) -> bool:
        return bool(record.amount_paid or record.amount_credited)

    def wanted(self, record: Bill, books: Books) -> Wanted:
        title = f"{record.number} · {record.supplier.name}"[:200]
        if record.status == Bill.Status.VOIDED:
            return Wanted(title, Presence.VOIDED, dated=record.date, gone_first=self.gone_first(record))
        unmapped: list[str] = []
        body = self.build(record, books, unmapped)
        content = {name: value for name, value in body.items() if name not in {"Contact", "Url"}}
        return Wanted(
            title,
            dated=record.date,
            needs=self.needs(record),
            gone_first=self.gone_first(record),
            switch="purchases",
            begun=record.created_at,
            body=tracked(body, books),
            body_hash=digest([content, record.supplier_id]),
            unmapped=tuple(unmapped),
            total=record.total,
        )

    def build(self, record: Bill, books: Books, unmapped: list[str]) -> Body:
        return {
            "Type": "ACCPAY",
            "Status": "AUTHORISED",
            "Contact": {"ContactID": books.remote_ids.get(Need("contact", record.supplier_id), "")},
            "InvoiceNumber": record.number,
            "Date": record.date.isoformat(),
            "DueDate": record.due_date.isoformat(),
            "LineAmountTypes": "Exclusive",
            "Url": f"{books.site_url}/bills/{record.pk}/",
            "LineItems": purchase_lines(record.lines.all(), books, unmapped),
        }

    def call(self, operation: str, items: Sequence[Item]) -> Call:
        method = "PUT" if operation == CREATE else "POST"
        bodies = [
            {"InvoiceID": item.remote_id, "Status": "VOIDED"} if operation == VOID else item.body for item in items
        ]
        return Call(method, "Invoices", {"summarizeErrors": "false", "unitdp": "4"}, {"Invoices": bodies})

    def look_up(self, items: Sequence[Item]) -> Call:
        """By time, and told by number, supplier and our address: Xero takes one supplier's number twice."""
        known = [item.remote_id for item in items if item.remote_id]
        if known:
            return self.fetch(known)
        since = min(item.since for item in items if item.since)
        return Call("GET", "Invoices", {"where": 'Type=="ACCPAY"', "unitdp": "4"}, modified_since=since)

    def is_ours(self, item: Item, remote: Element) -> bool:
        if item.remote_id:
            return remote.get("InvoiceID") == item.remote_id
        theirs = [remote.get("InvoiceNumber"), (remote.get("Contact") or {}).get("ContactID"), remote.get("Url")]
        return theirs == [item.body["InvoiceNumber"], item.body["Contact"]["ContactID"], item.body["Url"]]

    def evidence(self, remote: Element) -> dict[str, Any]:
        return totals_there(remote) | {"hash": self.fingerprint(remote)}

    def fingerprint(self, element: Element) -> str:
        return fingerprint(element, "InvoiceNumber")

    def update_body(self, body: Body, record: Any, remote: Element) -> Body:
        lines = changed_parts(body, remote)["LineItems"]
        return {"InvoiceID": record.remote_id, **body, "LineItems": lines}


def taken_off(allocations: Iterable[SupplierCreditAllocation]) -> tuple[Need, ...]:
    """Credit that was used and taken back: while Xero still holds it, bill and credit stay as they are."""
    return tuple(Need("bill_allocation", one.pk) for one in allocations if one.removed_at)


def purchase_lines(lines: Iterable[Any], books: Books, unmapped: list[str]) -> list[Body]:
    """As Xero takes them; what has no account or tax rate there is named in ``unmapped``."""
    return [_line(line, books, unmapped) for line in lines]


def _line(line: Any, books: Books, unmapped: list[str]) -> Body:
    account = books.accounts.get(line.account)
    tax = books.purchase_taxes.get(str(line.tax_rate_id)) if line.tax_rate_id else books.no_tax
    if not account:
        unmapped.append(AccountRole(line.account).label)
    if not tax:
        unmapped.append(f"tax {line.tax_percent:g}% on purchases")
    quantity, unit = exact_price(line.line_amount, line.quantity, line.unit_cost)
    return {
        "Description": line.description,
        "Quantity": quantity,
        "UnitAmount": unit,
        "LineAmount": line.line_amount,
        "AccountCode": account,
        "TaxType": tax,
        **stated_tax(line, EXCLUSIVE),
    }
