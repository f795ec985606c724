"""How the queue's own statements grow with the number of records that are in Xero already."""

import time
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounting_sync import queue
from accounting_sync.models import SyncRecord
from tests.bench.world import connected, row

SIZES = [1_000, 10_000, 100_000]
TIMES = 100


def run(sandbox):
    print("\nThe queue over 1,000, 10,000 and 100,000 records")
    connection = connected(sandbox)
    taken = {"due": [], "want": [], "unresolved": []}
    held = 0
    for size in SIZES:
        fill(connection, held, size)
        held = size
        for name, seconds in measure(connection).items():
            taken[name].append(seconds)
    SyncRecord.objects.filter(connection=connection, kind="bench").delete()
    names = {"due": "finding what is due", "want": "queueing a change", "unresolved": "counting what is unresolved"}
    failures = 0
    for name, seconds in taken.items():
        ratio = seconds[-1] / seconds[0]
        shown = " / ".join(f"{each * 1000:.2f}" for each in seconds) + " ms"
        failures += row(names[name], shown, f"100,000 : 1,000 = {ratio:.1f}, at most 3", ratio <= 3)
    return failures


def fill(connection, start, end):
    now = timezone.now() - timedelta(days=1)
    SyncRecord.objects.bulk_create(
        (
            SyncRecord(
                connection=connection, kind="bench", object_id=n, remote_id=f"bench-{n}", state="synced", wanted=1,
                synced=1, since=now, not_before=now, title=f"Bench {n}",
            )
            for n in range(start, end)
        ),
        batch_size=2000,
    )  # fmt: skip


def measure(connection):
    return {
        "due": timed(lambda: queue.due(connection, timezone.now(), 50)),
        "want": timed(want_and_undo),
        "unresolved": timed(lambda: SyncRecord.objects.unresolved().count()),
    }


def want_and_undo():
    with transaction.atomic():
        queue.want("bench", 5, 20)
        transaction.set_rollback(True)


def timed(act):
    """The best of many: what the statement costs, not what else the machine did."""
    best = float("inf")
    for _ in range(TIMES):
        began = time.perf_counter()
        act()
        best = min(best, time.perf_counter() - began)
    return best
