"""What is worth here on a day, and which of it Xero cannot know: from the database alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum

from accounting_sync.models import Connection, Reconciliation, State, SyncRecord
from accounting_sync.reconcile import GONE
from workshop.models import (
    BillLine,
    Receipt,
    Source,
    StockJournal,
    StockMovement,
    SupplierCredit,
    SupplierCreditLine,
)
from workshop.money import ZERO

Reason = Reconciliation.Reason
BUYING = [Source.RECEIPT, Source.BILL]
XERO_ALONE = [StockJournal.Kind.CATCH_UP, StockJournal.Kind.CORRECTING]
CHOSEN = {"by_choice": Reason.BY_CHOICE, "caught_up": Reason.BY_CHOICE, "by_person": Reason.BY_PERSON,
          "do_not_export": Reason.BY_PERSON, "before_start_date": Reason.BY_CHOICE}  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """One document's part in the difference: what Xero has of it more (+) or less (−) than is here, in cents."""

    reason: str
    amount: Decimal
    title: str
    kind: str = ""
    object_id: int | None = None
    remote_id: str = ""
    dated: str = ""


def worth(account: str, as_at: date) -> Decimal:
    """Pools, or lots, as they stood: the sum of what moved up to then."""
    return _sum(_movements(account, as_at), "value")


def _movements(account: str, as_at: date) -> QuerySet[StockMovement]:
    return StockMovement.objects.filter(date__lte=as_at, lot__isnull=account == Reconciliation.Account.STOCK)


def _sum(rows: QuerySet[Any], field: str) -> Decimal:
    return rows.aggregate(sum=Sum(field))["sum"] or ZERO


def posted(journals: QuerySet[StockJournal], account: str) -> Decimal:
    """Debits less credits."""
    return _sum(journals.filter(debit=account), "amount") - _sum(journals.filter(credit=account), "amount")


def ledger(account: str, as_at: date) -> QuerySet[StockJournal]:
    """The journals that count here on that day."""
    touching = StockJournal.objects.filter(Q(debit=account) | Q(credit=account), date__lte=as_at)
    return touching.exclude(kind__in=XERO_ALONE)


def bill_lines(account: str, as_at: date) -> QuerySet[BillLine]:
    return BillLine.objects.filter(account=account, bill__date__lte=as_at)


def credit_lines(account: str, as_at: date) -> QuerySet[SupplierCreditLine]:
    final = [SupplierCredit.Status.FINALISED, SupplierCredit.Status.VOIDED]
    return SupplierCreditLine.objects.filter(account=account, credit__date__lte=as_at, credit__status__in=final)


# What no document of the books says


def without_a_document(account: str, as_at: date) -> list[Entry]:
    """Goods received and not billed, what the garage opened with, and whatever else moved without a document."""
    moved, journals = _movements(account, as_at), ledger(account, as_at).filter(voided_at=None)
    billed = _sum(bill_lines(account, as_at).filter(bill__voided_at=None), "line_amount")
    bought = _sum(moved.filter(source__in=BUYING), "value") - posted(journals.filter(source__in=BUYING), account)
    opening = _sum(moved.filter(kind=StockMovement.Kind.OPENING), "value")
    returned = _sum(credit_lines(account, as_at).filter(credit__voided_at=None), "line_amount")
    rest = _sum(moved.exclude(source__in=BUYING), "value") - opening
    rest -= posted(journals.exclude(source__in=BUYING), account) - returned
    entries = _not_billed(account, as_at, bought - billed)
    entries.append(Entry(Reason.OPENING, -opening, "Opening stock"))
    entries.append(Entry(Reason.REST, -rest, "Moved here without a document"))
    return [entry for entry in entries if entry.amount]


def _not_billed(account: str, as_at: date, total: Decimal) -> list[Entry]:
    """By delivery, as far as one stands for it; a bill dated before its goods came is the same the other way round."""
    open_ = Q(date__lte=as_at) & (Q(bill=None) | Q(bill__date__gt=as_at))
    early = Q(date__gt=as_at, bill__date__lte=as_at)
    deliveries = Receipt.objects.filter(open_ | early).exclude(status=Receipt.Status.UNDONE)
    entries = [_delivery(account, as_at, receipt) for receipt in deliveries.select_related("bill", "order__supplier")]
    known = sum((entry.amount for entry in entries), ZERO)
    return [*entries, Entry(Reason.NOT_BILLED, -total - known, "Bills and deliveries of different days")]


def _delivery(account: str, as_at: date, receipt: Receipt) -> Entry:
    of = {"source": Source.RECEIPT, "source_id": receipt.pk}
    moved = _sum(_movements(account, as_at).filter(**of), "value")
    moved -= posted(ledger(account, as_at).filter(voided_at=None, **of), account)
    if receipt.bill_id:
        billed = bill_lines(account, as_at).filter(bill=receipt.bill_id, bill__voided_at=None)
        of = {"source": Source.BILL, "source_id": receipt.bill_id}
        moved += _sum(_movements(account, as_at).filter(**of), "value") - _sum(billed, "line_amount")
        moved -= posted(ledger(account, as_at).filter(voided_at=None, **of), account)
    title = f"{receipt} of {receipt.order.supplier}"
    return Entry(Reason.NOT_BILLED, -moved, title, "receipt", receipt.pk, dated=receipt.date.isoformat())


# What is in the books here and not, or not yet, in Xero


def not_in_step(connection: Connection, account: str, as_at: date) -> list[Entry]:
    """Each document of ours that Xero lacks, holds although it is void here, or holds alone."""
    journals = StockJournal.objects.filter(Q(debit=account) | Q(credit=account), date__lte=as_at)
    rows: list[tuple[str, Any, Decimal, bool]] = []
    for journal in _astray(connection, "journal", journals):
        amount = journal.amount if journal.debit == account else -journal.amount
        rows.append(("journal", journal, amount, journal.voided_at is not None))
    for kind, lines, document, sign in (
        ("bill", bill_lines(account, as_at), "bill", 1),
        ("supplier_credit", credit_lines(account, as_at), "credit", -1),
    ):
        for one, amount in _astray_documents(connection, kind, lines, document):
            rows.append((kind, one, sign * amount, one.voided_at is not None))
    records = _records(connection, rows)
    entries = [_entry(kind, one, amount, void, records.get((kind, one.pk))) for kind, one, amount, void in rows]
    return [*[entry for entry in entries if entry], *_in_xero_alone(connection, account, as_at)]


def _in_xero(connection: Connection, kind: str, key: str) -> QuerySet[SyncRecord]:
    there = SyncRecord.objects.filter(
        connection=connection, kind=kind, object_id=OuterRef(key), remote_id__isnull=False
    )
    return there.exclude(remote_status__in=GONE)


def _astray(connection: Connection, kind: str, journals: QuerySet[StockJournal]) -> QuerySet[StockJournal]:
    there = Exists(_in_xero(connection, kind, "pk"))
    ours = journals.exclude(kind__in=XERO_ALONE)
    return ours.filter((Q(voided_at=None) & ~there) | (Q(voided_at__isnull=False) & there)).order_by("date", "pk")


def _astray_documents(
    connection: Connection, kind: str, lines: QuerySet[Any], document: str
) -> Iterable[tuple[Any, Decimal]]:
    there = Exists(_in_xero(connection, kind, f"{document}_id"))
    astray = lines.filter(
        (Q(**{f"{document}__voided_at": None}) & ~there) | (Q(**{f"{document}__voided_at__isnull": False}) & there)
    )
    sums = dict(astray.order_by().values_list(document).annotate(sum=Sum("line_amount")))
    model = lines.model._meta.get_field(document).related_model
    return [(one, sums[one.pk]) for one in model.objects.filter(pk__in=sums).order_by("date", "pk")]


def _records(
    connection: Connection, rows: Iterable[tuple[str, Any, Decimal, bool]]
) -> dict[tuple[str, int], SyncRecord]:
    wanted = Q(pk__in=[])
    for kind in ("journal", "bill", "supplier_credit"):
        wanted |= Q(kind=kind, object_id__in=[one.pk for row_kind, one, *_ in rows if row_kind == kind])
    return {(r.kind, r.object_id): r for r in SyncRecord.objects.filter(wanted, connection=connection)}


def _entry(kind: str, one: Any, amount: Decimal, void: bool, record: SyncRecord | None) -> Entry | None:
    """Void here and still in Xero: too much there. Live here and not in Xero: too little."""
    changed = record is not None and record.remote_id and record.remote_status in GONE
    skipped = record is not None and record.state == State.SKIPPED
    reason = Reason.CHANGED if changed else CHOSEN.get(record.code if record and skipped else "", Reason.UNSENT)
    title = (record.title if record else "") or str(one)
    return Entry(reason, amount if void else -amount, title, kind, one.pk, dated=one.date.isoformat())


def _in_xero_alone(connection: Connection, account: str, as_at: date) -> list[Entry]:
    """Catch-ups and corrections: in Xero's balance and in none of ours."""
    journals = StockJournal.objects.filter(Q(debit=account) | Q(credit=account), kind__in=XERO_ALONE, date__lte=as_at)
    there = journals.filter(Exists(_in_xero(connection, "journal", "pk"))).order_by("date", "pk")
    return [
        Entry(
            Reason.BY_CHOICE if journal.kind == StockJournal.Kind.CATCH_UP else Reason.CORRECTED,
            journal.amount if journal.debit == account else -journal.amount,
            journal.narration,
            "journal",
            journal.pk,
            dated=journal.date.isoformat(),
        )
        for journal in there
    ]


def corrections(account: str) -> Decimal:
    """What corrections add to the account, on any day, sent or not: what they put right is not put right twice."""
    journals = StockJournal.objects.filter(kind=StockJournal.Kind.CORRECTING, voided_at=None)
    return posted(journals, account)


def expected(connection: Connection, account: str, as_at: date) -> dict[tuple[str, str], tuple[Decimal, str, date]]:
    """By kind and Xero's id: what of each of our documents in Xero belongs to the account, its title and its day."""
    found: dict[tuple[str, str], tuple[Decimal, str, date]] = {}
    kinds = ["journal", "bill", "supplier_credit", "invoice", "credit_note"]
    linked = SyncRecord.objects.filter(connection=connection, kind__in=kinds, remote_id__isnull=False)
    effects = _effects(account)
    for kind, object_id, remote_id, title in linked.values_list("kind", "object_id", "remote_id", "title").iterator():
        amount, day = effects.get((kind, object_id), (ZERO, as_at))
        found[kind, str(remote_id)] = (amount if day <= as_at else ZERO, title, day)
    return found


def object_ids(connection: Connection, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
    wanted = set(keys)
    linked = SyncRecord.objects.filter(connection=connection, remote_id__isnull=False)
    rows = linked.values_list("kind", "remote_id", "object_id").iterator()
    return {(kind, str(remote_id)): pk for kind, remote_id, pk in rows if (kind, str(remote_id)) in wanted}


def _effects(account: str) -> dict[tuple[str, int], tuple[Decimal, date]]:
    """What each document says, void or not: what is void here and not there is told as such."""
    effects: dict[tuple[str, int], tuple[Decimal, date]] = {}
    journals = StockJournal.objects.filter(Q(debit=account) | Q(credit=account))
    for pk, debit, amount, day in journals.values_list("pk", "debit", "amount", "date").iterator():
        effects["journal", pk] = (amount if debit == account else -amount, day)
    bills = BillLine.objects.filter(account=account).order_by().values_list("bill", "bill__date")
    for pk, day, amount in bills.annotate(sum=Sum("line_amount")):
        effects["bill", pk] = (amount, day)
    credits_ = SupplierCreditLine.objects.filter(account=account).order_by().values_list("credit", "credit__date")
    for pk, day, amount in credits_.annotate(sum=Sum("line_amount")):
        effects["supplier_credit", pk] = (-amount, day)
    return effects
