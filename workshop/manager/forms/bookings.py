"""A new booking: the rego first, the rest follows from it."""

from __future__ import annotations

from typing import Any

from django import forms

from workshop.manager.forms.base import GarageForm, TimeField
from workshop.manager.forms.jobs import TechnicianField
from workshop.manager.forms.people import PhoneField
from workshop.models import Customer, Party, Vehicle
from workshop.models.vehicles import tidy_rego

NEW = "new"
TYPED = {"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false", "class": "rego"}


class WhoForm(GarageForm):
    """The car and its person. Everything is optional here; BookingForm says what is missing."""

    rego = forms.CharField(required=False, max_length=12, widget=forms.TextInput(attrs=TYPED))
    make = forms.CharField(required=False, max_length=40)
    model = forms.CharField(required=False, max_length=60)
    year = forms.IntegerField(
        required=False, min_value=1886, max_value=2100, widget=forms.TextInput(attrs={"inputmode": "numeric"})
    )
    find = forms.CharField(
        label="Find a customer", required=False, max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "Name or phone"}),
    )  # fmt: skip
    customer = forms.CharField(required=False, max_length=20)
    becomes_owner = forms.BooleanField(label="The car is theirs now", required=False)
    kind = forms.ChoiceField(choices=Party.Kind, initial=Party.Kind.PERSON, required=False)
    first_name = forms.CharField(required=False, max_length=100)
    last_name = forms.CharField(required=False, max_length=100)
    company_name = forms.CharField(label="Company", required=False, max_length=200)
    mobile = PhoneField(label="Mobile")
    email = forms.EmailField(label="E-mail", required=False, max_length=254)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="booking_%s", **kwargs)

    def found(self) -> tuple[Vehicle | None, Customer | None]:
        """The car that carries the typed rego now, and whose it is."""
        plate = tidy_rego(self["rego"].value() or "")
        vehicle = Vehicle.objects.active().filter(rego=plate).first() if plate else None
        owned = vehicle.ownerships.select_related("customer").filter(until=None).first() if vehicle else None
        return vehicle, owned.customer if owned and owned.customer.archived_at is None else None


class BookingForm(WhoForm):
    concern = forms.CharField(
        label="What the customer says", required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 3})
    )
    booked_for = TimeField(label="Booked for", required=False)
    promised_at = TimeField(label="Promised by", required=False)
    technician = TechnicianField()
    customer_order_number = forms.CharField(label="Customer's order number", required=False, max_length=50)

    JOB = ["concern", "booked_for", "promised_at", "technician", "customer_order_number"]

    def clean_rego(self) -> str:
        typed: str = self.cleaned_data["rego"]
        if typed and not tidy_rego(typed):
            raise forms.ValidationError("A rego has letters or digits.")
        return tidy_rego(typed)

    def clean_customer(self) -> Customer | None:
        chosen: str = self.cleaned_data["customer"]
        if chosen in ("", NEW):
            return None
        customer = Customer.objects.active().filter(pk=chosen).first() if chosen.isdecimal() else None
        if customer is None:
            raise forms.ValidationError("Choose the customer again.")
        return customer

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        start, end = cleaned.get("booked_for"), cleaned.get("promised_at")
        if start and end and end < start:
            self.add_error("promised_at", "A car cannot be promised before it comes in.")
        if self.data.get("customer") == NEW and not self._name(cleaned):
            field = "company_name" if cleaned.get("kind") == Party.Kind.COMPANY else "first_name"
            self.add_error(field, "Give the customer a name.")
        return cleaned

    def _name(self, cleaned: dict[str, Any]) -> str:
        company = cleaned.get("kind") == Party.Kind.COMPANY
        names = ["company_name"] if company else ["first_name", "last_name"]
        return "".join(cleaned.get(name) or "" for name in names)

    def booking(self) -> dict[str, Any]:
        """For take_booking."""
        given, (vehicle, owner) = self.cleaned_data, self.found()
        new = self.data.get("customer") == NEW
        customer = given["customer"] or (None if new else owner)
        return {
            "customer": customer,
            "new_customer": self._new_customer() if new else None,
            "vehicle": vehicle,
            "new_vehicle": self._new_vehicle() if given["rego"] and vehicle is None else None,
            "becomes_owner": given["becomes_owner"],
            **{name: given[name] for name in self.JOB},
        }

    def _new_vehicle(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("rego", "make", "model", "year")}

    def _new_customer(self) -> dict[str, Any]:
        given = self.cleaned_data
        fields = {name: given[name] for name in ("first_name", "last_name", "company_name", "email")}
        mobile = [{"kind": "mobile", "number": given["mobile"]}] if given["mobile"] else []
        return fields | {"kind": given["kind"] or Party.Kind.PERSON, "phones": mobile}
