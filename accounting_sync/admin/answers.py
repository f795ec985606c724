"""One answer for many records that ask the same question: forty contacts made anew, forty versions accepted."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from accounting_sync import decisions
from accounting_sync.admin.bulk import BulkDecisions
from accounting_sync.decisions import DECISIONS, NotOffered
from accounting_sync.models import State, SyncRecord
from accounting_sync.models.sync_record import UNRESOLVED
from workshop.admin.theme import UnfoldAdminSelectWidget
from workshop.errors import WorkshopError

AT_ONCE = 200  # each is a transaction of its own, with locks; more in one request would keep others waiting
OF_ONE_RECORD = {"link_contact"}  # which one is picked for each by itself


def fitting(records: QuerySet[SyncRecord]) -> list[str]:
    """Names of the decisions that answer what at least one of these asks."""
    asking = records.filter(state__in=[*UNRESOLVED, State.WAITING]).order_by()
    asked = asking.values_list("kind", "code").distinct()
    found = (
        decisions.fitting(SyncRecord(kind=kind, code=code, evidence={"remote_id": "of each"})) for kind, code in asked
    )
    return list(dict.fromkeys(name for names in found for name in names if name not in OF_ONE_RECORD))


def form_of(names: list[str]) -> type[forms.Form]:
    answer = forms.ChoiceField(
        label="Answer", choices=[(name, DECISIONS[name][1]) for name in names], widget=UnfoldAdminSelectWidget()
    )
    return type("AnswerForm", (forms.Form,), {"answer": answer})


class BulkAnswers(BulkDecisions):
    actions = ["answer_selected", *BulkDecisions.actions]

    @admin.action(description="Answer all alike…", permissions=["decide"])
    def answer_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        names = fitting(self.records_of(queryset))
        if not names:
            messages.warning(request, "None of these asks something that has one answer for many. Retry, or open one.")
            return None
        return self._ask(request, queryset, "answer_selected", "Answer for", form_of(names), self._answer)

    def _answer(self, request: HttpRequest, queryset: QuerySet[Any], given: dict[str, Any]) -> None:
        total = queryset.count()
        rows = self.records_of(queryset).select_related("connection").order_by("pk")[:AT_ONCE]
        refusals = list(filter(None, (_refusal(record, given["answer"], request.user) for record in rows)))
        for sentence in refusals[:3]:
            messages.error(request, sentence)
        done = min(total, AT_ONCE) - len(refusals)
        why = "they ask something else, or were settled meanwhile"
        if total > AT_ONCE:
            why = f"{AT_ONCE} at a time; press again for the rest"
        self._tell(request, done, total, "answered", why)


def _refusal(record: SyncRecord, name: str, by: Any) -> str:
    """Decide; why not, as a sentence, where that is refused."""
    version = {"shown": decisions.version_shown(record, name)} if name in decisions.OF_ONE_VERSION else {}
    try:
        DECISIONS[name][0](record, by=by, **version)
    except NotOffered as refusal:
        return f"{record}: {refusal}"
    except WorkshopError as refusal:
        return f"{record}: {refusal.sentence}"
    return ""
