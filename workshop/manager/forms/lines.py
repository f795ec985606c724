"""One line of work: labour, part, outwork or a note."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.db.models import Q

from workshop.manager.forms.base import FigureField, GarageForm, PartField
from workshop.models import LineKind, TaxRate
from workshop.models.lines import PricedLine

LABELS = {
    LineKind.LABOUR: {"quantity": "Hours", "unit_price": "Rate"},
    LineKind.PART: {"quantity": "Quantity", "unit_price": "Price"},
    LineKind.OUTWORK: {"quantity": "Quantity", "unit_price": "Price"},
}


def kinds_for(user: User) -> list[str]:
    """Whoever may change the job may add any line; the parts counter adds parts."""
    return list(LineKind.values) if user.has_perm("workshop.change_job") else [LineKind.PART]


class LineForm(GarageForm):
    """What is left empty on a new line the verb fills: a part's text and price, the labour rate, the tax."""

    part = PartField(label="Part code", required=False)
    description = forms.CharField(max_length=2000)
    quantity = FigureField(
        max_digits=11, decimal_places=4, min_value=Decimal("0.0001"), max_value=Decimal(100_000), initial=Decimal(1)
    )
    unit_price = FigureField(max_digits=12, decimal_places=4, min_value=Decimal(0), max_value=Decimal(1_000_000))
    discount_percent = FigureField(
        label="Disc. %", max_digits=5, decimal_places=2, min_value=0, max_value=100, required=False
    )
    tax_rate = forms.ModelChoiceField(label="Tax", queryset=TaxRate.objects.none(), required=False, empty_label="Usual")

    def __init__(
        self, *args: Any, kind: str, line: PricedLine | None = None, sees_prices: bool = True, **kwargs: Any
    ) -> None:
        self.kind, self.line = LineKind(kind), line
        if line:
            kwargs["initial"] = {name: as_typed(line, name) for name in self.base_fields}
        super().__init__(*args, **kwargs)
        self._fit_kind(sees_prices)

    def _fit_kind(self, sees_prices: bool) -> None:
        unused = {LineKind.TEXT: ["part", "quantity"], LineKind.PART: []}.get(self.kind, ["part"])
        if self.kind == LineKind.TEXT or not sees_prices:
            unused = [*unused, "unit_price", "discount_percent", "tax_rate"]
        for name in unused:
            del self.fields[name]
        for name, label in LABELS.get(self.kind, {}).items():
            if name in self.fields:
                self.fields[name].label = label
        if not self.is_bound:
            next(iter(self.fields.values())).widget.attrs["autofocus"] = True
        self._relax()

    def _relax(self) -> None:
        if self.line and "part" in self.fields:
            self.fields["part"].kept = self.line.part  # type: ignore[attr-defined]
        if self.kind == LineKind.PART and not self.line:
            self.fields["description"].required = False  # comes from the part
        if "tax_rate" in self.fields:
            rates = Q(use=TaxRate.Use.SALES, archived_at=None)
            if self.line:
                rates |= Q(pk=self.line.tax_rate_id)
            self.fields["tax_rate"].queryset = TaxRate.objects.filter(rates)  # type: ignore[attr-defined]
            self.fields["unit_price"].required = bool(self.line) or self.kind == LineKind.OUTWORK

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.kind == LineKind.PART and not self.errors and not cleaned.get("part"):
            self._check_unlisted_part(cleaned)
        return cleaned

    def _check_unlisted_part(self, cleaned: dict[str, Any]) -> None:
        if not cleaned.get("description"):
            self.add_error("description", "Give a part code or describe the part.")
        elif "unit_price" in self.fields and cleaned.get("unit_price") is None:
            self.add_error("unit_price", "Give the price of a part that is not in the list.")

    def line_fields(self) -> dict[str, Any]:
        """For the verb: what was given. On an edit an emptied field is emptied, on a new line it is filled in."""
        given = dict(self.cleaned_data)
        if self.line is None:
            return {name: value for name, value in given.items() if value not in (None, "")} | {"kind": self.kind}
        if "discount_percent" in given:
            given["discount_percent"] = given["discount_percent"] or Decimal(0)
        return given


def as_typed(record: Any, name: str) -> Any:
    """1.5000 hours are typed back as 1.5, and a price of 11.9000 as 11.90."""
    value = getattr(record, name)
    if not isinstance(value, Decimal):
        return value
    whole, _, fraction = f"{value:f}".partition(".")
    fraction = fraction.rstrip("0").ljust(2 if name.endswith("price") else 0, "0")
    return f"{whole}.{fraction}" if fraction else whole
