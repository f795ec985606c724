"""The import of Xero's contacts: read, judge, decide, write. Its state is in the database, so it survives a closed
browser and a killed worker; each step does a part and says whether there is more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, F, Q
from django.utils import timezone

from accounting_sync import classify, connections, importing_rows
from accounting_sync.documents import Call
from accounting_sync.documents.document import Element, listed
from accounting_sync.models import Connection, ContactImport, ImportRow, SyncRecord
from accounting_sync.wake import wake_import
from accounting_sync.walk import PAGE, Incomplete, read
from accounting_sync.xero.client import Client, Reply
from accounting_sync.xero.oauth import ConnectionLost
from accounting_sync.xero.transport import NoAnswer, NotSent
from workshop.errors import NotAllowedNow
from workshop.models import Party, PhoneNumber

IN_HAND = timedelta(minutes=2)  # a worker that is heard of no longer has let go
CHUNK = 500
Stage, Choice, Verdict = ContactImport.Stage, ImportRow.Choice, ImportRow.Verdict


# What a person does


@transaction.atomic
def start(connection: Connection, by: Any = None) -> ContactImport:
    """Begin a dry run. Raises NotAllowedNow while another import is open."""
    try:
        with transaction.atomic():
            run = ContactImport.objects.create(connection=connection, started_by=by)
    except IntegrityError as error:
        raise NotAllowedNow("Finish or stop the present import first.") from error
    wake_import()
    return run


@transaction.atomic
def choose(row: ImportRow, choice: str, party: Party | None = None) -> ImportRow:
    """What becomes of one contact. Raises NotAllowedNow once it is written, or when that is not offered."""
    _ready(row.contact_import)
    row = ImportRow.objects.select_for_update().get(pk=row.pk)
    if row.reason == ImportRow.Reason.LINKED or (row.reason == ImportRow.Reason.UNFIT and choice != Choice.LEAVE):
        raise NotAllowedNow(f"{row} is {row.get_reason_display()}.")
    offered = {*row.candidates, *filter(None, [row.party_id])}
    if choice == Choice.LINK and (party is None or party.pk not in offered):
        raise NotAllowedNow("Choose one of the customers that are offered.")
    row.choice, row.party = choice, party if choice == Choice.LINK else row.party
    try:
        with transaction.atomic():
            row.save(update_fields=["choice", "party"])
    except IntegrityError as error:
        raise NotAllowedNow(f"Another contact is linked to {party} in this import.") from error
    return row


@transaction.atomic
def choose_many(run: ContactImport, reason: str, choice: str) -> int:
    """Import all that were skipped for this reason after all, or leave them out again; returns how many."""
    _ready(run)
    if reason in {ImportRow.Reason.LINKED, ImportRow.Reason.UNFIT, ""} or choice not in {Choice.CREATE, Choice.LEAVE}:
        raise NotAllowedNow("These cannot be imported.")
    return run.rows.filter(verdict=Verdict.SKIPPED, reason=reason).update(choice=choice)


@transaction.atomic
def use_person_rule(run: ContactImport, rule: str) -> ContactImport:
    run = _ready(run)
    run.person_rule = ContactImport.PersonRule(rule)
    run.save(update_fields=["person_rule"])
    return run


@transaction.atomic
def confirm(run: ContactImport, by: Any = None) -> ContactImport:
    """Write what the dry run says. Whoever is not decided about stays out."""
    run = _ready(run)
    run.rows.filter(choice=Choice.OPEN).update(choice=Choice.LEAVE)
    run.stage, run.confirmed_by, run.confirmed_at, run.message = Stage.WRITING, by, timezone.now(), ""
    run.save(update_fields=["stage", "confirmed_by", "confirmed_at", "message"])
    wake_import()
    return run


@transaction.atomic
def stop(run: ContactImport) -> ContactImport:
    """End it before anything is written. Raises NotAllowedNow afterwards."""
    run = ContactImport.objects.select_for_update().get(pk=run.pk)
    if run.stage not in {Stage.READING, Stage.READY}:
        raise NotAllowedNow(f"It is too late to stop: {run.get_stage_display().lower()}.")
    run.stage, run.finished_at = Stage.STOPPED, timezone.now()
    run.save(update_fields=["stage", "finished_at"])
    return run


def _ready(run: ContactImport) -> ContactImport:
    run = ContactImport.objects.select_for_update().get(pk=run.pk)
    if run.stage != Stage.READY:
        raise NotAllowedNow(f"Not now: {run.get_stage_display().lower()}.")
    return run


# What it says


def counts(run: ContactImport) -> dict[str, dict[str, int]]:
    """How many by verdict, by reason, by choice and by outcome; one query."""
    found: dict[str, dict[str, int]] = {"verdict": {}, "reason": {}, "choice": {}, "outcome": {}}
    for *groups, count in run.rows.order_by().values_list(*found).annotate(n=Count("pk")):
        for totals, value in zip(found.values(), groups, strict=True):
            totals[value] = totals.get(value, 0) + count
    return found


def people_preview(run: ContactImport) -> dict[str, tuple[int, int]]:
    """Rule → (people, companies) among those that would be made."""
    made = run.rows.filter(choice=Choice.CREATE).order_by().values_list("likeness").annotate(n=Count("pk"))
    return classify.preview(dict(made))


def percent(run: ContactImport, totals: dict[str, dict[str, int]]) -> int:
    """How far the present step is, of a hundred."""
    rows = sum(totals["verdict"].values())
    if run.stage == Stage.READING:
        return min(rows * 100 // run.in_xero, 99) if run.in_xero else 0
    if run.stage == Stage.WRITING:
        return (rows - totals["outcome"].get("", 0)) * 100 // rows if rows else 0
    return 100


# What the worker does


def work(longest: timedelta = timedelta(seconds=60)) -> bool:
    """Go on with the open import for at most so long; True when it has come to rest."""
    run = ContactImport.objects.filter(stage__in=[Stage.READING, Stage.WRITING]).select_related("connection").first()
    if run is None or not _claim(run):
        return run is None
    end = timezone.now() + longest
    try:
        while timezone.now() < end:
            if not step(run):
                return True
    finally:
        ContactImport.objects.filter(pk=run.pk).update(busy_until=None)
    wake_import()
    return False


def _claim(run: ContactImport) -> bool:
    """One worker at a time, by compare and swap."""
    now = timezone.now()
    free = ContactImport.objects.filter(Q(busy_until=None) | Q(busy_until__lt=now), pk=run.pk)
    return bool(free.update(busy_until=now + IN_HAND))


def step(run: ContactImport) -> bool:
    """One page read, the judging, or one chunk written. False when it rests: for a person, or until Xero is back."""
    run.refresh_from_db()
    now = timezone.now()
    ContactImport.objects.filter(pk=run.pk).update(busy_until=now + IN_HAND)
    if run.stage == Stage.WRITING:
        return _write(run)
    if run.stage != Stage.READING or run.connection.parked(now):
        return False
    try:
        return _read(run)
    except (NotSent, NoAnswer, Incomplete) as error:
        ContactImport.objects.filter(pk=run.pk).update(message=f"Xero could not be read, it is tried again: {error}")
        if isinstance(error, Incomplete):
            connections.heard(run.connection, error.reply, timezone.now())
    except ConnectionLost as error:
        connections.lost(run.connection, error.cause)
    return False


def _read(run: ContactImport) -> bool:
    """One page. By ContactID, which no edit changes: so nobody moves from a page not read to one that is."""
    params = {"includeArchived": "true", "order": "ContactID", "page": str(run.next_page), "pageSize": str(PAGE)}
    reply = read(Client(run.connection), Call("GET", "Contacts", params))
    connections.note_limits(run.connection, reply.limits, timezone.now())
    rows = listed(reply.data or {}, "Contacts")
    total, last = _extent(reply, rows, run)
    with transaction.atomic():
        _keep(run, rows)
        ContactImport.objects.filter(pk=run.pk).update(
            next_page=F("next_page") + 1, reads=F("reads") + 1, in_xero=total, message=""
        )
        if not last:
            return True
        if run.rows.count() < total:  # what was there is not here: somebody changed the order under us
            ContactImport.objects.filter(pk=run.pk).update(next_page=1)
            return True
        _judge(run)
    return False


def _extent(reply: Reply, rows: Sequence[Element], run: ContactImport) -> tuple[int, bool]:
    """How many there are, and whether this was the last page. Xero says both; without that a short page is the last."""
    pagination = (reply.data or {}).get("pagination") or {}
    if "itemCount" in pagination:
        return int(pagination["itemCount"]), run.next_page >= int(pagination["pageCount"])
    return (run.next_page - 1) * PAGE + len(rows), len(rows) < PAGE


def _keep(run: ContactImport, rows: Sequence[Element]) -> None:
    ImportRow.objects.bulk_create(
        [
            ImportRow(contact_import=run, contact_id=row["ContactID"], name=row.get("Name", "")[:255], element=row)
            for row in rows
        ],
        update_conflicts=True,
        unique_fields=["contact_import", "contact_id"],
        update_fields=["name", "element"],
        batch_size=CHUNK,
    )


def _judge(run: ContactImport) -> None:
    known, rows = _known(run.connection), list(run.rows.order_by("contact_id"))
    judgements = [classify.judge(row.element, known) for row in rows]
    twice = classify.asked_twice(judgements)
    for row, one in zip(rows, judgements, strict=True):
        if one.party_id in twice:
            one = replace(one, verdict=Verdict.PROBABLE, party_id=None, candidates=(one.party_id or 0,))  # noqa: PLW2901
        row.verdict, row.reason, row.note, row.choice = one.verdict, one.reason, one.note, one.choice
        row.party_id, row.candidates, row.likeness = one.party_id, list(one.candidates), classify.likeness(row.element)
    fields = ["verdict", "reason", "note", "choice", "party", "candidates", "likeness"]
    importing_rows.store(rows, fields)
    ContactImport.objects.filter(pk=run.pk).update(stage=Stage.READY)


def _known(connection: Connection) -> classify.Known:
    """Three queries, however many there are."""
    known = classify.Known()
    links = SyncRecord.objects.filter(connection=connection, kind="contact", remote_id__isnull=False)
    linked_here = set()
    for object_id, remote_id in links.values_list("object_id", "remote_id"):
        linked_here.add(object_id)
        known.linked.add(str(remote_id))
    for pk, name, email, archived_at in Party.objects.values_list("pk", "name", "email", "archived_at"):
        if pk not in linked_here:
            known.add(pk, name, email, archived_at is not None)
    for pk, digits in PhoneNumber.objects.exclude(digits="").values_list("party_id", "digits"):
        if pk not in linked_here:
            known.by_phone[digits].add(pk)
    return known


def _write(run: ContactImport) -> bool:
    """One chunk, in one transaction with what it says of itself."""
    with transaction.atomic():
        waiting = run.rows.filter(outcome="").exclude(choice=Choice.OPEN)
        rows = list(waiting.select_for_update(of=("self",)).order_by("pk")[:CHUNK])
        if rows:
            importing_rows.write(run, rows)
            return True
        ContactImport.objects.filter(pk=run.pk).update(stage=Stage.DONE, finished_at=timezone.now())
    # whoever was edited in Xero since the dry run is read again, and merged
    connections.look_back(run.connection, run.started_at - timedelta(minutes=5))
    return False
