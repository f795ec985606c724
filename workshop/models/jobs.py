"""Jobs, their lines, and quotes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from workshop.models.fields import MoneyField
from workshop.models.lines import PricedLine, line_constraints, supply_field
from workshop.models.organisation import TaxMode
from workshop.models.people import Customer
from workshop.models.vehicles import Vehicle


class DocumentDiscount(models.Model):
    """Freight and a discount over the whole document; the amounts are entered without tax."""

    freight = MoneyField(
        "freight without tax",
        default=Decimal("0.00"),
        validators=[MinValueValidator(Decimal(0))],
    )
    discount_amount = MoneyField(
        "discount without tax",
        default=Decimal("0.00"),
        validators=[MinValueValidator(Decimal(0))],
    )
    discount_percent = models.DecimalField(
        max_digits=5,
        decimal_places=2,
        default=Decimal("0.00"),
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(100))],
    )

    class Meta:
        abstract = True

    def clean(self) -> None:
        if self.discount_amount and self.discount_percent:
            raise ValidationError({"discount_percent": "Give the discount as an amount or as a percentage, not both."})

    def charges(self) -> dict[str, Decimal]:
        """Freight and discount as they were entered."""
        return {name: getattr(self, name) for name in DISCOUNT_FIELDS}


DISCOUNT_FIELDS = ["freight", "discount_amount", "discount_percent"]


def discount_constraints(name: str) -> list[models.BaseConstraint]:
    return [
        models.CheckConstraint(
            condition=Q(freight__gte=0, discount_amount__gte=0, discount_percent__gte=0, discount_percent__lte=100),
            name=f"{name}_freight_and_discount_in_range",
        ),
        models.CheckConstraint(
            condition=Q(discount_amount=0) | Q(discount_percent=0), name=f"{name}_one_kind_of_discount"
        ),
    ]


STATES = ["booked", "arrived", "in_progress", "completed", "invoiced", "collected", "cancelled"]
TIMES = {
    "arrived": "arrived_at",
    "in_progress": "started_at",
    "completed": "completed_at",
    "collected": "collected_at",
    "cancelled": "cancelled_at",
}


def state_constraints() -> list[models.BaseConstraint]:
    """A job is in a known state, has the time of each it reached, and none of one it has not reached."""
    return [_timed(state, time) for state, time in TIMES.items()]


def _timed(state: str, time: str) -> models.BaseConstraint:
    """A cancelled job keeps the times of what was done before."""
    place = STATES.index(state)
    reached = Q(status__in=STATES[place:]) & Q(**{f"{time}__isnull": False})
    ahead = Q(status__in=STATES[:place]) & Q(**{time: None})
    kept = Q() if state == "cancelled" else Q(status="cancelled")
    return models.CheckConstraint(condition=kept | reached | ahead, name=f"job_{time}_with_its_state")


class JobQuerySet(models.QuerySet["Job"]):
    def open(self) -> JobQuerySet:
        return self.exclude(status__in=[Job.Status.COLLECTED, Job.Status.CANCELLED])

    def visible_to(self, user: User) -> JobQuerySet:
        """Whoever only moves jobs along (a technician) sees their own; everybody else sees all."""
        own_only = user.has_perm("workshop.move_job") and not user.has_perm("workshop.change_job")
        return self.filter(technician=user) if own_only else self.all()

    def search(self, words: str) -> JobQuerySet:
        vehicles = Vehicle.objects.search(words)
        condition = Q(number__iexact=words) | Q(customer__name__icontains=words) | Q(vehicle__in=vehicles)
        return self.filter(condition | Q(invoices__number__iexact=words)).distinct()


class Job(DocumentDiscount):
    """A job card, from the booking to the keys handed back. Moves only through the verbs in workshop.jobs."""

    class Status(models.TextChoices):
        BOOKED = "booked", "Booked"
        ARRIVED = "arrived", "Arrived"
        IN_PROGRESS = "in_progress", "In progress"
        COMPLETED = "completed", "Completed"
        INVOICED = "invoiced", "Invoiced"
        COLLECTED = "collected", "Collected"
        CANCELLED = "cancelled", "Cancelled"

    number = models.CharField(max_length=30, unique=True, editable=False)
    status = models.CharField(max_length=12, choices=Status, default=Status.BOOKED, editable=False, db_index=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="jobs")
    bill_to = models.ForeignKey(
        Customer,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="billed_jobs",
        help_text="Who pays, where it is not the customer: fleet, insurer, warranty.",
    )
    vehicle = models.ForeignKey(Vehicle, on_delete=models.PROTECT, null=True, blank=True, related_name="jobs")
    concern = models.TextField("customer's concern", blank=True)
    tax_mode = models.CharField("amounts are", max_length=10, choices=TaxMode, default=TaxMode.EXCLUSIVE)
    booked_for = models.DateTimeField(null=True, blank=True)
    promised_at = models.DateTimeField(null=True, blank=True)
    technician = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="jobs"
    )
    key_tag = models.CharField(max_length=20, blank=True)
    customer_order_number = models.CharField("customer's order number", max_length=50, blank=True)
    odometer_in = models.PositiveIntegerField(null=True, blank=True, validators=[MaxValueValidator(9_999_999)])
    odometer_out = models.PositiveIntegerField(null=True, blank=True, validators=[MaxValueValidator(9_999_999)])
    waiting_parts = models.BooleanField("waiting for parts", default=False)
    waiting_approval = models.BooleanField("waiting for approval", default=False)
    at_outwork = models.BooleanField("at outwork", default=False)
    arrived_at = models.DateTimeField(null=True, blank=True, editable=False)
    started_at = models.DateTimeField(null=True, blank=True, editable=False)
    completed_at = models.DateTimeField(null=True, blank=True, editable=False)
    collected_at = models.DateTimeField(null=True, blank=True, editable=False)
    cancelled_at = models.DateTimeField(null=True, blank=True, editable=False)
    cancel_reason = models.CharField(max_length=200, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = JobQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["version"])

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["status", "promised_at"], name="job_board"),
            models.Index(fields=["updated_at", "id"], name="job_changed"),
        ]
        constraints = [
            *discount_constraints("job"),
            models.CheckConstraint(condition=~Q(number=""), name="job_has_a_number"),
            *state_constraints(),
        ]
        permissions = [
            ("move_job", "Can move jobs from booked to completed"),
            ("invoice_job", "Can invoice jobs"),
            ("see_prices", "Can see prices"),
            ("see_contact_details", "Can see customers' contact details"),
        ]

    def __str__(self) -> str:
        return f"Job {self.number}"

    @property
    def payer(self) -> Customer:
        return self.bill_to or self.customer

    @property
    def editable(self) -> bool:
        return self.status in EDITABLE


LINE_COST: dict[str, Any] = {
    "max_digits": 12,
    "decimal_places": 4,
    "validators": [MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(1_000_000))],
}
EDITABLE = {Job.Status.BOOKED, Job.Status.ARRIVED, Job.Status.IN_PROGRESS, Job.Status.COMPLETED}


class JobLine(PricedLine):
    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="lines")
    technician = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    supply = supply_field()
    unit_cost = models.DecimalField("cost each, without tax", null=True, blank=True, **LINE_COST)

    class Meta(PricedLine.Meta):
        constraints = [
            *line_constraints("jobline"),
            models.CheckConstraint(
                condition=~Q(supply="stock") | Q(part__isnull=False), name="jobline_stock_is_a_part"
            ),
            models.CheckConstraint(
                condition=Q(supply="") | Q(kind__in=["part", "outwork"]), name="jobline_supply_of_goods"
            ),
        ]


class Quote(DocumentDiscount):
    """An offer for a job. A change after sending makes the next version; the old one is superseded."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        SENT = "sent", "Sent"
        APPROVED = "approved", "Approved"
        PART_APPROVED = "part_approved", "Part approved"
        DECLINED = "declined", "Declined"
        SUPERSEDED = "superseded", "Superseded"

    number = models.CharField(max_length=30, editable=False)
    version = models.PositiveSmallIntegerField(default=1, editable=False)
    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="quotes")
    status = models.CharField(max_length=15, choices=Status, default=Status.DRAFT, editable=False)
    tax_mode = models.CharField("amounts are", max_length=10, choices=TaxMode, default=TaxMode.EXCLUSIVE)
    expires_on = models.DateField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True, editable=False)
    decided_at = models.DateTimeField(null=True, blank=True, editable=False)
    decided_by = models.CharField("approved by", max_length=100, blank=True)
    evidence = models.CharField("how approval was given", max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            *discount_constraints("quote"),
            models.UniqueConstraint(fields=["number", "version"], name="quote_number_and_version"),
            models.CheckConstraint(condition=~Q(number=""), name="quote_has_a_number"),
            models.CheckConstraint(
                condition=Q(status="draft", sent_at=None, decided_at=None)
                | Q(status="sent", sent_at__isnull=False, decided_at=None)
                | Q(status__in=["approved", "part_approved", "declined"], decided_at__isnull=False)
                | Q(status="superseded"),
                name="quote_state_has_its_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} v{self.version}"

    def expired(self, today: date) -> bool:
        return self.status == self.Status.SENT and self.expires_on is not None and self.expires_on < today


LINE_FIELDS = ["kind", "part", "description", "quantity", "unit_price", "discount_percent", "tax_rate"]


class QuoteLine(PricedLine):
    class Decision(models.TextChoices):
        PENDING = "pending", "Not decided"
        APPROVED = "approved", "Approved"
        DECLINED = "declined", "Declined"

    quote = models.ForeignKey(Quote, on_delete=models.CASCADE, related_name="lines")
    decision = models.CharField(max_length=10, choices=Decision, default=Decision.PENDING, editable=False)
    job_line = models.OneToOneField(JobLine, on_delete=models.SET_NULL, null=True, blank=True, editable=False)

    class Meta(PricedLine.Meta):
        constraints = line_constraints("quoteline")
