"""What is typed on the accounting pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from accounting_sync.choices import choices
from accounting_sync.models import Connection, ContactImport, SyncRecord
from accounting_sync.reconcile import SWITCHES


class StartDateForm(forms.Form):
    start_date = forms.DateField(
        label="Documents go to Xero from",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="Whatever is dated before it stays here. Empty: everything goes.",
    )


class SwitchesForm(forms.Form):
    purchases = forms.BooleanField(
        label=SWITCHES["purchases"],
        required=False,
        help_text="Suppliers' bills and credit notes become bills and credit notes in Xero when they are entered.",
    )
    journals = forms.BooleanField(
        label=SWITCHES["journals"],
        required=False,
        help_text="What stock is worth is posted as it moves: one journal for each line sold, each part counted.",
    )

    orders = forms.BooleanField(
        label=SWITCHES["orders"],
        required=False,
        help_text="An order becomes a purchase order in Xero when it is placed. It changes no account.",
    )

    items = forms.BooleanField(
        label=SWITCHES["items"],
        required=False,
        help_text="A part becomes an item in Xero with the first invoice or order that names it. Quantities stay here.",
    )

    @classmethod
    def of(cls, connection: Connection) -> SwitchesForm:
        return cls(initial={name: since is not None for name, since in connection.switches.items()})


class InvoiceOptionsForm(forms.ModelForm):
    class Meta:
        model = Connection
        fields = ["whole_descriptions", "locks_invoices"]


DAYS = [("1", "Mon"), ("2", "Tue"), ("3", "Wed"), ("4", "Thu"), ("5", "Fri"), ("6", "Sat"), ("7", "Sun")]


class ScheduleForm(forms.ModelForm):
    open_days = forms.MultipleChoiceField(
        label="Open on",
        choices=DAYS,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one day."},
    )

    class Meta:
        model = Connection
        fields = ["poll_minutes", "poll_minutes_closed", "opens_at", "closes_at", "open_days"]
        labels = {
            "poll_minutes": "Read Xero every … minutes while open",
            "poll_minutes_closed": "Every … minutes while closed",
            "opens_at": "Open from",
            "closes_at": "Until",
        }
        help_texts = {"poll_minutes": "What a webhook tells of is read at once all the same."}
        widgets = {name: forms.TimeInput(attrs={"type": "time"}, format="%H:%M") for name in ("opens_at", "closes_at")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["open_days"] = list(self.instance.open_days)

    def clean_open_days(self) -> str:
        return "".join(sorted(self.cleaned_data["open_days"]))


class AsAtForm(forms.Form):
    as_at = forms.DateField(
        label="As at",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="Empty: today.",
    )


class CatchUpForm(forms.Form):
    date = forms.DateField(
        label="Post it on",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="Empty: today.",
    )


class ContactRuleForm(forms.Form):
    rule = forms.ChoiceField(
        label="The same detail changed here and in Xero",
        choices=Connection.ContactRule.choices,
        widget=forms.RadioSelect,
        help_text="Different details always come together. What is erased in Xero is asked about in any case.",
    )


class PersonRuleForm(forms.Form):
    """Both rules, each with how many people and companies it would make."""

    rule = forms.ChoiceField(label="Who is a person", widget=forms.RadioSelect)

    def __init__(self, preview: Mapping[str, tuple[int, int]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["rule"].choices = [  # type: ignore[attr-defined]
            (rule, f"{label}: {_people(*preview[rule])}" if rule in preview else label)
            for rule, label in ContactImport.PersonRule.choices
        ]


def _people(persons: int, companies: int) -> str:
    return f"{persons:,} people, {companies:,} companies"


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label="Why", max_length=255, error_messages={"required": "Say why. The reason stays visible."}
    )


class ExclusionForm(forms.Form):
    do_not_export = forms.BooleanField(label="Do not export", required=False)
    do_not_import = forms.BooleanField(label="Do not import", required=False)
    reason = forms.CharField(label="Why", max_length=255, required=False)

    @classmethod
    def of(cls, record: SyncRecord) -> ExclusionForm:
        names = ["do_not_export", "do_not_import", "reason"]
        return cls(initial={name: getattr(record, name) for name in names}, auto_id="exclude_%s")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if (cleaned.get("do_not_export") or cleaned.get("do_not_import")) and not cleaned.get("reason"):
            self.add_error("reason", "Say why it is kept out. The reason stays visible.")
        return cleaned


class MappingForm(forms.Form):
    """One choice per account role, tax rate and payment method; what Xero does not offer is refused at its field."""

    def __init__(self, connection: Connection, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.connection = connection
        self.choices = choices(connection)
        for choice in self.choices:
            self.fields[f"{choice.subject}-{choice.key}"] = forms.ChoiceField(
                label=choice.label,
                required=False,
                initial=choice.value,
                choices=[("", "Not chosen"), *choice.options],
                help_text=" ".join(why for _, why in choice.refused),
                error_messages={"invalid_choice": "Choose one of the list."},
                show_hidden_initial=True,
            )

    def clean(self) -> None:
        for choice in self.choices:
            name = f"{choice.subject}-{choice.key}"
            seen, picked = self.data.get(f"initial-{name}", choice.value), self.cleaned_data.get(name, choice.value)
            if picked != seen and choice.value not in {seen, picked}:
                now = dict(choice.options).get(choice.value, choice.value) or "nothing"
                self.add_error(name, f"Somebody chose {now} meanwhile. Open the page again to choose another.")

    def chosen(self) -> dict[tuple[str, str], str]:
        """What was picked, by (subject, key); a row that was not on the page, or not touched, is left as it is."""
        names = {(choice.subject, choice.key): f"{choice.subject}-{choice.key}" for choice in self.choices}
        picked = {key: name for key, name in names.items() if name in self.data}
        return {
            key: self.cleaned_data[name]
            for key, name in picked.items()
            if self.data.get(f"initial-{name}") != self.cleaned_data[name]
        }

    def rows_of(self, subject: str) -> list[forms.BoundField]:
        return [self[f"{choice.subject}-{choice.key}"] for choice in self.choices if choice.subject == subject]
