"""Stocktakes: a list to walk along with a phone and a scanner, then the differences to look over."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count, F, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from workshop.errors import WorkshopError
from workshop.manager.access import GarageRequest, changes, edits, reads
from workshop.manager.forms.stock import BeginForm, CountForm, DayForm, ScanForm, UnitCostForm
from workshop.manager.pages import page_of, words_of
from workshop.manager.refusals import refusals_told, sentences_of
from workshop.manager.stock_parts import act, backdates
from workshop.models import Stocktake, StocktakeLine
from workshop.parts import by_scan
from workshop.stock import counting
from workshop.stock.shelf import shelves

S = Stocktake.Status
SHOWN = {"": "To count", "counted": "Counted", "all": "All"}


@reads("view_stocktake")
def stocktake_list(request: GarageRequest) -> HttpResponse:
    found = Stocktake.objects.select_related("location")
    found = found.annotate(parts=Count("lines"), counted=Count("lines", filter=Q(lines__counted__isnull=False)))
    return render(request, "workshop/stocktake_list.html", {"page": page_of(request, found.order_by("-id"))})


@edits("add_stocktake")
def stocktake_new(request: GarageRequest) -> HttpResponse:
    form = BeginForm(request.POST if request.method == "POST" else None, backdates=backdates(request))
    return act(request, form, "New stocktake", reverse("stocktake-list"), counting.begin, "{record} has begun.")


@reads("view_stocktake")
def stocktake(request: GarageRequest, pk: int) -> HttpResponse:
    stocktake = get_object_or_404(Stocktake.objects.select_related("location"), pk=pk)
    if stocktake.status == S.COUNTING:
        return _count_page(request, stocktake)
    return _review_page(request, stocktake)


def _count_page(request: GarageRequest, stocktake: Stocktake, **refused: Any) -> HttpResponse:
    """The part that was scanned stands on top with its field ready; below it the list."""
    lines = stocktake.lines.select_related("part", "counted_by").order_by("part__code")
    shown, words = request.GET.get("show", ""), words_of(request)
    at = lines.filter(pk=request.GET["line"]).first() if request.GET.get("line", "").isdecimal() else None
    listed = {"": lines.filter(counted=None), "counted": lines.exclude(counted=None)}.get(shown, lines)
    if words:
        listed = listed.filter(Q(part__code__icontains=words) | Q(part__description__icontains=words))
    context = {"stocktake": stocktake, "page": page_of(request, listed), "at": at, "words": words, "chosen": shown}
    context |= {"filters": SHOWN, "total": lines.count(), "done": lines.exclude(counted=None).count()}
    context |= {"scan_form": ScanForm(), "count_form": _count_form(at), "bins": _bins(stocktake, at)} | refused
    return render(request, "workshop/stocktake_count.html", context, status=422 if refused else 200)


def _count_form(line: StocktakeLine | None) -> CountForm | None:
    if line is None:
        return None
    form = CountForm(initial={"version": line.version})
    form.fields["counted"].widget.attrs["autofocus"] = True
    return form


def _bins(stocktake: Stocktake, line: StocktakeLine | None) -> str:
    level = line.part.levels.filter(location=stocktake.location).first() if line else None
    return level.bin if level else ""


def _review_page(request: GarageRequest, stocktake: Stocktake) -> HttpResponse:
    changed = list(_changed(stocktake))
    moved = counting.moved_since(stocktake) if stocktake.status == S.REVIEW else {}
    average = {pk: shelf.average for pk, shelf in shelves({line.part_id for line in changed}).items()}
    rows = [
        {"line": line, "average": average[line.part_id] or line.unit_cost, "moved": moved.get(line.part_id)}
        for line in changed
    ]
    for row in rows:
        row["worth"] = (row["average"] or 0) * row["line"].difference
        row["asks"] = not average[row["line"].part_id] and row["line"].difference > 0
    counts = stocktake.lines.aggregate(total=Count("pk"), done=Count("pk", filter=Q(counted__isnull=False)))
    context = {"stocktake": stocktake, "rows": rows, "day_form": DayForm(backdates=backdates(request)), **counts}
    return render(request, "workshop/stocktake_review.html", context)


def _changed(stocktake: Stocktake) -> Any:
    lines = stocktake.lines.filter(counted__isnull=False).exclude(counted=F("snapshot"))
    return lines.select_related("part", "counted_by")


@changes("count_stock")
def stocktake_scan(request: GarageRequest, pk: int) -> HttpResponse:
    """What a scanner typed: the page comes back with that part's field ready."""
    stocktake, form = get_object_or_404(Stocktake, pk=pk), ScanForm(request.POST)
    address = reverse("stocktake", args=[pk])
    if not form.is_valid():
        return redirect(address)
    part = by_scan(form.cleaned_data["code"])
    if part is None:
        messages.error(request, f"No part has the barcode or code {form.cleaned_data['code']}.")
        return redirect(address)
    with refusals_told(request):
        return redirect(f"{address}?line={counting.add_found(stocktake, part).pk}")
    return redirect(address)


@changes("count_stock")
def count_save(request: GarageRequest, pk: int) -> HttpResponse:
    """One line saved by itself. Afterwards the scan field is ready for the next part."""
    line = get_object_or_404(StocktakeLine.objects.select_related("stocktake__location", "part"), pk=pk)
    form = CountForm(request.POST)
    address = reverse("stocktake", args=[line.stocktake_id])
    if not form.is_valid():
        messages.error(request, f"{line.part.code}: {sentences_of(form)}")
        return redirect(f"{address}?line={pk}")
    try:
        counted = counting.count(line, **form.cleaned_data)
    except WorkshopError as refusal:
        messages.error(request, refusal.sentence)
        return redirect(f"{address}?line={pk}")
    messages.success(request, f"{line.part.code}: {counted.counted:f} counted.".replace(".0000 ", " "))
    return redirect(address)


@changes("count_stock")
def count_again(request: GarageRequest, pk: int) -> HttpResponse:
    line = get_object_or_404(StocktakeLine.objects.select_related("stocktake__location", "part"), pk=pk)
    version = request.POST.get("version", "")
    with refusals_told(request):
        if line.stocktake.status == S.REVIEW:
            counting.count_again(line.stocktake)
        counting.recount(line, version=int(version) if version.isdecimal() else 0)
    return redirect(f"{reverse('stocktake', args=[line.stocktake_id])}?line={pk}")


@changes("finalise_stocktake")
def count_cost(request: GarageRequest, pk: int) -> HttpResponse:
    line, form = get_object_or_404(StocktakeLine.objects.select_related("stocktake"), pk=pk), UnitCostForm(request.POST)
    with refusals_told(request):
        if form.is_valid():
            counting.set_unit_cost(line, **form.cleaned_data)
        else:
            messages.error(request, "Give a cost of nothing or more, with at most 4 decimals.")
    return redirect("stocktake", line.stocktake_id)


@changes("count_stock")
def stocktake_review(request: GarageRequest, pk: int) -> HttpResponse:
    return _step(request, pk, counting.review)


@changes("count_stock")
def stocktake_reopen(request: GarageRequest, pk: int) -> HttpResponse:
    return _step(request, pk, counting.count_again)


@changes("finalise_stocktake")
def stocktake_cancel(request: GarageRequest, pk: int) -> HttpResponse:
    return _step(request, pk, counting.cancel)


def _step(request: GarageRequest, pk: int, verb: Any) -> HttpResponse:
    stocktake = get_object_or_404(Stocktake, pk=pk)
    with refusals_told(request):
        verb(stocktake)
    return redirect("stocktake", pk)


@changes("finalise_stocktake")
def stocktake_finalise(request: GarageRequest, pk: int) -> HttpResponse:
    stocktake, form = get_object_or_404(Stocktake, pk=pk), DayForm(request.POST, backdates=backdates(request))
    with refusals_told(request):
        if form.is_valid():
            counting.finalise(stocktake, **form.given())
            messages.success(request, f"{stocktake} is applied.")
        else:
            messages.error(request, sentences_of(form))
    return redirect("stocktake", pk)
