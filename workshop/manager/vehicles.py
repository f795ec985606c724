"""Vehicles: what they are, who owned them, what was done."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Prefetch, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from workshop import vehicles
from workshop.manager.access import GarageRequest, changes, edits, reads
from workshop.manager.forms.vehicles import NewVehicleForm, OdometerForm, OwnerForm, VehicleForm
from workshop.manager.pages import page_of, words_of
from workshop.manager.refusals import refusals_on, refusals_told
from workshop.models import Job, Ownership, Vehicle

RECENT = 10


def with_owners(found: QuerySet[Vehicle]) -> QuerySet[Vehicle]:
    now = Ownership.objects.filter(until=None).select_related("customer")
    return found.prefetch_related(Prefetch("ownerships", queryset=now, to_attr="owners_now"))


@reads("view_vehicle")
def vehicle_list(request: GarageRequest) -> HttpResponse:
    words, archived = words_of(request), request.GET.get("show") == "archived"
    found = Vehicle.objects.exclude(archived_at=None) if archived else Vehicle.objects.active()
    if words:
        found = found.search(words)
    context = {"page": page_of(request, with_owners(found)), "words": words, "archived": archived}
    return render(request, "workshop/vehicle_list.html", context)


@reads("view_vehicle")
def vehicle(request: GarageRequest, pk: int) -> HttpResponse:
    return _show(request, get_object_or_404(Vehicle, pk=pk))


def _show(request: GarageRequest, vehicle: Vehicle, **forms: Any) -> HttpResponse:
    today = request.garage.today()
    context = {
        "vehicle": vehicle,
        "ownerships": vehicle.ownerships.select_related("customer"),
        "readings": vehicle.odometer_readings.all()[:RECENT],
        "jobs": Job.objects.visible_to(request.user).filter(vehicle=vehicle).select_related("customer")[:RECENT],
        "owner_form": OwnerForm(initial={"since": today}),
        "odometer_form": OdometerForm(initial={"read_on": today, "unit": request.garage.odometer_unit}),
        **forms,
    }
    return render(request, "workshop/vehicle.html", context, status=422 if forms else 200)


@edits("add_vehicle")
def vehicle_new(request: GarageRequest) -> HttpResponse:
    typed = {"rego": request.GET.get("rego", "")}
    form = NewVehicleForm(request.POST or None, inspection=request.garage.inspection, initial=typed)
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            vehicle = vehicles.register_vehicle(**form.cleaned_data)
            messages.success(request, f"{vehicle} is added.")
            return redirect("vehicle", vehicle.pk)
    return render(request, "workshop/vehicle_edit.html", {"form": form}, status=422 if form.errors else 200)


@edits("change_vehicle")
def vehicle_edit(request: GarageRequest, pk: int) -> HttpResponse:
    vehicle = get_object_or_404(Vehicle, pk=pk)
    form = VehicleForm(request.POST or None, inspection=request.garage.inspection, vehicle=vehicle)
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            vehicles.edit_vehicle(vehicle, **form.cleaned_data)
            messages.success(request, "Saved.")
            return redirect("vehicle", pk)
    context = {"form": form, "vehicle": vehicle}
    return render(request, "workshop/vehicle_edit.html", context, status=422 if form.errors else 200)


@changes("add_ownership")
def vehicle_owner(request: GarageRequest, pk: int) -> HttpResponse:
    vehicle = get_object_or_404(Vehicle, pk=pk)
    form = OwnerForm(request.POST)
    if form.is_valid():
        with refusals_on(form):
            ownership = vehicles.change_owner(vehicle, form.cleaned_data["owner"], since=form.cleaned_data["since"])
            messages.success(request, f"{vehicle} is {ownership.customer}’s.")
            return redirect("vehicle", pk)
    return _show(request, vehicle, owner_form=form)


@changes("add_odometerreading")
def vehicle_odometer(request: GarageRequest, pk: int) -> HttpResponse:
    vehicle = get_object_or_404(Vehicle, pk=pk)
    form = OdometerForm(request.POST)
    if form.is_valid():
        with refusals_on(form):
            vehicles.read_odometer(vehicle, **form.cleaned_data)
            messages.success(request, "The reading is noted.")
            return redirect("vehicle", pk)
    return _show(request, vehicle, odometer_form=form)


@changes("change_vehicle")
def vehicle_archive(request: GarageRequest, pk: int) -> HttpResponse:
    vehicle = get_object_or_404(Vehicle, pk=pk)
    with refusals_told(request):
        vehicles.archive_vehicle(vehicle)
        messages.success(request, f"{vehicle} is archived. Its plate is free for another car.")
    return redirect("vehicle", pk)


@changes("change_vehicle")
def vehicle_restore(request: GarageRequest, pk: int) -> HttpResponse:
    vehicle = get_object_or_404(Vehicle, pk=pk)
    with refusals_told(request):
        vehicles.restore_vehicle(vehicle)
        messages.success(request, f"{vehicle} is back.")
    return redirect("vehicle", pk)
