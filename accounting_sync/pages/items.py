"""The page of the items that Xero has and nobody here: set up required."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from accounting_sync import item_list
from accounting_sync.models import Connection, XeroItem
from workshop.errors import WorkshopError
from workshop.manager.access import GarageRequest, changes, reads
from workshop.manager.pages import page_of

MAP = "accounting_sync.map_accounting"


@reads(MAP)
def items(request: GarageRequest) -> HttpResponse:
    connection = Connection.objects.live().first()
    if connection is None or not connection.items_since:
        return redirect("accounting:connection")
    context = {"connection": connection, "page": page_of(request, item_list.not_here(connection))}
    return render(request, "accounting_sync/items.html", context)


@changes(MAP)
def make_part(request: GarageRequest, pk: int) -> HttpResponse:
    item = get_object_or_404(XeroItem.objects.filter(connection__in=Connection.objects.live()), pk=pk)
    try:
        part = item_list.make_part(item, request.user)
    except WorkshopError as refusal:
        messages.error(request, refusal.sentence)
    except ValidationError as refusal:
        messages.error(request, f"{item} cannot be a part as it is: {' '.join(refusal.messages)}")
    else:
        messages.success(request, f"{part} is a part now. Say whether it is kept in stock.")
        return redirect("part-edit", part.pk)
    return redirect("accounting:items")
