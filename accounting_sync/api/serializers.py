"""The connection, the queue and what became of each record. No token is ever part of an answer."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounting_sync import decisions, links
from accounting_sync.kept_back import KeptBack, kept_back
from accounting_sync.models import Attempt, Connection, Mapping, Reconciliation, State, SyncRecord
from accounting_sync.models.connection import LONGEST_POLL
from accounting_sync.standing import standing
from workshop.api.serializers.fields import Noun, StrictInput, UTCDateTimeField
from workshop.money import ZERO


class ConnectionSerializer(Noun):
    """`status` is `disconnected`, and the rest empty, where no organisation is connected."""

    status_words = serializers.CharField(source="get_status_display", read_only=True)
    cause_words = serializers.CharField(source="get_cause_display", read_only=True)
    lock_date = serializers.DateField(read_only=True, allow_null=True, help_text="Nothing dated up to it is accepted.")

    class Meta:
        model = Connection
        fields = [
            "id", "status", "status_words", "cause", "cause_words", "status_since", "name", "tenant_id", "country",
            "currency", "is_demo", "set_up_at", "start_date", "lock_date", "minute_left", "day_left", "limits_at",
            "parked_until", "parked_because", "last_webhook_at", "unannounced", "unannounced_since", "purchases_since",
            "journals_since", "orders_since", "items_since", "whole_descriptions", "locks_invoices", "contact_rule",
            "poll_minutes", "poll_minutes_closed", "opens_at", "closes_at", "open_days",
        ]  # fmt: skip
        read_only_fields = fields


class ConnectionDetailSerializer(ConnectionSerializer):
    """With what is kept back, which is counted anew each time."""

    stock_kept_back = serializers.SerializerMethodField(help_text="Stock movements not posted by choice, their sum.")
    purchases_kept_back = serializers.SerializerMethodField(help_text="Bills less credits not posted by choice.")

    class Meta(ConnectionSerializer.Meta):
        fields = [*ConnectionSerializer.Meta.fields, "stock_kept_back", "purchases_kept_back"]
        read_only_fields = fields

    def to_representation(self, connection: Connection) -> dict[str, Any]:
        self.kept = kept_back(connection) if connection.pk else KeptBack({}, ZERO)
        return super().to_representation(connection)

    @extend_schema_field(serializers.DecimalField(max_digits=14, decimal_places=2))
    def get_stock_kept_back(self, connection: Connection) -> str:
        return str(self.kept.stock_total)

    @extend_schema_field(serializers.DecimalField(max_digits=14, decimal_places=2))
    def get_purchases_kept_back(self, connection: Connection) -> str:
        return str(self.kept.purchases)


class AttemptSerializer(Noun):
    class Meta:
        model = Attempt
        fields = [
            "id", "sync_record", "direction", "trigger", "actor", "operation", "version", "method", "path", "body",
            "started_at", "finished_at", "outcome", "http_status", "response", "message", "correlation_id",
            "milliseconds",
        ]  # fmt: skip
        read_only_fields = fields


class SyncRecordSerializer(Noun):
    state_words = serializers.CharField(source="get_state_display", read_only=True)
    cure = serializers.SerializerMethodField(help_text="What happens next, or what a person can do about it.")
    xero_url = serializers.SerializerMethodField(help_text="The document's page in Xero; empty where it has none.")

    class Meta:
        model = SyncRecord
        fields = [
            "id", "connection", "kind", "object_id", "title", "state", "state_words", "code", "message", "cure",
            "xero_url", "since", "waiting_on", "remote_id", "remote_number", "remote_status", "remote_updated_at",
            "wanted", "synced", "tries", "not_before", "last_exported_at", "last_imported_at", "do_not_export",
            "do_not_import", "reason", "decided_by", "decided_at",
        ]  # fmt: skip
        read_only_fields = fields

    def get_cure(self, record: SyncRecord) -> str:
        return standing(record).cure

    def get_xero_url(self, record: SyncRecord) -> str:
        return links.in_xero(record)


class OfferedDecisionSerializer(serializers.Serializer[Any]):
    decision = serializers.ChoiceField(choices=list(decisions.DECISIONS))
    words = serializers.CharField()
    shown = serializers.CharField(help_text="Which version in Xero it is about; empty when it is about none.")


class CandidateSerializer(serializers.Serializer[Any]):
    remote_id = serializers.CharField()
    name = serializers.CharField()
    email = serializers.CharField(default="")
    status = serializers.CharField(default="")


class SyncRecordDetailSerializer(SyncRecordSerializer):
    seen_with = {
        "accounting_sync.view_attempt": ("attempts",),
        "accounting_sync.decide_sync": ("decisions", "candidates"),
    }
    decisions = serializers.SerializerMethodField(help_text="What may be decided now, the likeliest cure first.")
    candidates = serializers.SerializerMethodField(help_text="Contacts in Xero that may be the same.")
    attempts = AttemptSerializer(many=True, read_only=True, help_text="Newest first.")

    class Meta(SyncRecordSerializer.Meta):
        fields = [*SyncRecordSerializer.Meta.fields, "decisions", "candidates", "attempts"]
        read_only_fields = fields

    @extend_schema_field(OfferedDecisionSerializer(many=True))
    def get_decisions(self, record: SyncRecord) -> list[dict[str, str]]:
        return [
            {
                "decision": name,
                "words": decisions.DECISIONS[name][1],
                "shown": decisions.version_shown(record, name),
            }
            for name in decisions.offered(record)
        ]

    @extend_schema_field(CandidateSerializer(many=True))
    def get_candidates(self, record: SyncRecord) -> list[dict[str, Any]]:
        return list(CandidateSerializer(record.evidence.get("candidates", []), many=True).data)


class StateCountSerializer(serializers.Serializer[Any]):
    state = serializers.ChoiceField(choices=State.choices)
    words = serializers.CharField()
    count = serializers.IntegerField()


class QueueSerializer(serializers.Serializer[Any]):
    states = StateCountSerializer(many=True)
    unresolved = serializers.IntegerField(help_text="How many ask for a person.")
    oldest_waiting_since = UTCDateTimeField(allow_null=True)
    worker_seen_at = UTCDateTimeField(allow_null=True, help_text="The background worker's last sign of life.")
    connection = ConnectionSerializer(allow_null=True)


class PreviewTotalsSerializer(serializers.Serializer[Any]):
    subtotal = serializers.DecimalField(max_digits=14, decimal_places=2)
    tax = serializers.DecimalField(max_digits=14, decimal_places=2)
    total = serializers.DecimalField(max_digits=14, decimal_places=2)


class PreviewSerializer(serializers.Serializer[Any]):
    """`operation` is empty where nothing is sent; `sentence` says what happens, or why nothing does."""

    title = serializers.CharField()
    operation = serializers.CharField()
    sentence = serializers.CharField()
    request = serializers.CharField(help_text="Method and path at Xero.")
    body = serializers.JSONField(help_text="The document in Xero's own words.")
    totals = PreviewTotalsSerializer(allow_null=True, help_text="What Xero will compute from the lines.")
    total_here = serializers.DecimalField(max_digits=14, decimal_places=2, allow_null=True)
    differs = serializers.BooleanField(help_text="The two totals are not the same.")


class ExcludeInput(StrictInput):
    do_not_export = serializers.BooleanField()
    do_not_import = serializers.BooleanField()
    reason = serializers.CharField(required=False, max_length=255, help_text="Compulsory with either mark.")

    def validate(self, fields: dict[str, Any]) -> dict[str, Any]:
        if (fields["do_not_export"] or fields["do_not_import"]) and not fields.get("reason"):
            raise serializers.ValidationError({"reason": ["Say why it is kept out."]}, code="required")
        return fields


class DecideInput(StrictInput):
    decision = serializers.ChoiceField(choices=list(decisions.DECISIONS))
    remote_id = serializers.CharField(required=False, max_length=80, help_text="With `link_contact` alone.")
    shown = serializers.CharField(
        required=False,
        max_length=64,
        help_text="With `accept` and `send_ours`: refused when Xero's version is another by now.",
    )

    def validate(self, fields: dict[str, Any]) -> dict[str, Any]:
        if "shown" in fields and fields["decision"] not in decisions.OF_ONE_VERSION:
            raise serializers.ValidationError({"shown": ["Only with accept and send_ours."]})
        if ("remote_id" in fields) != (fields["decision"] == "link_contact"):
            raise serializers.ValidationError({"remote_id": ["Needed for link_contact, and for nothing else."]})
        return fields


class StartDateInput(StrictInput):
    start_date = serializers.DateField(allow_null=True, help_text="Documents dated before it stay here.")


class ScheduleInput(StrictInput):
    """Each of them alone, or several."""

    poll_minutes = serializers.IntegerField(required=False, min_value=1, max_value=LONGEST_POLL)
    poll_minutes_closed = serializers.IntegerField(required=False, min_value=1, max_value=LONGEST_POLL)
    opens_at = serializers.TimeField(required=False)
    closes_at = serializers.TimeField(required=False)
    open_days = serializers.RegexField(
        r"^(?!.*(\d).*\1)[1-7]+$", required=False, help_text="Monday is 1, Sunday is 7: `12345`."
    )


class OptionSerializer(serializers.Serializer[Any]):
    value = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]

    def to_representation(self, instance: tuple[str, str]) -> dict[str, str]:
        return dict(zip(("value", "label"), instance, strict=True))


class MappingSerializer(serializers.Serializer[Any]):
    subject = serializers.ChoiceField(choices=Mapping.Subject.choices)
    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    value = serializers.CharField(help_text="Empty where nothing is chosen yet.")
    options = OptionSerializer(many=True)


class MappingInput(StrictInput):
    subject = serializers.ChoiceField(choices=Mapping.Subject.choices)
    key = serializers.CharField(max_length=40)
    value = serializers.CharField(max_length=60, allow_blank=True)


class MappingsInput(StrictInput):
    mappings = MappingInput(many=True, allow_empty=False)


class SkipInput(StrictInput):
    reason = serializers.CharField(max_length=255)


class ChosenInput(StrictInput):
    """Either ids, or every record that fits all of kind, state and code."""

    ids = serializers.ListField(child=serializers.IntegerField(min_value=1), required=False, max_length=1000)
    kind = serializers.CharField(required=False, max_length=20)
    state = serializers.ChoiceField(choices=State.choices, required=False)
    code = serializers.CharField(required=False, max_length=40)

    def validate(self, fields: dict[str, Any]) -> dict[str, Any]:
        filters = {"kind", "state", "code"} & set(fields)
        if ("ids" in fields) == bool(filters):
            raise serializers.ValidationError("Give either ids, or at least one of kind, state and code.")
        return fields


class ChosenToSkipInput(ChosenInput, SkipInput):
    pass


class ChosenToExcludeInput(ChosenInput):
    do_not_export = serializers.BooleanField(default=False)
    do_not_import = serializers.BooleanField(default=False)
    reason = serializers.CharField(max_length=255)

    def validate(self, fields: dict[str, Any]) -> dict[str, Any]:
        if not (fields["do_not_export"] or fields["do_not_import"]):
            raise serializers.ValidationError({"do_not_export": ["Say what they are kept out of."]})
        return super().validate(fields)


class ReconciliationEntrySerializer(serializers.Serializer[Any]):
    reason = serializers.ChoiceField(choices=Reconciliation.Reason.choices)
    amount = serializers.DecimalField(max_digits=14, decimal_places=2, help_text="More (+) or less (−) in Xero.")
    title = serializers.CharField()
    kind = serializers.CharField(allow_blank=True, help_text="Of ours, or Xero's resource.")
    object_id = serializers.IntegerField(allow_null=True)
    remote_id = serializers.CharField(allow_blank=True)
    dated = serializers.CharField(allow_blank=True)


class ReconciliationSerializer(Noun):
    """The entries add up to the difference, to the cent."""

    difference = serializers.DecimalField(max_digits=14, decimal_places=2, read_only=True)
    entries = ReconciliationEntrySerializer(many=True, read_only=True)

    class Meta:
        model = Reconciliation
        fields = ["id", "account", "as_at", "here", "in_xero", "difference", "proposed", "entries", "computed_at"]
        read_only_fields = fields


class CompareInput(StrictInput):
    as_at = serializers.DateField(required=False, help_text="Today unless given.")


class SwitchesInput(StrictInput):
    purchases = serializers.BooleanField(required=False, help_text="Send Purchase Orders to Xero.")
    journals = serializers.BooleanField(required=False, help_text="Create Inventory Journals (COGS & Stock on Hand).")
    orders = serializers.BooleanField(required=False, help_text="Send orders to suppliers as purchase orders.")
    items = serializers.BooleanField(required=False, help_text="Send parts as untracked items.")


class InvoiceOptionsInput(StrictInput):
    """Each of them alone, or both."""

    whole_descriptions = serializers.BooleanField(
        required=False, help_text="Off: a line carries the part's name, or the first line of its words."
    )
    locks_invoices = serializers.BooleanField(
        required=False, help_text="An invoice that is in Xero is no longer edited here."
    )


class CatchUpInput(StrictInput):
    date = serializers.DateField(required=False, help_text="Today unless given.")


class CountSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField(help_text="How many records this changed.")
