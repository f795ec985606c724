"""Contacts both ways: what Xero's contact says is merged into the party, field by field, wherever a contact is read.

A merge, its place in the history and the record's new base are one transaction. It never bounces back as an export.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from accounting_sync import archived_contacts, queue
from accounting_sync.documents import DOCUMENTS
from accounting_sync.documents.contact_fields import (
    PARTS_OF_NAME,
    WORDS,
    Spoken,
    changes_in_words,
    compare,
    flat,
    known,
    party_fields,
    plain,
    split,
    spoken,
    written,
)
from accounting_sync.documents.document import Element, digest, moment
from accounting_sync.models import Attempt, Connection, State, SyncRecord
from accounting_sync.models.sync_record import IN_FLIGHT
from accounting_sync.plan import books_of
from workshop import people
from workshop.errors import InvalidInput
from workshop.models import Party

KIND = "contact"


def apply_contacts(connection: Connection, rows: list[Element]) -> list[datetime | None]:
    """Merge every linked contact that says something new. Returns when those changed that must be read again."""
    linked = SyncRecord.objects.filter(
        connection=connection, kind=KIND, do_not_import=False, remote_id__in=[row["ContactID"] for row in rows]
    )
    records = {record.remote_id: record for record in linked}
    held: list[datetime | None] = []
    for row in rows:
        record = records.get(row["ContactID"])
        if record is None or not _news(record, row):
            continue
        if record.state in IN_FLIGHT or not _merge(connection, record, row):
            held.append(moment(row.get("UpdatedDateUTC")))
    return held


def _news(record: SyncRecord, row: Element) -> bool:
    """Not older than what we know, and not what both sides agreed on already: so our own echo costs no query."""
    at = moment(row.get("UpdatedDateUTC"))
    if record.remote_updated_at and at and at < record.remote_updated_at:
        return False
    theirs, base = flat(row), record.base
    return row.get("ContactStatus", "") != record.remote_status or any(
        theirs.get(name, "") != base.get(name, "") for name in known({*theirs, *base})
    )


@transaction.atomic
def _merge(connection: Connection, record: SyncRecord, row: Element) -> bool:
    """False when its own call is out by now: the answer to that comes first."""
    # the party is locked before its record, in the order in which whoever edits it locks them
    party = Party.objects.select_for_update().filter(pk=record.object_id).first()
    record = SyncRecord.objects.select_for_update().get(pk=record.pk)
    if record.state in IN_FLIGHT:
        return False
    if party is not None and record.remote_id == row["ContactID"] and _news(record, row):
        _take(connection, record, party, row)
        if row.get("ContactStatus") == "ACTIVE":
            archived_contacts.send_documents_of(record)
    return True


def _take(connection: Connection, record: SyncRecord, party: Party, row: Element) -> None:
    body, person = _body(record), party.kind == Party.Kind.PERSON
    suffix = record.base.get("suffix", "")
    merged = compare(record.base, body, row, connection.contact_rule, person=person, suffix=suffix)
    theirs = spoken(row) | {name: value for name, value in merged.here.items() if name in PARTS_OF_NAME}
    try:
        changes = _write(party, {name: theirs[name] for name in known(merged.here)}, spoken(body))
    except InvalidInput as refusal:
        question = queue.Question("changed_in_xero", f"Changed in Xero, and not possible here: {refusal.sentence}")
        queue.merged(record, queue.News(record.base, facts(row), question=_with_evidence(question, row)))
        return
    keeps_suffix = {"suffix": suffix} if suffix and row["Name"].endswith(f" ({suffix})") else {}
    news = queue.News(merged.base | keeps_suffix, facts(row), changes, changes_in_words(changes), row)
    record.base = news.base
    body = _body(record)
    news = replace(news, to_send=_differs(body, merged.base), body_hash=digest(body))
    if merged.conflicts:
        question = queue.Question("changed_in_both", _both(merged.conflicts, body, row))
        news = replace(news, question=_with_evidence(question, row))
    queue.merged(record, news)


def _body(record: SyncRecord) -> Element:
    """The contact as the workshop would have it now."""
    document, suffix = DOCUMENTS[KIND], record.base.get("suffix")
    books = books_of(record.connection, document, [])
    books = replace(books, suffixes={record.object_id: suffix} if suffix else {})
    return document.wanted(document.records().get(pk=record.object_id), books).body or {}


def _both(names: Iterable[str], body: Element, row: Element) -> str:
    ours, theirs = spoken(body), spoken(row)
    said = [f"{WORDS[n]} {written(ours.get(n, ''))} here, {written(theirs.get(n, ''))} in Xero" for n in names]
    return f"Changed here and in Xero, differently: {'; '.join(said)}."


def _with_evidence(question: queue.Question, row: Element) -> queue.Question:
    there = {"base": flat(row), "hash": DOCUMENTS[KIND].fingerprint(row), "theirs": spoken(row)}
    return replace(question, evidence=there)


def facts(row: Element) -> dict[str, Any]:
    """What a record keeps of a contact besides its fields."""
    read = DOCUMENTS[KIND].read(row)
    return {"status": read.status, "updated_at": read.updated_at, "hash": read.fingerprint}


def base_of(row: Element) -> dict[str, str]:
    """What both sides agree on when the party is made of this contact."""
    return {name: value for name, value in flat(row).items() if value}


def _differs(body: Element, base: Mapping[str, str]) -> bool:
    """Something here is not in Xero; a blank here is never sent."""
    return any(value and value != base.get(name, "") for name, value in flat(body).items())


def _write(party: Party, values: Spoken, before: Spoken) -> dict[str, dict[str, Any]]:
    """The party says what Xero says. Returns what was and what is, by field. Raises InvalidInput."""
    if not values:
        return {}
    try:
        with transaction.atomic():
            people.update_party(party, **party_fields(values, party.kind))
    except ValidationError as error:
        raise InvalidInput(" ".join(error.messages)) from error
    return {name: {"old": before.get(name, ""), "new": values[name]} for name in known(values)}


def first_meeting(
    connection: Connection, party: Party, body: Element, row: Element
) -> tuple[dict[str, Any], queue.News]:
    """A party and a contact that are linked now: what ``people.update_parties`` takes, and the news for the record.

    Nothing is agreed yet, so each fills the other's blanks and what differs follows the rule. No query.
    """
    person = party.kind == Party.Kind.PERSON
    merged = compare({}, body, row, connection.contact_rule, person=person, suffix="")
    theirs = spoken(row) | {name: value for name, value in merged.here.items() if name in PARTS_OF_NAME}
    values, before = {name: theirs[name] for name in known(merged.here)}, spoken(body)
    changes = {name: {"old": before.get(name, ""), "new": value} for name, value in values.items()}
    ours = flat(body) | merged.here
    ours |= {"Name": " ".join(filter(None, (ours[name] for name in PARTS_OF_NAME)))} if person else {}
    to_send = any(value and value != merged.base.get(name, "") for name, value in ours.items())
    news = queue.News(merged.base, facts(row), changes, changes_in_words(changes), to_send=to_send)
    if merged.conflicts:
        question = queue.Question("changed_in_both", _both(merged.conflicts, body, row))
        news = replace(news, question=_with_evidence(question, row))
    return party_fields(values, party.kind), news


# What a person decides


def lock(record: SyncRecord) -> None:
    """The party before its record: whoever edits it locks them in this order."""
    Party.objects.select_for_update().filter(pk=record.object_id).first()


def accept(record: SyncRecord, by: Any) -> None:
    """Whatever Xero says differently since both sides agreed is written here, a blank too. Raises WorkshopError."""
    party = Party.objects.select_for_update().get(pk=record.object_id)
    theirs, base, ours = record.evidence["theirs"], record.evidence["base"], spoken(_body(record))
    taken = [n for n in known(theirs) if base.get(n, "") not in {record.base.get(n, ""), plain(n, ours.get(n, ""))}]
    values = {name: theirs[name] for name in taken}
    if party.kind == Party.Kind.PERSON and values.pop("Name", "") and not set(PARTS_OF_NAME) & set(values):
        values |= zip(PARTS_OF_NAME, split(theirs["Name"], party.first_name, party.last_name), strict=True)
    changes = _write(party, values, ours)
    suffix = {name: record.base[name] for name in ("suffix",) if name in record.base}
    record.base = suffix | base
    body = _body(record)
    news = queue.News(
        record.base, {"hash": record.evidence["hash"]}, changes, changes_in_words(changes),
        to_send=_differs(body, base), body_hash=digest(body), by=by,
    )  # fmt: skip
    queue.merged(record, news)


def undoable(record: SyncRecord) -> Attempt | None:
    """The latest merge, as long as what it wrote still stands here and nothing is under way or asked."""
    if record.kind != KIND or record.state in {*IN_FLIGHT, State.CONFLICT}:
        return None
    last = record.attempts.filter(operation="merge").order_by("-id").first()
    if last is None or not _stands(_body(record), last.body["changes"]):
        return None
    return last


def _stands(body: Element, changes: Mapping[str, Mapping[str, Any]]) -> bool:
    ours = flat(body)
    return bool(changes) and all(ours.get(n, "") == plain(n, change["new"]) for n, change in changes.items())


def undo(record: SyncRecord, merge: Attempt) -> None:
    """What was here before the merge is here again, and goes to Xero. What was empty here is emptied here alone."""
    party = Party.objects.select_for_update().get(pk=record.object_id)
    people.update_party(party, **party_fields({n: c["old"] for n, c in merge.body["changes"].items()}, party.kind))
