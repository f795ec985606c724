"""The garage, its tax rates and payment methods."""

from __future__ import annotations

from rest_framework import serializers

from workshop.api.serializers.fields import Noun
from workshop.models import Organisation, PaymentMethod, TaxRate


class OrganisationSerializer(Noun):
    class Meta:
        model = Organisation
        fields = [
            "name", "country", "currency", "time_zone", "tax_number", "phone", "email", "address", "tax_mode",
            "payment_terms_days",
        ]  # fmt: skip
        read_only_fields = fields


class TaxRateSerializer(Noun):
    archived = serializers.SerializerMethodField()

    class Meta:
        model = TaxRate
        fields = ["id", "name", "percent", "use", "discountable", "is_default", "archived"]
        read_only_fields = fields

    def get_archived(self, rate: TaxRate) -> bool:
        return rate.archived_at is not None


class PaymentMethodSerializer(Noun):
    archived = serializers.SerializerMethodField()

    class Meta:
        model = PaymentMethod
        fields = ["id", "name", "position", "archived"]
        read_only_fields = fields

    def get_archived(self, method: PaymentMethod) -> bool:
        return method.archived_at is not None
