"""One decision for many records: retried, skipped, un-skipped, kept out. Each is one statement, however many."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from accounting_sync import queue
from accounting_sync.models import SyncRecord
from accounting_sync.wake import wake_drain
from workshop.admin.theme import ModelAdmin, UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

RETRY, DECIDE = "accounting_sync.retry_sync", "accounting_sync.decide_sync"


class Reason(forms.Form):
    reason = forms.CharField(
        label="Why",
        max_length=255,
        widget=UnfoldAdminTextInputWidget(),
        error_messages={"required": "Say why. The reason stays visible."},
    )


class Exclusion(Reason):
    do_not_export = forms.BooleanField(
        label="Do not export", required=False, initial=True, widget=UnfoldBooleanSwitchWidget()
    )
    do_not_import = forms.BooleanField(label="Do not import", required=False, widget=UnfoldBooleanSwitchWidget())
    field_order = ["do_not_export", "do_not_import", "reason"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not cleaned.get("do_not_export") and not cleaned.get("do_not_import"):
            raise forms.ValidationError("Tick at least one of both.")
        return cleaned


class BulkDecisions(ModelAdmin):
    bulk: ClassVar[list[str]] = [
        "retry_selected", "skip_selected", "unskip_selected", "exclude_selected", "admit_selected",
    ]  # fmt: skip

    def records_of(self, queryset: QuerySet[Any]) -> QuerySet[SyncRecord]:
        """The same rows without the list's joins and order, which an UPDATE has no use for."""
        return SyncRecord.objects.filter(pk__in=queryset.order_by().values("pk"))

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        offered = [*self.bulk, "save_csv"]
        return {name: entry for name, entry in super().get_actions(request).items() if name in offered}

    actions = ["first_selected", "retry_selected", "skip_selected", "unskip_selected", "exclude_selected",
               "admit_selected", "save_csv"]  # fmt: skip

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(RETRY)

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(DECIDE)

    @admin.action(description="Retry", permissions=["retry"])
    def retry_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        """The whole list is counted before: it may be longer than what was seen of it."""
        if request.POST.get("select_across") == "1":
            return self._ask(request, queryset, "retry_selected", "Retry", forms.Form, self._retry)
        self._retry(request, queryset, {})
        return None

    @admin.action(description="Send first", permissions=["retry"])
    def first_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        """Before everything that nobody asked for; what waits for something else goes on waiting."""
        if request.POST.get("select_across") == "1":
            return self._ask(request, queryset, "first_selected", "Send first:", forms.Form, self._first)
        self._first(request, queryset, {})
        return None

    @admin.action(description="Send after all", permissions=["decide"])
    def unskip_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        if request.POST.get("select_across") == "1":
            return self._ask(request, queryset, "unskip_selected", "Send after all:", forms.Form, self._unskip)
        self._unskip(request, queryset, {})
        return None

    @admin.action(description="Skip with a reason…", permissions=["decide"])
    def skip_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return self._ask(request, queryset, "skip_selected", "Skip", Reason, self._skip)

    @admin.action(description="Keep out of Xero with a reason…", permissions=["decide"])
    def exclude_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return self._ask(request, queryset, "exclude_selected", "Keep out", Exclusion, self._exclude)

    @admin.action(description="No longer keep out", permissions=["decide"])
    def admit_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return self._ask(request, queryset, "admit_selected", "No longer keep out", forms.Form, self._admit)

    def _admit(self, request: HttpRequest, queryset: QuerySet[Any], given: dict[str, Any]) -> None:
        total = queryset.count()
        done = queue.admit_many(self.records_of(queryset), request.user)
        self._tell(request, done, total, "let in again", "not marked")

    def _retry(self, request: HttpRequest, queryset: QuerySet[Any], given: dict[str, Any]) -> None:
        total = queryset.count()
        done = queue.retry(self.records_of(queryset), request.user)
        self._tell(request, done, total, "queued", "in flight, not sent on purpose or settled by a decision only")

    def _first(self, request: HttpRequest, queryset: QuerySet[Any], given: dict[str, Any]) -> None:
        total = queryset.count()
        done = queue.send_first(self.records_of(queryset), request.user)
        self._tell(request, done, total, "put first", "in flight, or waiting for something else")

    def _unskip(self, request: HttpRequest, queryset: QuerySet[Any], given: dict[str, Any]) -> None:
        total = queryset.count()
        done = queue.unskip(self.records_of(queryset), request.user)
        self._tell(request, done, total, "queued", "marked “do not export”: use “No longer keep out”")

    def _skip(self, request: HttpRequest, queryset: QuerySet[Any], given: dict[str, Any]) -> None:
        total = queryset.count()
        done = queue.skip(self.records_of(queryset), given["reason"], request.user)
        self._tell(request, done, total, "skipped", "in flight, or in Xero already")

    def _exclude(self, request: HttpRequest, queryset: QuerySet[Any], given: dict[str, Any]) -> None:
        total = queryset.count()
        done = queue.exclude_many(
            self.records_of(queryset),
            export=given["do_not_export"],
            from_import=given["do_not_import"],
            reason=given["reason"],
            by=request.user,
        )
        self._tell(request, done, total, "marked", "")

    def _tell(self, request: HttpRequest, done: int, total: int, word: str, why: str) -> None:
        left = total - done
        sentence = f"{done:,} {word}" + (f", {left:,} left alone: {why}." if left else ".")
        messages.success(request, sentence) if done else messages.warning(request, sentence)
        if done:
            wake_drain()

    def _ask(
        self,
        request: HttpRequest,
        queryset: QuerySet[Any],
        name: str,
        words: str,
        form_class: type[forms.Form],
        act: Callable[..., None],
    ) -> HttpResponse | None:
        """The page in between: how many, and why."""
        answered = "answered" in request.POST
        form = form_class(request.POST if answered else None)
        if answered and form.is_valid():
            act(request, queryset, form.cleaned_data)
            return None
        count = queryset.count()
        context = {
            **self.admin_site.each_context(request),
            "title": f"{words} {count:,} record{'' if count == 1 else 's'}?",
            "opts": self.opts,
            "form": form,
            "words": words,
            "action_name": name,
            "selected": request.POST.getlist(ACTION_CHECKBOX_NAME),
            "select_across": request.POST.get("select_across", "0"),
            "checkbox": ACTION_CHECKBOX_NAME,
            "media": self.media,
        }
        return TemplateResponse(request, "admin/accounting_sync/bulk.html", context)
