"""Deposits: taken on the job card, looked at, used and refunded on a page of their own."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from workshop import deposits
from workshop.manager.access import GarageRequest, changes, may, reads
from workshop.manager.forms.sales import AllocationForm, DepositForm, RefundForm
from workshop.manager.job_card import show_job, visible_job
from workshop.manager.pages import page_of, words_of
from workshop.manager.refusals import refusals_on
from workshop.models import Deposit

FILTERS = {"held": "Held", "all": "All"}


@reads("view_deposit")
def deposit_list(request: GarageRequest) -> HttpResponse:
    words = words_of(request)
    chosen = request.GET.get("show", "")
    chosen = chosen if chosen in FILTERS else "all" if words else "held"
    rows = Deposit.objects.select_related("customer", "job__vehicle", "method")
    rows = rows.held() if chosen == "held" else rows
    found = rows.search(words) if words else rows
    context = {"page": page_of(request, found), "filters": FILTERS, "chosen": chosen, "words": words}
    return render(request, "workshop/deposit_list.html", context | {"held": Deposit.objects.total_held()})


@reads("view_deposit")
def deposit(request: GarageRequest, pk: int) -> HttpResponse:
    return show_deposit(request, found_deposit(pk))


def found_deposit(pk: int) -> Deposit:
    rows = Deposit.objects.select_related("customer", "job__vehicle", "method", "tax_rate")
    return get_object_or_404(rows, pk=pk)


def show_deposit(request: GarageRequest, deposit: Deposit, **forms: Any) -> HttpResponse:
    """422 when a form on it was refused; what was typed stands in it."""
    context: dict[str, Any] = {
        "deposit": deposit,
        "allocations": deposit.allocations.filter(removed_at=None).select_related("invoice"),
        "refunds": deposit.refunds.select_related("method"),
    }
    if deposit.remaining and may(request.user, "add_creditallocation"):
        context["form"] = AllocationForm(note=deposit)
    if deposit.remaining and may(request.user, "add_refund"):
        context["refund_form"] = RefundForm(credit=deposit, today=request.garage.today())
    return render(request, "workshop/deposit.html", context | forms, status=422 if forms else 200)


@changes("add_deposit")
def job_deposit(request: GarageRequest, pk: int) -> HttpResponse:
    job = visible_job(request, pk)
    form = DepositForm(request.POST, today=request.garage.today())
    if form.is_valid():
        with refusals_on(form):
            taken = deposits.take_deposit(job, **form.cleaned_data)
            messages.success(request, f"{taken.amount:,.2f} received by {taken.method}. {taken} is held for {job}.")
            return redirect("job", pk)
    return show_job(request, job, deposit_form=form)


@changes("add_creditallocation")
def deposit_allocate(request: GarageRequest, pk: int) -> HttpResponse:
    held = found_deposit(pk)
    form = AllocationForm(request.POST, note=held)
    if form.is_valid():
        with refusals_on(form):
            allocation = deposits.allocate_deposit(held, **form.cleaned_data)
            messages.success(request, f"{allocation.amount:,.2f} is used on {allocation.invoice}.")
            return redirect("deposit", pk)
    return show_deposit(request, held, form=form)
