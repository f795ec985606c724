"""Goods received, and the bills for them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from workshop.errors import OverReceipt
from workshop.manager.access import GarageRequest, changes, edits, may, reads
from workshop.manager.forms.purchasing import BillForm, CorrectForm, LateCostForm, ReceiveForm
from workshop.manager.forms.sales import ReasonForm
from workshop.manager.orders import found_order
from workshop.manager.pages import page_of, words_of
from workshop.manager.refusals import refusals_on, refusals_told
from workshop.models import Bill, Receipt
from workshop.money import ZERO
from workshop.purchasing import billing, correcting, receiving
from workshop.purchasing.documents import freight_is_expense
from workshop.purchasing.landing import lines_of

BILL_FILTERS = {"unpaid": "Unpaid", "paid": "Paid", "voided": "Voided", "all": "All"}
UNPAID = [Bill.Status.AWAITING_PAYMENT, Bill.Status.PART_PAID]


@edits("add_receipt")
def order_receive(request: GarageRequest, pk: int) -> HttpResponse:
    """Where more came than was ordered the page asks, with everything typed still there."""
    order = found_order(pk)
    lines = list(order.lines.select_related("part", "job"))
    form = ReceiveForm(
        request.POST or None,
        lines=lines,
        today=request.garage.today(),
        freight=receiving.expected_freight(order),
        sees_costs=may(request.user, "see_costs"),
    )
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            try:
                receipt = receiving.receive(order, form.received(), **form.verb_fields())
            except OverReceipt:
                form.asks = True
                raise
            messages.success(request, f"{receipt} is in.")
            return redirect("order", pk)
    context = {"order": order, "form": form, "rows": form.rows()}
    return render(request, "workshop/order_receive.html", context, status=422 if form.errors else 200)


def found_receipt(pk: int) -> Receipt:
    return get_object_or_404(Receipt.objects.select_related("order__supplier", "bill"), pk=pk)


@changes("add_receipt")
def receipt_undo(request: GarageRequest, pk: int) -> HttpResponse:
    receipt = found_receipt(pk)
    with refusals_told(request):
        receiving.undo_receipt(receipt)
        messages.success(request, f"{receipt} is undone: nothing came.")
    return redirect("order", receipt.order_id)


@edits("finalise_purchase")
def receipt_bill(request: GarageRequest, pk: int) -> HttpResponse:
    receipt = found_receipt(pk)
    lines = list(lines_of(receipt=receipt))
    expense = freight_is_expense(receipt.order.supplier)
    freight = receipt.order.freight if expense else sum((line.freight for line in lines), ZERO)
    first = {"date": request.garage.today(), "freight": freight}
    form = BillForm(request.POST or None, lines=lines, initial=first)
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            bill = billing.finalise(receipt, **form.verb_fields())
            messages.success(request, f"Bill {bill.number} is entered.")
            return redirect("bill", bill.pk)
    context = {"receipt": receipt, "form": form, "rows": form.rows(), "expense": expense}
    return render(request, "workshop/receipt_bill.html", context, status=422 if form.errors else 200)


@edits("finalise_purchase")
def receipt_late_cost(request: GarageRequest, pk: int) -> HttpResponse:
    receipt = found_receipt(pk)
    form = LateCostForm(request.POST or None, initial={"date": request.garage.today()})
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            fields = dict(form.cleaned_data)
            bill = correcting.add_late_cost(receipt, fields.pop("supplier"), **fields)
            messages.success(request, f"Bill {bill.number} is entered.")
            return redirect("bill", bill.pk)
    context = {"receipt": receipt, "form": form}
    return render(request, "workshop/receipt_late_cost.html", context, status=422 if form.errors else 200)


@reads("view_bill")
def bill_list(request: GarageRequest) -> HttpResponse:
    """Bills, and above them what came and is not billed yet."""
    words = words_of(request)
    chosen = request.GET.get("show", "")
    chosen = chosen if chosen in BILL_FILTERS else "all" if words else "unpaid"
    bills = Bill.objects.select_related("supplier", "order")
    if chosen == "unpaid":
        bills = bills.filter(status__in=UNPAID)
    elif chosen != "all":
        bills = bills.filter(status=chosen)
    if words:
        bills = bills.filter(number__icontains=words) | bills.filter(supplier__name__icontains=words)
    waiting = Receipt.objects.filter(status=Receipt.Status.RECEIVED).select_related("order__supplier").order_by("date")
    context = {"page": page_of(request, bills), "filters": BILL_FILTERS, "chosen": chosen, "words": words}
    seen = {"waiting": waiting[:20], "today": request.garage.today()}
    return render(request, "workshop/bill_list.html", context | seen)


def found_bill(pk: int) -> Bill:
    return get_object_or_404(Bill.objects.select_related("supplier", "order"), pk=pk)


@reads("view_bill")
def bill(request: GarageRequest, pk: int) -> HttpResponse:
    return show_bill(request, found_bill(pk))


def show_bill(request: GarageRequest, bill: Bill, **forms: Any) -> HttpResponse:
    context = {
        "bill": bill,
        "receipt": Receipt.objects.filter(bill=bill).first(),
        "lines": bill.lines.select_related("tax_rate"),
        "allocations": bill.allocations.filter(removed_at=None).select_related("credit"),
        "open_credits": bill.supplier.supplier_credits.filter(remaining__gt=0) if bill.amount_due > 0 else (),
        "void_form": ReasonForm(),
        **forms,
    }
    refused = any(form.errors for form in forms.values())
    return render(request, "workshop/bill.html", context, status=422 if refused else 200)


@edits("finalise_purchase")
def bill_correct(request: GarageRequest, pk: int) -> HttpResponse:
    bill = found_bill(pk)
    lines = list(lines_of(receipt__bill=bill))
    on_the_bill = correcting.open_to_change(bill)
    form = CorrectForm(request.POST or None, lines=lines, initial={}, on_the_bill=on_the_bill)
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            fields = form.verb_fields()
            documents = correcting.correct_price(bill, fields.pop("unit_costs"), **fields)
            messages.success(request, f"Corrected: {', '.join(str(document) for document in documents)}.")
            return redirect("bill", pk)
    context = {"bill": bill, "form": form, "rows": form.rows(), "on_the_bill": on_the_bill}
    return render(request, "workshop/bill_correct.html", context, status=422 if form.errors else 200)


@changes("finalise_purchase")
def bill_void(request: GarageRequest, pk: int) -> HttpResponse:
    bill = found_bill(pk)
    form = ReasonForm(request.POST)
    if form.is_valid():
        with refusals_on(form):
            billing.void_bill(bill, reason=form.cleaned_data["reason"])
            messages.success(request, f"Bill {bill.number} is voided.")
            return redirect("bill", pk)
    return show_bill(request, bill, void_form=form)
