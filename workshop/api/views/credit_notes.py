"""Credit notes and what they are used for."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from workshop import mailing
from workshop.api.filters import CreditAllocationFilter, CreditNoteFilter
from workshop.api.papers import PDF, pdf_file, require_sight
from workshop.api.resources import Readable
from workshop.api.serializers.deposits import GiveRefundInput
from workshop.api.serializers.sales import (
    AllocateInput,
    CreditAllocationSerializer,
    CreditNoteInput,
    CreditNoteSerializer,
)
from workshop.api.views.invoices import EMAIL
from workshop.credits import (
    allocate_credit,
    issue_credit_note,
    remove_allocation,
    renumber_credit_note,
    void_credit_note,
)
from workshop.models import CreditAllocation, CreditNote
from workshop.refunds import give_refund
from workshop.sales_pdf import credit_note_pdf

VIEW, ADD, CHANGE = "workshop.view_creditnote", "workshop.add_creditnote", "workshop.change_creditnote"
VIEW_ALLOCATION, ALLOCATE = "workshop.view_creditallocation", "workshop.add_creditallocation"


class CreditNoteViewSet(Readable):
    queryset = CreditNote.objects.select_related("customer").prefetch_related("lines", "allocations")
    serializer_class = CreditNoteSerializer
    filterset_class = CreditNoteFilter
    permissions = {
        "list": VIEW,
        "retrieve": VIEW,
        "create": ADD,
        "allocate": ALLOCATE,
        "refund": "workshop.add_refund",
        "void": CHANGE,
        "renumber": "workshop.backdate_invoice",
        "pdf": VIEW,
        "email": EMAIL,
    }

    @extend_schema(request=CreditNoteInput, responses={201: CreditNoteSerializer})
    def create(self, request: Request) -> Response:
        """Issue a credit note without an invoice

        Goodwill, for instance. Lines of an invoice are credited by `POST /api/v1/invoices/{id}/credit/`.
        """
        fields = self.given(CreditNoteInput)
        return self.created(issue_credit_note(fields.pop("customer"), **fields))

    @extend_schema(request=AllocateInput)
    @action(detail=True, methods=["post"])
    def allocate(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Use credit against an invoice of the same customer."""
        note, fields = self.get_object(), self.given(AllocateInput)
        allocate_credit(note, fields.pop("invoice"), **fields)
        return self.show(note)

    @extend_schema(request=GiveRefundInput)
    @action(detail=True, methods=["post"])
    def refund(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Give back what is left of a credit note."""
        note = self.get_object()
        give_refund(note, **self.given(GiveRefundInput))
        return self.show(note)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def void(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Void a credit note that is not allocated."""
        return self.show(void_credit_note(self.get_object()))

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def renumber(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Give a credit note the next free number."""
        return self.show(renumber_credit_note(self.get_object()))

    @extend_schema(responses=PDF)
    @action(detail=True, methods=["get"])
    def pdf(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """The credit note as a PDF

        For who may see prices and contact details: both stand on it.
        """
        require_sight(self.user)
        note = self.get_object()
        return pdf_file(note.number, credit_note_pdf(note))

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def email(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Send the credit note to its customer by e-mail

        As a PDF. Where the mail server refuses, 409 `not_sent`: ask again.
        """
        return self.show(mailing.email_credit_note(self.get_object()))


class CreditAllocationViewSet(Readable):
    queryset = CreditAllocation.objects.all()
    serializer_class = CreditAllocationSerializer
    filterset_class = CreditAllocationFilter
    tag = "Credit notes"
    permissions = {"list": VIEW_ALLOCATION, "retrieve": VIEW_ALLOCATION, "remove": ALLOCATE}

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def remove(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Take an allocation back

        The credit is free again and the invoice is due again.
        """
        return self.show(remove_allocation(self.get_object()))
