"""Places where goods lie, and the rules by which prices follow costs."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from workshop import locations, price_rules
from workshop.manager.access import GarageRequest, changes, edits, reads
from workshop.manager.forms.stock import LocationForm, PriceRuleForm, band_rows
from workshop.manager.refusals import refusals_on, refusals_told
from workshop.models import Location, PriceRule


@reads("view_location")
def location_list(request: GarageRequest) -> HttpResponse:
    context = {"locations": Location.objects.order_by("archived_at", "name")}
    return render(request, "workshop/location_list.html", context)


@edits("add_location")
def location_new(request: GarageRequest) -> HttpResponse:
    return _location_form(request, LocationForm(request.POST or None), "Add a location", locations.add_location)


@edits("change_location")
def location_edit(request: GarageRequest, pk: int) -> HttpResponse:
    place = get_object_or_404(Location, pk=pk)
    form = LocationForm(request.POST or None, initial={"name": place.name})
    return _location_form(request, form, f"Rename {place}", lambda name: locations.rename_location(place, name=name))


def _location_form(request: GarageRequest, form: LocationForm, title: str, verb: Any) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            verb(name=form.cleaned_data["name"])
            return redirect("location-list")
    context = {"form": form, "title": title, "back": reverse("location-list")}
    return render(request, "workshop/stock_form.html", context, status=422 if form.errors else 200)


@changes("change_location")
def location_archive(request: GarageRequest, pk: int) -> HttpResponse:
    return _step(request, pk, locations.archive_location, "is archived")


@changes("change_location")
def location_restore(request: GarageRequest, pk: int) -> HttpResponse:
    return _step(request, pk, locations.restore_location, "is back")


@changes("change_location")
def location_default(request: GarageRequest, pk: int) -> HttpResponse:
    return _step(request, pk, locations.make_default, "is the usual place now")


def _step(request: GarageRequest, pk: int, verb: Any, done: str) -> HttpResponse:
    with refusals_told(request):
        place = verb(get_object_or_404(Location, pk=pk))
        messages.success(request, f"{place} {done}.")
    return redirect("location-list")


@reads("view_pricerule", "see_costs")
def price_rule_list(request: GarageRequest) -> HttpResponse:
    rules = PriceRule.objects.prefetch_related("bands")
    return render(request, "workshop/price_rule_list.html", {"rules": rules})


@edits("add_pricerule")
def price_rule_new(request: GarageRequest) -> HttpResponse:
    return _rule_form(request, None, PriceRuleForm(request.POST or None))


@edits("change_pricerule")
def price_rule_edit(request: GarageRequest, pk: int) -> HttpResponse:
    rule = get_object_or_404(PriceRule, pk=pk)
    return _rule_form(request, rule, PriceRuleForm(request.POST or None, initial={"name": rule.name}))


def _rule_form(request: GarageRequest, rule: PriceRule | None, form: PriceRuleForm) -> HttpResponse:
    bands = band_rows(request.POST or None, rule)
    if request.method == "POST" and form.is_valid() and bands.is_valid():
        with refusals_on(form):
            saved = price_rules.save_rule(rule, name=form.cleaned_data["name"], bands=bands.rows())
            messages.success(request, f"{saved} is saved, and the prices of its parts follow it.")
            return redirect("price-rule-list")
    title = f"Edit {rule}" if rule else "Add a price rule"
    context = {"form": form, "lines": bands, "title": title, "back": reverse("price-rule-list")}
    return render(request, "workshop/stock_rows.html", context, status=422 if request.method == "POST" else 200)
