"""Reports on stock and buying."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django import forms
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from workshop.api.problems import InvalidQuery
from workshop.api.resources import Resource
from workshop.api.serializers.reports import (
    PurchasesSerializer,
    ReorderSerializer,
    SlowMoversSerializer,
    ValuationSerializer,
    WorkInProgressSerializer,
)
from workshop.models import Location, StockMovement
from workshop.reports import buying, turnover
from workshop.reports.valuation import stock_valuation
from workshop.reports.wip import work_in_progress

AS_AT = OpenApiParameter("as_at", OpenApiTypes.DATE, description="Today unless given.")
COSTS = "workshop.see_costs"


class Asked(forms.Form):
    as_at = forms.DateField(required=False)
    category = forms.CharField(required=False, max_length=60)
    location = forms.ModelChoiceField(Location.objects.all(), required=False)
    days = forms.IntegerField(required=False, min_value=1, max_value=3650)


class ReportViewSet(Resource):
    queryset = StockMovement.objects.none()
    tag = "Reports"
    takes: ClassVar[dict[str, set[str]]] = {
        "valuation": {"as_at", "category", "location"}, "work_in_progress": {"as_at"}, "slow_movers": {"days"},
    }  # fmt: skip
    permissions = {
        "valuation": COSTS, "work_in_progress": "workshop.view_stockjournal", "not_received": COSTS,
        "not_billed": COSTS, "on_no_invoice": COSTS, "slow_movers": COSTS, "reorder": "workshop.view_stockpool",
    }  # fmt: skip

    def known_parameters(self) -> set[str]:
        return self.takes.get(self.action, set())

    def asked(self) -> dict[str, Any]:
        form = Asked(self.request.query_params)
        if not form.is_valid():
            raise InvalidQuery({name: [str(words) for words in said] for name, said in form.errors.items()})
        return form.cleaned_data

    @extend_schema(
        parameters=[AS_AT, OpenApiParameter("category", str), OpenApiParameter("location", int)],
        responses=ValuationSerializer,
    )
    def valuation(self, request: Request) -> Response:
        """Show what stock is worth, as at any day

        By part, category and place. What a place holds of a part's value is by its quantity.
        """
        asked = self.asked()
        day: date | None = asked["as_at"]
        report = stock_valuation(day, category=asked["category"], location=asked["location"])
        return Response(ValuationSerializer(report).data)

    @extend_schema(parameters=[AS_AT], responses=WorkInProgressSerializer)
    def work_in_progress(self, request: Request) -> Response:
        """Show work in progress, as at any day

        Jobs invoiced since are included.
        """
        return Response(WorkInProgressSerializer(work_in_progress(self.asked()["as_at"])).data)

    @extend_schema(responses=PurchasesSerializer)
    def not_received(self, request: Request) -> Response:
        """Show what is ordered and not here."""
        return Response(PurchasesSerializer(buying.not_received()).data)

    @extend_schema(responses=PurchasesSerializer)
    def not_billed(self, request: Request) -> Response:
        """Show what is here and not billed."""
        return Response(PurchasesSerializer(buying.not_billed()).data)

    @extend_schema(responses=PurchasesSerializer)
    def on_no_invoice(self, request: Request) -> Response:
        """Show what was bought for a job and is on no invoice."""
        return Response(PurchasesSerializer(buying.on_no_invoice()).data)

    @extend_schema(parameters=[OpenApiParameter("days", int)], responses=SlowMoversSerializer)
    def slow_movers(self, request: Request) -> Response:
        """Show what lies long and does not sell."""
        return Response(SlowMoversSerializer(turnover.slow_movers(self.asked()["days"] or 180)).data)

    @extend_schema(responses=ReorderSerializer)
    def reorder(self, request: Request) -> Response:
        """Show what will be missing, and how many to order."""
        return Response(ReorderSerializer({"rows": turnover.reorder()}).data)
