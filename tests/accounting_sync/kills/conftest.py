"""A garage and a sandbox in processes of their own, on each database."""

import json
import os
import subprocess
import sys
import uuid
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
import pytest

from tests.sandbox.running import ROOT, Running, free_port, start

POSTGRES = os.environ.get("KILLS_POSTGRES_URL", "postgres:///{name}")


@dataclass
class GarageProcess:
    environment: dict

    def run(self, *command, timeout=400):
        done = subprocess.run(
            [sys.executable, "-m", "tests.accounting_sync.kills.garage", *map(str, command)],
            cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=timeout, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    def worker(self):
        script = str(ROOT / "tests/accounting_sync/kills/quick.py")
        return subprocess.Popen(
            [sys.executable, script, "sync_worker"],
            cwd=ROOT, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request, tmp_path):
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'garage.sqlite3'}"
        return
    name = f"helper_s_{uuid.uuid4().hex[:8]}"
    try:
        server = psycopg.connect("dbname=postgres", autocommit=True)
    except psycopg.OperationalError:
        pytest.skip("No PostgreSQL server answers on its socket; this half of the proof needs one.")
    server.execute(f'CREATE DATABASE "{name}"')
    yield POSTGRES.format(name=name)
    server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    server.close()


@contextmanager
def running_sandbox(database):
    """Clients that are killed break the pipe; any other complaint of the sandbox's fails the test."""
    port = free_port()
    process = start(database, port, "--unlimited")
    try:
        line = process.stdout.readline()
        assert line.startswith("Xero sandbox at"), process.stderr.read()
        yield Running(f"http://127.0.0.1:{port}", process)
    finally:
        process.terminate()
        _, complaints = process.communicate(timeout=10)
    assert [line for line in complaints.splitlines() if "Broken pipe" not in line] == []


@pytest.fixture
def garage_process(database_url, tmp_path):
    with running_sandbox(tmp_path / "sandbox.sqlite3") as sandbox:
        garage = GarageProcess({
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "ENV_FILE": os.devnull,
            "SECRET_KEY": "only-for-the-kills-" + "x" * 50,
            "FIELD_ENCRYPTION_KEY": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
            "DATABASE_URL": database_url,
            "REDIS_URL": "",
            "LOG_LEVEL": "ERROR",
            "SITE_URL": "http://localhost:8149",
            "XERO_CLIENT_ID": "demo",
            "XERO_CLIENT_SECRET": "secret",
            "XERO_API_URL": sandbox.url,
            "XERO_IDENTITY_URL": sandbox.url,
            "XERO_LOGIN_URL": sandbox.url,
        })  # fmt: skip
        garage.run("set_up", sandbox.url)
        yield garage
