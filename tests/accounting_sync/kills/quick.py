"""manage.py with a shorter patience, so that a test need not wait five minutes for a look-up.

The worker's watchdog starts its cluster with the script it was started with: the cluster is as impatient.
"""

import os
import sys
from datetime import timedelta
from pathlib import Path

HORIZON, LEASE, CALL, BACKOFF, PATIENCE = 3, 3, 1, 1, 10  # seconds


def hurry():
    from accounting_sync import lease, queue, watchdog
    from accounting_sync.queue import settling, sweeping

    for module in (settling, sweeping, queue):
        module.HORIZON = timedelta(seconds=HORIZON)
    lease.LENGTH, lease.CALL = timedelta(seconds=LEASE), timedelta(seconds=CALL)
    settling.BACKOFF = timedelta(seconds=BACKOFF)
    watchdog.PATIENCE = float(PATIENCE)


def main():
    sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django
    from django.core.management import execute_from_command_line

    django.setup()
    hurry()
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
