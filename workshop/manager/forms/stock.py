"""Handling goods: adjusting, counting, moving, building."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms

from workshop.manager.forms.base import DateField, FigureField, GarageForm, PartField, parts_by_code
from workshop.models import Location, PriceRule, StockTransfer, WorkOrder

QUANTITY: dict[str, Any] = {"max_digits": 11, "decimal_places": 4, "max_value": Decimal(100_000)}
SOME: dict[str, Any] = {**QUANTITY, "min_value": Decimal("0.0001")}
COST: dict[str, Any] = {"max_digits": 12, "decimal_places": 4, "min_value": Decimal(0), "max_value": Decimal(1_000_000)}
VALUE: dict[str, Any] = {"max_digits": 12, "decimal_places": 2, "max_value": Decimal(1_000_000)}
SPARE_ROWS = 3


class PlaceField(forms.ModelChoiceField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(Location.objects.filter(archived_at=None), **kwargs)


class VerbForm(GarageForm):
    """What was given goes to the verb; what was left empty is the verb's to fill in."""

    dated = True

    def __init__(self, *args: Any, backdates: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.dated and backdates:
            self.fields["date"] = DateField(label="Date", required=False, help_text="Today unless given.")

    def given(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}


class AdjustForm(VerbForm):
    quantity = FigureField(label="More (+) or fewer (−)", **QUANTITY)
    reason = forms.CharField(max_length=200)
    location = PlaceField(required=False, empty_label="Where it is kept")
    unit_cost = FigureField(label="Cost each, without tax", required=False, **COST)

    def __init__(self, *args: Any, asks_cost: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not asks_cost:
            del self.fields["unit_cost"]


class RevalueForm(VerbForm):
    unit_cost = FigureField(label="What one is worth, without tax", required=False, **COST)
    difference = FigureField(label="Or the difference in value", required=False, **VALUE)
    reason = forms.CharField(max_length=200)


class OpeningForm(VerbForm):
    quantity = FigureField(**SOME)
    value = FigureField(label="Value of all of them, without tax", min_value=Decimal(0), **VALUE)
    location = PlaceField(required=False, empty_label="Where it is kept")


class DayForm(VerbForm):
    """For steps that only ask for their day."""


class BinForm(GarageForm):
    location = PlaceField()
    code = forms.CharField(label="Bin", max_length=30, required=False)


class BeginForm(VerbForm):
    location = PlaceField(required=False, empty_label="The usual place")
    category = forms.CharField(max_length=60, required=False, help_text="All parts unless given.")


class ScanForm(GarageForm):
    """One field that a scanner fills; Enter goes on."""

    code = forms.CharField(label="Scan or type a code", max_length=60)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs = {"autocomplete": "off", "autocapitalize": "characters", "autofocus": True}


class CountForm(GarageForm):
    counted = FigureField(label="Counted", min_value=Decimal(0), **QUANTITY)
    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)


class UnitCostForm(GarageForm):
    unit_cost = FigureField(label="Cost each", **COST)
    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)


class TransferForm(GarageForm):
    from_location = PlaceField(label="From")
    to_location = PlaceField(label="To")
    note = forms.CharField(max_length=200, required=False)

    def __init__(self, *args: Any, transfer: StockTransfer | None = None, **kwargs: Any) -> None:
        if transfer:
            kwargs["initial"] = {name: getattr(transfer, name) for name in self.base_fields}
        super().__init__(*args, **kwargs)
        if transfer:
            self.fields["from_location"].disabled = self.fields["to_location"].disabled = True


class WorkOrderForm(GarageForm):
    part = PartField(label="Kit's code")
    quantity = FigureField(label="How many", initial=Decimal(1), **SOME)
    direction = forms.ChoiceField(choices=WorkOrder.Direction, initial=WorkOrder.Direction.BUILD)
    location = PlaceField(required=False, empty_label="Where the kit is kept")
    note = forms.CharField(max_length=200, required=False)


class LocationForm(GarageForm):
    name = forms.CharField(max_length=60)


class PriceRuleForm(GarageForm):
    name = forms.CharField(max_length=60)


class BandForm(forms.Form):
    cost_from = FigureField(label="From a cost of", **COST)
    markup_percent = FigureField(label="Mark-up %", max_digits=7, decimal_places=2, min_value=0, max_value=10_000)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""


class GoodsForm(forms.Form):
    part = PartField(label="Part code")
    quantity = FigureField(**SOME)

    def __init__(self, *args: Any, parts: dict[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        self.fields["part"].known = parts  # type: ignore[attr-defined]


class _Rows(forms.BaseFormSet):
    """Rows as they stand and some spare ones; an empty row is no row."""

    def rows(self) -> list[dict[str, Any]]:
        kept = [form for form in self.forms if form.cleaned_data and not form.cleaned_data.get("DELETE")]
        return [{name: value for name, value in form.cleaned_data.items() if name != "DELETE"} for form in kept]

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        if "DELETE" in form.fields:
            form.fields["DELETE"].label = "Remove"


def _row_set(form: type[forms.Form]) -> Any:
    return forms.formset_factory(
        form, formset=_Rows, extra=SPARE_ROWS, can_delete=True, can_delete_extra=False, max_num=200
    )


GoodsRows, BandRows = _row_set(GoodsForm), _row_set(BandForm)


def goods_rows(data: Any, initial: list[dict[str, Any]]) -> Any:
    """The parts of all rows are read in one query."""
    codes = [value for name, value in data.items() if name.endswith("-part")] if data else []
    parts = parts_by_code(codes) if codes else None
    return GoodsRows(data, initial=initial, prefix="lines", form_kwargs={"parts": parts})


def band_rows(data: Any, rule: PriceRule | None) -> Any:
    bands = rule.bands.values("cost_from", "markup_percent") if rule else [{"cost_from": Decimal(0)}]
    return BandRows(data, initial=list(bands), prefix="bands")
