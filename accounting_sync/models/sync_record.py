"""One workshop record in one Xero organisation: mapping, queue entry and status in one row."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q

from accounting_sync.models.connection import Connection


class State(models.TextChoices):
    PENDING = "pending", "Waiting to send"
    SENDING = "sending", "Sending"
    UNKNOWN = "unknown", "Checking with Xero"
    SYNCED = "synced", "In Xero"
    WAITING = "waiting", "Waiting"
    WARNING = "warning", "Needs you"
    CONFLICT = "conflict", "Changed in Xero"
    SKIPPED = "skipped", "Not sent"


IN_FLIGHT = [State.SENDING, State.UNKNOWN]
UNRESOLVED = [State.WARNING, State.CONFLICT]
QUEUED = [State.PENDING, State.SENDING, State.UNKNOWN, State.WAITING]


class Priority(models.IntegerChoices):
    LOOK_UP = 0, "Look-ups and voids"
    PERSON = 1, "Somebody pressed a button"
    CHANGE = 2, "Live changes"
    POLL = 3, "Polls"
    HISTORY = 4, "History"


class SyncRecordQuerySet(models.QuerySet["SyncRecord"]):
    def unresolved(self) -> SyncRecordQuerySet:
        return self.filter(state__in=UNRESOLVED)

    def queued(self) -> SyncRecordQuerySet:
        return self.filter(state__in=QUEUED)

    def of(self, kind: str, object_id: int) -> SyncRecordQuerySet:
        return self.filter(kind=kind, object_id=object_id)

    def in_xero(self) -> SyncRecordQuerySet:
        """There, or on its way there: nobody knows yet."""
        return self.filter(Q(remote_id__isnull=False) | Q(state__in=IN_FLIGHT))


class SyncRecord(models.Model):
    """``wanted`` rises with every change of the record; ``synced`` is the version Xero is known to hold."""

    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="sync_records")
    kind = models.CharField(max_length=20)
    object_id = models.PositiveBigIntegerField()
    title = models.CharField(max_length=200, blank=True, default="", db_default="")

    remote_id = models.CharField("accounting code", max_length=80, null=True, blank=True)
    remote_number = models.CharField("number in Xero", max_length=255, blank=True, default="", db_default="")
    remote_status = models.CharField("status in Xero", max_length=20, blank=True, default="", db_default="")
    remote_updated_at = models.DateTimeField(null=True, blank=True)

    wanted = models.PositiveBigIntegerField(default=1, db_default=1)
    synced = models.PositiveBigIntegerField(default=0, db_default=0)
    generation = models.PositiveIntegerField(default=0, db_default=0)
    body_hash = models.CharField(max_length=64, blank=True, default="", db_default="")
    remote_hash = models.CharField(max_length=64, blank=True, default="", db_default="")
    base = models.JSONField(default=dict, db_default={}, blank=True)

    state = models.CharField(max_length=10, choices=State, default=State.PENDING, db_default=State.PENDING)
    code = models.CharField(max_length=40, blank=True, default="", db_default="")
    message = models.TextField(blank=True, default="", db_default="")
    evidence = models.JSONField(default=dict, db_default={}, blank=True, encoder=DjangoJSONEncoder)
    since = models.DateTimeField()
    waiting_on = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="dependants")
    rank = models.PositiveSmallIntegerField(default=0)
    priority = models.PositiveSmallIntegerField(choices=Priority, default=Priority.CHANGE)
    not_before = models.DateTimeField()
    tries = models.PositiveIntegerField(default=0, db_default=0)
    open_attempt = models.OneToOneField(
        "accounting_sync.Attempt", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    last_exported_at = models.DateTimeField("last export", null=True, blank=True)
    last_imported_at = models.DateTimeField("last import", null=True, blank=True)
    do_not_export = models.BooleanField(default=False, db_default=False)
    do_not_import = models.BooleanField(default=False, db_default=False)
    reason = models.CharField(max_length=255, blank=True, default="", db_default="")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = SyncRecordQuerySet.as_manager()

    class Meta:
        ordering = ["-since", "-id"]
        indexes = [
            models.Index(fields=["connection", "state", "priority", "rank", "not_before", "id"], name="syncrecord_due"),
            models.Index(fields=["state", "-since", "-id"], name="syncrecord_by_state"),
            models.Index(fields=["kind", "object_id"], name="syncrecord_of_record"),
            models.Index(fields=["connection", "-since", "-id"], name="syncrecord_latest"),
            models.Index(fields=["connection", "state", "code"], name="syncrecord_by_cause"),
            models.Index(
                fields=["connection", "-since", "-id"], condition=Q(do_not_export=True), name="syncrecord_no_export"
            ),
            models.Index(
                fields=["connection", "-since", "-id"], condition=Q(do_not_import=True), name="syncrecord_no_import"
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["connection", "kind", "object_id"], name="syncrecord_one_per_record"),
            models.UniqueConstraint(
                fields=["connection", "kind", "remote_id"],
                condition=Q(remote_id__isnull=False),
                name="syncrecord_one_per_remote",
            ),
            models.CheckConstraint(condition=Q(synced__lte=F("wanted")), name="syncrecord_synced_not_ahead"),
            models.CheckConstraint(
                condition=~Q(state="synced") | Q(synced=F("wanted"), remote_id__isnull=False),
                name="syncrecord_synced_means_held",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["waiting", "warning", "conflict", "skipped"]) | (~Q(message="") & ~Q(code="")),
                name="syncrecord_says_why",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["sending", "unknown"], open_attempt__isnull=False)
                | (~Q(state__in=["sending", "unknown"]) & Q(open_attempt=None)),
                name="syncrecord_in_flight_has_attempt",
            ),
            models.CheckConstraint(
                condition=Q(do_not_export=False, do_not_import=False) | ~Q(reason=""),
                name="syncrecord_exclusion_has_reason",
            ),
        ]
        permissions = [
            ("retry_sync", "Can retry"),
            ("decide_sync", "Can skip, exclude and settle conflicts"),
        ]

    def __str__(self) -> str:
        return self.title or f"{self.kind} {self.object_id}"


class Attempt(models.Model):
    """One call about one record, written before the call and finished after it. Never changed once finished."""

    class Trigger(models.TextChoices):
        CHANGE = "change", "Change"
        SWEEP = "sweep", "Sweep"
        PERSON = "person", "Person"
        POLL = "poll", "Poll"

    class Outcome(models.TextChoices):
        ACCEPTED = "accepted", "Accepted"
        FOUND = "found", "Found in Xero"
        UNCHANGED = "unchanged", "Nothing to change"
        IMPORTED = "imported", "Imported"
        REJECTED = "rejected", "Refused"
        THROTTLED = "throttled", "Put off by a limit"
        UNAUTHORISED = "unauthorised", "Not let in"
        NOT_SENT = "not_sent", "Not sent"
        ABSENT = "absent", "Not found in Xero"
        UNKNOWN = "unknown", "No answer"
        DECIDED = "decided", "Decided by a person"

    class Direction(models.TextChoices):
        EXPORT = "export", "Export"
        IMPORT = "import", "Import"

    sync_record = models.ForeignKey(SyncRecord, on_delete=models.PROTECT, related_name="attempts")
    call_id = models.UUIDField(default=uuid.uuid4)
    direction = models.CharField(max_length=6, choices=Direction, default=Direction.EXPORT)
    trigger = models.CharField(max_length=10, choices=Trigger, default=Trigger.CHANGE)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    operation = models.CharField(max_length=12)
    version = models.PositiveBigIntegerField()
    generation = models.PositiveIntegerField(default=0)
    fence = models.PositiveBigIntegerField(default=0)
    method = models.CharField(max_length=7, blank=True)
    path = models.CharField(max_length=255, blank=True)
    idempotency_key = models.CharField(max_length=128, blank=True)
    body = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)
    body_hash = models.CharField(max_length=64, blank=True, default="", db_default="")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=12, choices=Outcome, blank=True)
    http_status = models.PositiveSmallIntegerField(null=True, blank=True)
    response = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)
    message = models.TextField(blank=True, default="", db_default="")
    correlation_id = models.CharField(max_length=60, blank=True)
    milliseconds = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["-started_at", "-id"]
        verbose_name = "call"
        verbose_name_plural = "import and export history"
        indexes = [
            models.Index(fields=["-started_at", "-id"], name="attempt_latest"),
            models.Index(fields=["outcome", "-started_at", "-id"], name="attempt_by_outcome"),
            models.Index(fields=["correlation_id"], condition=~Q(correlation_id=""), name="attempt_correlation"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["sync_record"], condition=Q(finished_at=None), name="attempt_one_open_per_record"
            ),
            models.CheckConstraint(
                condition=Q(finished_at=None, outcome="") | (Q(finished_at__isnull=False) & ~Q(outcome="")),
                name="attempt_finished_has_outcome",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.operation} {self.sync_record_id} {self.outcome or 'open'}"
