from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounting_sync import tieout
from accounting_sync.models import Connection, TieOutRun
from workshop.errors import WorkshopError


class Command(BaseCommand):
    help = "Compare everything with Xero, now: what differs is listed, and the command fails if something does."

    def handle(self, *args: Any, **options: Any) -> None:
        run = self._begun()
        while tieout.work() is False:
            pass
        run.refresh_from_db()
        if run.stage != TieOutRun.Stage.DONE:
            raise CommandError(f"No verdict. {run.message or 'It goes on in the background.'}")
        for one in run.differences.worst_first():
            words = f"{one.get_verdict_display()}: {one} ({one.amount:+}). {one.get_reason_display()}."
            self.stdout.write(words)
        self.stdout.write(
            f"{run.checked} compared in {run.calls} calls: {run.differing} differ, {run.explained} are explained."
        )
        if run.differing:
            raise CommandError("Both sides do not agree.")

    def _begun(self) -> TieOutRun:
        connection = Connection.objects.live().first()
        if connection is None:
            raise CommandError("No Xero organisation is connected.")
        try:
            return tieout.begin(connection)
        except WorkshopError as refusal:
            raise CommandError(refusal.sentence) from refusal
