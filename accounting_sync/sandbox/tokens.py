"""Codes, access tokens and refresh tokens: how long each lives and when it dies. Only their digests are kept."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from .people import User
from .scopes import SIGN_IN
from .signing import b64, digest, jwt
from .table import Table

CODE_LIVES = timedelta(minutes=5)
ACCESS_LIVES = timedelta(seconds=1800)
ID_TOKEN_LIVES = timedelta(minutes=5)
REFRESH_LIVES = timedelta(days=60)
#: A rotated refresh token is still taken for this long, for the client that lost the answer.
GRACE = timedelta(minutes=30)
ISSUER = "https://identity.xero.com"


@dataclass(frozen=True)
class Grant:
    """What one consent gave: to which app, by whom, how much, and the event that names the organisation picked."""

    client_id: str
    user_id: str
    scopes: tuple[str, ...]
    event_id: str

    @classmethod
    def of(cls, document: dict[str, Any]) -> Grant:
        return cls(document["client_id"], document["user_id"], tuple(document["scopes"]), document["event_id"])

    def document(self, **more: Any) -> dict[str, Any]:
        return {**vars(self), "scopes": list(self.scopes), **more}


class Tokens:
    def __init__(self, tables: Callable[[str], Table], clock: Callable[[], datetime], random: Random, key: str) -> None:
        self.codes, self.access, self.refresh = tables("Codes"), tables("AccessTokens"), tables("RefreshTokens")
        self.clock, self.random, self.key = clock, random, key

    def _new(self) -> str:
        return b64(self.random.randbytes(32))

    # -- codes

    def issue_code(self, grant: Grant, redirect_uri: str, challenge: str, nonce: str) -> str:
        code = self._new()
        expires = self.clock() + CODE_LIVES
        document = grant.document(redirect_uri=redirect_uri, challenge=challenge, nonce=nonce, expires=expires)
        self.codes.put(digest(code), document)
        return code

    def spend_code(self, code: str) -> dict[str, Any] | None:
        """The code's document, once: a second use finds nothing, nor does one after five minutes."""
        document = self.codes.get(digest(code))
        if document is None:
            return None
        del self.codes[digest(code)]
        return document if self.clock() < document["expires"] else None

    # -- access tokens

    def issue(self, grant: Grant, user: User, *, nonce: str = "", offline: bool = True) -> dict[str, Any]:
        """The body of a token answer. A refresh token only if offline_access was granted."""
        self._forget_the_dead()
        body: dict[str, Any] = {
            "access_token": self._access_token(grant, user),
            "expires_in": int(ACCESS_LIVES.total_seconds()),
            "token_type": "Bearer",
            "scope": " ".join(grant.scopes),
        }
        if "openid" in grant.scopes:
            body["id_token"] = self._id_token(grant, user, nonce)
        if offline and "offline_access" in grant.scopes:
            body["refresh_token"] = self._refresh_token(grant)
        return body

    def _access_token(self, grant: Grant, user: User) -> str:
        expires = self.clock() + ACCESS_LIVES
        claims = {
            **self._claims(grant, user, ACCESS_LIVES, f"{ISSUER}/resources"),
            "client_id": grant.client_id,
            "xero_userid": user.id,
            "authentication_event_id": grant.event_id,
            "scope": list(grant.scopes),
            "jti": self.random.randbytes(16).hex(),
        }
        token = jwt(claims, self.key)
        self.access.put(digest(token), grant.document(expires=expires))
        return token

    def _id_token(self, grant: Grant, user: User, nonce: str) -> str:
        claims = self._claims(grant, user, ID_TOKEN_LIVES, grant.client_id) | {"xero_userid": user.id}
        if "email" in grant.scopes:
            claims |= {"email": user.email, "preferred_username": user.email}
        if "profile" in grant.scopes:
            claims |= {"given_name": user.first_name, "family_name": user.last_name, "name": user.name}
        return jwt(claims | ({"nonce": nonce} if nonce else {}), self.key)

    def _claims(self, grant: Grant, user: User, lives: timedelta, audience: str) -> dict[str, Any]:
        now = int(self.clock().timestamp())
        expires = now + int(lives.total_seconds())
        return {"iss": ISSUER, "aud": audience, "iat": now, "nbf": now, "exp": expires, "sub": digest(user.id)[:32]}

    def bearer(self, token: str) -> Grant | None:
        """Whose token this is, or None for one never issued or past its thirty minutes."""
        document = self.access.get(digest(token))
        return Grant.of(document) if document and self.clock() < document["expires"] else None

    def expire(self, token: str) -> None:
        if digest(token) in self.access:
            del self.access[digest(token)]

    # -- refresh tokens

    def _refresh_token(self, grant: Grant) -> str:
        token = self._new()
        self.refresh.put(digest(token), grant.document(expires=self.clock() + REFRESH_LIVES, rotated=None))
        return token

    def rotate(self, token: str, client_id: str) -> Grant | None:
        """The grant to issue anew. Every use rotates; the token just rotated is taken again for thirty minutes."""
        document = self.refresh.get(digest(token))
        if not document or document["client_id"] != client_id or not self._is_alive(document):
            return None
        if document["rotated"] is None:
            self.refresh.put(digest(token), {**document, "rotated": self.clock()})
        return Grant.of(document)

    def _is_alive(self, document: dict[str, Any]) -> bool:
        now = self.clock()
        return now < document["expires"] and (document["rotated"] is None or now <= document["rotated"] + GRACE)

    def grant_of_refresh(self, token: str) -> Grant | None:
        document = self.refresh.get(digest(token))
        return Grant.of(document) if document else None

    def revoke(self, client_id: str, user_id: str) -> None:
        """Every refresh token of this user and app. An access token, being a JWT, lives out its half hour."""
        for key, document in list(self.refresh.items()):
            if (document["client_id"], document["user_id"]) == (client_id, user_id):
                del self.refresh[key]

    def _forget_the_dead(self) -> None:
        for key, document in list(self.refresh.items()):
            if not self._is_alive(document):
                del self.refresh[key]
        for table in (self.codes, self.access):
            for key in [key for key, document in table.items() if self.clock() >= document["expires"]]:
                del table[key]


def new_id(random: Random) -> str:
    """A lower-case version 4 GUID, repeatable from a seeded ``random``."""
    return str(uuid.UUID(int=random.getrandbits(128), version=4))


def added_to(held: tuple[str, ...], asked: tuple[str, ...]) -> tuple[str, ...]:
    """Consent only ever adds: what an earlier consent gave stays, except the scopes of this sign-in alone."""
    return tuple(dict.fromkeys([*asked, *(scope for scope in held if scope not in SIGN_IN)]))
