"""django-q2's entry points, one line each. They return nothing: a result would only have to be stored."""

from __future__ import annotations

from accounting_sync import contact_import, export_runs, queue, sweep, tieout
from accounting_sync import drain as drains
from accounting_sync import half_connections as half
from accounting_sync import pull as pulls


def drain() -> None:
    drains.drain()


def pull() -> None:
    pulls.pull()


def import_contacts() -> None:
    contact_import.work()


def tie_out() -> None:
    tieout.work()


def export_run() -> None:
    export_runs.work()


def every_hour() -> None:
    tieout.nightly()


def half_connections() -> None:
    half.work()


def beat() -> None:
    queue.beat()


def every_minute() -> None:
    sweep.every_minute()
