"""Who is acting: the person whose request this happens in."""

from __future__ import annotations

from typing import Any

from simple_history.models import HistoricalRecords


def acting_user() -> Any:
    """Whoever sent the request, as the history knows it; None in the background."""
    request = getattr(HistoricalRecords.context, "request", None)
    user = getattr(request, "user", None)
    return user if user is not None and user.is_authenticated else None
