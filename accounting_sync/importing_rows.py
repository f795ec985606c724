"""One chunk of an import, written: parties made and linked in as many statements for one as for five hundred."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from accounting_sync import classify, merging, queue
from accounting_sync.documents import DOCUMENTS
from accounting_sync.documents.document import Element
from accounting_sync.models import Connection, ContactImport, ImportRow, SyncRecord
from accounting_sync.models.sync_record import IN_FLIGHT
from accounting_sync.plan import books_of
from accounting_sync.queue.row import write as write_rows
from workshop import people
from workshop.models import Party

Outcome, Choice = ImportRow.Outcome, ImportRow.Choice
KIND = "contact"


def store(rows: Sequence[ImportRow], fields: Sequence[str]) -> None:
    write_rows(ImportRow, rows, fields)


def write(run: ContactImport, rows: Sequence[ImportRow]) -> None:
    """Do what is chosen. What was linked meanwhile, by whomever, is left as it is."""
    taken, busy = _meanwhile(run.connection, rows)
    for row in rows:
        row.outcome = Outcome.LEFT
        if row.choice != Choice.LEAVE and (row.contact_id in taken or row.party_id in busy):
            row.note = "Linked meanwhile, or on its way to Xero."
    free = [row for row in rows if row.contact_id not in taken and row.party_id not in busy]
    _create(run, [row for row in free if row.choice == Choice.CREATE])
    _link(run, [row for row in free if row.choice == Choice.LINK and row.party_id])
    store(rows, ["outcome", "note", "party"])


def _meanwhile(connection: Connection, rows: Sequence[ImportRow]) -> tuple[set[str | None], set[int | None]]:
    """Contacts that are linked by now, and parties that are linked or being sent."""
    records = SyncRecord.objects.filter(connection=connection, kind=KIND)
    contacts = records.filter(remote_id__in=[row.contact_id for row in rows])
    parties = records.filter(object_id__in=[row.party_id for row in rows if row.party_id])
    busy = {r.object_id for r in parties.only("object_id", "remote_id", "state") if r.remote_id or r.state in IN_FLIGHT}
    return set(contacts.values_list("remote_id", flat=True)), busy  # type: ignore[return-value]


def _create(run: ContactImport, rows: Sequence[ImportRow]) -> None:
    drafts = [classify.draft(row.element, run.person_rule) for row in rows]
    for row, draft in zip(rows, drafts, strict=True):
        if row.element.get("ContactStatus") == "ARCHIVED":
            draft.party.archived_at = run.confirmed_at
    parties = people.add_parties(drafts)
    links = []
    for row, party in zip(rows, parties, strict=True):
        row.party, row.outcome = party, Outcome.CREATED
        links.append(_as_link(party, row.element, queue.News(merging.base_of(row.element), merging.facts(row.element))))
    queue.link_many(run.connection, KIND, DOCUMENTS[KIND].rank, links)


def _link(run: ContactImport, rows: Sequence[ImportRow]) -> None:
    parties = DOCUMENTS[KIND].records().in_bulk([row.party_id for row in rows])
    books, changes, links = books_of(run.connection, DOCUMENTS[KIND], []), [], []
    for row in (row for row in rows if row.party_id in parties):
        party = parties[row.party_id]
        roles = {role: True for role, flag in ROLES.items() if row.element.get(flag)}
        body = DOCUMENTS[KIND].build(party, books)  # type: ignore[attr-defined]
        fields, news = merging.first_meeting(run.connection, party, body, row.element)
        changes.append((party, {**fields, **roles}))
        links.append(_as_link(party, row.element, replace(news, by=run.confirmed_by)))
        row.outcome = Outcome.LINKED
    people.update_parties(changes)
    queue.link_many(run.connection, KIND, DOCUMENTS[KIND].rank, links)


ROLES = {"is_customer": "IsCustomer", "is_supplier": "IsSupplier"}


def _as_link(party: Party, element: Element, news: queue.News) -> queue.Link:
    number: Any = element.get("ContactNumber") or ""
    return queue.Link(party.pk, party.name, element["ContactID"], number, news)
