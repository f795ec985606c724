"""The page of what goes to Xero in bulk: earlier documents, and those that a new mapping books otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django_htmx.http import HttpResponseClientRefresh

from accounting_sync import export_runs
from accounting_sync.documents import DOCUMENTS
from accounting_sync.models import Connection, Worker
from accounting_sync.pages.forms import StartDateForm
from accounting_sync.tieout import latest
from workshop.errors import WorkshopError
from workshop.manager.access import GarageRequest, changes, reads

MAP = "accounting_sync.map_accounting"


@dataclass(frozen=True)
class KindCount:
    label: str
    count: int


@reads(MAP)
def earlier_documents(request: GarageRequest) -> HttpResponse:
    """The whole page; for htmx, while documents are under way, only how far they are."""
    connection = Connection.objects.live().first()
    if connection is None:
        return redirect("accounting:connection")
    last = connection.export_runs.select_related("started_by").first()
    under_way = last if last and last.finished_at is None else None
    context: dict[str, Any] = {"connection": connection, "last": last}
    context["progress"] = export_runs.progress(under_way) if under_way else None
    if request.htmx:
        return _how_far(request, context)
    context["at_most"] = None if under_way else export_runs.resync_at_most(connection)
    form = StartDateForm(request.GET or None, initial={"start_date": connection.start_date})
    if "start_date" in request.GET and form.is_valid():
        context |= _counted(connection, form.cleaned_data["start_date"])
    tie_out = latest(connection)
    context["tie_out"] = tie_out if tie_out and last and last.finished_at else None
    context["stuck"] = export_runs.stuck(last).count() if last and last.finished_at else 0
    return render(request, "accounting_sync/earlier_documents.html", context | {"form": form})


def _how_far(request: GarageRequest, context: dict[str, Any]) -> HttpResponse:
    if context["progress"] is None:
        return HttpResponseClientRefresh()
    return render(request, "accounting_sync/export_progress.html", context)


def _counted(connection: Connection, day: date | None) -> dict[str, Any]:
    """What the day would let go, before anything goes."""
    counts = export_runs.by_kind(export_runs.held_back(connection, day))
    kinds = [KindCount(DOCUMENTS[kind].label, count) for kind, count in counts.items() if count]
    looked_through = Worker.objects.exclude(swept_at=None).exists()
    return {
        "counted": True,
        "looked_through": looked_through,
        "day": day,
        "counts": kinds,
        "count": sum(counts.values()),
    }


@changes(MAP)
def resync(request: GarageRequest) -> HttpResponse:
    connection = Connection.objects.live().first()
    if connection is None:
        return redirect("accounting:connection")
    try:
        export_runs.resync(connection, request.user)
    except WorkshopError as refusal:
        messages.error(request, refusal.sentence)
    return redirect("accounting:earlier-documents")


@changes(MAP)
def pause_export(request: GarageRequest) -> HttpResponse:
    if connection := Connection.objects.live().first():
        export_runs.pause(connection)
        messages.success(request, "Nothing more of these is sent until you resume. Today's work goes on.")
    return redirect("accounting:earlier-documents")


@changes(MAP)
def resume_export(request: GarageRequest) -> HttpResponse:
    if connection := Connection.objects.live().first():
        export_runs.resume(connection)
        messages.success(request, "They are on their way again.")
    return redirect("accounting:earlier-documents")
