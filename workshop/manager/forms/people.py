"""Customers: names, typed phones, addresses, terms."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

from django import forms

from workshop.manager.forms.base import FigureField, GarageForm
from workshop.manager.forms.lines import as_typed
from workshop.models import Address, Customer, Party, PhoneNumber, TaxRate

PHONES = list(PhoneNumber.Kind)
ADDRESSES = list(Address.Kind)
ADDRESS_PARTS = ["line1", "line2", "city", "region", "postal_code", "country"]


class PhoneField(forms.CharField):
    """Any way of writing a number, as long as it is one."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"type": "tel", "autocomplete": "off"})
        super().__init__(required=False, max_length=50, widget=widget, **kwargs)

    def clean(self, value: Any) -> str:
        number: str = super().clean(value)
        if number and (len(re.sub(r"\D", "", number)) < 3 or not re.fullmatch(r"[\d\s()+./x#-]+", number)):
            raise forms.ValidationError("This is not a telephone number.")
        return number


class PartyForm(GarageForm):
    """Phones and addresses are one per kind, so they are plain fields: phone_mobile, postal_line1, …

    What changed while the form was open (by a colleague, or in the accounts) is kept where the person did not touch it,
    and asked about where they did.
    """

    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    kind = forms.ChoiceField(choices=Party.Kind, initial=Party.Kind.PERSON, widget=forms.RadioSelect)
    first_name = forms.CharField(required=False, max_length=100)
    last_name = forms.CharField(required=False, max_length=100)
    company_name = forms.CharField(label="Company", required=False, max_length=200)
    email = forms.EmailField(label="E-mail", required=False, max_length=254)
    tax_number = forms.CharField(label="GST/ABN/VAT number", required=False, max_length=50)
    terms_days = forms.IntegerField(label="Days", required=False, min_value=0, max_value=365)
    terms = forms.ChoiceField(label="Terms", required=False, choices=[("", "As the garage"), *Party.Terms.choices])
    notes = forms.CharField(required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, party: Party | None = None, **kwargs: Any) -> None:
        self.party = party
        super().__init__(*args, initial=self.values_of(party) if party else None, **kwargs)
        for kind in PHONES:
            self.fields[f"phone_{kind}"] = PhoneField(label=kind.label)
        for place in ADDRESSES:
            for part in ADDRESS_PARTS:
                label = str(Address._meta.get_field(part).verbose_name).capitalize()  # type: ignore[union-attr]
                length = Address._meta.get_field(part).max_length  # type: ignore[union-attr]
                self.fields[f"{place}_{part}"] = forms.CharField(label=label, required=False, max_length=length)
        self.now = {name: self._text(name, self.initial.get(name)) for name in self.fields if name != "seen"}
        self.initial["seen"] = json.dumps(self.now)

    def _text(self, name: str, value: Any) -> str:
        shown = self.fields[name].prepare_value(value)
        return "" if shown in (None, False) else str(shown).strip()

    def phone_fields(self) -> list[forms.BoundField]:
        return [self[f"phone_{kind}"] for kind in PHONES]

    def address_fields(self) -> list[tuple[str, list[forms.BoundField]]]:
        return [(str(kind.label), [self[f"{kind}_{part}"] for part in ADDRESS_PARTS]) for kind in ADDRESSES]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.party:
            self._keep_what_changed_meanwhile(cleaned)
        cleaned.pop("seen", None)
        if cleaned.get("terms") and cleaned.get("terms_days") is None and "terms_days" not in self.errors:
            self.add_error("terms_days", "Say how many days, or which day of the month.")
        for kind in ADDRESSES:
            rest = any(cleaned.get(f"{kind}_{part}") for part in ADDRESS_PARTS[1:])
            if rest and not cleaned.get(f"{kind}_line1"):
                self.add_error(f"{kind}_line1", "Give the first line of this address.")
        return cleaned

    def _keep_what_changed_meanwhile(self, cleaned: dict[str, Any]) -> None:
        data, before = dict(self.data.items()), self._seen(cleaned.get("seen", ""))
        for name in [name for name, now in self.now.items() if before.get(name, now) != now]:
            field, now = self.fields[name], self.now[name]
            typed = self._text(name, field.widget.value_from_datadict(data, self.files, self.add_prefix(name)))
            if typed == before[name]:
                cleaned[name] = field.clean(now)
                data[name] = now
            elif typed != now:
                to = f"changed to “{now}”" if now else "emptied"
                self.add_error(name, f"This was {to} while you had it open. Save again to keep what you typed.")
        data["seen"] = self.initial["seen"]
        self.data = data

    def _seen(self, text: str) -> dict[str, Any]:
        try:
            before = json.loads(text or "{}")
        except ValueError:
            before = None
        if not isinstance(before, dict):
            raise forms.ValidationError("This page is too old. Open it again.")
        return before

    def as_of(self) -> datetime | None:
        """When the party was as this form knows it."""
        return self.party.updated_at if self.party else None

    def with_rows(self) -> dict[str, Any]:
        """What was typed, phones and addresses gathered into rows."""
        given = dict(self.cleaned_data)
        phones = [{"kind": kind, "number": given.pop(f"phone_{kind}")} for kind in PHONES]
        addresses = [
            {"kind": kind, **{part: given.pop(f"{kind}_{part}") for part in ADDRESS_PARTS}} for kind in ADDRESSES
        ]
        return given | {
            "phones": [phone for phone in phones if phone["number"]],
            "addresses": [address for address in addresses if address["line1"]],
        }

    def values_of(self, party: Party) -> dict[str, Any]:
        values = {name: as_typed(party, name) for name in self.base_fields if name != "seen"}
        values |= {f"phone_{phone.kind}": phone.number for phone in party.phones.all()}
        for address in party.addresses.all():
            values |= {f"{address.kind}_{part}": getattr(address, part) for part in ADDRESS_PARTS}
        return values


class CustomerForm(PartyForm):
    tax_rate = forms.ModelChoiceField(
        label="Tax",
        queryset=TaxRate.objects.filter(use=TaxRate.Use.SALES, archived_at=None),
        required=False,
        empty_label="As usual",
        help_text="Only where sales to this customer are taxed differently.",
    )
    discount_percent = FigureField(
        label="Usual discount, %", max_digits=5, decimal_places=2, min_value=0, max_value=100, required=False
    )
    marketing_consent = forms.BooleanField(label="May be sent offers", required=False)

    def __init__(self, *args: Any, customer: Customer | None = None, **kwargs: Any) -> None:
        super().__init__(*args, party=customer, **kwargs)

    def verb_fields(self) -> dict[str, Any]:
        """For add_customer and edit_customer."""
        given = self.with_rows()
        return given | {"discount_percent": given["discount_percent"] or 0}
