"""Orders to suppliers as Xero's purchase orders, where the garage wants them there. They touch no ledger."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from django.db.models import QuerySet

from accounting_sync.documents.document import Books, Call, Document, Element, Item, day, digest, written
from accounting_sync.documents.invoice import changed_parts, line_facts
from accounting_sync.documents.item import item_code, items_of, without_items
from accounting_sync.documents.tracking import tracked
from accounting_sync.reconcile import CREATE, VOID, Body, Need, Presence, Wanted
from workshop import money
from workshop.models import AccountRole, PurchaseLine, PurchaseOrder
from workshop.purchasing.landing import role_of

S = PurchaseOrder.Status


class PurchaseOrderDocument(Document[PurchaseOrder]):
    """Xero keeps no address of ours on an order: ours is told by number, supplier, date and lines together."""

    kind = "purchase_order"
    label = "Purchase order"
    rank = 18
    model = PurchaseOrder
    parts = {PurchaseLine: "order_id"}
    option = "orders"
    resource = "PurchaseOrders"
    id_field = "PurchaseOrderID"
    number_field = "PurchaseOrderNumber"
    fetch_size = 1  # Xero reads purchase orders by id one at a time

    def records(self) -> QuerySet[Any]:
        return PurchaseOrder.objects.select_related("supplier").prefetch_related("lines__job")

    def needs(self, record: PurchaseOrder) -> tuple[Need, ...]:
        return () if record.status in {S.DRAFT, S.CANCELLED} else (Need("contact", record.supplier_id),)

    def beside(self, record: PurchaseOrder) -> tuple[Need, ...]:
        return items_of(record.lines.all())

    def wanted(self, record: PurchaseOrder, books: Books) -> Wanted:
        title = f"{record.number} · {record.supplier.name}"[:200]
        if record.status == S.CANCELLED:
            return Wanted(title, Presence.VOIDED)
        if record.status == S.DRAFT:
            return Wanted(title, Presence.NOT_NEEDED, ("not_placed", "Goes to Xero when the order is placed."))
        unmapped: list[str] = []
        body = self.build(record, books, unmapped)
        content = {name: value for name, value in body.items() if name != "Contact"}
        return Wanted(
            title,
            needs=self.needs(record),
            switch="orders",
            begun=record.placed_at or record.created_at,
            body=tracked(body, books),
            beside=self.beside(record),
            body_hash=digest([without_items(content), record.supplier_id]),
            unmapped=tuple(unmapped),
            may_be_gone=record.status != S.ORDERED,
        )

    def build(self, record: PurchaseOrder, books: Books, unmapped: list[str]) -> Body:
        body = {
            "PurchaseOrderNumber": record.number,
            "Status": "BILLED" if record.status == S.CLOSED else "AUTHORISED",
            "Contact": {"ContactID": books.remote_ids.get(Need("contact", record.supplier_id), "")},
            "Date": record.date.isoformat(),
            "DeliveryDate": record.expected_on.isoformat() if record.expected_on else "",
            "DeliveryInstructions": record.note[:500],
            "LineAmountTypes": "Exclusive",
            "LineItems": _lines(record, books, unmapped),
        }
        return {name: value for name, value in body.items() if value}

    def call(self, operation: str, items: Sequence[Item]) -> Call:
        # PUT creates and nothing else: a POST with a taken number would edit somebody's order
        method = "PUT" if operation == CREATE else "POST"
        gone = {"Status": "DELETED"}
        bodies = [{self.id_field: item.remote_id, **gone} if operation == VOID else item.body for item in items]
        return Call(method, "PurchaseOrders", {"summarizeErrors": "false"}, {"PurchaseOrders": bodies})

    def fetch(self, remote_ids: Sequence[str]) -> Call:
        return Call("GET", f"PurchaseOrders/{remote_ids[0]}")

    def look_up(self, items: Sequence[Item]) -> Call:
        known = [item.remote_id for item in items if item.remote_id]
        if len(items) == 1 and known:
            return self.fetch(known)
        return Call("GET", "PurchaseOrders", modified_since=min(item.since for item in items if item.since))

    def is_ours(self, item: Item, remote: Element) -> bool:
        if item.remote_id:
            return remote.get(self.id_field) == item.remote_id
        return self._told_by(remote) == self._told_by(item.body)

    def holds(self, item: Item, remote: Element) -> bool:
        return remote.get("Status") == item.body.get("Status", "DELETED") and super().holds(item, remote)

    def fingerprint(self, element: Element) -> str:
        """Without the status: an order that the accountant marked as billed is still the same one."""
        delivery = day(element.get("DeliveryDateString") or element.get("DeliveryDate"))
        return digest([*self._told_by(element), delivery, element.get("DeliveryInstructions") or ""])

    def _told_by(self, element: Element) -> list[Any]:
        return [
            element.get("PurchaseOrderNumber"),
            (element.get("Contact") or {}).get("ContactID"),
            day(element.get("DateString") or element.get("Date")),
            [line_facts(line) for line in element.get("LineItems") or []],
        ]

    def closer_look(self, code: str, item: Item) -> Call | None:
        if code == "not_modifiable" and item.remote_id and not item.body:
            return self.fetch([item.remote_id])  # it was to be deleted, and may be gone already
        if code != "number_taken" or item.remote_id:
            return None
        return Call("GET", f"PurchaseOrders/{quote(item.body['PurchaseOrderNumber'], safe='')}")

    def explain(self, code: str, item: Item, remotes: Sequence[Element]) -> tuple[str, dict[str, Any]]:
        if not remotes:
            return "", {}
        other = remotes[0]
        supplier = (other.get("Contact") or {}).get("Name", "another supplier")
        gone = "a deleted order" if other.get("Status") == "DELETED" else "an order"
        dated = written(other.get("DateString") or other.get("Date"))
        evidence = {"remote_id": other.get(self.id_field), "contact": supplier, "total": other.get("Total")}
        return f"In Xero it is {gone} of {dated} to {supplier}. With a new number, tell the supplier.", evidence

    def update_body(self, body: Body, record: Any, remote: Element) -> Body:
        """Blank instructions are said, or Xero keeps its own. Whether it takes a blank delivery date is not known."""
        blank = {"DeliveryInstructions": ""} if "DeliveryInstructions" not in body else {}
        lines = changed_parts(body, remote)["LineItems"]
        return {self.id_field: record.remote_id, **body, **blank, "LineItems": lines}


def _lines(order: PurchaseOrder, books: Books, unmapped: list[str]) -> list[Body]:
    lines = list(order.lines.all())
    rows = [_line(line, books, unmapped) for line in lines]
    if order.freight and lines:
        freight = {"Description": "Freight", "Quantity": 1, "UnitAmount": order.freight, "LineAmount": order.freight}
        rows.append({name: value for name, value in {**rows[0], **freight}.items() if name != "ItemCode"})
    return rows


def _line(line: PurchaseLine, books: Books, unmapped: list[str]) -> Body:
    role = role_of(line)
    account, tax = books.accounts.get(role), books.purchase_taxes.get(str(line.tax_rate_id))
    if not account:
        unmapped.append(AccountRole(role).label)
    if not tax:
        unmapped.append(f"{line.tax_rate} on purchases")
    return {
        "Description": f"{line.description} (job {line.job.number})" if line.job else line.description,
        "Quantity": line.quantity,
        "UnitAmount": line.unit_cost,
        "LineAmount": money.line_amount(line.quantity, line.unit_cost),
        "AccountCode": account,
        "TaxType": tax,
        **item_code(line, books),
    }
