"""What stays out of Xero because a switch was off: its sum, and posting it after all in one sum."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import QuerySet, Sum
from django.utils.formats import date_format

from accounting_sync import queue
from accounting_sync.models import Connection, State, SyncRecord
from accounting_sync.wake import wake_drain
from workshop.errors import NotAllowedNow
from workshop.models import Bill, Organisation, StockJournal, SupplierCredit
from workshop.money import ZERO
from workshop.stock.posting import post_without_goods

Pair = tuple[str, str]


@dataclass(frozen=True)
class KeptBack:
    """Not posted by choice, in cents: of stock by pair of accounts (debit, credit), and of purchases with tax."""

    stock: dict[Pair, Decimal]
    purchases: Decimal

    @property
    def stock_total(self) -> Decimal:
        return sum((abs(amount) for amount in self.stock.values()), ZERO)


def kept_back(connection: Connection) -> KeptBack:
    """What of it still counts here: undone documents do not, and what was caught up and undone since counts against."""
    stock: dict[Pair, Decimal] = defaultdict(lambda: ZERO)
    for sign, journals in ((1, _waiting(connection)), (-1, _undone(connection))):
        rows = journals.order_by().values_list("debit", "credit").annotate(sum=Sum("amount"))
        for debit, credit, amount in rows:
            if (credit, debit) in stock:
                stock[credit, debit] -= sign * amount
            else:
                stock[debit, credit] += sign * amount
    return KeptBack({pair: amount for pair, amount in stock.items() if amount}, _purchases(connection))


def _records(connection: Connection, kind: str, code: str) -> QuerySet[SyncRecord]:
    return SyncRecord.objects.filter(connection=connection, kind=kind, state=State.SKIPPED, code=code)


def _waiting(connection: Connection) -> QuerySet[StockJournal]:
    ids = _records(connection, "journal", "by_choice").values("object_id")
    return StockJournal.objects.filter(pk__in=ids, voided_at=None)


def _undone(connection: Connection) -> QuerySet[StockJournal]:
    caught_up = _records(connection, "journal", "caught_up").exclude(base__has_key="taken_back")
    return StockJournal.objects.filter(pk__in=caught_up.values("object_id"), voided_at__isnull=False)


def _purchases(connection: Connection) -> Decimal:
    bills = Bill.objects.filter(pk__in=_records(connection, "bill", "by_choice").values("object_id"), voided_at=None)
    credit_ids = _records(connection, "supplier_credit", "by_choice").values("object_id")
    returned = SupplierCredit.objects.filter(pk__in=credit_ids, voided_at=None)
    return _total(bills) - _total(returned)


def _total(documents: Any) -> Decimal:
    return documents.aggregate(sum=Sum("total"))["sum"] or ZERO


@transaction.atomic
def catch_up(connection: Connection, *, on: date | None = None, by: Any = None) -> list[StockJournal]:
    """Post what was kept back of stock, one journal for each pair of accounts. For the owner to decide.

    Raises NotAllowedNow while journals are off or when there is nothing, InvalidInput for a day in closed books.
    """
    Connection.objects.select_for_update().get(pk=connection.pk)  # two who press at once post once
    if not connection.journals_since:
        raise NotAllowedNow("Turn on the inventory journals first.")
    sums = kept_back(connection).stock
    waiting = list(_waiting(connection).values_list("pk", flat=True))
    undone = list(_undone(connection).values_list("pk", flat=True))
    if not waiting and not undone:
        raise NotAllowedNow("Nothing is kept back.")
    today = Organisation.current().today()
    amounts = [(debit, credit, amount) for (debit, credit), amount in sums.items()]
    narration = f"Catch-up of stock movements not posted before {date_format(today)}"
    journals = post_without_goods(StockJournal.Kind.CATCH_UP, amounts, narration, on)
    queue.caught_up(_of(connection, waiting), {"caught_up": True}, by)
    queue.caught_up(_of(connection, undone), {"taken_back": True}, by)
    wake_drain()
    return journals


def _of(connection: Connection, ids: list[int]) -> QuerySet[SyncRecord]:
    return SyncRecord.objects.filter(connection=connection, kind="journal", object_id__in=ids)
