"""Xero's limits, read from its answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Limits:
    """What is left of the minute and the day; ``problem`` and ``wait`` only when Xero put us off."""

    minute_left: int | None = None
    day_left: int | None = None
    problem: str = ""
    wait: timedelta | None = None


WITHOUT_RETRY_AFTER = timedelta(seconds=2)  # the limit of five at once carries none
WINDOW = timedelta(seconds=60)


def read(headers: Mapping[str, str], status: int) -> Limits:
    minute = _whole(headers.get("X-MinLimit-Remaining"))
    day = _whole(headers.get("X-DayLimit-Remaining"))
    if status != 429:
        return Limits(minute, day)
    problem = headers.get("X-Rate-Limit-Problem", "").replace("-", "").lower() or "unknown"
    seconds = _whole(headers.get("Retry-After"))
    if seconds is not None:
        return Limits(minute, day, problem, timedelta(seconds=max(seconds, 1)))
    return Limits(minute, day, problem, WITHOUT_RETRY_AFTER if problem == "concurrent" else WINDOW)


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.strip().isdigit() else None
