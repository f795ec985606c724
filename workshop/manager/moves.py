"""Moving a job along, and back."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from workshop import jobs
from workshop.job_states import permission_to_move
from workshop.manager.access import GarageRequest, changes, may, require
from workshop.manager.board import show_board
from workshop.manager.forms.jobs import ArrivalForm, CancelForm
from workshop.manager.job_card import show_job, visible_job
from workshop.manager.refusals import refusals_on, refusals_told
from workshop.manager.steps import VERBS, step_to, undo_permission
from workshop.models import Job


@changes("view_job")
def job_move(request: GarageRequest, pk: int) -> HttpResponse:
    job = visible_job(request, pk)
    step = step_to(request.POST.get("to", ""))
    if step is None:
        messages.error(request, "There is no such step.")
        return _back(request, job)
    require(request, permission_to_move(job, step.to))
    with refusals_told(request):
        job = VERBS[step.to](job)
        messages.success(request, f"{_named(job)} {step.done}.", extra_tags=reverse("job-move-back", args=[job.pk]))
    return _back(request, job)


@changes("move_job")
def job_arrive(request: GarageRequest, pk: int) -> HttpResponse:
    """The arrival with what is taken at the counter: odometer and key tag."""
    job = visible_job(request, pk)
    form = ArrivalForm(request.POST)
    if form.is_valid():
        with refusals_on(form):
            job = jobs.arrive(job, **form.cleaned_data)
            messages.success(request, f"{_named(job)} has arrived.", extra_tags=reverse("job-move-back", args=[pk]))
            return redirect("job", pk)
    return show_job(request, job, arrival_form=form)


@changes("view_job")
def job_move_back(request: GarageRequest, pk: int) -> HttpResponse:
    job = visible_job(request, pk)
    require(request, undo_permission(job))
    with refusals_told(request):
        job = jobs.move_back(job)
        messages.success(request, f"{_named(job)} is back to {job.get_status_display().lower()}.")
    return _back(request, job)


@changes("change_job")
def job_cancel(request: GarageRequest, pk: int) -> HttpResponse:
    job = visible_job(request, pk)
    held = job.deposits.held().exists()
    form = CancelForm(request.POST, held=held, may_refund=may(request.user, "add_refund"))
    if form.is_valid():
        with refusals_on(form):
            job = jobs.cancel(job, **form.cleaned_data)
            messages.success(request, f"{_named(job)} is cancelled.", extra_tags=reverse("job-move-back", args=[pk]))
            return redirect("job", pk)
    return show_job(request, job, cancel_form=form)


def _named(job: Job) -> str:
    return job.vehicle.rego or job.vehicle.vin if job.vehicle else str(job)


def _back(request: GarageRequest, job: Job) -> HttpResponse:
    """To the page the button stood on."""
    if request.htmx:
        return show_board(request)
    return redirect("workboard" if request.POST.get("back") == "board" else reverse("job", args=[job.pk]))
