from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.urls import reverse

from workshop import jobs
from workshop.admin.base import HistoryAdmin, ReadOnlyAdmin, TypedInline, VerbAdmin
from workshop.admin.decisions import Cancellation, asking
from workshop.admin.lines import QuoteLines
from workshop.admin.theme import ChoicesDropdownFilter, RangeDateTimeFilter, coloured, display
from workshop.models import Job, JobLine, Quote

S = Job.Status
JOB_TONES = {S.BOOKED: "default", S.ARRIVED: "warning", S.IN_PROGRESS: "info", S.COMPLETED: "success",
             S.INVOICED: "primary", S.COLLECTED: "default", S.CANCELLED: "danger"}  # fmt: skip
Q = Quote.Status
QUOTE_TONES = {Q.DRAFT: "default", Q.SENT: "info", Q.APPROVED: "success", Q.PART_APPROVED: "warning",
               Q.DECLINED: "danger", Q.SUPERSEDED: "default"}  # fmt: skip


class LineForm(ModelForm):
    """What is left empty, the verb fills in: the part's description and price, the customer's tax rate."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("description", "unit_price"):
            self.fields[name].required = False
        if self.instance.pk is None:
            self.initial["unit_price"] = None

    def _get_validation_exclusions(self) -> set[str]:
        return {*super()._get_validation_exclusions(), "tax_rate"}  # type: ignore[misc]


class LineInline(TypedInline):
    """Each row is saved by its verb, so prices, taxes and the job's version follow."""

    model = JobLine
    form = LineForm
    verbose_name_plural = "lines"
    autocomplete_fields = ["part"]
    fields = [
        ("kind", "technician"),
        "part",
        "description",
        ("quantity", "unit_price"),
        ("discount_percent", "tax_rate"),
    ]


@admin.register(Job)
class JobAdmin(HistoryAdmin, VerbAdmin):
    list_display = ["number", "state", "customer", "vehicle", "technician", "booked_for", "promised_at"]
    list_filter = [("status", ChoicesDropdownFilter), ("booked_for", RangeDateTimeFilter)]
    list_select_related = ["customer", "vehicle", "technician"]
    search_fields = ["number"]
    search_help_text = "Search by number, customer, rego or invoice"
    autocomplete_fields = ["customer", "bill_to", "vehicle", "technician"]
    inlines = [LineInline]
    readonly_fields = ["number", "state", "arrived_at", "started_at", "completed_at", "collected_at", "cancelled_at"]
    fieldsets = [
        (None, {"fields": [("number", "state"), ("customer", "bill_to"), "vehicle", "concern"]}),
        ("When and who", {"fields": ["booked_for", "promised_at", ("technician", "key_tag"),
                                     ("waiting_parts", "waiting_approval", "at_outwork")]}),
        ("Money", {"fields": [("tax_mode", "customer_order_number"),
                              ("freight", "discount_amount", "discount_percent")]}),
        ("Times", {"fields": [("arrived_at", "started_at"), ("completed_at", "collected_at"), "cancelled_at"]}),
    ]  # fmt: skip
    actions_detail = ["cancel"]
    instead_of_deleting = "Cancel it instead."

    def view_on_site(self, obj: Job) -> str:
        return reverse("job", args=[obj.pk])

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> Any:
        found = Job.objects.search(search_term).order_by().values("pk")
        return (queryset.filter(pk__in=found) if search_term else queryset), False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.editable)

    def add_through_verb(self, request: HttpRequest, fields: dict[str, Any]) -> Job:
        return jobs.book(**fields)

    def change_through_verb(self, request: HttpRequest, record: Job, fields: dict[str, Any]) -> Job:
        return jobs.edit(record, **fields)

    def save_formset(self, request: HttpRequest, form: ModelForm, formset: Any, change: bool) -> None:
        formset.save(commit=False)
        for line in formset.deleted_objects:
            jobs.remove_line(line)
        for line, changed in formset.changed_objects:
            jobs.edit_line(line, **{name: getattr(line, name) for name in changed})
        for line in formset.new_objects:
            jobs.add_line(form.instance, **_typed(line))

    @display(description="state", ordering="status", label=coloured(S, JOB_TONES))
    def state(self, obj: Job) -> str:
        return obj.get_status_display()

    cancel = asking(
        "cancel",
        "Cancel the job",
        "Cancel {record}?",
        "workshop.change_job",
        "The job leaves the board and keeps its history. A deposit held on it is refunded on its own page, or kept.",
        "{record} is cancelled.",
        Cancellation,
        danger=True,
    )(jobs.cancel)


TYPED = ["kind", "part", "description", "quantity", "unit_price", "discount_percent", "tax_rate", "technician"]


def _typed(line: JobLine) -> dict[str, Any]:
    return {name: getattr(line, name) for name in TYPED}


@admin.register(Quote)
class QuoteAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "state", "job", "expires_on", "sent_at", "decided_by"]
    list_filter = [("status", ChoicesDropdownFilter)]
    list_select_related = ["job"]
    search_fields = ["number", "job__number", "job__customer__name"]
    inlines = [QuoteLines]
    fieldsets = [
        (None, {"fields": [("number", "version"), "state", "job", ("expires_on", "sent_at")]}),
        ("Decision", {"fields": [("decided_at", "decided_by"), "evidence"]}),
        ("Money", {"fields": ["tax_mode", ("freight", "discount_amount", "discount_percent")]}),
    ]
    readonly_fields = ["number", "version", "state", "sent_at", "decided_at"]
    instead_of_deleting = "Record it as declined instead."

    def view_on_site(self, obj: Quote) -> str:
        return reverse("quote", args=[obj.pk])

    @display(description="state", ordering="status", label=coloured(Q, QUOTE_TONES))
    def state(self, obj: Quote) -> str:
        return obj.get_status_display()
