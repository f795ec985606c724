"""A thousand invoices of four costed lines each: their journals in the fewest calls Xero allows."""

import math
from datetime import date
from decimal import Decimal

from accounting_sync import setup
from accounting_sync.models import SyncRecord
from tests.bench.sending import BATCH, work_off
from tests.bench.world import connected, row
from tests.factories import CustomerFactory, a_garage, an_invoice, stocked

INVOICES, LINES = 1000, 4


def run(sandbox):
    journals = INVOICES * LINES
    print(f"\nSending {journals:,} journals of {INVOICES:,} invoices with {LINES} costed lines each")
    a_garage()
    connection = connected(sandbox)
    work_off(connection)  # whatever earlier measurements left
    setup.switch(connection, journals=True)
    prepare()
    SyncRecord.objects.filter(kind="journal").update(state="skipped", code="by_person", message="measured next")
    work_off(connection)  # contacts and invoices, which go first
    SyncRecord.objects.filter(kind="journal", code="by_person").update(state="pending", code="", message="")
    ours = work_off(connection)
    synced = SyncRecord.objects.filter(connection=connection, kind="journal", state="synced").count()
    fewest = math.ceil(journals / BATCH)
    failures = row("journals in Xero", f"{synced:,}", f"{journals:,}", synced == journals)
    failures += row("calls", f"{ours['calls']}", f"{fewest}", ours["calls"] == fewest)
    failures += row("our own CPU seconds per 1,000 journals", f"{ours['cpu'] / journals * 1000:.2f}")
    return failures


def prepare():
    parts = [stocked(f"BENCH-{n}", 10 * INVOICES, 10 * INVOICES) for n in range(LINES)]
    lines = [{"part": part, "quantity": Decimal(1), "unit_price": Decimal(5)} for part in parts]
    customer = CustomerFactory(last_name="Bench of journals")
    for _ in range(INVOICES):
        an_invoice(lines, customer=customer, date=date.today())
