"""Goods from place to place, and kits built and taken apart."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from workshop.api.resources import Readable
from workshop.api.serializers.stock import (
    DatedInput,
    TransferChange,
    TransferInput,
    TransferSerializer,
    WorkOrderInput,
    WorkOrderSerializer,
)
from workshop.api.stock_filters import TransferFilter, WorkOrderFilter
from workshop.api.views.stock import refuse_earlier_day
from workshop.models import StockTransfer, WorkOrder
from workshop.stock import building, moving

MOVE, BUILD = "workshop.change_stocktransfer", "workshop.change_workorder"


class TransferViewSet(Readable):
    queryset = StockTransfer.objects.prefetch_related("lines")
    serializer_class = TransferSerializer
    filterset_class = TransferFilter
    tag = "Stock"
    permissions = {
        "list": "workshop.view_stocktransfer", "retrieve": "workshop.view_stocktransfer",
        "create": "workshop.add_stocktransfer", "partial_update": MOVE, "dispatch_goods": MOVE, "receive": MOVE,
        "cancel": MOVE,
    }  # fmt: skip

    @extend_schema(request=TransferInput, responses={201: TransferSerializer})
    def create(self, request: Request) -> Response:
        """Draft a transfer."""
        return self.created(moving.draft(**self.given(TransferInput)))

    @extend_schema(request=TransferChange)
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Give a draft other lines."""
        transfer = self.get_object()
        present = {
            "lines": [{"part": line.part, "quantity": line.quantity} for line in transfer.lines.select_related("part")],
            "note": transfer.note,
        }
        return self.show(moving.edit(transfer, **present | self.given(TransferChange, transfer)))

    @extend_schema(request=None)
    @action(detail=True, methods=["post"], url_path="dispatch")
    def dispatch_goods(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Send the goods on their way; they still count where they came from."""
        return self.show(moving.dispatch(self.get_object()))

    @extend_schema(request=DatedInput)
    @action(detail=True, methods=["post"])
    def receive(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Say that the goods are there."""
        transfer, fields = self.get_object(), self.given(DatedInput)
        refuse_earlier_day(self.user, fields.get("date"))
        return self.show(moving.receive(transfer, **fields))

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Drop a transfer that is not received."""
        return self.show(moving.cancel(self.get_object()))


class WorkOrderViewSet(Readable):
    queryset = WorkOrder.objects.prefetch_related("lines")
    serializer_class = WorkOrderSerializer
    filterset_class = WorkOrderFilter
    tag = "Stock"
    permissions = {
        "list": "workshop.view_workorder", "retrieve": "workshop.view_workorder", "create": "workshop.add_workorder",
        "start": BUILD, "complete": BUILD, "cancel": BUILD,
    }  # fmt: skip

    @extend_schema(request=WorkOrderInput, responses={201: WorkOrderSerializer})
    def create(self, request: Request) -> Response:
        """Plan a work order: kits to build, or to take apart."""
        fields = self.given(WorkOrderInput)
        return self.created(building.plan(fields.pop("part"), **fields))

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def start(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Start the work."""
        return self.show(building.start(self.get_object()))

    @extend_schema(request=DatedInput)
    @action(detail=True, methods=["post"])
    def complete(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Complete a work order

        What comes out is worth exactly what went in.
        """
        order, fields = self.get_object(), self.given(DatedInput)
        refuse_earlier_day(self.user, fields.get("date"))
        return self.show(building.complete(order, **fields))

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Drop a work order that is not completed."""
        return self.show(building.cancel(self.get_object()))
