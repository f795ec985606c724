"""Everything the sandbox holds in memory, written through to its own file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from random import Random

from .organisation import Organisation
from .store import Change, Store, encode
from .table import Change as Undone
from .table import Table

#: Where the file keeps an organisation's settings, beside its tables.
SETTINGS = "Settings"


class Keeper:
    """The organisations, and the service's own tables beside them. Without a store it forgets at the end."""

    def __init__(self, store: Store | None, clock: Callable[[], datetime], random: Random) -> None:
        self.store, self.clock, self.random = store, clock, random
        self.organisations: dict[str, Organisation] = {}
        self._tables: dict[str, Table] = {}
        self._undo: list[Undone] = []
        self._settings_kept: dict[str, str] = {}
        self._load()

    def table(self, kind: str) -> Table:
        """A table of the service itself: tokens, connections and the like."""
        return self._tables.setdefault(kind, Table(undo=self._undo))

    def add(self, organisation: Organisation) -> None:
        self.organisations[organisation.id] = organisation
        # Their order; everything else of an organisation is kept under its own id.
        self.table("Organisations").put(organisation.id, {})

    def _load(self) -> None:
        kept = self.store.load() if self.store else {}
        for kind, documents in kept.pop("", {}).items():
            dict.update(self.table(kind), documents)
        for owner in self.table("Organisations"):
            kinds = kept[owner]
            settings = kinds.pop(SETTINGS)[owner]
            organisation = Organisation(self.clock, id=owner, settings=settings, random=self.random)
            for kind, documents in kinds.items():
                dict.update(organisation.tables[kind], documents)
            organisation.reindex()
            self.organisations[owner] = organisation
            self._settings_kept[owner] = encode(settings)

    def save(self) -> None:
        """Write what changed, in one transaction, before the answer leaves."""
        if self.store:
            self.store.save(self._changes())
        for table in self._every_table():
            table.dirty.clear()
        self._undo.clear()

    def close(self) -> None:
        if self.store:
            self.store.close()

    def _every_table(self) -> Iterator[Table]:
        yield from self._tables.values()
        for organisation in self.organisations.values():
            yield from organisation.tables.values()

    def _changes(self) -> list[Change]:
        changes = _changed("", self._tables)
        for organisation in self.organisations.values():
            changes += _changed(organisation.id, organisation.tables)
            settings = encode(organisation.settings)
            if self._settings_kept.get(organisation.id) != settings:
                self._settings_kept[organisation.id] = settings
                changes.append(Change(organisation.id, SETTINGS, organisation.id, organisation.settings))
        return changes


def _changed(owner: str, tables: dict[str, Table]) -> list[Change]:
    """The dirty documents, in the order they stand in their table."""
    changes: list[Change] = []
    for kind, table in tables.items():
        if table.dirty:
            changes += [Change(owner, kind, each, None) for each in table.dirty if each not in table]
            changes += [Change(owner, kind, each, table[each]) for each in table if each in table.dirty]
    return changes
