"""Xero's four limits: five calls at once, sixty a minute, so many a day, ten thousand a minute for the app."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

from .message import Response
from .replies import plain

CONCURRENT = 5
MINUTE = 60
APP_MINUTE = 10_000
#: Core tier and above; Starter has 1,000. An organisation's settings may say otherwise (``daily_calls``).
DAY = 5_000

SECONDS_OF_MINUTE, SECONDS_OF_DAY = 60, 86_400


class Limited(Exception):
    """A call over a limit. ``retry_after`` in seconds; None for a kind that does not say."""

    def __init__(self, problem: str, retry_after: int | None = None) -> None:
        super().__init__(problem)
        self.problem, self.retry_after = problem, retry_after

    def response(self) -> Response:
        response = plain("Rate Limit Exceeded", 429)
        response.headers["X-Rate-Limit-Problem"] = self.problem
        if self.retry_after is not None:
            response.headers["Retry-After"] = str(self.retry_after)
        return response


@dataclass
class Window:
    """A fixed window: it begins anew at a moment of its own, not when the first call comes."""

    length: int
    offset: int
    number: int = -1
    used: int = 0

    def spent(self, now: datetime) -> int:
        number = (int(now.timestamp()) - self.offset) // self.length
        if number != self.number:
            self.number, self.used = number, 0
        return self.used

    def seconds_left(self, now: datetime) -> int:
        return self.length - (int(now.timestamp()) - self.offset) % self.length


@dataclass
class Meter:
    """What one app has spent of one organisation."""

    minute: Window
    day: Window
    in_flight: int = 0


@dataclass
class Limits:
    clock: Callable[[], datetime]
    #: For benchmarks and simulations: counts on, refuses nothing.
    unlimited: bool = False
    meters: dict[tuple[str, str], Meter] = field(default_factory=dict)
    app_minutes: dict[str, Window] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)
    counting: Lock = field(default_factory=Lock)

    def meter(self, client_id: str, tenant_id: str) -> Meter:
        key = (client_id, tenant_id)
        if key not in self.meters:
            self.meters[key] = Meter(
                Window(SECONDS_OF_MINUTE, offset(*key, SECONDS_OF_MINUTE)),
                Window(SECONDS_OF_DAY, offset(*key, SECONDS_OF_DAY)),
            )
        return self.meters[key]

    def app_minute(self, client_id: str) -> Window:
        return self.app_minutes.setdefault(client_id, Window(SECONDS_OF_MINUTE, offset(client_id, "", 60)))

    @contextmanager
    def in_flight(self, client_id: str, tenant_id: str) -> Iterator[None]:
        """A place among the five. Raises Limited when they are taken; such a call costs nothing else."""
        meter = self.meter(client_id, tenant_id)
        with self.counting:
            if meter.in_flight >= CONCURRENT and not self.unlimited:
                raise self._limited("concurrent")
            meter.in_flight += 1
        try:
            yield
        finally:
            with self.counting:
                meter.in_flight -= 1

    def spend(self, client_id: str, tenant_id: str, daily: int = DAY) -> None:
        """Count one call, or raise Limited: a refused call is not counted, so waiting is always enough."""
        now = self.clock()
        meter, app = self.meter(client_id, tenant_id), self.app_minute(client_id)
        full = (
            ("day", meter.day, daily, True),
            ("minute", meter.minute, MINUTE, True),
            ("appminute", app, APP_MINUTE, False),
        )
        for problem, window, most, says_when in full:
            if window.spent(now) >= most and not self.unlimited:
                raise self._limited(problem, window.seconds_left(now) if says_when else None)
        for window in (meter.day, meter.minute, app):
            window.used += 1

    def _limited(self, problem: str, retry_after: int | None = None) -> Limited:
        self.refused[problem] += 1
        return Limited(problem, retry_after)

    def headers(self, client_id: str, tenant_id: str, daily: int = DAY) -> dict[str, str]:
        now = self.clock()
        meter, app = self.meter(client_id, tenant_id), self.app_minute(client_id)
        return {
            "X-DayLimit-Remaining": str(max(0, daily - meter.day.spent(now))),
            "X-MinLimit-Remaining": str(max(0, MINUTE - meter.minute.spent(now))),
            "X-AppMinLimit-Remaining": str(max(0, APP_MINUTE - app.spent(now))),
        }


def offset(client_id: str, tenant_id: str, length: int) -> int:
    """Where in the minute or day this pair's window begins: the same in every run, different for every tenant."""
    return int.from_bytes(hashlib.sha256(f"{client_id} {tenant_id}".encode()).digest()[:4]) % length
