"""Adding, changing and removing the lines of a job."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from workshop import jobs
from workshop.manager.access import GarageRequest, changes, may
from workshop.manager.forms.lines import LineForm, kinds_for
from workshop.manager.job_card import show_job, visible_job
from workshop.manager.refusals import refusals_on, refusals_told
from workshop.models import Job, JobLine


@changes("add_jobline")
def line_add(request: GarageRequest, pk: int) -> HttpResponse:
    job = visible_job(request, pk)
    kind = _allowed_kind(request, request.POST.get("kind", ""))
    form = LineForm(request.POST, kind=kind, sees_prices=may(request.user, "see_prices"))
    if form.is_valid():
        with refusals_on(form):
            jobs.add_line(job, **form.line_fields())
            return _lines_of(request, job, adding=kind)
    return show_job(request, job, line_form=form)


@changes("change_jobline")
def line_edit(request: GarageRequest, pk: int) -> HttpResponse:
    line, job = _line(request, pk)
    form = LineForm(request.POST, kind=line.kind, line=line, sees_prices=may(request.user, "see_prices"))
    if form.is_valid():
        with refusals_on(form):
            jobs.edit_line(line, **form.line_fields())
            return _lines_of(request, job)
    return show_job(request, job, line_form=form)


@changes("delete_jobline")
def line_remove(request: GarageRequest, pk: int) -> HttpResponse:
    line, job = _line(request, pk)
    with refusals_told(request):
        jobs.remove_line(line)
    return _lines_of(request, job)


def _line(request: GarageRequest, pk: int) -> tuple[JobLine, Job]:
    line = get_object_or_404(JobLine.objects.select_related("part", "tax_rate"), pk=pk)
    _allowed_kind(request, line.kind)
    return line, visible_job(request, line.job_id)


def _allowed_kind(request: GarageRequest, kind: str) -> str:
    if kind not in kinds_for(request.user):
        raise PermissionDenied("Your role may not change this kind of line.")
    return kind


def _lines_of(request: GarageRequest, job: Job, adding: str = "") -> HttpResponse:
    """Back to the lines, with the form open for the next one of the same kind: work is entered in runs.

    No fragment in that address: the browser would take the focus from the open form.
    """
    if request.htmx:
        prices = may(request.user, "see_prices")
        form = LineForm(kind=adding, sees_prices=prices) if adding else None
        return show_job(request, visible_job(request, job.pk), line_form=form)
    return redirect(reverse("job", args=[job.pk]) + (f"?add={adding}" if adding else "#work"))
