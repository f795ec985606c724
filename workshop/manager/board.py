"""The workboard: where every car stands."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Max
from django.http import HttpResponse
from django.shortcuts import render

from workshop.manager.access import GarageRequest, reads
from workshop.models import Invoice, Job

S = Job.Status
COLUMNS = [S.BOOKED, S.ARRIVED, S.IN_PROGRESS, S.COMPLETED, S.INVOICED]
CARDS = 40  # a column longer than this is a list, not a board


@dataclass(frozen=True)
class Column:
    status: Job.Status
    jobs: list[Job]
    count: int

    @property
    def hidden(self) -> int:
        return self.count - len(self.jobs)


@reads("view_job")
def workboard(request: GarageRequest) -> HttpResponse:
    return show_board(request)


@reads("view_job")
def version(request: GarageRequest) -> HttpResponse:
    """204 while the board is as the page last saw it; afterwards a bar that offers to show it again."""
    stamp = board_version(request)
    if request.GET.get("seen") == stamp:
        return HttpResponse(status=204)
    response = render(request, "workshop/board.html#stale", {"mine": _mine(request)})
    response["HX-Trigger"] = "boardChanged"
    return response


def show_board(request: GarageRequest) -> HttpResponse:
    """The whole page, or only the board where htmx asks for it."""
    template = "workshop/board.html#board" if request.htmx else "workshop/board.html"
    context = {"columns": _columns(request), "mine": _mine(request), "version": board_version(request)}
    return render(request, template, context)


def _columns(request: GarageRequest) -> list[Column]:
    by_status: dict[str, list[Job]] = {status: [] for status in COLUMNS}
    jobs = Job.objects.visible_to(request.user).filter(status__in=COLUMNS)
    if _mine(request):
        jobs = jobs.filter(technician=request.user)
    for job in jobs.select_related("customer", "vehicle", "technician").order_by("promised_at", "id"):
        by_status[job.status].append(job)
    return [Column(status, by_status[status][:CARDS], len(by_status[status])) for status in COLUMNS]


def _mine(request: GarageRequest) -> bool:
    return request.GET.get("mine") == "1"


def board_version(request: GarageRequest) -> str:
    """Changes whenever something on the board does."""
    jobs = Job.objects.visible_to(request.user).aggregate(last=Max("updated_at"), count=Count("id"))
    invoices = Invoice.objects.aggregate(last=Max("updated_at"))
    return f"{jobs['last']}-{jobs['count']}-{invoices['last']}"
