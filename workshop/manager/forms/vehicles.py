"""Vehicles, their owners and their odometers."""

from __future__ import annotations

from typing import Any

from django import forms

from workshop.manager.forms.base import CustomerField, DateField, GarageForm, OdometerField
from workshop.models import OdometerReading, Vehicle

TYPED = {"autocomplete": "off", "autocapitalize": "characters", "class": "rego"}


class VehicleForm(GarageForm):
    rego = forms.CharField(required=False, max_length=12, widget=forms.TextInput(attrs=TYPED))
    jurisdiction = forms.CharField(
        label="Registered in", required=False, max_length=10, help_text="Country, or state in Australia."
    )
    vin = forms.CharField(label="VIN", required=False, max_length=20, widget=forms.TextInput(attrs=TYPED))
    make = forms.CharField(required=False, max_length=40)
    model = forms.CharField(required=False, max_length=60)
    year = forms.IntegerField(
        required=False, min_value=1886, max_value=2100, widget=forms.TextInput(attrs={"inputmode": "numeric"})
    )
    engine = forms.CharField(required=False, max_length=60)
    transmission = forms.ChoiceField(required=False, choices=[("", "–"), *Vehicle.Transmission.choices])
    fuel = forms.ChoiceField(required=False, choices=[("", "–"), *Vehicle.Fuel.choices])
    colour = forms.CharField(required=False, max_length=30)
    tyre_size = forms.CharField(label="Tyre size", required=False, max_length=40)
    inspection_due = DateField(required=False)
    rego_due = DateField(label="Rego due", required=False)
    service_due = DateField(label="Next service due", required=False)
    service_due_odometer = OdometerField(label="Next service at", required=False)
    notes = forms.CharField(required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, inspection: str, vehicle: Vehicle | None = None, **kwargs: Any) -> None:
        initial = {name: getattr(vehicle, name) for name in self.base_fields} if vehicle else kwargs.pop("initial", {})
        super().__init__(*args, initial=initial, **kwargs)
        self.fields["inspection_due"].label = f"{inspection} due"


class NewVehicleForm(VehicleForm):
    owner = CustomerField(required=False)
    field_order = ["rego", "owner"]


class OwnerForm(GarageForm):
    owner = CustomerField(label="New owner")
    since = DateField()


class OdometerForm(GarageForm):
    value = OdometerField(label="Reading")
    unit = forms.ChoiceField(choices=OdometerReading.Unit)
    read_on = DateField(label="Read on")
    reason = forms.CharField(
        label="Why it is lower than before", required=False, max_length=200,
        help_text="Only for a replaced cluster or a mistake.",
    )  # fmt: skip
