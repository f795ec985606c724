"""The worker is started again when it ends, and also when it lives and does nothing."""

import os
import signal
import subprocess
import sys
import time
from itertools import count
from pathlib import Path

import pytest
from redis.exceptions import RedisError

from accounting_sync import watchdog
from accounting_sync.queue import beat
from accounting_sync.watchdog import Watchdog

ROOT = Path(__file__).resolve().parents[2]
LAST_BEAT = """
import sqlite3, sys
print(sqlite3.connect(sys.argv[1]).execute("SELECT max(beat_at) FROM accounting_sync_worker").fetchone()[0])
"""


@pytest.fixture
def watch(transactional_db, tmp_path, monkeypatch):
    """Run a watchdog with little patience over a script until it probed `probes` times; the scripts' pids."""
    for name, seconds in {"LOOK": 0.02, "PROBE": 0.04, "PATIENCE": 1.0, "GRACE": 0.5}.items():
        monkeypatch.setattr(watchdog, name, seconds)
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    starts = tmp_path / "starts"

    def run(script, probe, probes):
        def counted():
            probe()
            calls.append(1)
            if len(calls) == probes:
                os.kill(os.getpid(), signal.SIGTERM)

        calls = []
        note = f"import os; print(os.getpid(), file=open({str(starts)!r}, 'a')); "
        assert Watchdog([sys.executable, "-c", note + script], counted).run() == 0
        return [int(pid) for pid in starts.read_text().split()]

    yield run
    for number, handler in before.items():
        signal.signal(number, handler)


def nothing():
    pass


def running(session):
    listed = subprocess.run(["ps", "-eo", "sid=,stat="], capture_output=True, text=True, check=True).stdout
    rows = [line.split() for line in listed.splitlines()]
    return [row for row in rows if row[0] == str(session) and not row[1].startswith("Z")]


def test_a_cluster_that_lives_and_does_nothing_is_replaced(watch):
    first, second, *_ = watch("import time; time.sleep(600)", nothing, 40)
    assert first != second
    assert running(first) == running(second) == []


def test_a_cluster_that_stamps_is_left_alone(watch):
    assert len(watch("import time; time.sleep(600)", beat, 40)) == 1


def test_a_cluster_that_ended_is_started_again(watch):
    assert len(watch("import time; time.sleep(0.1)", nothing, 12)) > 1


def test_a_queue_that_cannot_be_reached_does_not_end_the_watch(watch):
    def down():
        beat()
        if next(calls) < 5:
            raise RedisError("Connection refused")

    calls = count()
    assert len(watch("import time; time.sleep(600)", down, 3)) == 1


def test_stopping_leaves_nothing_of_a_cluster_that_hears_no_interrupt(watch):
    deaf = "import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN); os.fork(); time.sleep(600)"
    assert [running(pid) for pid in watch(deaf, beat, 10)] == [[]]


# The real thing


@pytest.fixture
def worker(tmp_path):
    """`manage.py sync_worker` over a database of its own."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'worker.sqlite3'}",
        "REDIS_URL": "",
    }
    manage = [sys.executable, "manage.py"]
    subprocess.run([*manage, "migrate", "--verbosity", "0"], cwd=ROOT, env=environment, check=True)
    command = [*manage, "sync_worker"]
    log = (tmp_path / "worker.log").open("w")
    with log, subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log) as process:

        def stamp():
            words = [sys.executable, "-c", LAST_BEAT, str(tmp_path / "worker.sqlite3")]
            return subprocess.run(words, capture_output=True, text=True, check=True).stdout

        yield process, stamp
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0


def descendants(pid):
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [child for each in map(int, children) for child in [each, *descendants(each)]]


def reading_from_a_pipe(pid):
    return Path(f"/proc/{pid}/syscall").read_text().split()[0] == "0"


def wait_for(condition, seconds):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.2)


@pytest.mark.slow
@pytest.mark.quiet
@pytest.mark.skipif(not Path("/proc/self/syscall").exists(), reason="the reader of the queue is told by /proc")
def test_a_cluster_that_lost_the_reader_of_its_queue_comes_back_to_work(worker):
    process, stamp = worker
    wait_for(lambda: stamp().strip() != "None", 90)
    workers = [pid for pid in descendants(process.pid) if reading_from_a_pipe(pid)]
    for pid in workers:
        os.kill(pid, signal.SIGKILL)
    time.sleep(1)
    dead = stamp()
    leader = descendants(process.pid)[0]
    wait_for(lambda: descendants(process.pid)[:1] not in ([leader], []), 120)
    wait_for(lambda: stamp() > dead, 90)


@pytest.mark.slow
@pytest.mark.quiet
@pytest.mark.parametrize("which", [0, 1], ids=["leader", "sentinel"])
def test_a_cluster_without_its_head_is_started_again(worker, which):
    process, stamp = worker
    wait_for(lambda: stamp().strip() != "None", 90)
    family = descendants(process.pid)
    os.kill(family[which], signal.SIGKILL)
    wait_for(lambda: not set(descendants(process.pid)) & set(family) and descendants(process.pid), 90)
    before = stamp()
    wait_for(lambda: stamp() > before, 90)
