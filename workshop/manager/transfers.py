"""Transfers between places, and the work orders that build kits and take them apart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from workshop.manager.access import GarageRequest, changes, edits, reads
from workshop.manager.forms.stock import DayForm, TransferForm, WorkOrderForm, goods_rows
from workshop.manager.pages import page_of
from workshop.manager.refusals import refusals_on, refusals_told, sentences_of
from workshop.manager.stock_parts import backdates
from workshop.models import StockTransfer, WorkOrder
from workshop.stock import building, moving


@reads("view_stocktransfer")
def transfer_list(request: GarageRequest) -> HttpResponse:
    found = StockTransfer.objects.select_related("from_location", "to_location").prefetch_related("lines__part")
    return render(request, "workshop/transfer_list.html", {"page": page_of(request, found)})


@edits("add_stocktransfer")
def transfer_new(request: GarageRequest) -> HttpResponse:
    form = TransferForm(request.POST or None)
    return _transfer_form(request, form, [], "New transfer", reverse("transfer-list"), moving.draft)


@edits("change_stocktransfer")
def transfer_edit(request: GarageRequest, pk: int) -> HttpResponse:
    transfer = get_object_or_404(StockTransfer, pk=pk)
    form = TransferForm(request.POST or None, transfer=transfer)
    rows = [{"part": row.part, "quantity": row.quantity.normalize()} for row in transfer.lines.select_related("part")]
    back = reverse("transfer", args=[pk])

    def save(**fields: Any) -> StockTransfer:
        return moving.edit(transfer, lines=fields["lines"], note=fields["note"])

    return _transfer_form(request, form, rows, f"Edit {transfer}", back, save)


def _transfer_form(
    request: GarageRequest,
    form: TransferForm,
    rows: list[dict[str, Any]],
    title: str,
    back: str,
    verb: Callable[..., StockTransfer],
) -> HttpResponse:
    lines = goods_rows(request.POST or None, rows)
    if request.method == "POST" and form.is_valid() and lines.is_valid():
        with refusals_on(form):
            return redirect("transfer", verb(**form.cleaned_data, lines=lines.rows()).pk)
    context = {"form": form, "lines": lines, "title": title, "back": back}
    return render(request, "workshop/stock_rows.html", context, status=422 if request.method == "POST" else 200)


@reads("view_stocktransfer")
def transfer(request: GarageRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(StockTransfer.objects.select_related("from_location", "to_location"), pk=pk)
    context = {"transfer": found, "lines": found.lines.select_related("part")}
    return render(request, "workshop/transfer.html", context | {"day_form": DayForm(backdates=backdates(request))})


@changes("change_stocktransfer")
def transfer_dispatch(request: GarageRequest, pk: int) -> HttpResponse:
    return _step(request, get_object_or_404(StockTransfer, pk=pk), moving.dispatch, "transfer")


@changes("change_stocktransfer")
def transfer_receive(request: GarageRequest, pk: int) -> HttpResponse:
    return _dated(request, get_object_or_404(StockTransfer, pk=pk), moving.receive, "transfer")


@changes("change_stocktransfer")
def transfer_cancel(request: GarageRequest, pk: int) -> HttpResponse:
    return _step(request, get_object_or_404(StockTransfer, pk=pk), moving.cancel, "transfer")


def _step(request: GarageRequest, record: Any, verb: Any, page: str, **given: Any) -> HttpResponse:
    with refusals_told(request):
        record = verb(record, **given)
        messages.success(request, f"{record} is {record.get_status_display().lower()}.")
    return redirect(page, record.pk)


def _dated(request: GarageRequest, record: Any, verb: Any, page: str) -> HttpResponse:
    form = DayForm(request.POST, backdates=backdates(request))
    if form.is_valid():
        return _step(request, record, verb, page, **form.given())
    messages.error(request, sentences_of(form))
    return redirect(page, record.pk)


@reads("view_workorder")
def work_order_list(request: GarageRequest) -> HttpResponse:
    found = WorkOrder.objects.select_related("part", "location")
    return render(request, "workshop/work_order_list.html", {"page": page_of(request, found)})


@edits("add_workorder")
def work_order_new(request: GarageRequest) -> HttpResponse:
    form = WorkOrderForm(request.POST or None, initial={"part": request.GET.get("part", "")[:30]})
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            fields = {name: value for name, value in form.cleaned_data.items() if value not in (None, "")}
            return redirect("work-order", building.plan(fields.pop("part"), **fields).pk)
    context = {"form": form, "title": "New work order", "back": reverse("work-order-list"), "parts": True}
    return render(request, "workshop/stock_form.html", context, status=422 if form.errors else 200)


@reads("view_workorder")
def work_order(request: GarageRequest, pk: int) -> HttpResponse:
    order = get_object_or_404(WorkOrder.objects.select_related("part", "location"), pk=pk)
    context = {"order": order, "lines": order.lines.select_related("part")}
    return render(request, "workshop/work_order.html", context | {"day_form": DayForm(backdates=backdates(request))})


@changes("change_workorder")
def work_order_start(request: GarageRequest, pk: int) -> HttpResponse:
    return _step(request, get_object_or_404(WorkOrder, pk=pk), building.start, "work-order")


@changes("change_workorder")
def work_order_complete(request: GarageRequest, pk: int) -> HttpResponse:
    return _dated(request, get_object_or_404(WorkOrder, pk=pk), building.complete, "work-order")


@changes("change_workorder")
def work_order_cancel(request: GarageRequest, pk: int) -> HttpResponse:
    return _step(request, get_object_or_404(WorkOrder, pk=pk), building.cancel, "work-order")
