"""What every form on these pages shares: native pickers, sensible bounds, pickers by typing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models.functions import Upper
from django.urls import reverse_lazy

from workshop.models import Customer, Part, Vehicle
from workshop.models.vehicles import tidy_rego

# A year typed as 0026 or 20266 is a slip; what lies outside no garage's books hold.
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2100, 1, 1)
SENSIBLE_DAY = [
    MinValueValidator(FIRST_DAY, "Check the year: this date is too long ago."),
    MaxValueValidator(LAST_DAY, "Check the year: this date is too far ahead."),
]


class GarageForm(forms.Form):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        kwargs.setdefault("auto_id", f"{type(self).__name__.lower()}_%s")  # several forms share a page
        super().__init__(*args, **kwargs)


def suggestions(of: str) -> dict[str, Any]:
    """A field that asks the server for options while somebody types; the list stands on the page under that id."""
    asks = {"hx-get": reverse_lazy(f"suggest-{of}"), "hx-target": f"#{of}", "hx-swap": "innerHTML"}
    return {"autocomplete": "off", "list": of, "hx-trigger": "input changed delay:250ms"} | asks


class DateField(forms.DateField):
    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
        super().__init__(validators=SENSIBLE_DAY, **kwargs)


class TimeField(forms.DateTimeField):
    """A day and a time where the garage stands, to the minute."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        super().__init__(widget=widget, **kwargs)

    def validate(self, value: datetime | None) -> None:
        super().validate(value)
        if value and not FIRST_DAY <= value.date() <= LAST_DAY:
            raise forms.ValidationError("Check the year of this date.")


class AmountField(forms.DecimalField):
    """Money to the cent, more than nothing."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("min_value", Decimal("0.01"))
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "class": "figure"}))
        super().__init__(max_digits=11, decimal_places=2, **kwargs)


class FigureField(forms.DecimalField):
    """A quantity, price or percentage: typed, not spun with the mouse wheel by accident."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "class": "figure"}))
        super().__init__(**kwargs)


class OdometerField(forms.IntegerField):
    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "numeric", "class": "figure"})
        super().__init__(min_value=0, max_value=9_999_999, widget=widget, **kwargs)

    def to_python(self, value: Any) -> int | None:
        """People copy it from the dashboard as 123,456."""
        return super().to_python(value.replace(",", "").replace(" ", "") if isinstance(value, str) else value)


class CustomerField(forms.CharField):
    """A customer by name, or by number as the suggestions write it: Kea Ltd (#12)."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = suggestions("customers")
        super().__init__(max_length=300, widget=forms.TextInput(attrs=attrs), **kwargs)

    def clean(self, value: Any) -> Customer | None:
        typed = super().clean(value)
        return self._named(typed) if typed else None

    def _named(self, typed: str) -> Customer:
        numbered = re.search(r"\(?#(\d{1,18})\)?$", typed)
        active = Customer.objects.active()
        found = list(active.filter(pk=numbered[1]) if numbered else active.filter(name__iexact=typed)[:2])
        if not found:
            raise forms.ValidationError("No customer is called that. Choose one of the suggestions.")
        if len(found) > 1:
            raise forms.ValidationError("More than one customer is called that. Choose one of the suggestions.")
        return found[0]

    def prepare_value(self, value: Any) -> Any:
        return f"{value.name} (#{value.pk})" if isinstance(value, Customer) else value


class VehicleField(forms.CharField):
    """A vehicle by its rego, or by number as suggestions write it."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"autocomplete": "off", "autocapitalize": "characters", "class": "rego"}
        super().__init__(max_length=40, widget=forms.TextInput(attrs=attrs), **kwargs)

    def clean(self, value: Any) -> Vehicle | None:
        typed = super().clean(value)
        if not typed:
            return None
        vehicle = Vehicle.objects.active().filter(rego=tidy_rego(typed)).exclude(rego="").first()
        vehicle = vehicle or Vehicle.objects.active().filter(vin=typed.upper()).first()
        if vehicle is None:
            raise forms.ValidationError("No vehicle carries this rego.")
        return vehicle

    def prepare_value(self, value: Any) -> Any:
        return value.rego or value.vin if isinstance(value, Vehicle) else value


class PartField(forms.CharField):
    """A part by its code. An archived part is taken only where it stands already."""

    kept: Part | None = None
    known: Mapping[str, Part] | None = None  # by upper-case code, where many lines are asked at once

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=30, widget=forms.TextInput(attrs=suggestions("parts")), **kwargs)

    def clean(self, value: Any) -> Part | None:
        typed = super().clean(value)
        if not typed:
            return None
        part = self._find(typed.upper())
        if part is None:
            raise forms.ValidationError("No part has this code. Leave it empty for a part that is not in the list.")
        return part

    def _find(self, code: str) -> Part | None:
        if self.kept and self.kept.code.upper() == code:
            return self.kept
        if self.known is not None:
            return self.known.get(code)
        return Part.objects.active().filter(code__iexact=code).first()

    def prepare_value(self, value: Any) -> Any:
        return value.code if isinstance(value, Part) else value


def parts_by_code(codes: Iterable[str]) -> dict[str, Part]:
    """Active parts of these codes, whatever their capitals, in one query; by upper-case code."""
    wanted = {code.strip().upper() for code in codes if code and "\0" not in code}
    if not wanted:
        return {}
    found = Part.objects.active().annotate(capitals=Upper("code")).filter(capitals__in=wanted)
    return {part.code.upper(): part for part in found}
