"""What the measurements stand on: a fresh database, a sandbox in a process of its own, and a table to print."""

import os
import re
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.error import URLError
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit
from urllib.request import urlopen

import requests
from django.conf import settings
from django.db import connection as database
from django.test.utils import setup_databases, teardown_databases

from accounting_sync import connections, directory, setup
from accounting_sync.models import Connection
from accounting_sync.sandbox import demo
from accounting_sync.xero import oauth
from accounting_sync.xero.client import Client

PORT = int(os.environ.get("BENCH_SANDBOX_PORT", "8171"))
CLIENT = ("workshop-bench", "bench-secret")


@dataclass
class Sandbox:
    url: str
    folder: object


@contextmanager
def a_sandbox(folder):
    url = f"http://localhost:{PORT}"
    redirect = f"{settings.SITE_URL}/accounting/callback/"
    command = [
        sys.executable, "-m", "accounting_sync.sandbox", "--port", str(PORT), "--unlimited",
        "--database", str(folder / "sandbox.sqlite3"), "--client", ":".join([*CLIENT, redirect]),
    ]  # fmt: skip
    log = open(folder / "sandbox.log", "w")  # noqa: SIM115 (the process writes to it until the end)
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
    try:
        _wait_for(f"{url}/.well-known/openid-configuration")
        settings.XERO_API_URL = settings.XERO_IDENTITY_URL = settings.XERO_LOGIN_URL = settings.XERO_GO_URL = url
        settings.XERO_CLIENT_ID, settings.XERO_CLIENT_SECRET = CLIENT
        yield Sandbox(url, folder)
    finally:
        process.terminate()
        process.wait(10)
        log.close()


def _wait_for(url, seconds=30):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            return urlopen(url, timeout=1).status
        except (URLError, OSError):
            time.sleep(0.1)
    raise SystemExit("The sandbox did not start; see sandbox.log.")


@contextmanager
def a_database():
    settings_of = database.settings_dict
    if database.vendor == "sqlite":  # a file, which the worker can open too; in memory it would be ours alone
        settings_of["TEST"]["NAME"] = settings_of["NAME"] + "-test"
    old = setup_databases(verbosity=0, interactive=False)
    try:
        yield
    finally:
        teardown_databases(old, verbosity=0)


def consent(url, organisation="Kauri Motors", client=CLIENT, redirect=None, scopes=None):
    """Sign in and allow as a person would in a browser; returns the code."""
    redirect = redirect or oauth.redirect_uri()
    asked = {"response_type": "code", "client_id": client[0], "redirect_uri": redirect, "state": "s"}
    address = f"{url}/identity/connect/authorize?{urlencode({**asked, 'scope': ' '.join(scopes or oauth.SCOPES)})}"
    browser = requests.Session()
    page = _post(browser, address, browser.get(address), email=demo.EMAIL, password=demo.PASSWORD)
    choice = re.search(rf'value="([0-9a-f-]{{36}})"[^>]*>\s*{organisation}', page.text)[1]
    answer = _post(browser, address, page, organisation=choice, decision="allow")
    return parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]


def _post(browser, address, page, **fields):
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)[1]
    data = {"csrfmiddlewaretoken": token, **fields}
    answer = browser.post(address, data=data, headers={"Referer": address}, allow_redirects=False)
    inside = answer.is_redirect and urlsplit(answer.headers["Location"]).path.startswith("/identity")
    return browser.get(urljoin(address, answer.headers["Location"])) if inside else answer


def connected(sandbox, organisation="Kauri Motors"):
    """Our product connected to that organisation, its books set up."""
    Connection.objects.live().update(status="disconnected", cause="person")
    connection = connections.connect(consent(sandbox.url, organisation))
    directory.reload(Client(connection))
    setup.propose_mappings(connection)
    Connection.objects.filter(pk=connection.pk).update(start_date=None)
    connection.refresh_from_db()
    return connection


def row(what, measured, limit="", ok=True):
    """One line of the report; counts as a failure when the limit is passed."""
    print(f"{'  ' if ok else '! '}{what:<66} {measured:>16}   {limit}")
    return 0 if ok else 1
