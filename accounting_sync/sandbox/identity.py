"""login.xero.com and identity.xero.com: consent, tokens, revocation and discovery."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any
from urllib.parse import urlencode

from . import replies
from .connections import Connections
from .message import Request, Response
from .people import Client, Clients, User, Users, form
from .signing import b64, new_key, public_key
from .table import Table
from .tokens import ISSUER, Grant, Tokens, added_to, new_id


class ConsentRefused(Exception):
    """A consent that cannot even be sent back to the app: it is told to the person, on Xero's own page."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code, self.sentence = code, sentence


class SentBack(Exception):
    """A consent that failed in a way the app is told of, in the query of its own redirect."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.url = url


@dataclass(frozen=True)
class Consent:
    """One authorise request, checked and waiting for a person to say yes."""

    client: Client
    redirect_uri: str
    scopes: tuple[str, ...]
    state: str = ""
    challenge: str = ""
    nonce: str = ""

    def answer(self, **fields: str) -> str:
        """Back to the app, with the state as it came."""
        query = urlencode({**fields, **({"state": self.state} if self.state else {})})
        return f"{self.redirect_uri}{'&' if '?' in self.redirect_uri else '?'}{query}"

    def refuse(self, code: str) -> str:
        return self.answer(error=code)


class Identity:
    def __init__(
        self,
        tables: Callable[[str], Table],
        clock: Callable[[], datetime],
        random: Random,
        connections: Connections,
    ) -> None:
        self.clients, self.users = Clients(tables("Clients")), Users(tables("Users"))
        self.consents, self.connections, self.random = tables("Consents"), connections, random
        self.key = self._signing_key(tables("Keys"))
        self.tokens = Tokens(tables, clock, random, self.key)

    @staticmethod
    def _signing_key(table: Table) -> str:
        if "signing" not in table:
            table.put("signing", {"pem": new_key()})
        return table["signing"]["pem"]

    # -- consent

    def ask(self, params: dict[str, str]) -> Consent:
        """Check an authorise request. Raises ConsentRefused (unknown app or redirect) or SentBack (anything else)."""
        client = self.clients.get(params.get("client_id", ""))
        if client is None:
            raise ConsentRefused("unauthorized_client", "Unknown client or client not enabled")
        redirect_uri = params.get("redirect_uri", "")
        if not client.accepts_redirect(redirect_uri):
            raise ConsentRefused("unauthorized_client", "Invalid redirect_uri")
        consent = Consent(
            client,
            redirect_uri,
            tuple(dict.fromkeys(params.get("scope", "").split())),
            params.get("state", ""),
            params.get("code_challenge", ""),
            params.get("nonce", ""),
        )
        if fault := self._fault_in(consent, params):
            raise SentBack(consent.refuse(fault))
        return consent

    @staticmethod
    def _fault_in(consent: Consent, params: dict[str, str]) -> str:
        if params.get("response_type") != "code":
            return "unsupported_response_type"
        if not consent.scopes or not consent.client.may_ask_for(frozenset(consent.scopes)):
            return "invalid_scope"
        if consent.challenge and params.get("code_challenge_method") != "S256":
            return "invalid_request"
        if not consent.client.secret_digest and not consent.challenge:
            return "invalid_request"
        return ""

    def allow(self, consent: Consent, user: User, organisation_id: str, organisation_name: str) -> str:
        """Connect the organisation picked, and say where to send the person: the app's redirect with a code."""
        event_id = new_id(self.random)
        key = f"{consent.client.id} {user.id}"
        held = tuple(self.consents.get(key, {}).get("scopes", ()))
        scopes = added_to(held, consent.scopes)
        self.consents.put(key, {"scopes": list(scopes)})
        self.connections.connect(consent.client.id, user.id, organisation_id, organisation_name, event_id)
        grant = Grant(consent.client.id, user.id, scopes, event_id)
        code = self.tokens.issue_code(grant, consent.redirect_uri, consent.challenge, consent.nonce)
        return consent.answer(code=code, scope=" ".join(scopes))

    # -- the token endpoint

    def token(self, request: Request) -> Response:
        if request.method != "POST":
            return replies.oauth_error("invalid_request", 405)
        client = self.clients.authenticate(request)
        if client is None:
            return replies.oauth_error("invalid_client")
        fields = form(request)
        match fields.get("grant_type"):
            case "authorization_code":
                return self._exchange(client, fields)
            case "refresh_token":
                return self._refresh(client, fields)
            case "client_credentials":
                return replies.not_modelled("grant_type client_credentials (custom connections)")
        return replies.oauth_error("unsupported_grant_type")

    def _exchange(self, client: Client, fields: dict[str, str]) -> Response:
        code = self.tokens.spend_code(fields.get("code", ""))
        if code is None or code["client_id"] != client.id or code["redirect_uri"] != fields.get("redirect_uri"):
            return replies.oauth_error("invalid_grant")
        if code["challenge"] and not matches(code["challenge"], fields.get("code_verifier", "")):
            return replies.oauth_error("invalid_grant")
        return self._issue(Grant.of(code), code["nonce"])

    def _refresh(self, client: Client, fields: dict[str, str]) -> Response:
        grant = self.tokens.rotate(fields.get("refresh_token", ""), client.id)
        return self._issue(grant) if grant else replies.oauth_error("invalid_grant")

    def _issue(self, grant: Grant, nonce: str = "") -> Response:
        user = self.users.get(grant.user_id)
        if user is None:
            return replies.oauth_error("invalid_grant")
        response = replies.as_json(self.tokens.issue(grant, user, nonce=nonce))
        response.headers |= {"Cache-Control": "no-store", "Pragma": "no-cache"}
        return response

    def revocation(self, request: Request) -> Response:
        """Empty 200, also for a token nobody knows (RFC 7009). Takes away all this user's connections to the app."""
        client = self.clients.authenticate(request)
        if client is None:
            return replies.oauth_error("invalid_client")
        grant = self.tokens.grant_of_refresh(form(request).get("token", ""))
        if grant and grant.client_id == client.id:
            self.revoke(grant.client_id, grant.user_id)
        return Response(200)

    def revoke(self, client_id: str, user_id: str) -> None:
        self.tokens.revoke(client_id, user_id)
        if f"{client_id} {user_id}" in self.consents:
            del self.consents[f"{client_id} {user_id}"]
        self.connections.disconnect_all(client_id, user_id)

    # -- discovery

    def discovery(self, host: str) -> Response:
        base = f"http://{host}"
        body: dict[str, Any] = {
            "issuer": ISSUER,
            "authorization_endpoint": f"{base}/identity/connect/authorize",
            "token_endpoint": f"{base}/connect/token",
            "revocation_endpoint": f"{base}/connect/revocation",
            "jwks_uri": f"{base}/.well-known/openid-configuration/jwks",
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "code_challenge_methods_supported": ["S256"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "subject_types_supported": ["public"],
        }
        return replies.as_json(body)

    def keys(self) -> Response:
        return replies.as_json({"keys": [public_key(self.key)]})


def matches(challenge: str, verifier: str) -> bool:
    """PKCE with S256 (RFC 7636): the verifier has 43 to 128 characters."""
    expected = b64(hashlib.sha256(verifier.encode()).digest())
    return 43 <= len(verifier) <= 128 and hmac.compare_digest(expected, challenge)
