"""How often Xero is read, and whether it still tells of changes by itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Value
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.text import capfirst

from accounting_sync import settings_history
from accounting_sync.models import Attempt, Connection, Cursor
from workshop.models import Organisation

SILENT_AFTER, SILENT_CHANGES = timedelta(hours=24), 20
FIELDS = ["poll_minutes", "poll_minutes_closed", "opens_at", "closes_at", "open_days"]


def is_open(connection: Connection, now: datetime) -> bool:
    """By the garage's own clock."""
    local = now.astimezone(Organisation.current().zone)
    return (
        str(local.isoweekday()) in connection.open_days and connection.opens_at <= local.time() < connection.closes_at
    )


def interval(connection: Connection, now: datetime) -> timedelta:
    """How long one reading of a list lasts. A webhook has it read at once all the same."""
    minutes = connection.poll_minutes if is_open(connection, now) else connection.poll_minutes_closed
    return timedelta(minutes=minutes)


def reschedule(connection: Connection, **chosen: Any) -> None:
    """Raises ValidationError by field."""
    for name, value in chosen.items():
        setattr(connection, name, value)
    connection.clean_fields(exclude={field.name for field in Connection._meta.fields} - {*FIELDS})
    connection.validate_constraints()
    connection.save(update_fields=list(chosen))
    words = (f"{connection._meta.get_field(name).verbose_name}: {value}" for name, value in chosen.items())  # type: ignore[union-attr]
    settings_history.note(connection, capfirst("; ".join(words)))


# Webhooks that no longer come


@contextmanager
def counting_unannounced(connection: Connection, cursor: Cursor) -> Iterator[None]:
    """What a reading brings that no webhook had asked for. The next webhook begins the count anew."""
    if cursor.poke_at is not None and (cursor.polled_at is None or cursor.poke_at >= cursor.polled_at):
        yield
        return
    started, before = timezone.now(), Attempt.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    yield
    brought = Attempt.objects.filter(pk__gt=before, direction=Attempt.Direction.IMPORT).count()
    if brought:
        Connection.objects.filter(pk=connection.pk).update(
            unannounced=F("unannounced") + brought, unannounced_since=Coalesce("unannounced_since", Value(started))
        )


def webhooks_stopped(connection: Connection, now: datetime) -> bool:
    """They came once, and now changes come without them: for a day, or many of them."""
    since = connection.unannounced_since
    if connection.last_webhook_at is None or since is None:
        return False
    return connection.unannounced >= SILENT_CHANGES or since <= now - SILENT_AFTER


def heard_webhook(tenant_id: str, now: datetime) -> None:
    Connection.objects.filter(tenant_id=tenant_id).update(last_webhook_at=now, unannounced=0, unannounced_since=None)
