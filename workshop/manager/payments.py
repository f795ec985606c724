"""Taking money, and taking it back."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect

from workshop import sales
from workshop.manager.access import GarageRequest, changes
from workshop.manager.forms.sales import PaymentForm, ReasonForm
from workshop.manager.invoice_page import found_invoice, show_invoice
from workshop.manager.once import once
from workshop.manager.refusals import refusals_on
from workshop.models import Payment


@changes("add_payment")
@once
def invoice_pay(request: GarageRequest, pk: int) -> HttpResponse:
    invoice = found_invoice(pk)
    form = PaymentForm(request.POST, invoice=invoice, today=request.garage.today())
    if form.is_valid():
        with refusals_on(form):
            payment = sales.record_payment(invoice, **form.cleaned_data)
            messages.success(request, f"{payment.amount:,.2f} received by {payment.method}.")
            return redirect("invoice", pk)
    return show_invoice(request, invoice, payment_form=form)


@changes("reverse_payment")
def payment_reverse(request: GarageRequest, pk: int) -> HttpResponse:
    payment = get_object_or_404(Payment, pk=pk)
    form = ReasonForm(request.POST, auto_id="reverse_%s")
    if form.is_valid():
        with refusals_on(form):
            sales.reverse_payment(payment, reason=form.cleaned_data["reason"])
            messages.success(request, f"Payment {payment.number} is reversed.")
            return redirect("invoice", payment.invoice_id)
    return show_invoice(request, found_invoice(payment.invoice_id), reverse_form=form, reversing=payment.pk)
