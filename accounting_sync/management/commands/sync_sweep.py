from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from accounting_sync.models import Connection
from accounting_sync.sweep import sweep


class Command(BaseCommand):
    help = "Find records that no signal told of."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--full", action="store_true", help="compare every record's content with what Xero accepted"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        connection = Connection.objects.live().first()
        found = sweep(connection, full=options["full"]) if connection else 0
        self.stdout.write(f"{found} records queued.")
