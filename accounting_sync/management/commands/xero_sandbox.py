"""``manage.py xero_sandbox``: starts the sandbox in its own process, with its own settings."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

ROOT = Path(__file__).resolve().parents[3]


class Command(BaseCommand):
    help = "Run the pretended Xero. Options are passed on; see: manage.py xero_sandbox --help"
    requires_system_checks: list[str] = []

    def run_from_argv(self, argv: list[str]) -> None:
        """Become the sandbox: it shares neither settings nor database with the project that started it."""
        path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
        command = [sys.executable, "-m", "accounting_sync.sandbox", *argv[2:]]
        os.execve(sys.executable, command, {**os.environ, "PYTHONPATH": path})  # noqa: S606 - no shell is wanted

    def handle(self, *args: Any, **options: Any) -> None:
        raise CommandError("The sandbox is a process of its own: start it from the command line.")
