"""What Xero's smallest plans allow: so many approved invoices and bills dated in one month.

Whether a plan is full is Xero's to say: it also counts what was made there. Source of the numbers: Xero's limits page.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import DateField, Min, OuterRef, Subquery
from django.db.models.functions import TruncMonth

from accounting_sync import queue
from accounting_sync.documents import DOCUMENTS
from accounting_sync.models import Connection, State, SyncRecord
from accounting_sync.models.sync_record import SyncRecordQuerySet
from accounting_sync.reconcile import GONE

CAPS = {"invoice": 20, "bill": 5}
SMALL_PLANS = frozenset({"STARTER", "IGNITE", "EARLY", "LITE", "BASICLITE"})
WARN_AT = 0.8

Month = tuple[int, int]


@dataclass(frozen=True)
class Use:
    """Of one kind in one month: how many of ours Xero holds, how many its plan allows, how many wait for the next."""

    label: str
    month: date
    used: int
    cap: int
    held: int

    @property
    def is_near(self) -> bool:
        return self.held > 0 or self.used >= self.cap * WARN_AT


def use(connection: Connection, today: date) -> list[Use]:
    """Nothing on a plan without such a limit."""
    if connection.plan_class not in SMALL_PLANS:
        return []
    return [
        Use(
            f"{DOCUMENTS[kind].label}s".lower(), today, _in_xero(connection, kind, today), cap,
            _held(connection, kind).count(),
        )
        for kind, cap in CAPS.items()
    ]  # fmt: skip


def _in_xero(connection: Connection, kind: str, month: date) -> int:
    linked = SyncRecord.objects.filter(connection=connection, kind=kind, remote_id__isnull=False)
    there = linked.exclude(remote_status__in=GONE).values("object_id")
    dated = DOCUMENTS[kind].model._default_manager.filter(date__year=month.year, date__month=month.month)
    return dated.filter(pk__in=there).count()


def _held(connection: Connection, kind: str) -> SyncRecordQuerySet:
    return SyncRecord.objects.filter(connection=connection, kind=kind, state=State.WAITING, code="plan_cap")


def full_months(connection: Connection, kind: str) -> dict[Month, int]:
    """Months of which Xero took no more, each with the record that waits longest: what is behind it is not tried."""
    if kind not in CAPS:
        return {}
    dated = DOCUMENTS[kind].model._default_manager.filter(pk=OuterRef("object_id")).values("date")[:1]
    months = _held(connection, kind).order_by().annotate(month=TruncMonth(Subquery(dated, output_field=DateField())))
    firsts = months.values("month").annotate(first=Min("pk")).values_list("month", "first")
    return {(month.year, month.month): first for month, first in firsts if month}


def try_the_next(connection: Connection) -> int:
    """One record of each full month is sent again, the longest waiting: a void or a larger plan may have made room."""
    firsts = [first for kind in CAPS for first in full_months(connection, kind).values()]
    return queue.wake(connection, ["plan_cap"], firsts)
