"""A whole tie-out, and what it found."""

from accounting_sync import tieout
from accounting_sync.models import TieOutRun


def tied(connection):
    """A whole run; returns its differences as (kind, reason, ours, theirs, amount)."""
    connection.refresh_from_db()
    run = tieout.begin(connection)
    assert tieout.work()
    run.refresh_from_db()
    assert run.stage == "done", run.message
    return [(one.kind, one.reason, one.ours, one.theirs, one.amount) for one in run.differences.order_by("kind", "id")]


def the_run():
    return TieOutRun.objects.first()
