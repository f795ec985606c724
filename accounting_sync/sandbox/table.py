"""One kind of document in memory, with the look-ups Xero needs and a list of what has to be saved."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any

Document = dict[str, Any]
Keys = Callable[[Document], Iterable[Hashable]]
Change = tuple["Table", str, Document | None]


class Table(dict[str, Document]):
    """Documents by id. A stored document is never changed in place: a change puts a new one.

    That rule is what makes undoing cheap: ``undo`` keeps the previous document of every change.
    ``indexes`` names functions that give the keys under which a document is found with :meth:`find`.
    Only ``put``, ``table[id] = document`` and ``del table[id]`` keep the look-ups true.
    """

    def __init__(self, indexes: Mapping[str, Keys] | None = None, undo: list[Change] | None = None) -> None:
        super().__init__()
        self.dirty: set[str] = set()
        self._keys_of = dict(indexes or {})
        self._undo = undo if undo is not None else []
        self._found: dict[tuple[str, Hashable], dict[str, None]] = {}
        self._placed: dict[str, list[tuple[str, Hashable]]] = {}

    def put(self, document_id: str, document: Document) -> None:
        self[document_id] = document

    def __setitem__(self, document_id: str, document: Document) -> None:
        self._undo.append((self, document_id, self.get(document_id)))
        self._replace(document_id, document)

    def __delitem__(self, document_id: str) -> None:
        self._undo.append((self, document_id, self[document_id]))
        self._replace(document_id, None)

    def restore(self, document_id: str, document: Document | None) -> None:
        """Put back what was there before, without noting it as a change of its own."""
        self._replace(document_id, document)

    def find(self, index: str, key: Hashable) -> list[Document]:
        """Documents under ``key``, in the order in which they came under it."""
        return [self[document_id] for document_id in self._found.get((index, key), ())]

    def first(self, index: str, key: Hashable) -> Document | None:
        for document_id in self._found.get((index, key), ()):
            return self[document_id]
        return None

    def count(self, index: str, key: Hashable) -> int:
        return len(self._found.get((index, key), ()))

    def reindex(self) -> None:
        self._found.clear()
        self._placed.clear()
        for document_id, document in self.items():
            self._place(document_id, document)

    def _replace(self, document_id: str, document: Document | None) -> None:
        self.dirty.add(document_id)
        if document is None:
            self._unplace(document_id)
            dict.pop(self, document_id, None)
        else:
            super().__setitem__(document_id, document)
            self._place(document_id, document)

    def _place(self, document_id: str, document: Document) -> None:
        places = [(name, key) for name, keys in self._keys_of.items() for key in keys(document)]
        if self._placed.get(document_id) == places:
            return
        self._unplace(document_id)
        self._placed[document_id] = places
        for place in places:
            self._found.setdefault(place, {})[document_id] = None

    def _unplace(self, document_id: str) -> None:
        for place in self._placed.pop(document_id, ()):
            self._found[place].pop(document_id, None)
