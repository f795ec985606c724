"""The history: every call about a record, with what was asked and what was answered."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from accounting_sync.admin.saved_views import SavedViews
from accounting_sync.admin.spreadsheet import SpreadsheetAction
from accounting_sync.documents import DOCUMENTS
from accounting_sync.models import Attempt, SyncRecord
from workshop.admin.base import ReadOnlyAdmin
from workshop.admin.paging import CappedChangeList, CappedPaginator
from workshop.admin.theme import COLOURS, ChoicesDropdownFilter, DropdownFilter, RangeDateTimeFilter, coloured, display

O = Attempt.Outcome  # noqa: E741
TONES = {
    O.ACCEPTED: "agrees",
    O.FOUND: "agrees",
    O.IMPORTED: "agrees",
    O.UNCHANGED: "agrees",
    O.DECIDED: "plain",
    O.REJECTED: "asks",
    O.UNAUTHORISED: "asks",
    O.THROTTLED: "heals",
    O.NOT_SENT: "heals",
    O.ABSENT: "heals",
    O.UNKNOWN: "heals",
}
OPEN = "Under way"
MOST_RECORDS = 500  # whose calls a search shows
OUTCOME_COLOURS = coloured(O, {outcome: COLOURS[tone] for outcome, tone in TONES.items()}) | {OPEN: "warning"}


class AttemptKindFilter(DropdownFilter):
    title = "kind"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(kind, document.label) for kind, document in DOCUMENTS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if not self.value():
            return queryset
        # a join would let the database begin with the records and sort a million calls
        return queryset.filter(Exists(SyncRecord.objects.filter(pk=OuterRef("sync_record_id"), kind=self.value())))


@admin.register(Attempt)
class AttemptAdmin(SavedViews, SpreadsheetAction, ReadOnlyAdmin):
    actions = ["save_csv"]
    csv_columns = {
        "When": "started_at", "Record": "sync_record__title", "Kind": "sync_record__kind", "Direction": "direction",
        "Outcome": "outcome", "Message": "message", "Trigger": "trigger", "Started by": "actor__username",
        "Operation": "operation", "Method": "method", "Path": "path", "HTTP status": "http_status",
        "Correlation id": "correlation_id", "Idempotency key": "idempotency_key", "Milliseconds": "milliseconds",
    }  # fmt: skip
    list_display = [
        "started_at",
        "record",
        "kind_words",
        "direction_words",
        "outcome_words",
        "message",
        "who",
        "time_taken",
    ]
    list_filter = [
        AttemptKindFilter, ("direction", ChoicesDropdownFilter), ("outcome", ChoicesDropdownFilter),
        ("trigger", ChoicesDropdownFilter), ("started_at", RangeDateTimeFilter),
    ]  # fmt: skip
    show_full_result_count = False  # it only grows, and counting all of it is slow
    paginator = CappedPaginator
    sortable_by = ["started_at"]
    search_fields = ["correlation_id"]
    search_help_text = "Search by number, name or Xero's correlation id"
    list_display_links = ["started_at"]
    fieldsets = [
        (None, {"fields": [("record_link", "kind_words"), ("direction_words", "outcome_words"), "message"]}),
        ("Call", {"fields": [("operation", "version"), ("method", "path"), ("http_status", "time_taken"),
                             ("started_at", "finished_at"), ("trigger", "who"),
                             ("correlation_id", "idempotency_key")]}),
        ("What was sent", {"fields": ["request_text"]}),
        ("What came back", {"fields": ["response_text"]}),
    ]  # fmt: skip
    readonly_fields = [
        "record_link", "kind_words", "direction_words", "outcome_words", "who", "time_taken", "request_text",
        "response_text",
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request).prefetch_related("sync_record", "actor")
        return rows.defer("body", "response") if self._is_list(request) else rows

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[CappedChangeList]:
        return CappedChangeList

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], words: str) -> tuple[Any, bool]:
        """The records first: there are ten times as many calls."""
        if not words.strip():
            return queryset, False
        by_id = queryset.filter(correlation_id=words.strip())
        if by_id.exists():
            return by_id, False
        named = SyncRecord.objects.filter(title__icontains=words.strip()).order_by("-pk")
        return queryset.filter(sync_record__in=list(named.values_list("pk", flat=True)[:MOST_RECORDS])), False

    def _is_list(self, request: HttpRequest) -> bool:
        match = request.resolver_match
        return bool(match and (match.url_name or "").endswith("_changelist"))

    @display(description="record", ordering="sync_record__title")
    def record(self, obj: Attempt) -> str:
        return str(obj.sync_record)

    @display(description="record")
    def record_link(self, obj: Attempt) -> str:
        url = reverse("admin:accounting_sync_syncrecord_change", args=[obj.sync_record_id])
        return format_html('<a class="accounting-link" href="{}">{}</a>', url, obj.sync_record)

    @display(description="kind", ordering="sync_record__kind")
    def kind_words(self, obj: Attempt) -> str:
        return DOCUMENTS[obj.sync_record.kind].label

    @display(description="direction", ordering="direction")
    def direction_words(self, obj: Attempt) -> str:
        return obj.get_direction_display()

    @display(description="outcome", ordering="outcome", label=OUTCOME_COLOURS)
    def outcome_words(self, obj: Attempt) -> str:
        return obj.get_outcome_display() or OPEN

    @display(description="started by", ordering="actor__username")
    def who(self, obj: Attempt) -> str:
        return (obj.actor.get_full_name() or str(obj.actor)) if obj.actor else obj.get_trigger_display()

    @display(description="took")
    def time_taken(self, obj: Attempt) -> str:
        return f"{obj.milliseconds:,} ms" if obj.milliseconds is not None else ""

    @display(description="request")
    def request_text(self, obj: Attempt) -> str:
        return _pretty(obj.body)

    @display(description="response")
    def response_text(self, obj: Attempt) -> str:
        return _pretty(obj.response)


def _pretty(value: Any) -> str:
    """Bodies hold business data only; tokens travel in headers, which are never kept."""
    if not value:
        return ""
    return format_html('<pre class="accounting-body">{}</pre>', json.dumps(value, indent=2, ensure_ascii=False))
