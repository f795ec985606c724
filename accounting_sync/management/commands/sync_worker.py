import sys
from typing import Any

from django.core.management.base import BaseCommand

from accounting_sync.watchdog import Watchdog


class Command(BaseCommand):
    help = "Run the background worker (django-q2's cluster) under a watchdog that restarts it when it stands still."

    def handle(self, *args: Any, **options: Any) -> None:
        sys.exit(Watchdog([sys.executable, sys.argv[0], "qcluster"]).run())
