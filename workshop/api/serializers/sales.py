"""Invoices, payments and credit notes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from workshop.api.serializers.fields import COSTS, PRICES, MoneyInput, Noun, StrictInput
from workshop.api.serializers.jobs import SaleLineInput, VersionInput
from workshop.models import (
    RETURNS,
    CreditAllocation,
    CreditNote,
    CreditNoteLine,
    Customer,
    Goods,
    Invoice,
    InvoiceLine,
    LineKind,
    Payment,
    PaymentMethod,
    TaxRate,
)
from workshop.models.jobs import DISCOUNT_FIELDS

CENT = Decimal("0.01")
LINE_PRICES = ("unit_price", "discount_percent", "line_amount", "tax_amount")
INVOICE_PRICES = (
    *DISCOUNT_FIELDS, "subtotal", "tax_total", "total", "amount_paid", "amount_credited", "amount_due", "payments",
    "credits",
)  # fmt: skip
LINE_FIELDS = [
    "id", "position", "kind", "part", "description", "quantity", "unit_price", "discount_percent", "tax_rate",
    "tax_percent", "line_amount", "tax_amount",
]  # fmt: skip


class InvoiceLineSerializer(Noun):
    seen_with = {PRICES: LINE_PRICES, COSTS: ("cost",)}

    class Meta:
        model = InvoiceLine
        fields = [*LINE_FIELDS, "supply", "cost"]
        read_only_fields = fields


class PaymentSerializer(Noun):
    seen_with = {PRICES: ("amount",)}

    class Meta:
        model = Payment
        fields = [
            "id", "number", "invoice", "method", "date", "amount", "reference", "source", "reversed_at",
            "reverse_reason", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = fields


class CreditAllocationSerializer(Noun):
    seen_with = {PRICES: ("amount",)}

    class Meta:
        model = CreditAllocation
        fields = [
            "id", "credit_note", "deposit", "invoice", "amount", "date", "source", "external_number", "removed_at",
            "updated_at",
        ]  # fmt: skip
        read_only_fields = fields


class InvoiceSerializer(Noun):
    """In a list: without lines, payments and credits."""

    seen_with = {PRICES: INVOICE_PRICES}
    customer_name = serializers.CharField(source="customer.name", read_only=True)

    class Meta:
        model = Invoice
        fields = [
            "id", "number", "previous_numbers", "status", "version", "job", "customer", "customer_name", "vehicle",
            "reference", "date", "due_date", "tax_mode", *DISCOUNT_FIELDS, "subtotal",
            "tax_total", "total", "amount_paid", "amount_credited", "amount_due", "expected_payment_date",
            "changed_in_accounts", "replaces", "replaced_at", "emailed_at", "voided_at", "void_reason", "created_at",
            "updated_at",
        ]  # fmt: skip
        read_only_fields = fields


class InvoiceDetailSerializer(InvoiceSerializer):
    seen_with = {**InvoiceSerializer.seen_with, COSTS: ("cost", "margin")}
    cost = serializers.DecimalField(max_digits=12, decimal_places=2, read_only=True)
    margin = serializers.DecimalField(
        max_digits=12, decimal_places=2, read_only=True, help_text="Without tax, before the cost of labour."
    )
    lines = InvoiceLineSerializer(many=True, read_only=True)
    payments = PaymentSerializer(many=True, read_only=True)
    credits = CreditAllocationSerializer(many=True, read_only=True, source="allocations")

    class Meta(InvoiceSerializer.Meta):
        fields = [*InvoiceSerializer.Meta.fields, "cost", "margin", "lines", "payments", "credits"]
        read_only_fields = fields


class SaleInput(StrictInput):
    """A counter sale: an invoice without a job."""

    customer = serializers.PrimaryKeyRelatedField(queryset=Customer.objects.active())
    lines = SaleLineInput(many=True, allow_empty=False)
    date = serializers.DateField(required=False, help_text="Today unless given; earlier needs `backdate_invoice`.")
    due_date = serializers.DateField(required=False, help_text="By the customer's terms unless given.")
    reference = serializers.CharField(required=False, max_length=50)


class InvoiceInput(Noun, VersionInput):
    """The lines, where given, become the invoice's; without them the present ones stay."""

    seen_with = {PRICES: tuple(DISCOUNT_FIELDS)}
    lines = SaleLineInput(many=True, required=False, allow_empty=False)

    class Meta:
        model = Invoice
        fields = ["lines", "reference", "due_date", *DISCOUNT_FIELDS, "version"]


class ReissueInput(InvoiceInput):
    """The lines, where given, become the new invoice's; without them it is a copy."""

    reason = serializers.CharField(required=False, max_length=200)
    date = serializers.DateField(required=False, help_text="Today unless given; earlier needs `backdate_invoice`.")
    due_date = serializers.DateField(required=False, help_text="By the customer's terms unless given.")

    class Meta(InvoiceInput.Meta):
        fields = [*InvoiceInput.Meta.fields, "reason", "date"]


def present_lines(invoice: Invoice) -> list[dict[str, Any]]:
    """The invoice's lines as they would be typed; freight and discount are kept apart from them."""
    rows = invoice.lines.filter(kind__in=LineKind.values).select_related("part", "tax_rate")
    return [{name: getattr(row, name) for name in SaleLineInput.Meta.fields} for row in rows]


class VoidInput(VersionInput):
    reason = serializers.CharField(max_length=200)


class RedateInput(VersionInput):
    date = serializers.DateField()


class PaymentInput(StrictInput):
    invoice = serializers.PrimaryKeyRelatedField(queryset=Invoice.objects.all())
    amount = MoneyInput(min_value=CENT)
    method = serializers.PrimaryKeyRelatedField(queryset=PaymentMethod.objects.filter(archived_at=None))
    date = serializers.DateField(required=False, help_text="Today unless given.")
    reference = serializers.CharField(required=False, max_length=100, allow_blank=True)


class CreditNoteLineSerializer(Noun):
    seen_with = {PRICES: LINE_PRICES, COSTS: ("cost",)}

    class Meta:
        model = CreditNoteLine
        fields = [*LINE_FIELDS, "invoice_line", "goods", "cost"]
        read_only_fields = fields


CREDIT_AMOUNTS = ("subtotal", "tax_total", "total", "amount_allocated", "amount_refunded", "remaining")


class CreditNoteSerializer(Noun):
    seen_with = {
        PRICES: ("subtotal", "tax_total", "total", "amount_allocated", "amount_refunded", "remaining", "allocations")
    }
    customer_name = serializers.CharField(source="customer.name", read_only=True)
    lines = CreditNoteLineSerializer(many=True, read_only=True)
    allocations = CreditAllocationSerializer(many=True, read_only=True)

    class Meta:
        model = CreditNote
        fields = [
            "id", "number", "status", "customer", "customer_name", "invoice", "reference", "date", "reason", "tax_mode",
            *CREDIT_AMOUNTS, "lines", "allocations", "emailed_at", "voided_at", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = fields


class CreditedLineInput(StrictInput):
    line = serializers.IntegerField(min_value=1, help_text="The id of the invoice's line.")
    quantity = serializers.DecimalField(max_digits=11, decimal_places=4, min_value=Decimal("0.0001"))
    goods = serializers.ChoiceField(
        RETURNS, default=Goods.NONE, help_text="What became of the goods, where they came back."
    )


class CreditInvoiceInput(StrictInput):
    lines = CreditedLineInput(many=True, allow_empty=False)
    date = serializers.DateField(required=False, help_text="Today unless given.")
    reason = serializers.CharField(required=False, max_length=200)
    allocate = serializers.BooleanField(default=True, help_text="Use it against the invoice as far as it is due.")

    def validate_lines(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if len({row["line"] for row in rows}) < len(rows):
            raise serializers.ValidationError("Name each line once.", "duplicate_line")
        return rows


class CreditNoteInput(StrictInput):
    """A credit without an invoice. `amount` is in the garage's tax mode."""

    customer = serializers.PrimaryKeyRelatedField(queryset=Customer.objects.active())
    description = serializers.CharField(max_length=2000)
    amount = MoneyInput(min_value=CENT)
    tax_rate = serializers.PrimaryKeyRelatedField(queryset=TaxRate.objects.filter(archived_at=None), required=False)
    date = serializers.DateField(required=False, help_text="Today unless given.")
    reason = serializers.CharField(required=False, max_length=200)
    reference = serializers.CharField(required=False, max_length=50)


class AllocateInput(StrictInput):
    invoice = serializers.PrimaryKeyRelatedField(queryset=Invoice.objects.all())
    amount = MoneyInput(min_value=CENT)
    date = serializers.DateField(required=False)
