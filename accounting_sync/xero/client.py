"""One request to Xero's accounting API, and its answer. Everything that can go wrong has a name."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

import requests
import simplejson
from django.conf import settings

from accounting_sync.documents import Call
from accounting_sync.models import Connection
from accounting_sync.xero import limits, oauth
from accounting_sync.xero.transport import CONNECT_TIMEOUT, READ_TIMEOUT, NoAnswer, NotSent, failure

SCOPE_MISSING = re.compile("insufficie?n?t_scope")  # Xero's own page misspells it


@dataclass(frozen=True)
class Reply:
    status: int
    data: Any  # parsed JSON with Decimals, or None when it was not JSON
    text: str
    limits: limits.Limits
    correlation_id: str
    milliseconds: int
    scope_missing: bool = False

    @property
    def readable(self) -> bool:
        return isinstance(self.data, dict)

    @property
    def is_page(self) -> bool:
        """HTML: from the edge in front of Xero, or a proxy, never from Xero's API itself."""
        return self.text.lstrip()[:1] == "<"


class Client:
    """Speaks for one connection. Sends each request once; deciding about a second try is the engine's."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    @cached_property
    def session(self) -> requests.Session:
        return oauth.session({"access_token": "set per call", "token_type": "Bearer"})

    def send(self, call: Call, idempotency_key: str = "") -> Reply:
        """Raises NotSent, NoAnswer or ConnectionLost. Never raises for an HTTP status.

        A token that Xero no longer takes is renewed once: a 401 means that nothing was done.
        """
        reply = self._send(call, idempotency_key)
        if reply.status == 401 and not reply.scope_missing:
            oauth.expire(self.connection)
            reply = self._send(call, idempotency_key)
        return reply

    def _send(self, call: Call, idempotency_key: str) -> Reply:
        self.session.token = {"access_token": self._token(), "token_type": "Bearer"}  # type: ignore[attr-defined]
        started = time.monotonic()
        try:
            response = self.session.request(
                call.method,
                f"{settings.XERO_API_URL}/api.xro/2.0/{call.path}",
                params=dict(call.params),
                data=simplejson.dumps(call.body, use_decimal=True) if call.body is not None else None,
                headers=self._headers(call, idempotency_key),
                timeout=(CONNECT_TIMEOUT, READ_TIMEOUT),
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise failure(error) from error
        return _reply(response, int((time.monotonic() - started) * 1000))

    def _token(self) -> str:
        try:
            return oauth.access_token(self.connection)
        except NoAnswer as error:  # the sign-in's answer is open, but this request never left
            raise NotSent(str(error)) from error

    def _headers(self, call: Call, idempotency_key: str) -> dict[str, str]:
        headers = {"xero-tenant-id": self.connection.tenant_id, "Accept": "application/json"}
        if call.body is not None:
            headers["Content-Type"] = "application/json"
        if idempotency_key and call.method in {"PUT", "POST"}:
            headers["Idempotency-Key"] = idempotency_key
        if call.modified_since:
            # with milliseconds or a zone Xero ignores the header and returns everything
            headers["If-Modified-Since"] = call.modified_since.strftime("%Y-%m-%dT%H:%M:%S")
        return headers


def _reply(response: requests.Response, milliseconds: int) -> Reply:
    return Reply(
        status=response.status_code,
        data=_json(response),
        text=response.text[:500],
        limits=limits.read(response.headers, response.status_code),
        correlation_id=response.headers.get("Xero-Correlation-Id", "")[:60],
        milliseconds=milliseconds,
        scope_missing=bool(SCOPE_MISSING.search(response.headers.get("WWW-Authenticate", ""))),
    )


def _json(response: requests.Response) -> Any:
    """Only what says it is JSON and parses: the edge in front of Xero answers HTML, Xero itself plain text."""
    if "json" not in response.headers.get("Content-Type", ""):
        return None
    try:
        return json.loads(response.content, parse_float=Decimal)
    except ValueError:
        return None


def messages(element: Any) -> list[str]:
    """Every validation message of an element, however deep Xero put it."""
    return list(dict.fromkeys(_messages(element)))


def _messages(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _messages(item)
    elif isinstance(value, dict):
        for error in value.get("ValidationErrors") or []:
            yield str(error.get("Message") or error.get("Description") or error)
        for name, item in value.items():
            if name not in {"ValidationErrors", "Warnings"} and isinstance(item, dict | list):
                yield from _messages(item)


def warnings(element: dict[str, Any]) -> list[str]:
    """What Xero remarks on an element it took all the same."""
    return [str(warning.get("Message") or warning) for warning in element.get("Warnings") or []]


def refused(element: dict[str, Any]) -> bool:
    """An empty ValidationErrors list is no refusal."""
    return element.get("StatusAttributeString") == "ERROR" or bool(element.get("ValidationErrors"))
