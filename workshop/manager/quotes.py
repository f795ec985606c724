"""Quotes: an offer made of the job's lines, decided line by line."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from workshop import jobs
from workshop.manager.access import GarageRequest, changes, edits, reads
from workshop.manager.forms.document_lines import DocumentLineFormSet
from workshop.manager.forms.jobs import QuoteForm
from workshop.manager.forms.quotes import DecisionForm
from workshop.manager.forms.sales import QuoteChargesForm
from workshop.manager.job_card import show_job, visible_job
from workshop.manager.refusals import refusals_on, refusals_told
from workshop.models import Quote
from workshop.pricing import document_lines, tax_by_rate, totals_of

REVISED = {Quote.Status.DRAFT, Quote.Status.SENT, Quote.Status.DECLINED}


@changes("add_quote")
def quote_new(request: GarageRequest, pk: int) -> HttpResponse:
    job = visible_job(request, pk)
    form = QuoteForm(request.POST, today=request.garage.today())
    if form.is_valid():
        with refusals_on(form):
            offer = jobs.quote(job, **form.cleaned_data)
            return redirect("quote", offer.pk)
    return show_job(request, job, quote_form=form)


@reads("view_quote")
def quote(request: GarageRequest, pk: int) -> HttpResponse:
    return _show(request, _visible_quote(request, pk))


@changes("change_quote")
def quote_send(request: GarageRequest, pk: int) -> HttpResponse:
    offer = _visible_quote(request, pk)
    with refusals_told(request):
        jobs.send_quote(offer)
        messages.success(request, f"Quote {offer} is marked as sent.")
    return redirect("quote", pk)


@changes("change_quote")
def quote_decide(request: GarageRequest, pk: int) -> HttpResponse:
    offer = _visible_quote(request, pk)
    form = DecisionForm(request.POST, lines=list(offer.lines.all()))
    if form.is_valid():
        with refusals_on(form):
            offer = jobs.decide_quote(offer, form.approved(), **form.who())
            messages.success(request, f"Quote {offer} is {offer.get_status_display().lower()}.")
            return redirect("quote", pk)
    return _show(request, offer, form)


@edits("change_quote")
def quote_edit(request: GarageRequest, pk: int) -> HttpResponse:
    """A draft is rewritten; what was sent already gets its next version."""
    offer = _visible_quote(request, pk)
    form = QuoteChargesForm(request.POST or None, initial=offer.charges() | {"expires_on": offer.expires_on})
    lines = DocumentLineFormSet.of(offer, request.POST or None)
    if request.method == "POST" and form.is_valid() and lines.is_valid():
        with refusals_on(form):
            latest = jobs.revise_quote(offer, lines.rows(), **form.cleaned_data)
            messages.success(request, f"Quote {latest} is saved.")
            return redirect("quote", latest.pk)
    context = {"quote": offer, "form": form, "lines": lines}
    refused = form.errors or (lines.is_bound and not lines.is_valid())
    return render(request, "workshop/quote_edit.html", context, status=422 if refused else 200)


def _visible_quote(request: GarageRequest, pk: int) -> Quote:
    offer = get_object_or_404(Quote, pk=pk)
    offer.job = visible_job(request, offer.job_id)
    return offer


def _show(request: GarageRequest, offer: Quote, form: DecisionForm | None = None) -> HttpResponse:
    lines = list(offer.lines.select_related("part", "tax_rate"))
    context: dict[str, Any] = {"quote": offer, "lines": lines, "form": form or DecisionForm(lines=lines)}
    priced = document_lines(lines, offer.tax_mode, **offer.charges())
    context |= {
        "totals": totals_of(priced, offer.tax_mode),
        "taxes": tax_by_rate(priced),
        "extras": priced[len(lines) :],
    }
    context["editable"] = offer.status in REVISED and offer.job.editable
    context["open"] = offer.status in {Quote.Status.DRAFT, Quote.Status.SENT} and offer.job.editable
    context["expired"] = offer.expired(request.garage.today())
    return render(request, "workshop/quote.html", context, status=422 if form else 200)
