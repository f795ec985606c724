"""Which organisations an app may touch for a user: what Xero calls connections."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from random import Random
from typing import Any

from .message import Response
from .replies import as_json, not_found
from .table import Table
from .tokens import new_id


class Connections:
    def __init__(self, table: Table, clock: Callable[[], datetime], random: Random) -> None:
        self.table, self.clock, self.random = table, clock, random

    def connect(self, client_id: str, user_id: str, tenant_id: str, name: str, event_id: str) -> None:
        """A new connection, or the old one renewed: it keeps its id and its day of creation."""
        now = self.clock()
        old = self._find(client_id, user_id, tenant_id)
        document = old or {
            "id": new_id(self.random),
            "client_id": client_id,
            "user_id": user_id,
            "tenantId": tenant_id,
            "createdDateUtc": now,
        }
        changes = {"authEventId": event_id, "tenantName": name, "updatedDateUtc": now, "live": True}
        self.table.put(document["id"], {**document, **changes})

    def _find(self, client_id: str, user_id: str, tenant_id: str) -> dict[str, Any] | None:
        wanted = (client_id, user_id, tenant_id)
        keys = ("client_id", "user_id", "tenantId")
        return next((each for each in self.table.values() if tuple(each[key] for key in keys) == wanted), None)

    def live(self, client_id: str = "", user_id: str = "", tenant_id: str = "") -> list[dict[str, Any]]:
        """The connections not taken away, oldest first, of this app, user and organisation (each if given)."""
        wanted = {"client_id": client_id, "user_id": user_id, "tenantId": tenant_id}
        found = [
            each
            for each in self.table.values()
            if each["live"] and all(not value or each[key] == value for key, value in wanted.items())
        ]
        return sorted(found, key=lambda each: each["createdDateUtc"])

    def is_live(self, tenant_id: str) -> bool:
        """Whether any app at all is connected to the organisation."""
        return any(each["live"] and each["tenantId"] == tenant_id for each in self.table.values())

    def disconnect(self, connection_id: str) -> None:
        self.table.put(connection_id, {**self.table[connection_id], "live": False})

    def disconnect_all(self, client_id: str = "", user_id: str = "", tenant_id: str = "") -> None:
        for each in self.live(client_id, user_id, tenant_id):
            self.disconnect(each["id"])

    # -- over HTTP

    def listing(self, client_id: str, user_id: str, event_id: str = "") -> Response:
        found = self.live(client_id, user_id)
        return as_json([_rendered(each) for each in found if not event_id or each["authEventId"] == event_id])

    def delete(self, client_id: str, user_id: str, connection_id: str) -> Response:
        """By connection id, not by tenant id: the mistake Xero answers with 404."""
        if connection_id not in {each["id"] for each in self.live(client_id, user_id)}:
            return not_found()
        self.disconnect(connection_id)
        return Response(204)


def _rendered(connection: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": connection["id"],
        "authEventId": connection["authEventId"],
        "tenantId": connection["tenantId"],
        "tenantType": "ORGANISATION",
        "tenantName": connection["tenantName"],
        "createdDateUtc": _iso(connection["createdDateUtc"]),
        "updatedDateUtc": _iso(connection["updatedDateUtc"]),
    }


def _iso(moment: datetime) -> str:
    """Seven digits of a second and no zone, as only /connections writes it."""
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}0"
