"""What the queue and the history can be asked for."""

from __future__ import annotations

from typing import Any

import django_filters as filters
from django.db.models import QuerySet

from accounting_sync.documents import DOCUMENTS
from accounting_sync.models import Attempt, ImportRow, State, SyncRecord, TieOutDifference
from accounting_sync.models.sync_record import UNRESOLVED
from workshop.api.filters import MomentFilter, ResourceFilter, YesNoFilter, ordering

KINDS = [(kind, kind) for kind in DOCUMENTS]


class SyncRecordFilter(ResourceFilter):
    kind = filters.MultipleChoiceFilter(choices=KINDS, help_text="May be given more than once.")
    state = filters.MultipleChoiceFilter(choices=State.choices, help_text="May be given more than once.")
    code = filters.CharFilter(max_length=40)
    object_id = filters.NumberFilter(min_value=1)
    synced = YesNoFilter(method="if_synced", help_text="Whether Xero holds the present version.")
    unresolved = YesNoFilter(method="if_unresolved", help_text="Whether it asks for a person.")
    do_not_export = YesNoFilter()
    do_not_import = YesNoFilter()
    exported_since = MomentFilter(field_name="last_exported_at", lookup_expr="gte")
    exported_before = MomentFilter(field_name="last_exported_at", lookup_expr="lt")
    imported_since = MomentFilter(field_name="last_imported_at", lookup_expr="gte")
    imported_before = MomentFilter(field_name="last_imported_at", lookup_expr="lt")
    remote_id = filters.CharFilter(max_length=80, help_text="The accounting code.")
    search = filters.CharFilter(field_name="title", lookup_expr="icontains", max_length=100)
    ordering = ordering("since")

    class Meta:
        model = SyncRecord
        fields = ["connection"]

    def if_synced(self, rows: QuerySet[Any], name: str, value: bool) -> QuerySet[Any]:
        return rows.filter(state=State.SYNCED) if value else rows.exclude(state=State.SYNCED)

    def if_unresolved(self, rows: QuerySet[Any], name: str, value: bool) -> QuerySet[Any]:
        return rows.filter(state__in=UNRESOLVED) if value else rows.exclude(state__in=UNRESOLVED)


class AttemptFilter(ResourceFilter):
    kind = filters.MultipleChoiceFilter(field_name="sync_record__kind", choices=KINDS)
    outcome = filters.MultipleChoiceFilter(choices=Attempt.Outcome.choices)
    started_since = MomentFilter(field_name="started_at", lookup_expr="gte")
    ordering = ordering("started_at")

    class Meta:
        model = Attempt
        fields = ["sync_record", "direction"]


class ImportRowFilter(ResourceFilter):
    search = filters.CharFilter(field_name="name", lookup_expr="icontains", max_length=100)

    class Meta:
        model = ImportRow
        fields = ["contact_import", "verdict", "reason", "choice", "outcome"]


class TieOutDifferenceFilter(ResourceFilter):
    customer = filters.NumberFilter(field_name="party_id", min_value=1, help_text="Or the supplier.")

    class Meta:
        model = TieOutDifference
        fields = ["run", "kind", "month", "verdict", "reason"]


class RecordOfFilter(filters.FilterSet):
    """Documents and checks the two parameters of the look-up by workshop record."""

    kind = filters.ChoiceFilter(choices=KINDS, required=True)
    object_id = filters.NumberFilter(min_value=1, required=True)

    class Meta:
        model = SyncRecord
        fields: list[str] = []
