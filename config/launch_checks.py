"""`make lint`, `make test`, `make bench`: each sets itself up, runs all it has, and fails if any part failed."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping

from config.launch_environment import DEVELOPMENT, PYTHON, ROOT, Refusal, Stopped, prepare, say

ON_SQLITE = {"DATABASE_URL": None}
WITHOUT_DATABASE = ["--ignore=tests/sandbox", "--ignore=tests/architecture"]  # once is enough for these
CHROMIUM = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
Steps = dict[str, tuple[list[str], Mapping[str, str | None]]]
ASK_POSTGRES = """
import os, sys, psycopg
try:
    with psycopg.connect(sys.argv[1], connect_timeout=3, dbname="postgres") as connection:
        may = connection.execute("SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user")
        sys.exit(0 if may.fetchone()[0] else 1)
except psycopg.Error:
    sys.exit(1)
"""


def lint() -> int:
    prepare(DEVELOPMENT)
    testing = {"DJANGO_SETTINGS_MODULE": "tests.settings"}
    manage = [str(PYTHON), "manage.py"]
    return run_all({
        "format": (module("ruff", "format", "--check", "--quiet", "."), {}),
        "rules": (module("ruff", "check", "--quiet", "."), {}),
        "types": (module("mypy", "."), {}),
        "imports": ([str(PYTHON.with_name("lint-imports")), "--no-logo"], {}),
        "migrations": ([*manage, "makemigrations", "--check", "--dry-run"], testing),
        "deployment": ([*manage, "check", "--deploy", "--fail-level", "WARNING"], production()),
        "OpenAPI": ([*manage, "spectacular", "--validate", "--fail-on-warn", "--file", os.devnull], testing),
    })  # fmt: skip


def production() -> dict[str, str]:
    """The settings a garage on the internet would have."""
    return {
        "DEBUG": "no",
        "SITE_URL": "https://garage.example",
        "ALLOWED_HOSTS": "garage.example",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "FIELD_ENCRYPTION_KEY": secrets.token_urlsafe(32) + "=",
        "XERO_CLIENT_ID": "id",
        "XERO_CLIENT_SECRET": "secret",
        "XERO_WEBHOOK_KEY": "key",
    }


def test() -> int:
    prepare(DEVELOPMENT)
    print("Fast suite on SQLite, fast suite on PostgreSQL, the long proof in two parts, the browser's tests.")
    processes = min(os.cpu_count() or 1, 4)
    steps: Steps = {"SQLite": (pytest(processes), ON_SQLITE)}
    if url := postgres():
        steps["PostgreSQL"] = (pytest(processes, *WITHOUT_DATABASE), {"DATABASE_URL": url})
    else:
        say("PostgreSQL", "no server answers here; that part is skipped (DATABASE_URL=postgres://… names one)")
    # these wait for one another's time-outs more than they work, so more of them run at once than there are processors
    steps["long proof: kills"] = (pytest(2 * processes, "-m", "slow and quiet"), {"DATABASE_URL": url or None})
    steps["long proof: simulation"] = (pytest(processes, "-m", "slow and not quiet"), ON_SQLITE)
    if any(map(shutil.which, CHROMIUM)):
        steps["browser"] = (module("pytest", "-m", "browser"), ON_SQLITE)
    else:
        say("browser", "no Chromium here; its tests are skipped (Debian: sudo apt install chromium)")
    return run_all(steps)


def postgres() -> str:
    """A PostgreSQL that lets us make databases: the one asked for, or this machine's own by its socket."""
    asked = os.environ.get("DATABASE_URL", "")
    url = asked if asked.startswith("postgres") else "postgres:///workshop"
    found = subprocess.run([str(PYTHON), "-c", ASK_POSTGRES, url], capture_output=True, check=False)
    if found.returncode and asked.startswith("postgres"):
        raise Refusal("The PostgreSQL of DATABASE_URL does not answer, or its user may not create databases.")
    return "" if found.returncode else url


def bench() -> int:
    prepare(DEVELOPMENT)
    return run_all({"bench": (module("tests.bench"), {})})


def requirements() -> int:
    """Exact versions with hashes for every supported Python, from the short lists a person keeps."""
    prepare(DEVELOPMENT)
    options = [
        "--quiet", "--upgrade", "--universal", "--generate-hashes", "--python-version", "3.11",
        "--no-emit-index-url", "--no-annotate",
    ]  # fmt: skip
    lists = {"requirements.txt": "config/requirements.in", "requirements-dev.txt": "config/requirements-dev.in"}
    return run_all({
        to: (module("uv", "pip", "compile", *options, of, "--output-file", to),
             {"UV_CUSTOM_COMPILE_COMMAND": "make requirements"})
        for to, of in lists.items()
    })  # fmt: skip


def pytest(processes: int, *words: str) -> list[str]:
    """The suite in so many processes; one that has done its share takes from another's."""
    return module("pytest", "--numprocesses", str(processes), "--dist", "worksteal", *words)


def module(*words: str) -> list[str]:
    return [str(PYTHON), "-m", *words]


def run_all(steps: Steps) -> int:
    """Every step, whatever became of the one before; then which of them failed. None takes a variable away."""
    failed = []
    for name, (command, environment) in steps.items():
        print(f"\n── {name}", flush=True)
        began = time.monotonic()
        seen = {key: value for key, value in {**os.environ, **environment}.items() if value is not None}
        code = follow(command, seen)
        print(f"   {name}: {'ok' if code == 0 else 'FAILED'}, {time.monotonic() - began:.0f} s", flush=True)
        if code:
            failed.append(name)
    print(f"\nFailed: {', '.join(failed)}" if failed else "\nAll well.", flush=True)
    return 1 if failed else 0


def follow(command: list[str], environment: dict[str, str]) -> int:
    """Its exit code. Ctrl-C reaches it without us; when we alone are told to stop we pass it on, so that it can end
    what it started itself.
    """
    with subprocess.Popen(command, cwd=ROOT, env=environment) as process:
        try:
            return process.wait()
        except Stopped:
            process.send_signal(signal.SIGINT)
            raise
