"""Where each record stands with Xero, and what a person can decide about it."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounting_sync import decisions, diagnostics, queue
from accounting_sync.api.filters import AttemptFilter, RecordOfFilter, SyncRecordFilter
from accounting_sync.api.serializers import (
    AttemptSerializer,
    ChosenInput,
    ChosenToExcludeInput,
    ChosenToSkipInput,
    CountSerializer,
    DecideInput,
    ExcludeInput,
    PreviewSerializer,
    SkipInput,
    SyncRecordDetailSerializer,
    SyncRecordSerializer,
)
from accounting_sync.documents import DOCUMENTS
from accounting_sync.models import Attempt, Connection, SyncRecord
from accounting_sync.preview import NothingToShow, preview
from accounting_sync.standing import in_use
from accounting_sync.wake import wake_drain
from workshop.api.permissions import require
from workshop.api.problems import InvalidQuery
from workshop.api.resources import Readable
from workshop.errors import NotAllowedNow

VIEW, RETRY, DECIDE = "accounting_sync.view_syncrecord", "accounting_sync.retry_sync", "accounting_sync.decide_sync"
RECORD_KIND = OpenApiParameter("kind", str, required=True, enum=list(DOCUMENTS))
RECORD_ID = OpenApiParameter("object_id", int, required=True, description="The customer's, invoice's … own id.")


class SyncRecordViewSet(Readable):
    queryset = SyncRecord.objects.all()
    serializer_class = SyncRecordDetailSerializer
    filterset_class = SyncRecordFilter
    cursor_fields = ("since", "id")
    tag = "Accounting"
    looks_up = ("of_record", "preview")
    permissions = {
        "list": VIEW, "retrieve": VIEW, "of_record": VIEW, "preview": VIEW, "diagnostics": VIEW, "retry": RETRY,
        "skip": DECIDE, "unskip": DECIDE, "exclude": DECIDE, "decide": DECIDE, "retry_many": RETRY, "skip_many": DECIDE,
        "exclude_many": DECIDE,
    }  # fmt: skip

    def get_queryset(self) -> QuerySet[SyncRecord]:
        if self.action == "list":
            return SyncRecord.objects.select_related("connection")
        return SyncRecord.objects.select_related("connection").prefetch_related(
            Prefetch("attempts", Attempt.objects.order_by("-id"))
        )

    def get_serializer_class(self) -> Any:
        return SyncRecordSerializer if self.action == "list" else SyncRecordDetailSerializer

    def known_parameters(self) -> set[str]:
        return set(RecordOfFilter.base_filters) if self.action in self.looks_up else super().known_parameters()

    @extend_schema(filters=False, parameters=[RECORD_KIND, RECORD_ID], responses=SyncRecordDetailSerializer)
    @action(detail=False, url_path="by-object", pagination_class=None, filter_backends=[])
    def of_record(self, request: Request) -> Response:
        """Show where one workshop record stands

        By kind and the record's own id: `?kind=invoice&object_id=31`.
        """
        record = get_object_or_404(self.get_queryset(), pk__in=in_use().values("pk"), **self._asked())
        return Response(self.get_serializer(record).data)

    @extend_schema(filters=False, parameters=[RECORD_KIND, RECORD_ID], responses=PreviewSerializer)
    @action(detail=False, pagination_class=None, filter_backends=[])
    def preview(self, request: Request) -> Response:
        """Show what would be sent of a record now

        The document as it would go to Xero and the total Xero will compute from it. Nothing is sent. For who may see
        prices.
        """
        require(self.user, "workshop.see_prices")
        try:
            return Response(PreviewSerializer(preview(**self._asked())).data)
        except NothingToShow as error:
            raise Http404 from error

    @extend_schema(responses=OpenApiTypes.OBJECT)
    @action(detail=True, pagination_class=None, filter_backends=[])
    def diagnostics(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Show what support needs to look into a record

        Ids, times, hashes and what was decided; no names, no addresses, no tokens.
        """
        return Response(diagnostics.bundle(self.get_object()))

    def _asked(self) -> dict[str, Any]:
        asked = RecordOfFilter(self.request.query_params, self.get_queryset())
        if not asked.is_valid():
            raise InvalidQuery(asked.errors)
        return {name: asked.form.cleaned_data[name] for name in ("kind", "object_id")}

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Try to send a record again."""
        return self._decided(queue.retry(self._one(), self.user), "cannot be retried")

    @extend_schema(request=SkipInput)
    @action(detail=True, methods=["post"])
    def skip(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Do not send a record

        The reason stays visible. What is in Xero already is not touched: see `exclude`.
        """
        return self._decided(queue.skip(self._one(), self.given(SkipInput)["reason"], self.user), "cannot be skipped")

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def unskip(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Send a skipped record after all."""
        return self._decided(queue.unskip(self._one(), self.user), "cannot be un-skipped")

    @extend_schema(request=ExcludeInput)
    @action(detail=True, methods=["post"])
    def exclude(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Keep a record out of Xero, or out of what comes from it

        Sets or clears “do not export” and “do not import”.
        """
        record, given = self.get_object(), self.given(ExcludeInput)
        marks = {"export": given["do_not_export"], "from_import": given["do_not_import"]}
        queue.exclude(record, **marks, reason=given.get("reason", ""), by=self.user)
        return self._decided(1, "")

    @extend_schema(request=DecideInput)
    @action(detail=True, methods=["post"])
    def decide(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Take one of the decisions the record offers

        Which ones stands in its `decisions`; `link_contact` also needs the `remote_id` of one of its `candidates`.
        Send `shown` back with a decision that carries one: it then holds for the version in Xero that was seen, or not
        at all.
        """
        record, given = self.get_object(), self.given(DecideInput)
        verb, _ = decisions.DECISIONS[given.pop("decision")]
        try:
            verb(record, **given, by=self.user)
        except decisions.NotOffered as refusal:
            raise NotAllowedNow(str(refusal)) from refusal
        return self.show(record)

    @extend_schema(request=ChosenInput, responses=CountSerializer)
    @action(detail=False, methods=["post"], url_path="retry")
    def retry_many(self, request: Request) -> Response:
        """Try to send many records again

        What is in flight or in Xero already is left alone.
        """
        return self._counted(queue.retry(self._chosen(self.given(ChosenInput)), self.user))

    @extend_schema(request=ChosenToSkipInput, responses=CountSerializer)
    @action(detail=False, methods=["post"], url_path="skip")
    def skip_many(self, request: Request) -> Response:
        """Do not send many records, with one reason."""
        given = self.given(ChosenToSkipInput)
        reason = given.pop("reason")
        return self._counted(queue.skip(self._chosen(given), reason, self.user))

    @extend_schema(request=ChosenToExcludeInput, responses=CountSerializer)
    @action(detail=False, methods=["post"], url_path="exclude")
    def exclude_many(self, request: Request) -> Response:
        """Mark many records “do not export” or “do not import”, with one reason

        What is in Xero already stays there; its later changes stay here.
        """
        given = self.given(ChosenToExcludeInput)
        marks = {"export": given.pop("do_not_export"), "from_import": given.pop("do_not_import")}
        reason = given.pop("reason")
        return self._counted(queue.exclude_many(self._chosen(given), **marks, reason=reason, by=self.user))

    def _one(self) -> QuerySet[SyncRecord]:
        return SyncRecord.objects.filter(pk=self.get_object().pk)

    def _chosen(self, given: dict[str, Any]) -> QuerySet[SyncRecord]:
        records = SyncRecord.objects.exclude(connection__status=Connection.Status.DISCONNECTED)
        return records.filter(pk__in=given["ids"]) if "ids" in given else records.filter(**given)

    def _decided(self, changed: int, refusal: str) -> Response:
        record = self.get_object()
        if not changed:
            raise NotAllowedNow(f"{record} is “{record.get_state_display()}” and {refusal} now.")
        wake_drain()
        return self.show(record)

    def _counted(self, count: int) -> Response:
        if count:
            wake_drain()
        return Response({"count": count})


class AttemptViewSet(Readable):
    queryset = Attempt.objects.all()
    serializer_class = AttemptSerializer
    filterset_class = AttemptFilter
    cursor_fields = ("started_at", "id")
    tag = "Accounting"
    permissions = {"list": "accounting_sync.view_attempt", "retrieve": "accounting_sync.view_attempt"}
