"""What everybody needs to fill a form in: the garage, its tax rates and payment methods."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from workshop.api.filters import PaymentMethodFilter, TaxRateFilter
from workshop.api.permissions import SIGNED_IN
from workshop.api.resources import Readable, Resource
from workshop.api.serializers.settings import (
    OrganisationSerializer,
    PaymentMethodSerializer,
    TaxRateSerializer,
)
from workshop.models import Organisation, PaymentMethod, TaxRate


class OrganisationViewSet(Resource):
    queryset = Organisation.objects.all()
    serializer_class = OrganisationSerializer
    tag = "Settings"
    permissions = {"current": SIGNED_IN}

    @extend_schema(responses=OrganisationSerializer)
    def current(self, request: Request) -> Response:
        """Show the garage: its country, currency, time zone and tax mode."""
        return Response(self.get_serializer(Organisation.current()).data)


class TaxRateViewSet(Readable):
    queryset = TaxRate.objects.all()
    serializer_class = TaxRateSerializer
    filterset_class = TaxRateFilter
    cursor_fields = ("id",)
    tag = "Settings"
    permissions = {"list": SIGNED_IN, "retrieve": SIGNED_IN}


class PaymentMethodViewSet(Readable):
    queryset = PaymentMethod.objects.all()
    serializer_class = PaymentMethodSerializer
    filterset_class = PaymentMethodFilter
    cursor_fields = ("id",)
    tag = "Settings"
    permissions = {"list": SIGNED_IN, "retrieve": SIGNED_IN}
