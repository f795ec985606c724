"""The only seam to the background worker: wake-ups. Losing one costs a minute, never a document."""

from __future__ import annotations

from functools import cache, partial
from typing import Any

from django.db import transaction
from django_q.brokers import Broker, get_broker
from django_q.tasks import async_task


@cache
def _broker() -> Broker:
    """One per process: a new Redis broker would open a new connection for every wake-up."""
    return get_broker()


def _wake(task: str) -> None:
    options: dict[str, Any] = {"save": False, "broker": _broker()}
    async_task(f"accounting_sync.tasks.{task}", q_options=options)


def wake_drain() -> None:
    """Send what is due, once the present transaction stands. A queue that cannot be reached is logged, not raised."""
    transaction.on_commit(partial(_wake, "drain"), robust=True)


def wake_pull() -> None:
    """Read what changed in Xero, on the same terms."""
    transaction.on_commit(partial(_wake, "pull"), robust=True)


def wake_import() -> None:
    """Go on with the import of contacts, on the same terms."""
    transaction.on_commit(partial(_wake, "import_contacts"), robust=True)


def wake_half_connections() -> None:
    """Ask Xero whether we are connected after all, on the same terms."""
    transaction.on_commit(partial(_wake, "half_connections"), robust=True)


def wake_tie_out() -> None:
    """Go on with the comparison of both sides, on the same terms."""
    transaction.on_commit(partial(_wake, "tie_out"), robust=True)


def wake_export_run() -> None:
    """Find what belongs to an export of many documents, on the same terms."""
    transaction.on_commit(partial(_wake, "export_run"), robust=True)


def wake_beat() -> None:
    """Ask the worker for a sign of life, now. Raises what the queue raises: the watchdog wants to know."""
    _wake("beat")
