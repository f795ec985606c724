"""Verbs on the connection: made, lost, parked, ended."""

from __future__ import annotations

import contextlib
import json
import math
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounting_sync import queue, settings_history
from accounting_sync.models import Connection, Cursor, Priority, UnfinishedConsent
from accounting_sync.xero import oauth
from accounting_sync.xero.client import Reply
from accounting_sync.xero.limits import Limits
from workshop import closing
from workshop.models import Organisation

A_MINUTE = 60  # of Xero's calls
HISTORY_STOPS_AT, CHANGES_STOP_AT = 0.4, 0.05  # of the day's calls
RESOURCES = ["Contacts", "Invoices", "CreditNotes", "Payments", "Prepayments", "Overpayments"]
#: read when an invoice or a webhook tells of them, and otherwise a few times a day
SELDOM = ["Prepayments", "Overpayments"]
STANDING = ["status", "cause", "status_since"]


class NoOrganisation(Exception):
    """The consent brought no organisation with it."""


class AnotherOrganisation(Exception):
    """A different Xero organisation than the one in use was picked."""


def connect(code: str, by: Any = None) -> Connection:
    """Finish a consent. The same organisation resumes where it stopped; the first one starts from today.

    Another one than before sends nothing until somebody chooses from which day its books begin (``begin_on``).
    Raises NoOrganisation, AnotherOrganisation, ConnectionLost or NoAnswer. After NoAnswer an UnfinishedConsent may be
    left, to be finished later: by then Xero shows us connected.
    """
    token = oauth.exchange(code)
    return finish(UnfinishedConsent.objects.create(token=json.dumps(token), given_by=by))


def finish(consent: UnfinishedConsent) -> Connection:
    """Ask which organisation a consent was for, and keep it. Raises as ``connect`` does."""
    token = json.loads(consent.token)
    tenants = oauth.tenants(token)
    UnfinishedConsent.objects.filter(pk__lte=consent.pk).delete()
    if not tenants:
        raise NoOrganisation("No organisation was chosen in Xero.")
    return _keep(tenants[0], token, consent.given_by)


def found_again(connection: Connection, there: oauth.Tenant) -> None:
    """Xero lists the connection and lets us in: it was never gone, or came back."""
    Connection.objects.filter(pk=connection.pk, status=Connection.Status.RECONNECT).update(
        status=Connection.Status.CONNECTED,
        cause="",
        status_since=timezone.now(),
        xero_connection_id=there.connection_id,
        parked_until=None,
    )
    connection.refresh_from_db()


@transaction.atomic
def _keep(tenant: oauth.Tenant, token: dict[str, Any], by: Any) -> Connection:
    other = Connection.objects.live().exclude(tenant_id=tenant.tenant_id).first()
    if other:
        raise AnotherOrganisation(f"You picked {tenant.name}; {other.name} is in use. Disconnect that one first.")
    connection, created = Connection.objects.get_or_create(
        tenant_id=tenant.tenant_id,
        defaults={"name": tenant.name, "start_date": Organisation.current().today()},
    )
    connection.xero_connection_id, connection.name = tenant.connection_id, tenant.name
    connection.status, connection.cause = _standing(connection, created)
    connection.status_since = timezone.now()
    connection.connected_by, connection.parked_until = by, None
    # these alone: a worker may be writing the others
    connection.save(update_fields=["xero_connection_id", "name", *STANDING, "connected_by", "parked_until"])
    oauth.store(connection, token)
    if created:
        begin_cursors(connection)
        queue.sweep_soon()
    return connection


def _standing(connection: Connection, created: bool) -> tuple[str, str]:
    undecided = connection.cause == Connection.Cause.ANOTHER or (
        created and Connection.objects.exclude(pk=connection.pk).exists()
    )
    if undecided:
        return Connection.Status.PAUSED, Connection.Cause.ANOTHER
    return Connection.Status.CONNECTED, ""


def begin_cursors(connection: Connection) -> None:
    """Money and documents are followed from now on; contacts are read once as a whole, to know who is there."""
    now = timezone.now()
    Cursor.objects.bulk_create(
        Cursor(
            connection=connection,
            resource=resource,
            since=None if resource == "Contacts" else now,
            polled_at=now if resource in SELDOM else None,
        )
        for resource in RESOURCES
    )


def lost(connection: Connection, cause: str) -> None:
    """Xero lets us in no more. Work goes on here; everything waits until somebody reconnects."""
    Connection.objects.filter(pk=connection.pk).exclude(status=Connection.Status.DISCONNECTED).update(
        status=Connection.Status.RECONNECT, cause=cause, status_since=timezone.now(), lease_until=None
    )
    connection.refresh_from_db()


def disconnect(connection: Connection) -> Connection:
    """End it on both sides. Links and history stay; what is in Xero stays there. Raises NoAnswer if Xero is away."""
    with contextlib.suppress(oauth.ConnectionLost):  # Xero has ended it already
        oauth.end(connection)
    connection.access_token = connection.refresh_token = ""
    connection.status, connection.cause = Connection.Status.DISCONNECTED, Connection.Cause.PERSON
    connection.status_since, connection.lease_until = timezone.now(), None
    connection.save(update_fields=["access_token", "refresh_token", *STANDING, "lease_until"])
    settings_history.note(connection, "Disconnected")
    return connection


def pause(connection: Connection) -> None:
    running = Connection.objects.filter(pk=connection.pk, status=Connection.Status.CONNECTED)
    if running.update(status=Connection.Status.PAUSED, status_since=timezone.now()):
        settings_history.note(connection, "Sending paused")


def resume(connection: Connection) -> None:
    """Go on sending. One that waits for its first day goes on by ``begin_on`` alone."""
    paused = Connection.objects.filter(pk=connection.pk, status=Connection.Status.PAUSED, cause="")
    if paused.update(status=Connection.Status.CONNECTED, status_since=timezone.now(), parked_until=None):
        settings_history.note(connection, "Sending resumed")


def choose_contact_rule(connection: Connection, rule: str) -> None:
    """Which version counts where both sides changed the same detail. Questions already asked stay asked."""
    connection.contact_rule = Connection.ContactRule(rule)
    settings_history.note(connection, f"Changed on both sides: {connection.get_contact_rule_display()}")
    connection.save(update_fields=["contact_rule"])


@transaction.atomic
def begin_on(connection: Connection, day: date | None) -> None:
    """From which day its books begin; one that waited for that day goes on."""
    Connection.objects.filter(pk=connection.pk).update(start_date=day)
    Connection.objects.filter(pk=connection.pk, cause=Connection.Cause.ANOTHER).update(
        status=Connection.Status.CONNECTED, cause="", status_since=timezone.now()
    )
    connection.refresh_from_db()


def heard(connection: Connection, reply: Reply, now: datetime) -> None:
    """What any answer of Xero says about the connection itself: what is left of the limits, and whether we may call."""
    note_limits(connection, reply.limits, now)
    if reply.status == 401:
        lost(connection, Connection.Cause.SCOPE if reply.scope_missing else Connection.Cause.REVOKED)
    if reply.status == 403 and reply.readable:
        lost(connection, Connection.Cause.FORBIDDEN)


def look_back(connection: Connection, to: datetime, resources: Iterable[str] = ()) -> None:
    """Read the documents, or only these, again from then on, soon: they could not be understood when they were read."""
    cursors = Cursor.objects.filter(connection=connection, since__gt=to)
    cursors = cursors.filter(resource__in=list(resources)) if resources else cursors
    cursors.update(since=to, poke_at=timezone.now())


def read_soon(connection: Connection, resources: Iterable[str]) -> None:
    """Something else that was read says that there is news in these."""
    connection.cursors.filter(resource__in=list(resources)).update(poke_at=timezone.now())


def note_limits(connection: Connection, limits: Limits, now: datetime) -> None:
    """Keep what Xero's headers said; when it put us off, call nothing until then."""
    fields: dict[str, Any] = {"limits_at": now}
    if limits.minute_left is not None:
        fields["minute_left"] = limits.minute_left
    if limits.day_left is not None:
        fields["day_left"] = limits.day_left
    if limits.wait:
        fields |= {"parked_until": now + limits.wait, "parked_because": _because(limits)}
    Connection.objects.filter(pk=connection.pk).update(**fields)
    for name, value in fields.items():
        setattr(connection, name, value)


def lane(connection: Connection, now: datetime) -> int:
    """The slowest lane that may still call: history never starves the till, and look-ups always have a call left."""
    paused = connection.export_runs.filter(finished_at=None).exclude(paused_at=None)
    slowest = Priority.POLL if paused.exists() else Priority.HISTORY
    left = connection.day_left
    if left is None or connection.limits_at is None or connection.limits_at < now - timedelta(days=1):
        return slowest
    day = calls_of_a_day(connection)
    if left > day * HISTORY_STOPS_AT:
        return slowest
    return Priority.POLL if left > day * CHANGES_STOP_AT else Priority.PERSON


def calls_of_a_day(connection: Connection) -> int:
    """Xero says what is left of the day, not how much it has: 1,000 calls on its smallest tier, 5,000 on others."""
    return 1000 if connection.day_left is not None and connection.day_left <= 1000 else 5000


def takes(calls: int, today: int, a_day: int) -> timedelta:
    """How long so many calls take, at sixty a minute; what is more than today's on the days that follow."""
    if calls <= today:
        return timedelta(minutes=calls / A_MINUTE)
    return timedelta(days=math.ceil((calls - today) / a_day))


def _because(limits: Limits) -> str:
    limit = {"day": "day", "minute": "minute", "appminute": "minute for all our customers"}.get(limits.problem)
    return f"Xero's limit of calls per {limit} is used up." if limit else "Xero asked for fewer calls at once."


def park(connection: Connection, wait: timedelta, because: str, now: datetime) -> None:
    """Call nothing for so long; ``because`` is shown, its first 100 characters."""
    because = because[:100]
    Connection.objects.filter(pk=connection.pk).update(parked_until=now + wait, parked_because=because)
    connection.parked_until, connection.parked_because = now + wait, because


def change_lock_dates(connection: Connection, period: Any, year: Any) -> None:
    """Whatever waited for an earlier lock date is looked at again when it moved."""
    closing.lock_books(max(filter(None, [period, year]), default=None))
    if (connection.period_lock_date, connection.year_lock_date) == (period, year):
        return
    connection.period_lock_date, connection.year_lock_date = period, year
    connection.save(update_fields=["period_lock_date", "year_lock_date"])
    queue.wake(connection, ["period_locked"])
