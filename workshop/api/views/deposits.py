"""Deposits on jobs, and money given back."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from workshop import deposits, refunds
from workshop.api.filters import DepositFilter, RefundFilter
from workshop.api.resources import Readable
from workshop.api.serializers.deposits import DepositInput, DepositSerializer, GiveRefundInput, RefundSerializer
from workshop.api.serializers.fields import ReasonInput
from workshop.api.serializers.sales import AllocateInput
from workshop.models import Deposit, Refund

VIEW, VIEW_REFUND = "workshop.view_deposit", "workshop.view_refund"


class DepositViewSet(Readable):
    queryset = Deposit.objects.select_related("customer").prefetch_related("allocations", "refunds")
    serializer_class = DepositSerializer
    filterset_class = DepositFilter
    permissions = {
        "list": VIEW,
        "retrieve": VIEW,
        "create": "workshop.add_deposit",
        "allocate": "workshop.add_creditallocation",
        "refund": "workshop.add_refund",
    }

    @extend_schema(request=DepositInput, responses={201: DepositSerializer})
    def create(self, request: Request) -> Response:
        """Take a deposit

        On a job that is not invoiced yet. Its invoice takes the deposit by itself, up to what is due.
        """
        fields = self.given(DepositInput)
        return self.created(deposits.take_deposit(fields.pop("job"), **fields))

    @extend_schema(request=AllocateInput)
    @action(detail=True, methods=["post"])
    def allocate(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Use a deposit on an invoice of the same customer."""
        deposit, fields = self.get_object(), self.given(AllocateInput)
        deposits.allocate_deposit(deposit, fields.pop("invoice"), **fields)
        return self.show(deposit)

    @extend_schema(request=GiveRefundInput)
    @action(detail=True, methods=["post"])
    def refund(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Give a deposit back

        Never more than is left of it.
        """
        deposit = self.get_object()
        refunds.give_refund(deposit, **self.given(GiveRefundInput))
        return self.show(deposit)


class RefundViewSet(Readable):
    queryset = Refund.objects.all()
    serializer_class = RefundSerializer
    filterset_class = RefundFilter
    tag = "Deposits"
    permissions = {"list": VIEW_REFUND, "retrieve": VIEW_REFUND, "reverse": "workshop.reverse_refund"}

    @extend_schema(request=ReasonInput)
    @action(detail=True, methods=["post"])
    def reverse(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Take a refund back

        The money did not go out after all; it is held again.
        """
        return self.show(refunds.reverse_refund(self.get_object(), **self.given(ReasonInput)))
