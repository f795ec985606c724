"""The migrated SQLite database, kept for the next start: running the migrations costs more than a hundred tests.

It is kept as the migrations left it, before the groups and the schedule are made; those are made anew at every start.
Whatever may change what the migrations make is part of the file's name.
"""

import hashlib
import os
import sqlite3
import sys
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

FOLDER = Path(settings.VAR_DIR) / "test-databases"


def use():
    """The next test database of this process begins as the kept one; where there is none, it becomes it."""
    if connection.vendor != "sqlite":
        return
    kept = FOLDER / f"{_fingerprint()}.sqlite3"
    if kept.exists():
        _begin_with(kept)
    else:
        _keep_as(kept)


def _fingerprint():
    files = [settings.BASE_DIR / "requirements.txt"]
    for app in apps.get_app_configs():
        files += [*Path(app.path).glob("migrations/*.py"), *Path(app.path).glob("models/**/*.py")]
    digest = hashlib.sha256(f"{sys.version} {sqlite3.sqlite_version}".encode())
    for file in sorted(files):
        digest.update(str(file).encode() + file.read_bytes())
    return digest.hexdigest()[:32]


def _begin_with(kept):
    make = connection.creation._create_test_db

    def filled(*args, **options):
        name = make(*args, **options)
        connection.close()
        connection.settings_dict["NAME"] = name  # in memory, and there as long as this connection is open
        connection.ensure_connection()
        source = sqlite3.connect(f"file:{kept}?mode=ro", uri=True)
        source.backup(connection.connection)
        source.close()
        return name

    connection.creation._create_test_db = filled


def _keep_as(kept):
    migrate = MigrationExecutor.migrate

    def kept_too(*args, **options):
        MigrationExecutor.migrate = migrate  # once: later calls are some test's own
        state = migrate(*args, **options)
        FOLDER.mkdir(parents=True, exist_ok=True)
        part = kept.with_suffix(f".{os.getpid()}")
        copy = sqlite3.connect(part)
        connection.connection.backup(copy)
        copy.close()
        part.replace(kept)
        return state

    MigrationExecutor.migrate = kept_too
