"""Settings of an organisation: lock dates, plan, limits, and the apps connected to it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from .. import accountant
from ..endpoints.documents import CAPPED_CLASSES
from ..errors import Refused
from ..limits import DAY
from ..organisation import Organisation
from ..xero import Xero
from .acts import day
from .facts import Failure, address
from .pages import of_organisation, say, show
from .session import xero_of

#: Plans to try out: what each lets an app do differs in the cap alone.
PLANS = ("DEMO", "STARTER", "IGNITE", "STANDARD", "GROW", "PREMIUM", "COMPREHENSIVE", "ULTIMATE")
STARTER_DAY = 1_000


@require_GET
@of_organisation
def settings_page(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    return _page(request, organisation)


def _page(request: HttpRequest, organisation: Organisation, failure: Failure | None = None) -> HttpResponse:
    xero = xero_of(request)
    return show(
        request,
        "settings.html",
        organisation,
        "settings",
        status=400 if failure else 200,
        failure=failure,
        plans=PLANS,
        capped=CAPPED_CLASSES,
        days=(STARTER_DAY, DAY),
        daily=organisation.settings.get("daily_calls", DAY),
        connections=_connections(xero, organisation),
    )


def _connections(xero: Xero, organisation: Organisation) -> list[dict[str, object]]:
    return [
        {
            **each,
            "client": xero.identity.clients.get(each["client_id"]),
            "user": xero.identity.users.get(each["user_id"]),
        }
        for each in xero.connections.live(tenant_id=organisation.id)
    ]


def _lock(xero: Xero, organisation: Organisation, form: QueryDict) -> str:
    accountant.lock(organisation, day(form, "period"), day(form, "year"))
    return "Lock dates are set."


def _plan(xero: Xero, organisation: Organisation, form: QueryDict) -> str:
    plan = form.get("plan", "")
    if plan not in PLANS:
        raise Refused("Choose a plan.")
    organisation.settings["Class"] = plan
    organisation.settings["daily_calls"] = STARTER_DAY if form.get("daily") == str(STARTER_DAY) else DAY
    return f"The plan is {plan.capitalize()} now."


def _webhooks(xero: Xero, organisation: Organisation, form: QueryDict) -> str:
    organisation.settings["webhook_on_payment"] = "on_payment" in form
    return "Saved."


def _disconnect(xero: Xero, organisation: Organisation, form: QueryDict) -> str:
    connection_id = form.get("connection", "")
    if connection_id not in {each["id"] for each in xero.connections.live(tenant_id=organisation.id)}:
        raise Refused("That app is not connected any more.")
    xero.connections.disconnect(connection_id)
    return "The app is disconnected. Xero does not tell it: it finds out at its next call."


CHANGES = {"lock": _lock, "plan": _plan, "webhooks": _webhooks, "disconnect": _disconnect}


@require_POST
@of_organisation
def change(request: HttpRequest, organisation: Organisation, name: str) -> HttpResponse:
    xero = xero_of(request)
    try:
        sentence = CHANGES[name](xero, organisation, request.POST)
    except Refused as refusal:
        return _page(request, organisation, Failure(name, refusal.messages, request.POST))
    xero.save()
    say(request, sentence)
    return redirect(address(organisation, "settings"))
