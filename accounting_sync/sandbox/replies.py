"""The answers Xero gives before an organisation is even asked: refusals of the edge, of identity and of the gate."""

from __future__ import annotations

import json
from typing import Any

from .message import Response

JSON = "application/json; charset=utf-8"
PLAIN = "text/plain; charset=utf-8"
HTML = "text/html; charset=utf-8"

NOT_FOUND = "The resource you're looking for cannot be found"


def as_json(body: Any, status: int = 200, **headers: str) -> Response:
    return Response(status, json.dumps(body, separators=(",", ":")).encode(), {"Content-Type": JSON, **headers})


def plain(text: str, status: int) -> Response:
    return Response(status, text.encode(), {"Content-Type": PLAIN})


def page(title: str, status: int) -> Response:
    body = f"<!DOCTYPE html><html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
    return Response(status, body.encode(), {"Content-Type": HTML})


def not_modelled(what: str) -> Response:
    """The sandbox's own refusal, so that a test notices what nobody has thought about."""
    return plain(f"Sandbox: {what} is not modelled", 501)


def not_found() -> Response:
    """Plain text, not JSON: as Xero's own 404."""
    return plain(NOT_FOUND, 404)


def problem(status: int, title: str, detail: str, instance: str) -> Response:
    return as_json(
        {"Type": None, "Title": title, "Status": status, "Detail": detail, "Instance": instance, "Extensions": {}},
        status,
    )


def oauth_error(code: str, status: int = 400) -> Response:
    return as_json({"error": code}, status)
