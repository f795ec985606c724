"""Reports on stock and buying, on a page and as a file for a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render

from workshop.manager.access import GarageRequest, reads
from workshop.manager.forms.base import DateField, GarageForm
from workshop.manager.forms.stock import PlaceField
from workshop.models import Part
from workshop.part_files import harmless
from workshop.reports import buying, turnover
from workshop.reports.valuation import stock_valuation
from workshop.reports.wip import work_in_progress


class AskedForm(GarageForm):
    as_at = DateField(label="As at", required=False)


class ValuationForm(AskedForm):
    category = forms.ChoiceField(required=False)
    location = PlaceField(required=False, empty_label="All places")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = Part.objects.exclude(category="").order_by("category").values_list("category", flat=True).distinct()
        self.fields["category"].choices = [("", "All categories"), *((name, name) for name in names)]  # type: ignore[attr-defined]


class DaysForm(GarageForm):
    days = forms.IntegerField(label="Not sold for days", min_value=1, max_value=3650, required=False, initial=180)


@reads("view_stockpool")
def report_list(request: GarageRequest) -> HttpResponse:
    return render(request, "workshop/report_list.html")


def _asked(form: forms.Form) -> dict[str, Any]:
    """What was asked for; nonsense stands at its field, and the report is as if nothing had been asked."""
    return form.cleaned_data if form.is_valid() else dict.fromkeys(form.fields)


def _file(name: str, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> HttpResponse:
    """Comma separated, with the mark by which spreadsheets know UTF-8, and no cell that a spreadsheet would run."""
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    writer = csv.writer(response)
    writer.writerow(head)
    writer.writerows([harmless("" if cell is None else str(cell)) for cell in row] for row in rows)
    return response


def _wants_file(request: GarageRequest) -> bool:
    return request.GET.get("format") == "csv"


@reads("see_costs")
def report_valuation(request: GarageRequest) -> HttpResponse:
    form = ValuationForm(request.GET or None)
    asked = _asked(form)
    report = stock_valuation(asked["as_at"], category=asked["category"] or "", location=asked["location"])
    if _wants_file(request):
        head = ["Code", "Description", "Category", "Unit", "On hand", "On jobs", "Quantity", "Average", "Value", "Look"]
        rows = ((row.code, row.description, row.category, row.unit, row.on_hand, row.on_job, row.quantity, row.average,
                 row.value, row.flag) for row in report.rows)  # fmt: skip
        return _file(f"stock {report.as_at}", head, rows)
    return render(request, "workshop/report_valuation.html", {"report": report, "form": form})


@reads("view_stockjournal")
def report_wip(request: GarageRequest) -> HttpResponse:
    form = AskedForm(request.GET or None)
    report = work_in_progress(_asked(form)["as_at"])
    if _wants_file(request):
        head = ["Job", "Customer", "Rego", "State", "Bought for it", "Stock set aside", "Labour"]
        rows = ((row.number, row.customer, row.rego, row.status, row.ordered, row.parts, row.labour)
                for row in report.rows)  # fmt: skip
        return _file(f"work in progress {report.as_at}", head, rows)
    return render(request, "workshop/report_wip.html", {"report": report, "form": form})


PURCHASES = {
    "not-received": ("Ordered, not received", buying.not_received, "Nothing is awaited."),
    "not-billed": ("Received, not billed", buying.not_billed, "Everything that came is billed."),
    "on-no-invoice": (
        "Bought for a job, on no invoice", buying.on_no_invoice, "Everything bought for a job is on its invoice."
    ),
}  # fmt: skip


def _purchases(request: GarageRequest, name: str) -> HttpResponse:
    title, read, empty = PURCHASES[name]
    report = read()
    if _wants_file(request):
        head = ["Order", "Supplier", "Date", "Description", "Job", "Quantity", "Amount"]
        rows = ((row.number, row.supplier, row.date, row.description, row.job, row.quantity, row.amount)
                for row in report.rows)  # fmt: skip
        return _file(name, head, rows)
    return render(request, "workshop/report_purchases.html", {"report": report, "title": title, "empty": empty})


@reads("see_costs")
def report_not_received(request: GarageRequest) -> HttpResponse:
    return _purchases(request, "not-received")


@reads("see_costs")
def report_not_billed(request: GarageRequest) -> HttpResponse:
    return _purchases(request, "not-billed")


@reads("see_costs")
def report_on_no_invoice(request: GarageRequest) -> HttpResponse:
    return _purchases(request, "on-no-invoice")


@reads("see_costs")
def report_slow_movers(request: GarageRequest) -> HttpResponse:
    form = DaysForm(request.GET or None)
    report = turnover.slow_movers(_asked(form)["days"] or 180)
    if _wants_file(request):
        head = ["Code", "Description", "Quantity", "Value", "Last sold"]
        rows = ((row.part.code, row.part.description, row.quantity, row.value, row.last_sold) for row in report.rows)
        return _file("slow movers", head, rows)
    return render(request, "workshop/report_slow_movers.html", {"report": report, "form": form})


@reads("view_stockpool")
def report_reorder(request: GarageRequest) -> HttpResponse:
    rows = turnover.reorder()
    if _wants_file(request):
        head = ["Code", "Description", "Supplier", "On hand", "On order", "Below", "Up to", "Order"]
        cells = ((row.part.code, row.part.description, row.part.supplier, row.shelf.on_hand, row.shelf.on_order,
                  row.part.minimum, row.part.maximum, row.suggested) for row in rows)  # fmt: skip
        return _file("reorder", head, cells)
    return render(request, "workshop/report_reorder.html", {"rows": rows})
