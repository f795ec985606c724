"""What the lists of goods can be asked for."""

from __future__ import annotations

from typing import Any

import django_filters as filters
from django.db.models import QuerySet

from workshop.api.filters import ChangingFilter, ResourceFilter, YesNoFilter
from workshop.models import (
    JobLot,
    Location,
    PriceRule,
    StockAdjustment,
    StockMovement,
    Stocktake,
    StocktakeLine,
    StockTransfer,
    WorkOrder,
)


class LocationFilter(ResourceFilter):
    archived = YesNoFilter(method="if_archived")

    class Meta:
        model = Location
        fields: list[str] = []


class PriceRuleFilter(ResourceFilter):
    class Meta:
        model = PriceRule
        fields: list[str] = []


class AdjustmentFilter(ChangingFilter):
    date_from = filters.DateFilter(field_name="date", lookup_expr="gte")
    date_to = filters.DateFilter(field_name="date", lookup_expr="lte")

    class Meta:
        model = StockAdjustment
        fields = ["part", "kind", "number"]


class MovementFilter(ResourceFilter):
    date_from = filters.DateFilter(field_name="date", lookup_expr="gte")
    date_to = filters.DateFilter(field_name="date", lookup_expr="lte")

    class Meta:
        model = StockMovement
        fields = ["part", "lot", "location", "kind", "source", "source_id"]


class JobLotFilter(ResourceFilter):
    left = YesNoFilter(method="if_left", help_text="Whether anything of it is still on the job.")

    class Meta:
        model = JobLot
        fields = ["job", "job_line", "part"]

    def if_left(self, rows: QuerySet[Any], name: str, left: bool) -> QuerySet[Any]:
        return rows.exclude(quantity=0) if left else rows.filter(quantity=0)


class StocktakeFilter(ChangingFilter):
    class Meta:
        model = Stocktake
        fields = ["status", "location", "number"]


class StocktakeLineFilter(ResourceFilter):
    counted = YesNoFilter(method="if_counted")

    class Meta:
        model = StocktakeLine
        fields = ["stocktake", "part"]

    def if_counted(self, rows: QuerySet[Any], name: str, counted: bool) -> QuerySet[Any]:
        return rows.filter(counted__isnull=not counted)


class TransferFilter(ChangingFilter):
    class Meta:
        model = StockTransfer
        fields = ["status", "from_location", "to_location", "number"]


class WorkOrderFilter(ChangingFilter):
    class Meta:
        model = WorkOrder
        fields = ["status", "part", "direction", "number"]
