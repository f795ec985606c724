"""What other apps say about the workshop's records: a chip beside the name, and a list of those that carry it.

The workshop does not know who they are, nor what they mean by it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Model, QuerySet


@dataclass(frozen=True)
class Chip:
    words: str
    amount: Decimal
    tone: str
    url: str


@dataclass(frozen=True)
class Mark:
    """``carriers``: the keys of every record that carries it. ``chips``: of these keys, one query for them all."""

    name: str
    words: str
    permission: str
    carriers: Callable[[], QuerySet[Any]]
    chips: Callable[[Sequence[int]], dict[int, Chip]]


_marks: dict[type[Model], list[Mark]] = {}


def register(model: type[Model], mark: Mark) -> None:
    _marks.setdefault(model, []).append(mark)


def for_user(model: type[Model], user: User) -> list[Mark]:
    return [mark for mark in _marks.get(model, []) if user.has_perm(mark.permission)]


def put_on(records: Iterable[Any], marks: Iterable[Mark]) -> None:
    """Each record gets its ``chips``."""
    rows = list(records)
    for row in rows:
        row.chips = []
    for mark in marks if rows else ():
        chips = mark.chips([row.pk for row in rows])
        for row in rows:
            row.chips += [chips[row.pk]] if row.pk in chips else []
