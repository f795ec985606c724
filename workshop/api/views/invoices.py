"""Invoices and payments."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from workshop import mailing, reissuing, sales
from workshop.api.filters import InvoiceFilter, PaymentFilter
from workshop.api.papers import PDF, pdf_file, require_sight
from workshop.api.preconditions import tag
from workshop.api.resources import Readable, Resource, Versioned
from workshop.api.serializers.fields import ReasonInput
from workshop.api.serializers.jobs import VersionInput
from workshop.api.serializers.sales import (
    CreditInvoiceInput,
    CreditNoteSerializer,
    InvoiceDetailSerializer,
    InvoiceInput,
    InvoiceSerializer,
    PaymentInput,
    PaymentSerializer,
    RedateInput,
    ReissueInput,
    SaleInput,
    VoidInput,
    present_lines,
)
from workshop.credits import credit_invoice
from workshop.models import Invoice, Organisation, Payment
from workshop.sales_pdf import invoice_pdf

VIEW, CHANGE, BACKDATE = "workshop.view_invoice", "workshop.change_invoice", "workshop.backdate_invoice"
EMAIL, CREDIT = "workshop.email_invoice", "workshop.add_creditnote"
IN_FULL = Invoice.objects.select_related("customer").prefetch_related("lines", "payments", "allocations")
PAYMENT = OpenApiExample(
    "EFTPOS at the counter", {"invoice": 31, "amount": "262.85", "method": 1, "reference": "T1-2093"}, request_only=True
)


def refuse_backdating(user: User, on: date | None) -> None:
    """An invoice of an earlier day changes what was reported for that day."""
    if on is not None and on < Organisation.current().today() and not user.has_perm(BACKDATE):
        raise PermissionDenied(f"Dating an invoice before today needs the permission {BACKDATE}.")


def new_invoice(view: Resource, invoice: Invoice) -> Response:
    """The answer to whatever made an invoice: the whole of it, and where it is found."""
    fresh = IN_FULL.get(pk=invoice.pk)
    body = InvoiceDetailSerializer(fresh, context=view.get_serializer_context()).data
    return tag(view.at(Response(body, status=201), "invoice", fresh), fresh.version)


class InvoiceViewSet(Versioned):
    queryset = Invoice.objects.all()
    serializer_class = InvoiceDetailSerializer
    filterset_class = InvoiceFilter
    lock = staticmethod(sales.locked)
    permissions = {
        "list": VIEW, "retrieve": VIEW, "create": "workshop.invoice_job", "partial_update": CHANGE,
        "void": "workshop.void_invoice", "redate": BACKDATE, "renumber": BACKDATE, "accept_adjustment": CHANGE,
        "drop_adjustment": CHANGE, "reissue": CHANGE, "credit": CREDIT, "pdf": VIEW, "email": EMAIL,
    }  # fmt: skip

    def get_queryset(self) -> QuerySet[Invoice]:
        return Invoice.objects.select_related("customer") if self.action == "list" else IN_FULL.all()

    def get_serializer_class(self) -> type[serializers.BaseSerializer[Any]]:
        return InvoiceSerializer if self.action == "list" else InvoiceDetailSerializer

    @extend_schema(request=SaleInput, responses={201: InvoiceDetailSerializer})
    def create(self, request: Request) -> Response:
        """Sell over the counter

        An invoice without a job. A job is invoiced by `POST /api/v1/jobs/{id}/invoice/`.
        """
        fields = self.given(SaleInput)
        refuse_backdating(self.user, fields.get("date"))
        return new_invoice(self, sales.sell(fields.pop("customer"), fields.pop("lines"), **fields))

    @extend_schema(request=InvoiceInput)
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Edit an invoice

        Its lines, reference, due date, freight and discount, until a payment or credit rests on it.
        """
        invoice = self.get_object()
        fields = self.given(InvoiceInput, invoice)
        fields.setdefault("lines", present_lines(invoice))
        return self.show(self.change(sales.edit_invoice, invoice, fields))

    @extend_schema(request=VoidInput)
    @action(detail=True, methods=["post"])
    def void(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Void an invoice

        One that nothing rests on; its job is completed again and its number is never reused.
        """
        return self.show(self.change(sales.void_invoice, self.get_object(), self.given(VoidInput)))

    @extend_schema(request=RedateInput)
    @action(detail=True, methods=["post"])
    def redate(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Move an invoice to another day, keeping its terms."""
        invoice, fields = self.get_object(), self.given(RedateInput)
        fields["new_date"] = fields.pop("date")
        return self.show(self.change(sales.redate_invoice, invoice, fields))

    @extend_schema(request=VersionInput)
    @action(detail=True, methods=["post"])
    def renumber(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Give an invoice the next free number

        The one it had is noted and never used again.
        """
        return self.show(self.change(sales.renumber_invoice, self.get_object(), self.given(VersionInput)))

    @extend_schema(request=VersionInput)
    @action(detail=True, methods=["post"], url_path="accept-adjustment")
    def accept_adjustment(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Let a change made in the accounts stand."""
        return self.show(self.change(sales.accept_adjustment, self.get_object(), self.given(VersionInput)))

    @extend_schema(request=VersionInput)
    @action(detail=True, methods=["post"], url_path="drop-adjustment")
    def drop_adjustment(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Let our own lines count again, against a change made in the accounts."""
        return self.show(self.change(sales.drop_adjustment, self.get_object(), self.given(VersionInput)))

    @extend_schema(request=CreditInvoiceInput, responses={201: CreditNoteSerializer})
    @action(detail=True, methods=["post"])
    def credit(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Credit lines of an invoice

        With `allocate` the credit is used against the invoice at once, as far as it is due.
        """
        fields = self.given(CreditInvoiceInput)
        rows = fields.pop("lines")
        quantities = {row["line"]: row["quantity"] for row in rows}
        goods = {row["line"]: row["goods"] for row in rows}
        note = credit_invoice(self.get_object(), quantities, goods=goods, **fields)
        body = CreditNoteSerializer(note, context=self.get_serializer_context()).data
        return self.at(Response(body, status=201), "credit-note", note)

    @extend_schema(request=ReissueInput, responses={201: InvoiceDetailSerializer})
    @action(detail=True, methods=["post"])
    def reissue(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Credit an invoice and issue it anew

        What is left of it is credited; the new one takes its place on the job, as a copy or with the lines given.
        Goods come back and go out again. Needs `add_creditnote` besides.
        """
        if not self.user.has_perm(CREDIT):
            raise PermissionDenied(f"Crediting an invoice needs the permission {CREDIT}.")
        invoice = self.get_object()
        fields = self.given(ReissueInput, invoice)
        refuse_backdating(self.user, fields.get("date"))
        fields.setdefault("lines", present_lines(invoice))
        return new_invoice(self, self.change(reissuing.reissue_invoice, invoice, fields))

    @extend_schema(responses=PDF)
    @action(detail=True, methods=["get"])
    def pdf(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """The invoice as a PDF

        For who may see prices and contact details: both stand on it.
        """
        require_sight(self.user)
        invoice = self.get_object()
        return pdf_file(invoice.number, invoice_pdf(invoice))

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def email(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Send the invoice to its customer by e-mail

        As a PDF. Where the mail server refuses, 409 `not_sent`: ask again.
        """
        return self.show(mailing.email_invoice(self.get_object()))


class PaymentViewSet(Readable):
    queryset = Payment.objects.all()
    serializer_class = PaymentSerializer
    filterset_class = PaymentFilter
    permissions = {
        "list": "workshop.view_payment", "retrieve": "workshop.view_payment", "create": "workshop.add_payment",
        "reverse": "workshop.reverse_payment",
    }  # fmt: skip

    @extend_schema(request=PaymentInput, responses={201: PaymentSerializer}, examples=[PAYMENT])
    def create(self, request: Request) -> Response:
        """Record a payment

        Never more than is due on the invoice.
        """
        fields = self.given(PaymentInput)
        return self.created(sales.record_payment(fields.pop("invoice"), **fields))

    @extend_schema(request=ReasonInput)
    @action(detail=True, methods=["post"])
    def reverse(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Take a payment back

        A mistake or a bounced cheque. A payment is never edited.
        """
        return self.show(sales.reverse_payment(self.get_object(), **self.given(ReasonInput)))
