"""JWTs signed with RS256, so that a client's own OpenID library can check them against the published key."""

from __future__ import annotations

import base64
import hashlib
import json
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa


def b64(data: bytes) -> str:
    """Base64url without padding, as JOSE wants it."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def digest(secret: str) -> str:
    """How a token, code or client secret is stored: it can be recognised, never read back."""
    return hashlib.sha256(secret.encode()).hexdigest()


@cache
def new_key() -> str:
    """One key for the process: making one costs as much as a whole simulated day."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


@cache
def _load(pem: str) -> rsa.RSAPrivateKey:
    key = serialization.load_pem_private_key(pem.encode(), None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("the sandbox signs with an RSA key")
    return key


def jwt(claims: dict[str, Any], pem: str) -> str:
    header = {"alg": "RS256", "kid": key_id(pem), "typ": "JWT"}
    signed = ".".join(b64(json.dumps(part, separators=(",", ":")).encode()) for part in (header, claims))
    return f"{signed}.{b64(_load(pem).sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


@cache
def key_id(pem: str) -> str:
    return hashlib.sha256(pem.encode()).hexdigest()[:40].upper()


def public_key(pem: str) -> dict[str, str]:
    """The key as a JWK (RFC 7517)."""
    numbers = _load(pem).public_key().public_numbers()
    n, e = (b64(value.to_bytes((value.bit_length() + 7) // 8)) for value in (numbers.n, numbers.e))
    return {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": key_id(pem), "n": n, "e": e}
