"""Two people edited one contact: what each of them meant, field by field, against what both sides last agreed. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from accounting_sync.models import Connection

Fields = Mapping[str, str]
Rule = Connection.ContactRule


@dataclass(frozen=True)
class Merged:
    """``here``: Xero's values to be written here; ``there``: ours to be sent; ``conflicts``: fields to ask about."""

    here: dict[str, str] = field(default_factory=dict)
    there: dict[str, str] = field(default_factory=dict)
    conflicts: tuple[str, ...] = ()
    base: dict[str, str] = field(default_factory=dict)


def merge(base: Fields, ours: Fields, theirs: Fields, rule: str = Rule.ASK) -> Merged:
    """Edits of different fields both survive; of the same field the rule decides.

    A blank here is never sent. A blank in Xero never erases ours: it is asked about, whatever the rule. Without a base
    (two that were linked just now) whatever both have counts as edited on both sides. ``base`` of the answer holds once
    ``here`` is written.
    """
    here, there, conflicts, agreed = {}, {}, [], dict(base)
    for name in sorted({*base, *ours, *theirs}):
        before, mine, other = (side.get(name, "") for side in (base, ours, theirs))
        verdict = _verdict(before, mine, other, rule)
        if verdict == "take":
            here[name] = other
        elif verdict == "send" and mine:
            there[name] = mine
        elif verdict == "ask":
            conflicts.append(name)
        if verdict != "ask":
            agreed[name] = other
    return Merged(here, there, tuple(conflicts), {name: value for name, value in agreed.items() if value})


def _verdict(before: str, ours: str, theirs: str, rule: str) -> str:
    """“same”, “take” Xero's, “send” ours (a blank stays unsent) or “ask”."""
    if ours == theirs:
        return "same"
    if theirs == before:
        return "send"
    if not theirs:
        return "send" if ours != before and rule == Rule.WORKSHOP else "ask"
    if ours == before or ours.casefold() == theirs.casefold():
        return "take"
    return {Rule.XERO: "take", Rule.WORKSHOP: "send"}.get(Rule(rule), "ask")
