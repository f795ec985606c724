"""Which verb does what, and how a refusal reaches the person: one sentence, exit code 1, no traceback."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable

from config import launch_checks, launch_run
from config.launch_environment import Refusal, Stopped

VERBS: dict[str, Callable[[], int]] = {
    "run": launch_run.run,
    "test": launch_checks.test,
    "lint": launch_checks.lint,
    "bench": launch_checks.bench,
    "requirements": launch_checks.requirements,
}


def launch(verb: str) -> int:
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr] # lines in order with the children's
    if verb not in VERBS:
        print(f"There is no “{verb}”. Choose from: {', '.join(VERBS)}.", file=sys.stderr)
        return 2
    for name in ("SIGTERM", "SIGHUP"):  # as Ctrl-C: what is being run ends with us
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), _interrupt)
    try:
        return VERBS[verb]()
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _interrupt(*_: object) -> None:
    raise Stopped
