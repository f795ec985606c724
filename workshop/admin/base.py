"""What every list and form of the office shares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from simple_history.admin import SimpleHistoryAdmin

from workshop.admin.theme import ModelAdmin, StackedInline, TabularInline
from workshop.errors import WorkshopError


class OfficeAdmin(ModelAdmin):
    """Lists of a page's length; nothing is ever deleted, because something always points to it."""

    list_per_page = 50
    list_filter_submit = True
    list_fullwidth = True
    compressed_fields = True
    empty_value_display = "–"
    instead_of_deleting = "Archive it instead: it leaves the pickers and keeps its history."

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Says why not, to whoever types the address or follows an old link."""
        record = self.get_object(request, object_id)
        if record is None or not self.has_view_permission(request, record):
            return super().delete_view(request, object_id, extra_context)
        messages.error(request, f"{record} cannot be deleted. {self.instead_of_deleting}")
        return redirect(self.address_of(record))

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Buttons the person may press."""
        found = super().get_actions_detail(request, object_id)
        return [a for a in found if not hasattr(a.method, "needs") or request.user.has_perm(a.method.needs)]

    def address_of(self, record: Model) -> str:
        options = self.opts
        return reverse(f"admin:{options.app_label}_{options.model_name}_change", args=[record.pk])


class ReadOnlyAdmin(OfficeAdmin):
    """What only verbs change: shown whole, never typed over."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class HistoryAdmin(SimpleHistoryAdmin):
    """Keeps every version of a record; a change that nobody gave a reason for shows a dash, not Python's None."""

    def set_history_delta_changes(self, request: HttpRequest, historical_records: Any, *args: Any) -> None:
        super().set_history_delta_changes(request, historical_records, *args)
        for version in historical_records:
            version.history_change_reason = version.history_change_reason or self.empty_value_display


class VerbForm(ModelForm):
    """Shows a verb's refusal at its field, with everything typed still there."""

    refusal: ClassVar[WorkshopError | ValidationError | None] = None

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if isinstance(self.refusal, WorkshopError):
            self.add_error(self.refusal.field if self.refusal.field in self.fields else None, self.refusal.sentence)
        elif self.refusal:
            for field, sentences in _by_field(self.refusal).items():
                self.add_error(field if field in self.fields else None, sentences)


def _by_field(error: ValidationError) -> Mapping[str, Any]:
    return error.message_dict if hasattr(error, "error_dict") else {"__all__": error.messages}


class VerbAdmin(OfficeAdmin):
    """Saves through verbs. A form is valid only if the verb takes it, so a refusal shows the form again."""

    form = VerbForm

    def add_through_verb(self, request: HttpRequest, fields: dict[str, Any]) -> Model:
        raise NotImplementedError

    def change_through_verb(self, request: HttpRequest, record: Any, fields: dict[str, Any]) -> Model:
        raise NotImplementedError

    def changeform_view(
        self, request: Any, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        try:
            with transaction.atomic():
                return super().changeform_view(request, object_id, form_url, extra_context)
        except (WorkshopError, ValidationError) as refusal:
            request.refusal = refusal
            return super().changeform_view(request, object_id, form_url, extra_context)

    def get_form(self, request: Any, obj: Any = None, change: bool = False, **kwargs: Any) -> type[ModelForm]:
        form = super().get_form(request, obj, change=change, **kwargs)
        form.refusal = getattr(request, "refusal", None)
        return form

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm, change: bool) -> None:
        fields = {name: form.cleaned_data[name] for name in form.changed_data if name in form.cleaned_data}
        if not change:
            saved = self.add_through_verb(request, {name: form.cleaned_data[name] for name in form.cleaned_data})
        elif fields:
            saved = self.change_through_verb(request, obj, fields)
        else:
            return
        obj.__dict__.update(saved.__dict__)


class SeenInline(TabularInline):
    """Rows that belong to the record and are changed elsewhere."""

    extra = 0
    can_delete = False
    show_change_link = False
    hide_title = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class TypedInline(StackedInline):
    """Rows typed with the record."""

    extra = 0
    hide_title = True
