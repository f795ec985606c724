"""One box for everything: rego first, then people, jobs and invoices; and the suggestions behind pickers."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render

from workshop.manager.access import GarageRequest, may, reads
from workshop.manager.customers import found_customers
from workshop.manager.pages import words_of
from workshop.manager.vehicles import with_owners
from workshop.models import Customer, Invoice, Job, Part, Vehicle
from workshop.models.vehicles import tidy_rego

SHOWN = 10


@reads("view_job")
def search(request: GarageRequest) -> HttpResponse:
    words = words_of(request)
    if not words:
        return render(request, "workshop/search.html", {"words": ""})
    plate = _only_plate(words) if may(request.user, "view_vehicle") else None
    if plate:
        return redirect("vehicle", plate.pk)
    found = {
        "vehicles": with_owners(_rego_first(words)) if may(request.user, "view_vehicle") else [],
        "customers": _customers(request, words),
        "jobs": _jobs(request, words),
        "invoices": _invoices(words) if may(request.user, "view_invoice") else [],
    }
    return render(request, "workshop/search.html", found | {"words": words, "nothing": not any(found.values())})


def _only_plate(words: str) -> Vehicle | None:
    """The car whose plate was typed whole: nobody wants a list of one."""
    plate = tidy_rego(words)
    matching = list(Vehicle.objects.active().filter(rego=plate).exclude(rego="")[:2]) if plate else []
    return matching[0] if len(matching) == 1 and not words.isdecimal() else None


def _rego_first(words: str) -> QuerySet[Vehicle]:
    return Vehicle.objects.search(words).order_by("archived_at", "rego", "id")[:SHOWN]


def _customers(request: GarageRequest, words: str) -> Any:
    if not may(request.user, "view_customer"):
        return []
    return found_customers(request, Customer.objects.all(), words).prefetch_related("phones")[:SHOWN]


def _jobs(request: GarageRequest, words: str) -> QuerySet[Job]:
    found = Job.objects.visible_to(request.user).search(words)
    return found.select_related("customer", "vehicle", "technician")[:SHOWN]


def _invoices(words: str) -> QuerySet[Invoice]:
    return Invoice.objects.search(words).select_related("customer")[:SHOWN]


@reads("view_customer")
def customer_suggestions(request: GarageRequest) -> HttpResponse:
    """Options for the field that asked, whatever it is called."""
    words = _typed(request)
    found = found_customers(request, Customer.objects.active(), words)[:SHOWN] if len(words) > 1 else []
    return render(request, "workshop/suggestions.html", {"customers": found})


@reads("view_part")
def part_suggestions(request: GarageRequest) -> HttpResponse:
    words = _typed(request)
    found = Part.objects.active().search(words)[:SHOWN] if words else []
    return render(request, "workshop/suggestions.html", {"parts": found})


def _typed(request: GarageRequest) -> str:
    name = next(iter(request.GET), "")
    return request.GET.get(name, "").replace("\0", "").strip()[:100]
