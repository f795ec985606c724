"""The net under the signals: what no event told us, the state does."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef
from django.utils import timezone

from accounting_sync import (
    connections,
    contact_import,
    directory,
    drain,
    export_runs,
    half_connections,
    plan_caps,
    pull,
    queue,
    reconciliation,
    tieout,
)
from accounting_sync.documents import DOCUMENTS, Document
from accounting_sync.models import Connection, SyncRecord, Worker
from accounting_sync.remapped import others
from accounting_sync.walk import Incomplete
from accounting_sync.xero.client import Client
from accounting_sync.xero.oauth import ConnectionLost
from accounting_sync.xero.transport import NoAnswer, NotSent

log = logging.getLogger(__name__)
SWEEP, RELOAD, FULL = timedelta(minutes=15), timedelta(hours=6), timedelta(hours=24)
CHUNK = 500


def every_minute() -> None:
    """The clock's tick: a sign of life, then whatever is due."""
    queue.beat()
    half_connections.finish_consents()
    connection = Connection.objects.live().first()
    if connection is None:
        return
    now = timezone.now()
    _sweep_when_due(connection, Worker.objects.get(pk=1), now)
    checked, usable = connection.organisation_checked_at, connection.status == Connection.Status.CONNECTED
    if usable and (checked is None or checked < now - RELOAD):
        reload(connection)
    pull.pull(connection)
    drain.drain(connection)
    contact_import.work()  # one that a killed worker left lying
    tieout.work()  # the same
    export_runs.work()


def _sweep_when_due(connection: Connection, worker: Worker, now: datetime) -> None:
    if worker.swept_at and worker.swept_at > now - SWEEP:
        return
    full = worker.compared_at is None or worker.compared_at <= now - FULL
    sweep(connection, full=full)
    half_connections.repair(connection)
    Worker.objects.filter(pk=1).update(swept_at=now, compared_at=now if full else worker.compared_at)


def reload(connection: Connection) -> None:
    """Lock dates, accounts and tax rates, afresh; and, after midnight, how stock stands on both sides."""
    try:
        directory.reload(Client(connection))
        reconciliation.nightly(connection)
    except ConnectionLost as error:
        connections.lost(connection, error.cause)
    except Incomplete as error:
        connections.heard(connection, error.reply, timezone.now())
        log.warning("The organisation could not be read: %s", error)
    except (NotSent, NoAnswer) as error:
        log.warning("The organisation could not be read: %s", error)


def sweep(connection: Connection, *, full: bool = False) -> int:
    """Queue every record that has no place yet, and look again at what waits. ``full`` compares contents too."""
    queued = sum(_without_a_place(connection, document) for document in DOCUMENTS.values())
    queue.look_again(connection)
    if full:
        plan_caps.try_the_next(connection)
        queued += sum(_changed_unseen(connection, document) for document in DOCUMENTS.values())
    return queued


def _without_a_place(connection: Connection, document: Document) -> int:
    if document.option and not connection.switches[document.option]:
        return 0
    known = SyncRecord.objects.filter(connection=connection, kind=document.kind, object_id=OuterRef("pk"))
    missing = document.model._default_manager.exclude(Exists(known)).values_list("pk", flat=True)
    count = 0
    for object_id in missing.iterator(chunk_size=CHUNK):
        queue.want(document.kind, object_id, document.rank)
        count += 1
    return count


def _changed_unseen(connection: Connection, document: Document) -> int:
    """Bulk updates and raw SQL send no signal: compare each record's content with what Xero accepted.

    What a new mapping alone would book otherwise stays as it was booked, until somebody asks for it.
    """
    count = 0
    for chunk in others(connection, document):
        changed = [other.record.object_id for other in chunk if not other.only_mapped]
        queue.want_many(document.kind, changed, document.rank)
        count += len(changed)
    return count
