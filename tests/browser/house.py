"""The product as `make run` starts it: from a copy of this folder, on ports and with files of its own."""

import itertools
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OURS_ALONE = [".git", ".venv", ".env", "var", "staticfiles", "tests", "__pycache__", ".*_cache"]
PATIENCE = 90  # seconds, of which a quiet machine needs ten
# The one step left out: the libraries are those of the tests, and installing them needs the network.
MAKE_RUN = """
import sys
from config import launch_run, launch_verbs
launch_run.prepare = lambda requirements: None
sys.exit(launch_verbs.launch("run"))
"""


@dataclass
class House:
    folder: Path
    workshop: str
    xero: str
    process: subprocess.Popen

    @property
    def said(self):
        return (self.folder / "said.txt").read_text()

    def await_ready(self):
        until = time.monotonic() + PATIENCE
        while "Ctrl-C stops everything." not in self.said:
            assert self.process.poll() is None, self.said
            assert time.monotonic() < until, self.said
            time.sleep(0.1)

    def stop(self):
        """As Ctrl-C does. Everything ends with it."""
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()  # the kernel then interrupts its children
            self.process.wait()
            raise
        assert self.left_behind() == []

    def left_behind(self):
        """The processes of this house that live on, where there is a /proc to ask."""
        mark = f"WORKSHOP_HOUSEHOLD={self.folder.resolve()}".encode()
        return [file.parent.name for file in Path("/proc").glob("[0-9]*/environ") if mark in _environment(file)]


def _environment(file):
    try:
        return file.read_bytes().split(b"\0")
    except OSError:  # gone meanwhile, or another person's
        return []


def copy(folder):
    """The project with the interpreter of the tests, but without anybody's data and settings."""
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*OURS_ALONE))
    (folder / ".venv").symlink_to(sys.prefix, target_is_directory=True)
    (folder / "var" / "log").mkdir(parents=True)


def two_free_ports():
    """Below those that outgoing calls are given: another house may make one before this one listens."""
    return list(itertools.islice(filter(_is_free, random.sample(range(20_000, 30_000), 200)), 2))


def _is_free(port):
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@contextmanager
def running_house(folder, **wishes):
    """``wishes``: what somebody may say before ``make run``."""
    copy(folder)
    web, sandbox = two_free_ports()
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    with (folder / "said.txt").open("w") as said:
        process = subprocess.Popen(
            [sys.executable, "-c", MAKE_RUN],
            cwd=folder,
            env={**kept, **wishes, "PORT": str(web), "SANDBOX_PORT": str(sandbox)},
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    house = House(folder, f"http://localhost:{web}", f"http://localhost:{sandbox}", process)
    try:
        house.await_ready()
        yield house
    finally:
        house.stop()
