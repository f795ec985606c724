"""The buttons of the accounting box: one press, one decision, and the sentence that says what came of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from accounting_sync import decisions, queue
from accounting_sync.decisions import NotOffered
from accounting_sync.models import SyncRecord
from accounting_sync.pages.forms import ExclusionForm, ReasonForm
from accounting_sync.pages.panels import DECIDE, RETRY, back_to, shown
from accounting_sync.wake import wake_drain
from workshop.errors import WorkshopError
from workshop.manager.access import GarageRequest, changes, require


class Unfinished(Exception):
    """What was typed does not do. ``name``: the form's in the box, which shows it again with what is wrong."""

    def __init__(self, name: str, form: forms.Form) -> None:
        super().__init__(name)
        self.name, self.form = name, form


@changes()
def decide(request: GarageRequest, pk: int, name: str) -> HttpResponse:
    """One button, one decision; a refusal is told and nothing is changed."""
    require(request, RETRY if name == "retry" else DECIDE)
    record = get_object_or_404(SyncRecord.objects.select_related("connection", "decided_by", "waiting_on"), pk=pk)
    act = VERBS.get(name, _decision)
    try:
        sentence = act(request, record, name)
    except Unfinished as typed:
        context = shown(record, record.kind, record.object_id, request.user, _target(request, record)) | {
            typed.name: typed.form
        }
        return render(request, "accounting_sync/record.html", context, status=422)
    except NotOffered as refusal:
        messages.error(request, str(refusal))
    except WorkshopError as refusal:
        messages.error(request, refusal.sentence)
    else:
        messages.success(request, sentence)
        wake_drain()
    return redirect(_target(request, record))


def _target(request: GarageRequest, record: SyncRecord) -> str:
    return back_to(request, reverse("accounting:record", args=[record.pk]))


def _decision(request: GarageRequest, record: SyncRecord, name: str) -> str:
    if name not in decisions.DECISIONS:
        raise Http404
    act, words = decisions.DECISIONS[name]
    sent = request.POST.get("value", "")
    if name == "link_contact":
        act(record, sent, by=request.user)
    elif name in decisions.OF_ONE_VERSION:
        act(record, by=request.user, shown=sent)
    else:
        act(record, by=request.user)
    return f"{record}: “{words}” is done."


def _chosen(record: SyncRecord) -> Any:
    return SyncRecord.objects.filter(pk=record.pk)


def _retry(request: GarageRequest, record: SyncRecord, name: str) -> str:
    if not queue.retry(_chosen(record), request.user):
        raise NotOffered(f"{record} is “{record.get_state_display()}”; there is nothing to retry.")
    return f"{record} is tried again."


def _skip(request: GarageRequest, record: SyncRecord, name: str) -> str:
    form = ReasonForm(request.POST, auto_id="skip_%s")
    if not form.is_valid():
        raise Unfinished("skipping", form)
    if not queue.skip(_chosen(record), form.cleaned_data["reason"], request.user):
        raise NotOffered(f"{record} is “{record.get_state_display()}” and cannot be skipped now.")
    return f"{record} is not sent."


def _unskip(request: GarageRequest, record: SyncRecord, name: str) -> str:
    if not queue.unskip(_chosen(record), request.user):
        raise NotOffered(f"{record} is not skipped.")
    return f"{record} is sent after all."


def _exclude(request: GarageRequest, record: SyncRecord, name: str) -> str:
    form = ExclusionForm(request.POST, auto_id="exclude_%s")
    if not form.is_valid():
        raise Unfinished("exclusion", form)
    marks = form.cleaned_data
    queue.exclude(
        record,
        export=marks["do_not_export"],
        from_import=marks["do_not_import"],
        reason=marks["reason"],
        by=request.user,
    )
    return f"{record}: saved."


VERBS: dict[str, Callable[[GarageRequest, SyncRecord, str], str]] = {
    "retry": _retry,
    "skip": _skip,
    "unskip": _unskip,
    "exclude": _exclude,
}
