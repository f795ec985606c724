"""Xero's price list, where parts go there as items: what is there and not here, and what Xero came to track itself."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from accounting_sync import queue
from accounting_sync.documents import DOCUMENTS
from accounting_sync.documents.item import TRACKED
from accounting_sync.errors import BY_CODE
from accounting_sync.models import Connection, SyncRecord, XeroItem
from accounting_sync.models.sync_record import IN_FLIGHT
from workshop import parts
from workshop.errors import NotAllowedNow
from workshop.models import Part

KEPT = ["code", "name", "description", "price", "is_tracked"]


@transaction.atomic
def keep(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """The list as it was just read. Nothing is kept while parts do not go to Xero."""
    rows = rows if connection.items_since else []
    connection.items.exclude(item_id__in=[row["ItemID"] for row in rows]).delete()
    XeroItem.objects.bulk_create(
        [_item(connection, row) for row in rows],
        update_conflicts=True,
        unique_fields=["connection", "item_id"],
        update_fields=KEPT,
    )
    _follow_tracking(connection, {row["ItemID"] for row in rows if row.get("IsTrackedAsInventory")})


def _item(connection: Connection, row: dict[str, Any]) -> XeroItem:
    return XeroItem(
        connection=connection,
        item_id=row["ItemID"],
        code=row["Code"],
        name=row.get("Name") or "",
        description=row.get("Description") or "",
        price=(row.get("SalesDetails") or {}).get("UnitPrice"),
        is_tracked=bool(row.get("IsTrackedAsInventory")),
    )


def _follow_tracking(connection: Connection, tracked: Iterable[str]) -> None:
    """Of ours: what Xero tracks now is named no more, and what it no longer tracks is named again."""
    linked = SyncRecord.objects.filter(connection=connection, kind="item").exclude(state__in=IN_FLIGHT)
    for record in linked.filter(remote_id__in=tracked).exclude(remote_status=TRACKED):
        queue.saw(record, TRACKED, None)
        queue.warn(record, "item_tracked", BY_CODE["item_tracked"].sentence, {})
    for record in linked.filter(remote_status=TRACKED).exclude(remote_id__in=tracked):
        queue.released(record, "")


def not_here(connection: Connection) -> QuerySet[XeroItem]:
    """What no part here has the code of, archived ones included."""
    ours = Part.objects.filter(code__iexact=OuterRef("code"))
    return connection.items.exclude(Exists(ours))


@transaction.atomic
def make_part(item: XeroItem, by: Any = None) -> Part:
    """A part of this code, name and price, linked to the item. Raises NotAllowedNow for one that Xero tracks.

    Raises ValidationError by field for what a part cannot be called.
    """
    if item.is_tracked:
        raise NotAllowedNow(f"{item} is tracked by Xero. {BY_CODE['item_tracked'].cure}")
    name = (item.name or item.description or item.code)[:200]
    part = parts.add_part(code=item.code, description=name, sell_price=item.price or Decimal(0))
    remote = {"kind": "item", "remote_id": item.item_id, "number": item.code, "updated_at": timezone.now()}
    record = queue.link_imported(item.connection, DOCUMENTS["item"].rank, part.pk, remote, str(part))
    queue.decided(record, by, f"Made from the item {item} in Xero.")
    return part
