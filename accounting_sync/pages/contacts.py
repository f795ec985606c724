"""Contacts on the accounting pages: what happens when both sides edit one, and the import at go-live."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.paginator import Page
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django_htmx.http import HttpResponseClientRefresh

from accounting_sync import classify, connections, contact_import, links
from accounting_sync.models import Connection, ContactImport, ImportRow
from accounting_sync.pages.forms import ContactRuleForm, PersonRuleForm
from accounting_sync.wake import wake_import
from workshop.errors import WorkshopError
from workshop.manager.access import GarageRequest, changes, reads
from workshop.manager.pages import page_of, words_of
from workshop.models import Party

MAP = "accounting_sync.map_accounting"
Stage, Verdict, Reason, Choice = ContactImport.Stage, ImportRow.Verdict, ImportRow.Reason, ImportRow.Choice
FIXED = {Reason.LINKED, Reason.UNFIT}  # reasons that no tick overrides


@reads(MAP)
def contacts(request: GarageRequest) -> HttpResponse:
    """The rule, and the imports so far."""
    connection = Connection.objects.live().first()
    if connection is None:
        return redirect("accounting:connection")
    context = {
        "connection": connection,
        "form": ContactRuleForm(initial={"rule": connection.contact_rule}),
        "imports": connection.contact_imports.select_related("started_by")[:5],
        "open": connection.contact_imports.filter(stage__in=ContactImport.OPEN).first(),
    }
    return render(request, "accounting_sync/contacts.html", context)


@changes(MAP)
def contact_rule(request: GarageRequest) -> HttpResponse:
    connection, form = Connection.objects.live().first(), ContactRuleForm(request.POST)
    if connection and form.is_valid():
        connections.choose_contact_rule(connection, form.cleaned_data["rule"])
        messages.success(request, "Saved.")
    else:
        messages.error(request, "Choose one of the three.")
    return redirect("accounting:contacts")


@changes(MAP)
def start_import(request: GarageRequest) -> HttpResponse:
    connection = Connection.objects.live().first()
    if connection is None:
        return redirect("accounting:connection")
    try:
        run = contact_import.start(connection, request.user)
    except WorkshopError as refusal:
        messages.error(request, refusal.sentence)
        return redirect("accounting:contacts")
    return redirect("accounting:import", run.pk)


# One import


@dataclass(frozen=True)
class Tab:
    verdict: str
    words: str
    count: int


@dataclass(frozen=True)
class Group:
    """Everything skipped for one reason, and whether it comes along after all."""

    reason: str
    words: str
    count: int
    included: int
    fixed: bool


@dataclass(frozen=True)
class Line:
    """One contact as the list shows it."""

    row: ImportRow
    email: str
    phones: list[str]
    kind: str
    url: str
    candidates: list[Party]
    fixed: bool


@reads(MAP)
def import_page(request: GarageRequest, pk: int) -> HttpResponse:
    """The whole page; for htmx, while something is under way, only how far it is."""
    run = get_object_or_404(ContactImport.objects.select_related("connection", "confirmed_by"), pk=pk)
    totals = contact_import.counts(run)
    context: dict[str, Any] = {"run": run, "percent": contact_import.percent(run, totals), "totals": totals}
    context["rows"] = sum(totals["verdict"].values())
    context["under_way"] = run.stage in {Stage.READING, Stage.WRITING}
    if context["under_way"]:
        template = "import_progress" if request.htmx else "import"
        return render(request, f"accounting_sync/{template}.html", context)
    if request.htmx:  # it came to rest: the whole page has something to say
        return HttpResponseClientRefresh()
    return render(request, "accounting_sync/import.html", context | _preview(request, run, totals))


def _preview(request: GarageRequest, run: ContactImport, totals: dict[str, dict[str, int]]) -> dict[str, Any]:
    verdict = request.GET.get("show", "")
    tabs = [Tab(v.value, v.label, totals["verdict"].get(v, 0)) for v in Verdict]
    verdict = verdict if verdict in Verdict.values else next((tab.verdict for tab in tabs if tab.count), "new")
    found = run.rows.filter(verdict=verdict).select_related("party")
    words = words_of(request)
    page = page_of(request, found.filter(name__icontains=words) if words else found)
    return {
        "tabs": tabs, "chosen": verdict, "page": page, "lines": _lines(run, page), "words": words,
        "groups": _groups(run) if verdict == Verdict.SKIPPED else [],
        "rule_form": PersonRuleForm(contact_import.people_preview(run), initial={"rule": run.person_rule}),
        "ready": run.stage == Stage.READY,
        "to_make": totals["choice"].get(Choice.CREATE, 0), "to_link": totals["choice"].get(Choice.LINK, 0),
        "undecided": totals["choice"].get(Choice.OPEN, 0),
    }  # fmt: skip


def _groups(run: ContactImport) -> list[Group]:
    skipped = run.rows.filter(verdict=Verdict.SKIPPED).order_by().values_list("reason")
    found = skipped.annotate(whole=Count("pk"), after_all=Count("pk", filter=Q(choice=Choice.CREATE)))
    counts = {reason: (whole, after_all) for reason, whole, after_all in found}
    return [Group(r.value, r.label, *counts[r], r in FIXED) for r in Reason if r in counts]


def _lines(run: ContactImport, page: Page[ImportRow]) -> Iterable[Line]:
    asked = {pk for row in page for pk in (*row.candidates, row.party_id) if pk}
    parties = Party.objects.prefetch_related("phones").in_bulk(asked)
    for row in page:
        about = classify.shown(row.element)
        candidates = [parties[pk] for pk in row.candidates if pk in parties]
        yield Line(
            row, about["email"], about["phones"], classify.kind_of(row.element, run.person_rule),
            links.contact_in_xero(run.connection, row.contact_id), candidates, row.reason in FIXED,
        )  # fmt: skip


# Buttons


@changes(MAP)
def decide_row(request: GarageRequest, pk: int, row_pk: int) -> HttpResponse:
    """``choice``: make it new, leave it out, or the id of the customer it is."""
    row = get_object_or_404(ImportRow.objects.select_related("contact_import"), pk=row_pk, contact_import=pk)
    given = request.POST.get("choice", "")
    party = Party.objects.filter(pk=given).first() if given.isdecimal() and len(given) < 19 else None
    choice = Choice.LINK if given.isdecimal() else given
    if choice not in Choice.values:
        return _back(request, pk, "Choose one of the answers.")
    return _pressed(request, pk, lambda: contact_import.choose(row, choice, party), f"{row}: noted.")


@changes(MAP)
def include(request: GarageRequest, pk: int) -> HttpResponse:
    """Everything skipped for one reason, after all or not after all."""
    run, reason = get_object_or_404(ContactImport, pk=pk), request.POST.get("reason", "")
    choice = Choice.CREATE if request.POST.get("after_all") else Choice.LEAVE
    return _pressed(request, pk, lambda: contact_import.choose_many(run, reason, choice), "Noted.")


@changes(MAP)
def person_rule(request: GarageRequest, pk: int) -> HttpResponse:
    run = get_object_or_404(ContactImport, pk=pk)
    form = PersonRuleForm({}, request.POST)
    if not form.is_valid():
        return _back(request, pk, "Choose one of the two rules.")
    return _pressed(request, pk, lambda: contact_import.use_person_rule(run, form.cleaned_data["rule"]), "Noted.")


@changes(MAP)
def confirm(request: GarageRequest, pk: int) -> HttpResponse:
    run = get_object_or_404(ContactImport, pk=pk)
    return _pressed(request, pk, lambda: contact_import.confirm(run, request.user), "The import has begun.")


@changes(MAP)
def stop(request: GarageRequest, pk: int) -> HttpResponse:
    run = get_object_or_404(ContactImport, pk=pk)
    return _pressed(request, pk, lambda: contact_import.stop(run), "Stopped. Nothing was written.")


@changes(MAP)
def go_on(request: GarageRequest, pk: int) -> HttpResponse:
    """For whoever does not want to wait for the worker's next minute."""
    get_object_or_404(ContactImport, pk=pk)
    wake_import()
    return redirect("accounting:import", pk)


def _pressed(request: GarageRequest, pk: int, act: Callable[[], Any], sentence: str) -> HttpResponse:
    try:
        act()
    except WorkshopError as refusal:
        return _back(request, pk, refusal.sentence)
    messages.success(request, sentence)
    return _back(request, pk)


def _back(request: GarageRequest, pk: int, refusal: str = "") -> HttpResponse:
    """To the list the button stood in."""
    if refusal:
        messages.error(request, refusal)
    show = request.POST.get("show", "")
    page = request.POST.get("page", "")
    query = f"?show={show}&page={page}" if show in Verdict.values and page.isdecimal() else ""
    return redirect(reverse("accounting:import", args=[pk]) + query)
