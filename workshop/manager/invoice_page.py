"""One invoice: its lines, its money, and what may be done with it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from workshop import sales
from workshop.manager.access import GarageRequest, may, reads
from workshop.manager.forms.sales import InvoiceDateForm, PaymentForm, ReasonForm
from workshop.models import Invoice, InvoiceLine
from workshop.money import ZERO
from workshop.pricing import tax_by_rate


def found_invoice(pk: int) -> Invoice:
    return get_object_or_404(
        Invoice.objects.select_related("customer", "vehicle", "job", "replaces", "replaced_by"), pk=pk
    )


def _margin(request: GarageRequest, invoice: Invoice, lines: list[InvoiceLine]) -> dict[str, Decimal] | None:
    """For whoever may see costs: what the goods cost, and what is left."""
    if not (may(request.user, "see_costs") and may(request.user, "see_prices")):
        return None
    cost = sum((line.cost for line in lines), ZERO)
    return {"cost": cost, "left": invoice.subtotal - cost}


@reads("view_invoice")
def invoice(request: GarageRequest, pk: int) -> HttpResponse:
    return show_invoice(request, found_invoice(pk))


@reads("view_invoice")
def version(request: GarageRequest, pk: int) -> HttpResponse:
    """204 while the invoice is as the page last saw it; afterwards a bar that offers to show it again."""
    invoice = get_object_or_404(Invoice, pk=pk)
    if request.GET.get("seen") == invoice.updated_at.isoformat():
        return HttpResponse(status=204)
    return render(request, "workshop/invoice.html#stale", {"invoice": invoice})


def show_invoice(request: GarageRequest, invoice: Invoice, **forms: Any) -> HttpResponse:
    """422 when a form on it was refused; what was typed stands in it."""
    lines = list(invoice.lines.select_related("part", "tax_rate"))
    context = {
        "invoice": invoice,
        "lines": lines,
        "taxes": tax_by_rate(lines),
        "margin": _margin(request, invoice, lines),
        "addresses": invoice.customer.addresses.all()[:1] if may(request.user, "see_contact_details") else [],
        "payments": invoice.payments.select_related("method"),
        "allocations": invoice.allocations.filter(removed_at=None).select_related("credit_note", "deposit"),
        "credit_notes": invoice.credit_notes.all(),
        "locked": sales.why_locked(invoice),
        "may_reverse": may(request.user, "reverse_payment"),
        "payment_form": PaymentForm(invoice=invoice, today=request.garage.today()),
        "void_form": ReasonForm(),
        "date_form": InvoiceDateForm(initial={"date": invoice.date}),
        **forms,
    }
    refused = any(form.is_bound and form.errors for form in forms.values() if hasattr(form, "is_bound"))
    return render(request, "workshop/invoice.html", context, status=422 if refused else 200)
