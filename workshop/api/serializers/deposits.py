"""Deposits and refunds."""

from __future__ import annotations

from rest_framework import serializers

from workshop.api.serializers.fields import PRICES, MoneyInput, Noun, StrictInput
from workshop.api.serializers.sales import CENT, CreditAllocationSerializer
from workshop.models import Deposit, Job, PaymentMethod, Refund

METHODS = PaymentMethod.objects.filter(archived_at=None)


class RefundSerializer(Noun):
    seen_with = {PRICES: ("amount",)}

    class Meta:
        model = Refund
        fields = [
            "id", "number", "deposit", "credit_note", "method", "date", "amount", "reference", "source",
            "reversed_at", "reverse_reason", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = fields


DEPOSIT_PRICES = (
    "amount", "tax_amount", "amount_allocated", "amount_refunded", "remaining", "allocations", "refunds",
)  # fmt: skip


class DepositSerializer(Noun):
    seen_with = {PRICES: DEPOSIT_PRICES}
    customer_name = serializers.CharField(source="customer.name", read_only=True)
    allocations = CreditAllocationSerializer(many=True, read_only=True)
    refunds = RefundSerializer(many=True, read_only=True)

    class Meta:
        model = Deposit
        fields = [
            "id", "number", "status", "job", "customer", "customer_name", "method", "date", "reference", "amount",
            "tax_rate", "tax_percent", "tax_amount", "amount_allocated", "amount_refunded", "remaining",
            "allocations", "refunds", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = fields


class DepositInput(StrictInput):
    """Money taken on an open job. `amount` includes tax."""

    job = serializers.PrimaryKeyRelatedField(queryset=Job.objects.all())
    amount = MoneyInput(min_value=CENT)
    method = serializers.PrimaryKeyRelatedField(queryset=METHODS)
    date = serializers.DateField(required=False, help_text="Today unless given.")
    reference = serializers.CharField(required=False, max_length=100, allow_blank=True)


class GiveRefundInput(StrictInput):
    amount = MoneyInput(min_value=CENT)
    method = serializers.PrimaryKeyRelatedField(queryset=METHODS)
    date = serializers.DateField(required=False, help_text="Today unless given.")
    reference = serializers.CharField(required=False, max_length=100, allow_blank=True)
