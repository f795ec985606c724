"""The list of parts, and what is kept of each."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from workshop import parts
from workshop.manager.access import GarageRequest, changes, edits, may, reads
from workshop.manager.forms.parts import PartForm
from workshop.manager.pages import page_of, words_of
from workshop.manager.refusals import refusals_on, refusals_told
from workshop.models import Part
from workshop.stock.shelf import shelves


@reads("view_part")
def part_list(request: GarageRequest) -> HttpResponse:
    words, archived = words_of(request), request.GET.get("show") == "archived"
    found = Part.objects.exclude(archived_at=None) if archived else Part.objects.active()
    if words:
        found = found.search(words)
    page = page_of(request, found)
    context = {"page": page, "words": words, "archived": archived, "shelves": may(request.user, "view_stockpool")}
    if context["shelves"]:
        _put_shelves_on(list(page.object_list))
    return render(request, "workshop/part_list.html", context)


def _put_shelves_on(rows: list[Part]) -> None:
    known = shelves(row.pk for row in rows if row.stocked)
    for row in rows:
        row.shelf = known.get(row.pk)  # type: ignore[attr-defined]


@edits("add_part")
def part_new(request: GarageRequest) -> HttpResponse:
    form = PartForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            part = parts.add_part(**form.verb_fields())
            messages.success(request, f"{part.code} is added.")
            return redirect("part", part.pk)
    return render(request, "workshop/part_edit.html", {"form": form}, status=422 if form.errors else 200)


@edits("change_part")
def part_edit(request: GarageRequest, pk: int) -> HttpResponse:
    part = get_object_or_404(Part, pk=pk)
    form = PartForm(request.POST or None, part=part)
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            parts.edit_part(part, **form.verb_fields())
            messages.success(request, f"{part.code} is saved.")
            return redirect("part", pk)
    return render(request, "workshop/part_edit.html", {"form": form, "part": part}, status=422 if form.errors else 200)


@changes("change_part")
def part_archive(request: GarageRequest, pk: int) -> HttpResponse:
    part = get_object_or_404(Part, pk=pk)
    with refusals_told(request):
        parts.archive_part(part)
        messages.success(request, f"{part.code} is archived here. The accounts keep what they have of it.")
    return redirect("part-list")


@changes("change_part")
def part_restore(request: GarageRequest, pk: int) -> HttpResponse:
    part = get_object_or_404(Part, pk=pk)
    with refusals_told(request):
        parts.restore_part(part)
        messages.success(request, f"{part.code} is back.")
    return redirect("part-edit", pk)
