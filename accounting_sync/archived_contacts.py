"""Documents that Xero refused because their contact was archived there: they go once it is restored or replaced."""

from __future__ import annotations

from accounting_sync import queue
from accounting_sync.documents import DOCUMENTS
from accounting_sync.models import State, SyncRecord
from accounting_sync.reconcile import Need
from accounting_sync.wake import wake_drain

CODE = "contact_archived"


def send_documents_of(contact: SyncRecord) -> None:
    """In the caller's transaction, with the contact's record locked."""
    of_connection = SyncRecord.objects.filter(connection=contact.connection, state=State.WARNING, code=CODE)
    for record in of_connection.exclude(kind="contact").select_for_update():
        if _rests_on(record, contact):
            queue.again(record)
            wake_drain()


def _rests_on(record: SyncRecord, contact: SyncRecord) -> bool:
    document = DOCUMENTS[record.kind]
    noun = document.records().filter(pk=record.object_id).first()
    return noun is not None and Need("contact", contact.object_id) in document.needs(noun)
