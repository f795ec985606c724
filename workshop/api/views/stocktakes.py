"""Stocktakes: begun, counted line by line, looked over, applied."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from workshop.api.resources import Readable
from workshop.api.serializers.stock import (
    CountInput,
    DatedInput,
    FoundInput,
    RecountInput,
    StocktakeInput,
    StocktakeLineSerializer,
    StocktakeSerializer,
    UnitCostInput,
)
from workshop.api.stock_filters import StocktakeFilter, StocktakeLineFilter
from workshop.api.views.stock import refuse_earlier_day
from workshop.errors import InvalidInput
from workshop.models import Stocktake, StocktakeLine
from workshop.parts import by_scan
from workshop.stock import counting

VIEW, COUNT, FINALISE = "workshop.view_stocktake", "workshop.count_stock", "workshop.finalise_stocktake"


class StocktakeViewSet(Readable):
    queryset = Stocktake.objects.all()
    serializer_class = StocktakeSerializer
    filterset_class = StocktakeFilter
    tag = "Stock"
    permissions = {
        "list": VIEW, "retrieve": VIEW, "create": "workshop.add_stocktake", "found": COUNT, "review": COUNT,
        "count_again": COUNT, "finalise": FINALISE, "cancel": FINALISE,
    }  # fmt: skip

    @extend_schema(request=StocktakeInput, responses={201: StocktakeSerializer})
    def create(self, request: Request) -> Response:
        """Begin a stocktake

        What should be on the shelf now is noted, part by part; what is counted is held against that.
        """
        fields = self.given(StocktakeInput)
        refuse_earlier_day(self.user, fields.get("date"))
        return self.created(counting.begin(**fields))

    @extend_schema(request=FoundInput, responses=StocktakeLineSerializer)
    @action(detail=True, methods=["post"])
    def found(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Find a part's line by what was scanned

        A part that is not on the list joins it.
        """
        stocktake, part = self.get_object(), by_scan(self.given(FoundInput)["code"])
        if part is None:
            raise InvalidInput("No part has this barcode or code.", field="code")
        line = counting.add_found(stocktake, part)
        return Response(StocktakeLineSerializer(line, context=self.get_serializer_context()).data)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def review(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Stop counting and look at the differences."""
        return self.show(counting.review(self.get_object()))

    @extend_schema(request=None)
    @action(detail=True, methods=["post"], url_path="count-again")
    def count_again(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Go on counting."""
        return self.show(counting.count_again(self.get_object()))

    @extend_schema(request=DatedInput)
    @action(detail=True, methods=["post"])
    def finalise(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Apply the differences

        Counted less snapshot, so what was sold or received meanwhile is safe. What was not counted stays.
        """
        stocktake, fields = self.get_object(), self.given(DatedInput)
        refuse_earlier_day(self.user, fields.get("date"))
        return self.show(counting.finalise(stocktake, **fields))

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Drop a stocktake; stock stays as it is."""
        return self.show(counting.cancel(self.get_object()))


class StocktakeLineViewSet(Readable):
    queryset = StocktakeLine.objects.select_related("part", "stocktake__location")
    serializer_class = StocktakeLineSerializer
    filterset_class = StocktakeLineFilter
    cursor_fields = ("id",)
    tag = "Stock"
    permissions = {
        "list": VIEW, "retrieve": VIEW, "count": COUNT, "recount": COUNT, "unit_cost": FINALISE,
    }  # fmt: skip

    @extend_schema(request=CountInput, responses=StocktakeLineSerializer)
    @action(detail=True, methods=["post"])
    def count(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Save what was counted of one part."""
        return self.show(counting.count(self.get_object(), **self.given(CountInput)))

    @extend_schema(request=RecountInput, responses=StocktakeLineSerializer)
    @action(detail=True, methods=["post"])
    def recount(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Forget a count, and take what should be there now."""
        return self.show(counting.recount(self.get_object(), **self.given(RecountInput)))

    @extend_schema(request=UnitCostInput, responses=StocktakeLineSerializer)
    @action(detail=True, methods=["post"], url_path="unit-cost")
    def unit_cost(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Say what one costs, of a part found that has no average."""
        return self.show(counting.set_unit_cost(self.get_object(), **self.given(UnitCostInput)))
