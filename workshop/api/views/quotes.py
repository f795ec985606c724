"""Quotes: an offer for a job, decided line by line."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from workshop import jobs
from workshop.api.filters import QuoteFilter
from workshop.api.resources import Readable
from workshop.api.serializers.jobs import DecideQuoteInput, NewQuoteInput, QuoteSerializer, ReviseQuoteInput
from workshop.models import Quote

VIEW, ADD, CHANGE = "workshop.view_quote", "workshop.add_quote", "workshop.change_quote"


class QuoteViewSet(Readable):
    queryset = Quote.objects.prefetch_related("lines")
    serializer_class = QuoteSerializer
    filterset_class = QuoteFilter
    cursor_fields = ("id",)
    permissions = {
        "list": VIEW, "retrieve": VIEW, "create": ADD, "send": CHANGE, "revise": CHANGE, "decide": CHANGE,
    }  # fmt: skip

    @extend_schema(request=NewQuoteInput, responses={201: QuoteSerializer})
    def create(self, request: Request) -> Response:
        """Quote a job

        The given lines, or the lines now on the job.
        """
        fields = self.given(NewQuoteInput)
        return self.created(jobs.quote(fields.pop("job"), **fields))

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def send(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Mark a quote as sent to the customer."""
        return self.show(jobs.send_quote(self.get_object()))

    @extend_schema(request=ReviseQuoteInput, responses={200: QuoteSerializer})
    @action(detail=True, methods=["post"])
    def revise(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Rewrite a quote's lines

        A draft is rewritten; of a sent quote the answer is its next version, and the old one is superseded.
        """
        quote, fields = self.get_object(), self.given(ReviseQuoteInput)
        return self.show(jobs.revise_quote(quote, fields.pop("lines"), **fields))

    @extend_schema(request=DecideQuoteInput)
    @action(detail=True, methods=["post"])
    def decide(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Record what the customer authorised

        Approved lines end on the job, once; declined ones leave it.
        """
        return self.show(jobs.decide_quote(self.get_object(), **self.given(DecideQuoteInput)))
