"""From the save to Xero, with the real worker running beside us."""

import os
import statistics
import subprocess
import sys
import time

from django.conf import settings
from django.db import connection as database

from accounting_sync.models import SyncRecord
from tests.bench.world import connected, row
from tests.factories import a_garage, an_invoice

SAVES, PATIENCE, LIMIT = 20, 30, 2.0


def run(sandbox):
    print("\nFrom a save to Xero, with the background worker")
    a_garage()
    connected(sandbox)
    worker = start_worker(sandbox)
    try:
        wait_until_idle()
        seconds = sorted(one_save() for _ in range(SAVES))
    finally:
        worker.terminate()
        worker.wait(30)
    median, slowest = statistics.median(seconds), seconds[-1]
    failures = row(f"median of {SAVES} saves, seconds", f"{median:.2f}", f"below {LIMIT}", median < LIMIT)
    return failures + row("slowest, seconds", f"{slowest:.2f}")


def start_worker(sandbox):
    """The product's own worker on this very database."""
    names = settings.DATABASES["default"]
    url = os.environ["DATABASE_URL"]
    if names["ENGINE"].endswith("postgresql"):
        url = url.rsplit("/", 1)[0] + "/" + database.settings_dict["NAME"]
    else:
        url = f"sqlite:///{database.settings_dict['NAME']}"
    environment = os.environ | {"DATABASE_URL": url, "BENCH_SANDBOX_URL": sandbox.url}
    environment |= {"DJANGO_SETTINGS_MODULE": "tests.bench.worker_settings"}
    log = open(sandbox.folder / "worker.log", "w")  # noqa: SIM115 (the process writes to it until the end)
    return subprocess.Popen([sys.executable, "manage.py", "sync_worker"], env=environment, stdout=log, stderr=log)


def wait_until_idle():
    end = time.monotonic() + 120
    while SyncRecord.objects.filter(state__in=["pending", "sending"]).exists() and time.monotonic() < end:
        time.sleep(0.2)
    an_invoice()
    time.sleep(3)


def one_save():
    invoice = an_invoice()
    began = time.perf_counter()
    while time.perf_counter() - began < PATIENCE:
        if SyncRecord.objects.filter(kind="invoice", object_id=invoice.pk, state="synced").exists():
            return time.perf_counter() - began
        time.sleep(0.02)
    return float(PATIENCE)
