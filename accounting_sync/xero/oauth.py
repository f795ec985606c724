"""Sign-in with Xero: consent, tokens, and a refresh that no two workers do at once."""

from __future__ import annotations

import base64
import json
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import requests
from django.conf import settings
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from oauthlib.oauth2 import OAuth2Error
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session

from accounting_sync.models import Connection
from accounting_sync.xero.transport import (
    CONNECT_TIMEOUT,
    READ_TIMEOUT,
    NoAnswer,
    configure_oauthlib,
    failure,
    prepare,
)

SCOPES = [
    "openid", "profile", "email", "offline_access",
    "accounting.contacts", "accounting.invoices", "accounting.payments", "accounting.banktransactions",
    "accounting.manualjournals", "accounting.settings", "accounting.reports.trialbalance.read",
]  # fmt: skip
EARLY = timedelta(minutes=2)  # refresh this long before the token ends
UNUSED = timedelta(days=60)  # a refresh token that nobody used for so long has run out
UNREADABLE = "Xero's sign-in answered something unreadable."
TIMEOUT = (CONNECT_TIMEOUT, READ_TIMEOUT)


class ConnectionLost(Exception):
    """Xero will not let us in again without a person. ``cause`` is one of Connection.Cause."""

    def __init__(self, cause: str, sentence: str) -> None:
        super().__init__(sentence)
        self.cause = cause


@dataclass(frozen=True)
class Tenant:
    connection_id: str
    tenant_id: str
    name: str


def session(token: dict[str, Any] | None = None, state: str | None = None) -> OAuth2Session:
    configure_oauthlib()
    oauth = OAuth2Session(settings.XERO_CLIENT_ID, scope=SCOPES, redirect_uri=redirect_uri(), token=token, state=state)
    prepare(oauth)
    return oauth


def redirect_uri() -> str:
    return f"{settings.SITE_URL}/accounting/callback/"


def consent_url(state: str) -> str:
    url, _ = session(state=state).authorization_url(
        f"{settings.XERO_LOGIN_URL}/identity/connect/authorize", state=state
    )
    return url


def exchange(code: str) -> dict[str, Any]:
    """A consent's code for tokens. Raises ConnectionLost when Xero refuses, NoAnswer when it cannot be reached."""
    return _token_call(lambda oauth: oauth.fetch_token(_token_url(), code=code, auth=_basic(), timeout=TIMEOUT))


def _token_call(call: Any, token: dict[str, Any] | None = None) -> dict[str, Any]:
    try:
        return dict(call(session(token)))
    except OAuth2Error as error:
        raise _refusal(error) from error
    except requests.RequestException as error:
        raise failure(error) from error
    except ValueError as error:
        raise NoAnswer(UNREADABLE) from error


def _refusal(error: OAuth2Error) -> Exception:
    if error.error == "invalid_grant":
        return ConnectionLost(Connection.Cause.REVOKED, "Xero takes this sign-in no more.")
    if error.error in {"invalid_client", "unauthorized_client"}:
        return ConnectionLost(Connection.Cause.CREDENTIALS, "Xero refuses our client id or secret.")
    # anything else (5xx, an HTML page) says nothing about the connection: the stored tokens stay
    return NoAnswer(f"Xero's sign-in failed ({error.error or type(error).__name__}).")


def _token_url() -> str:
    return f"{settings.XERO_IDENTITY_URL}/connect/token"


def _basic() -> HTTPBasicAuth:
    return HTTPBasicAuth(settings.XERO_CLIENT_ID, settings.XERO_CLIENT_SECRET)


def authentication_event(access_token: str) -> str:
    """Which consent this token came from; it tells the organisation picked in it from those picked before."""
    payload = access_token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return str(claims.get("authentication_event_id", ""))


def tenants(token: dict[str, Any]) -> list[Tenant]:
    """The organisations of this very consent. Raises NoAnswer or NotSent."""
    try:
        event = authentication_event(token["access_token"])
    except (LookupError, ValueError) as error:
        raise NoAnswer(UNREADABLE) from error
    return _listed(token, {"authEventId": event})


def _listed(token: dict[str, Any], params: dict[str, str]) -> list[Tenant]:
    try:
        reply = session(token).get(f"{settings.XERO_API_URL}/connections", params=params, timeout=TIMEOUT)
        reply.raise_for_status()
        rows = [row for row in reply.json() if row["tenantType"] == "ORGANISATION"]
        return [Tenant(row["id"], row["tenantId"], row["tenantName"]) for row in rows]
    except requests.RequestException as error:
        raise failure(error) from error
    except (LookupError, TypeError, ValueError) as error:
        raise NoAnswer(UNREADABLE) from error


def listed(connection: Connection) -> Tenant | None:
    """Our connection as Xero lists it; None where it does not. Raises ConnectionLost, NoAnswer or NotSent."""
    token = {"access_token": access_token(connection)}
    return next((each for each in _listed(token, {}) if each.tenant_id == connection.tenant_id), None)


def end(connection: Connection) -> None:
    """Remove our connection in Xero, so that it no longer counts there. Raises NoAnswer when that fails."""
    url = f"{settings.XERO_API_URL}/connections/{connection.xero_connection_id}"
    try:
        reply = session({"access_token": access_token(connection)}).delete(url, timeout=TIMEOUT)
    except requests.RequestException as error:
        raise failure(error) from error
    if reply.status_code not in {204, 401, 403, 404}:
        raise NoAnswer(f"Xero answered {reply.status_code} to the disconnection.")


def store(connection: Connection, token: dict[str, Any]) -> None:
    """Keep a new consent's tokens, whatever was there before."""
    _store(Connection.objects.filter(pk=connection.pk), connection, token)


def _store(row: QuerySet[Connection], connection: Connection, token: dict[str, Any]) -> None:
    """In one statement; the version tells every other worker that the old ones are spent."""
    scope = token.get("scope", "")
    row.update(
        token_version=F("token_version") + 1,
        access_token=token["access_token"],
        refresh_token=token.get("refresh_token", connection.refresh_token),
        token_expires_at=timezone.now() + timedelta(seconds=int(token.get("expires_in", 1800))),
        refreshing_until=None,
        scopes=" ".join(scope) if isinstance(scope, list) else str(scope),
    )
    connection.refresh_from_db(fields=[*TOKEN_FIELDS, "scopes"])


TOKEN_FIELDS = ["access_token", "refresh_token", "token_expires_at", "token_version", "refreshing_until"]


def access_token(connection: Connection) -> str:
    """A token that still lives, refreshed by exactly one worker where needed. Raises ConnectionLost or NoAnswer."""
    deadline = time.monotonic() + CONNECT_TIMEOUT + READ_TIMEOUT
    while True:
        connection.refresh_from_db(fields=TOKEN_FIELDS)
        if connection.token_expires_at and connection.token_expires_at > timezone.now() + EARLY:
            return connection.access_token
        if _win_refresh(connection):
            return _refresh(connection)
        if time.monotonic() > deadline:
            raise NoAnswer("Another worker is still renewing the connection to Xero.")
        time.sleep(0.1)


def expire(connection: Connection) -> None:
    """Xero refused this token: the next call renews it, unless another worker has done so already."""
    _as_we_know_it(connection).update(token_expires_at=timezone.now())


def _as_we_know_it(connection: Connection) -> QuerySet[Connection]:
    """The row, as long as nobody has stored newer tokens."""
    return Connection.objects.filter(pk=connection.pk, token_version=connection.token_version)


def _win_refresh(connection: Connection) -> bool:
    """Compare and swap: Xero rotates the refresh token on each use, so two refreshes at once lose the connection."""
    now = timezone.now()
    free = Q(refreshing_until=None) | Q(refreshing_until__lt=now)
    mine = _as_we_know_it(connection).filter(free)
    return mine.update(refreshing_until=now + timedelta(seconds=CONNECT_TIMEOUT + READ_TIMEOUT + 5)) == 1


def _refresh(connection: Connection) -> str:
    """Renew, and keep the answer unless somebody stored a newer one while we waited for ours."""
    mine = _as_we_know_it(connection)
    last_token_ended: datetime | None = connection.token_expires_at
    try:
        token = _renewed(connection)
    except BaseException as error:
        # the old refresh token still works for a while after a lost answer: leave it, let the next one try
        mine.update(refreshing_until=None)
        if isinstance(error, ConnectionLost) and last_token_ended and last_token_ended < timezone.now() - UNUSED:
            raise ConnectionLost(Connection.Cause.EXPIRED, "Xero was not contacted for 60 days.") from error
        raise
    _store(mine, connection, token)
    return connection.access_token


def _renewed(connection: Connection) -> dict[str, Any]:
    spent = {"refresh_token": connection.refresh_token, "access_token": connection.access_token}
    return _token_call(
        lambda oauth: oauth.refresh_token(
            _token_url(), refresh_token=spent["refresh_token"], auth=_basic(), timeout=TIMEOUT
        ),
        spent,
    )
