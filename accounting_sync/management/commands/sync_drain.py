from typing import Any

from django.core.management.base import BaseCommand

from accounting_sync.drain import drain


class Command(BaseCommand):
    help = "Send what is due to Xero, once, in this process."

    def handle(self, *args: Any, **options: Any) -> None:
        run = drain()
        self.stdout.write(
            f"{run.records} records, {run.calls} calls." if run else "Nothing to drain with: see the connection page."
        )
