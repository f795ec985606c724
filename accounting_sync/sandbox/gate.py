"""What stands before /api.xro/2.0/: the edge, the token, the scope, the tenant. In Xero's order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from . import replies, scopes
from .message import Request, Response
from .organisation import Organisation
from .people import User
from .tokens import Grant

API = "/api.xro/2.0/"
#: In bytes. One of Xero's pages says 10 MB by now; the smaller figure is on both.
LARGEST_BODY = 3_500_000


@dataclass(frozen=True)
class Caller:
    """An app let in: for whom it acts and on which organisation."""

    grant: Grant
    user: User
    organisation: Organisation


class TurnedAway(Exception):
    """The request stops here; ``response`` says why."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


class House(Protocol):
    """What the gate asks of the service behind it."""

    @property
    def organisations(self) -> dict[str, Organisation]: ...
    def new_id(self) -> str: ...
    def bearer(self, request: Request) -> tuple[Grant, User] | None: ...
    def is_connected(self, grant: Grant, tenant_id: str) -> bool: ...


def check_edge(request: Request) -> None:
    """Akamai's own refusal: HTML, before Xero has seen anything."""
    if not request.header("user-agent").strip():
        raise TurnedAway(replies.page("Access Denied", 403))


def check_accept(request: Request) -> None:
    """Without JSON in Accept Xero answers in XML; a client that forgets it is told so at once."""
    if "json" not in request.header("accept").lower():
        raise TurnedAway(replies.not_modelled("XML (send Accept: application/json)"))


def check_size(request: Request) -> None:
    if len(request.body) > LARGEST_BODY:
        raise TurnedAway(replies.plain("The request is larger than 3.5 MB", 413))


def admit(house: House, request: Request) -> Caller:
    """Let a request in, or raise TurnedAway with the answer Xero gives."""
    check_edge(request)
    check_accept(request)
    check_size(request)
    grant, user = identify(house, request)
    check_scope(house, grant, request)
    tenant_id = request.header("xero-tenant-id").strip().lower()
    organisation = house.organisations.get(tenant_id)
    if organisation is None or not house.is_connected(grant, tenant_id):
        raise TurnedAway(replies.problem(403, "Forbidden", "AuthenticationUnsuccessful", house.new_id()))
    return Caller(grant, user, organisation)


def identify(house: House, request: Request) -> tuple[Grant, User]:
    found = house.bearer(request)
    if found is None:
        raise TurnedAway(replies.problem(401, "Unauthorized", "AuthenticationUnsuccessful", house.new_id()))
    return found


def check_scope(house: House, grant: Grant, request: Request) -> None:
    """401 and not 403: a client that answers every 401 with a refresh loops for ever on this one."""
    needed = scopes.needed(request.method, request.path.removeprefix(API))
    if needed and not needed & set(grant.scopes):
        response = replies.problem(401, "Unauthorized", "AuthorizationUnsuccessful", house.new_id())
        response.headers["WWW-Authenticate"] = 'Bearer error="insufficient_scope"'
        raise TurnedAway(response)
