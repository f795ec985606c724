from typing import Any

from django.core.management.base import BaseCommand

from accounting_sync.pull import pull


class Command(BaseCommand):
    help = "Read what changed in Xero, now."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{pull(only_due=False)} rows read.")
