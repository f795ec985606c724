"""Parts to and from a spreadsheet: a dry run first, with what is wrong in each row and column."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from workshop.manager.access import GarageRequest, edits, may, reads
from workshop.manager.forms.base import GarageForm
from workshop.manager.refusals import refusals_on
from workshop.part_files import COLUMNS, Outcome, export_parts, import_parts, read_file


class FileForm(GarageForm):
    file = forms.FileField(widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}))
    dry_run = forms.BooleanField(
        label="Try it first: write nothing, and show what would happen", required=False, initial=True
    )


@reads("change_part")
def part_export(request: GarageRequest) -> HttpResponse:
    response = HttpResponse(export_parts(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="parts {request.garage.today()}.csv"'
    return response


@edits("add_part", "change_part")
def part_import(request: GarageRequest) -> HttpResponse:
    form = FileForm(request.POST or None, request.FILES or None)
    outcome: Outcome | None = None
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            dry_run = form.cleaned_data["dry_run"]
            rows = read_file(form.cleaned_data["file"].read())
            outcome = import_parts(rows, dry_run=dry_run, opens=may(request.user, "revalue_stock"))
            if not dry_run and not outcome.mistakes:
                messages.success(request, f"{outcome.new} parts are added, {outcome.changed} changed.")
                return redirect("part-list")
    refused = bool(form.errors) or bool(outcome and outcome.mistakes)
    context = {"form": form, "outcome": outcome, "columns": COLUMNS}
    return render(request, "workshop/part_import.html", context, status=422 if refused else 200)
