"""Places, adjustments, movements, and goods bought for jobs."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib.auth.models import User
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from workshop import locations
from workshop.api.resources import Readable
from workshop.api.serializers.stock import (
    AdjustmentInput,
    AdjustmentSerializer,
    JobLotSerializer,
    LocationSerializer,
    MovementSerializer,
    OpeningInput,
    ReturnInput,
    RevaluationInput,
)
from workshop.api.stock_filters import AdjustmentFilter, JobLotFilter, LocationFilter, MovementFilter
from workshop.models import JobLot, Location, Organisation, StockAdjustment, StockMovement
from workshop.stock.adjusting import adjust, open_stock, revalue
from workshop.stock.returning import return_to_stock

ADJUST, CHANGE_PLACE = "workshop.add_stockadjustment", "workshop.change_location"
BACKDATE = "workshop.backdate_invoice"


def refuse_earlier_day(user: User, on: date | None) -> None:
    """What counts for an earlier day changes what was reported for that day."""
    if on is not None and on < Organisation.current().today() and not user.has_perm(BACKDATE):
        raise PermissionDenied(f"A day before today needs the permission {BACKDATE}.")


class LocationViewSet(Readable):
    queryset = Location.objects.all()
    serializer_class = LocationSerializer
    filterset_class = LocationFilter
    cursor_fields = ("id",)
    tag = "Stock"
    permissions = {
        "list": "workshop.view_location", "retrieve": "workshop.view_location", "create": "workshop.add_location",
        "partial_update": CHANGE_PLACE, "archive": CHANGE_PLACE, "restore": CHANGE_PLACE, "make_default": CHANGE_PLACE,
    }  # fmt: skip

    @extend_schema(responses={201: LocationSerializer})
    def create(self, request: Request) -> Response:
        """Add a place where goods lie

        One pool of value per company: every place maps to the same account.
        """
        return self.created(locations.add_location(**self.given(LocationSerializer)))

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Rename a place."""
        place = self.get_object()
        return self.show(
            locations.rename_location(place, **{"name": place.name} | self.given(LocationSerializer, place))
        )

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def archive(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Archive a place that is empty."""
        return self.show(locations.archive_location(self.get_object()))

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Bring a place back."""
        return self.show(locations.restore_location(self.get_object()))

    @extend_schema(request=None)
    @action(detail=True, methods=["post"], url_path="make-default")
    def make_default(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Let goods lie there unless somebody says otherwise."""
        return self.show(locations.make_default(self.get_object()))


class AdjustmentViewSet(Readable):
    queryset = StockAdjustment.objects.all()
    serializer_class = AdjustmentSerializer
    filterset_class = AdjustmentFilter
    tag = "Stock"
    permissions = {
        "list": "workshop.view_stockadjustment", "retrieve": "workshop.view_stockadjustment", "create": ADJUST,
        "revalue": "workshop.revalue_stock", "opening": "workshop.revalue_stock",
    }  # fmt: skip

    @extend_schema(request=AdjustmentInput, responses={201: AdjustmentSerializer})
    def create(self, request: Request) -> Response:
        """Adjust a part's stock

        More come in at the average cost, fewer go out at it.
        """
        return self._adjusted(adjust, AdjustmentInput)

    @extend_schema(request=RevaluationInput, responses={201: AdjustmentSerializer})
    @action(detail=False, methods=["post"])
    def revalue(self, request: Request) -> Response:
        """Change the value of a part's stock alone."""
        return self._adjusted(revalue, RevaluationInput)

    @extend_schema(request=OpeningInput, responses={201: AdjustmentSerializer})
    @action(detail=False, methods=["post"])
    def opening(self, request: Request) -> Response:
        """Enter the stock a garage opens with

        No journal: opening balances are the accountant's.
        """
        return self._adjusted(open_stock, OpeningInput)

    def _adjusted(self, verb: Any, given: Any) -> Response:
        fields = self.given(given)
        refuse_earlier_day(self.user, fields.get("date"))
        return self.created(verb(fields.pop("part"), **fields))


class MovementViewSet(Readable):
    queryset = StockMovement.objects.all()
    serializer_class = MovementSerializer
    filterset_class = MovementFilter
    cursor_fields = ("id",)
    tag = "Stock"
    permissions = {"list": "workshop.view_stockmovement", "retrieve": "workshop.view_stockmovement"}


class JobLotViewSet(Readable):
    """Goods and outwork bought for one job."""

    queryset = JobLot.objects.select_related("job", "part")
    serializer_class = JobLotSerializer
    filterset_class = JobLotFilter
    cursor_fields = ("id",)
    tag = "Stock"
    permissions = {
        "list": "workshop.view_joblot", "retrieve": "workshop.view_joblot", "return_to_stock": ADJUST,
    }  # fmt: skip

    @extend_schema(request=ReturnInput, responses=JobLotSerializer)
    @action(detail=True, methods=["post"], url_path="return-to-stock")
    def return_to_stock(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Put a part bought for a job on the shelf

        At what it cost, before the job is invoiced.
        """
        lot, fields = self.get_object(), self.given(ReturnInput)
        refuse_earlier_day(self.user, fields.get("date"))
        return self.show(return_to_stock(lot, **fields))
