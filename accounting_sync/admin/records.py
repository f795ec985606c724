"""The queue, the errors, what is not sent and what is in Xero: one list each, one page per record."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from accounting_sync import health, links
from accounting_sync.admin.answers import BulkAnswers
from accounting_sync.admin.filters import CauseFilter, KeptOutFilter, KindFilter
from accounting_sync.admin.saved_views import SavedViews
from accounting_sync.admin.spreadsheet import SpreadsheetAction
from accounting_sync.documents import DOCUMENTS
from accounting_sync.errors import BY_CODE
from accounting_sync.models import ExportQueue, InXero, Skipped, State, SyncRecord, UnresolvedError
from accounting_sync.pages import panels
from accounting_sync.pages.banner import live_connection
from accounting_sync.standing import TONES, in_use, standing
from workshop.admin.base import ReadOnlyAdmin
from workshop.admin.paging import CappedChangeList, CappedPaginator
from workshop.admin.theme import (
    COLOURS,
    ChangeList,
    ChoicesDropdownFilter,
    RangeDateTimeFilter,
    coloured,
    display,
)

SHOWN_ATTEMPTS = 50
STATE_COLOURS = coloured(State, {state: COLOURS[tone] for state, tone in TONES.items()})
PAGE = "admin:accounting_sync_syncrecord_change"


class RecordChangeList(CappedChangeList):
    """A record leaves one list for another when it is decided, so all of them lead to the same page of it."""

    def url_for_result(self, result: Any) -> str:
        return reverse(PAGE, args=[result.pk])


class RecordList(SavedViews, BulkAnswers, SpreadsheetAction, ReadOnlyAdmin):
    csv_columns = {
        "Record": "title", "Kind": "kind", "Id": "object_id", "State": "state", "Cause": "code", "Message": "message",
        "Since": "since",
        "Accounting code": "remote_id", "Number in Xero": "remote_number", "Status in Xero": "remote_status",
        "Last export": "last_exported_at", "Last import": "last_imported_at", "Do not export": "do_not_export",
        "Do not import": "do_not_import", "Reason": "reason", "Decided by": "decided_by__username",
        "Decided at": "decided_at", "Tries": "tries", "Next try": "not_before",
    }  # fmt: skip
    list_display: Any = ["record", "kind_words", "state_words", "why", "since"]
    list_filter: Any = [KindFilter, CauseFilter, ("since", RangeDateTimeFilter)]
    paginator = CappedPaginator
    show_full_result_count = False
    sortable_by = ["since"]  # what has an index; the filters do the rest
    search_fields = ["title", "message", "remote_number__exact", "remote_id__exact"]
    search_help_text = "Search by number, name or Xero's id"
    ordering = ["-since", "-id"]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("accounting_sync.view_syncrecord")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        present = in_use().order_by().values_list("connection", flat=True).first()
        rows = super().get_queryset(request).filter(connection=present)
        return rows.select_related("decided_by", "waiting_on").prefetch_related("connection")

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], words: str) -> tuple[Any, bool]:
        """Found once, then counted and shown: both by themselves would read every title."""
        found, several = super().get_search_results(request, queryset, words)
        if not words.strip():
            return found, several
        ids = list(found.order_by("-since", "-id").values_list("pk", flat=True)[: CappedPaginator.cap])
        return queryset.filter(pk__in=ids), False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return RecordChangeList

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return redirect(PAGE, object_id)

    @display(description="record", ordering="title")
    def record(self, obj: SyncRecord) -> str:
        return str(obj)

    @display(description="kind", ordering="kind")
    def kind_words(self, obj: SyncRecord) -> str:
        return DOCUMENTS[obj.kind].label

    @display(description="state", ordering="state", label=STATE_COLOURS)
    def state_words(self, obj: SyncRecord) -> str:
        return obj.get_state_display()

    @display(description="why", ordering="code")
    def why(self, obj: SyncRecord) -> str:
        return standing(obj).sentence

    @display(description="decided by", ordering="decided_by__username")
    def who(self, obj: SyncRecord) -> str:
        return (obj.decided_by.get_full_name() or str(obj.decided_by)) if obj.decided_by else ""


@admin.register(SyncRecord)
class SyncRecordAdmin(RecordList):
    """Every record, and the page each list leads to."""

    list_display = ["record", "kind_words", "state_words", "why", "since", "remote_id", "last_exported_at"]
    list_filter = [
        KindFilter, ("state", ChoicesDropdownFilter), CauseFilter, KeptOutFilter,
        ("last_exported_at", RangeDateTimeFilter), ("last_imported_at", RangeDateTimeFilter),
    ]  # fmt: skip

    def change_view(self, request: Any, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        record = SyncRecord.objects.select_related("connection", "decided_by").filter(pk=_number(object_id)).first()
        if record is None:
            messages.error(request, "There is no such record.")
            return redirect("admin:accounting_sync_syncrecord_changelist")
        shown = panels.context_of(record, request.user, request.path)
        if request.user.has_perm("accounting_sync.view_attempt"):
            shown["history"] = record.attempts.select_related("actor").order_by("-id")[:SHOWN_ATTEMPTS]
        context = {
            **self.admin_site.each_context(request),
            **shown,
            "title": str(record),
            "original": record,
            "opts": self.opts,
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/accounting_sync/record.html", context)


def _number(object_id: str) -> int:
    return int(object_id) if object_id.isascii() and object_id.isdigit() and len(object_id) < 19 else 0


@admin.register(ExportQueue)
class ExportQueueAdmin(RecordList):
    list_display = ["record", "kind_words", "state_words", "why", "since", "not_before", "tries"]
    list_filter = [KindFilter, ("state", ChoicesDropdownFilter), CauseFilter, ("since", RangeDateTimeFilter)]
    bulk = ["first_selected", "retry_selected", "skip_selected", "exclude_selected", "answer_selected"]
    list_before_template = "admin/accounting_sync/outlook.html"

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        connection = live_connection(request)
        told = {"outlook": health.outlook_of(connection, timezone.now()) if connection else None}
        return super().changelist_view(request, {**told, **(extra_context or {})})


@admin.register(UnresolvedError)
class UnresolvedErrorAdmin(RecordList):
    list_before_template = "admin/accounting_sync/causes.html"
    bulk = ["answer_selected", "retry_selected", "skip_selected", "exclude_selected"]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        rows = self.get_queryset(request).order_by().values_list("code").annotate(count=Count("pk"))
        causes = [{"code": code, "cure": BY_CODE.get(code), "count": count} for code, count in rows]
        causes.sort(key=lambda cause: -cause["count"])
        told = {"causes": causes, "connected": live_connection(request) is not None}
        return super().changelist_view(request, {**told, **(extra_context or {})})


@admin.register(Skipped)
class SkippedAdmin(RecordList):
    list_display = ["record", "kind_words", "why", "who", "decided_at", "do_not_export", "do_not_import", "since"]
    list_filter = [KindFilter, CauseFilter, KeptOutFilter, ("since", RangeDateTimeFilter)]
    bulk = ["unskip_selected", "exclude_selected", "admit_selected"]


@admin.register(InXero)
class InXeroAdmin(RecordList):
    list_display = [
        "record", "kind_words", "remote_number", "status_words", "remote_id", "last_exported_at", "last_imported_at",
        "opens",
    ]  # fmt: skip
    list_filter = [
        KindFilter, KeptOutFilter, ("last_exported_at", RangeDateTimeFilter), ("last_imported_at", RangeDateTimeFilter),
    ]  # fmt: skip
    bulk = ["exclude_selected"]

    @display(description="status in Xero", ordering="remote_status")
    def status_words(self, obj: SyncRecord) -> str:
        return obj.remote_status.capitalize()

    @display(description="in Xero")
    def opens(self, obj: SyncRecord) -> Any:
        url = links.in_xero(obj)
        return (
            format_html('<a class="accounting-link" href="{}" target="_blank" rel="noopener">Open</a>', url)
            if url
            else ""
        )
