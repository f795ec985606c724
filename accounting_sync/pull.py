"""What Xero owns is read: money received, status, the accountant's edits.

Webhooks are hints, polling is the guarantee. Payments have no webhook of their own.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import partial

from django.db.models import F, Q
from django.utils import timezone

from accounting_sync import connections, directory, polling, queue
from accounting_sync.documents import Call
from accounting_sync.documents.document import moment
from accounting_sync.incoming.allocations import apply_allocations
from accounting_sync.incoming.deposits import apply_deposits
from accounting_sync.incoming.invoices import apply_credit_notes, apply_invoices
from accounting_sync.incoming.news import Held, Rows
from accounting_sync.incoming.payments import apply_payments
from accounting_sync.incoming.purchases import apply_bills, apply_supplier_credits
from accounting_sync.incoming.refunds import apply_refunds
from accounting_sync.models import Connection, Cursor, Priority
from accounting_sync.walk import Incomplete, pages
from accounting_sync.xero.client import Client
from accounting_sync.xero.oauth import ConnectionLost
from accounting_sync.xero.transport import NoAnswer, NotSent

log = logging.getLogger(__name__)
OVERLAP = timedelta(minutes=5)
SELDOM = timedelta(hours=6)


def pull(connection: Connection | None = None, *, only_due: bool = True) -> int:
    """Poll every resource whose turn it is (or that a webhook poked). Returns how many rows Xero showed.

    Towards the end of the day's calls only those are read that somebody asks for (``only_due`` is False).
    """
    connection = connection or Connection.objects.live().first()
    now = timezone.now()
    if connection is None or not _usable(connection, now):
        return 0
    if only_due and connections.lane(connection, now) < Priority.POLL:
        return 0
    client, seen = Client(connection), 0
    for cursor in _due(connection, now) if only_due else connection.cursors.order_by("resource"):
        seen += _poll(client, cursor, now)
        queue.beat()
        if not _usable(connection, timezone.now()):
            break
    return seen


def _usable(connection: Connection, now: datetime) -> bool:
    return connection.status == Connection.Status.CONNECTED and not connection.parked(now)


def _poll(client: Client, cursor: Cursor, now: datetime) -> int:
    """One resource. What goes wrong is noted on its cursor, and what it says about the connection on that."""
    try:
        with polling.counting_unannounced(client.connection, cursor):
            return POLLS[cursor.resource](client, cursor)
    except (NotSent, NoAnswer, Incomplete) as error:
        Cursor.objects.filter(pk=cursor.pk).update(failure=str(error)[:255], polled_at=now)
        log.warning("Polling %s stopped: %s", cursor.resource, error)
        if isinstance(error, Incomplete):
            connections.heard(client.connection, error.reply, timezone.now())
    except ConnectionLost as error:
        connections.lost(client.connection, error.cause)
    return 0


def _due(connection: Connection, now: datetime) -> Iterable[Cursor]:
    """By turn, or at once when poked since the last poll began."""
    interval = polling.interval(connection, now)
    often = Q(polled_at__lte=now - interval) & ~Q(resource__in=connections.SELDOM)
    turn = Q(polled_at=None) | often | Q(polled_at__lte=now - max(SELDOM, interval))
    poked = Q(poke_at__isnull=False) & (Q(polled_at=None) | Q(poke_at__gte=F("polled_at")))
    return list(connection.cursors.filter(turn | poked).order_by("resource"))


def poke(tenant_id: str, resources: Iterable[str]) -> int:
    """A webhook says that something changed there."""
    cursors = Cursor.objects.filter(connection__tenant_id=tenant_id, resource__in=list(resources))
    poked = cursors.exclude(connection__status=Connection.Status.DISCONNECTED).update(poke_at=timezone.now())
    polling.heard_webhook(tenant_id, timezone.now())
    return poked


def _walk(client: Client, cursor: Cursor, resource: str, apply: Callable[[Connection, Rows], Held]) -> int:
    """Read, apply, and move the cursor; it passes neither the walk's own start nor a row that could not be applied."""
    started, latest, seen = timezone.now(), cursor.since, 0
    held: Held = []
    since = cursor.since - OVERLAP if cursor.since else None
    Cursor.objects.filter(pk=cursor.pk).update(polled_at=started)
    call = Call("GET", resource, {} if resource == "Payments" else {"unitdp": "4"}, modified_since=since)
    for rows, reply in pages(client, call, resource):
        connections.note_limits(client.connection, reply.limits, timezone.now())
        held += apply(client.connection, rows)
        seen += len(rows)
        moments = [at for row in rows if (at := moment(row.get("UpdatedDateUTC")))]
        latest = max([*moments, *([latest] if latest else [])], default=None)
    reached = min([latest or started, started, *filter(None, held)])
    # somebody may have asked meanwhile to look further back: then the next walk does, and only it moves the cursor
    Cursor.objects.filter(pk=cursor.pk, since=cursor.since).update(since=reached)
    Cursor.objects.filter(pk=cursor.pk).update(complete_at=timezone.now(), failure="")
    return seen


# Contacts: only who is there; documents: what became of ours


def _poll_contacts(client: Client, cursor: Cursor) -> int:
    return directory.refresh(client)


def _poll_invoices(client: Client, cursor: Cursor) -> int:
    return _walk(client, cursor, "Invoices", lambda *of: [*apply_invoices(*of), *apply_bills(*of)])


def _poll_credit_notes(client: Client, cursor: Cursor) -> int:
    return _walk(client, cursor, "CreditNotes", _credit_notes)


def _credit_notes(connection: Connection, rows: Rows) -> Held:
    # what is used on a bill that was linked only now counts no longer as used elsewhere, before it is used on ours
    consumed = apply_supplier_credits(connection, rows)
    used = apply_allocations("CreditNotes", connection, rows)
    return [*apply_credit_notes(connection, rows), *used, *consumed]


def _poll_payments(client: Client, cursor: Cursor) -> int:
    return _walk(client, cursor, "Payments", _payments)


def _payments(connection: Connection, rows: Rows) -> Held:
    return [*apply_payments(connection, rows), *apply_refunds(connection, rows)]


def _poll_prepayments(client: Client, cursor: Cursor) -> int:
    return _walk(client, cursor, "Prepayments", _prepayments)


def _prepayments(connection: Connection, rows: Rows) -> Held:
    return [*apply_deposits(connection, rows), *apply_allocations("Prepayments", connection, rows)]


def _poll_overpayments(client: Client, cursor: Cursor) -> int:
    return _walk(client, cursor, "Overpayments", partial(apply_allocations, "Overpayments"))


POLLS: dict[str, Callable[[Client, Cursor], int]] = {
    "Contacts": _poll_contacts,
    "Invoices": _poll_invoices,
    "CreditNotes": _poll_credit_notes,
    "Payments": _poll_payments,
    "Prepayments": _poll_prepayments,
    "Overpayments": _poll_overpayments,
}
