"""A thousand invoices with contacts and payments to Xero: calls, our own seconds, and the official SDK one by one."""

import math
import time
from datetime import date, timedelta
from decimal import Decimal

from accounting_sync.drain import drain
from accounting_sync.models import SyncRecord
from tests.bench import sdk
from tests.bench.world import connected, row
from tests.factories import CustomerFactory, PaymentMethodFactory, a_garage, an_invoice
from workshop import sales

RECORDS, BATCH = 1000, 50
LINES = [
    {"description": "Labour", "quantity": Decimal("1.5"), "unit_price": Decimal("120.00")},
    {"kind": "part", "description": "Oil filter", "unit_price": Decimal("24.50")},
]


def run(sandbox):
    print(f"\nSending {RECORDS:,} invoices, each with its contact and its payment")
    a_garage()
    connection = connected(sandbox)
    work_off(connection)  # whatever earlier measurements left
    prepare()
    before = synced(connection)
    ours = work_off(connection)
    ours["synced"] = {kind: count - before[kind] for kind, count in synced(connection).items()}
    theirs = sdk.one_by_one(sandbox, RECORDS)
    return report(ours, theirs)


def prepare():
    method = PaymentMethodFactory(name="EFTPOS")
    for n in range(RECORDS):
        invoice = an_invoice(LINES, customer=CustomerFactory(last_name=f"Bench {n}"), date=date.today())
        sales.record_payment(invoice, amount=invoice.total, method=method)


def work_off(connection):
    """Drain until nothing is due; calls, and seconds of this process's own CPU and of the clock."""
    calls, cpu, wall = 0, time.process_time(), time.perf_counter()
    while SyncRecord.objects.filter(connection=connection, state="pending").exists():
        run = drain(connection, longest=timedelta(minutes=10))
        calls += run.calls
        connection.refresh_from_db()
        if run.records == 0:
            raise SystemExit("The drain stands still: is the sandbox answering?")
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return {"calls": calls, "cpu": cpu, "wall": wall}


def synced(connection):
    records = SyncRecord.objects.filter(connection=connection, state="synced")
    return {kind: records.filter(kind=kind).count() for kind in ("contact", "invoice", "payment")}


def report(ours, theirs):
    total = sum(ours["synced"].values())
    fewest = sum(math.ceil(count / BATCH) for count in ours["synced"].values())
    failures = row("records in Xero", f"{total:,}", f"{3 * RECORDS:,}", total == 3 * RECORDS)
    ratio = ours["calls"] / fewest
    failures += row(
        f"calls, against the fewest possible ({fewest})", f"{ours['calls']} ({ratio:.2f})", "at most 1.10", ratio <= 1.1
    )
    failures += row("our own CPU seconds per 1,000 records", f"{ours['cpu'] / total * 1000:.2f}")
    failures += row("the official SDK, one record per call: calls", f"{theirs['calls']:,}")
    failures += row("the official SDK: CPU seconds per 1,000 records", f"{theirs['cpu'] / theirs['calls'] * 1000:.2f}")
    failures += row("calls, SDK one by one : ours", f"{theirs['calls'] / ours['calls']:.1f} : 1")
    failures += row("CPU, SDK one by one : ours", f"{theirs['cpu'] / theirs['calls'] / (ours['cpu'] / total):.2f} : 1")
    failures += row(
        "wall clock, SDK one by one : ours", f"{theirs['wall'] / theirs['calls'] / (ours['wall'] / total):.2f} : 1"
    )
    return failures
