"""When a car was promised, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format

SOON = timedelta(hours=2)


@dataclass(frozen=True)
class Promise:
    words: str
    level: str  # late, soon, later or done: the colour; the words alone say the same


def promise(at: datetime, now: datetime, *, kept: bool = False) -> Promise:
    """``kept``: the work is done, so the time no longer presses."""
    if kept:
        return Promise(f"Promised {day_and_time(at, now)}", "done")
    if at < now:
        return Promise(f"Late: was due {day_and_time(at, now)}", "late")
    if at - now <= SOON:
        return Promise(f"Due in {_duration(at - now)}", "soon")
    return Promise(f"Due {day_and_time(at, now)}", "later")


def _duration(left: timedelta) -> str:
    minutes = max(int(left.total_seconds() // 60), 1)
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min" if minutes % 60 else f"{minutes // 60} h"


def day_and_time(at: datetime, now: datetime) -> str:
    """Today 4:30 pm, tomorrow 9 am, Thu 9 am, 20 Jul 9 am; in the zone in force."""
    at, now = timezone.localtime(at), timezone.localtime(now)
    return f"{_day(at, now)} {clock(at)}"


def _day(at: datetime, now: datetime) -> str:
    days = (at.date() - now.date()).days
    near = {-1: "yesterday", 0: "today", 1: "tomorrow"}
    if days in near:
        return near[days]
    if 1 < days < 7:
        return date_format(at, "D")
    return date_format(at, "j M" if at.year == now.year else "j M Y")


def clock(at: datetime) -> str:
    hour, suffix = at.hour % 12 or 12, "am" if at.hour < 12 else "pm"
    return f"{hour}:{at.minute:02d} {suffix}" if at.minute else f"{hour} {suffix}"
