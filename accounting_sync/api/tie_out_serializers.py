"""The tie-out as programs read it."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from accounting_sync.models import TieOutDifference, TieOutRun
from accounting_sync.tieout import cures
from workshop.api.serializers.fields import Noun, StrictInput

MONEY: dict[str, Any] = {"max_digits": 14, "decimal_places": 2}


class TieOutNumberSerializer(serializers.Serializer[Any]):
    """One number for a kind and month. `differs` and `explained` are added up without sign, so that nothing cancels."""

    kind = serializers.CharField(help_text="A kind of document, `customer`, `supplier`, `contact`, `stock` or `wip`.")
    month = serializers.DateField(allow_null=True, help_text="Its first day; of stock and WIP the day compared.")
    documents = serializers.IntegerField()
    here = serializers.DecimalField(**MONEY)
    in_xero = serializers.DecimalField(**MONEY)
    differing = serializers.IntegerField()
    differs = serializers.DecimalField(**MONEY)
    explaining = serializers.IntegerField()
    explained = serializers.DecimalField(**MONEY)


class BriefTieOutSerializer(Noun):
    stage_words = serializers.CharField(source="get_stage_display", read_only=True)

    class Meta:
        model = TieOutRun
        fields = [
            "id", "stage", "stage_words", "trigger", "started_at", "finished_at", "message", "calls", "rows_read",
            "checked", "differing", "explained",
        ]  # fmt: skip
        read_only_fields = fields


class TieOutSerializer(BriefTieOutSerializer):
    """Only a run whose `stage` is `done` says anything; `failed` means no verdict."""

    summary = TieOutNumberSerializer(many=True, read_only=True)

    class Meta(BriefTieOutSerializer.Meta):
        fields = [*BriefTieOutSerializer.Meta.fields, "summary"]
        read_only_fields = fields


class TieOutDifferenceSerializer(Noun):
    reason_words = serializers.CharField(source="get_reason_display", read_only=True)
    record = serializers.IntegerField(source="record_id", read_only=True, allow_null=True)
    run = serializers.IntegerField(source="run_id", read_only=True)
    party = serializers.IntegerField(source="party_id", read_only=True, allow_null=True)
    cure = serializers.SerializerMethodField(help_text="What `cure` would do, empty where the record holds the cure.")

    class Meta:
        model = TieOutDifference
        fields = [
            "id", "run", "verdict", "reason", "reason_words", "kind", "month", "dated", "object_id", "party", "record",
            "remote_id", "title", "field", "ours", "theirs", "amount", "cure", "details",
        ]  # fmt: skip
        read_only_fields = fields

    def get_cure(self, difference: TieOutDifference) -> str:
        return cures.offered(difference)


class CureInput(StrictInput):
    cure = serializers.ChoiceField(choices=list(cures.CURES))


class CuredSerializer(serializers.Serializer[Any]):
    sentence = serializers.CharField()
