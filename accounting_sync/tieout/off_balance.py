"""Who is off balance, as the last tie-out that was done found it: a chip and a filter on the workshop's own lists."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from django.db.models import Case, CharField, OuterRef, QuerySet, Subquery, Value, When
from django.urls import reverse

from accounting_sync.models import Connection, TieOutDifference, TieOutRun
from accounting_sync.standing import ASKS, HEALS
from workshop import marks
from workshop.models import Customer, Supplier

VIEW = "accounting_sync.view_connection"
WORDS = "Off balance"
SIDES: dict[str, Any] = {"customer": Customer, "supplier": Supplier}
TONE = Case(
    When(verdict=TieOutDifference.Verdict.DIFFERS, then=Value(ASKS)), default=Value(HEALS), output_field=CharField()
)


def balances(side: str) -> QuerySet[TieOutDifference]:
    """Each balance that differs, of the customers or of the suppliers."""
    done = TieOutRun.objects.filter(stage=TieOutRun.Stage.DONE).exclude(
        connection__status=Connection.Status.DISCONNECTED
    )
    latest = Subquery(done.order_by("-id").values("pk")[:1])
    return TieOutDifference.objects.unsettled().filter(kind=side, run=latest).order_by()


def amount(side: str) -> Subquery:
    """For each row of customers, or of suppliers: more (+) or less (−) in Xero, in cents."""
    return Subquery(balances(side).filter(party_id=OuterRef("pk")).values("amount")[:1])


def tone(side: str) -> Subquery:
    return Subquery(balances(side).filter(party_id=OuterRef("pk")).annotate(tone=TONE).values("tone")[:1])


def carriers(side: str) -> QuerySet[Any]:
    return balances(side).values("party_id")


def chips(side: str, ids: Sequence[int]) -> dict[int, marks.Chip]:
    found = balances(side).filter(party_id__in=ids).annotate(tone=TONE).values_list("party_id", "amount", "tone")
    home = reverse("accounting:tie-out")
    return {pk: marks.Chip(WORDS, sum_, tone, f"{home}?party={pk}#differences") for pk, sum_, tone in found if pk}


def register() -> None:
    for side, model in SIDES.items():
        mark = marks.Mark("off_balance", WORDS, VIEW, partial(carriers, side), partial(chips, side))
        marks.register(model, mark)
