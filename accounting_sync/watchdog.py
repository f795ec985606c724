"""Keeps the background worker alive. A killed idle process can wedge a cluster for good while it reports itself
healthy; only progress tells. So the watchdog asks for a sign of life, and restarts the whole cluster without one.
"""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError, close_old_connections

from accounting_sync.models import Worker
from accounting_sync.wake import wake_beat

log = logging.getLogger(__name__)
LOOK, PROBE = 1.0, 5.0  # seconds
PATIENCE = 45.0  # longer than one call to Xero takes, and than a cluster needs to start on a busy machine
GRACE = 8.0  # less than the launcher's, which would kill us first and leave a wedged cluster
PR_SET_PDEATHSIG = 1


@dataclass
class Watchdog:
    """``command`` starts the cluster; ``probe`` asks it for a sign of life."""

    command: list[str]
    probe: Callable[[], None] = wake_beat
    stopping: bool = False
    restarts: int = 0

    def run(self) -> int:
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        while not self.stopping:
            child = self._start()
            self._watch(child)
            self._end(child)
            if not self.stopping:
                self.restarts += 1
                log.warning("The background worker stood still or stopped; it is started again.")
                time.sleep(min(self.restarts, 10) * 0.5)
        return 0

    def _stop(self, *_: Any) -> None:
        self.stopping = True

    def _start(self) -> subprocess.Popen[bytes]:
        """A session of its own: a cluster is only ever ended as a whole."""
        return subprocess.Popen(self.command, start_new_session=True, preexec_fn=_end_with_parent)  # noqa: PLW1509

    def _watch(self, child: subprocess.Popen[bytes]) -> None:
        """Returns when the child ended, stands still, or is to be stopped."""
        asked, seen = 0.0, time.monotonic()
        latest = _last_beat()
        while not self.stopping and child.poll() is None:
            time.sleep(LOOK)
            beat = _last_beat()
            if beat != latest:
                latest, seen, self.restarts = beat, time.monotonic(), 0
            if time.monotonic() - asked > PROBE:
                asked = time.monotonic()
                self._ask()
            if time.monotonic() - seen > PATIENCE:
                return

    def _ask(self) -> None:
        try:
            self.probe()
        except Exception:  # a queue that cannot be reached is what the watchdog waits out
            log.warning("The queue could not be reached", exc_info=True)

    def _end(self, child: subprocess.Popen[bytes]) -> None:
        """Ask the leader alone: a signal to the whole group makes the cluster hang. Then make sure of the group."""
        if child.poll() is None and self.stopping:
            child.send_signal(signal.SIGINT)
            try:
                child.wait(GRACE)
            except subprocess.TimeoutExpired:
                log.warning("The background worker did not stop in time; it is killed.")
        try:
            os.killpg(child.pid, signal.SIGKILL)
        except ProcessLookupError:
            log.debug("The whole session is gone")
        child.wait()


def _end_with_parent() -> None:
    """Linux: the cluster gets SIGINT when the watchdog dies, however it dies."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)


def _last_beat() -> Any:
    close_old_connections()
    try:
        return Worker.objects.values_list("beat_at", flat=True).first()
    except DatabaseError:
        log.warning("The database could not be reached", exc_info=True)
        return None
