"""The proof that both sides agree: one run, what Xero showed during it, and every document that differs."""

from __future__ import annotations

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q

from accounting_sync.models.connection import Connection
from accounting_sync.models.sync_record import UNRESOLVED, SyncRecord
from workshop.models.fields import MoneyField


class TieOutRun(models.Model):
    """Reads complete lists, then compares. Only a run that is done says anything; one that failed says nothing."""

    class Stage(models.TextChoices):
        READING = "reading", "Reading Xero"
        COMPARING = "comparing", "Comparing"
        DONE = "done", "Compared"
        FAILED = "failed", "Not finished"

    class Trigger(models.TextChoices):
        NIGHT = "night", "Every night"
        PERSON = "person", "Somebody asked"

    OPEN = (Stage.READING, Stage.COMPARING)

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="tie_outs")
    stage = models.CharField(max_length=10, choices=Stage, default=Stage.READING)
    trigger = models.CharField(max_length=10, choices=Trigger, default=Trigger.PERSON)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    lists_read = models.PositiveSmallIntegerField(default=0, help_text="Of Xero's lists, how many are complete.")
    rows_read = models.PositiveIntegerField(default=0)
    calls = models.PositiveIntegerField(default=0, help_text="Calls made to Xero.")
    failures = models.PositiveSmallIntegerField(default=0, help_text="Reads that failed since the last that did not.")
    message = models.TextField(blank=True)
    busy_until = models.DateTimeField(null=True, blank=True, help_text="Some worker has it in hand until then.")
    checked = models.PositiveIntegerField(default=0, help_text="Documents of ours that were compared.")
    differing = models.PositiveIntegerField(default=0)
    explained = models.PositiveIntegerField(default=0)
    summary = models.JSONField(default=list, blank=True, encoder=DjangoJSONEncoder)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["stage", "-id"], name="tieoutrun_latest")]
        constraints = [
            models.UniqueConstraint(
                fields=["connection"],
                condition=Q(stage__in=["reading", "comparing"]),
                name="tieoutrun_one_open",
                violation_error_message="A tie-out is under way already.",
            ),
            models.CheckConstraint(
                condition=Q(stage__in=["reading", "comparing"], finished_at=None)
                | Q(stage__in=["done", "failed"], finished_at__isnull=False),
                name="tieoutrun_finished_has_a_time",
            ),
            models.CheckConstraint(condition=~Q(stage="failed") | ~Q(message=""), name="tieoutrun_failed_says_why"),
        ]

    def __str__(self) -> str:
        return f"Tie-out of {self.started_at:%Y-%m-%d %H:%M}"


class SeenInXero(models.Model):
    """One document or contact as a run saw it, in its latest form. Dropped when the run ends."""

    run = models.ForeignKey(TieOutRun, on_delete=models.CASCADE, related_name="seen")
    resource = models.CharField(max_length=20)
    remote_id = models.CharField(max_length=80)
    type = models.CharField(max_length=30, blank=True)
    number = models.CharField(max_length=255, blank=True)
    url = models.CharField(max_length=500, blank=True)
    contact_id = models.CharField(max_length=80, blank=True)
    target_id = models.CharField(max_length=80, blank=True, help_text="What a payment rests on.")
    status = models.CharField(max_length=20, blank=True)
    live = models.BooleanField(default=False)
    dated = models.DateField(null=True, blank=True)
    total = MoneyField(default=0)
    paid = MoneyField(default=0)
    credited = MoneyField(default=0)
    open = MoneyField(default=0, help_text="Due on an invoice or bill, left of a credit.")
    updated_at = models.DateTimeField(null=True, blank=True)
    linked = models.CharField(
        max_length=20, blank=True, default="", db_default="", help_text="The kind of ours that it is; empty for none."
    )

    class Meta:
        indexes = [
            models.Index(fields=["run", "contact_id"], name="seeninxero_of_contact"),
            models.Index(fields=["run", "url"], name="seeninxero_marker"),
            models.Index(fields=["run", "target_id"], name="seeninxero_target"),
        ]
        constraints = [models.UniqueConstraint(fields=["run", "resource", "remote_id"], name="seeninxero_once")]

    def __str__(self) -> str:
        return f"{self.resource} {self.number or self.remote_id}"


class TieOutDifferenceQuerySet(models.QuerySet["TieOutDifference"]):
    def worst_first(self) -> TieOutDifferenceQuerySet:
        """Then the newest; what has no day comes last, which databases would not agree on by themselves."""
        return self.order_by("verdict", models.F("dated").desc(nulls_last=True), "id")

    def unsettled(self) -> TieOutDifferenceQuerySet:
        """Without those about whose record somebody decided since, and which asks for nobody any more."""
        settled = Q(record__decided_at__gt=models.F("run__finished_at")) & ~Q(record__state__in=UNRESOLVED)
        return self.exclude(pk__in=TieOutDifference._base_manager.filter(settled).values("pk"))


class TieOutDifference(models.Model):
    """One document, or one balance, that is not the same on both sides. ``record`` is the one that holds the cure."""

    class Kind(models.TextChoices):
        INVOICE = "invoice", "Invoices"
        CREDIT_NOTE = "credit_note", "Credit notes"
        DEPOSIT = "deposit", "Deposits"
        PAYMENT = "payment", "Payments"
        REFUND = "refund", "Refunds"
        BILL = "bill", "Bills"
        SUPPLIER_CREDIT = "supplier_credit", "Supplier credits"
        CONTACT = "contact", "Contacts"
        CUSTOMER = "customer", "Customer balances"
        SUPPLIER = "supplier", "Supplier balances"

    class Field(models.TextChoices):
        PRESENCE = "presence", "Where it is"
        STATUS = "status", "Status"
        TOTAL = "total", "Total"
        PAID = "paid", "Paid"
        CREDITED = "credited", "Credited"
        OPEN = "open", "Left"
        CONTACT = "contact", "Whose it is"
        BALANCE = "balance", "Balance"

    class Reason(models.TextChoices):
        CHANGED = "changed", "Changed in Xero"
        GONE = "gone", "Voided or removed in Xero"
        MISSING = "missing", "No longer in Xero"
        TWICE = "twice", "Twice in Xero"
        NOT_LINKED = "not_linked", "Ours in Xero, not linked"
        NOT_READ = "not_read", "Newer in Xero, not read yet"
        REFUSED = "refused", "Needs somebody"
        ARCHIVED = "archived", "Archived in Xero"
        UNEXPLAINED = "unexplained", "Not explained"
        UNSENT = "unsent", "Not in Xero yet"
        BY_DECISION = "by_decision", "Kept out of Xero by decision"
        FOREIGN = "foreign", "Made in Xero, not by us"
        MOVING = "moving", "Changed while it was compared"

    class Verdict(models.TextChoices):
        DIFFERS = "differs", "Differs"
        EXPLAINED = "explained", "Explained"

    run = models.ForeignKey(TieOutRun, on_delete=models.CASCADE, related_name="differences")
    verdict = models.CharField(max_length=10, choices=Verdict)
    reason = models.CharField(max_length=12, choices=Reason)
    kind = models.CharField(max_length=20, choices=Kind)
    month = models.DateField(null=True, blank=True, help_text="Its first day; none for a balance or a contact.")
    dated = models.DateField(null=True, blank=True)
    object_id = models.PositiveBigIntegerField(null=True, blank=True)
    party_id = models.PositiveBigIntegerField("customer or supplier", null=True, blank=True)
    record = models.ForeignKey(SyncRecord, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    remote_id = models.CharField(max_length=80, blank=True)
    title = models.CharField(max_length=255)
    field = models.CharField(max_length=10, choices=Field)
    ours = models.CharField(max_length=60, blank=True)
    theirs = models.CharField(max_length=60, blank=True)
    amount = MoneyField(help_text="More (+) or less (−) in Xero.")
    changed_at = models.DateTimeField(null=True, blank=True, help_text="When Xero's side last changed.")
    details = models.JSONField(default=list, blank=True, encoder=DjangoJSONEncoder)

    objects = TieOutDifferenceQuerySet.as_manager()

    class Meta:
        ordering = ["verdict", "-dated", "id"]
        indexes = [
            models.Index(fields=["run", "kind", "party_id"], name="tieoutdifference_of_party"),
            models.Index(fields=["run", "kind", "month"], name="tieoutdifference_month"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(verdict="explained", reason__in=["unsent", "by_decision", "foreign", "moving"])
                | (Q(verdict="differs") & ~Q(reason__in=["unsent", "by_decision", "foreign", "moving"])),
                name="tieoutdifference_explained_by_its_reason",
            ),
            models.CheckConstraint(
                condition=Q(month=None) | Q(dated__isnull=False), name="tieoutdifference_month_has_a_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}: {self.get_field_display()} {self.ours} here, {self.theirs} in Xero"


EXPLAINED = {
    TieOutDifference.Reason.UNSENT,
    TieOutDifference.Reason.BY_DECISION,
    TieOutDifference.Reason.FOREIGN,
    TieOutDifference.Reason.MOVING,
}
