"""All jobs, the finished and cancelled ones too."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from workshop.manager.access import GarageRequest, reads
from workshop.manager.pages import page_of, words_of
from workshop.models import Job

FILTERS = {"open": "Open", **dict(Job.Status.choices), "all": "All"}


@reads("view_job")
def job_list(request: GarageRequest) -> HttpResponse:
    words, chosen = words_of(request), request.GET.get("show", "")
    chosen = chosen if chosen in FILTERS else "all" if words else "open"
    jobs = Job.objects.visible_to(request.user).select_related("customer", "vehicle", "technician")
    if chosen != "all":
        jobs = jobs.open() if chosen == "open" else jobs.filter(status=chosen)
    if words:
        jobs = jobs.search(words)
    context = {"page": page_of(request, jobs), "filters": FILTERS, "chosen": chosen, "words": words}
    return render(request, "workshop/job_list.html", context)
