"""Tokens: renewed by one worker, never lost by an answer that does not come, never given up for a bad day of Xero's."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from urllib.parse import parse_qs

import pytest
import requests
from django.db import connection as database
from django.utils import timezone
from requests.adapters import BaseAdapter

from accounting_sync.models import Connection
from accounting_sync.xero import oauth, transport
from accounting_sync.xero.oauth import ConnectionLost
from accounting_sync.xero.transport import NoAnswer, NotSent


class Identity(BaseAdapter):
    """Xero's sign-in at its strictest: a refresh token works once (mocked: the wire).

    ``answers`` are given first, in order: a status with a body, or an exception; ``meanwhile`` runs before each answer.
    """

    def __init__(self, valid="refresh-0"):
        super().__init__()
        self.valid, self.calls, self.answers, self.meanwhile = valid, [], [], None

    def send(self, request, **_):
        token = parse_qs(request.body)["refresh_token"][0]
        self.calls.append(token)
        if self.meanwhile:
            self.meanwhile()
        if self.answers:
            answer = self.answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return self._response(request, *answer)
        return self._rotate(request, token)

    def _rotate(self, request, token):
        if token != self.valid:
            return self._response(request, 400, {"error": "invalid_grant"})
        self.valid = f"refresh-{len(self.calls)}"
        body = {"access_token": f"access-{len(self.calls)}", "refresh_token": self.valid, "token_type": "Bearer"}
        return self._response(request, 200, {**body, "expires_in": 1800, "scope": "openid offline_access"})

    def _response(self, request, status, body):
        response = requests.Response()
        response.status_code, response.request, response.url = status, request, request.url
        response.headers["Content-Type"] = "application/json" if isinstance(body, dict) else "text/html"
        response._content = (json.dumps(body) if isinstance(body, dict) else body).encode()
        return response

    def close(self):
        pass


@pytest.fixture
def identity(monkeypatch):
    identity = Identity()
    monkeypatch.setattr(transport, "adapter", lambda: identity)
    return identity


def a_connection(**fields):
    """Its token has just ended."""
    return Connection.objects.create(
        tenant_id="t-1", name="Kauri Motors", access_token="access-0", refresh_token="refresh-0",
        token_expires_at=fields.pop("token_expires_at", timezone.now()), **fields,
    )  # fmt: skip


def the_connection():
    return Connection.objects.get()


@pytest.mark.django_db
def test_a_token_that_lives_is_used_without_asking_xero(identity):
    connection = a_connection(token_expires_at=timezone.now() + timedelta(minutes=3))

    assert oauth.access_token(connection) == "access-0"
    assert identity.calls == []


@pytest.mark.django_db
def test_a_token_about_to_end_is_renewed_and_the_new_pair_kept(identity):
    connection = a_connection(token_expires_at=timezone.now() + timedelta(minutes=1))

    assert oauth.access_token(connection) == "access-1"
    kept = the_connection()
    assert (kept.access_token, kept.refresh_token, kept.token_version) == ("access-1", "refresh-1", 1)
    assert kept.refreshing_until is None
    assert kept.token_expires_at > timezone.now() + timedelta(minutes=29)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "trouble",
    [
        (500, {"error": "server_error"}),
        (503, "The Xero API is temporarily unavailable"),
        (403, "<html>Access Denied</html>"),
        (429, {"error": "slow_down"}),
        (200, "<html>Maintenance</html>"),
        (200, {}),
        requests.ReadTimeout("read"),
        requests.ConnectionError("reset"),
    ],
    ids=["500", "503", "html 403", "429", "html 200", "no token", "time-out", "reset"],
)
def test_a_bad_day_of_xeros_sign_in_leaves_the_tokens_alone(identity, trouble):
    connection = a_connection()
    identity.answers = [trouble]

    with pytest.raises(NoAnswer):
        oauth.access_token(connection)

    kept = the_connection()
    assert (kept.status, kept.refresh_token, kept.refreshing_until) == ("connected", "refresh-0", None)
    assert oauth.access_token(connection) == "access-2"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("error", "cause"),
    [("invalid_grant", "revoked"), ("invalid_client", "credentials"), ("unauthorized_client", "credentials")],
)
def test_only_a_plain_no_ends_the_connection(identity, error, cause):
    identity.answers = [(400, {"error": error})]

    with pytest.raises(ConnectionLost) as lost:
        oauth.access_token(a_connection())

    assert lost.value.cause == cause


@pytest.mark.django_db
def test_after_sixty_days_of_silence_the_sign_in_has_run_out(identity):
    identity.answers = [(400, {"error": "invalid_grant"})]

    with pytest.raises(ConnectionLost) as lost:
        oauth.access_token(a_connection(token_expires_at=timezone.now() - timedelta(days=61)))

    assert lost.value.cause == "expired"


@pytest.mark.django_db
def test_a_lost_answer_is_healed_by_the_former_refresh_token(connection, monkeypatch):
    """Xero takes it for half an hour more."""
    wire = transport.adapter()
    taken = wire.send
    lost = [requests.ReadTimeout("read")]

    def send(request, **options):
        answer = taken(request, **options)
        if request.url.endswith("/connect/token") and lost:
            raise lost.pop()
        return answer

    wire.send = send
    monkeypatch.setattr(transport, "adapter", lambda: wire)
    Connection.objects.update(token_expires_at=timezone.now())

    with pytest.raises(NoAnswer):
        oauth.access_token(connection)
    assert oauth.access_token(connection) == the_connection().access_token


@pytest.mark.django_db
def test_a_late_answer_does_not_replace_newer_tokens(identity):
    connection = a_connection()

    def another_worker_was_quicker():
        identity.meanwhile = None
        newer = {"access_token": "newer", "refresh_token": "newer-refresh", "expires_in": 1800}
        oauth.store(the_connection(), newer)

    identity.meanwhile = another_worker_was_quicker

    assert oauth.access_token(connection) == "newer"
    assert the_connection().refresh_token == "newer-refresh"


@pytest.mark.django_db
def test_a_refusal_of_the_token_expires_it_unless_it_was_renewed_meanwhile(identity):
    connection = a_connection(token_expires_at=timezone.now() + timedelta(minutes=20))
    stale = the_connection()
    oauth.expire(connection)
    assert oauth.access_token(connection) == "access-1"

    oauth.expire(stale)

    assert oauth.access_token(stale) == "access-1"
    assert identity.calls == ["refresh-0"]


@pytest.mark.django_db
def test_a_worker_that_died_while_renewing_holds_nobody_up_for_long(identity):
    connection = a_connection(refreshing_until=timezone.now() - timedelta(seconds=1))

    assert oauth.access_token(connection) == "access-1"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("token", "status", "body"),
    [
        ("not-a-jwt", 200, {}),
        ("a.%%%.c", 200, {}),
        ("a.e30.c", 200, "<html>Maintenance</html>"),
        ("a.e30.c", 200, {"not": "a list"}),
        ("a.e30.c", 500, {}),
    ],
)
def test_nonsense_after_a_consent_is_told_and_not_a_defect(monkeypatch, token, status, body):
    class Nonsense(Identity):
        def send(self, request, **_):
            return self._response(request, status, body)

    monkeypatch.setattr(transport, "adapter", Nonsense)

    with pytest.raises((NoAnswer, NotSent)):
        oauth.tenants({"access_token": token})


# The race

on_postgresql = pytest.mark.skipif(
    "database.vendor == 'sqlite'", reason="the test database of SQLite lives in one connection"
)
WORKERS = 8


def race(connection):
    """What eight workers get who all find the token ended in the same moment."""
    start = Barrier(WORKERS)

    def work(_):
        try:
            mine = Connection.objects.get(pk=connection.pk)
            start.wait(timeout=10)
            return oauth.access_token(mine)
        finally:
            database.close()

    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(work, range(WORKERS)))


def every_race_is_won_once(identity, rounds):
    connection = a_connection()
    for number in range(1, rounds + 1):
        Connection.objects.update(token_expires_at=timezone.now())
        assert set(race(connection)) == {f"access-{number}"}
    assert identity.calls == [f"refresh-{number}" for number in range(rounds)]


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_eight_workers_renew_once(identity):
    every_race_is_won_once(identity, rounds=10)


@pytest.mark.slow
@pytest.mark.quiet
@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_eight_workers_renew_once_two_hundred_times(identity):
    every_race_is_won_once(identity, rounds=200)
