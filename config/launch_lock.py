"""One at a time: a lock that the operating system drops with its holder, however that one ends."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

if sys.platform == "win32":
    import msvcrt

    def _hold(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _hold(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


class Lock:
    """`note` is what the holder leaves for whoever comes second."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.note = path.with_suffix(".note")
        self.descriptor: int | None = None

    def take(self) -> bool:
        self.descriptor = self.descriptor or os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            _hold(self.descriptor)
        except OSError:
            return False
        return True

    def wait(self, announce: Callable[[], None]) -> None:
        if self.take():
            return
        announce()
        while not self.take():
            time.sleep(0.2)

    def __enter__(self) -> Lock:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self.descriptor is not None:
            os.close(self.descriptor)
            self.descriptor = None
