"""Lock dates: a document dated on or before one is refused, new or changed."""

from __future__ import annotations

from datetime import date

from ..errors import PERIOD_LOCKED, YEAR_LOCKED, Refused
from ..formats import short_date
from .call import Call


def check_open(call: Call, *days: date) -> None:
    """Refuse days in a locked period. The year lock binds everyone, the period lock all but advisers."""
    settings, day = call.organisation.settings, min(days)
    year, period = settings.get("EndOfYearLockDate"), settings.get("PeriodLockDate")
    if year and day <= year:
        raise Refused(YEAR_LOCKED.format(date=short_date(year)))
    if period and day <= period and not call.adviser:
        raise Refused(PERIOD_LOCKED.format(date=short_date(period)))
