"""One Xero organisation we are, or were, connected to."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from accounting_sync.models.fields import EncryptedTextField

LONGEST_POLL = 720  # minutes


class ConnectionQuerySet(models.QuerySet["Connection"]):
    def live(self) -> ConnectionQuerySet:
        """Every connection whose records are still ours to keep in step."""
        return self.exclude(status=Connection.Status.DISCONNECTED)

    def switched_on(self, switch: str) -> ConnectionQuerySet:
        return self.exclude(**{f"{switch}_since": None})


class Connection(models.Model):
    """Tokens, standing, the drain's lease, Xero's limits and what the accountant decided about this organisation."""

    class Status(models.TextChoices):
        CONNECTED = "connected", "Connected"
        RECONNECT = "reconnect", "Connection lost"
        PAUSED = "paused", "Paused"
        DISCONNECTED = "disconnected", "Disconnected"

    class Cause(models.TextChoices):
        NONE = "", "–"
        REVOKED = "revoked", "Access was withdrawn in Xero"
        EXPIRED = "expired", "Xero was not contacted for 60 days"
        CREDENTIALS = "credentials", "Our client id or secret is refused"
        SCOPE = "scope", "A permission is missing"
        FORBIDDEN = "forbidden", "The organisation no longer lets us in"
        PERSON = "person", "Disconnected here"
        ANOTHER = "another", "It is another organisation than before"

    class ContactRule(models.TextChoices):
        ASK = "ask", "Ask somebody"
        XERO = "xero", "Xero's version counts"
        WORKSHOP = "workshop", "The workshop's version counts"

    tenant_id = models.CharField(max_length=36, unique=True)
    xero_connection_id = models.CharField(max_length=36, blank=True)
    name = models.CharField(max_length=255)
    country = models.CharField(max_length=3, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    short_code = models.CharField(max_length=20, blank=True)
    plan_class = models.CharField(max_length=30, blank=True)
    is_demo = models.BooleanField(default=False)
    period_lock_date = models.DateField(null=True, blank=True)
    year_lock_date = models.DateField(null=True, blank=True)
    organisation_checked_at = models.DateTimeField(null=True, blank=True)

    status = models.CharField(max_length=15, choices=Status, default=Status.CONNECTED)
    cause = models.CharField(max_length=15, choices=Cause, blank=True)
    status_since = models.DateTimeField(auto_now_add=True)
    connected_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    access_token = EncryptedTextField(blank=True)
    refresh_token = EncryptedTextField(blank=True)
    token_expires_at = models.DateTimeField(null=True, blank=True)
    token_version = models.PositiveBigIntegerField(default=0)
    refreshing_until = models.DateTimeField(null=True, blank=True)
    scopes = models.TextField(blank=True)

    lease_token = models.CharField(max_length=36, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    fence = models.PositiveBigIntegerField(default=0)

    minute_left = models.IntegerField(null=True, blank=True)
    day_left = models.IntegerField(null=True, blank=True)
    limits_at = models.DateTimeField(null=True, blank=True)
    parked_until = models.DateTimeField(null=True, blank=True)
    parked_because = models.CharField(max_length=100, blank=True)

    set_up_at = models.DateTimeField(
        null=True, blank=True, help_text="When everything was chosen for the first time. Nothing is sent before."
    )
    start_date = models.DateField(null=True, blank=True, help_text="Documents dated before it are not sent.")
    purchases_since = models.DateTimeField("Send Purchase Orders to Xero, on since", null=True, blank=True)
    journals_since = models.DateTimeField("Create Inventory Journals, on since", null=True, blank=True)
    orders_since = models.DateTimeField("Send orders as purchase orders, on since", null=True, blank=True)
    items_since = models.DateTimeField("Send parts as untracked items, on since", null=True, blank=True)
    whole_descriptions = models.BooleanField(
        "Send whole descriptions",
        default=True,
        db_default=True,
        help_text="Off: a line of an invoice or credit note carries the part's name, or the first line of its words.",
    )
    locks_invoices = models.BooleanField(
        "Lock invoices when they are in Xero",
        default=False,
        db_default=False,
        help_text="On: an invoice in Xero is no longer edited here; it is credited and issued anew.",
    )
    taken_numbers = models.JSONField(
        default=dict, db_default={}, blank=True, help_text="Of the next invoice numbers, those Xero has, and whose."
    )
    contact_rule = models.CharField(
        "the same detail of a contact changed here and in Xero",
        max_length=10,
        choices=ContactRule,
        default=ContactRule.ASK,
    )
    poll_minutes = models.PositiveSmallIntegerField(
        "minutes between two readings of Xero, while open",
        default=10,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_POLL)],
    )
    poll_minutes_closed = models.PositiveSmallIntegerField(
        "minutes between two readings of Xero, while closed",
        default=30,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_POLL)],
    )
    opens_at = models.TimeField(default=time(7))
    closes_at = models.TimeField(default=time(19))
    open_days = models.CharField(max_length=7, default="123456", help_text="Monday is 1, Sunday is 7.")
    last_webhook_at = models.DateTimeField(null=True, blank=True)
    unannounced = models.PositiveIntegerField(default=0, help_text="Changes read in Xero that no webhook told of.")
    unannounced_since = models.DateTimeField(null=True, blank=True)

    objects = ConnectionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                models.Value(1),
                condition=~Q(status="disconnected"),
                name="connection_one_live",
                violation_error_message="Disconnect the present organisation first.",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["connected", "paused"]) | ~Q(cause=""), name="connection_lost_has_a_cause"
            ),
            models.CheckConstraint(
                condition=Q(contact_rule__in=["ask", "xero", "workshop"]), name="connection_contact_rule_known"
            ),
            models.CheckConstraint(
                condition=Q(poll_minutes__range=(1, LONGEST_POLL), poll_minutes_closed__range=(1, LONGEST_POLL)),
                name="connection_is_read_at_least_daily",
            ),
            models.CheckConstraint(
                condition=Q(opens_at__lt=F("closes_at")),
                name="connection_opens_before_it_closes",
                violation_error_message="It opens before it closes.",
            ),
            models.CheckConstraint(
                condition=Q(unannounced=0, unannounced_since=None)
                | Q(unannounced__gt=0, unannounced_since__isnull=False),
                name="connection_unannounced_since_the_first",
            ),
        ]
        permissions = [
            ("connect_accounting", "Can connect and disconnect the accounts"),
            ("map_accounting", "Can map accounts, taxes and payment methods"),
            ("correct_stock", "Can post a correction of stock to Xero alone"),
            ("catch_up_stock", "Can post what was kept back of stock in one sum"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def lock_date(self) -> date | None:
        """Nothing dated on or before it is accepted."""
        return max(filter(None, [self.period_lock_date, self.year_lock_date]), default=None)

    @property
    def switches(self) -> dict[str, datetime | None]:
        """What may go to Xero, and since when; None: it stays here by choice."""
        return {
            "purchases": self.purchases_since,
            "journals": self.journals_since,
            "orders": self.orders_since,
            "items": self.items_since,
        }

    @property
    def moves_stock(self) -> bool:
        """Whether what stock is worth reaches Xero at all; an order is a promise and does not."""
        return bool(self.purchases_since or self.journals_since)

    def stands_still(self, now: datetime) -> bool:
        """Nothing is sent just now: the connection is lost or paused, or Xero's limit is reached."""
        return self.status != self.Status.CONNECTED or self.parked(now)

    def parked(self, now: datetime) -> bool:
        return self.parked_until is not None and self.parked_until > now


class Mapping(models.Model):
    """Which Xero account or tax rate stands for one of ours."""

    class Subject(models.TextChoices):
        ACCOUNT = "account", "Account"
        TAX = "tax", "Tax rate"
        PURCHASE = "purchase", "Tax rate on purchases"
        PAYMENT = "payment", "Payment method"
        SITE = "site", "Site"

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="mappings")
    subject = models.CharField(max_length=10, choices=Subject)
    key = models.CharField(max_length=40, help_text="The account's role, or the id of our tax rate or payment method.")
    value = models.CharField(max_length=60, help_text="Account code, tax type, AccountID or TrackingOptionID in Xero.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "subject", "key"], name="mapping_one_per_subject"),
            models.CheckConstraint(condition=~Q(value=""), name="mapping_has_a_value"),
        ]

    def __str__(self) -> str:
        return f"{self.get_subject_display()} {self.key} → {self.value}"


class Cursor(models.Model):
    """How far polling of one resource got. It moves only after a complete walk that was applied."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="cursors")
    resource = models.CharField(max_length=30)
    since = models.DateTimeField(null=True, blank=True)
    polled_at = models.DateTimeField(null=True, blank=True)
    complete_at = models.DateTimeField(null=True, blank=True)
    poke_at = models.DateTimeField(null=True, blank=True)
    failure = models.CharField(max_length=255, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["connection", "resource"], name="cursor_one_per_resource")]

    def __str__(self) -> str:
        return f"{self.resource} since {self.since}"


class Worker(models.Model):
    """The background worker's sign of life: one row, stamped by whatever it does."""

    SILENCE = timedelta(minutes=5)  # it stamps every minute; nobody heard of for longer than this is not running

    beat_at = models.DateTimeField()
    swept_at = models.DateTimeField(null=True, blank=True)
    compared_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="worker_is_one")]

    def __str__(self) -> str:
        return f"Last seen {self.beat_at}"
