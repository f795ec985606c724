"""The sandbox as other programs meet it: a process of its own, on a port of its own."""

import os
import re
import socket
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import requests

ROOT = Path(__file__).resolve().parents[2]
SIGN_IN = {"email": "accountant@kauri.example", "password": "accountant"}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass
class Running:
    url: str
    process: subprocess.Popen

    def authorise_url(self, redirect="http://127.0.0.1:9/callback", scope="openid offline_access", **more):
        asked = {"response_type": "code", "client_id": "demo", "redirect_uri": redirect, "scope": scope, "state": "s"}
        return f"{self.url}/identity/connect/authorize?{urlencode(asked | more)}"

    def consent(self, organisation="Kauri Motors", **asked):
        """The query a person's browser brings back to the app, after both of the page's forms."""
        url = self.authorise_url(**asked)
        with requests.Session() as browser:
            fields = hidden_fields(browser.get(url).text)
            page = browser.post(url, fields | SIGN_IN)
            chosen = organisations(page.text)[organisation]
            answer = browser.post(
                url,
                hidden_fields(page.text) | {"organisation": chosen, "decision": "allow"},
                allow_redirects=False,
            )
        assert answer.status_code == 302, answer.text
        return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))

    def tokens(self, organisation="Kauri Motors", redirect="http://127.0.0.1:9/callback", **asked):
        code = self.consent(organisation, redirect=redirect, **asked)["code"]
        fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect}
        answer = requests.post(f"{self.url}/connect/token", fields, auth=("demo", "secret"), timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()


def hidden_fields(page):
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))


def organisations(page):
    """Name → id of the organisations the consent page offers."""
    found = re.findall(r'name="organisation" value="([^"]+)"[^>]*>\s*(?:<[^>]+>)?\s*([^<]+)', page)
    return {name.strip(): organisation_id for organisation_id, name in found}


def start(database, port, *options):
    return subprocess.Popen(
        [sys.executable, "-m", "accounting_sync.sandbox", "--port", str(port), "--database", str(database), *options],
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@contextmanager
def running_sandbox(database, *options):
    """A sandbox that is up, and stopped afterwards; whatever it complained of fails the test."""
    port = free_port()
    process = start(database, port, *options)
    try:
        line = process.stdout.readline()
        assert line.startswith("Xero sandbox at"), process.stderr.read()
        yield Running(f"http://127.0.0.1:{port}", process)
    finally:
        process.terminate()
        _, complaints = process.communicate(timeout=10)
    assert complaints == "", complaints
