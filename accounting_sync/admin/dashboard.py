"""The first page of the office: how the books stand."""

from __future__ import annotations

from typing import Any

from accounting_sync import tieout
from accounting_sync.health import health_of
from accounting_sync.models import Attempt, Connection
from accounting_sync.pages.connection import states
from accounting_sync.standing import ASKS_SOMEBODY, in_use

SHOWN = 8


def summary() -> dict[str, Any]:
    """What asks for a person first, then what is on its way, then what happened last."""
    connection = Connection.objects.live().first()
    if connection is None:
        return {"connection": None}
    errors = in_use().filter(ASKS_SOMEBODY)[:SHOWN]
    # fetched apart: SQLite would join a million calls to their records before it takes the last eight
    latest = Attempt.objects.prefetch_related("sync_record").defer("body", "response")[:SHOWN]
    return {
        "connection": connection,
        "states": states(connection),
        "health": health_of(connection),
        "errors": errors,
        "latest": latest,
        "tie_out": tieout.latest(connection),
    }
