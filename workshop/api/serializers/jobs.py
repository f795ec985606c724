"""Jobs, their lines, and quotes."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from workshop import pricing
from workshop.api.serializers.fields import PRICES, Noun, StrictInput
from workshop.api.serializers.people import CustomerSerializer
from workshop.api.serializers.vehicles import VehicleSerializer
from workshop.errors import InvalidInput
from workshop.jobs import KEEP, REFUND
from workshop.models import Customer, Job, JobLine, OdometerReading, PaymentMethod, Quote, QuoteLine

LINE_PRICES = ("unit_price", "discount_percent", "amount")
DOCUMENT_PRICES = ("freight", "discount_amount", "discount_percent", "totals")


class TotalsSerializer(serializers.Serializer[Any]):
    """`subtotal` is without tax, `total` with it; all with 2 decimals."""

    subtotal = serializers.DecimalField(max_digits=12, decimal_places=2)
    tax = serializers.DecimalField(max_digits=12, decimal_places=2)
    total = serializers.DecimalField(max_digits=12, decimal_places=2)


class VersionInput(StrictInput):
    version = serializers.IntegerField(
        required=False, min_value=1, help_text="The version you hold. Changed meanwhile: 409, and nothing is done."
    )


class LineInput(Noun):
    """What is left out comes from the part, the garage's labour rate and the customer's tax."""

    seen_with = {PRICES: ("unit_price", "discount_percent")}

    class Meta:
        model = JobLine
        fields = [
            "kind", "part", "description", "quantity", "unit_price", "discount_percent", "tax_rate", "technician",
        ]  # fmt: skip
        extra_kwargs = {"description": {"required": False}}


class SaleLineInput(LineInput):
    class Meta(LineInput.Meta):
        fields = [name for name in LineInput.Meta.fields if name != "technician"]


class JobLineSerializer(Noun):
    seen_with = {PRICES: LINE_PRICES}
    amount = serializers.DecimalField(source="net", max_digits=12, decimal_places=2, read_only=True)

    class Meta:
        model = JobLine
        fields = [
            "id", "position", "kind", "part", "description", "quantity", "unit_price", "discount_percent", "amount",
            "tax_rate", "technician",
        ]  # fmt: skip
        read_only_fields = fields


class JobSerializer(Noun):
    seen_with = {PRICES: DOCUMENT_PRICES}
    customer_name = serializers.CharField(source="customer.name", read_only=True)
    vehicle_rego = serializers.CharField(source="vehicle.rego", default="", read_only=True)
    technician_name = serializers.CharField(source="technician.get_full_name", default="", read_only=True)
    lines = JobLineSerializer(many=True, read_only=True)
    totals = serializers.SerializerMethodField(help_text="What it would be invoiced for as it stands.")

    class Meta:
        model = Job
        fields = [
            "id", "number", "status", "version", "customer", "customer_name", "bill_to", "vehicle", "vehicle_rego",
            "technician", "technician_name", "concern", "tax_mode", "booked_for", "promised_at", "key_tag",
            "customer_order_number", "odometer_in", "odometer_out", "waiting_parts", "waiting_approval", "at_outwork",
            "freight", "discount_amount", "discount_percent", "lines", "totals", "arrived_at", "started_at",
            "completed_at", "collected_at", "cancelled_at", "cancel_reason", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(TotalsSerializer(allow_null=True))
    def get_totals(self, job: Job) -> dict[str, Any] | None:
        """Null while the discount is larger than what may be discounted: it could not be invoiced so."""
        lines = list(job.lines.all())
        charges = job.charges() if any(line.priced for line in lines) else {}
        try:
            document = pricing.document_lines(lines, job.tax_mode, **charges)
        except InvalidInput:
            return None
        return TotalsSerializer(pricing.totals_of(document, job.tax_mode)).data


class BookingInput(Noun):
    seen_with = {PRICES: DOCUMENT_PRICES}

    class Meta:
        model = Job
        fields = [
            "customer", "bill_to", "vehicle", "technician", "concern", "tax_mode", "booked_for", "promised_at",
            "key_tag", "customer_order_number", "waiting_parts", "waiting_approval", "at_outwork", "freight",
            "discount_amount", "discount_percent",
        ]  # fmt: skip


class TakeBookingInput(BookingInput):
    """A booking whose customer and car may be new. Everything is saved, or nothing."""

    customer = serializers.PrimaryKeyRelatedField(queryset=Customer.objects.all(), required=False)
    new_customer = CustomerSerializer(required=False)
    new_vehicle = VehicleSerializer(required=False)
    becomes_owner = serializers.BooleanField(
        required=False, help_text="The car is the customer's from now on, whoever owned it."
    )

    class Meta(BookingInput.Meta):
        fields = [*BookingInput.Meta.fields, "new_customer", "new_vehicle", "becomes_owner"]

    def validate(self, fields: dict[str, Any]) -> dict[str, Any]:
        for name in ("customer", "vehicle"):
            if fields.get(name) and fields.get(f"new_{name}"):
                raise serializers.ValidationError({f"new_{name}": [f"Give a {name} or a new one, not both."]})
        return fields


class JobInput(BookingInput, VersionInput):
    class Meta(BookingInput.Meta):
        fields = [*BookingInput.Meta.fields, "odometer_in", "odometer_out", "version"]


class OdometerInput(VersionInput):
    odometer = serializers.IntegerField(required=False, min_value=0, max_value=9_999_999)
    odometer_reason = serializers.CharField(
        required=False, max_length=200, help_text="Why it is lower than the last reading, where it is."
    )
    odometer_unit = serializers.ChoiceField(
        choices=OdometerReading.Unit.choices, required=False, help_text="The country's own unless given."
    )


class ArriveInput(OdometerInput):
    key_tag = serializers.CharField(required=False, max_length=20)


class CollectInput(OdometerInput):
    pass


class CancelInput(VersionInput):
    reason = serializers.CharField(max_length=200)
    deposits = serializers.ChoiceField(
        [(KEEP, "Keep them for the customer's next job"), (REFUND, "Refund them")],
        required=False,
        help_text="What becomes of deposits held on the job; needed where there are any.",
    )
    refund_method = serializers.PrimaryKeyRelatedField(
        queryset=PaymentMethod.objects.filter(archived_at=None), required=False, help_text="How they are refunded."
    )


class InvoiceJobInput(VersionInput):
    date = serializers.DateField(required=False, help_text="Today, where the garage stands, unless given.")
    due_date = serializers.DateField(required=False, help_text="By the customer's terms unless given.")


class QuoteLineSerializer(Noun):
    seen_with = {PRICES: LINE_PRICES}
    amount = serializers.DecimalField(source="net", max_digits=12, decimal_places=2, read_only=True)

    class Meta:
        model = QuoteLine
        fields = [
            "id", "position", "kind", "part", "description", "quantity", "unit_price", "discount_percent", "amount",
            "tax_rate", "decision", "job_line",
        ]  # fmt: skip
        read_only_fields = fields


class QuoteSerializer(Noun):
    seen_with = {PRICES: ("freight", "discount_amount", "discount_percent")}
    lines = QuoteLineSerializer(many=True, read_only=True)

    class Meta:
        model = Quote
        fields = [
            "id", "number", "version", "job", "status", "tax_mode", "expires_on", "freight", "discount_amount",
            "discount_percent", "lines", "sent_at", "decided_at", "decided_by", "evidence", "created_at",
        ]  # fmt: skip
        read_only_fields = fields


class NewQuoteInput(Noun):
    seen_with = {PRICES: ("freight", "discount_amount", "discount_percent")}
    lines = SaleLineInput(many=True, required=False, help_text="The lines now on the job, unless given.")

    class Meta:
        model = Quote
        fields = ["job", "lines", "expires_on", "freight", "discount_amount", "discount_percent"]


class ReviseQuoteInput(NewQuoteInput):
    lines = SaleLineInput(many=True, allow_empty=False)

    class Meta(NewQuoteInput.Meta):
        fields = [name for name in NewQuoteInput.Meta.fields if name != "job"]


class DecideQuoteInput(StrictInput):
    approved = serializers.ListField(
        child=serializers.IntegerField(min_value=1), help_text="The ids of the lines the customer authorised."
    )
    decided_by = serializers.CharField(max_length=100)
    evidence = serializers.CharField(required=False, max_length=200, help_text="How: by phone, e-mail, at the counter.")
