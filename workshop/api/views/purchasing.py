"""The purchase list, orders, deliveries, bills and supplier credits."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from workshop.api.filters_purchasing import (
    BillFilter,
    PurchaseOrderFilter,
    ReceiptFilter,
    SupplierCreditAllocationFilter,
    SupplierCreditFilter,
)
from workshop.api.papers import PDF, pdf_file
from workshop.api.resources import Readable, Resource, Versioned
from workshop.api.serializers.fields import ReasonInput
from workshop.api.serializers.purchasing import (
    BillSerializer,
    CorrectedSerializer,
    CorrectPriceInput,
    FinaliseCreditInput,
    FinaliseInput,
    LateCostInput,
    NeedSerializer,
    OrderListInput,
    PurchaseOrderChange,
    PurchaseOrderInput,
    PurchaseOrderSerializer,
    ReceiptLineSerializer,
    ReceiptSerializer,
    ReceiveInput,
    RequestCreditInput,
    SupplierCreditAllocationSerializer,
    SupplierCreditSerializer,
    UseCreditInput,
    costs_by_line,
)
from workshop.models import Bill, PurchaseOrder, Receipt, SupplierCredit, SupplierCreditAllocation
from workshop.purchasing import allocating, billing, correcting, crediting, needs, ordering, receiving, sending
from workshop.purchasing.order_pdf import order_pdf

VIEW, ADD, CHANGE = "workshop.view_purchaseorder", "workshop.add_purchaseorder", "workshop.change_purchaseorder"
RECEIVE, FINALISE = "workshop.add_receipt", "workshop.finalise_purchase"
VIEW_USE, USE_CREDIT = "workshop.view_suppliercreditallocation", "workshop.add_suppliercreditallocation"
VIEW_CREDIT, CREDIT = "workshop.view_suppliercredit", "workshop.add_suppliercredit"
LINES = ("lines__order_line",)


class PurchaseListViewSet(Resource):
    queryset = PurchaseOrder.objects.none()
    serializer_class = NeedSerializer
    pagination_class = None
    permissions = {"list": VIEW, "order": ADD}

    def known_parameters(self) -> set[str]:
        return set()

    @extend_schema(responses=NeedSerializer(many=True))
    def list(self, request: Request) -> Response:
        """What is to be bought

        What open jobs need and nobody has ordered, and parts below their minimum; whole, by supplier.
        """
        return Response(self.get_serializer(needs.purchase_list(), many=True).data)

    @extend_schema(request=OrderListInput, responses={201: PurchaseOrderSerializer(many=True)})
    @action(detail=False, methods=["post"])
    def order(self, request: Request) -> Response:
        """Order from the list

        One draft per supplier. A need that somebody ordered meanwhile answers 409.
        """
        orders = needs.order_from_list(self.given(OrderListInput)["lines"])
        fresh = PurchaseOrderViewSet.queryset.filter(pk__in=[order.pk for order in orders]).order_by("pk")
        shown = PurchaseOrderSerializer(fresh, many=True, context=self.get_serializer_context())
        return Response(shown.data, status=201)


class PurchaseOrderViewSet(Versioned):
    queryset = PurchaseOrder.objects.select_related("supplier").prefetch_related("lines")
    serializer_class = PurchaseOrderSerializer
    filterset_class = PurchaseOrderFilter
    lock = staticmethod(ordering.locked)
    permissions = {
        "list": VIEW, "retrieve": VIEW, "pdf": VIEW, "create": ADD, "partial_update": CHANGE, "place": CHANGE,
        "email": CHANGE, "cancel": CHANGE, "close": CHANGE, "reopen": CHANGE, "receive": RECEIVE,
    }  # fmt: skip

    @extend_schema(request=PurchaseOrderInput, responses={201: PurchaseOrderSerializer})
    def create(self, request: Request) -> Response:
        """Draft an order

        A part's core becomes a line of its own.
        """
        fields = self.given(PurchaseOrderInput)
        return self.created(ordering.draft_order(fields.pop("supplier"), fields.pop("lines", ()), **fields))

    @extend_schema(request=PurchaseOrderChange)
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change a draft

        Lines, where given, replace the ones there were.
        """
        order = self.get_object()
        return self.show(self.change(ordering.edit_order, order, self.given(PurchaseOrderChange, order)))

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def place(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Place a draft: the supplier has it."""
        return self.show(ordering.place_order(self.get_object()))

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def email(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Send the order to its supplier by e-mail

        A draft is placed by it. Where the mail server refuses, 409 `not_sent`: ask again.
        """
        return self.show(sending.email_order(self.get_object()))

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Cancel an order of which nothing came."""
        return self.show(ordering.cancel_order(self.get_object()))

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Close an order: nothing more will come."""
        return self.show(ordering.close_order(self.get_object()))

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Open a closed order again."""
        return self.show(ordering.reopen_order(self.get_object()))

    @extend_schema(request=ReceiveInput, responses={201: ReceiptSerializer})
    @action(detail=True, methods=["post"])
    def receive(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Receive goods

        In parts, at what they really cost. More than was ordered answers 409 `over_receipt` until it is confirmed.
        """
        fields = self.given(ReceiveInput)
        receipt = receiving.receive(self.get_object(), fields.pop("lines"), **fields)
        fresh = ReceiptViewSet.queryset.get(pk=receipt.pk)
        shown = ReceiptSerializer(fresh, context=self.get_serializer_context())
        return self.at(Response(shown.data, status=201), "receipt", receipt)

    @extend_schema(responses=PDF)
    @action(detail=True, methods=["get"])
    def pdf(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """The order as a PDF."""
        order = self.get_object()
        return pdf_file(order.number, order_pdf(order))


class ReceiptViewSet(Readable):
    queryset = Receipt.objects.prefetch_related(*LINES)
    serializer_class = ReceiptSerializer
    filterset_class = ReceiptFilter
    tag = "Goods received"
    permissions = {
        "list": VIEW, "retrieve": VIEW, "undo": RECEIVE, "finalise": FINALISE, "late_cost": FINALISE,
    }  # fmt: skip

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Undo a delivery that is not billed and whose goods are all still there."""
        return self.show(receiving.undo_receipt(self.get_object()))

    @extend_schema(request=FinaliseInput, responses={201: BillSerializer})
    @action(detail=True, methods=["post"])
    def finalise(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Enter the supplier's invoice for a delivery

        A total up to 5 cents off becomes a rounding line; more is 409 `price_query`.
        """
        fields = costs_by_line(self.given(FinaliseInput))
        return show_bill(self, billing.finalise(self.get_object(), **fields))

    @extend_schema(request=LateCostInput, responses={201: BillSerializer})
    @action(detail=True, methods=["post"], url_path="late-cost")
    def late_cost(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Enter a carrier's bill for a delivery that is billed already."""
        fields = self.given(LateCostInput)
        return show_bill(self, correcting.add_late_cost(self.get_object(), fields.pop("supplier"), **fields))


def show_bill(view: Resource, bill: Bill) -> Response:
    shown = BillSerializer(BillViewSet.queryset.get(pk=bill.pk), context=view.get_serializer_context())
    return view.at(Response(shown.data, status=201), "bill", bill)


class BillViewSet(Readable):
    queryset = Bill.objects.select_related("supplier").prefetch_related("lines", "allocations")
    serializer_class = BillSerializer
    filterset_class = BillFilter
    permissions = {
        "list": "workshop.view_bill", "retrieve": "workshop.view_bill", "correct_price": FINALISE, "void": FINALISE,
    }  # fmt: skip

    @extend_schema(request=CorrectPriceInput, responses=CorrectedSerializer)
    @action(detail=True, methods=["post"], url_path="correct-price")
    def correct_price(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Correct prices after a bill was entered

        An unpaid bill is changed; for a paid one a second bill or a supplier credit with a number of its own is made.
        """
        fields = costs_by_line(self.given(CorrectPriceInput))
        documents = correcting.correct_price(self.get_object(), fields.pop("unit_costs"), **fields)
        bills = [document.pk for document in documents if isinstance(document, Bill)]
        credits_made = [document.pk for document in documents if isinstance(document, SupplierCredit)]
        corrected = {"bills": self.queryset.filter(pk__in=bills), "supplier_credits": credits_made}
        return Response(CorrectedSerializer(corrected, context=self.get_serializer_context()).data)

    @extend_schema(request=ReasonInput)
    @action(detail=True, methods=["post"])
    def void(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Void a bill nothing rests on

        Its delivery is received and not billed again.
        """
        return self.show(billing.void_bill(self.get_object(), **self.given(ReasonInput)))


class SupplierCreditViewSet(Readable):
    queryset = SupplierCredit.objects.select_related("supplier").prefetch_related("lines", "allocations")
    serializer_class = SupplierCreditSerializer
    filterset_class = SupplierCreditFilter
    permissions = {
        "list": VIEW_CREDIT, "retrieve": VIEW_CREDIT, "cores": VIEW_CREDIT, "create": CREDIT, "cancel": CREDIT,
        "finalise": FINALISE, "void": FINALISE, "allocate": USE_CREDIT,
    }  # fmt: skip

    @extend_schema(request=RequestCreditInput, responses={201: SupplierCreditSerializer})
    def create(self, request: Request) -> Response:
        """Ask a supplier for a credit

        For goods that go back, or for money while they stay. Nothing leaves the stock before it is finalised.
        """
        fields = self.given(RequestCreditInput)
        return self.created(crediting.request_credit(fields.pop("supplier"), fields.pop("lines"), **fields))

    @extend_schema(request=FinaliseCreditInput)
    @action(detail=True, methods=["post"])
    def finalise(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Enter the supplier's credit note: the goods leave."""
        return self.show(crediting.finalise_credit(self.get_object(), **self.given(FinaliseCreditInput)))

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Take a request back."""
        return self.show(crediting.cancel_credit(self.get_object()))

    @extend_schema(request=ReasonInput)
    @action(detail=True, methods=["post"])
    def void(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Void a finalised credit: its goods come in again."""
        return self.show(crediting.void_credit(self.get_object(), **self.given(ReasonInput)))

    @extend_schema(request=UseCreditInput)
    @action(detail=True, methods=["post"])
    def allocate(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Use credit on a bill of the same supplier."""
        credit, fields = self.get_object(), self.given(UseCreditInput)
        allocating.allocate_credit(credit, fields.pop("bill"), **fields)
        return self.show(credit)

    @extend_schema(responses=ReceiptLineSerializer(many=True))
    @action(detail=False, methods=["get"], pagination_class=None, filterset_class=None)
    def cores(self, request: Request) -> Response:
        """Cores bought and not asked back for yet, oldest first."""
        rows: Any = crediting.cores_outstanding()
        return Response(ReceiptLineSerializer(rows, many=True, context=self.get_serializer_context()).data)


class SupplierCreditAllocationViewSet(Readable):
    queryset = SupplierCreditAllocation.objects.all()
    serializer_class = SupplierCreditAllocationSerializer
    filterset_class = SupplierCreditAllocationFilter
    tag = "Supplier credits"
    permissions = {"list": VIEW_USE, "retrieve": VIEW_USE, "remove": USE_CREDIT}

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def remove(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Take credit off a bill

        The credit is free again and the bill is owed again.
        """
        return self.show(allocating.remove_allocation(self.get_object()))
