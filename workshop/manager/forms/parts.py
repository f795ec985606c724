from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms

from workshop.manager.forms.base import FigureField, GarageForm, PartField
from workshop.manager.forms.lines import as_typed
from workshop.manager.forms.stock import PlaceField
from workshop.models import NegativeStock, Part, PriceRule, Supplier, TaxRate

PRICE = {"max_digits": 12, "decimal_places": 4, "min_value": Decimal(0), "max_value": Decimal(1_000_000)}


def _level(label: str) -> FigureField:
    bounds: dict[str, Any] = {"min_value": Decimal(0), "max_value": Decimal(100_000)}
    return FigureField(label=label, required=False, max_digits=11, decimal_places=4, **bounds)


class PartForm(GarageForm):
    """All that is kept of a part. Its code is given once: it stands on documents."""

    code = forms.CharField(max_length=30, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    description = forms.CharField(max_length=200)
    unit = forms.CharField(max_length=10, initial="each", help_text="each, L, m, kg")
    category = forms.CharField(max_length=60, required=False)
    sell_price = FigureField(label="Price without tax", **PRICE)
    cost_price = FigureField(label="Last cost without tax", required=False, **PRICE)
    price_rule = forms.ModelChoiceField(
        PriceRule.objects.all(), required=False, empty_label="The price is typed",
        help_text="Where one is chosen, the price follows the cost.",
    )  # fmt: skip
    tax_rate = forms.ModelChoiceField(
        label="Tax",
        queryset=TaxRate.objects.filter(use=TaxRate.Use.SALES, archived_at=None),
        required=False,
        empty_label="Usual",
    )
    stocked = forms.BooleanField(label="Kept in stock: its quantity and value are followed", required=False)
    location = PlaceField(label="Kept at", required=False, empty_label="The usual place")
    minimum = _level("Reorder below")
    maximum = _level("Reorder up to")
    negative_stock = forms.ChoiceField(
        label="Selling more than is in stock", choices=[("", "As the garage does"), *NegativeStock.choices],
        required=False,
    )  # fmt: skip
    supplier = forms.ModelChoiceField(
        Supplier.objects.filter(archived_at=None), label="Usually from", required=False, empty_label="Nobody"
    )
    supplier_code = forms.CharField(label="Its code there", max_length=60, required=False)
    core = PartField(label="Core charged with it", required=False)
    barcodes = forms.CharField(required=False, max_length=500, help_text="More than one: a space between them.")

    def __init__(self, *args: Any, part: Part | None = None, **kwargs: Any) -> None:
        super().__init__(*args, initial=_as_typed(self, part) if part else {}, **kwargs)
        self.part = part
        if part:
            self.fields["code"].disabled = True

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        if self.part is None and Part.objects.filter(code__iexact=code).exists():
            raise forms.ValidationError("Another part has this code.")
        return code

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("supplier_code") and not cleaned.get("supplier"):
            self.add_error("supplier", "Say whose code that is.")
        return cleaned

    def verb_fields(self) -> dict[str, Any]:
        given = self.cleaned_data | {"cost_price": self.cleaned_data["cost_price"] or Decimal(0)}
        given["barcodes"] = given["barcodes"].split()
        code, supplier = given.pop("supplier_code"), given["supplier"]
        return given | {"supplier_codes": self._supplier_codes(supplier, code)}

    def _supplier_codes(self, supplier: Supplier | None, code: str) -> list[dict[str, Any]]:
        """Those of other suppliers stay."""
        others = self.part.supplier_codes.exclude(supplier=supplier).select_related("supplier") if self.part else []
        kept = [{"supplier": row.supplier, "code": row.code} for row in others]
        return [*kept, {"supplier": supplier, "code": code}] if supplier and code else kept


def _as_typed(form: PartForm, part: Part) -> dict[str, Any]:
    own = [name for name in form.base_fields if name not in ("barcodes", "supplier_code")]
    theirs = part.supplier_codes.filter(supplier=part.supplier_id).first() if part.supplier_id else None
    return {name: as_typed(part, name) for name in own} | {
        "barcodes": " ".join(part.barcodes.values_list("code", flat=True)),
        "supplier_code": theirs.code if theirs else "",
    }
