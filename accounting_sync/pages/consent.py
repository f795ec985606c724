"""The way to Xero's consent page and back. Whatever goes wrong ends in a sentence and a button."""

from __future__ import annotations

import logging
import secrets

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.crypto import constant_time_compare

from accounting_sync import connections, setup
from accounting_sync.connections import AnotherOrganisation, NoOrganisation
from accounting_sync.models import Connection, UnfinishedConsent
from accounting_sync.walk import Incomplete
from accounting_sync.xero import oauth
from accounting_sync.xero.oauth import ConnectionLost
from accounting_sync.xero.transport import NoAnswer, NotSent
from workshop.manager.access import GarageRequest, changes, reads

log = logging.getLogger(__name__)
CONNECT = "accounting_sync.connect_accounting"
STATE = "xero_consent_state"
REFUSED = {
    "access_denied": "Access was not given in Xero. Nothing has changed; connect whenever you are ready.",
    "invalid_scope": "Xero refused the permissions asked for. Check the app's set-up at developer.xero.com.",
}


@changes(CONNECT)
def connect(request: GarageRequest) -> HttpResponse:
    """To Xero's consent page, with a random word that must come back with the answer."""
    if not settings.XERO_CLIENT_ID or not settings.XERO_CLIENT_SECRET:
        messages.error(request, "Set XERO_CLIENT_ID and XERO_CLIENT_SECRET first, then start the workshop again.")
        return redirect("accounting:connection")
    request.session[STATE] = secrets.token_urlsafe(32)
    return redirect(oauth.consent_url(request.session[STATE]))


@reads(CONNECT)
def callback(request: GarageRequest) -> HttpResponse:
    """Where Xero sends the person back to. A state that is not ours is refused: somebody else began that consent."""
    expected, given = request.session.pop(STATE, ""), request.GET.get("state", "")
    if not expected or not constant_time_compare(expected, given):
        messages.error(request, "This answer from Xero does not belong to your session. Start again with Connect.")
    elif "code" in request.GET:
        _finish(request, request.GET["code"])
    else:
        error = request.GET.get("error", "")
        messages.error(request, REFUSED.get(error, "Xero gave no access. Nothing has changed; try again."))
    return redirect("accounting:connection")


def _finish(request: GarageRequest, code: str) -> None:
    try:
        connection = connections.connect(code, request.user)
    except (NoOrganisation, AnotherOrganisation) as error:
        messages.error(request, str(error))
    except ConnectionLost as error:
        messages.error(request, f"{error} Start again with Connect.")
    except (NoAnswer, NotSent) as error:
        begun = UnfinishedConsent.objects.exists()
        rest = "Which organisation it is for is looked up by itself." if begun else "Nothing has changed; try again."
        messages.error(request, f"{error} {rest}")
    else:
        messages.success(request, f"Connected to {connection.name}.")
        set_up(request, connection)


def set_up(request: GarageRequest, connection: Connection) -> bool:
    """Read the books and say what was matched. Connected it stays, whatever fails (False)."""
    try:
        found = setup.read_books(connection)
    except ConnectionLost as error:
        connections.lost(connection, error.cause)
        messages.error(request, str(error))
        return False
    except (NoAnswer, NotSent, Incomplete) as error:
        log.warning("Accounts and tax rates could not be read: %s", error)
        messages.warning(request, "The accounts could not be read yet. Press “Reload” in a minute.")
        return False
    if found:
        messages.info(request, f"{found} accounts and tax rates were matched by name. Please check the mappings.")
    return True
