"""How far an export of many documents is."""

from __future__ import annotations

from rest_framework import serializers

from accounting_sync.export_runs import progress
from accounting_sync.models import ExportRun
from workshop.api.serializers.fields import Noun


class ExportRunSerializer(Noun):
    done = serializers.SerializerMethodField(help_text="How many of `total` are through.")
    minutes = serializers.SerializerMethodField(help_text="To go, as far as Xero's limits tell.")

    class Meta:
        model = ExportRun
        fields = [
            "id", "purpose", "from_day", "started_at", "collected_at", "paused_at", "finished_at", "total", "left",
            "done", "minutes",
        ]  # fmt: skip
        read_only_fields = fields

    def get_done(self, run: ExportRun) -> int:
        return progress(run).done

    def get_minutes(self, run: ExportRun) -> int:
        return progress(run).minutes
