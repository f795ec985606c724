"""The garage itself: tax rates, payment methods, numbering."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Field
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from workshop.admin.archiving import ArchivableAdmin, ArchivedFilter
from workshop.admin.base import OfficeAdmin
from workshop.admin.theme import display
from workshop.models import NumberSequence, Organisation, PaymentMethod, TaxRate
from workshop.opening import open_garage


def archive(setting: Any) -> Any:
    """A setting leaves the pickers; documents that use it keep it. Raises ValidationError for the default tax rate."""
    setting.archived_at = timezone.now()
    setting.full_clean()
    setting.save(update_fields=["archived_at"])
    return setting


def restore(setting: Any) -> Any:
    setting.archived_at = None
    setting.save(update_fields=["archived_at"])
    return setting


@admin.register(Organisation)
class OrganisationAdmin(OfficeAdmin):
    list_display = ["name", "country", "currency", "time_zone", "tax_mode"]
    fieldsets = [
        (None, {"fields": ["name", ("phone", "email"), "address"]}),
        ("Where and how", {"fields": [("country", "currency"), "time_zone", ("tax_number", "tax_mode")]}),
        ("Terms and prices", {"fields": [("payment_terms_days", "labour_rate"), "deposit_tax_rate"]}),
    ]
    instead_of_deleting = "Everything else stands on it."

    def has_add_permission(self, request: HttpRequest) -> bool:
        """There is exactly one."""
        return super().has_add_permission(request) and not Organisation.objects.exists()

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            obj.save()
            return
        open_garage(obj)
        messages.info(request, "The tax rates and ways of paying usual in its country are made: look them over.")

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """A list of one is no list: straight to the garage."""
        garage = Organisation.objects.filter(pk=1).first()
        if garage and self.has_view_or_change_permission(request):
            return redirect(self.address_of(garage))
        return super().changelist_view(request, extra_context)


@admin.register(TaxRate)
class TaxRateAdmin(ArchivableAdmin):
    list_display = ["name", "percent", "use", "is_default", "discountable", "archived_at"]
    list_filter = [ArchivedFilter]
    search_fields = ["name"]
    fields = ["name", ("percent", "use"), ("is_default", "discountable"), "archived_at"]
    readonly_fields = ["archived_at"]
    archive, restore = staticmethod(archive), staticmethod(restore)


@admin.register(PaymentMethod)
class PaymentMethodAdmin(ArchivableAdmin):
    list_display = ["name", "position", "archived_at"]
    list_filter = [ArchivedFilter]
    fields = [("name", "position"), "archived_at"]
    readonly_fields = ["archived_at"]
    archive, restore = staticmethod(archive), staticmethod(restore)


@admin.register(NumberSequence)
class NumberSequenceAdmin(OfficeAdmin):
    list_display = ["series", "prefix", "next_number", "digits", "example"]
    fields = ["series", ("prefix", "next_number", "digits")]
    instead_of_deleting = "A number once given must never be given again."

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["series"] if obj else []

    def formfield_for_dbfield(self, db_field: Field[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        """The space at the end of “INV ” belongs to the prefix; without it, it would be another series."""
        formfield = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "prefix":
            formfield.strip = False
        return formfield

    @display(description="the next one")
    def example(self, obj: NumberSequence) -> str:
        return obj.formatted()
