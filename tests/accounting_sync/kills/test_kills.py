"""kill -9, for real: of a drain at each of its steps, and of any process of the worker with work flowing."""

import os
import random
import signal
import threading
import time

import pytest

from tests.accounting_sync.kills.processes import alive, below

pytestmark = [pytest.mark.slow, pytest.mark.quiet]
SELLING, EVERY = 30, 3.0  # seconds


def once(sales):
    """Each sale is in Xero with one of each, its two journals, and what S01 comes to."""
    counts = {resource: [sales, sales] for resource in ("Contacts", "Invoices", "Payments", "CreditNotes")}
    totals = {"Total, due": ["316.83, 255.33"], "Allocations": [1]}
    return {**counts, "ManualJournals": [2 * sales, 2 * sales], **totals}


def test_a_drain_killed_at_any_step_leaves_nothing_lost_and_nothing_twice(garage_process):
    told = garage_process.run("kill_at_every_step", 2)

    assert told == {"sales": told["sales"], "missed": [], "left": [], "found": once(told["sales"])}


def test_a_worker_whose_processes_are_killed_at_random_recovers_and_everything_arrives_once(garage_process):
    worker = garage_process.worker()
    try:
        sold = _sell_while_killing(garage_process, worker)
        garage_process.run("sell_for", 0.1, 10_000)
        told = garage_process.run("arrived")
        assert told == {"left": [], "found": once(sold + 1)}
        family = below(worker.pid)
    finally:
        worker.send_signal(signal.SIGINT)
        worker.wait(30)
    assert not [pid for pid in family if alive(pid)], "a process outlived its worker"


def _sell_while_killing(garage, worker):
    done = threading.Event()
    killed = threading.Thread(target=_kill_somebody_again_and_again, args=(worker, done))
    killed.start()
    try:
        return garage.run("sell_for", SELLING, 1)
    finally:
        done.set()
        killed.join()


def _kill_somebody_again_and_again(worker, done):
    while not done.wait(EVERY):
        family = below(worker.pid)
        if family:
            _kill(random.choice(family))


def _kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        time.sleep(0)
