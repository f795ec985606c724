"""The accounting page: how the connection stands, what it needs, and the buttons that change it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from accounting_sync import (
    connections,
    export_runs,
    item_list,
    new_accounts,
    plan_caps,
    polling,
    settings_history,
    setup,
)
from accounting_sync.checklist import checklist
from accounting_sync.kept_back import kept_back
from accounting_sync.models import Connection, State, SyncRecord, UnfinishedConsent
from accounting_sync.pages.consent import set_up
from accounting_sync.pages.forms import (
    CatchUpForm,
    InvoiceOptionsForm,
    MappingForm,
    ScheduleForm,
    StartDateForm,
    SwitchesForm,
)
from accounting_sync.setup import NotOffered
from accounting_sync.standing import ASKS_SOMEBODY, TONES
from accounting_sync.wake import wake_drain, wake_half_connections
from accounting_sync.walk import Incomplete
from accounting_sync.xero.oauth import ConnectionLost
from accounting_sync.xero.transport import NoAnswer, NotSent
from workshop.errors import WorkshopError
from workshop.manager.access import GarageRequest, changes, edits, may, reads

VIEW, CONNECT, MAP = (
    "accounting_sync.view_connection",
    "accounting_sync.connect_accounting",
    "accounting_sync.map_accounting",
)
CATCH_UP = "accounting_sync.catch_up_stock"
SHOWN_ERRORS = SHOWN_CHANGES = 10
LIVE = Connection.Status


@reads(VIEW)
def connection_page(request: GarageRequest) -> HttpResponse:
    connection = Connection.objects.live().first()
    begun = UnfinishedConsent.objects.first() if connection is None else None
    if begun or (connection and connection.status == LIVE.RECONNECT):
        wake_half_connections()
    if connection is None:
        former = Connection.objects.order_by("-status_since").first()
        context = {"former": former, "begun": begun, "may_connect": may(request.user, CONNECT)}
        return render(request, "accounting_sync/not_connected.html", context)
    return _show(request, connection)


def _show(
    request: GarageRequest,
    connection: Connection,
    start_form: StartDateForm | None = None,
    schedule_form: ScheduleForm | None = None,
) -> HttpResponse:
    context: dict[str, Any] = {
        "connection": connection,
        "may_connect": may(request.user, CONNECT),
        "may_map": may(request.user, MAP),
        "tone": STANDING[connection.status],
        "checklist": checklist(connection),
        "states": states(connection),
        "errors": SyncRecord.objects.filter(ASKS_SOMEBODY, connection=connection)[:SHOWN_ERRORS],
        "start_form": start_form or StartDateForm(initial={"start_date": connection.start_date}),
        "schedule_form": schedule_form or ScheduleForm(instance=connection),
        "webhook_address": f"{settings.SITE_URL}{reverse('accounting:webhook')}",
        "webhooks_stopped": polling.webhooks_stopped(connection, timezone.now()),
        "parked": connection.parked(timezone.now()),
        "invoice_options_form": InvoiceOptionsForm(instance=connection),
        "switches_form": SwitchesForm.of(connection),
        "plan": plan_caps.use(connection, request.garage.today()),
        "items_not_here": item_list.not_here(connection).count() if connection.items_since else 0,
        "kept_back": kept_back(connection),
        "changes": settings_history.of(connection)[:SHOWN_CHANGES] if may(request.user, MAP) else [],
        "catch_up_form": CatchUpForm() if may(request.user, CATCH_UP) and connection.journals_since else None,
    }
    return render(request, "accounting_sync/connection.html", context)


STANDING: dict[str, str] = {LIVE.CONNECTED: "agrees", LIVE.RECONNECT: "asks", LIVE.PAUSED: "rests"}


@dataclass(frozen=True)
class StateCount:
    state: str
    words: str
    tone: str
    count: int


def states(connection: Connection) -> list[StateCount]:
    counts: Mapping[str, int] = dict(
        SyncRecord.objects.filter(connection=connection).order_by().values_list("state").annotate(n=Count("pk"))
    )
    return [StateCount(s.value, s.label, TONES[s], counts[s]) for s in State if counts.get(s)]


# Buttons


def _live(request: GarageRequest) -> Connection | None:
    connection = Connection.objects.live().first()
    if connection is None:
        messages.error(request, "No organisation is connected.")
    return connection


@edits(CONNECT)
def disconnect(request: GarageRequest) -> HttpResponse:
    """GET asks, POST does."""
    connection = _live(request)
    if connection is None:
        return redirect("accounting:connection")
    if request.method != "POST":
        linked = SyncRecord.objects.filter(connection=connection, remote_id__isnull=False).count()
        return render(request, "accounting_sync/disconnect.html", {"connection": connection, "linked": linked})
    try:
        connections.disconnect(connection)
    except (NoAnswer, NotSent) as error:
        messages.error(request, f"{error} The connection stands as it was; try again in a minute.")
    else:
        messages.success(request, f"{connection.name} is disconnected. What is in Xero stays there.")
    return redirect("accounting:connection")


@changes(CONNECT)
def pause(request: GarageRequest) -> HttpResponse:
    if connection := _live(request):
        connections.pause(connection)
        messages.success(request, "Nothing is sent until you resume. Changes are kept.")
    return redirect("accounting:connection")


@changes(CONNECT)
def resume(request: GarageRequest) -> HttpResponse:
    if connection := _live(request):
        connections.resume(connection)
        wake_drain()
        messages.success(request, "What was kept is on its way.")
    return redirect("accounting:connection")


@changes(MAP)
def reload(request: GarageRequest) -> HttpResponse:
    if (connection := _live(request)) and set_up(request, connection):
        messages.success(request, "Accounts, tax rates and lock dates are read again.")
    return redirect("accounting:connection")


@changes(MAP)
def start_date(request: GarageRequest) -> HttpResponse:
    connection = _live(request)
    if connection is None:
        return redirect("accounting:connection")
    form = StartDateForm(request.POST)
    if not form.is_valid():
        return _show(request, connection, form)
    woken = export_runs.start_from(connection, form.cleaned_data["start_date"], request.user)
    if not woken:
        messages.success(request, "Saved.")
        return redirect("accounting:connection")
    messages.success(request, f"Saved. {woken} earlier documents are on their way.")
    return redirect("accounting:earlier-documents")


@changes(MAP)
def schedule(request: GarageRequest) -> HttpResponse:
    """How often Xero is read, and when the garage is open."""
    connection = _live(request)
    if connection is None:
        return redirect("accounting:connection")
    form = ScheduleForm(request.POST, instance=connection)
    if not form.is_valid():
        return _show(request, Connection.objects.get(pk=connection.pk), schedule_form=form)
    polling.reschedule(connection, **form.cleaned_data)
    messages.success(request, "Saved.")
    return redirect("accounting:connection")


# Mappings


@edits(MAP)
def mappings(request: GarageRequest) -> HttpResponse:
    connection = _live(request)
    if connection is None:
        return redirect("accounting:connection")
    form = MappingForm(connection, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            woken = setup.choose(connection, form.chosen())
        except NotOffered as refusal:
            form.add_error(refusal.key, str(refusal))
        else:
            then = "looked at again" if setup.missing(connection) else "on their way"
            messages.success(request, "Saved." + (f" {woken} records that waited are {then}." if woken else ""))
            return redirect("accounting:mappings")
    shown = [(title, help_text, form.rows_of(subject), subject) for subject, title, help_text in SECTIONS]
    sections = [(title, help_text, rows) for title, help_text, rows, subject in shown if rows or subject != "site"]
    lacking = new_accounts.lacking(connection, form.choices) if connection.organisation_checked_at else []
    context = {"connection": connection, "form": form, "sections": sections, "lacking": lacking}
    return render(request, "accounting_sync/mappings.html", context)


@changes(MAP)
def create_account(request: GarageRequest, key: str) -> HttpResponse:
    connection = _live(request)
    if connection is None:
        return redirect("accounting:connection")
    try:
        account = new_accounts.create(connection, key)
    except ConnectionLost as error:
        connections.lost(connection, error.cause)
        messages.error(request, str(error))
    except (NoAnswer, NotSent, Incomplete) as error:
        messages.error(request, f"{error} Try again in a minute: Xero is read first, and nothing is made twice.")
    except WorkshopError as refusal:
        messages.error(request, refusal.sentence)
    else:
        messages.success(request, f"{account} is in Xero, and chosen.")
    return redirect("accounting:mappings")


SECTIONS = [
    ("account", "Where it is booked", "Each kind of line, and what stock is worth, has an account of Xero's."),
    ("tax", "Tax rates", "Which of Xero's rates stands for each of the workshop's."),
    ("purchase", "Tax rates on purchases", "Which of Xero's rates for expenses stands for each of the workshop's."),
    ("payment", "Where money arrives", "The bank or clearing account each way of paying lands in."),
    (
        "site",
        "Site",
        "Where several sites share one organisation: the tracking option on every line from here. It counts "
        "from the next document; what Xero has keeps its marks.",
    ),
]
