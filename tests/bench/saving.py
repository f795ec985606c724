"""What a save costs with sync on and off."""

import time
from contextlib import contextmanager
from decimal import Decimal

from django.db import connection as database
from django.db.models.signals import post_delete, post_save
from django.test.utils import CaptureQueriesContext

from tests.bench.world import connected, row
from tests.factories import a_completed_job, a_garage, an_invoice
from workshop import sales

SAVES = 200


def run(sandbox):
    print("\nSaving an invoice")
    a_garage()
    with sync_off():
        without = issue()
        invoice = an_invoice()
        off = resave(invoice)
    connected(sandbox)
    first = issue()
    invoice = an_invoice()
    on = resave(invoice)
    failures = row("queries of issuing one, sync off", without)
    failures += row("queries more with sync on", f"+{first - without}", "at most +2", first - without <= 2)
    failures += row("queries more when it is queued already", f"+{on[0] - off[0]:g}", "at most +1", on[0] - off[0] <= 1)
    failures += row("time of a save, sync on : off", f"{on[1] / off[1]:.2f} : 1", "below 3 : 1", on[1] < 3 * off[1])
    return failures


@contextmanager
def sync_off():
    """Nobody listens to saves, as if the integration were not installed."""
    kept = [(signal, signal.receivers) for signal in (post_save, post_delete)]
    for signal, receivers in kept:
        signal.receivers = [r for r in receivers if not str(r[0][0]).startswith("accounting_sync")]
        signal.sender_receivers_cache.clear()
    try:
        yield
    finally:
        for signal, receivers in kept:
            signal.receivers = receivers
            signal.sender_receivers_cache.clear()


def issue():
    """Queries of issuing an invoice, up to and with its wake-up."""
    job = a_completed_job([{"description": "Labour", "unit_price": Decimal("10")}])
    with CaptureQueriesContext(database) as queries:
        sales.issue_invoice(job)
    return len(queries)


def resave(invoice):
    """Queries and seconds of saving one invoice again and again."""
    invoice.save(update_fields=["updated_at"])
    began = time.perf_counter()
    with CaptureQueriesContext(database) as queries:
        for _ in range(SAVES):
            invoice.save(update_fields=["updated_at"])
    return len(queries) / SAVES, time.perf_counter() - began
