"""Stock and work in progress, here against Xero."""

from __future__ import annotations

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounting_sync.api.serializers import CatchUpInput, CompareInput, ReconciliationSerializer
from accounting_sync.api.views.connection import SEE, calling_xero, live
from accounting_sync.models import Reconciliation
from accounting_sync.reconciliation import correct, reconcile
from workshop.api.resources import Resource


class ReconciliationViewSet(Resource):
    queryset = Reconciliation.objects.all()
    serializer_class = ReconciliationSerializer
    tag = "Accounting"
    calls_out = True
    takes_keys = False  # a comparison may be asked for twice, and a correction is proposed once
    permissions = {"latest": SEE, "compare": SEE, "correct": "accounting_sync.correct_stock"}

    @extend_schema(responses=ReconciliationSerializer(many=True))
    def latest(self, request: Request) -> Response:
        """Show the latest comparison of stock and work in progress."""
        found = live().reconciliations
        latest = found.order_by("-as_at").values("as_at")[:1]
        return Response(self.get_serializer(found.filter(as_at=latest), many=True).data)

    @extend_schema(request=CompareInput, responses=ReconciliationSerializer(many=True))
    def compare(self, request: Request) -> Response:
        """Compare stock and work in progress with Xero

        As at the end of a day. What differs is explained down to the document.
        """
        connection = live()
        with calling_xero(connection):
            found = reconcile(connection, self.given(CompareInput).get("as_at"))
        return Response(self.get_serializer(found, many=True).data)

    @extend_schema(request=CatchUpInput, responses=ReconciliationSerializer)
    def correct(self, request: Request, pk: int) -> Response:
        """Post the proposed correction

        One journal that puts Xero right and changes no stock.
        """
        found = get_object_or_404(Reconciliation, pk=pk, connection=live())
        correct(found, on=self.given(CatchUpInput).get("date"))
        found.refresh_from_db()
        return Response(self.get_serializer(found).data)
