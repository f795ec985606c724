"""Goods and money back from suppliers, and cores to be sent back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from workshop.manager.access import GarageRequest, changes, edits, may, reads
from workshop.manager.forms.purchasing import FinaliseCreditForm, SupplierCreditForm, UseCreditForm
from workshop.manager.forms.sales import ReasonForm
from workshop.manager.orders import found_order
from workshop.manager.pages import page_of, words_of
from workshop.manager.refusals import refusals_on, refusals_told
from workshop.models import Receipt, SupplierCredit, SupplierCreditAllocation
from workshop.purchasing import allocating, crediting
from workshop.purchasing.landing import lines_of

FILTERS = {"requested": "Requested", "finalised": "Finalised", "all": "All"}


@reads("view_suppliercredit")
def credit_list(request: GarageRequest) -> HttpResponse:
    words = words_of(request)
    chosen = request.GET.get("show", "")
    chosen = chosen if chosen in FILTERS else "all" if words else "requested"
    found = SupplierCredit.objects.select_related("supplier")
    if chosen != "all":
        found = found.filter(status=chosen)
    if words:
        found = found.filter(number__iexact=words) | found.filter(supplier__name__icontains=words)
    context = {"page": page_of(request, found), "filters": FILTERS, "chosen": chosen, "words": words}
    return render(request, "workshop/supplier_credit_list.html", context)


@reads("view_suppliercredit")
def cores(request: GarageRequest) -> HttpResponse:
    return render(request, "workshop/cores.html", {"cores": crediting.cores_outstanding()})


@edits("add_suppliercredit")
def credit_new(request: GarageRequest, pk: int) -> HttpResponse:
    """Of what an order brought and was billed for."""
    order = found_order(pk)
    billed = lines_of(receipt__order=order, receipt__status=Receipt.Status.FINALISED)
    lines = list(billed.filter(credited_quantity__lt=F("quantity")))
    form = SupplierCreditForm(request.POST or None, lines=lines)
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            credit = crediting.request_credit(order.supplier, form.credited(), reason=form.cleaned_data["reason"])
            messages.success(request, f"{credit} is asked for.")
            return redirect("supplier-credit", credit.pk)
    context = {"order": order, "form": form, "rows": form.rows()}
    return render(request, "workshop/supplier_credit_new.html", context, status=422 if form.errors else 200)


def found_credit(pk: int) -> SupplierCredit:
    return get_object_or_404(SupplierCredit.objects.select_related("supplier"), pk=pk)


@reads("view_suppliercredit")
def credit(request: GarageRequest, pk: int) -> HttpResponse:
    return show_credit(request, found_credit(pk))


def show_credit(request: GarageRequest, credit: SupplierCredit, **forms: Any) -> HttpResponse:
    context: dict[str, Any] = {
        "credit": credit,
        "lines": credit.lines.select_related("tax_rate", "receipt_line__order_line__order"),
        "allocations": credit.allocations.filter(removed_at=None).select_related("bill"),
        "finalise_form": FinaliseCreditForm(initial={"date": request.garage.today()}),
        "void_form": ReasonForm(),
    }
    if credit.remaining and may(request.user, "add_suppliercreditallocation"):
        context["use_form"] = UseCreditForm(credit=credit)
    context |= forms
    refused = any(form.errors for form in forms.values())
    return render(request, "workshop/supplier_credit.html", context, status=422 if refused else 200)


@changes("finalise_purchase")
def credit_finalise(request: GarageRequest, pk: int) -> HttpResponse:
    credit = found_credit(pk)
    form = FinaliseCreditForm(request.POST)
    if form.is_valid():
        with refusals_on(form):
            crediting.finalise_credit(credit, **form.cleaned_data)
            messages.success(request, f"{credit} is finalised.")
            return redirect("supplier-credit", pk)
    return show_credit(request, credit, finalise_form=form)


@changes("add_suppliercredit")
def credit_cancel(request: GarageRequest, pk: int) -> HttpResponse:
    credit = found_credit(pk)
    with refusals_told(request):
        crediting.cancel_credit(credit)
        messages.success(request, f"{credit} is taken back.")
    return redirect("supplier-credit", pk)


@changes("add_suppliercreditallocation")
def credit_use(request: GarageRequest, pk: int) -> HttpResponse:
    credit = found_credit(pk)
    form = UseCreditForm(request.POST, credit=credit)
    if form.is_valid():
        with refusals_on(form):
            allocation = allocating.allocate_credit(credit, **form.cleaned_data)
            messages.success(request, f"{allocation.amount:,.2f} is used on {allocation.bill}.")
            return redirect("supplier-credit", pk)
    return show_credit(request, credit, use_form=form)


@changes("add_suppliercreditallocation")
def credit_take_off(request: GarageRequest, pk: int) -> HttpResponse:
    allocation = get_object_or_404(SupplierCreditAllocation.objects.select_related("bill"), pk=pk)
    with refusals_told(request):
        allocating.remove_allocation(allocation)
        messages.success(request, "The credit is free again.")
    if allocation.credit_id:
        return redirect("supplier-credit", allocation.credit_id)
    return redirect("bill", allocation.bill_id)


@changes("finalise_purchase")
def credit_void(request: GarageRequest, pk: int) -> HttpResponse:
    credit = found_credit(pk)
    form = ReasonForm(request.POST)
    if form.is_valid():
        with refusals_on(form):
            crediting.void_credit(credit, reason=form.cleaned_data["reason"])
            messages.success(request, f"{credit} is voided: its goods are here again.")
            return redirect("supplier-credit", pk)
    return show_credit(request, credit, void_form=form)
