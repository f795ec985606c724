"""What Xero holds with our marker and no record of ours is linked to: the same twice, or ours but not linked."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.conf import settings
from django.db.models import Count, QuerySet
from django.db.models.functions import Lower

from accounting_sync.documents.payment import reference_of
from accounting_sync.models import SeenInXero, SyncRecord, TieOutDifference
from accounting_sync.models.sync_record import UNRESOLVED
from accounting_sync.tieout.compare import Part
from accounting_sync.tieout.comparing import Comparison
from accounting_sync.tieout.theirs import in_chunks
from workshop.models import CreditNote, Deposit, Invoice, Payment, Refund
from workshop.money import ZERO

Reason, Field = TieOutDifference.Reason, TieOutDifference.Field
MARKER = re.compile(r"/(invoices|bills)/(\d{1,18})/$")
MARKED = {"invoices": "invoice", "bills": "bill"}
RESTING: dict[str, Any] = {"invoice": Invoice, "credit_note": CreditNote, "deposit": Deposit}
RESTS_ON = list(RESTING)
NUMBERED = {"ACCREC": "invoice", "ACCRECCREDIT": "credit_note"}  # ours alone to give; a supplier's number is not
MONEY: dict[str, Any] = {"payment": Payment, "refund": Refund}


def _not_linked(comparison: Comparison) -> QuerySet[SeenInXero]:
    return comparison.run.seen.filter(linked="", live=True)


# Money


def payments(comparison: Comparison) -> None:
    """Money in Xero, on a document of ours, that is not here: not read yet, or the same twice."""
    rows = _not_linked(comparison).filter(resource="Payments").order_by("pk")
    for read in in_chunks(rows.iterator()):
        found = comparison.linked(RESTS_ON, {row.target_id for row in read})
        chunk = [row for row in read if row.target_id in found]
        ours, whose = _money_here(comparison, found.values()), _whose(found.values())
        for row in chunk:
            target = found[row.target_id]
            _payment(comparison, row, target, ours.get(target.pk, []), whose.get(target.pk))


def _money_here(comparison: Comparison, targets: Iterable[SyncRecord]) -> dict[int, list[tuple[Any, SyncRecord]]]:
    """What was paid or given back here, by the record of what it rests on."""
    by_target: dict[int, list[tuple[Any, SyncRecord]]] = defaultdict(list)
    targets = list(targets)
    for field, kind in (("invoice", "payment"), ("credit_note", "refund"), ("deposit", "refund")):
        pks = {target.object_id: target.pk for target in targets if target.kind == field}
        rows = list(MONEY[kind].objects.filter(**{f"{field}__in": list(pks)}))
        records = comparison.records(kind, [row.pk for row in rows])
        for row in rows:
            if row.pk in records:
                by_target[pks[getattr(row, f"{field}_id")]].append((row, records[row.pk]))
    return by_target


def _whose(targets: Iterable[SyncRecord]) -> dict[int, int]:
    """The customer, by the record of what was paid or given back."""
    whose: dict[int, int] = {}
    for kind, model in RESTING.items():
        pks = {target.object_id: target.pk for target in targets if target.kind == kind}
        rows = model.objects.filter(pk__in=list(pks)).values_list("pk", "customer_id")
        whose |= {pks[pk]: customer_id for pk, customer_id in rows}
    return whose


def _payment(
    comparison: Comparison,
    row: SeenInXero,
    target: SyncRecord,
    here: Sequence[tuple[Any, SyncRecord]],
    party_id: int | None,
) -> None:
    if any(one.amount == row.total and record.remote_id is None for one, record in here):
        return  # the same money, typed here and not sent: that one is told of
    kind = "payment" if target.kind == "invoice" else "refund"
    reason = _why(row, target, here)
    comparison.parts[target.kind, target.object_id].append(
        Part(reason, -row.total, row.number, target.pk, kind, remote_id=row.remote_id)
    )
    comparison.add(
        TieOutDifference(
            kind=kind, reason=reason, dated=row.dated, party_id=party_id, record_id=target.pk,
            remote_id=row.remote_id, title=f"{row.number or 'Payment'} on {target}"[:255], field=Field.PRESENCE,
            ours="not here", theirs=f"{row.total}", amount=row.total,
            changed_at=row.updated_at,
        )
    )  # fmt: skip


def _why(row: SeenInXero, target: SyncRecord, here: Sequence[tuple[Any, SyncRecord]]) -> str:
    if row.number and any(reference_of(one) == row.number and record.remote_id for one, record in here):
        return Reason.TWICE
    if target.do_not_import:
        return Reason.BY_DECISION
    return Reason.REFUSED if target.state in UNRESOLVED else Reason.NOT_READ


# Documents


def documents(comparison: Comparison) -> None:
    """Whatever carries our address or our number a second time, or without a link."""
    told: set[str] = set()
    for rows in (_by_address(comparison), _by_number(comparison)):
        for chunk in in_chunks(rows.iterator()):
            told |= _twice(comparison, [row for row in chunk if row.remote_id not in told])
    marked = _not_linked(comparison).filter(url__startswith=f"{settings.SITE_URL}/")
    for chunk in in_chunks(marked.order_by("pk").iterator()):
        _without_link(comparison, [row for row in chunk if row.remote_id not in told])


def _by_address(comparison: Comparison) -> QuerySet[SeenInXero]:
    live = comparison.run.seen.filter(resource="Invoices", live=True).exclude(url="")
    twice = live.order_by().values("url").annotate(times=Count("pk")).filter(times__gt=1).values("url")
    return _not_linked(comparison).filter(resource="Invoices", url__in=twice).order_by("pk")


def _by_number(comparison: Comparison) -> QuerySet[SeenInXero]:
    """Beside one of ours that is linked."""
    live = comparison.run.seen.filter(type__in=NUMBERED, live=True).exclude(number="")
    folded = live.order_by().annotate(folded=Lower("number")).values("type", "folded")
    twice = folded.annotate(times=Count("pk")).filter(times__gt=1).values("folded")
    mine = _not_linked(comparison).annotate(folded=Lower("number"))
    return mine.filter(type__in=NUMBERED, folded__in=twice).order_by("pk")


def _twice(comparison: Comparison, rows: Sequence[SeenInXero]) -> set[str]:
    """Only what stands beside one that a record of ours is linked to; returns the ids that were told of."""
    linked = _linked_twins(comparison, rows)
    told = set()
    for row in rows:
        record = linked.get(row.url) or linked.get(_number(row))
        if record is not None:
            told.add(row.remote_id)
            _add(comparison, row, record, Reason.TWICE, "once", "twice")
    return told


def _number(row: SeenInXero) -> str:
    return f"{row.type} {row.number.lower()}"


def _linked_twins(comparison: Comparison, rows: Sequence[SeenInXero]) -> dict[str, SyncRecord]:
    """By address, and by type and number."""
    seen = comparison.run.seen.filter(live=True)
    urls, numbers = {row.url for row in rows if row.url}, {row.number.lower() for row in rows if row.number}
    by_number = seen.filter(type__in=NUMBERED).annotate(folded=Lower("number")).filter(folded__in=numbers)
    twins = [*seen.filter(url__in=urls, resource="Invoices"), *by_number]
    records = comparison.linked(["invoice", "bill", "credit_note"], {twin.remote_id for twin in twins})
    found: dict[str, SyncRecord] = {}
    for twin in twins:
        if record := records.get(twin.remote_id):
            found |= {_number(twin): record} if twin.type in NUMBERED else {}
            found |= {twin.url: record} if twin.url else {}
    return found


def _without_link(comparison: Comparison, rows: Sequence[SeenInXero]) -> None:
    marked = [(row, MARKER.search(row.url)) for row in rows]
    ids = {"invoice": set[int](), "bill": set[int]()}
    for _, marker in marked:
        if marker:
            ids[MARKED[marker[1]]].add(int(marker[2]))
    records = {kind: comparison.records(kind, object_ids) for kind, object_ids in ids.items()}
    for row, marker in marked:
        if marker:
            record = records[MARKED[marker[1]]].get(int(marker[2]))
            _add(comparison, row, record, Reason.NOT_LINKED, "not linked", f"{row.total}")


def _add(
    comparison: Comparison, row: SeenInXero, record: SyncRecord | None, reason: str, ours: str, theirs: str
) -> None:
    kind = record.kind if record else {"ACCPAY": "bill"}.get(row.type, "invoice")
    comparison.balances.strays[row.remote_id] = reason
    comparison.add(
        TieOutDifference(
            kind=kind, reason=reason, dated=row.dated, object_id=record.object_id if record else None,
            party_id=comparison.balances.holders.get(row.contact_id), record_id=record.pk if record else None,
            remote_id=row.remote_id, title=(row.number or row.url)[:255], field=Field.PRESENCE, ours=ours,
            theirs=theirs, amount=row.total or ZERO, changed_at=row.updated_at,
        )
    )  # fmt: skip
