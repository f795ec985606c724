"""What lists can be asked for. A value that means nothing is refused, never taken for no filter."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import django_filters as filters
from django import forms
from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework.exceptions import ValidationError

from workshop.api.problems import InvalidQuery
from workshop.api.serializers.fields import CONTACT_DETAILS, stated_moment
from workshop.models import (
    CreditAllocation,
    CreditNote,
    Customer,
    Deposit,
    Invoice,
    Job,
    OdometerReading,
    Part,
    Payment,
    PaymentMethod,
    Quote,
    Refund,
    TaxRate,
    Vehicle,
)
from workshop.models.vehicles import tidy_rego


class FilterBackend(DjangoFilterBackend):
    """Says of a wrong value that it stands in the query, not in the body."""

    def filter_queryset(self, request: Any, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        try:
            return super().filter_queryset(request, queryset, view)
        except ValidationError as error:
            raise InvalidQuery(error.detail) from error


class MomentField(forms.Field):
    """A naive time would be read in the server's zone, which the phone cannot know."""

    def to_python(self, value: Any) -> datetime | None:
        if not value:
            return None
        moment = stated_moment(value)
        if moment is None:
            raise forms.ValidationError("Give a time with its zone: 2026-07-01T09:00:00Z.")
        return moment


@extend_schema_field(OpenApiTypes.DATETIME)
class MomentFilter(filters.Filter):
    field_class = MomentField


@extend_schema_field(bool)
class YesNoFilter(filters.TypedChoiceFilter):
    """django-filter's own boolean takes any other word for “not asked”."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        choices = [("true", "yes"), ("false", "no")]
        super().__init__(*args, choices=choices, coerce=lambda word: word == "true", **kwargs)


@extend_schema_field(int)
class CustomerIdFilter(filters.ModelChoiceFilter):
    pass


def ordering(*names: str) -> filters.ChoiceFilter:
    """Only documents the choice; the pagination reads it, because the cursor depends on it."""
    choices = [(sign + name, sign + name) for name in names for sign in ("", "-")]
    return filters.ChoiceFilter(choices=choices, method="keep_order", help_text="Oldest change first unless given.")


class ResourceFilter(filters.FilterSet):
    def keep_order(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows

    def find(self, rows: Any, name: str, words: str) -> QuerySet[Any]:
        return rows.search(words)

    def if_archived(self, rows: QuerySet[Any], name: str, archived: bool) -> QuerySet[Any]:
        return rows.filter(archived_at__isnull=not archived)


class ChangingFilter(ResourceFilter):
    """For nouns that say when they changed: a phone asks for what is new since it last looked."""

    updated_since = MomentFilter(
        field_name="updated_at", lookup_expr="gte", help_text="Changed at or after this time (ISO 8601 with zone)."
    )
    ordering = ordering("updated_at")


class ArchivableFilter(ChangingFilter):
    archived = YesNoFilter(method="if_archived")
    search = filters.CharFilter(method="find", max_length=100)


class CustomerFilter(ArchivableFilter):
    class Meta:
        model = Customer
        fields = ["kind"]

    def find(self, rows: Any, name: str, words: str) -> QuerySet[Any]:
        """By name alone for roles that may not see phone numbers: a search must not give away what is hidden."""
        user: User = self.request.user
        return rows.search(words) if user.has_perm(CONTACT_DETAILS) else rows.filter(name__icontains=words)


class VehicleFilter(ArchivableFilter):
    rego = filters.CharFilter(method="with_plate", max_length=20, help_text="The whole plate; spaces do not matter.")
    vin = filters.CharFilter(lookup_expr="iexact", max_length=17)
    owner = CustomerIdFilter(queryset=Customer.objects.all(), method="owned_by", help_text="Who owns it now.")
    inspection_due_before = filters.DateFilter(field_name="inspection_due", lookup_expr="lt")

    class Meta:
        model = Vehicle
        fields = ["fuel"]

    def with_plate(self, rows: QuerySet[Any], name: str, rego: str) -> QuerySet[Any]:
        return rows.filter(rego=tidy_rego(rego))

    def owned_by(self, rows: QuerySet[Any], name: str, owner: Customer) -> QuerySet[Any]:
        return rows.filter(ownerships__customer=owner, ownerships__until=None)


class OdometerReadingFilter(ResourceFilter):
    class Meta:
        model = OdometerReading
        fields = ["vehicle"]


class PartFilter(ArchivableFilter):
    class Meta:
        model = Part
        fields = ["code"]


class TaxRateFilter(ResourceFilter):
    archived = YesNoFilter(method="if_archived")

    class Meta:
        model = TaxRate
        fields = ["use"]


class PaymentMethodFilter(ResourceFilter):
    archived = YesNoFilter(method="if_archived")

    class Meta:
        model = PaymentMethod
        fields: list[str] = []


class JobFilter(ChangingFilter):
    status = filters.MultipleChoiceFilter(choices=Job.Status.choices, help_text="May be given more than once.")
    open = YesNoFilter(method="if_open", help_text="Neither collected nor cancelled.")
    number = filters.CharFilter(max_length=30)
    rego = filters.CharFilter(method="with_plate", max_length=20)
    search = filters.CharFilter(method="find", max_length=100)
    booked_from = MomentFilter(field_name="booked_for", lookup_expr="gte")
    booked_before = MomentFilter(field_name="booked_for", lookup_expr="lt")
    promised_before = MomentFilter(field_name="promised_at", lookup_expr="lt")

    class Meta:
        model = Job
        fields = ["customer", "vehicle", "technician"]

    def if_open(self, rows: Any, name: str, value: bool) -> QuerySet[Any]:
        closed = Q(status__in=[Job.Status.COLLECTED, Job.Status.CANCELLED])
        return rows.exclude(closed) if value else rows.filter(closed)

    def with_plate(self, rows: QuerySet[Any], name: str, rego: str) -> QuerySet[Any]:
        return rows.filter(vehicle__rego=tidy_rego(rego))


class QuoteFilter(ResourceFilter):
    class Meta:
        model = Quote
        fields = ["job", "status", "number"]


class InvoiceFilter(ChangingFilter):
    status = filters.MultipleChoiceFilter(choices=Invoice.Status.choices, help_text="May be given more than once.")
    number = filters.CharFilter(max_length=50)
    reference = filters.CharFilter(lookup_expr="iexact", max_length=50, help_text="The vehicle's rego.")
    search = filters.CharFilter(method="find", max_length=100)
    date_from = filters.DateFilter(field_name="date", lookup_expr="gte")
    date_to = filters.DateFilter(field_name="date", lookup_expr="lte")
    due_before = filters.DateFilter(field_name="due_date", lookup_expr="lt")
    changed_in_accounts = YesNoFilter()

    class Meta:
        model = Invoice
        fields = ["customer", "vehicle", "job"]


class PaymentFilter(ChangingFilter):
    date_from = filters.DateFilter(field_name="date", lookup_expr="gte")
    date_to = filters.DateFilter(field_name="date", lookup_expr="lte")
    reversed = YesNoFilter(method="if_reversed")

    class Meta:
        model = Payment
        fields = ["invoice", "method", "source", "number"]

    def if_reversed(self, rows: QuerySet[Any], name: str, value: bool) -> QuerySet[Any]:
        return rows.filter(reversed_at__isnull=not value)


class DepositFilter(ChangingFilter):
    status = filters.MultipleChoiceFilter(choices=Deposit.Status.choices, help_text="May be given more than once.")
    held = YesNoFilter(method="if_held", help_text="Something is left of it.")

    class Meta:
        model = Deposit
        fields = ["customer", "job", "method", "number"]

    def if_held(self, rows: QuerySet[Any], name: str, value: bool) -> QuerySet[Any]:
        return rows.filter(remaining__gt=0) if value else rows.filter(remaining=0)


class RefundFilter(ChangingFilter):
    reversed = YesNoFilter(method="if_reversed")

    class Meta:
        model = Refund
        fields = ["deposit", "credit_note", "method", "source", "number"]

    def if_reversed(self, rows: QuerySet[Any], name: str, value: bool) -> QuerySet[Any]:
        return rows.filter(reversed_at__isnull=not value)


class CreditNoteFilter(ChangingFilter):
    status = filters.MultipleChoiceFilter(choices=CreditNote.Status.choices, help_text="May be given more than once.")

    class Meta:
        model = CreditNote
        fields = ["customer", "invoice", "number"]


class CreditAllocationFilter(ChangingFilter):
    removed = YesNoFilter(method="if_removed")

    class Meta:
        model = CreditAllocation
        fields = ["credit_note", "deposit", "invoice", "source"]

    def if_removed(self, rows: QuerySet[Any], name: str, value: bool) -> QuerySet[Any]:
        return rows.filter(removed_at__isnull=not value)
