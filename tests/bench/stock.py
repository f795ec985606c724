"""What selling from stock costs, and how a valuation as at a past day grows with the movements behind it."""

import time
from datetime import date, timedelta

from django.db import connection as database
from django.db import transaction
from django.test.utils import CaptureQueriesContext

from tests.bench.world import row
from tests.factories import a_completed_job, a_garage, stocked
from workshop import sales
from workshop.models import Location, Part, StockMovement
from workshop.reports.valuation import stock_valuation

SIZES = [10_000, 100_000, 1_000_000]
PARTS = 20_000
FIRST_DAY = date(2024, 1, 1)
DAYS = 730


def run(sandbox):
    print("\nStock")
    a_garage()
    return _selling() + _valuing()


def _selling():
    few, many = _issue(1), _issue(40)
    shown = f"{many}, of one {few}"
    return row("queries of issuing an invoice of 40 stocked lines", shown, "the same for 1 and 40", many == few)


def _issue(lines):
    parts = [stocked(f"B{lines}-{n}", 5, "50.00") for n in range(lines)]
    job = a_completed_job([{"part": part} for part in parts])
    with CaptureQueriesContext(database) as queries:
        sales.issue_invoice(job)
    return sum("accounting_sync" not in query["sql"] for query in queries)


def _valuing():
    as_at = FIRST_DAY + timedelta(days=DAYS // 2)
    with transaction.atomic():
        taken = _grow(as_at)
        transaction.set_rollback(True)
    shown = " / ".join(f"{seconds * 1000:.0f}" for seconds in taken) + " ms"
    ratio = taken[-1] / taken[0]
    limit = f"1,000,000 : 10,000 = {ratio:.0f}, at most 100 (linear)"
    return row("stock as at a past day, 10,000 / 100,000 / 1,000,000 movements", shown, limit, ratio <= 100)


def _grow(as_at):
    place = Location.usual()
    Part.objects.bulk_create([Part(code=f"V-{n}", description="Valued", stocked=True) for n in range(PARTS)], 500)
    ids = list(Part.objects.filter(code__startswith="V-").values_list("pk", flat=True))
    taken, held = [], 0
    for size in SIZES:
        _move(ids, place, held, size)
        held = size
        _analyse()
        taken.append(min(_timed(as_at) for _ in range(3)))
    return taken


def _move(ids, place, start, end):
    StockMovement.objects.bulk_create(
        (
            StockMovement(
                kind="received", source="adjustment", source_id=0, part_id=ids[n % PARTS], location=place, quantity=1,
                value=(n % 97) + 1, date=FIRST_DAY + timedelta(days=n % DAYS),
            )
            for n in range(start, end)
        ),
        batch_size=2000,
    )  # fmt: skip


def _analyse():
    with database.cursor() as cursor:
        cursor.execute("ANALYZE")


def _timed(as_at):
    began = time.perf_counter()
    stock_valuation(as_at)
    return time.perf_counter() - began
