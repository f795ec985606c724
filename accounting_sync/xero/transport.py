"""The wire: one session, no retries of the library's own, time-outs on everything."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

import requests
from django.conf import settings
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3.exceptions import MaxRetryError, NewConnectionError

CONNECT_TIMEOUT, READ_TIMEOUT = 5, 30  # seconds; their sum stays below the drain's lease
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
USER_AGENT = "WorkshopSync/1.0"  # Xero's edge answers an empty one with an HTML 403


class NotSent(Exception):
    """The request never left: nothing was done in Xero."""


class NoAnswer(Exception):
    """The request may have arrived. Whether Xero acted is not known."""


def adapter() -> BaseAdapter:
    """The one place where tests put another way to reach a server."""
    return HTTPAdapter(max_retries=0, pool_maxsize=5)


def prepare(session: requests.Session) -> None:
    session.mount("http://", adapter())
    session.mount("https://", adapter())
    session.trust_env = False
    session.headers.update({"User-Agent": USER_AGENT, "Accept": "application/json"})


def configure_oauthlib() -> None:
    """The sandbox speaks plain HTTP on this machine; oauthlib refuses that for any host unless told."""
    os.environ["OAUTHLIB_RELAX_TOKEN_SCOPE"] = "1"  # noqa: S105 (a re-consent may bring more than was asked for)
    if urlsplit(settings.XERO_IDENTITY_URL).hostname in LOOPBACK:
        os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"


def failure(error: requests.RequestException) -> NotSent | NoAnswer:
    """Only what failed before a connection stood is known not to have been sent."""
    if isinstance(error, requests.ConnectTimeout | requests.exceptions.InvalidURL):
        return NotSent("Xero could not be reached.")
    cause = error.args[0] if error.args else None
    if isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError):
        return NotSent("Xero could not be reached.")
    if isinstance(error, requests.Timeout):
        return NoAnswer(f"Xero did not answer within {READ_TIMEOUT} seconds.")
    return NoAnswer("The connection to Xero broke before its answer was here.")
