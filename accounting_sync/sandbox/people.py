"""Who signs in: the registered apps (OAuth clients) and the users of the pretended Xero."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from functools import cache
from urllib.parse import parse_qs, unquote, urlsplit

from .message import Request
from .scopes import BROAD, GRANULAR
from .signing import digest
from .table import Table

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True)
class Client:
    """An app registered with Xero. One without a secret is a PKCE app."""

    id: str
    name: str
    secret_digest: str = ""
    redirects: tuple[str, ...] = ()
    any_loopback: bool = False
    allow_broad: bool = False

    def accepts_redirect(self, url: str) -> bool:
        """Exactly as registered; the well-known demo client may come back to any port of this machine."""
        parts = urlsplit(url)
        loopback = parts.scheme in {"http", "https"} and parts.hostname in LOOPBACK and not parts.fragment
        return url in self.redirects or (self.any_loopback and loopback)

    def may_ask_for(self, scopes: frozenset[str]) -> bool:
        return scopes <= (GRANULAR | BROAD if self.allow_broad else GRANULAR)

    def proves(self, secret: str) -> bool:
        """A PKCE app has no secret to show; its code verifier is checked instead."""
        return not self.secret_digest or hmac.compare_digest(self.secret_digest, digest(secret))


@dataclass(frozen=True)
class User:
    id: str
    email: str
    first_name: str
    last_name: str
    password_hash: str
    adviser: bool = False

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"


class Clients:
    def __init__(self, table: Table) -> None:
        self.table = table

    def register(
        self,
        client_id: str,
        secret: str = "",
        redirects: tuple[str, ...] = (),
        *,
        name: str = "",
        any_loopback: bool = False,
        allow_broad: bool = False,
    ) -> Client:
        """An app with ``secret`` empty is a PKCE app. Registering an id again replaces it.

        Raises ValueError for a redirect Xero would not register.
        """
        for url in redirects:
            if not (url.startswith("https://") or urlsplit(url).hostname == "localhost"):
                raise ValueError(
                    f"{url or 'An empty redirect'} cannot be registered: Xero takes https, or http://localhost"
                )
        secret_digest = digest(secret) if secret else ""
        client = Client(client_id, name or client_id, secret_digest, redirects, any_loopback, allow_broad)
        self.table.put(client_id, {**vars(client), "redirects": list(redirects)})
        return client

    def get(self, client_id: str) -> Client | None:
        document = self.table.get(client_id)
        return Client(**{**document, "redirects": tuple(document["redirects"])}) if document else None

    def authenticate(self, request: Request) -> Client | None:
        """The app a token request comes from: by HTTP Basic or by client_id and client_secret in the form."""
        client_id, secret = basic_credentials(request) or form_credentials(request)
        client = self.get(client_id)
        return client if client and client.proves(secret) else None


class Users:
    def __init__(self, table: Table) -> None:
        self.table = table

    def add(self, user_id: str, email: str, password: str, first_name: str, last_name: str, adviser: bool) -> User:
        user = User(user_id, email, first_name, last_name, hash_password(email, password), adviser)
        self.table.put(user_id, dict(vars(user)))
        return user

    def get(self, user_id: str) -> User | None:
        document = self.table.get(user_id)
        return User(**document) if document else None

    def by_email(self, email: str) -> User | None:
        known = (User(**document) for document in self.table.values())
        return next((user for user in known if user.email.lower() == email.strip().lower()), None)

    def sign_in(self, email: str, password: str) -> User | None:
        user = self.by_email(email)
        if user and hmac.compare_digest(user.password_hash, hash_password(user.email, password)):
            return user
        return None


@cache
def hash_password(email: str, password: str) -> str:
    """Salted with the e-mail address, and kept for the process, as every simulated Xero has the same demo user."""
    return hashlib.scrypt(password.encode(), salt=email.lower().encode(), n=2**12, r=8, p=1).hex()


def form(request: Request) -> dict[str, str]:
    """The fields of a form-encoded body; of a repeated field the last one."""
    fields = parse_qs(request.body.decode("utf-8", "replace"), keep_blank_values=True)
    return {name: values[-1] for name, values in fields.items()}


def basic_credentials(request: Request) -> tuple[str, str] | None:
    scheme, _, encoded = request.header("authorization").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    # RFC 6749 2.3.1: both halves are form-encoded before they are joined.
    return unquote(name), unquote(secret)


def form_credentials(request: Request) -> tuple[str, str]:
    fields = form(request)
    return fields.get("client_id", ""), fields.get("client_secret", "")
