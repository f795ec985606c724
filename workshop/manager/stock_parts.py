"""A part's own page: what is in stock, what it is worth, where it lies, how it moved; and what changes that."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from workshop import locations
from workshop.manager.access import GarageRequest, changes, edits, may, reads
from workshop.manager.forms.stock import AdjustForm, BinForm, OpeningForm, RevalueForm, VerbForm, goods_rows
from workshop.manager.refusals import refusals_on, refusals_told
from workshop.models import JobLot, Part
from workshop.reports.stock_card import stock_card
from workshop.stock.adjusting import adjust, open_stock, revalue
from workshop.stock.building import set_components
from workshop.stock.returning import return_to_stock
from workshop.stock.shelf import shelf_of

CARD_DAYS = 365


@reads("view_part")
def part(request: GarageRequest, pk: int) -> HttpResponse:
    part = get_object_or_404(Part.objects.select_related("supplier", "location", "price_rule", "core"), pk=pk)
    context: dict[str, Any] = {"part": part, "barcodes": part.barcodes.all(), "components": []}
    context["supplier_codes"] = part.supplier_codes.select_related("supplier")
    if part.stocked and may(request.user, "view_stockpool"):
        context |= {"shelf": shelf_of(part), "bin_form": BinForm()}
        context["levels"] = part.levels.select_related("location").order_by("location__name")
        context["components"] = part.components.select_related("component")
    if part.stocked and may(request.user, "view_stockmovement"):
        context["card"] = stock_card(part, since=request.garage.today() - timedelta(days=CARD_DAYS))
    return render(request, "workshop/part.html", context)


def backdates(request: GarageRequest) -> bool:
    """Whoever may date things before today is asked for a day; for others it is today."""
    return may(request.user, "backdate_invoice")


def act(
    request: GarageRequest, form: VerbForm, title: str, back: str, verb: Callable[..., Any], done: str
) -> HttpResponse:
    """A page with one form: what was given goes to the verb, a refusal stands at its field."""
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            record = verb(**form.given())
            messages.success(request, done.format(record=record))
            return redirect(back)
    context = {"form": form, "title": title, "back": back}
    return render(request, "workshop/stock_form.html", context, status=422 if form.errors else 200)


@edits("add_stockadjustment")
def part_adjust(request: GarageRequest, pk: int) -> HttpResponse:
    part = get_object_or_404(Part, pk=pk, stocked=True)
    shelf = shelf_of(part)
    asks_cost = not (shelf.in_stock > 0 or shelf.average > 0)
    form = AdjustForm(request.POST or None, asks_cost=asks_cost, backdates=backdates(request))
    back, title = reverse("part", args=[pk]), f"Adjust {part.code}"
    return act(
        request, form, title, back, lambda **given: adjust(part, **given), f"{part.code} is adjusted: {{record}}."
    )


@edits("revalue_stock")
def part_revalue(request: GarageRequest, pk: int) -> HttpResponse:
    part = get_object_or_404(Part, pk=pk, stocked=True)
    form = RevalueForm(request.POST or None, backdates=backdates(request))
    back, done = reverse("part", args=[pk]), f"The value of {part.code} is changed: {{record}}."
    return act(request, form, f"Change the value of {part.code}", back, lambda **given: revalue(part, **given), done)


@edits("revalue_stock")
def part_opening(request: GarageRequest, pk: int) -> HttpResponse:
    part = get_object_or_404(Part, pk=pk, stocked=True)
    form = OpeningForm(request.POST or None, backdates=backdates(request))
    back, done = reverse("part", args=[pk]), f"{part.code} opens with this: {{record}}."
    return act(request, form, f"Opening stock of {part.code}", back, lambda **given: open_stock(part, **given), done)


@changes("change_part")
def part_bin(request: GarageRequest, pk: int) -> HttpResponse:
    part, form = get_object_or_404(Part, pk=pk, stocked=True), BinForm(request.POST)
    with refusals_told(request):
        if form.is_valid():
            locations.set_bin(part, form.cleaned_data["location"], code=form.cleaned_data["code"])
            messages.success(request, "The bin is noted.")
        else:
            messages.error(request, "Choose a place and a bin of at most 30 characters.")
    return redirect("part", pk)


@edits("change_part")
def part_components(request: GarageRequest, pk: int) -> HttpResponse:
    kit = get_object_or_404(Part, pk=pk, stocked=True)
    initial = [{"part": row.component, "quantity": row.quantity.normalize()} for row in
               kit.components.select_related("component")]  # fmt: skip
    lines, head = goods_rows(request.POST or None, initial), VerbForm(request.POST or None)
    if request.method == "POST" and head.is_valid() and lines.is_valid():
        with refusals_on(head):
            rows = [{"component": row["part"], "quantity": row["quantity"]} for row in lines.rows()]
            set_components(kit, rows)
            messages.success(request, f"{kit.code} is made of {len(rows)} parts." if rows else f"{kit.code} is no kit.")
            return redirect("part", pk)
    context = {"form": head, "lines": lines, "title": f"What {kit.code} is made of", "back": reverse("part", args=[pk])}
    refused = bool(head.errors) or (request.method == "POST")
    return render(request, "workshop/stock_rows.html", context, status=422 if refused else 200)


@changes("add_stockadjustment")
def lot_return(request: GarageRequest, pk: int) -> HttpResponse:
    lot = get_object_or_404(JobLot.objects.select_related("job"), pk=pk)
    if not may(request.user, "view_job"):
        raise PermissionDenied
    with refusals_told(request):
        return_to_stock(lot)
        messages.success(request, f"{lot.description} is back in stock.")
    return redirect("job", lot.job_id)
