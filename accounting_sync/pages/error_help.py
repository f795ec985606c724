"""The error catalogue to read: every state and message, why it comes about and what cures it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render

from accounting_sync import diagnostics
from accounting_sync.causes import DOES, WHY
from accounting_sync.decisions import DECISIONS
from accounting_sync.errors import BY_CODE, CATALOGUE, Cure
from accounting_sync.models import State, SyncRecord
from accounting_sync.standing import TONES, in_use
from workshop.manager.access import GarageRequest, reads

VIEW = "accounting_sync.view_syncrecord"
SHOWN = 20
PAGES = {
    "reissue": "Credit and reissue",
    "mapping": "Choose in the mapping",
    "unskip": "Send it after all",
    "exclude": "Do not export, do not import",
}


@dataclass(frozen=True)
class Entry:
    cure: Cure
    words: str
    tone: str
    count: int

    @property
    def why(self) -> str:
        return WHY[self.cure.code]

    @property
    def buttons(self) -> list[tuple[str, str]]:
        """The words of each, and what it does."""
        return [(PAGES.get(name) or DECISIONS[name][1], DOES[name]) for name in self.cure.buttons]


@reads(VIEW)
def error_help(request: GarageRequest) -> HttpResponse:
    """All of them, those that stand now first, narrowed down by words."""
    words = request.GET.get("q", "").strip().casefold()
    entries = [
        entry for entry in _entries() if words in f"{entry.cure.sentence} {entry.cure.cure} {entry.why}".casefold()
    ]
    entries.sort(key=lambda entry: not entry.count)
    return render(request, "accounting_sync/help.html", {"entries": entries, "words": request.GET.get("q", "")})


@reads(VIEW)
def help_page(request: GarageRequest, code: str) -> HttpResponse:
    if code not in BY_CODE:
        raise Http404
    entry = next(entry for entry in _entries() if entry.cure.code == code)
    records = in_use().filter(code=code).order_by("-since")[:SHOWN]
    return render(request, "accounting_sync/help_entry.html", {"entry": entry, "records": records})


def _entries() -> list[Entry]:
    counts = dict(in_use().exclude(code="").order_by().values_list("code").annotate(n=Count("pk")))
    return [_entry(cure, counts.get(cure.code, 0)) for cure in CATALOGUE]


def _entry(cure: Cure, count: int) -> Entry:
    return Entry(cure, State(cure.state).label, TONES[cure.state], count)


@reads(VIEW)
def diagnostic_file(request: GarageRequest, pk: int) -> HttpResponse:
    """What support needs to look into one record; nothing about anybody is in it."""
    record = get_object_or_404(SyncRecord.objects.select_related("connection"), pk=pk)
    response = HttpResponse(diagnostics.as_text(record), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="{record.kind}-{record.object_id}.json"'
    return response
