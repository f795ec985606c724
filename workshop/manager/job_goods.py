"""What a job needs bought: on the purchase list, on an order, here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from workshop.manager.access import GarageRequest, changes, edits, may
from workshop.manager.forms.purchasing import OrderJobLineForm
from workshop.manager.refusals import refusals_on, refusals_told
from workshop.models import Job, JobLine, PurchaseLine, Supply
from workshop.purchasing import ordering


@dataclass(frozen=True)
class Standing:
    """Where the goods of a job's line are: ``level`` colours it."""

    words: str
    level: str
    order: int | None = None


def standings(lines: Iterable[JobLine]) -> dict[int, Standing]:
    """For the lines that are ordered for the job, by line; one query."""
    wanted = {line.pk: Standing("To be ordered", "warn") for line in lines if line.supply == Supply.JOB_ORDER}
    if wanted:
        bought = ordering.live(PurchaseLine.objects.filter(job_line__in=wanted)).select_related("order").order_by("pk")
        wanted |= {line.job_line_id or 0: _standing(line) for line in bought}
    return wanted


def _standing(line: PurchaseLine) -> Standing:
    number, draft = line.order.number, line.order.status == "draft"
    if line.received_quantity >= line.quantity:
        return Standing(f"Here, {number}", "completed", line.order_id)
    if line.received_quantity:
        return Standing(f"Partly here, {number}", "in_progress", line.order_id)
    return Standing(f"On draft {number}" if draft else f"Ordered, {number}", "in_progress", line.order_id)


def _line(request: GarageRequest, pk: int) -> JobLine:
    seen = Job.objects.visible_to(request.user)
    return get_object_or_404(JobLine.objects.select_related("job", "part"), pk=pk, job__in=seen)


@changes("add_purchaseline")
def line_need(request: GarageRequest, pk: int) -> HttpResponse:
    line = _line(request, pk)
    with refusals_told(request):
        ordering.need_for_job(line)
        messages.success(request, f"{line.description} is on the purchase list.")
    return redirect("job", line.job_id)


@changes("add_purchaseline")
def line_not_needed(request: GarageRequest, pk: int) -> HttpResponse:
    line = _line(request, pk)
    with refusals_told(request):
        ordering.no_longer_needed(line)
        messages.success(request, f"{line.description} is off the purchase list.")
    return redirect("job", line.job_id)


@edits("add_purchaseorder")
def line_order(request: GarageRequest, pk: int) -> HttpResponse:
    line = _line(request, pk)
    form = OrderJobLineForm(request.POST or None, line=line, sees_costs=may(request.user, "see_costs"))
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            fields = form.verb_fields()
            order = ordering.order_for_job_line(line, fields.pop("supplier"), **fields).order
            messages.success(request, f"{line.description} is on {order}, a draft for {order.supplier}.")
            return redirect("job", line.job_id)
    context = {"line": line, "job": line.job, "form": form}
    return render(request, "workshop/line_order.html", context, status=422 if form.errors else 200)
