"""Forms of invoices, payments and credit notes."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

from django import forms

from workshop.manager.forms.base import AmountField, DateField, FigureField, GarageForm
from workshop.models import RETURNS, CreditNote, Deposit, Goods, Invoice, InvoiceLine, PaymentMethod, TaxRate
from workshop.models.jobs import DISCOUNT_FIELDS
from workshop.stock.returned import may_come_back


class IssueForm(GarageForm):
    """The dates of a new invoice. Only some may date it in the past: that period may be reported already."""

    date = DateField(label="Invoice date")
    due_date = DateField(label="Due date", required=False, help_text="Empty: by the customer's terms.")

    def __init__(self, *args: Any, today: datetime.date, may_backdate: bool, **kwargs: Any) -> None:
        super().__init__(*args, initial={"date": today}, **kwargs)
        self.today, self.may_backdate = today, may_backdate

    def clean_date(self) -> datetime.date:
        on: datetime.date = self.cleaned_data["date"]
        if on < self.today and not self.may_backdate:
            raise forms.ValidationError("Only an owner or accountant dates an invoice in the past.")
        return on


class MoneyForm(GarageForm):
    """Money that comes in or goes out, today unless said otherwise."""

    amount = AmountField()
    method = forms.ModelChoiceField(queryset=PaymentMethod.objects.filter(archived_at=None), empty_label=None)
    date = DateField()
    reference = forms.CharField(required=False, max_length=100)

    def __init__(self, *args: Any, today: datetime.date, amount: Decimal | None = None, **kwargs: Any) -> None:
        super().__init__(*args, initial={"amount": amount, "date": today}, **kwargs)
        self.today = today

    def clean_date(self) -> datetime.date:
        on: datetime.date = self.cleaned_data["date"]
        if on > self.today:
            raise forms.ValidationError("Money is dated the day it arrives, not later than today.")
        return on


class PaymentForm(MoneyForm):
    """Prefilled with what is due."""

    def __init__(self, *args: Any, invoice: Invoice, **kwargs: Any) -> None:
        super().__init__(*args, amount=invoice.amount_due, **kwargs)


class DepositForm(MoneyForm):
    amount = AmountField(label="Amount, tax included")


class RefundForm(MoneyForm):
    """Prefilled with what is left."""

    def __init__(self, *args: Any, credit: CreditNote | Deposit, **kwargs: Any) -> None:
        super().__init__(*args, amount=credit.remaining, **kwargs)


class ReasonForm(GarageForm):
    """Void and reverse ask why: the answer stays on the record."""

    reason = forms.CharField(label="Why", max_length=200)


class InvoiceDateForm(GarageForm):
    date = DateField(label="New date")


class ChargesForm(GarageForm):
    """Freight and discount over a whole document."""

    freight = FigureField(max_digits=11, decimal_places=2, min_value=0, required=False, help_text="Without tax.")
    discount_percent = FigureField(label="Discount, %", max_digits=5, decimal_places=2, min_value=0, max_value=100,
                                   required=False)  # fmt: skip
    discount_amount = FigureField(
        label="Discount, amount", max_digits=11, decimal_places=2, min_value=0, required=False, help_text="Without tax."
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name in DISCOUNT_FIELDS:
            if name in self.fields and name not in self.errors:
                cleaned[name] = cleaned.get(name) or Decimal(0)
        if cleaned.get("discount_percent") and cleaned.get("discount_amount"):
            self.add_error("discount_amount", "Give a percentage or an amount, not both.")
        return cleaned


class InvoiceForm(ChargesForm):
    """What stands around the lines of an invoice. ``version`` is what the person saw when they opened it."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    reference = forms.CharField(required=False, max_length=50)
    due_date = DateField(label="Due date")
    field_order = ["version", "reference", "due_date"]


class ReissueForm(ChargesForm):
    """What stands around the lines of the invoice that takes another's place."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    reason = forms.CharField(label="Why", max_length=200, help_text="Stays on the credit note.")
    reference = forms.CharField(required=False, max_length=50)
    due_date = DateField(label="Due date", required=False, help_text="Empty: by the customer's terms.")
    field_order = ["version", "reason", "reference", "due_date"]


class QuoteChargesForm(ChargesForm):
    """What stands around the lines of a quote."""

    expires_on = DateField(label="Open until", required=False)
    field_order = ["expires_on"]


class CreditForm(GarageForm):
    """How much of each line is credited. Fields are named by the line, so errors stand beside it."""

    date = DateField()
    reason = forms.CharField(required=False, max_length=200)

    def __init__(self, *args: Any, lines: list[InvoiceLine], today: datetime.date, **kwargs: Any) -> None:
        super().__init__(*args, initial={"date": today}, **kwargs)
        self.lines, self.today = lines, today
        for line in lines:
            self.fields[f"line_{line.pk}"] = FigureField(
                label=f"Credit of {line.description}", max_digits=11, decimal_places=4, min_value=0, required=False
            )
            if may_come_back(line):
                self.fields[f"goods_{line.pk}"] = forms.ChoiceField(
                    label=f"Goods of {line.description}", choices=RETURNS, initial=Goods.RESTOCKED, required=False
                )

    def rows(self) -> list[tuple[InvoiceLine, forms.BoundField, forms.BoundField | None]]:
        return [(line, self[f"line_{line.pk}"], self._goods(line)) for line in self.lines]

    def _goods(self, line: InvoiceLine) -> forms.BoundField | None:
        name = f"goods_{line.pk}"
        return self[name] if name in self.fields else None

    def goods(self) -> dict[int, str]:
        """What became of the goods of each line that is credited."""
        return {pk: self.cleaned_data.get(f"goods_{pk}", "") for pk in self.quantities()}

    def quantities(self) -> dict[int, Decimal]:
        given = {line.pk: self.cleaned_data.get(f"line_{line.pk}") for line in self.lines}
        return {pk: quantity for pk, quantity in given.items() if quantity}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and not self.quantities():
            raise forms.ValidationError("Say how much of which line is credited.")
        return cleaned


class GoodwillForm(GarageForm):
    """A credit without an invoice."""

    description = forms.CharField(max_length=2000)
    amount = AmountField(help_text="In the way the garage prices: with or without tax.")
    tax_rate = forms.ModelChoiceField(
        label="Tax", queryset=TaxRate.objects.filter(use=TaxRate.Use.SALES, archived_at=None), required=False,
        empty_label="Usual",
    )  # fmt: skip
    date = DateField()
    reason = forms.CharField(required=False, max_length=200)


class AllocationForm(GarageForm):
    invoice = forms.ModelChoiceField(queryset=Invoice.objects.none(), empty_label=None)
    amount = AmountField()

    def __init__(self, *args: Any, note: CreditNote | Deposit, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        unpaid = Invoice.objects.unpaid().filter(customer=note.customer_id).order_by("date", "id")
        self.fields["invoice"].queryset = unpaid  # type: ignore[attr-defined]
        self.fields["invoice"].label_from_instance = _with_due  # type: ignore[attr-defined]
        first = unpaid.first()
        if first:
            self.fields["amount"].initial = min(note.remaining, first.amount_due)


def _with_due(invoice: Invoice) -> str:
    return f"{invoice.number}: {invoice.amount_due:,.2f} due"
