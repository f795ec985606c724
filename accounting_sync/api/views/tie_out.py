"""The proof that both sides agree."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounting_sync import tieout
from accounting_sync.api.filters import TieOutDifferenceFilter
from accounting_sync.api.tie_out_serializers import (
    BriefTieOutSerializer,
    CuredSerializer,
    CureInput,
    TieOutDifferenceSerializer,
    TieOutSerializer,
)
from accounting_sync.api.views.connection import SEE, calling_xero, live
from accounting_sync.decisions import NotOffered
from accounting_sync.models import TieOutDifference, TieOutRun
from accounting_sync.tieout import cures
from workshop.api.resources import Readable
from workshop.errors import NotAllowedNow


class TieOutViewSet(Readable):
    queryset = TieOutRun.objects.all()
    serializer_class = TieOutSerializer
    cursor_fields = ("started_at", "id")
    tag = "Accounting"
    permissions = {"list": SEE, "retrieve": SEE, "create": SEE}

    def get_serializer_class(self) -> Any:
        return BriefTieOutSerializer if self.action == "list" else TieOutSerializer

    @extend_schema(request=None, responses={202: TieOutSerializer})
    def create(self, request: Request) -> Response:
        """Compare everything with Xero

        In the background: look again until `stage` is `done`, or `failed`, which says nothing.
        """
        run = tieout.begin(live(), self.user)
        response = self.show(run, HTTPStatus.ACCEPTED)
        response["Location"] = request.build_absolute_uri(reverse("accounting-api:tie-out-detail", args=[run.pk]))
        return response


class TieOutDifferenceViewSet(Readable):
    queryset = TieOutDifference.objects.all()
    serializer_class = TieOutDifferenceSerializer
    filterset_class = TieOutDifferenceFilter
    cursor_fields = ("id",)
    tag = "Accounting"
    calls_out = True
    takes_keys = False  # a cure may be asked for twice: the second time it does not fit any more
    permissions = {"list": SEE, "retrieve": SEE, "cure": "accounting_sync.decide_sync"}

    def get_queryset(self) -> QuerySet[TieOutDifference]:
        return TieOutDifference.objects.select_related("record__connection", "run__connection")

    @extend_schema(request=CureInput, responses=CuredSerializer)
    @action(detail=True, methods=["post"])
    def cure(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Do what cures a difference

        `read`: read Xero now. `ask`: look at the document in Xero and put the question on its record. `link`: take it
        for the record's own.
        """
        difference, given = self.get_object(), self.given(CureInput)
        try:
            with calling_xero(difference.run.connection):
                return Response({"sentence": cures.cure(difference, given["cure"], self.user)})
        except NotOffered as refusal:
            raise NotAllowedNow(str(refusal)) from refusal
