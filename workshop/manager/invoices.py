"""Issuing, listing, editing, redating, renumbering and voiding invoices."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.forms import model_to_dict
from django.http import HttpResponse
from django.shortcuts import redirect, render

from workshop import reissuing, sales
from workshop.manager.access import GarageRequest, changes, edits, may, reads
from workshop.manager.forms.document_lines import DocumentLineFormSet
from workshop.manager.forms.sales import InvoiceDateForm, InvoiceForm, IssueForm, ReasonForm, ReissueForm
from workshop.manager.invoice_page import found_invoice, show_invoice
from workshop.manager.job_card import job_totals, visible_job
from workshop.manager.once import once
from workshop.manager.pages import page_of, words_of
from workshop.manager.refusals import refusals_on, refusals_told
from workshop.models import Invoice, Job

FILTERS = {"unpaid": "Unpaid", "overdue": "Overdue", "paid": "Paid", "voided": "Voided", "all": "All"}
AROUND_LINES = ["reference", "due_date", "freight", "discount_amount", "discount_percent"]


@reads("view_invoice")
def invoice_list(request: GarageRequest) -> HttpResponse:
    words = words_of(request)
    chosen = request.GET.get("show", "")
    chosen = chosen if chosen in FILTERS else "all" if words else "unpaid"
    invoices = _chosen(Invoice.objects.select_related("customer", "vehicle"), chosen, request)
    if words:
        invoices = invoices.search(words)
    context = {"page": page_of(request, invoices), "filters": FILTERS, "chosen": chosen, "words": words}
    return render(request, "workshop/invoice_list.html", context | {"today": request.garage.today()})


def _chosen(invoices: Any, chosen: str, request: GarageRequest) -> Any:
    if chosen == "unpaid":
        return invoices.unpaid()
    if chosen == "overdue":
        return invoices.unpaid().filter(due_date__lt=request.garage.today())
    return invoices if chosen == "all" else invoices.filter(status=chosen)


@edits("invoice_job")
def job_invoice(request: GarageRequest, pk: int) -> HttpResponse:
    job = visible_job(request, pk)
    issued = job.invoices.live().first() if job.status == Job.Status.INVOICED else None
    if issued:  # pressed twice, or by two people
        messages.info(request, f"Invoiced already: this is {issued}.")
        return redirect("invoice", issued.pk)
    form = IssueForm(
        request.POST or None, today=request.garage.today(), may_backdate=may(request.user, "backdate_invoice")
    )
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            invoice = sales.issue_invoice(job, **form.cleaned_data)
            messages.success(request, f"{invoice} is issued.")
            return redirect("invoice", invoice.pk)
    lines = list(job.lines.select_related("part", "tax_rate"))
    context = {"job": job, "form": form, "lines": lines, **job_totals(job, lines)}
    return render(request, "workshop/job_invoice.html", context, status=422 if form.errors else 200)


@edits("change_invoice")
def invoice_edit(request: GarageRequest, pk: int) -> HttpResponse:
    invoice = found_invoice(pk)
    if locked := sales.why_locked(invoice):
        messages.error(request, locked)
        return redirect("invoice", pk)
    form = InvoiceForm(
        request.POST or None, initial=model_to_dict(invoice, AROUND_LINES) | {"version": invoice.version}
    )
    lines = DocumentLineFormSet.of(invoice, request.POST or None)
    if request.method == "POST" and form.is_valid() and lines.is_valid():
        with refusals_on(form):
            sales.edit_invoice(invoice, lines.rows(), **form.cleaned_data)
            messages.success(request, f"{invoice} is saved.")
            return redirect("invoice", pk)
    context = {"invoice": invoice, "form": form, "lines": lines}
    refused = form.errors or (lines.is_bound and not lines.is_valid())
    return render(request, "workshop/invoice_edit.html", context, status=422 if refused else 200)


@edits("add_creditnote", "change_invoice")
@once
def invoice_reissue(request: GarageRequest, pk: int) -> HttpResponse:
    """A copy to correct; sent, it credits the invoice and takes its place."""
    invoice = found_invoice(pk)
    around = model_to_dict(invoice, [name for name in AROUND_LINES if name != "due_date"])
    form = ReissueForm(request.POST or None, initial=around | {"version": invoice.version})
    lines = DocumentLineFormSet.of(invoice, request.POST or None)
    if request.method == "POST" and form.is_valid() and lines.is_valid():
        with refusals_on(form):
            again = reissuing.reissue_invoice(invoice, lines.rows(), **form.cleaned_data)
            messages.success(request, f"{invoice} is credited, and {again} takes its place.")
            return redirect("invoice", again.pk)
    context = {"invoice": invoice, "form": form, "lines": lines}
    refused = form.errors or (lines.is_bound and not lines.is_valid())
    return render(request, "workshop/invoice_reissue.html", context, status=422 if refused else 200)


@changes("void_invoice")
def invoice_void(request: GarageRequest, pk: int) -> HttpResponse:
    invoice = found_invoice(pk)
    form = ReasonForm(request.POST)
    if form.is_valid():
        with refusals_on(form):
            sales.void_invoice(invoice, reason=form.cleaned_data["reason"])
            messages.success(request, f"{invoice} is voided. Its number will not be used again.")
            return redirect("invoice", pk)
    return show_invoice(request, invoice, void_form=form)


@changes("backdate_invoice")
def invoice_redate(request: GarageRequest, pk: int) -> HttpResponse:
    invoice = found_invoice(pk)
    form = InvoiceDateForm(request.POST)
    if form.is_valid():
        with refusals_on(form):
            sales.redate_invoice(invoice, form.cleaned_data["date"])
            messages.success(request, f"{invoice} has its new date.")
            return redirect("invoice", pk)
    return show_invoice(request, invoice, date_form=form)


@changes("backdate_invoice")
def invoice_renumber(request: GarageRequest, pk: int) -> HttpResponse:
    invoice = found_invoice(pk)
    with refusals_told(request):
        renumbered = sales.renumber_invoice(invoice)
        messages.success(request, f"{invoice} is now {renumbered}.")
    return redirect("invoice", pk)
