"""Replay seeds with every event told: ``python -m tests.accounting_sync.simulation 117 118``."""

import os
import sys
import traceback

import django


def main(seeds):
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    from django.test.utils import setup_databases, setup_test_environment

    from tests import template_database
    from tests.accounting_sync.simulation.world import play

    template_database.use()
    setup_test_environment()
    setup_databases(verbosity=0, interactive=False)
    failed = 0
    for seed in seeds:
        try:
            play(seed, tell=print if len(seeds) == 1 else None)
        except Exception:  # noqa: BLE001 (whatever broke, the next seed is played)
            failed += 1
            traceback.print_exc(limit=-3)
    sys.stdout.write(f"{len(seeds)} seeds, {failed} failed\n")
    return bool(failed)


if __name__ == "__main__":
    first, *more = sys.argv[1:] or ["1"]
    numbers = (
        range(int(first), int(more[0].lstrip("-")) + 1)
        if more and more[0].startswith("-")
        else map(int, [first, *more])
    )
    sys.exit(main(list(numbers)))
