"""What every representation keeps to: UTC, strict input, and only what the role may see."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

from django.db import models
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

PRICES, COSTS, CONTACT_DETAILS = "workshop.see_prices", "workshop.see_costs", "workshop.see_contact_details"


def stated_moment(text: Any) -> datetime | None:
    """A moment in UTC from ISO 8601 with a zone; None for anything else. Without a zone it would be a guess."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, TypeError, OverflowError):  # the year 1 in New Zealand is before the calendar begins in UTC
        return None


class UTCDateTimeField(serializers.DateTimeField):
    """ISO 8601 in UTC with Z going out; any zone, but a stated one, coming in."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(default_timezone=UTC, **kwargs)

    def to_internal_value(self, value: Any) -> datetime:
        super().to_internal_value(value)
        moment = stated_moment(value)
        if moment is None:
            raise serializers.ValidationError("Say which time zone: 2026-07-01T09:00:00Z or …+12:00.", "no_time_zone")
        return moment


class StrictInput(serializers.Serializer[Any]):
    """Refuses what it does not know, and leaves out what the role may not see.

    ``seen_with`` maps a permission to the fields it opens; without it they neither come out nor go in.
    """

    seen_with: ClassVar[Mapping[str, tuple[str, ...]]] = {}

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        fields = super().get_fields()
        for permission, names in self.seen_with.items():
            if not self._may(permission):
                for name in names:
                    fields.pop(name, None)
        return fields

    def _may(self, permission: str) -> bool:
        view, request = self.context.get("view"), self.context.get("request")
        if request is None or getattr(view, "swagger_fake_view", False):
            return True
        return bool(request.user.has_perm(permission))

    def to_internal_value(self, data: Any) -> Any:
        errors = self._unexpected(data) if isinstance(data, Mapping) else {}
        try:
            value = super().to_internal_value(data)
        except serializers.ValidationError as error:
            raise serializers.ValidationError({**error.detail, **errors}) from error  # type: ignore[dict-item]
        if errors:
            raise serializers.ValidationError(errors)
        return value

    def _unexpected(self, data: Mapping[str, Any]) -> dict[str, list[ErrorDetail]]:
        fields = self.fields
        unknown = {name: [ErrorDetail("There is no such field.", "unknown")] for name in data if name not in fields}
        read_only = {
            name: [ErrorDetail("This field cannot be set.", "read_only")]
            for name in data
            if name in fields and fields[name].read_only
        }
        return unknown | read_only


class Noun(StrictInput, serializers.ModelSerializer[Any]):
    """A model's representation. Uniqueness is checked by the verb's full_clean, against the database's own rules."""

    serializer_field_mapping: ClassVar[dict[Any, Any]] = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.DateTimeField: UTCDateTimeField,
    }


class ReasonInput(StrictInput):
    reason = serializers.CharField(max_length=200)


class NothingToSay(StrictInput):
    """For actions that need no more than being asked for."""


class MoneyInput(serializers.DecimalField):
    """An amount of money as a string, with at most 2 decimals."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=12, decimal_places=2, **kwargs)
