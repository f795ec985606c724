"""Optimistic locking: `ETag` carries a record's version, `If-Match` asks that it is still that one."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from workshop.api.problems import StaleVersion
from workshop.errors import ChangedMeanwhile


def etag(version: int) -> str:
    return f'"{version}"'


def tag(response: Response, version: int) -> Response:
    response["ETag"] = etag(version)
    return response


def require_version(request: Request, stated: int | None, actual: int) -> None:
    """Raises StaleVersion (412) for an If-Match of another version, ChangedMeanwhile (409) for one in the body."""
    tags = [value.strip().removeprefix("W/") for value in request.headers.get("If-Match", "").split(",")]
    if tags != [""] and "*" not in tags and etag(actual) not in tags:
        raise StaleVersion(f"You hold version {', '.join(tags)}; it is at {etag(actual)} now. Read it again.")
    if stated is not None and stated != actual:
        raise ChangedMeanwhile(
            f"It was changed meanwhile: you hold version {stated}, it is at {actual}.", field="version"
        )
