"""The buttons by which somebody decides what goes to Xero, and posts what was kept back."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from accounting_sync import setup
from accounting_sync.kept_back import catch_up
from accounting_sync.models import Connection
from accounting_sync.pages.forms import CatchUpForm, InvoiceOptionsForm, SwitchesForm
from workshop.errors import WorkshopError
from workshop.manager.access import GarageRequest, changes

MAP, CATCH_UP = "accounting_sync.map_accounting", "accounting_sync.catch_up_stock"


@changes(MAP)
def switch(request: GarageRequest) -> HttpResponse:
    connection = Connection.objects.live().first()
    form = SwitchesForm(request.POST)
    if connection and form.is_valid():
        setup.switch(connection, **form.cleaned_data)
        missing = len(setup.missing(connection))
        messages.success(
            request, "Saved." + (f" {missing} accounts or tax rates are still to choose." if missing else "")
        )
    return redirect("accounting:connection")


@changes(MAP)
def invoice_options(request: GarageRequest) -> HttpResponse:
    connection = Connection.objects.live().first()
    form = InvoiceOptionsForm(request.POST)
    if connection and form.is_valid():
        setup.choose_invoice_options(connection, **form.cleaned_data)
        messages.success(request, "Saved. It counts from the next invoice; what is in Xero stays as it is.")
    return redirect("accounting:connection")


@changes(CATCH_UP)
def post_kept_back(request: GarageRequest) -> HttpResponse:
    """One catch-up journal per pair of accounts, on the day typed."""
    connection = Connection.objects.live().first()
    form = CatchUpForm(request.POST)
    if connection is None or not form.is_valid():
        messages.error(request, "Give the day as a date.")
        return redirect("accounting:connection")
    try:
        journals = catch_up(connection, on=form.cleaned_data["date"], by=request.user)
    except WorkshopError as refusal:
        messages.error(request, refusal.sentence)
    else:
        messages.success(request, f"{len(journals)} catch-up journals are on their way.")
    return redirect("accounting:connection")
