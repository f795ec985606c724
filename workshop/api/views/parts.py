"""Parts, what is in stock of them, and what they are made of."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from workshop import locations, parts, price_rules
from workshop.api.filters import PartFilter
from workshop.api.resources import Readable
from workshop.api.serializers.parts import (
    BinInput,
    ComponentInput,
    ComponentsInput,
    PartSerializer,
    PriceRuleSerializer,
    ShelfSerializer,
    shelf_body,
)
from workshop.api.serializers.reports import StockCardSerializer
from workshop.api.stock_filters import PriceRuleFilter
from workshop.models import Part, PriceRule
from workshop.reports.stock_card import stock_card
from workshop.stock.building import set_components
from workshop.stock.shelf import shelf_of

VIEW, CHANGE = "workshop.view_part", "workshop.change_part"


class PartViewSet(Readable):
    queryset = Part.objects.prefetch_related("barcodes", "supplier_codes")
    serializer_class = PartSerializer
    filterset_class = PartFilter
    permissions = {
        "list": VIEW, "retrieve": VIEW, "create": "workshop.add_part", "partial_update": CHANGE, "archive": CHANGE,
        "restore": CHANGE, "stock": "workshop.view_stockpool", "stock_card": "workshop.view_stockmovement",
        "set_bin": CHANGE, "components": "workshop.view_kitcomponent", "set_components": CHANGE,
    }  # fmt: skip

    @extend_schema(responses={201: PartSerializer})
    def create(self, request: Request) -> Response:
        """Add a part."""
        return self.created(parts.add_part(**self.given(PartSerializer)))

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Edit a part."""
        part = self.get_object()
        return self.show(parts.edit_part(part, **self.given(PartSerializer, part)))

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def archive(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Archive a part: off the pickers, with all history kept."""
        return self.show(parts.archive_part(self.get_object()))

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Bring an archived part back."""
        return self.show(parts.restore_part(self.get_object()))

    @extend_schema(responses=ShelfSerializer)
    @action(detail=True, methods=["get"])
    def stock(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Show what is in stock of a part, and where."""
        return self._shelf(self.get_object())

    def _shelf(self, part: Part) -> Response:
        context = self.get_serializer_context()
        return Response(ShelfSerializer(shelf_body(shelf_of(part), part), context=context).data)

    @extend_schema(responses=StockCardSerializer)
    @action(detail=True, methods=["get"], url_path="stock-card")
    def stock_card(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Show every movement of a part, and what was there after each."""
        card = stock_card(self.get_object())
        return Response(StockCardSerializer(card, context=self.get_serializer_context()).data)

    @extend_schema(request=BinInput, responses=ShelfSerializer)
    @action(detail=True, methods=["post"], url_path="bin")
    def set_bin(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Say in which bin a part lies at a place."""
        part, fields = self.get_object(), self.given(BinInput)
        locations.set_bin(part, fields["location"], code=fields["code"])
        return self._shelf(part)

    @extend_schema(responses=ComponentInput(many=True))
    @action(detail=True, methods=["get"], pagination_class=None, filterset_class=None)
    def components(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Show what one kit is made of."""
        return self._components(self.get_object())

    @extend_schema(request=ComponentsInput, responses=ComponentInput(many=True))
    @components.mapping.put
    def set_components(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Say what one kit is made of."""
        return self._components(set_components(self.get_object(), **self.given(ComponentsInput)))

    def _components(self, part: Part) -> Response:
        return Response(ComponentInput(part.components.select_related("component"), many=True).data)


class PriceRuleViewSet(Readable):
    queryset = PriceRule.objects.prefetch_related("bands")
    serializer_class = PriceRuleSerializer
    filterset_class = PriceRuleFilter
    cursor_fields = ("id",)
    tag = "Parts"
    permissions = {
        "list": "workshop.view_pricerule", "retrieve": "workshop.view_pricerule", "create": "workshop.add_pricerule",
        "partial_update": "workshop.change_pricerule",
    }  # fmt: skip

    def get_queryset(self) -> QuerySet[PriceRule]:
        return PriceRule.objects.prefetch_related("bands")

    @extend_schema(responses={201: PriceRuleSerializer})
    def create(self, request: Request) -> Response:
        """Add a price rule: mark-ups by cost, the first from a cost of 0."""
        return self.created(price_rules.save_rule(**self.given(PriceRuleSerializer)))

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change a price rule

        The prices of its parts follow at once.
        """
        rule = self.get_object()
        present = {"name": rule.name, "bands": [
            {"cost_from": band.cost_from, "markup_percent": band.markup_percent} for band in rule.bands.all()
        ]}  # fmt: skip
        return self.show(price_rules.save_rule(rule, **present | self.given(PriceRuleSerializer, rule)))
