"""Who changed which setting of the link with Xero, and when: the admin's own log. What nobody did is not in it."""

from __future__ import annotations

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet

from accounting_sync.models import Connection
from workshop.actors import acting_user


def note(connection: Connection, words: str) -> None:
    user = acting_user()
    if user is None or not words:
        return
    LogEntry.objects.create(
        user=user,
        content_type=ContentType.objects.get_for_model(Connection),
        object_id=str(connection.pk),
        object_repr=connection.name[:200],
        action_flag=CHANGE,
        change_message=words,
    )


def of(connection: Connection) -> QuerySet[LogEntry]:
    """The latest first."""
    meta = Connection._meta
    of_connections = {"content_type__app_label": meta.app_label, "content_type__model": meta.model_name}
    return (
        LogEntry.objects.filter(**of_connections, object_id=str(connection.pk))
        .select_related("user")
        .order_by("-action_time", "-pk")
    )
