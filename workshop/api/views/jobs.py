"""Jobs, from the booking to the keys handed back."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from workshop import bookings, jobs, sales
from workshop.api.filters import JobFilter
from workshop.api.permissions import require
from workshop.api.resources import Versioned
from workshop.api.serializers.jobs import (
    ArriveInput,
    BookingInput,
    CancelInput,
    CollectInput,
    InvoiceJobInput,
    JobInput,
    JobSerializer,
    LineInput,
    TakeBookingInput,
    VersionInput,
)
from workshop.api.serializers.purchasing import OrderJobLineInput, PurchaseOrderSerializer
from workshop.api.serializers.sales import InvoiceDetailSerializer
from workshop.api.views.invoices import new_invoice, refuse_backdating
from workshop.models import Job, JobLine
from workshop.purchasing import ordering

VIEW, CHANGE, MOVE = "workshop.view_job", "workshop.change_job", "workshop.move_job"
LINES = Prefetch("lines", queryset=JobLine.objects.select_related("tax_rate", "part"))
EXAMPLE = OpenApiExample(
    "Tomorrow morning",
    {"customer": 12, "vehicle": 7, "concern": "Brakes squeal when cold", "booked_for": "2026-07-01T20:00:00Z"},
    request_only=True,
)


class JobViewSet(Versioned):
    queryset = Job.objects.all()
    serializer_class = JobSerializer
    filterset_class = JobFilter
    lock = staticmethod(jobs.locked)
    permissions = {
        "list": VIEW, "retrieve": VIEW, "create": "workshop.add_job", "take_booking": "workshop.add_job",
        "partial_update": CHANGE,
        "arrive": MOVE, "start": MOVE, "complete": MOVE, "move_back": MOVE,
        "collect": CHANGE, "cancel": CHANGE, "invoice": "workshop.invoice_job",
        "add_line": "workshop.add_jobline", "edit_line": "workshop.change_jobline",
        "remove_line": "workshop.delete_jobline",
        "need_line": "workshop.add_purchaseline", "no_longer_need_line": "workshop.add_purchaseline",
        "order_line": "workshop.add_purchaseorder",
    }  # fmt: skip

    def get_queryset(self) -> QuerySet[Job]:
        """A technician's are their own; another's answers 404."""
        seen = Job.objects.all() if getattr(self, "swagger_fake_view", False) else Job.objects.visible_to(self.user)
        return seen.select_related("customer", "vehicle", "technician").prefetch_related(LINES)

    @extend_schema(request=BookingInput, responses={201: JobSerializer}, examples=[EXAMPLE])
    def create(self, request: Request) -> Response:
        """Book a job."""
        return self.created(jobs.book(**self.given(BookingInput)))

    @extend_schema(request=TakeBookingInput, responses={201: JobSerializer})
    @action(detail=False, methods=["post"], url_path="take-booking")
    def take_booking(self, request: Request) -> Response:
        """Take a booking in one go

        The customer and the car may be new. A car without an owner becomes the customer's.
        """
        fields = self.given(TakeBookingInput)
        for name, permission in (("new_customer", "workshop.add_customer"), ("new_vehicle", "workshop.add_vehicle")):
            if name in fields:
                require(self.user, permission)
        return self.created(bookings.take_booking(**fields))

    @extend_schema(request=JobInput)
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Edit a job's card

        Until it is invoiced.
        """
        job = self.get_object()
        return self.show(self.change(jobs.edit, job, self.given(JobInput, job)))

    @extend_schema(request=ArriveInput)
    @action(detail=True, methods=["post"])
    def arrive(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Car and keys are here."""
        return self.show(self.change(jobs.arrive, self.get_object(), self.given(ArriveInput)))

    @extend_schema(request=VersionInput)
    @action(detail=True, methods=["post"])
    def start(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Start work."""
        return self.show(self.change(jobs.start, self.get_object(), self.given(VersionInput)))

    @extend_schema(request=VersionInput)
    @action(detail=True, methods=["post"])
    def complete(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Complete the work."""
        return self.show(self.change(jobs.complete, self.get_object(), self.given(VersionInput)))

    @extend_schema(request=VersionInput)
    @action(detail=True, methods=["post"], url_path="move-back")
    def move_back(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Undo the last step

        Before invoicing; a cancelled job becomes a booking again. Undoing collection or cancellation needs
        `workshop.change_job`.
        """
        job = self.get_object()
        if job.status in {Job.Status.COLLECTED, Job.Status.CANCELLED}:
            require(self.user, CHANGE)
        return self.show(self.change(jobs.move_back, job, self.given(VersionInput)))

    @extend_schema(request=CollectInput)
    @action(detail=True, methods=["post"])
    def collect(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Hand the keys back."""
        return self.show(self.change(jobs.collect, self.get_object(), self.given(CollectInput)))

    @extend_schema(request=CancelInput)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Cancel a job, with the reason

        Where a deposit is held on it, say what becomes of that; refunding needs `workshop.add_refund`.
        """
        job, fields = self.get_object(), self.given(CancelInput)
        if fields.get("deposits") == jobs.REFUND:
            require(self.user, "workshop.add_refund")
        return self.show(self.change(jobs.cancel, job, fields))

    @extend_schema(request=InvoiceJobInput, responses={201: InvoiceDetailSerializer})
    @action(detail=True, methods=["post"])
    def invoice(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Invoice a completed job

        The invoice's reference is the vehicle's rego.
        """
        job, fields = self.get_object(), self.given(InvoiceJobInput)
        refuse_backdating(self.user, fields.get("date"))
        return new_invoice(self, self.change(sales.issue_invoice, job, fields))

    @extend_schema(request=LineInput, responses={201: JobSerializer})
    @action(detail=True, methods=["post"], url_path="lines")
    def add_line(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Add a line to a job

        Text, price and tax come from the part or the garage's defaults unless given.
        """
        job = self.get_object()
        self.change(jobs.add_line, job, self.given(LineInput))
        return self.show(job, 201)

    @extend_schema(request=LineInput, responses=JobSerializer)
    @action(detail=True, methods=["patch"], url_path="lines/<int:line_id>")
    def edit_line(self, request: Request, *args: Any, line_id: int, **kwargs: Any) -> Response:
        """Edit a line of a job."""
        line = self._line(line_id)
        fields = self.given(LineInput, line)
        self.change(lambda _job, **given: jobs.edit_line(line, **given), line.job, fields)
        return self.show(line.job)

    @extend_schema(responses={204: None})
    @edit_line.mapping.delete
    def remove_line(self, request: Request, *args: Any, line_id: int, **kwargs: Any) -> Response:
        """Take a line off a job."""
        line = self._line(line_id)
        self.change(lambda _job: jobs.remove_line(line), line.job)
        return Response(status=204)

    @extend_schema(request=None, responses=JobSerializer)
    @action(detail=True, methods=["post"], url_path="lines/<int:line_id>/need")
    def need_line(self, request: Request, *args: Any, line_id: int, **kwargs: Any) -> Response:
        """Put a line on the purchase list

        Its part or outwork is bought for this job.
        """
        return self.show(ordering.need_for_job(self._line(line_id)).job)

    @extend_schema(request=None, responses=JobSerializer)
    @need_line.mapping.delete
    def no_longer_need_line(self, request: Request, *args: Any, line_id: int, **kwargs: Any) -> Response:
        """Take a line off the purchase list

        Refused once it is on an order.
        """
        return self.show(ordering.no_longer_needed(self._line(line_id)).job)

    @extend_schema(request=OrderJobLineInput, responses={201: PurchaseOrderSerializer})
    @action(detail=True, methods=["post"], url_path="lines/<int:line_id>/order")
    def order_line(self, request: Request, *args: Any, line_id: int, **kwargs: Any) -> Response:
        """Order a line for this job

        Onto the supplier's draft order, or a new one.
        """
        line, fields = self._line(line_id), self.given(OrderJobLineInput)
        order = ordering.order_for_job_line(line, fields.pop("supplier"), **fields).order
        shown = PurchaseOrderSerializer(order, context=self.get_serializer_context())
        return self.at(Response(shown.data, status=201), "purchase-order", order)

    def _line(self, line_id: int) -> JobLine:
        return get_object_or_404(JobLine.objects.select_related("job"), job=self.get_object(), pk=line_id)
