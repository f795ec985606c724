"""Vehicles, their owners and odometer readings."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from workshop.api.serializers.fields import Noun, StrictInput
from workshop.models import Customer, OdometerReading, Ownership, Vehicle


class OwnershipSerializer(Noun):
    customer_name = serializers.CharField(source="customer.name", read_only=True)

    class Meta:
        model = Ownership
        fields = ["customer", "customer_name", "since", "until"]
        read_only_fields = fields


class VehicleSerializer(Noun):
    ownerships = OwnershipSerializer(many=True, read_only=True)

    class Meta:
        model = Vehicle
        validators: list[Any] = []
        fields = [
            "id", "rego", "jurisdiction", "vin", "make", "model", "year", "engine", "transmission", "fuel", "colour",
            "tyre_size", "inspection_due", "rego_due", "service_due", "service_due_odometer", "notes", "ownerships",
            "archived_at", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["archived_at", "created_at", "updated_at"]


class NewVehicleInput(VehicleSerializer):
    owner = serializers.PrimaryKeyRelatedField(queryset=Customer.objects.active(), required=False)
    since = serializers.DateField(required=False, help_text="When it became the owner's; today unless given.")

    class Meta(VehicleSerializer.Meta):
        fields = [
            name for name in VehicleSerializer.Meta.fields
            if name not in {"id", "ownerships", *VehicleSerializer.Meta.read_only_fields}
        ] + ["owner", "since"]  # fmt: skip
        read_only_fields: list[str] = []


class ChangeOwnerInput(StrictInput):
    owner = serializers.PrimaryKeyRelatedField(queryset=Customer.objects.active())
    since = serializers.DateField(required=False, help_text="Today unless given.")


class MovePlateInput(StrictInput):
    to = serializers.PrimaryKeyRelatedField(queryset=Vehicle.objects.all(), help_text="The car that gets the plate.")
    replacement = serializers.CharField(
        required=False, max_length=12, help_text="What this car carries then; the other's plate makes it a swap."
    )


class OdometerReadingSerializer(Noun):
    class Meta:
        model = OdometerReading
        fields = ["id", "vehicle", "value", "unit", "read_on", "reason"]
        extra_kwargs = {"read_on": {"required": False, "help_text": "Today unless given."}}
