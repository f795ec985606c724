"""The wrapper around every answer."""

from __future__ import annotations

from typing import Any

from ..formats import PROVIDER, ms_moment
from ..organisation import Organisation


def envelope(
    organisation: Organisation,
    collection: str,
    rows: list[dict[str, Any]],
    pagination: dict[str, int] | None = None,
) -> dict[str, Any]:
    reply: dict[str, Any] = {
        "Id": organisation.new_id(),
        "Status": "OK",
        "ProviderName": PROVIDER,
        "DateTimeUTC": ms_moment(organisation.now(), ""),
    }
    if pagination:
        reply["pagination"] = pagination
    reply[collection] = rows
    return reply
