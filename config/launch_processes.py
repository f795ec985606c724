"""The processes of `make run`: started, watched, started again, and stopped so that none is left.

Each has a session of its own. A terminal's Ctrl-C reaches only us; we pass SIGINT to the leaders one after another,
because a task queue whose whole group gets a signal at once hangs. Whatever outlives its leader goes with the session.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO

from config.launch_environment import LOGS, ROOT, Refusal

GRACE = 10.0  # seconds for all to end by themselves
LASTING = 60.0  # a process that ran so long may die again without being called broken
TRIES = 5
PR_SET_PDEATHSIG = 1
TROUBLE = (" WARNING ", " ERROR ", " CRITICAL ", "Error:")
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
MARK = f"WORKSHOP_HOUSEHOLD={ROOT}"
LOG_SIZE = 5_000_000  # bytes; then a start moves the log aside


def _die_with_parent() -> Callable[[], None] | None:
    """On Linux even a killed launcher leaves nothing: the kernel interrupts its children."""
    if LIBC is None:
        return None
    prctl, parent = LIBC.prctl, os.getpid()

    def ask_the_kernel() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGINT)
        if os.getppid() != parent:  # it died while we were born
            os._exit(1)

    return ask_the_kernel


def end_leftovers() -> None:
    """Kill what a killed launcher may have left in spite of all: a wedged task queue hears no interrupt.

    Told by a mark in the environment, which every descendant inherits; where there is no /proc, nothing is done.
    """
    for file in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):  # gone meanwhile, or another person's
            if MARK.encode() in file.read_bytes().split(b"\0"):
                os.kill(int(file.parent.name), signal.SIGKILL)


class Child:
    """One process and its session. All it says goes to its log, what a person should see also to the terminal."""

    def __init__(self, name: str, command: list[str], environment: Mapping[str, str]) -> None:
        self.name, self.command = name, command
        name_of_mark, value = MARK.split("=", 1)
        self.environment = {**environment, name_of_mark: value}
        self.log = LOGS / f"{name}.log"
        self.first_words = ""
        self.started = 0.0
        self.deaths = 0
        self.again_at = 0.0
        self.process: subprocess.Popen[str] | None = None
        self.ears = threading.Thread()

    def start(self) -> None:
        self.started = time.monotonic()
        if self.log.exists() and self.log.stat().st_size > LOG_SIZE:
            self.log.replace(self.log.with_suffix(".log.1"))
        self.process = subprocess.Popen(
            self.command, cwd=ROOT, env=self.environment, text=True, errors="replace",
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            start_new_session=True, preexec_fn=_die_with_parent(),  # noqa: PLW1509 - nothing but prctl happens there
        )  # fmt: skip
        self.ears = threading.Thread(target=self._keep_output, args=[self.process.stdout], daemon=True)
        self.ears.start()

    def _keep_output(self, words: IO[str]) -> None:
        with words, self.log.open("a") as file:
            for line in words:
                self.first_words = self.first_words or line.strip()
                file.write(line)
                file.flush()
                if _matters(line):
                    print(f"{self.name:<8} {line}", end="", flush=True)

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def interrupt(self) -> None:
        if self.process and self.running:
            self.process.send_signal(signal.SIGTERM if os.name == "nt" else signal.SIGINT)

    def kill_session(self) -> None:
        """The leader and everything it started, also when the leader is gone already."""
        if self.process is None:
            return
        if os.name == "nt":
            self.process.kill()
        else:
            # macOS says "not permitted" of a group of zombies
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.ears.join(timeout=1)

    def restart(self) -> None:
        self.kill_session()
        self.start()


def _matters(line: str) -> bool:
    """Troubles belong on the terminal; a page nobody has (WARNING django.request) does not."""
    return "WARNING django.request" not in line and any(word in line for word in TROUBLE)


class Household:
    """All the children. `watch` returns when somebody asks to stop, and raises Refusal when a child cannot live."""

    def __init__(self, children: list[Child]) -> None:
        self.children = children
        self.asked = 0

    def listen(self) -> None:
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), self._asked_to_stop)

    def _asked_to_stop(self, *_: object) -> None:
        self.asked += 1

    def watch(self) -> None:
        while not self.asked:
            for child in self.children:
                self._care_for(child)
            time.sleep(0.1)

    def _care_for(self, child: Child) -> None:
        now = time.monotonic()
        if child.running or child.process is None:
            return
        if not child.again_at:
            child.deaths = 1 if now - child.started > LASTING else child.deaths + 1
            if child.deaths > TRIES:
                raise Refusal(f"The {child.name} ends again and again. Why is in {child.log.relative_to(ROOT)}.")
            print(f"  {child.name:<12} ended by itself; starting it again", flush=True)
            child.again_at = now + 2.0 ** (child.deaths - 1) - 1
        if now >= child.again_at:
            child.again_at = 0.0
            child.restart()

    def stop(self) -> None:
        """Last started, first stopped, so that the worker can finish its call. A second Ctrl-C ends the waiting."""
        until, patience = time.monotonic() + GRACE, self.asked + 1
        for child in reversed(self.children):
            child.interrupt()
            while child.running and self.asked < patience and time.monotonic() < until:
                time.sleep(0.05)
        for child in self.children:
            child.kill_session()
