"""What became of our deposits in Xero."""

from __future__ import annotations

from django.db import transaction

from accounting_sync import queue
from accounting_sync.documents.document import moment
from accounting_sync.incoming.news import Held, Row, Rows, apply_news, linked
from accounting_sync.models import Connection, SyncRecord
from accounting_sync.reconcile import GONE
from workshop.models import Deposit


def apply_deposits(connection: Connection, rows: Rows) -> Held:
    records = linked(connection, "deposit", (row["PrepaymentID"] for row in rows))
    return apply_news(rows, [records.get(row["PrepaymentID"]) for row in rows], _apply_deposit)


@transaction.atomic
def _apply_deposit(record: SyncRecord, row: Row) -> None:
    status = str(row.get("Status"))
    queue.saw(record, status, moment(row.get("UpdatedDateUTC")))
    if status in GONE and Deposit.objects.held().filter(pk=record.object_id).exists():
        message = f"{record.title} was {status.lower()} in Xero. Take it back here too, or send it again as new."
        queue.conflict(record, "voided_in_xero", message)


# Given back
