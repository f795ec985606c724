"""Run every measurement on a throw-away database and a real sandbox server; exit 1 where a limit is passed.

DATABASE_URL chooses the server; the database itself is always a new one and removed afterwards. Names of measurements
(saving, sending, journals, growth, stock, lists, latency) run those alone.
"""

import os
import sys
import tempfile
from pathlib import Path

folder = Path(tempfile.mkdtemp(prefix="workshop-bench-"))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
os.environ.setdefault("DATABASE_URL", f"sqlite:///{folder / 'bench.sqlite3'}")


def main() -> int:
    import django

    django.setup()
    from tests.bench import growth, journals, latency, lists, saving, sending, stock
    from tests.bench.world import a_database, a_sandbox

    failures = 0
    measures = {"saving": saving, "sending": sending, "journals": journals, "growth": growth, "stock": stock,
                "lists": lists, "latency": latency}  # fmt: skip
    with a_sandbox(folder) as sandbox, a_database():
        for name, measure in measures.items():
            if name in (sys.argv[1:] or [name]):
                failures += measure.run(sandbox)
    print("\nAll within their limits." if not failures else f"\n{failures} limits passed.")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
