"""Counting what Xero said and the error catalogue does not know."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import F

from accounting_sync.models import SyncRecord, UnknownMessage

LONGEST = 300
SAID = "Xero says: "
#: what differs from one record to the next: ids, what stands in quotation marks, numbers
PARTICULARS = [
    (re.compile(r"\S+@\S+"), "#"),
    (re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}", re.I), "#"),
    (re.compile(r"'[^']*'|\"[^\"]*\"|“[^”]*”"), "'…'"),
    (re.compile(r"\d[\d.,/-]*"), "#"),
]


def wording_of(message: str) -> str:
    """The same for every record that Xero says it of; at most 300 characters."""
    text = message.partition(SAID)[2] or message
    for particular, instead in PARTICULARS:
        text = particular.sub(instead, text)
    return " ".join(text.split())[:LONGEST]


def note(settled: Iterable[SyncRecord], now: datetime) -> None:
    """Of these answers, what the catalogue does not know."""
    for record in settled:
        wording = wording_of(record.message) if record.code == "refused" else ""
        if wording:
            _count(wording, record, now)


@transaction.atomic
def _count(wording: str, record: SyncRecord, now: datetime) -> None:
    first = {"first_at": now, "last_at": now, "latest": record}
    known, created = UnknownMessage.objects.get_or_create(wording=wording, defaults=first)
    if not created:
        UnknownMessage.objects.filter(pk=known.pk).update(count=F("count") + 1, last_at=now, latest=record)
