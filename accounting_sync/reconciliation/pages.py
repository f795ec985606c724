"""The page on which somebody compares stock here with Xero, reads why they differ, and puts Xero right."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from accounting_sync import connections, links
from accounting_sync.models import Connection, Reconciliation
from accounting_sync.pages.forms import AsAtForm, CatchUpForm
from accounting_sync.reconciliation.compare import correct, reconcile, terms
from accounting_sync.standing import AGREES, ASKS, HEALS
from accounting_sync.walk import Incomplete
from accounting_sync.xero.oauth import ConnectionLost
from accounting_sync.xero.transport import NoAnswer, NotSent
from workshop.errors import WorkshopError
from workshop.manager.access import GarageRequest, changes, may, reads

VIEW, CORRECT = "accounting_sync.view_connection", "accounting_sync.correct_stock"
MONTHS = 12
Reason = Reconciliation.Reason


@dataclass(frozen=True)
class Term:
    """One reason why both sides differ, with its documents."""

    words: str
    amount: Decimal
    entries: list[dict[str, Any]]


@dataclass(frozen=True)
class Shown:
    reconciliation: Reconciliation
    terms: list[Term]

    @property
    def unexplained(self) -> Decimal:
        return sum((term.amount for term in self.terms if term.words == Reason.REST.label), Decimal(0))

    @property
    def tone(self) -> str:
        """Green agrees, amber is explained and heals by itself, red asks for somebody."""
        if not self.reconciliation.difference:
            return AGREES
        return ASKS if self.unexplained or self.reconciliation.proposed else HEALS


@reads(VIEW)
def reconciliation_page(request: GarageRequest) -> HttpResponse:
    """The latest comparison, or that of ``?as_at=``, and how both sides stood at the end of each month."""
    connection = Connection.objects.live().first()
    if connection is None:
        return redirect("accounting:connection")
    form = AsAtForm(request.GET or None)
    day = form.cleaned_data["as_at"] if form.is_bound and form.is_valid() else _latest(connection)
    found = connection.reconciliations.filter(as_at=day) if day else []
    context = {
        "connection": connection,
        "form": form if form.is_bound else AsAtForm(initial={"as_at": day or request.garage.today()}),
        "as_at": day,
        "shown": [shown(one) for one in found],
        "months": by_month(connection),
        "may_correct": may(request.user, CORRECT),
        "correct_form": CatchUpForm(),
        "switched_on": connection.moves_stock,
    }
    return render(request, "accounting_sync/reconciliation.html", context)


def _latest(connection: Connection) -> date | None:
    return connection.reconciliations.values_list("as_at", flat=True).first()


def shown(reconciliation: Reconciliation) -> Shown:
    return Shown(
        reconciliation,
        [
            Term(Reason(reason).label, amount, [_linked(e) for e in reconciliation.entries if e["reason"] == reason])
            for reason, amount in terms(reconciliation).items()
        ],
    )


def _linked(entry: dict[str, Any]) -> dict[str, Any]:
    """With the address of its own page, where it has one here."""
    kind, object_id = entry["kind"], entry["object_id"]
    known = object_id and kind in {"journal", "bill", "supplier_credit"}
    return entry | {
        "url": links.here(kind, object_id) if known else "",
        "amount": Decimal(entry["amount"]),
        "dated": date.fromisoformat(entry["dated"]) if entry["dated"] else None,
    }


def by_month(connection: Connection) -> list[Reconciliation]:
    """The last comparison of each month and account, newest first."""
    latest: dict[tuple[int, int, str], Reconciliation] = {}
    for one in connection.reconciliations.order_by("-as_at").defer("entries")[: 62 * MONTHS]:
        latest.setdefault((one.as_at.year, one.as_at.month, one.account), one)
    return list(latest.values())[: 2 * MONTHS]


@changes(VIEW)
def compare_now(request: GarageRequest) -> HttpResponse:
    """Ask Xero for the day typed, today unless one is."""
    connection, form = Connection.objects.live().first(), AsAtForm(request.POST)
    if connection is None or not form.is_valid():
        messages.error(request, "Give the day as a date.")
        return redirect("accounting:reconciliation")
    try:
        reconcile(connection, form.cleaned_data["as_at"])
    except ConnectionLost as error:
        connections.lost(connection, error.cause)
        messages.error(request, str(error))
    except (NotSent, NoAnswer, Incomplete) as error:
        messages.error(request, f"{error} Nothing was changed; try again in a minute.")
    except WorkshopError as refusal:
        messages.error(request, refusal.sentence)
    day = form.cleaned_data["as_at"] or request.garage.today()
    return redirect(f"{reverse('accounting:reconciliation')}?as_at={day.isoformat()}")


@changes(CORRECT)
def post_correction(request: GarageRequest, pk: int) -> HttpResponse:
    """The proposed journal, on the day typed."""
    reconciliation, form = get_object_or_404(Reconciliation, pk=pk), CatchUpForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Give the day as a date.")
    else:
        try:
            journal = correct(reconciliation, on=form.cleaned_data["date"])
        except WorkshopError as refusal:
            messages.error(request, refusal.sentence)
        else:
            messages.success(request, f"{journal} is on its way to Xero.")
    return redirect(f"{reverse('accounting:reconciliation')}?as_at={reconciliation.as_at.isoformat()}")
