"""Parts: what they are, what is in stock, what they are made of."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from workshop.api.serializers.fields import COSTS, PRICES, Noun, StrictInput
from workshop.models import Location, Part, PriceBand, PriceRule, Supplier, SupplierCode
from workshop.stock.shelf import Shelf

QUANTITY: dict[str, Any] = {"max_digits": 11, "decimal_places": 4}
COST: dict[str, Any] = {"max_digits": 12, "decimal_places": 4}
MONEY: dict[str, Any] = {"max_digits": 12, "decimal_places": 2}


class SupplierCodeInput(Noun):
    supplier = serializers.PrimaryKeyRelatedField(queryset=Supplier.objects.all())

    class Meta:
        model = SupplierCode
        fields = ["supplier", "code"]
        validators: list[Any] = []


class BarcodesField(serializers.ListField):
    """Codes, as they are scanned."""

    child = serializers.CharField(max_length=60)

    def to_representation(self, data: Any) -> list[str]:
        return [barcode.code for barcode in data.all()]


class PartSerializer(Noun):
    seen_with = {PRICES: ("sell_price",), COSTS: ("cost_price", "price_rule")}
    barcodes = BarcodesField(required=False)
    supplier_codes = SupplierCodeInput(many=True, required=False)

    class Meta:
        model = Part
        fields = [
            "id", "code", "description", "unit", "category", "stocked", "sell_price", "cost_price", "price_rule",
            "tax_rate", "negative_stock", "minimum", "maximum", "supplier", "location", "core", "barcodes",
            "supplier_codes", "archived_at", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["archived_at", "created_at", "updated_at"]


class ShelfLevelSerializer(serializers.Serializer[Any]):
    location = serializers.IntegerField(source="location_id")
    quantity = serializers.DecimalField(**QUANTITY)
    bin = serializers.CharField()


class ShelfSerializer(StrictInput):
    """`in_stock` is all that is owned; what is set aside for jobs (`on_job`) is part of it until it is invoiced."""

    seen_with = {COSTS: ("value", "average")}
    in_stock = serializers.DecimalField(**QUANTITY)
    on_job = serializers.DecimalField(**QUANTITY)
    on_hand = serializers.DecimalField(**QUANTITY)
    on_order = serializers.DecimalField(**QUANTITY)
    available = serializers.DecimalField(**QUANTITY)
    value = serializers.DecimalField(**MONEY)
    average = serializers.DecimalField(**COST)
    levels = ShelfLevelSerializer(many=True)


def shelf_body(shelf: Shelf, part: Part) -> dict[str, Any]:
    names = ("in_stock", "on_job", "on_hand", "on_order", "available", "value", "average")
    return {**{name: getattr(shelf, name) for name in names}, "levels": list(part.levels.all())}


class BinInput(StrictInput):
    location = serializers.PrimaryKeyRelatedField(queryset=Location.objects.all())
    code = serializers.CharField(max_length=30, allow_blank=True)


class ComponentInput(StrictInput):
    component = serializers.PrimaryKeyRelatedField(queryset=Part.objects.active())
    quantity = serializers.DecimalField(min_value=Decimal("0.0001"), **QUANTITY)


class ComponentsInput(StrictInput):
    """What one kit is made of; an empty list is no kit."""

    components = ComponentInput(many=True)


class PriceBandSerializer(Noun):
    class Meta:
        model = PriceBand
        fields = ["cost_from", "markup_percent"]


class PriceRuleSerializer(Noun):
    bands = PriceBandSerializer(many=True)

    class Meta:
        model = PriceRule
        fields = ["id", "name", "bands"]
