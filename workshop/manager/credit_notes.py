"""Giving credit, and using it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from workshop import credits
from workshop.manager.access import GarageRequest, changes, edits, may, reads
from workshop.manager.forms.sales import AllocationForm, CreditForm, GoodwillForm, RefundForm
from workshop.manager.invoice_page import found_invoice
from workshop.manager.once import once
from workshop.manager.refusals import refusals_on, refusals_told
from workshop.models import CreditAllocation, CreditNote, Customer, Invoice, InvoiceLine


@edits("add_creditnote")
@once
def invoice_credit(request: GarageRequest, pk: int) -> HttpResponse:
    invoice = found_invoice(pk)
    lines = _creditable(invoice)
    form = CreditForm(request.POST or None, lines=lines, today=request.garage.today())
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            typed = {name: form.cleaned_data[name] for name in ("date", "reason")}
            note = credits.credit_invoice(invoice, form.quantities(), goods=form.goods(), **typed)
            messages.success(request, f"{note} is issued.")
            return redirect("credit-note", note.pk)
    context = {"invoice": invoice, "form": form, "lines": lines}
    return render(request, "workshop/invoice_credit.html", context, status=422 if form.errors else 200)


def _creditable(invoice: Invoice) -> list[Any]:
    """The lines that hold money, each with what is ``left`` of it to credit."""
    used = ~Q(credit_lines__credit_note__status=CreditNote.Status.VOIDED)
    credited = Coalesce(Sum("credit_lines__quantity", filter=used), Decimal(0))
    lines = invoice.lines.exclude(kind__in=[InvoiceLine.Kind.TEXT, InvoiceLine.Kind.ADJUSTMENT])
    return list(lines.annotate(left=F("quantity") - credited).select_related("part").order_by("position", "id"))


@edits("add_creditnote")
@once
def credit_note_new(request: GarageRequest, pk: int) -> HttpResponse:
    """Goodwill: a credit to a customer without an invoice."""
    customer = get_object_or_404(Customer, pk=pk)
    form = GoodwillForm(request.POST or None, initial={"date": request.garage.today()})
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            note = credits.issue_credit_note(customer, **form.cleaned_data)
            messages.success(request, f"{note} is issued.")
            return redirect("credit-note", note.pk)
    context = {"customer": customer, "form": form}
    return render(request, "workshop/credit_note_new.html", context, status=422 if form.errors else 200)


@reads("view_creditnote")
def credit_note(request: GarageRequest, pk: int) -> HttpResponse:
    return show_note(request, found_note(pk))


@changes("add_creditallocation")
def credit_note_allocate(request: GarageRequest, pk: int) -> HttpResponse:
    note = found_note(pk)
    form = AllocationForm(request.POST, note=note)
    if form.is_valid():
        with refusals_on(form):
            allocation = credits.allocate_credit(note, **form.cleaned_data)
            messages.success(request, f"{allocation.amount:,.2f} is used on {allocation.invoice}.")
            return redirect("credit-note", pk)
    return show_note(request, note, form=form)


@changes("add_creditallocation")
def allocation_remove(request: GarageRequest, pk: int) -> HttpResponse:
    allocation = get_object_or_404(CreditAllocation.objects.select_related("invoice"), pk=pk)
    with refusals_told(request):
        credits.remove_allocation(allocation)
        messages.success(request, "The credit is free again.")
    if allocation.credit_note_id:
        return redirect("credit-note", allocation.credit_note_id)
    if allocation.deposit_id:
        return redirect("deposit", allocation.deposit_id)
    return redirect("invoice", allocation.invoice_id)


@changes("change_creditnote")
def credit_note_void(request: GarageRequest, pk: int) -> HttpResponse:
    note = found_note(pk)
    with refusals_told(request):
        credits.void_credit_note(note)
        messages.success(request, f"{note} is voided.")
    return redirect("credit-note", pk)


def found_note(pk: int) -> CreditNote:
    return get_object_or_404(CreditNote.objects.select_related("customer", "invoice"), pk=pk)


def show_note(request: GarageRequest, note: CreditNote, **forms: Any) -> HttpResponse:
    """422 when a form on it was refused; what was typed stands in it."""
    context: dict[str, Any] = {
        "note": note,
        "lines": note.lines.select_related("part", "tax_rate"),
        "allocations": note.allocations.filter(removed_at=None).select_related("invoice"),
        "refunds": note.refunds.select_related("method"),
    }
    if note.remaining and may(request.user, "add_creditallocation"):
        context["form"] = AllocationForm(note=note)
    if note.remaining and may(request.user, "add_refund"):
        context["refund_form"] = RefundForm(credit=note, today=request.garage.today())
    return render(request, "workshop/credit_note.html", context | forms, status=422 if forms else 200)
