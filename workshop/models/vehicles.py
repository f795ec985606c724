"""Vehicles. A plate is not identity: plates move between cars, and cars change owner."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length
from simple_history.models import HistoricalRecords

from workshop.models.people import Customer

models.CharField.register_lookup(Length, "length")
KILOMETRES_PER_MILE = Decimal("1.609344")


class VehicleQuerySet(models.QuerySet["Vehicle"]):
    def active(self) -> VehicleQuerySet:
        return self.filter(archived_at=None)

    def search(self, words: str) -> VehicleQuerySet:
        """By part of the plate (spaces and dashes do not matter), of VIN, make, model or owner."""
        plate = tidy_rego(words)
        condition = Q(vin__icontains=words) | Q(make__icontains=words) | Q(model__icontains=words)
        condition |= Q(ownerships__customer__name__icontains=words, ownerships__until=None)
        if plate:
            condition |= Q(rego__contains=plate)
        return self.filter(condition).distinct()


def tidy_rego(rego: str) -> str:
    """Upper case, letters and digits only: how a plate, or a VIN, is compared."""
    return "".join(character for character in rego.upper() if character.isalnum())


class Vehicle(models.Model):
    class Fuel(models.TextChoices):
        PETROL = "petrol", "Petrol"
        DIESEL = "diesel", "Diesel"
        HYBRID = "hybrid", "Hybrid"
        ELECTRIC = "electric", "Electric"
        OTHER = "other", "Other"

    class Transmission(models.TextChoices):
        MANUAL = "manual", "Manual"
        AUTOMATIC = "automatic", "Automatic"

    rego = models.CharField("rego", max_length=12, blank=True)
    jurisdiction = models.CharField(
        "registered in", max_length=10, blank=True, help_text="Country, or state in Australia."
    )
    vin = models.CharField(
        "VIN",
        max_length=17,
        blank=True,
        validators=[
            RegexValidator(r"^[A-HJ-NPR-Z0-9]{5,17}$", "A VIN has 5 to 17 letters and digits, without I, O and Q.")
        ],
    )
    make = models.CharField(max_length=40, blank=True)
    model = models.CharField(max_length=60, blank=True)
    year = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1886), MaxValueValidator(2100)]
    )
    engine = models.CharField(max_length=60, blank=True)
    transmission = models.CharField(max_length=10, choices=Transmission, blank=True)
    fuel = models.CharField(max_length=10, choices=Fuel, blank=True)
    colour = models.CharField(max_length=30, blank=True)
    tyre_size = models.CharField(max_length=40, blank=True)
    inspection_due = models.DateField("WOF/MOT/inspection due", null=True, blank=True)
    rego_due = models.DateField("rego due", null=True, blank=True)
    service_due = models.DateField("next service due", null=True, blank=True)
    service_due_odometer = models.PositiveIntegerField("next service at", null=True, blank=True)
    notes = models.TextField(blank=True)
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = VehicleQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = ["rego", "id"]
        indexes = [
            models.Index(fields=["rego"], name="vehicle_rego"),
            models.Index(fields=["updated_at", "id"], name="vehicle_changed"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["rego", "jurisdiction"],
                condition=Q(archived_at=None) & ~Q(rego=""),
                name="vehicle_plate_on_one_car",
                violation_error_message="Another vehicle carries this plate. Take it off that one first.",
            ),
            # chassis numbers from before 1981 are shorter, and two makers could give the same
            models.UniqueConstraint(
                fields=["vin"],
                condition=Q(archived_at=None, vin__length=17),
                name="vehicle_vin_on_one_car",
                violation_error_message="Another vehicle has this VIN.",
            ),
            models.CheckConstraint(
                condition=~Q(rego="") | ~Q(vin=""),
                name="vehicle_has_rego_or_vin",
                violation_error_message="Give the vehicle a rego or a VIN.",
            ),
        ]

    def __str__(self) -> str:
        return " ".join(filter(None, [self.rego or self.vin, self.make, self.model]))

    def save(self, *args: object, **kwargs: object) -> None:
        self.tidy()
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    def clean_fields(self, exclude: Collection[str] | None = None) -> None:
        self.tidy()  # or “klm 123” would pass as another plate than KLM123 and only the database would refuse it
        super().clean_fields(exclude)

    def tidy(self) -> None:
        self.rego, self.vin, self.jurisdiction = tidy_rego(self.rego), tidy_rego(self.vin), self.jurisdiction.upper()


class Ownership(models.Model):
    """Who owned a vehicle, and when. A vehicle has at most one owner now."""

    vehicle = models.ForeignKey(Vehicle, on_delete=models.CASCADE, related_name="ownerships")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="ownerships")
    since = models.DateField()
    until = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["-since", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["vehicle"], condition=Q(until=None), name="ownership_one_owner_now"),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=F("since")), name="ownership_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer} since {self.since}"


class OdometerReading(models.Model):
    class Unit(models.TextChoices):
        KILOMETRES = "km", "km"
        MILES = "mi", "mi"

    vehicle = models.ForeignKey(Vehicle, on_delete=models.CASCADE, related_name="odometer_readings")
    value = models.PositiveIntegerField(validators=[MaxValueValidator(9_999_999)])
    unit = models.CharField(max_length=2, choices=Unit, default=Unit.KILOMETRES)
    read_on = models.DateField()
    reason = models.CharField(max_length=200, blank=True, help_text="Why it is lower than before (cluster replaced).")

    class Meta:
        ordering = ["-read_on", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(value__lte=9_999_999, unit__in=["km", "mi"]), name="odometer_in_range")
        ]

    def __str__(self) -> str:
        return f"{self.value:,} {self.unit}"

    @property
    def kilometres(self) -> Decimal:
        return self.value * (KILOMETRES_PER_MILE if self.unit == self.Unit.MILES else Decimal(1))
