"""Which of the rows that were read say something new of a record that is linked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.db import transaction

from accounting_sync.documents import DOCUMENTS
from accounting_sync.documents.document import moment
from accounting_sync.models import Connection, SyncRecord
from accounting_sync.models.sync_record import IN_FLIGHT

Row = dict[str, Any]
Rows = list[Row]
Held = list[datetime | None]
LOCKED_FIRST = {"invoice", "credit_note", "bill", "supplier_credit", "deposit"}


def linked(connection: Connection, kind: str, remote_ids: Iterable[str]) -> dict[str, SyncRecord]:
    rows = SyncRecord.objects.filter(connection=connection, kind=kind, remote_id__in=list(remote_ids))
    return {row.remote_id or "": row for row in rows}


def apply_news(
    rows: Rows, records: Iterable[SyncRecord | None], apply: Callable[[SyncRecord, dict[str, Any]], None]
) -> Held:
    held: Held = []
    for row, record in zip(rows, records, strict=True):
        if record and _news(record, row) and not _applied(record, row, apply):
            held.append(moment(row.get("UpdatedDateUTC")))
    return held


@transaction.atomic
def _applied(record: SyncRecord, row: Row, apply: Callable[[SyncRecord, Row], None]) -> bool:
    """As the record is by now: somebody may have changed it since the page was read. False while a call is out.

    The document is locked before its record, as by whoever saves it here.
    """
    if record.kind in LOCKED_FIRST:
        nouns = DOCUMENTS[record.kind].model._default_manager.select_for_update(of=("self",))
        nouns.filter(pk=record.object_id).first()
    record.refresh_from_db()
    if record.state in IN_FLIGHT:
        return False
    if _news(record, row):
        apply(record, row)
    return True


def _news(record: SyncRecord, row: dict[str, Any]) -> bool:
    """Not our own echo, not older than what we know, and not kept out by a person."""
    there, known = DOCUMENTS[record.kind].read(row), record.remote_updated_at
    if record.do_not_import or (known and there.updated_at and there.updated_at < known):
        return False
    as_known = (known, record.remote_status, record.remote_hash)
    return (there.updated_at, there.status, there.fingerprint) != as_known
