"""Records whose content differs from what Xero accepted: changed here unseen, or booked otherwise by a new mapping."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from accounting_sync import queue
from accounting_sync.documents import Document
from accounting_sync.documents.booking import only_booked_otherwise
from accounting_sync.models import Connection, State, SyncRecord
from accounting_sync.plan import books_of
from accounting_sync.reconcile import Presence, Wanted, lines_are_theirs

CHUNK = 500
FIXED = {"PAID", "VOIDED", "DELETED"}


@dataclass(frozen=True)
class Other:
    """Xero holds another version. ``only_mapped``: of the same lines, in other accounts or at other tax rates.

    ``fixed``: Xero would not let it be changed, or nobody may: money rests on it, or an adjustment of the accountant's.
    """

    record: SyncRecord
    wanted: Wanted
    only_mapped: bool
    fixed: bool


def others(connection: Connection, document: Document, after: int = 0) -> Iterator[list[Other]]:
    """Chunk by chunk what differs, of the records Xero is thought to hold as they are; ``after`` this id."""
    synced = SyncRecord.objects.filter(connection=connection, kind=document.kind, state=State.SYNCED)
    while rows := list(synced.filter(pk__gt=after).order_by("pk")[:CHUNK]):
        after = rows[-1].pk
        yield _differing(connection, document, rows)


def _differing(connection: Connection, document: Document, rows: Sequence[SyncRecord]) -> list[Other]:
    records = document.records().in_bulk([row.object_id for row in rows])
    books = books_of(connection, document, records.values())
    wanted = {row.pk: document.wanted(records[row.object_id], books) for row in rows if row.object_id in records}
    changed = [row for row in rows if row.pk in wanted and _is_other(wanted[row.pk], row)]
    sent = queue.accepted_bodies(changed)
    return [
        Other(
            row,
            wanted[row.pk],
            only_mapped=only_booked_otherwise(
                document, records[row.object_id], books, wanted[row.pk].body or {}, sent.get(row.pk, {})
            ),
            fixed=row.remote_status in FIXED
            or document.carries_money(records[row.object_id])
            or lines_are_theirs(wanted[row.pk], row),
        )
        for row in changed
    ]


def _is_other(wanted: Wanted, row: SyncRecord) -> bool:
    return wanted.presence is Presence.PRESENT and bool(row.body_hash) and wanted.body_hash != row.body_hash
