"""Records brought to where a story needs them, through the queue's own verbs."""

import re
from html import unescape

from accounting_sync import queue
from accounting_sync.drain import drain
from accounting_sync.models import SyncRecord
from tests.factories import an_invoice


def record_of(kind, record):
    return SyncRecord.objects.get(kind=kind, object_id=record.pk)


def an_invoice_record(**fields):
    return record_of("invoice", an_invoice(**fields))


def refused(record, code="number_taken", message="Xero already has a document with this number.", **evidence):
    """Xero refused it: it asks for somebody."""
    queue.warn(record, code, message, evidence)
    return record


def in_xero(connection, **fields):
    record = an_invoice_record(**fields)
    drain(connection)
    record.refresh_from_db()
    assert record.state == "synced"
    return record


def text(answer):
    """What a person reads of a page, on one line."""
    body = re.sub(r"<(script|style)\b.*?</\1>", "", answer.content.decode(), flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def told(answer):
    """The messages on the page that a redirect leads to."""
    return [str(message) for message in answer.context["messages"]]
