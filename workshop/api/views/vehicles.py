"""Vehicles and their odometer readings."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from workshop import vehicles
from workshop.api.filters import OdometerReadingFilter, VehicleFilter
from workshop.api.resources import Readable, Resource
from workshop.api.serializers.vehicles import (
    ChangeOwnerInput,
    MovePlateInput,
    NewVehicleInput,
    OdometerReadingSerializer,
    VehicleSerializer,
)
from workshop.models import OdometerReading, Ownership, Vehicle

VIEW, ADD, CHANGE = "workshop.view_vehicle", "workshop.add_vehicle", "workshop.change_vehicle"
EXAMPLE = OpenApiExample(
    "A car of customer 12",
    {"rego": "KLM123", "make": "Toyota", "model": "Aqua", "year": 2016, "fuel": "hybrid", "owner": 12},
    request_only=True,
)


class VehicleViewSet(Readable):
    queryset = Vehicle.objects.prefetch_related(
        Prefetch("ownerships", queryset=Ownership.objects.select_related("customer"))
    )
    serializer_class = VehicleSerializer
    filterset_class = VehicleFilter
    permissions = {
        "list": VIEW, "retrieve": VIEW, "create": ADD, "partial_update": CHANGE, "archive": CHANGE, "restore": CHANGE,
        "change_owner": "workshop.add_ownership", "move_plate": CHANGE,
    }  # fmt: skip

    @extend_schema(request=NewVehicleInput, responses={201: VehicleSerializer}, examples=[EXAMPLE])
    def create(self, request: Request) -> Response:
        """Register a vehicle."""
        return self.created(vehicles.register_vehicle(**self.given(NewVehicleInput)))

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Edit a vehicle."""
        vehicle = self.get_object()
        return self.show(vehicles.edit_vehicle(vehicle, **self.given(VehicleSerializer, vehicle)))

    @extend_schema(request=ChangeOwnerInput, responses=VehicleSerializer)
    @action(detail=True, methods=["post"], url_path="change-owner")
    def change_owner(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Give a vehicle another owner

        The present ownership ends on the day the new one begins.
        """
        vehicle = self.get_object()
        vehicles.change_owner(vehicle, **self.given(ChangeOwnerInput))
        return self.show(vehicle)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def archive(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Archive a vehicle

        Its plate is free for another car. Refused while a job on it is open.
        """
        return self.show(vehicles.archive_vehicle(self.get_object()))

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Bring an archived vehicle back

        Refused while another car carries its plate.
        """
        return self.show(vehicles.restore_vehicle(self.get_object()))

    @extend_schema(request=MovePlateInput, responses=VehicleSerializer)
    @action(detail=True, methods=["post"], url_path="move-plate")
    def move_plate(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Put this car's plate on another car."""
        vehicle, fields = self.get_object(), self.given(MovePlateInput)
        vehicles.move_plate(vehicle, fields.pop("to"), **fields)
        return self.show(vehicle)


class OdometerReadingViewSet(mixins.ListModelMixin, Resource):
    queryset = OdometerReading.objects.all()
    serializer_class = OdometerReadingSerializer
    filterset_class = OdometerReadingFilter
    cursor_fields = ("id",)
    tag = "Vehicles"
    permissions = {"list": VIEW, "create": "workshop.add_odometerreading"}

    @extend_schema(responses={201: OdometerReadingSerializer})
    def create(self, request: Request) -> Response:
        """Note an odometer reading

        One lower than the last needs a reason.
        """
        fields = self.given(OdometerReadingSerializer)
        reading = vehicles.read_odometer(fields.pop("vehicle"), fields.pop("value"), **fields)
        return self.show(reading, 201)
