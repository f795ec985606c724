"""Customers and devices."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from workshop.api.serializers.fields import CONTACT_DETAILS, Noun, StrictInput
from workshop.models import Address, Customer, DeviceToken, PhoneNumber


class PhoneNumberSerializer(Noun):
    class Meta:
        model = PhoneNumber
        fields = ["kind", "number"]


class AddressSerializer(Noun):
    class Meta:
        model = Address
        fields = ["kind", "line1", "line2", "city", "region", "postal_code", "country"]


def _one_of_each_kind(rows: list[dict[str, Any]], default: str) -> list[dict[str, Any]]:
    kinds = [row.get("kind", default) for row in rows]
    if len(set(kinds)) < len(kinds):
        raise serializers.ValidationError("Give one of each kind.", "duplicate_kind")
    return rows


class CustomerSerializer(Noun):
    seen_with = {
        CONTACT_DETAILS: ("email", "phones", "addresses", "tax_number", "notes", "marketing_consent"),
    }
    phones = PhoneNumberSerializer(many=True, required=False)
    addresses = AddressSerializer(many=True, required=False)

    class Meta:
        model = Customer
        validators: list[Any] = []
        fields = [
            "id", "kind", "name", "first_name", "last_name", "company_name", "email", "phones", "addresses",
            "tax_number", "terms", "terms_days", "tax_rate", "discount_percent", "marketing_consent", "notes",
            "archived_at", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["name", "archived_at", "created_at", "updated_at"]

    def validate_phones(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return _one_of_each_kind(rows, PhoneNumber.Kind.MOBILE)

    def validate_addresses(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return _one_of_each_kind(rows, Address.Kind.POSTAL)


class DeviceSerializer(Noun):
    class Meta:
        model = DeviceToken
        fields = ["id", "name", "created_at", "last_used_at", "expires_at"]
        read_only_fields = fields


class SignInInput(StrictInput):
    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=4096, trim_whitespace=False, style={"input_type": "password"})
    name = serializers.CharField(max_length=80, help_text="Which device, in its owner's words: “Aroha's phone”.")


class NewDeviceSerializer(DeviceSerializer):
    token = serializers.CharField(help_text="Shown this once. Send it as `Authorization: Bearer …`.")

    class Meta(DeviceSerializer.Meta):
        fields = [*DeviceSerializer.Meta.fields, "token"]
        read_only_fields = fields


class MeSerializer(StrictInput):
    id = serializers.IntegerField()
    username = serializers.CharField()
    name = serializers.CharField()
    roles = serializers.ListField(child=serializers.CharField())
    permissions = serializers.ListField(child=serializers.CharField())


class StaffSerializer(StrictInput):
    id = serializers.IntegerField()
    username = serializers.CharField()
    name = serializers.CharField(source="get_full_name")
