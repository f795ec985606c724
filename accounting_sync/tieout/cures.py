"""What a person does about one difference where the record itself offers nothing: read, ask, link."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounting_sync import connections, queue
from accounting_sync.decisions import NotOffered
from accounting_sync.documents import DOCUMENTS, Document
from accounting_sync.models import State, SyncRecord, TieOutDifference
from accounting_sync.models.sync_record import IN_FLIGHT
from accounting_sync.reconcile import GONE
from accounting_sync.wake import wake_drain, wake_pull
from accounting_sync.walk import found, read
from accounting_sync.xero.client import Client

Kind, Reason = TieOutDifference.Kind, TieOutDifference.Reason
DOCUMENT_KINDS = {Kind.INVOICE, Kind.BILL, Kind.CREDIT_NOTE, Kind.SUPPLIER_CREDIT}
A_MOMENT = timedelta(minutes=1)


def offered(difference: TieOutDifference) -> str:
    """Which of these fits, from the difference and its record as it is now; empty for none."""
    record = difference.record
    if difference.reason == Reason.NOT_LINKED:
        return "link" if record and _free(record) else ""
    if record is None or record.state != State.SYNCED:
        return ""
    if difference.reason in {Reason.NOT_READ, Reason.GONE}:
        return "read"
    asks = difference.kind in DOCUMENT_KINDS or difference.reason == Reason.MISSING
    return "ask" if asks and difference.reason in {Reason.MISSING, Reason.UNEXPLAINED} else ""


def read_again(difference: TieOutDifference, by: Any = None) -> str:
    """Read everything from Xero that changed since then, now."""
    connection = difference.run.connection
    connections.look_back(connection, (difference.changed_at or difference.run.started_at) - A_MOMENT)
    connections.read_soon(connection, connections.RESOURCES)
    wake_pull()
    return "Xero is read again. Tie out once more in a minute."


def ask(difference: TieOutDifference, by: Any = None) -> str:
    """Look at this one document in Xero, and put the question that its state asks. One call, no transaction open.

    Raises NotOffered, ConnectionLost, NotSent, NoAnswer or Incomplete.
    """
    record = difference.record
    if record is None or not record.remote_id or record.state != State.SYNCED:
        raise NotOffered("This was settled meanwhile. Tie out once more.")
    document = DOCUMENTS[record.kind]
    reply = read(Client(record.connection), document.fetch([record.remote_id]))
    there = next((one for one in found(document, reply) if str(one.get(document.id_field)) == record.remote_id), None)
    queue.conflict(record, *_question(record, document, there))
    return f"{record} now asks what to do. Its buttons stand below."


def _question(
    record: SyncRecord, document: Document[Any], there: dict[str, Any] | None
) -> tuple[str, str, dict[str, Any]]:
    if there is None:
        return "not_found", f"{record} is no longer in Xero. Undo it here too, or send it again as new.", {}
    status = str(there.get("Status"))
    if status in GONE:
        code = "payment_reversed_in_xero" if record.kind in {"payment", "refund"} else "voided_in_xero"
        return code, f"{record} was {status.lower()} in Xero. Undo it here too, or send it again as new.", {}
    if record.kind not in DOCUMENT_KINDS:
        raise NotOffered("Xero has it. Tie out once more.")
    return "changed_in_xero", f"It differs in Xero: the total there is {there.get('Total')}.", document.evidence(there)


@transaction.atomic
def link(difference: TieOutDifference, by: Any = None) -> str:
    """The document in Xero with our address is this record's. Both are compared before anything is sent."""
    if difference.record is None:
        raise NotOffered("Nothing here belongs to it.")
    record = SyncRecord.objects.select_for_update().get(pk=difference.record.pk)
    taken = SyncRecord.objects.filter(connection=record.connection_id, kind=record.kind, remote_id=difference.remote_id)
    if not _free(record) or taken.exists():
        raise NotOffered("It is linked already. Tie out once more.")
    queue.decided(record, by, f"Linked to {difference.remote_id} in Xero.")
    queue.adopt(record, {"remote_id": difference.remote_id}, timezone.now())
    wake_drain()
    return f"{record} is linked. It is compared with Xero before anything is sent."


def _free(record: SyncRecord) -> bool:
    return record.state not in IN_FLIGHT and (not record.remote_id or record.remote_status in GONE)


#: name → (verb, its words, whether it decides something)
CURES: dict[str, tuple[Callable[[TieOutDifference, Any], str], str, bool]] = {
    "read": (read_again, "Read it from Xero now", False),
    "ask": (ask, "Look at it and decide", True),
    "link": (link, "Link it", True),
}


def cure(difference: TieOutDifference, name: str, by: Any = None) -> str:
    """Do it; returns what came of it in a sentence. Raises NotOffered when it does not fit any more."""
    if name != offered(difference):
        raise NotOffered("This was settled meanwhile. Tie out once more.")
    return CURES[name][0](difference, by)
