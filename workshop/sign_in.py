"""Against guessing passwords: too many failures, through whichever door, close all doors for a quarter of an hour."""

from __future__ import annotations

import hashlib

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

WINDOW_SECONDS = 15 * 60
PER_NAME_AND_ADDRESS = 5
PER_ADDRESS = 40  # a whole garage shares one address


def address_of(request: HttpRequest) -> str:
    """The client's address. Only the last hop of X-Forwarded-For is our proxy's own word; the rest can be made up."""
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
    if settings.SECURE_PROXY_SSL_HEADER and forwarded:
        return str(forwarded.rsplit(",", 1)[-1].strip())
    return str(request.META.get("REMOTE_ADDR", ""))


def _keys(username: str, address: str) -> dict[str, int]:
    name = hashlib.sha256(f"{username.strip().lower()}|{address}".encode()).hexdigest()
    return {f"sign-in:{name}": PER_NAME_AND_ADDRESS, f"sign-in:{address}": PER_ADDRESS}


def closed(username: str, address: str) -> bool:
    limits = _keys(username, address)
    failures = cache.get_many(limits)
    return any(failures.get(key, 0) >= limit for key, limit in limits.items())


def note_failure(username: str, address: str) -> None:
    for key in _keys(username, address):
        if not cache.add(key, 1, WINDOW_SECONDS):
            cache.incr(key)


def forget(username: str, address: str) -> None:
    """After a sign-in that worked. The address's own count stays: a known account must not reset it."""
    named, _ = _keys(username, address)
    cache.delete(named)
