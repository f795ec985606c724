"""Webhooks as Xero sends them: signed, batched over all organisations, repeated until taken, in no sure order."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from .connections import Connections
from .organisation import Organisation
from .signing import b64
from .table import Table

#: Where a category's documents are read by the app.
COLLECTIONS = {
    "CONTACT": "Contacts",
    "INVOICE": "Invoices",
    "CREDITNOTE": "CreditNotes",
    "PREPAYMENT": "Prepayments",
    "OVERPAYMENT": "Overpayments",
}
MOST_EVENTS = 50
#: Of events nobody has subscribed to; they are there for tests in the same process.
MOST_KEPT = 1_000
RETRY_EVERY = timedelta(minutes=15)
GIVES_UP_AFTER = timedelta(hours=24)
DEFAULTS: dict[str, Any] = {
    "url": "", "key": "", "status": "off", "why": "", "failing_since": None,
    "duplicate": False, "reorder": False, "delay": 0,
}  # fmt: skip


@dataclass(frozen=True)
class Delivery:
    """One POST to the app: raw body and signature, and the events it carries."""

    body: bytes
    signature: str
    events: tuple[str, ...] = ()

    @property
    def headers(self) -> dict[str, str]:
        return {"Content-Type": "application/json", "x-xero-signature": self.signature, "User-Agent": "Xero.Webhooks"}


def sign(key: str, body: bytes) -> str:
    return base64.b64encode(hmac.new(key.encode(), body, hashlib.sha256).digest()).decode()


class Webhooks:
    """The one subscription of this pretended Xero, and the events still to be told.

    On demand: ``duplicate`` sends every delivery twice, ``reorder`` shuffles, ``delay`` holds each event back.
    """

    def __init__(
        self,
        tables: Callable[[str], Table],
        clock: Callable[[], datetime],
        random: Random,
        connections: Connections,
    ) -> None:
        self.events, self.settings = tables("WebhookEvents"), tables("WebhookSettings")
        self.clock, self.random, self.connections = clock, random, connections
        self.resource_base = "https://api.xero.com"
        self.on_note: Callable[[], None] = lambda: None

    # -- the subscription

    @property
    def subscription(self) -> dict[str, Any]:
        """url, key, status and the disorder asked for. Status: off, asking, on or disabled."""
        return DEFAULTS | self.settings.get("subscription", {})

    def change(self, **changes: Any) -> None:
        self.settings.put("subscription", {**self.subscription, **changes})

    def subscribe(self, url: str, key: str) -> None:
        """A new address must first prove, by the intent to receive, that it checks signatures.

        It is told only what happens from now on. The address it has already, unless disabled, changes nothing.
        """
        now = self.subscription
        if (url, key) == (now["url"], now["key"]) and now["status"] in {"on", "asking"}:
            return
        if now["status"] == "off":
            self._forget(0)
        self.change(url=url, key=key, status="asking" if url else "off", why="", failing_since=None)
        self.on_note()

    def _forget(self, kept: int) -> None:
        """Drop the oldest events beyond ``kept``."""
        for number in list(self.events)[: max(0, len(self.events) - kept)]:
            del self.events[number]

    def intents(self) -> list[tuple[Delivery, int]]:
        """The intent to receive: some rightly and some wrongly signed, each with the status it must be answered."""
        good = [True, False, True, False]
        self.random.shuffle(good)
        return [(self._intent(is_good), 200 if is_good else 401) for is_good in good]

    def _intent(self, is_good: bool) -> Delivery:
        body = self._body([], 0, 0)
        key = self.subscription["key"] if is_good else b64(self.random.randbytes(32))
        return Delivery(body, sign(key, body))

    # -- events

    def note(self, organisation: Organisation, category: str, event_type: str, resource_id: str) -> None:
        """Something happened to a document. Told only for organisations some app is connected to."""
        if not self.connections.is_live(organisation.id):
            return
        subscription, collection = self.subscription, COLLECTIONS[category]
        number = self.settings.get("sequence", {"last": 0})["last"] + 1
        self.settings.put("sequence", {"last": number})
        event: dict[str, Any] = {
            "resourceUrl": f"{self.resource_base}/api.xro/2.0/{collection}/{resource_id}",
            "resourceId": resource_id,
            "eventDateUtc": f"{self.clock():%Y-%m-%dT%H:%M:%S.%f}"[:-3],
            "eventType": event_type,
            "eventCategory": category,
            "tenantId": organisation.id,
            "tenantType": "ORGANISATION",
        }
        if category == "CREDITNOTE":
            note = organisation.tables["CreditNotes"][resource_id]
            event["data"] = {"Type": note["Type"], "Status": note["Status"]}
        due = self.clock() + timedelta(seconds=subscription["delay"])
        self.events.put(str(number), {"event": event, "due": due, "tries": 0})
        if subscription["status"] == "off" and len(self.events) > MOST_KEPT:
            self._forget(MOST_KEPT)
        self.on_note()

    @property
    def outbox(self) -> list[dict[str, Any]]:
        """The events still to be told, oldest first: for tests in the same process."""
        return [each["event"] for each in self.events.values()]

    def take(self) -> list[Delivery]:
        """What is due now, as the POSTs to make. The events stay until ``delivered``."""
        now = self.clock()
        due = [number for number, each in self.events.items() if each["due"] <= now]
        if not due:
            return []
        if self.subscription["reorder"]:
            self.random.shuffle(due)
            batches = [due[:1], due[1:]]
        else:
            batches = [due[:MOST_EVENTS]]
        return [self.delivery(batch) for batch in batches if batch for _ in range(1 + self.subscription["duplicate"])]

    def delivery(self, numbers: list[str]) -> Delivery:
        events = [self.events[number]["event"] for number in numbers]
        order = sorted(map(int, numbers))
        body = self._body(events, order[0], order[-1])
        return Delivery(body, sign(self.subscription["key"], body), tuple(numbers))

    def _body(self, events: list[dict[str, Any]], first: int, last: int) -> bytes:
        entropy = b64(self.random.randbytes(15)).upper()
        body = {"events": events, "firstEventSequence": first, "lastEventSequence": last, "entropy": entropy}
        return json.dumps(body, separators=(",", ":")).encode()

    # -- what became of a delivery

    def delivered(self, delivery: Delivery) -> None:
        """Answered 200: never told again."""
        for number in delivery.events:
            if number in self.events:
                del self.events[number]
        if self.subscription["failing_since"]:
            self.change(failing_since=None, why="")

    def failed(self, delivery: Delivery, why: str) -> None:
        """At once again, then every fifteen minutes; after a day of it the subscription is disabled."""
        now = self.clock()
        for number in delivery.events:
            if each := self.events.get(number):
                again = now + (RETRY_EVERY if each["tries"] else timedelta(0))
                self.events.put(number, {**each, "tries": each["tries"] + 1, "due": again})
        since = self.subscription["failing_since"] or now
        given_up = now - since >= GIVES_UP_AFTER
        self.change(failing_since=since, why=why, **({"status": "disabled"} if given_up else {}))
