"""Parts as Xero's untracked items, where the garage wants them there: a price list. Quantities and cost stay here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from accounting_sync.documents.document import Books, Call, Document, Element, Facts, Item, digest, number
from accounting_sync.models import Connection, SyncRecord
from accounting_sync.reconcile import CREATE, Body, Need, Presence, Wanted
from workshop.models import CreditNoteLine, InvoiceLine, Part, PurchaseLine

LONGEST_NAME = 50
TRACKED = "TRACKED"  # in place of a status, which items have none of


class ItemDocument(Document[Part]):
    """A code is a part's identity on both sides: an untracked item of that code is linked, and not written over."""

    kind = "item"
    label = "Item"
    rank = 10
    model = Part
    option = "items"
    resource = "Items"
    id_field = "ItemID"
    number_field = "Code"
    fetch_size = 1  # Xero reads items by id one at a time

    def records(self) -> QuerySet[Any]:
        since = Subquery(Connection.objects.live().values("items_since")[:1])
        sold = InvoiceLine.objects.filter(part_id=OuterRef("pk"), invoice__created_at__gte=since)
        credited = CreditNoteLine.objects.filter(part_id=OuterRef("pk"), credit_note__created_at__gte=since)
        ordered = PurchaseLine.objects.filter(part_id=OuterRef("pk"), order__placed_at__gte=since)
        in_use = SyncRecord.objects.exclude(connection__status=Connection.Status.DISCONNECTED)
        linked = in_use.filter(kind=self.kind, object_id=OuterRef("pk"), remote_id__isnull=False)
        return Part.objects.annotate(used=Exists(sold) | Exists(credited) | Exists(ordered) | Exists(linked))

    def wanted(self, record: Part, books: Books) -> Wanted:
        title = str(record)[:200]
        if not record.used:  # type: ignore[attr-defined]
            return Wanted(
                title, Presence.NOT_NEEDED, ("not_financial", "Goes to Xero with the first invoice or order.")
            )
        unmapped: list[str] = []
        body = self.build(record, books, unmapped)
        return Wanted(title, switch="items", body=body, body_hash=digest(body), unmapped=tuple(unmapped))

    def build(self, record: Part, books: Books, unmapped: list[str]) -> Body:
        """Without quantity or cost: with an inventory account Xero would keep the stock itself, and post it twice."""
        account = books.accounts.get("part")
        if not account:
            unmapped.append("Part sales")
        sales: Body = {"UnitPrice": record.sell_price, "AccountCode": account}
        tax = books.taxes.get(str(record.tax_rate_id))
        return {
            "Code": record.code,
            "Name": record.description[:LONGEST_NAME],
            "Description": record.description,
            "SalesDetails": sales | ({"TaxType": tax} if tax else {}),
        }

    def group(self, operation: str, item: Item) -> str:
        if item.remote_id:
            return f"{operation} {item.remote_id}" if operation != CREATE else operation
        # a quotation mark in a code would end the look-up's text
        return f"{operation} {item.body['Code']}" if '"' in item.body["Code"] else operation

    def call(self, operation: str, items: Sequence[Item]) -> Call:
        # PUT creates and nothing else: a POST with a code that is taken would edit somebody's item
        method = "PUT" if operation == CREATE else "POST"
        params = {"summarizeErrors": "false", "unitdp": "4"}
        return Call(method, "Items", params, {"Items": [item.body for item in items]})

    def fetch(self, remote_ids: Sequence[str]) -> Call:
        return Call("GET", f"Items/{remote_ids[0]}", {"unitdp": "4"})

    def look_up(self, items: Sequence[Item]) -> Call:
        if items[0].remote_id:
            return self.fetch([items[0].remote_id])
        if len(items) == 1:
            return _by_code(items[0])
        where = " OR ".join(f'Code=="{item.body["Code"]}"' for item in items)
        return Call("GET", "Items", {"where": where, "unitdp": "4"})

    def is_ours(self, item: Item, remote: Element) -> bool:
        if item.remote_id:
            return remote.get("ItemID") == item.remote_id
        same = str(remote.get("Code", "")).casefold() == item.body["Code"].casefold()
        return same and not remote.get("IsTrackedAsInventory")

    def read(self, remote: Element) -> Facts:
        return replace(super().read(remote), status=TRACKED if remote.get("IsTrackedAsInventory") else "")

    def fingerprint(self, element: Element) -> str:
        """Without the tax: where a part has none of its own, Xero fills in the account's."""
        sales = element.get("SalesDetails") or {}
        return digest(
            [
                element.get("Code"),
                element.get("Name") or "",
                element.get("Description") or "",
                number(sales.get("UnitPrice"), "0.0001"),
                sales.get("AccountCode") or "",
            ]
        )

    def conflict(self, record: Any, body: Body, remote: Element) -> tuple[str, str] | None:
        if remote.get("IsTrackedAsInventory"):
            return "item_tracked", "Xero keeps the stock of this item itself by now."
        return super().conflict(record, body, remote)

    def closer_look(self, code: str, item: Item) -> Call | None:
        return _by_code(item) if code == "item_tracked" and not item.remote_id else None

    def explain(self, code: str, item: Item, remotes: Sequence[Element]) -> tuple[str, dict[str, Any]]:
        if not remotes:
            return "", {}
        return f"In Xero it is “{remotes[0].get('Name') or remotes[0].get('Code')}”.", {}


def _by_code(item: Item) -> Call:
    return Call("GET", f"Items/{quote(item.body['Code'], safe='')}", {"unitdp": "4"})


def items_of(lines: Any) -> tuple[Need, ...]:
    """The parts that these lines name."""
    return tuple(Need("item", part_id) for part_id in dict.fromkeys(line.part_id for line in lines if line.part_id))


def item_code(line: Any, books: Books) -> Mapping[str, str]:
    """For a line of a part that Xero has as an item. It is no content of the document: nothing is sent again for it."""
    code = books.items.get(line.part_id)
    return {"ItemCode": code} if code else {}


def without_items(body: Body) -> Body:
    """What is compared: a document that is in Xero without its items stays so until it changes."""
    lines = [{name: value for name, value in line.items() if name != "ItemCode"} for line in body.get("LineItems", [])]
    return {**body, "LineItems": lines} if lines else body
