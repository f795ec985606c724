"""The sandbox's own SQLite file: every changed document is in it before the answer leaves."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (
    owner TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, position INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (owner, kind, id)
) WITHOUT ROWID
"""
#: A changed document keeps the place it was first given: lists come back in the order they were made.
SAVE = """
INSERT INTO documents (owner, kind, id, position, body)
VALUES (?, ?, ?, ?, ?)
ON CONFLICT (owner, kind, id) DO UPDATE SET body = excluded.body
"""
LAST = "SELECT COALESCE(MAX(position), 0) FROM documents"
DELETE = "DELETE FROM documents WHERE owner = ? AND kind = ? AND id = ?"


class Change(NamedTuple):
    """One document as it now is; ``document`` None when it is gone. ``owner`` empty: the service itself."""

    owner: str
    kind: str
    id: str
    document: dict[str, Any] | None


class Store:
    def __init__(self, path: str | Path) -> None:
        # It holds a signing key and webhook keys: for its owner alone.
        Path(path).touch(mode=0o600)
        self.connection = sqlite3.connect(path, timeout=1, check_same_thread=False, isolation_level=None)
        # All is in memory: a second process on the same file would undo the first one's work.
        self.connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        self.connection.execute("PRAGMA journal_mode = WAL")
        # The sandbox may be killed at any moment; with WAL, NORMAL survives that. Only a power cut could lose a call.
        self.connection.execute("PRAGMA synchronous = NORMAL")
        self.connection.execute(SCHEMA)
        self.position: int = self.connection.execute(LAST).fetchone()[0]

    def load(self) -> dict[str, dict[str, dict[str, dict[str, Any]]]]:
        """Everything kept: owner → kind → id → document, in the order the documents were made."""
        kept: dict[str, dict[str, dict[str, dict[str, Any]]]] = {}
        rows = self.connection.execute("SELECT owner, kind, id, body FROM documents ORDER BY owner, kind, position")
        for owner, kind, document_id, body in rows:
            kept.setdefault(owner, {}).setdefault(kind, {})[document_id] = decode(body)
        return kept

    def save(self, changes: Sequence[Change]) -> None:
        """All of them or none."""
        if not changes:
            return
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            self.connection.executemany(DELETE, [each[:3] for each in changes if each.document is None])
            self.connection.executemany(SAVE, self._rows(changes))
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")

    def _rows(self, changes: Sequence[Change]) -> Iterator[tuple[str, str, str, int, str]]:
        for owner, kind, document_id, document in changes:
            if document is not None:
                self.position += 1
                yield owner, kind, document_id, self.position, encode(document)

    def close(self) -> None:
        self.connection.close()


def encode(document: dict[str, Any]) -> str:
    return json.dumps(document, default=_tagged, separators=(",", ":"))


def decode(body: str) -> dict[str, Any]:
    return json.loads(body, object_hook=_untagged)


def _tagged(value: Any) -> dict[str, str]:
    if isinstance(value, Decimal):
        return {"$decimal": str(value)}
    if isinstance(value, datetime):
        return {"$datetime": value.isoformat()}
    if isinstance(value, date):
        return {"$date": value.isoformat()}
    raise TypeError(f"the store cannot keep a {type(value).__name__}")


def _untagged(value: dict[str, Any]) -> Any:
    match value:
        case {"$decimal": text}:
            return Decimal(text)
        case {"$datetime": text}:
            return datetime.fromisoformat(text)
        case {"$date": text}:
            return date.fromisoformat(text)
    return value
