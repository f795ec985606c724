from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounting_sync.export_runs import start_from
from accounting_sync.models import Connection


class Command(BaseCommand):
    help = "Send documents from an earlier date to Xero too, in the slow lane."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--since", required=True, type=date.fromisoformat, metavar="YYYY-MM-DD")

    def handle(self, *args: Any, **options: Any) -> None:
        connection = Connection.objects.live().first()
        if connection is None:
            raise CommandError("No Xero organisation is connected.")
        self.stdout.write(f"{start_from(connection, options['since'])} documents queued.")
