"""The whole pretended Xero: one object that answers one HTTP request at a time, and remembers."""

from __future__ import annotations

import random as random_module
import threading
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import NamedTuple

from . import replies
from .api import respond
from .connections import Connections
from .faults import NO_FAULT, Fault, Faults
from .gate import API, Caller, TurnedAway, admit, check_edge, identify
from .idempotency import Idempotency
from .identity import Identity
from .keeper import Keeper
from .limits import DAY, Limited, Limits
from .message import Request, Response
from .organisation import Organisation
from .people import User
from .store import Store
from .tokens import Grant, new_id
from .webhooks import Webhooks

CALLS_REMEMBERED = 500


class Call(NamedTuple):
    """One line of the list of recent calls. No header and no body: nothing in it is secret."""

    at: datetime
    method: str
    path: str
    status: int | None
    client_id: str
    organisation_id: str
    fault: str
    milliseconds: int


def utc_now() -> datetime:
    return datetime.now(UTC)


class Xero:
    """``handle`` is the one way in, safe to call from many threads. Give ``random`` a seed and every id repeats."""

    def __init__(
        self,
        clock: Callable[[], datetime] | None = None,
        store: Store | None = None,
        *,
        random: random_module.Random | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.clock, self.sleep = clock or utc_now, sleep
        self.random = random or random_module.SystemRandom()
        self.lock = threading.RLock()
        self.keeper = Keeper(store, self.clock, self.random)
        table = self.keeper.table
        self.connections = Connections(table("Connections"), self.clock, self.random)
        self.identity = Identity(table, self.clock, self.random, self.connections)
        self.webhooks = Webhooks(table, self.clock, self.random, self.connections)
        self.limits = Limits(self.clock)
        self.idempotency = Idempotency(table("IdempotencyKeys"), self.clock)
        self.faults = Faults(self.random)
        self.calls: deque[Call] = deque(maxlen=CALLS_REMEMBERED)
        for organisation in self.organisations.values():
            self._listen(organisation)

    # -- what it holds

    @property
    def organisations(self) -> dict[str, Organisation]:
        return self.keeper.organisations

    def add_organisation(self, organisation: Organisation) -> Organisation:
        self.keeper.add(organisation)
        self._listen(organisation)
        self.save()
        return organisation

    def _listen(self, organisation: Organisation) -> None:
        organisation.on_event = partial(self.webhooks.note, organisation)

    def save(self) -> None:
        """Write what changed to the file, in one transaction."""
        self.keeper.save()

    def close(self) -> None:
        """Let go of the file; another process may open it then."""
        self.keeper.close()

    @property
    def unlimited(self) -> bool:
        """On: limits are counted but refuse nothing, for benchmarks."""
        return self.limits.unlimited

    @unlimited.setter
    def unlimited(self, value: bool) -> None:
        self.limits.unlimited = value

    def new_id(self) -> str:
        return new_id(self.random)

    # -- one request

    def handle(self, request: Request) -> Response:
        """Answer as Xero would. Raises Dropped where a fault closes the connection without an answer."""
        began = time.perf_counter()
        with self.lock:
            fault = NO_FAULT if request.path.startswith("/sandbox/") else self.faults.strike(request)
        response = None
        try:
            response = self._answer(request, fault)
        finally:
            self._note(request, response, fault, began)
        return response

    def _answer(self, request: Request, fault: Fault) -> Response:
        with self.lock:
            response = fault.arrives(self, request)
        if response is None:
            answer = self._accounting if request.path.startswith(API) else self._service
            response = fault.answers(answer(request, fault))
        response.headers.setdefault("Xero-Correlation-Id", self.new_id())
        return response

    def _accounting(self, request: Request, fault: Fault) -> Response:
        try:
            with self.lock:
                caller = admit(self, request)
        except TurnedAway as turned:
            return turned.response
        return self._metered(caller, request, fault)

    def _metered(self, caller: Caller, request: Request, fault: Fault) -> Response:
        key = (caller.grant.client_id, caller.organisation.id)
        daily = caller.organisation.settings.get("daily_calls", DAY)
        try:
            with self.limits.in_flight(*key):
                self._pause(fault)
                with self.lock:
                    self.limits.spend(*key, daily)
                    response = self._act(caller, request, fault)
        except Limited as limited:
            response = limited.response()
        response.headers |= self.limits.headers(*key, daily)
        return response

    def _act(self, caller: Caller, request: Request, fault: Fault) -> Response:
        answer = partial(respond, caller.organisation, request, adviser=caller.user.adviser)
        response = self.idempotency.once(caller.grant.client_id, request, lambda: fault.acts(answer))
        self.save()
        return response

    def _pause(self, fault: Fault) -> None:
        """Never with the lock held: a slow answer keeps nobody else waiting."""
        if fault.pause:
            self.sleep(fault.pause)

    def _service(self, request: Request, fault: Fault) -> Response:
        """Identity, connections and the sandbox's own doors: everything that is not an organisation's books."""
        self._pause(fault)
        with self.lock:
            try:
                response = fault.acts(partial(self._route, request))
            except TurnedAway as turned:
                response = turned.response
            self.save()
        return response

    def _route(self, request: Request) -> Response:
        path = request.path.rstrip("/").lower()
        check_edge(request)
        if path.startswith("/connections"):
            return self._connections(request, path.removeprefix("/connections").strip("/"))
        routes: dict[str, Callable[[], Response]] = {
            "/connect/token": partial(self.identity.token, request),
            "/connect/revocation": partial(self.identity.revocation, request),
            "/.well-known/openid-configuration": partial(self.identity.discovery, request.header("host")),
            "/.well-known/openid-configuration/jwks": self.identity.keys,
            "/sandbox/faults": partial(self.faults.handle, request),
        }
        return routes.get(path, replies.not_found)()

    def _connections(self, request: Request, connection_id: str) -> Response:
        grant, _ = identify(self, request)
        key = (grant.client_id, grant.user_id)
        if request.method == "DELETE" and connection_id:
            return self.connections.delete(*key, connection_id)
        if request.method == "GET" and not connection_id:
            return self.connections.listing(*key, request.params.get("autheventid", ""))
        return replies.not_found()

    def _note(self, request: Request, response: Response | None, fault: Fault, began: float) -> None:
        found = self.bearer(request)
        tenant = request.header("xero-tenant-id").lower()
        self.calls.append(
            Call(
                self.clock(),
                request.method,
                request.path,
                response.status if response else None,
                found[0].client_id if found else "",
                tenant if tenant in self.organisations else "",
                "" if fault is NO_FAULT else fault.kind,
                round((time.perf_counter() - began) * 1000),
            )
        )

    # -- what the gate asks

    def bearer(self, request: Request) -> tuple[Grant, User] | None:
        scheme, _, token = request.header("authorization").partition(" ")
        grant = self.identity.tokens.bearer(token.strip()) if scheme.lower() == "bearer" else None
        user = self.identity.users.get(grant.user_id) if grant else None
        return (grant, user) if grant and user else None

    def is_connected(self, grant: Grant, tenant_id: str) -> bool:
        return bool(self.connections.live(grant.client_id, grant.user_id, tenant_id))

    # -- what a fault does

    def expire_token(self, request: Request) -> None:
        self.identity.tokens.expire(request.header("authorization").partition(" ")[2].strip())

    def revoke_consent(self, request: Request) -> None:
        """By the token of the call; a call without one (a refresh) takes every consent of its app away."""
        found = self.bearer(request)
        client = self.identity.clients.authenticate(request)
        for each in self.connections.live(found[0].client_id if found else client.id if client else ""):
            self.identity.revoke(each["client_id"], each["user_id"])

    def disconnect(self, request: Request) -> None:
        self.connections.disconnect_all(tenant_id=request.header("xero-tenant-id").lower())

    # -- consent without a browser

    def consent(
        self, client_id: str, email: str, organisation_id: str, scopes: str, redirect_uri: str, state: str = "",
        **more: str,
    ) -> str:  # fmt: skip
        """The redirect a person's "Allow" would end in. Raises as ``Identity.ask`` does.

        ``more``: code_challenge, code_challenge_method, nonce.
        """
        params = {"response_type": "code", "client_id": client_id, "redirect_uri": redirect_uri, "scope": scopes}
        with self.lock:
            consent = self.identity.ask(params | {"state": state} | more)
            user = self.identity.users.by_email(email)
            if user is None:
                raise LookupError(f"nobody signs in as {email}")
            name = self.organisations[organisation_id].settings["Name"]
            url = self.identity.allow(consent, user, organisation_id, name)
            self.save()
        return url
