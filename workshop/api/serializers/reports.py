"""Reports, as they are read."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from workshop.api.serializers.fields import COSTS, StrictInput
from workshop.api.serializers.parts import COST, MONEY, QUANTITY
from workshop.api.serializers.stock import MovementSerializer


class GroupSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    value = serializers.DecimalField(**MONEY)
    parts = serializers.IntegerField()


class ValuationRowSerializer(serializers.Serializer[Any]):
    part = serializers.IntegerField(source="part_id")
    code = serializers.CharField()
    description = serializers.CharField()
    category = serializers.CharField()
    unit = serializers.CharField()
    on_hand = serializers.DecimalField(allow_null=True, **QUANTITY)
    on_job = serializers.DecimalField(allow_null=True, **QUANTITY)
    quantity = serializers.DecimalField(**QUANTITY)
    average = serializers.DecimalField(**COST)
    on_hand_value = serializers.DecimalField(allow_null=True, **MONEY)
    on_job_value = serializers.DecimalField(allow_null=True, **MONEY)
    value = serializers.DecimalField(**MONEY)
    flag = serializers.CharField()


class ValuationSerializer(serializers.Serializer[Any]):
    """What is on jobs is known of today only: of a day past it is null."""

    as_at = serializers.DateField()
    value = serializers.DecimalField(**MONEY)
    on_hand_value = serializers.DecimalField(allow_null=True, **MONEY)
    on_job_value = serializers.DecimalField(allow_null=True, **MONEY)
    flagged = serializers.IntegerField()
    categories = GroupSerializer(many=True)
    places = GroupSerializer(many=True)
    rows = ValuationRowSerializer(many=True)


class WorkInProgressRowSerializer(serializers.Serializer[Any]):
    job = serializers.IntegerField(source="job_id")
    number = serializers.CharField()
    customer = serializers.CharField()
    rego = serializers.CharField()
    status = serializers.CharField()
    ordered = serializers.DecimalField(**MONEY)
    parts = serializers.DecimalField(allow_null=True, **MONEY)
    labour = serializers.DecimalField(allow_null=True, **MONEY)


class WorkInProgressSerializer(serializers.Serializer[Any]):
    """`ordered` is what Work in Progress holds in the ledger; parts and labour are known of today only."""

    as_at = serializers.DateField()
    ordered = serializers.DecimalField(**MONEY)
    parts = serializers.DecimalField(allow_null=True, **MONEY)
    labour = serializers.DecimalField(allow_null=True, **MONEY)
    rows = WorkInProgressRowSerializer(many=True)


class PurchaseRowSerializer(serializers.Serializer[Any]):
    order = serializers.IntegerField(source="order_id")
    number = serializers.CharField()
    supplier = serializers.CharField()
    date = serializers.DateField()
    description = serializers.CharField()
    job = serializers.CharField()
    quantity = serializers.DecimalField(**QUANTITY)
    amount = serializers.DecimalField(**MONEY)


class PurchasesSerializer(serializers.Serializer[Any]):
    amount = serializers.DecimalField(**MONEY)
    rows = PurchaseRowSerializer(many=True)


class SlowSerializer(serializers.Serializer[Any]):
    part = serializers.IntegerField(source="part.pk")
    code = serializers.CharField(source="part.code")
    quantity = serializers.DecimalField(**QUANTITY)
    value = serializers.DecimalField(**MONEY)
    last_sold = serializers.DateField(allow_null=True)


class SlowMoversSerializer(serializers.Serializer[Any]):
    since = serializers.DateField()
    value = serializers.DecimalField(**MONEY)
    rows = SlowSerializer(many=True)


class ReorderRowSerializer(serializers.Serializer[Any]):
    part = serializers.IntegerField(source="part.pk")
    code = serializers.CharField(source="part.code")
    supplier = serializers.IntegerField(source="part.supplier_id", allow_null=True)
    minimum = serializers.DecimalField(source="part.minimum", allow_null=True, **QUANTITY)
    maximum = serializers.DecimalField(source="part.maximum", allow_null=True, **QUANTITY)
    on_hand = serializers.DecimalField(source="shelf.on_hand", **QUANTITY)
    on_order = serializers.DecimalField(source="shelf.on_order", **QUANTITY)
    suggested = serializers.DecimalField(**QUANTITY)


class ReorderSerializer(serializers.Serializer[Any]):
    rows = ReorderRowSerializer(many=True)


class CardEntrySerializer(StrictInput):
    seen_with = {COSTS: ("value",)}
    movement = MovementSerializer()
    quantity = serializers.DecimalField(help_text="After it.", **QUANTITY)
    value = serializers.DecimalField(help_text="After it.", **MONEY)


class StockCardSerializer(StrictInput):
    seen_with = {COSTS: ("opening_value",)}
    opening_quantity = serializers.DecimalField(**QUANTITY)
    opening_value = serializers.DecimalField(**MONEY)
    entries = CardEntrySerializer(many=True)
