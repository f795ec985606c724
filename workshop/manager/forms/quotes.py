from __future__ import annotations

from typing import Any

from django import forms

from workshop.manager.forms.base import GarageForm
from workshop.models import QuoteLine


class DecisionForm(GarageForm):
    """Which lines the customer wants, who said so, and how."""

    lines = forms.TypedMultipleChoiceField(coerce=int, required=False, widget=forms.CheckboxSelectMultiple)
    decided_by = forms.CharField(label="Who decided", max_length=100)
    evidence = forms.CharField(
        label="How", required=False, max_length=200,
        widget=forms.TextInput(attrs={"placeholder": "By phone, by e-mail, at the counter"}),
    )  # fmt: skip

    def __init__(self, *args: Any, lines: list[QuoteLine], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["lines"].choices = [(line.pk, line.description) for line in lines]  # type: ignore[attr-defined]
        self.fields["lines"].initial = [line.pk for line in lines]

    def approved(self) -> list[int]:
        """Nothing, when the decline button was pressed: ticks left standing are not a yes."""
        return [] if "decline" in self.data else self.cleaned_data["lines"]

    def who(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in ("decided_by", "evidence")}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "decline" not in self.data and not cleaned.get("lines") and "lines" not in self.errors:
            self.add_error("lines", "Tick the lines that were approved, or decline the whole quote.")
        return cleaned

    def ticked(self) -> set[str]:
        return {str(value) for value in self["lines"].value() or []}
