"""What Xero says: its complete lists, read page by page into the run, each document once and in its latest form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import F, Max
from django.utils import timezone

from accounting_sync import connections, queue
from accounting_sync.documents import Call
from accounting_sync.documents.document import day, moment
from accounting_sync.documents.payment import target_of
from accounting_sync.models import Connection, SeenInXero, TieOutRun
from accounting_sync.walk import pages
from accounting_sync.xero.client import Client, Reply
from workshop.money import ZERO, cents

Element = dict[str, Any]
LIVE = {"AUTHORISED", "PAID", "ACTIVE"}
CHUNK = 500
RESERVED = 15
FIELDS = ["type", "number", "url", "contact_id", "target_id", "status", "live", "dated", "total", "paid", "credited",
          "open", "updated_at"]  # fmt: skip


@dataclass(frozen=True)
class List:
    """One of Xero's lists. ``open`` names the field of what is due, or left."""

    resource: str
    id_field: str
    number: str = ""
    open: str = ""
    params: dict[str, str] = field(default_factory=dict)


LISTS = (
    List("Contacts", "ContactID", "Name", params={"includeArchived": "true", "summaryOnly": "true"}),
    List("Invoices", "InvoiceID", "InvoiceNumber", "AmountDue", {"summaryOnly": "true"}),
    List("CreditNotes", "CreditNoteID", "CreditNoteNumber", "RemainingCredit"),
    List("Prepayments", "PrepaymentID", "Reference", "RemainingCredit"),
    List("Overpayments", "OverpaymentID", "Reference", "RemainingCredit"),
    List("Payments", "PaymentID", "Reference"),
)
BY_RESOURCE = {one.resource: one for one in LISTS}


class Counting(Client):
    """Counts every request of the run, those that fail too."""

    def __init__(self, run: TieOutRun) -> None:
        super().__init__(run.connection)
        self.run = run

    def _send(self, call: Call, idempotency_key: str) -> Reply:
        TieOutRun.objects.filter(pk=self.run.pk).update(calls=F("calls") + 1)
        return super()._send(call, idempotency_key)


def read_list(client: Client, run: TieOutRun, one: List, until: datetime) -> bool:
    """Read on from where this list was left; False when time is up first. Raises what reading raises.

    The walk goes by the time of change, so the latest one that is kept says where to go on.
    """
    call = Call("GET", one.resource, one.params, modified_since=_reached(run, one.resource))
    for rows, reply in pages(client, call, one.resource):
        connections.note_limits(run.connection, reply.limits, timezone.now())
        keep(run, one, rows)
        TieOutRun.objects.filter(pk=run.pk).update(rows_read=F("rows_read") + len(rows), failures=0, message="")
        queue.beat()
        if timezone.now() >= until or not calls_to_spare(run.connection, timezone.now()):
            return False
    return True


def calls_to_spare(connection: Connection, now: datetime) -> bool:
    """Of this minute's calls some are left for what is sent meanwhile."""
    left, since = connection.minute_left, connection.limits_at
    return left is None or since is None or left > RESERVED or since < now - timedelta(minutes=1)


def _reached(run: TieOutRun, resource: str) -> datetime | None:
    latest = run.seen.filter(resource=resource).aggregate(at=Max("updated_at"))["at"]
    return latest.astimezone(UTC).replace(microsecond=0) - timedelta(seconds=1) if latest else None


@transaction.atomic
def keep(run: TieOutRun, one: List, rows: Sequence[Element]) -> None:
    """A row that changed while the list was read comes again, and counts as it is then."""
    seen = {str(row.get(one.id_field)): row for row in rows}
    SeenInXero.objects.bulk_create(
        [_seen(run, one, remote_id, row) for remote_id, row in seen.items()],
        update_conflicts=True,
        unique_fields=["run", "resource", "remote_id"],
        update_fields=FIELDS,
        batch_size=CHUNK,
    )


def _seen(run: TieOutRun, one: List, remote_id: str, row: Element) -> SeenInXero:
    status = str(row.get("Status") or row.get("ContactStatus") or "")
    dated = day(row.get("DateString") or row.get("Date"))
    return SeenInXero(
        run=run,
        resource=one.resource,
        remote_id=remote_id,
        type=str(row.get("Type") or ""),
        number=str(row.get(one.number) or "")[:255],
        url=str(row.get("Url") or "")[:500],
        contact_id=str((row.get("Contact") or {}).get("ContactID") or ""),
        target_id=target_of(row) if one.resource == "Payments" else "",
        status=status,
        live=status in LIVE,
        dated=date.fromisoformat(dated) if dated else None,
        total=_money(row, "Amount" if one.resource == "Payments" else "Total"),
        paid=_money(row, "AmountPaid"),
        credited=_money(row, "AmountCredited"),
        open=_money(row, one.open) if status in LIVE else ZERO,
        updated_at=moment(row.get("UpdatedDateUTC")),
    )


def _money(row: Element, name: str) -> Decimal:
    return cents(Decimal(str(row.get(name) or 0))) if name else ZERO


def link(run: TieOutRun, resource: str, kind: str, remote_ids: Iterable[str]) -> list[str]:
    """Mark what a record of ours is linked to; returns the ids that Xero did not show."""
    missing: list[str] = []
    for chunk in in_chunks(remote_ids):
        shown = run.seen.filter(resource=resource, remote_id__in=chunk)
        if shown.update(linked=kind) < len(chunk):
            there = set(shown.values_list("remote_id", flat=True))
            missing += [remote_id for remote_id in chunk if remote_id not in there]
    return missing


def in_chunks(values: Iterable[Any]) -> Iterator[list[Any]]:
    rows = iter(values)
    while chunk := list(islice(rows, CHUNK)):
        yield chunk
