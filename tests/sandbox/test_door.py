"""The sandbox over real HTTP: the consent page without JavaScript, lost connections, starting and stopping."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from secrets import token_urlsafe
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from tests.sandbox.running import (
    ROOT,
    SIGN_IN,
    Running,
    free_port,
    hidden_fields,
    organisations,
    running_sandbox,
    start,
)

JSON = {"Accept": "application/json"}


def query(answer):
    return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))


@pytest.fixture
def browser():
    with requests.Session() as session:
        yield session


@pytest.fixture
def fault(sandbox):
    """Set a fault over HTTP; whatever is left of it is cleared."""
    yield lambda **fields: requests.post(f"{sandbox.url}/sandbox/faults", json=fields, timeout=10)
    requests.delete(f"{sandbox.url}/sandbox/faults", timeout=10)


# -- consent


def test_a_person_signs_in_picks_an_organisation_and_allows(sandbox):
    answer = sandbox.consent("Wattle Autos", state="xyz")
    assert set(answer) == {"code", "scope", "state"}
    assert answer["state"] == "xyz"


def test_the_page_offers_the_three_organisations_and_shows_the_demo_sign_in(sandbox, browser):
    url = sandbox.authorise_url()
    first = browser.get(url).text
    assert [word in first for word in SIGN_IN.values()] == [True, True]
    page = browser.post(url, hidden_fields(first) | SIGN_IN).text
    assert list(organisations(page)) == ["Kauri Motors", "Wattle Autos", "Oak Garage Ltd"]


def test_a_wrong_password_is_told_at_the_form(sandbox, browser):
    url = sandbox.authorise_url()
    answer = browser.post(url, hidden_fields(browser.get(url).text) | SIGN_IN | {"password": "guess"})
    assert answer.status_code == 401
    assert "The email address or password is not right." in answer.text


def test_cancel_tells_the_app_access_denied(sandbox, browser):
    answer = browser.post(sandbox.authorise_url(state="xyz"), {"decision": "cancel"}, allow_redirects=False)
    assert query(answer) == {"error": "access_denied", "state": "xyz"}


def test_a_program_may_consent_in_one_post(sandbox, browser):
    page = browser.post(sandbox.authorise_url(), SIGN_IN).text
    chosen = organisations(page)["Kauri Motors"]
    fields = SIGN_IN | {"organisation": chosen, "decision": "allow"}
    answer = requests.post(sandbox.authorise_url(), fields, allow_redirects=False, timeout=10)
    assert set(query(answer)) == {"code", "scope", "state"}


def test_a_page_elsewhere_cannot_consent_for_a_person_signed_in(sandbox, browser):
    page = browser.post(sandbox.authorise_url(), SIGN_IN).text
    fields = {"organisation": organisations(page)["Kauri Motors"], "decision": "allow"}
    assert browser.post(sandbox.authorise_url(), fields, allow_redirects=False).status_code == 403


def test_consent_without_an_organisation_asks_for_one(sandbox, browser):
    page = browser.post(sandbox.authorise_url(), SIGN_IN).text
    answer = browser.post(sandbox.authorise_url(), hidden_fields(page) | {"decision": "allow"})
    assert answer.status_code == 400
    assert "Choose the organisation to connect." in answer.text


def test_an_unknown_app_is_told_on_xeros_own_page(sandbox, browser):
    answer = browser.get(sandbox.authorise_url(client_id="nobody"), allow_redirects=False)
    assert answer.status_code == 400
    assert "Unknown client or client not enabled" in answer.text


def test_the_page_cannot_be_framed_and_runs_no_script(sandbox, browser):
    headers = browser.get(sandbox.authorise_url()).headers
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self';")


# -- calling


def test_tokens_open_connections(sandbox):
    tokens = sandbox.tokens()
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    answer = requests.get(f"{sandbox.url}/connections", headers=bearer, timeout=10)
    assert [each["tenantName"] for each in answer.json()].count("Kauri Motors") == 1


def test_an_unknown_path_is_plain_text(sandbox):
    tokens = sandbox.tokens(scope="accounting.settings")
    (tenant, *_) = requests.get(
        f"{sandbox.url}/connections", headers={"Authorization": f"Bearer {tokens['access_token']}"}, timeout=10
    ).json()
    headers = JSON | {"Authorization": f"Bearer {tokens['access_token']}", "xero-tenant-id": tenant["tenantId"]}
    answer = requests.get(f"{sandbox.url}/api.xro/2.0/Nonsense", headers=headers, timeout=10)
    assert (answer.status_code, answer.text) == (404, "The resource you're looking for cannot be found")


def test_one_connection_serves_many_calls(sandbox):
    line = http.client.HTTPConnection(urlsplit(sandbox.url).netloc, timeout=10)
    for _ in range(2):
        line.request("GET", "/connections", headers={"User-Agent": "tests"})
        socket_before = line.sock
        assert line.getresponse().read() != b""
        assert line.sock is socket_before
    line.close()


@pytest.mark.parametrize("kind", ["timeout", "lost"])
def test_a_lost_connection_is_closed_without_an_answer(sandbox, fault, kind):
    fault(kind=kind, path="/connections")
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{sandbox.url}/connections", timeout=10)


def test_half_an_answer_breaks_off(sandbox, fault):
    fault(kind="half", path="/connections")
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        requests.get(f"{sandbox.url}/connections", timeout=10)


def test_a_slow_answer_runs_into_the_clients_patience(sandbox, fault):
    fault(kind="slow", path="/connections", seconds=2)
    with pytest.raises(requests.ReadTimeout):
        requests.get(f"{sandbox.url}/connections", timeout=0.2)


# -- starting and stopping


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_it_cleanly(tmp_path, stop):
    process = start(tmp_path / "x.sqlite3", free_port())
    process.stdout.readline()
    process.send_signal(stop)
    assert process.communicate(timeout=10) == ("", "")
    assert process.returncode == 0


def test_a_used_port_gets_one_sentence(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = start(tmp_path / "x.sqlite3", port)
        _, complaint = process.communicate(timeout=10)
    assert complaint == f"Port {port} is used by another program; choose another with --port.\n"
    assert process.returncode == 1


def test_a_second_sandbox_on_the_same_file_gets_one_sentence(tmp_path):
    file = tmp_path / "x.sqlite3"
    with running_sandbox(file):
        _, complaint = start(file, free_port()).communicate(timeout=10)
    assert complaint == (f"The sandbox cannot use {file}: database is locked. Is another sandbox running on it?\n")


def test_a_redirect_xero_would_not_register_gets_one_sentence(tmp_path):
    option = "--client=garage:secret:http://127.0.0.1:8000/back"
    _, complaint = start(tmp_path / "x.sqlite3", free_port(), option).communicate(timeout=10)
    assert complaint == ("http://127.0.0.1:8000/back cannot be registered: Xero takes https, or http://localhost\n")


def test_a_registered_client_signs_in_with_its_own_redirect(tmp_path):
    redirect = "http://localhost:8000/xero/callback"
    with running_sandbox(tmp_path / "x.sqlite3", f"--client=garage:its secret:{redirect}") as running:
        code = running.consent(client_id="garage", redirect=redirect)["code"]
        fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect}
        answer = requests.post(f"{running.url}/connect/token", fields, auth=("garage", "its secret"), timeout=10)
    assert answer.status_code == 200


def test_a_killed_sandbox_comes_back_with_everything(tmp_path):
    file = tmp_path / "x.sqlite3"
    port = free_port()
    process = start(file, port)
    process.stdout.readline()
    tokens = Running(f"http://127.0.0.1:{port}", process).tokens()
    process.kill()
    process.communicate(timeout=10)
    with running_sandbox(file) as again:
        bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
        answer = requests.get(f"{again.url}/connections", headers=bearer, timeout=10)
    assert [each["tenantName"] for each in answer.json()] == ["Kauri Motors"]


def test_manage_py_starts_it_with_its_options(tmp_path):
    command = [sys.executable, str(ROOT / "manage.py"), "xero_sandbox", "--port", "nonsense"]
    project = {**os.environ, "SECRET_KEY": token_urlsafe(60)}
    answer = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, timeout=60, env=project)
    assert answer.returncode == 2
    assert "argument --port: invalid int value: 'nonsense'" in answer.stderr


# -- webhooks


class Hook(BaseHTTPRequestHandler):
    """An app that takes every signature for good."""

    def do_POST(self):
        self.server.seen.append(self.headers["x-xero-signature"])
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()
        if len(self.server.seen) == 4:
            self.server.all_in.set()

    def log_message(self, *args):
        pass


def test_webhooks_are_sent_by_the_running_sandbox(tmp_path):
    with HTTPServer(("127.0.0.1", 0), Hook) as app:
        app.seen, app.all_in = [], threading.Event()
        threading.Thread(target=app.serve_forever, daemon=True).start()
        hook = f"--webhook-url=http://127.0.0.1:{app.server_port}/hook"
        with running_sandbox(tmp_path / "x.sqlite3", hook, "--webhook-key=key"):
            assert app.all_in.wait(10)
        app.shutdown()
    assert len(set(app.seen)) == 4
