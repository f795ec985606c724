"""Bringing Xero's contacts in at go-live: one run, and each contact it found with what becomes of it."""

from __future__ import annotations

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q

from accounting_sync.models.connection import Connection


class ContactImport(models.Model):
    """A dry run first. Nothing of the workshop's is written before somebody confirms it."""

    class Stage(models.TextChoices):
        READING = "reading", "Reading Xero's contacts"
        READY = "ready", "Ready: nothing is written yet"
        WRITING = "writing", "Importing"
        DONE = "done", "Imported"
        STOPPED = "stopped", "Stopped"

    class PersonRule(models.TextChoices):
        FIRST_NAME = "first_name", "A person only when Xero's name is the first name alone, else a company"
        FULL_NAME = "full_name", "A person also when Xero's name is first and last name"

    OPEN = (Stage.READING, Stage.READY, Stage.WRITING)

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="contact_imports")
    stage = models.CharField(max_length=10, choices=Stage, default=Stage.READING)
    person_rule = models.CharField(max_length=12, choices=PersonRule, default=PersonRule.FIRST_NAME)
    next_page = models.PositiveIntegerField(default=1, help_text="Of Xero's contacts, a thousand each.")
    in_xero = models.PositiveIntegerField(null=True, blank=True, help_text="How many Xero says there are.")
    reads = models.PositiveIntegerField(default=0, help_text="Calls made to Xero.")
    message = models.TextField(blank=True)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    started_at = models.DateTimeField(auto_now_add=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    confirmed_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    busy_until = models.DateTimeField(null=True, blank=True, help_text="Some worker has it in hand until then.")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["connection"],
                condition=Q(stage__in=["reading", "ready", "writing"]),
                name="contactimport_one_open",
                violation_error_message="Finish or stop the present import first.",
            ),
            models.CheckConstraint(
                condition=~Q(stage__in=["writing", "done"]) | Q(confirmed_at__isnull=False),
                name="contactimport_written_once_confirmed",
            ),
        ]

    def __str__(self) -> str:
        return f"Import of {self.started_at:%Y-%m-%d %H:%M}"


class ImportRow(models.Model):
    class Verdict(models.TextChoices):
        CERTAIN = "certain", "Certain"
        PROBABLE = "probable", "Probable"
        NEW = "new", "New"
        SKIPPED = "skipped", "Skipped"

    class Reason(models.TextChoices):
        NONE = "", "–"
        LINKED = "linked", "linked already"
        ARCHIVED = "archived", "archived in Xero"
        NO_DETAILS = "no_details", "no phone and no e-mail"
        SUPPLIER_ONLY = "supplier_only", "supplier only"
        NEVER_INVOICED = "never_invoiced", "neither customer nor supplier yet"
        UNFIT = "unfit", "does not fit here"

    class Choice(models.TextChoices):
        OPEN = "", "Not decided"
        LINK = "link", "Link"
        CREATE = "create", "Make new"
        LEAVE = "leave", "Leave out"

    class Likeness(models.TextChoices):
        FIRST_NAME = "first_name", "The name is the first name"
        FULL_NAME = "full_name", "The name is first and last name"
        COMPANY = "company", "Another name"

    class Outcome(models.TextChoices):
        NONE = "", "–"
        LINKED = "linked", "Linked"
        CREATED = "created", "Made"
        LEFT = "left", "Left out"

    contact_import = models.ForeignKey(ContactImport, on_delete=models.CASCADE, related_name="rows")
    contact_id = models.CharField(max_length=36)
    name = models.CharField(max_length=255)
    element = models.JSONField(encoder=DjangoJSONEncoder)
    verdict = models.CharField(max_length=10, choices=Verdict, blank=True)
    reason = models.CharField(max_length=15, choices=Reason, blank=True)
    note = models.CharField(max_length=255, blank=True)
    likeness = models.CharField(max_length=10, choices=Likeness, blank=True)
    party = models.ForeignKey("workshop.Party", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    candidates = models.JSONField(default=list)
    choice = models.CharField(max_length=10, choices=Choice, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)

    class Meta:
        ordering = ["name", "id"]
        indexes = [models.Index(fields=["contact_import", "verdict", "name", "id"], name="importrow_by_verdict")]
        constraints = [
            models.UniqueConstraint(fields=["contact_import", "contact_id"], name="importrow_once"),
            models.UniqueConstraint(
                fields=["contact_import", "party"],
                condition=Q(choice="link", party__isnull=False),
                name="importrow_one_per_party",
                violation_error_message="Another contact is linked to that customer in this import.",
            ),
            models.CheckConstraint(condition=~Q(verdict="skipped") | ~Q(reason=""), name="importrow_skipped_says_why"),
        ]

    def __str__(self) -> str:
        return self.name
