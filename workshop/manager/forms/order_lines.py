"""The lines of an order, edited together."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms

from workshop.manager.forms.base import FigureField, PartField, parts_by_code
from workshop.manager.forms.lines import as_typed
from workshop.manager.forms.purchasing import as_price
from workshop.models import Part, PurchaseLine, PurchaseOrder

SPARE_ROWS = 3


class OrderLineForm(forms.Form):
    """``line``: the one that stands there already, with its job, core and tax."""

    line = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1)
    part = PartField(label="Part code", required=False)
    description = forms.CharField(max_length=300, required=False)
    quantity = FigureField(
        max_digits=11, decimal_places=4, min_value=Decimal("0.0001"), max_value=Decimal(100_000), required=False
    )
    unit_cost = FigureField(label="Cost each", max_digits=12, decimal_places=4, min_value=0, required=False)

    def __init__(
        self,
        *args: Any,
        parts: Mapping[str, Part],
        standing: Mapping[int, PurchaseLine],
        sees_costs: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix, self.standing = "", standing
        self.fields["part"].known = parts  # type: ignore[attr-defined]
        if not sees_costs:
            del self.fields["unit_cost"]

    def row(self) -> dict[str, Any]:
        given = self.cleaned_data
        row = {
            name: given.get(name) for name in ("part", "description", "unit_cost") if given.get(name) not in ("", None)
        }
        line = self.standing.get(given.get("line") or 0)
        if line:
            kept = {"job": line.job, "job_line": line.job_line, "tax_rate": line.tax_rate, "is_core": line.is_core}
            row |= {"supplier_code": line.supplier_code, **kept, "unit_cost": row.get("unit_cost", line.unit_cost)}
        return row | {"quantity": given.get("quantity") or Decimal(1)}


class OrderLineFormSet(forms.BaseFormSet):
    @classmethod
    def of(cls, order: PurchaseOrder | None, data: Any = None, *, sees_costs: bool) -> Any:
        """Parts and standing lines are read once for all rows."""
        related = ["part__core", "job", "job_line__job", "tax_rate"]
        lines = list(order.lines.select_related(*related)) if order else []
        parts = parts_by_code(value for name, value in (data or {}).items() if name.endswith("-part"))
        parts |= {line.part.code.upper(): line.part for line in lines if line.part}
        given = {"parts": parts, "standing": {line.pk: line for line in lines}, "sees_costs": sees_costs}
        return _FormSet(data, initial=[_values(line) for line in lines], prefix="lines", form_kwargs=given)

    def add_fields(self, form: forms.Form, index: int | None) -> None:
        super().add_fields(form, index)
        if "DELETE" in form.fields:
            form.fields["DELETE"].label = "Remove this line"

    def rows(self) -> list[dict[str, Any]]:
        kept = [form for form in self.forms if form.cleaned_data and not form.cleaned_data.get("DELETE")]
        return [form.row() for form in kept if form.cleaned_data.get("part") or form.cleaned_data.get("description")]


def _values(line: PurchaseLine) -> dict[str, Any]:
    values = {name: as_typed(line, name) for name in ("part", "description", "quantity")}
    return values | {"line": line.pk, "unit_cost": as_price(line.unit_cost)}


_FormSet = forms.formset_factory(
    OrderLineForm,
    formset=OrderLineFormSet,
    extra=SPARE_ROWS,
    can_delete=True,
    can_delete_extra=False,
    max_num=500,
)
