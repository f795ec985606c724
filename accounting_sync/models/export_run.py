"""Many documents that go to Xero behind everything of today."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounting_sync.models.connection import Connection


class ExportRun(models.Model):
    """Which records belong to it is not kept: they are those in the slowest lane, and one run at a time has it."""

    class Purpose(models.TextChoices):
        HISTORY = "history", "Earlier documents"
        RESYNC = "resync", "After a change of the mapping"

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="export_runs")
    purpose = models.CharField(max_length=10, choices=Purpose)
    from_day = models.DateField(null=True, blank=True)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    started_at = models.DateTimeField(auto_now_add=True)
    collected_at = models.DateTimeField(null=True, blank=True, help_text="Since then it is known what belongs to it.")
    paused_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    total = models.PositiveIntegerField(default=0)
    left = models.PositiveIntegerField(default=0, help_text="Paid or locked in Xero, and left as they were booked.")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["connection"],
                condition=Q(finished_at=None),
                name="exportrun_one_open",
                violation_error_message="Another one is under way.",
            ),
            models.CheckConstraint(
                condition=Q(finished_at=None) | Q(collected_at__isnull=False, finished_at__gte=F("started_at")),
                name="exportrun_finished_after_all_was_found",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()}, {self.started_at:%Y-%m-%d %H:%M}"
