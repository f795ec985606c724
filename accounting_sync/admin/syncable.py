"""What accounting adds to the workshop's own lists: columns, filters, and the accounting box on each record.

The workshop knows nothing of this. Its admin classes are taken as they are registered and registered again with more.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html

from accounting_sync.admin.bulk import BulkDecisions
from accounting_sync.models import State, SyncRecord
from accounting_sync.pages import panels
from accounting_sync.standing import ASKS, HEALS, TONES, in_use
from accounting_sync.tieout import off_balance
from workshop.admin.theme import COLOURS, DropdownFilter, ModelAdmin, coloured, display
from workshop.models import (
    Bill,
    CreditNote,
    Customer,
    Deposit,
    Invoice,
    Part,
    Payment,
    PurchaseOrder,
    Refund,
    StockJournal,
    Supplier,
    SupplierCredit,
)

VIEW = "accounting_sync.view_syncrecord"
STATE_COLOURS = coloured(State, {state: COLOURS[tone] for state, tone in TONES.items()})
#: by the record's kind; customers and suppliers are both Xero's contacts
SYNCABLE: list[tuple[str, Any]] = [
    ("contact", Customer),
    ("contact", Supplier),
    ("invoice", Invoice),
    ("payment", Payment),
    ("credit_note", CreditNote),
    ("purchase_order", PurchaseOrder),
    ("bill", Bill),
    ("supplier_credit", SupplierCredit),
    ("journal", StockJournal),
    ("item", Part),
    ("deposit", Deposit),
    ("refund", Refund),
]
OFF_BALANCE_COLOURS = {ASKS: COLOURS[ASKS], HEALS: COLOURS[HEALS]}
FIELDS = [
    "state", "remote_id", "last_exported_at", "last_imported_at", "do_not_export", "do_not_import", "reason",
]  # fmt: skip


def with_standing(rows: QuerySet[Any], kind: str) -> QuerySet[Any]:
    """Each row with ``sync_…`` columns of its record in the organisation in use; empty where there is none."""
    standing = in_use().filter(kind=kind, object_id=OuterRef("pk")).order_by()
    return rows.annotate(**{f"sync_{field}": Subquery(standing.values(field)[:1]) for field in FIELDS})


class StateFilter(DropdownFilter):
    title = "accounting state"
    parameter_name = "sync_state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [*State.choices, ("none", "Not sent yet")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "none":
            return queryset.filter(sync_state=None)
        return queryset.filter(sync_state=self.value()) if self.value() else queryset


class CodeFilter(DropdownFilter):
    title = "accounting code"
    parameter_name = "accounting_code"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Filled: Xero has it"), ("no", "Empty")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(sync_remote_id__isnull=self.value() == "no") if self.value() else queryset


class KeptOutFilter(DropdownFilter):
    title = "kept out"
    parameter_name = "kept_out"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("export", "Do not export"), ("import", "Do not import")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in {"export", "import"}:
            return queryset
        return queryset.filter(**{f"sync_do_not_{self.value()}": True})


class WhenFilter(DropdownFilter):
    """Within the last days, or never."""

    field = ""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("1", "In the last day"),
            ("7", "In the last 7 days"),
            ("30", "In the last 30 days"),
            ("never", "Never"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "never":
            return queryset.filter(**{f"{self.field}__isnull": True})
        if self.value() in {"1", "7", "30"}:
            since = timezone.now() - timedelta(days=int(self.value() or 0))
            return queryset.filter(**{f"{self.field}__gte": since})
        return queryset


class ExportedFilter(WhenFilter):
    title, parameter_name, field = "last export", "exported", "sync_last_exported_at"


class ImportedFilter(WhenFilter):
    title, parameter_name, field = "last import", "imported", "sync_last_imported_at"


class SyncableAdmin(BulkDecisions):
    """Put in front of a workshop admin class."""

    sync_kind: ClassVar[str]
    bulk = ["retry_selected", "skip_selected", "unskip_selected", "exclude_selected", "admit_selected"]
    sync_columns = ["accounting_state", "accounting_code", "last_export", "last_import", "kept_out"]
    sync_filters = [StateFilter, CodeFilter, ExportedFilter, ImportedFilter, KeptOutFilter]
    # what asks for somebody stands on top, all else below the form
    change_form_outer_before_template = "admin/accounting_sync/panel_asking.html"
    change_form_outer_after_template = "admin/accounting_sync/panel.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return with_standing(super().get_queryset(request), self.sync_kind)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """The list's own, and those of the accounting records behind its rows."""
        found = super(BulkDecisions, self).get_actions(request)
        return {
            name: (act, name, f"Accounting: {words[0].lower()}{words[1:]}" if name in self.bulk else words)
            for name, (act, name, words) in found.items()
        }

    def records_of(self, queryset: QuerySet[Any]) -> QuerySet[SyncRecord]:
        behind = in_use().filter(kind=self.sync_kind, object_id__in=queryset.order_by().values("pk"))
        return SyncRecord.objects.filter(pk__in=behind.order_by().values("pk"))

    def get_list_display(self, request: HttpRequest) -> Sequence[Any]:
        columns = super().get_list_display(request)
        return [*columns, *self.sync_columns] if request.user.has_perm(VIEW) else columns

    def get_list_filter(self, request: HttpRequest) -> Sequence[Any]:
        filters = super().get_list_filter(request)
        return [*filters, *self.sync_filters] if request.user.has_perm(VIEW) else filters

    def change_view(self, request: Any, object_id: str, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        context = extra_context or {}
        if object_id.isdigit() and request.method == "GET":
            context |= self._panel(request, int(object_id))
        return super().change_view(request, object_id, form_url, context)

    def _panel(self, request: Any, object_id: int) -> dict[str, Any]:
        record = in_use().select_related("connection", "decided_by").of(self.sync_kind, object_id).first()
        shown = panels.shown(record, self.sync_kind, object_id, request.user, request.path)
        asks = record is not None and TONES[record.state] == ASKS
        return {"accounting_panel": render_to_string("accounting_sync/panel.html", shown, request), "asks": asks}

    @display(description="accounting", ordering="sync_state", label=STATE_COLOURS)
    def accounting_state(self, obj: Any) -> str:
        return State(obj.sync_state).label if obj.sync_state else "Not sent yet"

    @display(description="accounting code", ordering="sync_remote_id")
    def accounting_code(self, obj: Any) -> Any:
        """The beginning tells them apart; the whole is in the tip and on the record's page."""
        code = obj.sync_remote_id
        return format_html('<span title="{}">{}…</span>', code, code[:8]) if code else ""

    @display(description="last export", ordering="sync_last_exported_at")
    def last_export(self, obj: Any) -> Any:
        return obj.sync_last_exported_at

    @display(description="last import", ordering="sync_last_imported_at")
    def last_import(self, obj: Any) -> Any:
        return obj.sync_last_imported_at

    @display(description="kept out")
    def kept_out(self, obj: Any) -> str:
        marks = [name for name in ("export", "import") if getattr(obj, f"sync_do_not_{name}")]
        return f"Do not {' or '.join(marks)}: {obj.sync_reason}" if marks else ""


class OffBalanceFilter(DropdownFilter):
    title = "off balance"
    parameter_name = "off_balance"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Off balance"), ("differs", "Off balance, not explained"), ("no", "In balance")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "differs":
            return queryset.filter(off_balance_tone=ASKS)
        return queryset.filter(off_balance__isnull=self.value() == "no") if self.value() in {"yes", "no"} else queryset


class BalancedAdmin(ModelAdmin):
    """Put in front of the admin class of customers and of suppliers: what the last tie-out found of each."""

    balance_side: ClassVar[str]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        side = self.balance_side
        return (
            super()
            .get_queryset(request)
            .annotate(off_balance=off_balance.amount(side), off_balance_tone=off_balance.tone(side))
        )

    def get_list_display(self, request: HttpRequest) -> Sequence[Any]:
        columns = super().get_list_display(request)
        return [*columns[:1], "balance_there", *columns[1:]] if request.user.has_perm(off_balance.VIEW) else columns

    def get_list_filter(self, request: HttpRequest) -> Sequence[Any]:
        filters = super().get_list_filter(request)
        return [*filters, OffBalanceFilter] if request.user.has_perm(off_balance.VIEW) else filters

    @display(description="off balance", ordering="off_balance", label=OFF_BALANCE_COLOURS)
    def balance_there(self, obj: Any) -> Any:
        """More (+) or less (−) in Xero; the colour says whether that is explained."""
        if obj.off_balance is None:
            return ""
        return obj.off_balance_tone, f"Off balance {obj.off_balance:+,.2f}"


def extend(site: admin.AdminSite) -> None:
    for kind, model in SYNCABLE:
        if not site.is_registered(model):
            continue
        registered = type(site.get_model_admin(model))
        more = {"sync_kind": kind, "actions": [*(registered.actions or ()), *SyncableAdmin.bulk]}
        extended = type(f"Synced{registered.__name__}", (SyncableAdmin, registered), more)
        site.unregister(model)
        site.register(model, extended)
    for side, model in off_balance.SIDES.items():
        registered = type(site.get_model_admin(model))
        balanced = type(f"Balanced{registered.__name__}", (BalancedAdmin, registered), {"balance_side": side})
        site.unregister(model)
        site.register(model, balanced)


extend(admin.site)
