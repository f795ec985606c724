"""What people type, onto a record: only the fields that are theirs to change, trimmed, within sense."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model

from workshop.errors import InvalidInput

Record = TypeVar("Record", bound=Model)
EARLIEST = date(2000, 1, 1)
AHEAD = timedelta(days=366)


def fill(record: Record, fields: Mapping[str, Any]) -> Record:
    """Set typed fields, without the spaces around them.

    Raises TypeError for a field only a verb may set (a status, a number): that is the caller's mistake, not a person's.
    """
    for name, value in fields.items():
        field = record._meta.get_field(name)
        if not getattr(field, "editable", False) or field is record._meta.pk:
            raise TypeError(f"{record._meta.object_name}.{name} is not typed by people.")
        setattr(record, name, _tidy(name, value))
    return record


def _tidy(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if "\x00" in value:  # PostgreSQL would refuse it with an error of its own
        raise ValidationError({name: "Null characters are not allowed."})
    return value.strip()


def check(record: Model, *names: str) -> None:
    """Validate these fields and no others; without names, all that is typed. Raises ValidationError by field.

    No query: what a record refers to came from the database, and ``full_clean`` would ask it about every constraint.
    """
    fields = record._meta.fields
    typed = set(names) or {field.name for field in fields if field.editable and not field.is_relation}
    record.clean_fields(exclude={field.name for field in fields} - typed)
    if not names:
        record.clean()


def required(text: str, sentence: str, field: str = "reason") -> str:
    """The text without the spaces around it. Raises InvalidInput with the sentence when nothing is left."""
    text = _tidy(field, text)
    if not text:
        raise InvalidInput(sentence, field=field)
    return text


def sensible_date(day: date, today: date, field: str = "date") -> date:
    """Refuses (InvalidInput) a year that is a slip of the finger: before 2000, or more than a year ahead."""
    if not EARLIEST <= day <= today + AHEAD:
        raise InvalidInput(f"{day} is not a sensible date.", field=field)
    return day
