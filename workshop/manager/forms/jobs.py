"""Forms of the job card."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.db.models import Q, QuerySet

from workshop.jobs import KEEP, REFUND
from workshop.manager.forms.base import CustomerField, DateField, GarageForm, OdometerField, TimeField
from workshop.manager.forms.sales import ChargesForm
from workshop.models import Job, PaymentMethod, TaxMode


def technicians() -> QuerySet[User]:
    """Whoever may work on a car: the technicians first of all, but also an owner with spanners."""
    able = Q(groups__permissions__codename="move_job") | Q(user_permissions__codename="move_job")
    return get_user_model().objects.filter(able, is_active=True).distinct().order_by("first_name", "username")


class TechnicianField(forms.ModelChoiceField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=technicians(), required=False, empty_label="Nobody yet", **kwargs)

    def label_from_instance(self, user: User) -> str:
        return user.get_full_name() or user.get_username()


class JobForm(ChargesForm):
    """The details of a job card. ``version`` is what the person saw when they opened it."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    concern = forms.CharField(
        label="What the customer says", required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 4})
    )
    booked_for = TimeField(label="Booked for", required=False)
    promised_at = TimeField(label="Promised by", required=False)
    technician = TechnicianField()
    key_tag = forms.CharField(label="Key tag", required=False, max_length=20)
    customer_order_number = forms.CharField(label="Customer's order number", required=False, max_length=50)
    bill_to = CustomerField(
        label="Bill to", required=False, help_text="Only where somebody else pays: fleet, insurer, warranty."
    )
    odometer_in = OdometerField(label="Odometer in", required=False)
    odometer_out = OdometerField(label="Odometer out", required=False)
    tax_mode = forms.ChoiceField(label="Amounts are", choices=TaxMode)

    PRICED = ["tax_mode", "freight", "discount_percent", "discount_amount"]

    def __init__(self, *args: Any, job: Job, sees_prices: bool, **kwargs: Any) -> None:
        initial = {name: getattr(job, name) for name in self.base_fields}
        super().__init__(*args, initial=initial, **kwargs)
        if not sees_prices:
            for name in self.PRICED:
                del self.fields[name]


class FlagsForm(GarageForm):
    waiting_parts = forms.BooleanField(label="Waiting for parts", required=False)
    waiting_approval = forms.BooleanField(label="Waiting for approval", required=False)
    at_outwork = forms.BooleanField(label="At outwork", required=False)


class ArrivalForm(GarageForm):
    odometer = OdometerField(required=False)
    key_tag = forms.CharField(label="Key tag", required=False, max_length=20)
    odometer_reason = forms.CharField(
        label="Why the odometer is lower than before", required=False, max_length=200, widget=forms.HiddenInput
    )

    def add_error(self, field: str | None, error: Any) -> None:
        """The verb asks for the reason only when it needs one; from then on it is asked for on the page."""
        super().add_error("odometer" if field == "reason" else field, error)
        self.fields["odometer_reason"].widget = forms.TextInput()


class CancelForm(GarageForm):
    """Where money is held on the job, also what becomes of it."""

    reason = forms.CharField(label="Why", max_length=200)
    deposits = forms.ChoiceField(
        label="The deposit",
        error_messages={"required": "Say what becomes of the deposit."},
        choices=[("", "Choose"), (KEEP, "Keep it for the customer's next job"), (REFUND, "Refund it now")],
    )
    refund_method = forms.ModelChoiceField(
        label="Refund by", queryset=PaymentMethod.objects.filter(archived_at=None), empty_label=None, required=False
    )

    def __init__(self, *args: Any, held: bool, may_refund: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not held:
            del self.fields["deposits"]
        elif not may_refund:
            self.fields["deposits"].choices = [("", "Choose"), (KEEP, "Keep it for the customer's next job")]  # type: ignore[attr-defined]
        if not (held and may_refund):
            del self.fields["refund_method"]


class QuoteForm(GarageForm):
    expires_on = DateField(label="Open until", required=False)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_expires_on(self) -> date | None:
        until: date | None = self.cleaned_data["expires_on"]
        if until and until < self.today:
            raise forms.ValidationError("An offer that is open until yesterday is no offer.")
        return until
