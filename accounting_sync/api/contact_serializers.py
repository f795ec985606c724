"""The import of contacts, its rows, and what is decided about them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounting_sync import classify, contact_import
from accounting_sync.models import Connection, ContactImport, ImportRow
from workshop.api.serializers.fields import Noun, StrictInput
from workshop.models import Party

CHOICES = [choice for choice in ImportRow.Choice.choices if choice[0]]
OVERRIDABLE = ["archived", "no_details", "supplier_only", "never_invoiced"]


class PeopleSerializer(serializers.Serializer[Any]):
    person_rule = serializers.ChoiceField(choices=ContactImport.PersonRule.choices)
    people = serializers.IntegerField()
    companies = serializers.IntegerField()


class ContactImportSerializer(Noun):
    """`stage` is `reading`, `ready` (for `confirm`), `writing`, `done` or `stopped`."""

    stage_words = serializers.CharField(source="get_stage_display", read_only=True)
    percent = serializers.SerializerMethodField(help_text="How far the present stage is.")
    counts = serializers.SerializerMethodField(help_text="By `verdict`, `reason`, `choice` and `outcome`.")
    people = serializers.SerializerMethodField(help_text="What each rule would make of those that are made.")

    class Meta:
        model = ContactImport
        fields = [
            "id", "stage", "stage_words", "percent", "message", "person_rule", "people", "in_xero", "reads", "counts",
            "started_by", "started_at", "confirmed_by", "confirmed_at", "finished_at",
        ]  # fmt: skip
        read_only_fields = fields

    def get_percent(self, run: ContactImport) -> int:
        return contact_import.percent(run, contact_import.counts(run))

    def get_counts(self, run: ContactImport) -> dict[str, dict[str, int]]:
        return contact_import.counts(run)

    @extend_schema_field(PeopleSerializer(many=True))
    def get_people(self, run: ContactImport) -> list[dict[str, Any]]:
        preview = contact_import.people_preview(run)
        return [{"person_rule": rule, "people": p, "companies": c} for rule, (p, c) in preview.items()]


class BriefContactImportSerializer(ContactImportSerializer):
    """Without what costs a count of all its contacts."""

    percent = counts = people = None  # type: ignore[assignment]

    class Meta(ContactImportSerializer.Meta):
        fields = [name for name in ContactImportSerializer.Meta.fields if name not in {"percent", "counts", "people"}]
        read_only_fields = fields


class ImportRowSerializer(Noun):
    email = serializers.SerializerMethodField()
    phones = serializers.SerializerMethodField()
    kind = serializers.SerializerMethodField(help_text="Person or company, by the import's present rule.")
    candidates = serializers.ListField(child=serializers.IntegerField(), read_only=True)

    class Meta:
        model = ImportRow
        fields = [
            "id", "contact_import", "contact_id", "name", "email", "phones", "kind", "verdict", "reason", "note",
            "party", "candidates", "choice", "outcome",
        ]  # fmt: skip
        read_only_fields = fields

    def get_email(self, row: ImportRow) -> str:
        return str(classify.shown(row.element)["email"])

    def get_phones(self, row: ImportRow) -> list[str]:
        return list(classify.shown(row.element)["phones"])

    def get_kind(self, row: ImportRow) -> str:
        return classify.kind_of(row.element, row.contact_import.person_rule)


class PersonRuleInput(StrictInput):
    person_rule = serializers.ChoiceField(choices=ContactImport.PersonRule.choices)


class ChooseManyInput(StrictInput):
    reason = serializers.ChoiceField(choices=OVERRIDABLE)
    after_all = serializers.BooleanField(help_text="True: they are made too. False: they stay out.")


class ChooseRowInput(StrictInput):
    choice = serializers.ChoiceField(choices=CHOICES)
    party = serializers.PrimaryKeyRelatedField(
        queryset=Party.objects.all(), required=False, help_text="With `link` alone: one of the `candidates`."
    )

    def validate(self, fields: dict[str, Any]) -> dict[str, Any]:
        if ("party" in fields) != (fields["choice"] == ImportRow.Choice.LINK):
            raise serializers.ValidationError({"party": ["Needed for link, and for nothing else."]})
        return fields


class ContactRuleInput(StrictInput):
    contact_rule = serializers.ChoiceField(
        choices=Connection.ContactRule.choices,
        help_text="Which version counts where the same detail of a contact changed on both sides.",
    )
