"""Goods: where they lie, how they move, what was counted."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from workshop.api.serializers.fields import COSTS, Noun, StrictInput
from workshop.api.serializers.parts import COST, MONEY, QUANTITY
from workshop.models import (
    JobLot,
    Location,
    Part,
    StockAdjustment,
    StockMovement,
    Stocktake,
    StocktakeLine,
    StockTransfer,
    StockTransferLine,
    WorkOrder,
    WorkOrderLine,
)

SOME = Decimal("0.0001")
STOCKED = Part.objects.filter(stocked=True)
OPEN_PLACES = Location.objects.filter(archived_at=None)
EARLIER = "Today unless given; earlier needs `backdate_invoice`."


class LocationSerializer(Noun):
    class Meta:
        model = Location
        fields = ["id", "name", "is_default", "archived_at"]
        read_only_fields = ["is_default", "archived_at"]
        extra_kwargs: dict[str, Any] = {"name": {"validators": []}}  # the verb says it better


class DatedInput(StrictInput):
    date = serializers.DateField(required=False, help_text=EARLIER)


class AdjustmentSerializer(Noun):
    seen_with = {COSTS: ("value",)}

    class Meta:
        model = StockAdjustment
        fields = ["id", "number", "kind", "part", "location", "quantity", "value", "date", "reason", "created_at",
                  "updated_at"]  # fmt: skip
        read_only_fields = fields


class AdjustmentInput(DatedInput):
    """More (+) or fewer (−) than the books say."""

    part = serializers.PrimaryKeyRelatedField(queryset=STOCKED)
    quantity = serializers.DecimalField(**QUANTITY)
    reason = serializers.CharField(max_length=200)
    location = serializers.PrimaryKeyRelatedField(queryset=OPEN_PLACES, required=False)
    unit_cost = serializers.DecimalField(
        required=False, min_value=0, help_text="Where there is no average cost yet, and only there.", **COST
    )


class RevaluationInput(DatedInput):
    """By what one is worth, or by a difference; one of the two."""

    part = serializers.PrimaryKeyRelatedField(queryset=STOCKED)
    reason = serializers.CharField(max_length=200)
    unit_cost = serializers.DecimalField(required=False, min_value=0, **COST)
    difference = serializers.DecimalField(required=False, **MONEY)


class OpeningInput(DatedInput):
    part = serializers.PrimaryKeyRelatedField(queryset=STOCKED)
    quantity = serializers.DecimalField(min_value=SOME, **QUANTITY)
    value = serializers.DecimalField(min_value=0, **MONEY)
    location = serializers.PrimaryKeyRelatedField(queryset=OPEN_PLACES, required=False)


class MovementSerializer(Noun):
    seen_with = {COSTS: ("value",)}

    class Meta:
        model = StockMovement
        fields = ["id", "kind", "part", "lot", "location", "quantity", "value", "date", "description", "source",
                  "source_id", "source_line_id", "journal", "created_at"]  # fmt: skip
        read_only_fields = fields


class JobLotSerializer(Noun):
    seen_with = {COSTS: ("value",)}

    class Meta:
        model = JobLot
        fields = ["id", "job", "job_line", "part", "description", "quantity", "value", "created_at"]
        read_only_fields = fields


class ReturnInput(DatedInput):
    quantity = serializers.DecimalField(
        required=False, min_value=SOME, help_text="All that is left unless given.", **QUANTITY
    )
    location = serializers.PrimaryKeyRelatedField(queryset=OPEN_PLACES, required=False)


class StocktakeSerializer(Noun):
    class Meta:
        model = Stocktake
        fields = ["id", "number", "status", "location", "category", "date", "finalised_at", "created_at", "updated_at"]
        read_only_fields = fields


class StocktakeInput(DatedInput):
    location = serializers.PrimaryKeyRelatedField(queryset=OPEN_PLACES, required=False)
    category = serializers.CharField(required=False, max_length=60)


class StocktakeLineSerializer(Noun):
    """`version` is sent back with a count: whoever counts second is told what the first found."""

    seen_with = {COSTS: ("unit_cost",)}
    code = serializers.CharField(source="part.code", read_only=True)
    difference = serializers.DecimalField(read_only=True, allow_null=True, **QUANTITY)

    class Meta:
        model = StocktakeLine
        fields = ["id", "stocktake", "part", "code", "snapshot", "counted", "difference", "unit_cost", "counted_at",
                  "version"]  # fmt: skip
        read_only_fields = fields


class CountInput(StrictInput):
    counted = serializers.DecimalField(min_value=0, **QUANTITY)
    version = serializers.IntegerField(min_value=1)


class RecountInput(StrictInput):
    version = serializers.IntegerField(min_value=1)


class UnitCostInput(StrictInput):
    unit_cost = serializers.DecimalField(min_value=0, **COST)
    version = serializers.IntegerField(min_value=1)


class FoundInput(StrictInput):
    code = serializers.CharField(max_length=60, help_text="A barcode or a part's code, as a scanner types it.")


class TransferLineSerializer(Noun):
    class Meta:
        model = StockTransferLine
        fields = ["id", "part", "quantity"]
        read_only_fields = fields


class TransferSerializer(Noun):
    lines = TransferLineSerializer(many=True, read_only=True)

    class Meta:
        model = StockTransfer
        fields = ["id", "number", "status", "from_location", "to_location", "date", "note", "lines", "created_at",
                  "updated_at"]  # fmt: skip
        read_only_fields = fields


class GoodsInput(StrictInput):
    part = serializers.PrimaryKeyRelatedField(queryset=STOCKED)
    quantity = serializers.DecimalField(min_value=SOME, **QUANTITY)


class TransferChange(StrictInput):
    lines = GoodsInput(many=True, allow_empty=False)
    note = serializers.CharField(required=False, allow_blank=True, max_length=200)


class TransferInput(TransferChange):
    from_location = serializers.PrimaryKeyRelatedField(queryset=OPEN_PLACES)
    to_location = serializers.PrimaryKeyRelatedField(queryset=OPEN_PLACES)


class WorkOrderLineSerializer(Noun):
    seen_with = {COSTS: ("value",)}

    class Meta:
        model = WorkOrderLine
        fields = ["id", "part", "quantity", "weight", "value"]
        read_only_fields = fields


class WorkOrderSerializer(Noun):
    lines = WorkOrderLineSerializer(many=True, read_only=True)

    class Meta:
        model = WorkOrder
        fields = ["id", "number", "status", "direction", "part", "quantity", "location", "date", "note", "lines",
                  "created_at", "updated_at"]  # fmt: skip
        read_only_fields = fields


class WorkOrderLineInput(GoodsInput):
    weight = serializers.DecimalField(
        required=False, min_value=0, help_text="Its share in the value when a kit is taken apart.", **COST
    )


class WorkOrderInput(StrictInput):
    """Of the kit's components, unless other lines are given."""

    part = serializers.PrimaryKeyRelatedField(queryset=STOCKED)
    quantity = serializers.DecimalField(min_value=SOME, **QUANTITY)
    direction = serializers.ChoiceField(choices=WorkOrder.Direction.choices, required=False)
    location = serializers.PrimaryKeyRelatedField(queryset=OPEN_PLACES, required=False)
    lines = WorkOrderLineInput(many=True, required=False, allow_empty=False)
    note = serializers.CharField(required=False, allow_blank=True, max_length=200)
