"""Taking a booking at the counter or on the telephone."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render

from workshop.bookings import take_booking
from workshop.manager.access import GarageRequest, edits, reads
from workshop.manager.forms.bookings import BookingForm, WhoForm
from workshop.manager.once import once
from workshop.manager.refusals import refusals_on
from workshop.models import Customer

SUGGESTED = 6


@edits("add_job")
@once
def job_new(request: GarageRequest) -> HttpResponse:
    if request.method != "POST":
        return _show(request, BookingForm(initial=_typed(request.GET)))
    if "lookup" in request.POST:  # the look-up buttons of a browser without JavaScript
        return _show(request, BookingForm(initial=_typed(request.POST)))
    form = BookingForm(request.POST)
    if form.is_valid():
        with refusals_on(form):
            job = take_booking(**form.booking())
            messages.success(request, f"{job} is booked.")
            return redirect("job", job.pk)
    return _show(request, form, status=422)


def _typed(data: QueryDict) -> dict[str, Any]:
    return {name: data.get(name, "").replace("\0", "") for name in BookingForm.base_fields if name in data}


@reads("add_job")
def who(request: GarageRequest) -> HttpResponse:
    """The part of the form that follows from the rego and the words typed to find the customer."""
    return render(request, "workshop/booking_who.html", _who(WhoForm(initial=_typed(request.GET))))


def _show(request: GarageRequest, form: BookingForm, status: int = 200) -> HttpResponse:
    return render(request, "workshop/booking.html", _who(form), status=status)


def _who(form: WhoForm) -> dict[str, Any]:
    vehicle, owner = form.found()
    words = (form["find"].value() or "").strip().replace("\0", "")[:100]
    found = Customer.objects.active().search(words).prefetch_related("phones")[:SUGGESTED] if len(words) > 1 else []
    chosen = form["customer"].value() or ""
    matches = [customer for customer in found if customer != owner]
    return {
        "form": form,
        "vehicle": vehicle,
        "owner": owner,
        "matches": matches,
        "words": words,
        "chosen": chosen or (str(owner.pk) if owner else "new" if words and not matches else ""),
    }
