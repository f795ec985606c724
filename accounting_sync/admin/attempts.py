"""The history: every call about a record, with what was asked and what was answered."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from accounting_sync.admin.spreadsheet import SpreadsheetAction
from accounting_sync.documents import DOCUMENTS
from accounting_sync.models import Attempt
from workshop.admin.base import ReadOnlyAdmin
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
OUTCOME_COLOURS = coloured(O, {outcome: COLOURS[tone] for outcome, tone in TONES.items()}) | {OPEN: "warning"}


class AttemptKindFilter(DropdownFilter):
    title = "kind"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(kind, document.label) for kind, document in DOCUMENTS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(sync_record__kind=self.value()) if self.value() else queryset


@admin.register(Attempt)
class AttemptAdmin(SpreadsheetAction, ReadOnlyAdmin):
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
    search_fields = ["sync_record__title", "sync_record__remote_number", "correlation_id", "message"]
    search_help_text = "Search by number, name, message or Xero's correlation id"
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
        rows = super().get_queryset(request).select_related("sync_record", "actor")
        return rows.defer("body", "response") if self._is_list(request) else rows

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
