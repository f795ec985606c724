"""The job card: what is wrong, what is done about it, and what it comes to."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from workshop import jobs, money
from workshop.errors import ChangedMeanwhile, InvalidInput
from workshop.manager.access import GarageRequest, changes, edits, may, reads
from workshop.manager.forms.jobs import ArrivalForm, CancelForm, FlagsForm, JobForm, QuoteForm
from workshop.manager.forms.lines import LineForm, kinds_for
from workshop.manager.forms.sales import DepositForm
from workshop.manager.job_goods import standings
from workshop.manager.refusals import refusals_on, refusals_told
from workshop.models import Job, JobLine, LineKind
from workshop.pricing import document_lines, tax_by_rate, totals_of

S = Job.Status
TRACK = [S.BOOKED, S.ARRIVED, S.IN_PROGRESS, S.COMPLETED, S.INVOICED, S.COLLECTED]


def visible_job(request: GarageRequest, pk: int) -> Job:
    """404 for somebody else's job as for one that is not there: its number is nobody's business."""
    jobs_seen = Job.objects.visible_to(request.user)
    return get_object_or_404(jobs_seen.select_related("customer", "bill_to", "vehicle", "technician"), pk=pk)


@reads("view_job")
def job(request: GarageRequest, pk: int) -> HttpResponse:
    return show_job(request, visible_job(request, pk))


def show_job(request: GarageRequest, job: Job, *, line_form: LineForm | None = None, **forms: Any) -> HttpResponse:
    """The whole card, or only its lines where htmx asks for them; 422 when a form was refused."""
    lines = list(job.lines.select_related("part", "tax_rate"))
    today = request.garage.today()
    shown = {"arrival_form": ArrivalForm(), "quote_form": QuoteForm(today=today)} | forms
    form = line_form or _wanted_line_form(request, job, lines)
    context = {"job": job, "lines": lines, "line_form": form, **shown, **job_totals(job, lines)}
    context["goods"] = standings(lines)
    context["line_kinds"] = [(kind, LineKind(kind).label) for kind in kinds_for(request.user)]
    if not request.htmx:
        context = {**_surroundings(request, job), **_money_held(request, job), **context}
    refused = any(form.is_bound and form.errors for form in [line_form, *forms.values()] if form)
    template = "workshop/job.html#lines" if request.htmx else "workshop/job.html"
    return render(request, template, context, status=422 if refused else 200)


def _surroundings(request: GarageRequest, job: Job) -> dict[str, Any]:
    vehicle = job.vehicle
    return {
        "track": TRACK,
        "passed": TRACK.index(S(job.status)) if job.status in TRACK else -1,
        "flags_form": FlagsForm(initial={name: getattr(job, name) for name in FlagsForm.base_fields}),
        "invoice": job.invoices.standing().first(),
        "quotes": job.quotes.all() if may(request.user, "view_quote") else [],
        "phones": job.customer.phones.all() if may(request.user, "see_contact_details") else [],
        "lots": job.lots.exclude(quantity=0).select_related("part") if may(request.user, "view_joblot") else [],
        "last_odometer": vehicle.odometer_readings.first() if vehicle else None,
    }


def _money_held(request: GarageRequest, job: Job) -> dict[str, Any]:
    deposits = list(job.deposits.select_related("method")) if may(request.user, "view_deposit") else []
    held = sum((deposit.remaining for deposit in deposits), money.ZERO)
    return {
        "deposits": deposits,
        "held": held,
        "deposit_form": DepositForm(today=request.garage.today()),
        "cancel_form": CancelForm(held=bool(held), may_refund=may(request.user, "add_refund")),
    }


def _wanted_line_form(request: GarageRequest, job: Job, lines: list[JobLine]) -> LineForm | None:
    """?add=part opens an empty form, ?edit=7 the form of that line; both work without JavaScript."""
    if not job.editable:
        return None
    prices = may(request.user, "see_prices")
    add, edit = request.GET.get("add"), request.GET.get("edit", "")
    if add in kinds_for(request.user) and may(request.user, "add_jobline"):
        return LineForm(kind=add, sees_prices=prices)
    line = next((line for line in lines if str(line.pk) == edit), None)
    if line and line.kind in kinds_for(request.user) and may(request.user, "change_jobline"):
        return LineForm(kind=line.kind, line=line, sees_prices=prices)
    return None


def job_totals(job: Job, lines: list[JobLine]) -> dict[str, Any]:
    """What an invoice would come to now; or, where there can be none yet, why."""
    empty = {"totals": money.Totals(money.ZERO, money.ZERO, money.ZERO), "taxes": {}}
    if not lines:
        return empty
    try:
        invoiced = document_lines(lines, job.tax_mode, **job.charges())
    except InvalidInput as refusal:
        return empty | {"no_total": refusal.sentence}
    extras = invoiced[len(lines) :]
    return {"totals": totals_of(invoiced, job.tax_mode), "taxes": tax_by_rate(invoiced), "extras": extras}


@edits("change_job")
def job_edit(request: GarageRequest, pk: int) -> HttpResponse:
    job = visible_job(request, pk)
    form = JobForm(request.POST or None, job=job, sees_prices=may(request.user, "see_prices"))
    stale = False
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            try:
                jobs.edit(job, **form.cleaned_data)
            except ChangedMeanwhile:
                stale = True
                raise
            messages.success(request, "Saved.")
            return redirect("job", pk)
    context = {"job": job, "form": form, "stale": stale}
    return render(request, "workshop/job_edit.html", context, status=422 if form.errors else 200)


@changes("change_job")
def job_flags(request: GarageRequest, pk: int) -> HttpResponse:
    job = visible_job(request, pk)
    form = FlagsForm(request.POST)
    with refusals_told(request):
        if form.is_valid():
            jobs.edit(job, **form.cleaned_data)
    return redirect("job", pk)
