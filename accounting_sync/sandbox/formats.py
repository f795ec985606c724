"""How Xero writes things down: /Date(ms)/, numbers, envelopes; and how it reads dates and numbers."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any

from .errors import BodyRefused
from .message import Response

PROVIDER = "Xero sandbox"
_EPOCH = date(1970, 1, 1).toordinal()
_MS_DATE = re.compile(r"/Date\((-?\d+)(?:[+-]\d{4})?\)/")
_LARGEST = Decimal(10) ** 15
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
LONG_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


@lru_cache(maxsize=4096)
def ms_date(day: date) -> str:
    """A business date, as midnight UTC."""
    return f"/Date({(day.toordinal() - _EPOCH) * 86_400_000}+0000)/"


@lru_cache(maxsize=4096)
def date_string(day: date) -> str:
    return f"{day.isoformat()}T00:00:00"


def ms_moment(moment: datetime, zone: str = "+0000") -> str:
    return f"/Date({int(moment.timestamp() * 1000)}{zone})/"


def moment_string(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def short_date(day: date) -> str:
    """31-Jul-2013, whatever the machine's language."""
    return f"{day.day:02d}-{MONTHS[day.month - 1]}-{day.year}"


def report_date(day: date) -> str:
    return f"{day.day} {LONG_MONTHS[day.month - 1]} {day.year}"


def put_date(out: dict[str, Any], name: str, day: date | None) -> None:
    """A business date goes out twice: as text without a zone and as milliseconds."""
    if day is not None:
        out[f"{name}String"] = date_string(day)
        out[name] = ms_date(day)


def put_updated(out: dict[str, Any], moment: datetime) -> None:
    out["UpdatedDateUTC"] = ms_moment(moment)
    out["UpdatedDateUTCString"] = moment_string(moment)


def read_date(value: Any, field: str) -> date | None:
    """YYYY-MM-DD, an ISO date-time or /Date(ms)/; the zone is never applied to a business date."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        try:
            if found := _MS_DATE.fullmatch(value):
                return datetime.fromtimestamp(int(found[1]) / 1000, UTC).date()
            return datetime.fromisoformat(value).date()
        except (ValueError, OverflowError, OSError):
            pass
    raise BodyRefused(f"{field} is not a date: {value!r:.60}")


def read_number(value: Any, field: str) -> Decimal | None:
    """A number, or a string that holds one; at most 15 digits before the point."""
    if value is None or value == "":
        return None
    try:
        if isinstance(value, bool | float) or not isinstance(value, int | str | Decimal):
            raise InvalidOperation
        number = value if isinstance(value, Decimal) else Decimal(value)
        if not number.is_finite() or abs(number) >= _LARGEST or number.as_tuple().exponent < -60:  # type: ignore[operator]
            raise InvalidOperation
    except InvalidOperation:
        raise BodyRefused(f"{field} is not a number: {value!r:.60}") from None
    return number


def read_moment(header: str) -> datetime | None:
    """If-Modified-Since: UTC ``yyyy-mm-ddThh:mm:ss``, or RFC 1123; to the second. None when it is neither."""
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = parse(header)
            moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            return moment.astimezone(UTC).replace(microsecond=0)
        except (ValueError, OverflowError):
            continue
    return None


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        # Fifteen significant digits survive a double exactly, and no amount in Xero has more.
        return float(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


_ENCODE = json.JSONEncoder(default=_plain, separators=(",", ":")).encode


def json_response(payload: Mapping[str, Any], status: int = 200) -> Response:
    return Response(status, _ENCODE(payload).encode(), {"Content-Type": "application/json; charset=utf-8"})


def text_response(text: str, status: int) -> Response:
    return Response(status, text.encode(), {"Content-Type": "text/plain; charset=utf-8"})
