"""What every page says about the link with Xero. One query per request, however often a page asks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, IntegerField, Max, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import SimpleLazyObject

from accounting_sync import plan_caps
from accounting_sync.errors import BY_CODE
from accounting_sync.models import Connection, SyncRecord, Worker
from accounting_sync.models.sync_record import SyncRecordQuerySet
from accounting_sync.polling import webhooks_stopped
from accounting_sync.standing import HELD
from workshop.models import Organisation

LONG = timedelta(minutes=3)  # a minute's limit passes before anybody has read about it
VIEW, CONNECT = "accounting_sync.view_syncrecord", "accounting_sync.connect_accounting"


@dataclass(frozen=True)
class Banner:
    """``level`` is error, warning or info. Who can do nothing about it gets no address."""

    sentence: str
    level: str = "error"
    url: str = ""
    label: str = ""


def banner(request: HttpRequest) -> dict[str, Any]:
    return {"sync_banner": SimpleLazyObject(lambda: banner_of(request))}


def banner_of(request: Any) -> Banner | None:
    connection = live_connection(request)
    if connection is None:
        return None
    now = timezone.now()
    return (
        _lost(connection, request.user)
        or _unresolved(connection, request.user)
        or _silent(connection, request.user, now)
        or _held(connection, request.user)
        or _held_up(connection, request.user, now)
        or _not_set_up(connection, request.user)
        or _untold(connection, request.user, now)
        or _near_the_cap(connection, request.user)
    )


def unresolved_count(request: Any) -> int:
    """How many records ask for a person, for whoever may see them."""
    connection = live_connection(request)
    return connection.unresolved if connection and request.user.has_perm(VIEW) else 0


def live_connection(request: Any) -> Any:
    """The live connection with what the banner tells of (see ``_read``), remembered.

    The admin's theme runs every context processor anew for each of its template tags.
    """
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return None
    if not hasattr(request, "_live_connection"):
        request._live_connection = _read()
    return request._live_connection


def _read() -> Connection | None:
    records = SyncRecord.objects.filter(connection=OuterRef("pk"))
    errors, held = records.unresolved(), records.filter(HELD)
    return (
        Connection.objects.live()
        .defer("access_token", "refresh_token", "scopes")
        .annotate(
            unresolved=_number_of(errors),
            error_id=_newest_of(errors),
            error_title=_of_record("error_id", "title"),
            held=_number_of(held),
            held_id=_newest_of(held),
            held_title=_of_record("held_id", "title"),
            held_code=_of_record("held_id", "code"),
            beat_at=Subquery(Worker.objects.values("beat_at")[:1]),
        )
        .first()
    )


def _number_of(records: SyncRecordQuerySet) -> Coalesce:
    counted = records.order_by().values("connection").annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def _newest_of(records: SyncRecordQuerySet) -> Subquery:
    """The one made last: an index alone tells, where the one that asks since last is looked for among all records."""
    newest = records.order_by().values("connection").annotate(newest=Max("pk")).values("newest")
    return Subquery(newest, output_field=IntegerField())


def _of_record(named: str, field: str) -> Subquery:
    return Subquery(SyncRecord.objects.order_by().filter(pk=OuterRef(named)).values(field)[:1])


def _lost(connection: Any, user: Any) -> Banner | None:
    if connection.status != Connection.Status.RECONNECT:
        return None
    sentence = f"The connection to Xero is lost. {connection.get_cause_display()}. Nothing is lost here."
    return Banner(sentence, "error", *_connection_link(user, "Reconnect"))


def _unresolved(connection: Any, user: Any) -> Banner | None:
    count = connection.unresolved
    if not count:
        return None
    if not user.has_perm(VIEW):
        return Banner("Something could not be sent to Xero. The office can see what.")
    if count == 1:
        sentence = f"{connection.error_title or 'One record'} is not right in Xero and needs you."
        return Banner(sentence, "error", reverse("accounting:record", args=[connection.error_id]), "View errors")
    return Banner(f"{count} records are not right in Xero and need you.", "error", errors_page(user), "View errors")


def _held(connection: Any, user: Any) -> Banner | None:
    """No error, and it goes by itself once the cause is gone; but the cause does not go by itself."""
    if not connection.held:
        return None
    if not user.has_perm(VIEW):
        return Banner("Something waits before it can go to Xero. The office can see what.", "warning")
    if connection.held == 1:
        sentence = f"{connection.held_title or 'One record'} waits. {BY_CODE[connection.held_code].sentence}"
        return Banner(sentence, "warning", reverse("accounting:record", args=[connection.held_id]), "Look at it")
    sentence = f"{connection.held} records wait until somebody does something about them."
    return Banner(sentence, "warning", f"{reverse('accounting:connection')}#errors", "Look at them")


def errors_page(user: Any) -> str:
    """The list of everything that asks for a person: in the admin for staff, else on the accounting page."""
    admin = "admin:accounting_sync_unresolvederror_changelist"
    return reverse(admin) if user.is_staff else f"{reverse('accounting:connection')}#errors"


def _silent(connection: Any, user: Any, now: datetime) -> Banner | None:
    heard = connection.beat_at or connection.status_since
    if connection.status != Connection.Status.CONNECTED or now - heard < Worker.SILENCE:
        return None
    sentence = "The background worker is not running: nothing goes to Xero until it does. Changes are kept."
    return Banner(sentence, "error", *_connection_link(user, "Look at the connection"))


def _held_up(connection: Any, user: Any, now: datetime) -> Banner | None:
    if connection.cause == Connection.Cause.ANOTHER:
        sentence = (
            f"{connection.name} is another organisation than before: nothing is sent until its first day is chosen."
        )
        return Banner(sentence, "warning", *_connection_link(user, "Choose it"))
    if connection.status == Connection.Status.PAUSED:
        return Banner("Sending to Xero is paused. Changes are kept.", "info", *_connection_link(user, "Resume"))
    if connection.parked_until is None or connection.parked_until < now + LONG:
        return None
    until = timezone.localtime(connection.parked_until).strftime("%-d %b, %H:%M")
    return Banner(f"{connection.parked_because} It goes on by itself on {until}.", "warning")


def _not_set_up(connection: Any, user: Any) -> Banner | None:
    if connection.set_up_at:
        return None
    sentence = "The link with Xero is not set up to the end: nothing is sent until everything is chosen."
    return Banner(sentence, "warning", *_connection_link(user, "See what is missing"))


def _untold(connection: Any, user: Any, now: datetime) -> Banner | None:
    if not webhooks_stopped(connection, now):
        return None
    last = timezone.localtime(connection.last_webhook_at).strftime("%-d %b")
    later = f"They still come, up to {connection.poll_minutes} minutes later."
    sentence = f"Xero has stopped telling us of changes, last on {last}. {later}"
    return Banner(sentence, "warning", *_connection_link(user, "See what to do"))


def _connection_link(user: Any, label: str) -> tuple[str, str]:
    return (reverse("accounting:connection"), label) if user.has_perm(CONNECT) else ("", "")


def _near_the_cap(connection: Connection, user: Any) -> Banner | None:
    if connection.plan_class not in plan_caps.SMALL_PLANS or not user.has_perm(VIEW):
        return None
    near = [use for use in plan_caps.use(connection, Organisation.current().today()) if use.is_near]
    link = (f"{reverse('accounting:connection')}#plan", "Look at it")
    return Banner(" ".join(map(_of_the_plan, near)), "warning", *link) if near else None


def _of_the_plan(use: plan_caps.Use) -> str:
    month = date_format(use.month, "F")
    return f"Xero's plan allows {use.cap} {use.label} dated in one month; {use.used} of {month} are in."
