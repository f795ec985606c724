"""The lines of an invoice or a quote, edited together."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import Any

from django import forms

from workshop.manager.forms.base import FigureField, PartField, parts_by_code
from workshop.manager.forms.lines import as_typed
from workshop.models import Invoice, LineKind, Part, Quote, TaxRate
from workshop.models.lines import PricedLine

SPARE_ROWS = 2
FIELDS = ["kind", "part", "description", "quantity", "unit_price", "discount_percent", "tax_rate"]


class DocumentLineForm(forms.Form):
    kind = forms.ChoiceField(choices=LineKind, initial=LineKind.LABOUR)
    part = PartField(label="Part code", required=False)
    description = forms.CharField(max_length=2000, widget=forms.TextInput)
    quantity = FigureField(
        max_digits=11, decimal_places=4, min_value=Decimal("0.0001"), max_value=Decimal(100_000), required=False
    )
    unit_price = FigureField(
        label="Price", max_digits=12, decimal_places=4, min_value=0, max_value=Decimal(1_000_000), required=False
    )
    discount_percent = FigureField(
        label="Disc. %", max_digits=5, decimal_places=2, min_value=0, max_value=100, required=False
    )
    tax_rate = forms.TypedChoiceField(label="Tax", required=False, empty_value=None)

    def __init__(self, *args: Any, rates: dict[str, TaxRate], parts: dict[str, Part], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        tax, part = self.fields["tax_rate"], self.fields["part"]
        tax.choices = [("", "Usual"), *((pk, rate.name) for pk, rate in rates.items())]  # type: ignore[attr-defined]
        tax.coerce = partial(_chosen, rates)  # type: ignore[attr-defined]
        part.known = parts  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        priced = cleaned.get("kind") != LineKind.TEXT and not cleaned.get("DELETE")
        if priced and cleaned.get("unit_price") is None and "unit_price" not in self.errors:
            self.add_error("unit_price", "Give a price, or make it a text line.")
        return cleaned

    def row(self) -> dict[str, Any]:
        given = {name: value for name, value in self.cleaned_data.items() if name in FIELDS and value not in (None, "")}
        return {"quantity": Decimal(1)} | given


def _chosen(rates: dict[str, TaxRate], pk: Any) -> TaxRate:
    if str(pk) not in rates:
        raise ValueError(pk)
    return rates[str(pk)]


class DocumentLineFormSet(forms.BaseFormSet):
    """Rows as they stand, some spare ones below; a ticked row is left out."""

    @classmethod
    def of(cls, document: Invoice | Quote, data: Any = None) -> Any:
        """The taxes and parts are read once for all lines; those a line has already stay, archived or not."""
        lines = list(document.lines.filter(kind__in=LineKind.values).select_related("part", "tax_rate"))
        rates = list(TaxRate.objects.filter(use=TaxRate.Use.SALES, archived_at=None))
        rates += [line.tax_rate for line in lines if line.tax_rate and line.tax_rate not in rates]
        parts = parts_by_code(value for name, value in (data or {}).items() if name.endswith("-part"))
        parts |= {line.part.code.upper(): line.part for line in lines if line.part}
        given = {"rates": {str(rate.pk): rate for rate in rates}, "parts": parts}
        return _FormSet(data, initial=[_values(line) for line in lines], prefix="lines", form_kwargs=given)

    def add_fields(self, form: forms.Form, index: int | None) -> None:
        super().add_fields(form, index)
        if "DELETE" in form.fields:
            form.fields["DELETE"].label = "Remove this line"

    def rows(self) -> list[dict[str, Any]]:
        kept = [form for form in self.forms if form.cleaned_data and not form.cleaned_data.get("DELETE")]
        return [form.row() for form in kept]


def _values(line: PricedLine) -> dict[str, Any]:
    return {name: as_typed(line, name) for name in FIELDS} | {"tax_rate": line.tax_rate_id}


_FormSet = forms.formset_factory(
    DocumentLineForm,
    formset=DocumentLineFormSet,
    extra=SPARE_ROWS,
    can_delete=True,
    can_delete_extra=False,
    max_num=500,
)
