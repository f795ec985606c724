"""Idempotency-Key: one answer per app and key for six minutes, replayed byte for byte."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from .message import Request, Response
from .replies import as_json
from .table import Table

KEPT = timedelta(minutes=6)
LONGEST = 128
METHODS = frozenset({"POST", "PUT", "PATCH"})


class Idempotency:
    """Answers by app (not by organisation) and key.

    ``keeps_internal_errors`` is Xero's documented habit: a cached 500 is replayed too, so a client must look
    before it uses a new key. Turn it off to see a client that retries with the old one.
    """

    def __init__(self, table: Table, clock: Callable[[], datetime]) -> None:
        self.table, self.clock = table, clock
        self.keeps_internal_errors = True

    def once(self, client_id: str, request: Request, act: Callable[[], Response]) -> Response:
        """Act, or replay the answer this key was given within the last six minutes."""
        key = request.header("idempotency-key")
        if not key or request.method not in METHODS:
            return act()
        if len(key) > LONGEST:
            return refused(f"Idempotency Key exceeds the maximum length of {LONGEST} characters.")
        self._forget()
        kept = self.table.get(f"{client_id} {key}")
        if kept:
            return self._replay(kept, key, request)
        began = self.clock()
        response = act()
        if response.status < 500 or self.keeps_internal_errors:
            self.table.put(f"{client_id} {key}", _kept(request, response, began))
        return response

    @staticmethod
    def _replay(kept: dict[str, Any], key: str, request: Request) -> Response:
        if kept["fingerprint"] != fingerprint(request):
            return refused(f"Idempotency Key: {key} is used with a different request.")
        return Response(kept["status"], base64.b64decode(kept["body"]), dict(kept["headers"]))

    def _forget(self) -> None:
        """Oldest first, as they were put: stop at the first that is still young."""
        horizon = self.clock() - KEPT
        while self.table and next(iter(self.table.values()))["at"] <= horizon:
            del self.table[next(iter(self.table))]


def _kept(request: Request, response: Response, began: datetime) -> dict[str, Any]:
    return {
        "fingerprint": fingerprint(request),
        "status": response.status,
        "body": base64.b64encode(response.body).decode(),
        "headers": dict(response.headers),
        "at": began,
    }


def fingerprint(request: Request) -> str:
    """Method, URL and body; not the tenant header, which is why a key must carry the tenant itself."""
    target = f"{request.method} {request.path}?{request.query}\n".encode()
    return hashlib.sha256(target + request.body).hexdigest()


def refused(message: str) -> Response:
    """The envelope is not known; the sentence is. Top level, as a client must read it there too."""
    return as_json({"ErrorNumber": 10, "Type": "ValidationException", "Message": message}, 400)
