"""The page that proves both sides agree, or shows what does not, why, and what to do about it."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Page
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django_htmx.http import HttpResponseClientRefresh

from accounting_sync import connections, links
from accounting_sync.decisions import NotOffered
from accounting_sync.models import Connection, SyncRecord, TieOutDifference, TieOutRun
from accounting_sync.pages import panels
from accounting_sync.pages.panels import DECIDE, RETRY, Button
from accounting_sync.standing import standing
from accounting_sync.tieout import cures, run, summary
from accounting_sync.tieout.theirs import LISTS
from accounting_sync.walk import Incomplete
from accounting_sync.xero.oauth import ConnectionLost
from accounting_sync.xero.transport import NoAnswer, NotSent
from workshop.errors import WorkshopError
from workshop.manager.access import GarageRequest, changes, may, reads, require
from workshop.manager.pages import page_of
from workshop.part_files import harmless

VIEW = "accounting_sync.view_connection"
Kind, Reason, Verdict = TieOutDifference.Kind, TieOutDifference.Reason, TieOutDifference.Verdict
WHAT_TO_DO = {
    Reason.CHANGED: "Accept Xero's version, or send ours over it.",
    Reason.GONE: "Undo it here too, or send it again as new.",
    Reason.MISSING: "Xero's complete list does not show it. Look at it and decide.",
    Reason.TWICE: "Void the one too many in Xero, then tie out once more.",
    Reason.NOT_LINKED: "It carries our address in Xero, but no record here is linked to it. Link it, or void it there.",
    Reason.NOT_READ: "It is read by itself at the next poll, or now.",
    Reason.REFUSED: "The record says what stands in the way.",
    Reason.ARCHIVED: "Archive it here too, or restore it in Xero before the next invoice.",
    Reason.UNEXPLAINED: "Look at both, and decide which one counts.",
    Reason.UNSENT: "It goes to Xero by itself.",
    Reason.BY_DECISION: "Nothing to do, unless it shall be sent after all.",
    Reason.FOREIGN: "Nothing to do: the accountant's own documents count in Xero alone.",
    Reason.MOVING: "Nothing to do: the next tie-out shows it as it is then.",
}


@dataclass(frozen=True)
class Line:
    """One difference as the list shows it."""

    difference: TieOutDifference
    words: str
    what_to_do: str
    url: str
    xero_url: str
    buttons: list[Button]


@reads(VIEW)
def tie_out_page(request: GarageRequest) -> HttpResponse:
    """The whole page; for htmx, while a run is under way, only how far it is."""
    connection = Connection.objects.live().first()
    if connection is None:
        return redirect("accounting:connection")
    last = connection.tie_outs.select_related("started_by").first()
    under_way = last if last and last.stage in TieOutRun.OPEN else None
    if request.htmx:
        if under_way is None:
            return HttpResponseClientRefresh()
        return render(request, "accounting_sync/tie_out_progress.html", _progress(under_way))
    context: dict[str, Any] = {"connection": connection, "last": last, "under_way": under_way}
    context |= _progress(under_way) if under_way else {}
    shown = run.latest(connection)
    return render(request, "accounting_sync/tie_out.html", context | (_found(request, shown) if shown else {}))


def _progress(under_way: TieOutRun) -> dict[str, Any]:
    """Reading is nearly all of it."""
    reading = LISTS[under_way.lists_read].resource if under_way.lists_read < len(LISTS) else ""
    percent = 5 + 90 * under_way.lists_read // len(LISTS)
    return {
        "under_way": under_way, "percent": percent, "reading": reading.lower(), "lists": len(LISTS),
        "held_back": run.held_back(under_way),
    }  # fmt: skip


def _found(request: GarageRequest, shown: TieOutRun) -> dict[str, Any]:
    numbers = summary.numbers(shown)
    kinds, months = summary.by_month(numbers)
    differences, asked = asked_for(request, shown)
    page = page_of(request, differences.select_related("record__connection"))
    return {
        "run": shown, "tone": summary.tone_of(shown), "standing": summary.as_it_stands(numbers), "kinds": kinds,
        "months": months, "page": page, "lines": list(_lines(request, page)), "asked": asked,
        "back": request.get_full_path(),
    }  # fmt: skip


def asked_for(request: GarageRequest, shown: TieOutRun) -> tuple[QuerySet[TieOutDifference], dict[str, str]]:
    """By kind, month, verdict and customer; what is nonsense is not asked for."""
    given = request.GET
    asked: dict[str, str] = {}
    if given.get("kind") in Kind.values:
        asked["kind"] = given["kind"]
    if given.get("verdict") in Verdict.values:
        asked["verdict"] = given["verdict"]
    if month := _month(given.get("month", "")):
        asked["month"] = month.isoformat()
    if given.get("party", "").isdecimal() and len(given["party"]) < 19:
        asked["party_id"] = given["party"]
    words = {"kind": Kind(asked["kind"]).label} if "kind" in asked else {}
    words |= {"month": f"{month:%B %Y}"} if month else {}
    return shown.differences.filter(**asked).worst_first(), words


def _month(text: str) -> date | None:
    try:
        return datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007 (a month has no zone)
    except ValueError:
        return None


def _lines(request: GarageRequest, page: Page[TieOutDifference]) -> Iterable[Line]:
    for one in page:
        record = one.record
        yield Line(
            one,
            Reason(one.reason).label,
            standing(record).sentence if record and record.message else WHAT_TO_DO[Reason(one.reason)],
            _here(one),
            _in_xero(one),
            buttons(one, request.user),
        )


def _here(one: TieOutDifference) -> str:
    if one.object_id is None:
        return links.here(one.record.kind, one.record.object_id) if one.record else ""
    kind = "contact" if one.kind in {Kind.CUSTOMER, Kind.SUPPLIER} else one.kind
    return links.here(kind, one.object_id)


def _in_xero(one: TieOutDifference) -> str:
    """The document that differs: where it is one too many, that one, not the one we know."""
    if not one.remote_id or not one.record:
        return ""
    return links.in_xero(SyncRecord(connection=one.record.connection, kind=one.kind, remote_id=one.remote_id))


def buttons(one: TieOutDifference, user: Any) -> list[Button]:
    """The cure that fits the reason, then what the record itself offers."""
    found: list[Button] = []
    name = cures.offered(one)
    if name and may(user, DECIDE if cures.CURES[name][2] else RETRY):
        found.append(Button(reverse("accounting:tie-out-cure", args=[one.pk, name]), cures.CURES[name][1]))
    if one.reason == Reason.ARCHIVED and one.object_id and may(user, "change_customer"):
        found.append(Button(reverse("customer-archive", args=[one.object_id]), "Archive it here too"))
    if one.record and one.reason not in {Reason.TWICE, Reason.ARCHIVED}:
        found += panels.answers(one.record, user)
    return found


# Buttons


@changes(VIEW)
def tie_out_now(request: GarageRequest) -> HttpResponse:
    connection = Connection.objects.live().first()
    if connection is None:
        return redirect("accounting:connection")
    try:
        run.begin(connection, request.user)
    except WorkshopError as refusal:
        messages.error(request, refusal.sentence)
    return redirect("accounting:tie-out")


@changes()
def cure(request: GarageRequest, pk: int, name: str) -> HttpResponse:
    require(request, DECIDE if cures.CURES.get(name, (None, "", True))[2] else RETRY)
    one = get_object_or_404(TieOutDifference.objects.select_related("run__connection", "record__connection"), pk=pk)
    try:
        messages.success(request, cures.cure(one, name, request.user))
    except ConnectionLost as error:
        connections.lost(one.run.connection, error.cause)
        messages.error(request, str(error))
    except (NotSent, NoAnswer, Incomplete) as error:
        messages.error(request, f"{error} Nothing was changed; try again in a minute.")
    except NotOffered as refusal:
        messages.error(request, str(refusal))
    return redirect(panels.back_to(request, reverse("accounting:tie-out")))


HEAD = ["Verdict", "Reason", "Kind", "Date", "Document", "What", "Here", "In Xero", "Difference", "What to do"]


@reads(VIEW)
def tie_out_file(request: GarageRequest) -> HttpResponse:
    """What the list shows, all of it, for a spreadsheet."""
    connection = Connection.objects.live().first()
    shown = run.latest(connection) if connection else None
    if shown is None:
        return redirect("accounting:tie-out")
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    name = f"tie-out {shown.started_at.astimezone(request.garage.zone):%Y-%m-%d}"
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    writer = csv.writer(response)
    writer.writerow(HEAD)
    found, _ = asked_for(request, shown)
    writer.writerows([harmless(str(cell)) for cell in _cells(one)] for one in found.iterator())
    return response


def _cells(one: TieOutDifference) -> list[Any]:
    return [
        one.get_verdict_display(), one.get_reason_display(), one.get_kind_display(), one.dated or "", one.title,
        one.get_field_display(), one.ours, one.theirs, one.amount, WHAT_TO_DO[Reason(one.reason)],
    ]  # fmt: skip
