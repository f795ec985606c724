"""The thread that carries webhooks: never the thread of the call that caused them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from http.client import HTTPException
from typing import Protocol
from urllib.error import HTTPError
from urllib.request import Request as Post
from urllib.request import urlopen

from .webhooks import Delivery, Webhooks

#: Xero waits this long for an answer, in seconds.
PATIENCE = 5
#: How long an unreachable app is left alone before it is asked for its intent again.
ASK_AGAIN = 3.0


class Service(Protocol):
    webhooks: Webhooks
    lock: threading.RLock

    def save(self) -> None: ...


def post(url: str, delivery: Delivery) -> int:
    """The status of the app's answer. Raises OSError when there is none."""
    try:
        with urlopen(Post(url, delivery.body, delivery.headers), timeout=PATIENCE) as answer:  # noqa: S310 - by the operator
            return answer.status
    except HTTPError as error:
        error.close()
        return error.code
    except HTTPException as error:
        raise OSError(str(error)) from error


class Courier(threading.Thread):
    def __init__(self, service: Service, send: Callable[[str, Delivery], int] = post) -> None:
        super().__init__(name="webhooks", daemon=True)
        self.service, self.send = service, send
        self.news, self.stopping = threading.Event(), False
        service.webhooks.on_note = self.news.set

    def run(self) -> None:
        while not self.stopping:
            self.news.wait(timeout=1)
            self.news.clear()
            if not self.stopping and not self.round():
                self.news.wait(timeout=ASK_AGAIN)

    def stop(self) -> None:
        self.stopping = True
        self.news.set()

    def round(self) -> bool:
        """Ask for the intent if need be, then deliver what is due. False when the app could not be reached."""
        status = self.service.webhooks.subscription["status"]
        if status == "asking":
            return self._ask()
        return self._deliver() if status == "on" else True

    def _ask(self) -> bool:
        with self.service.lock:
            url, intents = self.service.webhooks.subscription["url"], self.service.webhooks.intents()
        try:
            wrong = [(self.send(url, delivery), wanted) for delivery, wanted in intents]
        except OSError as error:
            self._settle("asking", f"No answer: {error}")
            return False
        failures = [f"{got} instead of {wanted}" for got, wanted in wrong if got != wanted]
        self._settle("disabled" if failures else "on", f"Intent to receive: {failures[0]}" if failures else "")
        return True

    def _settle(self, status: str, why: str) -> None:
        with self.service.lock:
            self.service.webhooks.change(status=status, why=why)
            self.service.save()
        if status == "on":
            self.news.set()

    def _deliver(self) -> bool:
        with self.service.lock:
            url, deliveries = self.service.webhooks.subscription["url"], self.service.webhooks.take()
        return all(self._carry(url, delivery) for delivery in deliveries)

    def _carry(self, url: str, delivery: Delivery) -> bool:
        try:
            status = self.send(url, delivery)
            why = "" if status == 200 else f"The app answered {status}"
        except OSError as error:
            why = f"No answer: {error}"
        with self.service.lock:
            if why:
                self.service.webhooks.failed(delivery, why)
            else:
                self.service.webhooks.delivered(delivery)
            self.service.save()
        return not why
