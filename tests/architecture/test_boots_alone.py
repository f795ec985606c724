"""The workshop without accounting: it starts, checks itself, migrates and shows its pages."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOOK = """
import sys
from django.test import Client, override_settings
from django.urls import get_resolver
from workshop import demo
demo.furnish()
from django.contrib.auth.models import User
client = Client(headers={"host": "localhost"})
client.force_login(User.objects.get(username="owner"))
for path in ("/", "/jobs/", "/customers/", "/invoices/", "/admin/", "/api/v1/jobs/"):
    response = client.get(path, follow=True)
    assert response.status_code == 200, (path, response.status_code)
print(client.get("/").status_code, "accounting_sync" in sys.modules)
"""


@pytest.fixture
def alone(tmp_path):
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "WITHOUT_ACCOUNTING": "yes",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'alone.sqlite3'}",
    }

    def manage(*words):
        command = [sys.executable, "manage.py", *words]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return manage


@pytest.mark.slow
@pytest.mark.quiet
def test_the_workshop_runs_without_the_accounting_app(alone):
    assert "no issues" in alone("check")
    alone("migrate", "--verbosity", "0")
    assert alone("shell", "--verbosity", "0", "--command", LOOK).split() == ["200", "False"]
