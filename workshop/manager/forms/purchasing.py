"""Forms of buying: suppliers, orders, goods received, bills and supplier credits."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms

from workshop.manager.forms.base import AmountField, DateField, FigureField, GarageForm
from workshop.manager.forms.lines import as_typed
from workshop.manager.forms.people import PartyForm
from workshop.models import (
    Bill,
    FreightRule,
    JobLine,
    Location,
    PurchaseLine,
    PurchaseOrder,
    ReceiptLine,
    Supplier,
    SupplierCredit,
    TaxRate,
)
from workshop.purchasing.needs import Need

QUANTITY: dict[str, Any] = {"max_digits": 11, "decimal_places": 4, "max_value": Decimal(100_000), "required": False}
COST: dict[str, Any] = {"max_digits": 12, "decimal_places": 4, "min_value": 0, "required": False}
FREIGHT: dict[str, Any] = {"max_digits": 11, "decimal_places": 2, "min_value": 0, "required": False}


def purchase_taxes() -> Any:
    return TaxRate.objects.filter(use=TaxRate.Use.PURCHASES, archived_at=None)


class SupplierForm(PartyForm):
    account_number = forms.CharField(label="Our account number with them", required=False, max_length=50)
    order_email = forms.EmailField(label="E-mail for orders", required=False, max_length=254)
    freight_rule = forms.ChoiceField(
        label="Freight is", required=False, choices=[("", "As the garage does"), *FreightRule.choices]
    )
    purchase_tax_rate = forms.ModelChoiceField(
        label="Tax", queryset=purchase_taxes(), required=False, empty_label="As usual"
    )

    def __init__(self, *args: Any, supplier: Supplier | None = None, **kwargs: Any) -> None:
        super().__init__(*args, party=supplier, **kwargs)
        if supplier is None:
            self.initial["kind"] = "company"

    def verb_fields(self) -> dict[str, Any]:
        return self.with_rows()


class OrderForm(GarageForm):
    """What stands around the lines of an order."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, required=False)
    supplier = forms.ModelChoiceField(queryset=Supplier.objects.active().order_by("name"), empty_label=None)
    date = DateField()
    expected_on = DateField(label="Wanted by", required=False)
    deliver_to = forms.ModelChoiceField(queryset=Location.objects.filter(archived_at=None), empty_label=None)
    freight = FigureField(label="Expected freight", help_text="Without tax.", **FREIGHT)
    note = forms.CharField(
        label="Note to the supplier", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, sees_costs: bool, order: PurchaseOrder | None = None, **kwargs: Any) -> None:
        if order:
            kwargs["initial"] = {name: as_typed(order, name) for name in self.base_fields if name != "supplier"}
            kwargs["initial"] |= {"deliver_to": order.deliver_to_id, "version": order.version}
        super().__init__(*args, **kwargs)
        if order:
            del self.fields["supplier"]
        if not sees_costs:
            del self.fields["freight"]

    def verb_fields(self) -> dict[str, Any]:
        given = dict(self.cleaned_data)
        if "freight" in given:
            given["freight"] = given["freight"] or Decimal(0)
        if not given.get("version"):
            given.pop("version", None)
        return given


class OrderJobLineForm(GarageForm):
    """One line of a job, onto its supplier's draft order."""

    supplier = forms.ModelChoiceField(queryset=Supplier.objects.active().order_by("name"), empty_label="Choose")
    quantity = FigureField(**{**QUANTITY, "required": True, "min_value": Decimal("0.0001")})
    unit_cost = FigureField(label="Expected cost each", help_text="Without tax.", **COST)

    def __init__(self, *args: Any, line: JobLine, sees_costs: bool, **kwargs: Any) -> None:
        cost = line.unit_cost if line.unit_cost is not None else line.part.cost_price if line.part else Decimal(0)
        initial = {"quantity": as_typed(line, "quantity"), "unit_cost": f"{cost.normalize():f}"}
        initial["supplier"] = line.part.supplier_id if line.part else None
        super().__init__(*args, initial=initial, **kwargs)
        if not sees_costs:
            del self.fields["unit_cost"]

    def verb_fields(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if value is not None}


class LinesForm(GarageForm):
    """Fields that repeat for each line, named by it: an error stands beside its line."""

    def repeat(self, name: str, lines: Sequence[Any], make: Any) -> None:
        for line in lines:
            self.fields[f"{name}_{line.pk}"] = make(line)

    def given(self, name: str, lines: Sequence[Any]) -> dict[int, Decimal]:
        values = {line.pk: self.cleaned_data.get(f"{name}_{line.pk}") for line in lines}
        return {pk: value for pk, value in values.items() if value is not None}

    def rows(self) -> list[tuple[Any, list[forms.BoundField]]]:
        raise NotImplementedError

    def beside(self, lines: Sequence[Any], *names: str) -> list[tuple[Any, list[forms.BoundField]]]:
        return [(line, [self[f"{n}_{line.pk}"] for n in names if f"{n}_{line.pk}" in self.fields]) for line in lines]


class ReceiveForm(LinesForm):
    """What came. Prefilled with what is still to come, so that a whole delivery is one key."""

    date = DateField()
    delivery_note = forms.CharField(label="Delivery note", required=False, max_length=100)
    freight = FigureField(help_text="Without tax.", **FREIGHT)
    confirm_more = forms.BooleanField(label="Yes, more came than was ordered", required=False)

    def __init__(
        self,
        *args: Any,
        lines: Sequence[PurchaseLine],
        today: datetime.date,
        freight: Decimal,
        sees_costs: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, initial={"date": today, "freight": freight}, **kwargs)
        self.lines, self.asks = lines, False
        self.repeat("quantity", lines, _came)
        if sees_costs:
            self.repeat("cost", lines, _cost)
        else:
            del self.fields["freight"]

    def rows(self) -> list[tuple[Any, list[forms.BoundField]]]:
        return self.beside(self.lines, "quantity", "cost")

    def received(self) -> list[dict[str, Any]]:
        costs = self.given("cost", self.lines)
        quantities = self.given("quantity", self.lines)
        return [{"line": pk, "quantity": q, "unit_cost": costs.get(pk)} for pk, q in quantities.items() if q]

    def verb_fields(self) -> dict[str, Any]:
        names = ["date", "delivery_note", "freight", "confirm_more"]
        return {name: self.cleaned_data[name] for name in names if name in self.cleaned_data}


def _came(line: PurchaseLine) -> FigureField:
    return FigureField(label=f"Came of {line}", min_value=0, initial=f"{line.outstanding.normalize():f}", **QUANTITY)


def _cost(line: PurchaseLine | ReceiptLine) -> FigureField:
    return FigureField(label=f"Cost each of {line}", initial=as_price(line.unit_cost), **COST)


def as_price(amount: Decimal) -> str:
    whole, _, fraction = f"{amount:f}".partition(".")
    return f"{whole}.{fraction.rstrip('0').ljust(2, '0')}"


class CostsForm(LinesForm):
    """The prices of a delivery's lines, as billed or corrected."""

    freight = FigureField(help_text="Without tax.", **FREIGHT)
    supplier_total = FigureField(
        label="Total on the invoice",
        help_text="With tax. Up to 5 cents off becomes a rounding line.",
        **{**FREIGHT, "min_value": None},
    )

    def __init__(self, *args: Any, lines: Sequence[ReceiptLine], initial: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, initial=dict(initial), **kwargs)
        self.lines = lines
        self.repeat("cost", lines, _cost)

    def rows(self) -> list[tuple[Any, list[forms.BoundField]]]:
        return self.beside(self.lines, "cost")

    def changed_costs(self) -> dict[int, Decimal]:
        was = {line.pk: line.unit_cost for line in self.lines}
        return {pk: cost for pk, cost in self.given("cost", self.lines).items() if cost != was[pk]}

    def verb_fields(self) -> dict[str, Any]:
        given = {n: v for n, v in self.cleaned_data.items() if not n.startswith("cost_") and v not in (None, "")}
        return given | {"unit_costs": self.changed_costs()}


class BillForm(CostsForm):
    number = forms.CharField(label="Supplier's invoice number", max_length=100)
    date = DateField(label="Invoice date")
    due_date = DateField(label="Due", required=False, help_text="Empty: by the supplier's terms.")
    field_order = ["number", "date", "due_date", "freight", "supplier_total"]


class CorrectForm(CostsForm):
    number = forms.CharField(label="Number of the second invoice or credit", max_length=100, required=False)
    date = DateField(label="Its date", required=False)

    def __init__(self, *args: Any, on_the_bill: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ["number", "date"] if on_the_bill else ["freight", "supplier_total"]:
            del self.fields[name]
        if not on_the_bill:
            self.fields["number"].required = True


class LateCostForm(GarageForm):
    supplier = forms.ModelChoiceField(queryset=Supplier.objects.active().order_by("name"), empty_label="Choose")
    number = forms.CharField(label="Their invoice number", max_length=100)
    amount = FigureField(label="Freight", help_text="Without tax.", **{**FREIGHT, "required": True})
    date = DateField()


class SupplierCreditForm(LinesForm):
    """Of each line how much goes back; or money alone, where the goods stay."""

    reason = forms.CharField(label="Why", max_length=200)

    def __init__(self, *args: Any, lines: Sequence[ReceiptLine], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines = lines
        self.repeat("quantity", lines, lambda line: FigureField(label=f"Back of {line}", min_value=0, **QUANTITY))
        self.repeat("amount", lines, lambda line: FigureField(label=f"Money for {line}", **FREIGHT))

    def rows(self) -> list[tuple[Any, list[forms.BoundField]]]:
        return self.beside(self.lines, "quantity", "amount")

    def credited(self) -> list[dict[str, Any]]:
        by_pk = {line.pk: line for line in self.lines}
        quantities, amounts = self.given("quantity", self.lines), self.given("amount", self.lines)
        goods = [{"receipt_line": by_pk[pk], "quantity": quantity} for pk, quantity in quantities.items() if quantity]
        money = [
            {"receipt_line": by_pk[pk], "amount": amount, "goods_return": False}
            for pk, amount in amounts.items()
            if amount
        ]
        return [*goods, *money]


class FinaliseCreditForm(GarageForm):
    supplier_number = forms.CharField(label="Supplier's credit note number", max_length=100)
    date = DateField()


class UseCreditForm(GarageForm):
    bill = forms.ModelChoiceField(queryset=Bill.objects.none(), empty_label=None)
    amount = AmountField()

    def __init__(self, *args: Any, credit: SupplierCredit, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owed = Bill.objects.owed().filter(supplier=credit.supplier_id).order_by("date", "id")
        self.fields["bill"].queryset = owed  # type: ignore[attr-defined]
        self.fields["bill"].label_from_instance = _with_due  # type: ignore[attr-defined]
        first = owed.first()
        if first:
            self.fields["amount"].initial = min(credit.remaining, first.amount_due)


def _with_due(bill: Bill) -> str:
    return f"{bill.number}: {bill.amount_due:,.2f} due"


class NeedsForm(GarageForm):
    """The purchase list: what is ticked is ordered, from whom and how much."""

    def __init__(self, *args: Any, needs: Sequence[Need], suppliers: Sequence[Supplier], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.needs, self.suppliers = needs, {str(supplier.pk): supplier for supplier in suppliers}
        choices = [("", "Choose a supplier"), *((pk, supplier.name) for pk, supplier in self.suppliers.items())]
        for need in needs:
            self._add(need, choices)

    def _add(self, need: Need, choices: list[tuple[str, str]]) -> None:
        of = need.description
        self.fields[f"need_{need.key}"] = forms.BooleanField(
            label=f"Order {of}", required=False, initial=need.supplier is not None
        )
        quantity = {**QUANTITY, "min_value": Decimal("0.0001"), "initial": f"{need.quantity.normalize():f}"}
        self.fields[f"quantity_{need.key}"] = FigureField(label=f"How much of {of}", **quantity)
        self.fields[f"supplier_{need.key}"] = forms.ChoiceField(
            label=f"Supplier of {of}",
            required=False,
            choices=choices,
            initial=need.supplier.pk if need.supplier else "",
        )

    def rows(self) -> list[tuple[Need, forms.BoundField, forms.BoundField, forms.BoundField]]:
        return [
            (need, self[f"need_{need.key}"], self[f"quantity_{need.key}"], self[f"supplier_{need.key}"])
            for need in self.needs
        ]

    def wanted(self) -> list[dict[str, Any]]:
        return [self._row(need.key) for need in self.needs if self.cleaned_data.get(f"need_{need.key}")]

    def _row(self, key: str) -> dict[str, Any]:
        supplier = self.suppliers.get(self.cleaned_data.get(f"supplier_{key}", ""))
        return {"key": key, "quantity": self.cleaned_data.get(f"quantity_{key}"), "supplier": supplier}
