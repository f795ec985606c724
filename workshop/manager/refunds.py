"""Giving money back, and taking that back."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect

from workshop import refunds
from workshop.manager.access import GarageRequest, changes
from workshop.manager.credit_notes import found_note, show_note
from workshop.manager.deposits import found_deposit, show_deposit
from workshop.manager.forms.sales import ReasonForm, RefundForm
from workshop.manager.refusals import refusals_on
from workshop.models import CreditNote, Deposit, Refund


@changes("add_refund")
def deposit_refund(request: GarageRequest, pk: int) -> HttpResponse:
    deposit = found_deposit(pk)
    form = RefundForm(request.POST, credit=deposit, today=request.garage.today())
    if _given(request, deposit, form):
        return redirect("deposit", pk)
    return show_deposit(request, deposit, refund_form=form)


@changes("add_refund")
def credit_note_refund(request: GarageRequest, pk: int) -> HttpResponse:
    note = found_note(pk)
    form = RefundForm(request.POST, credit=note, today=request.garage.today())
    if _given(request, note, form):
        return redirect("credit-note", pk)
    return show_note(request, note, refund_form=form)


def _given(request: GarageRequest, credit: Deposit | CreditNote, form: RefundForm) -> bool:
    if form.is_valid():
        with refusals_on(form):
            refund = refunds.give_refund(credit, **form.cleaned_data)
            messages.success(request, f"{refund.amount:,.2f} of {credit} is refunded by {refund.method}.")
            return True
    return False


@changes("reverse_refund")
def refund_reverse(request: GarageRequest, pk: int) -> HttpResponse:
    refund = get_object_or_404(Refund, pk=pk)
    form = ReasonForm(request.POST, auto_id="reverse_%s")
    if form.is_valid():
        with refusals_on(form):
            refunds.reverse_refund(refund, reason=form.cleaned_data["reason"])
            messages.success(request, f"Refund {refund.number} is reversed.")
            return redirect("deposit" if refund.deposit_id else "credit-note", refund.credit.pk)
    refused = {"reverse_form": form, "reversing": refund.pk}
    if refund.deposit_id:
        return show_deposit(request, found_deposit(refund.deposit_id), **refused)
    return show_note(request, found_note(refund.credit.pk), **refused)
