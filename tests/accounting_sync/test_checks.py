"""Each setting under which documents could be lost, doubled or overheard is refused at start-up."""

from types import SimpleNamespace

import pytest
from django.core.checks import run_checks
from django_q.conf import Conf

from accounting_sync import checks, lease


def numbers(found):
    return [message.id.removeprefix("accounting_sync.") for message in found]


def ours():
    return [n for n in numbers(run_checks(include_deployment_checks=True)) if n[0] in "EW" and n[1:].isdigit()]


def test_the_settings_as_they_are_pass():
    assert ours() == []


@pytest.mark.parametrize(
    ("name", "value", "number"),
    [
        ("MAX_ATTEMPTS", 0, "E003"),
        ("ACK_FAILURES", False, "E003"),
        ("TIMEOUT", 60, "E004"),
        ("RETRY", 240, "E005"),
        ("ORM", "other", "E006"),
        ("GUARD_CYCLE", 0.3, "E007"),
        ("GUARD_CYCLE", 2, "E007"),
    ],
)
def test_a_dangerous_worker_is_refused(monkeypatch, name, value, number):
    monkeypatch.setattr(Conf, name, value)

    assert number in numbers(checks.worker_is_safe())


def test_a_worker_without_a_time_out_is_refused(monkeypatch):
    monkeypatch.setattr(Conf, "TIMEOUT", None)

    assert "E004" in numbers(checks.worker_is_safe())


def test_a_lease_shorter_than_a_call_is_refused(monkeypatch):
    monkeypatch.setattr(checks, "LENGTH", lease.CALL)

    assert numbers(checks.worker_is_safe()) == ["E008"]


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"transaction_mode": "IMMEDIATE"}, []),
        ({"transaction_mode": "DEFERRED"}, ["E001"]),
        ({}, ["E001"]),
        ({"transaction_mode": "IMMEDIATE", "pool": True}, ["E002"]),
    ],
)
def test_sqlite_must_take_its_lock_at_once(monkeypatch, options, found):
    use(monkeypatch, "sqlite3", options)

    assert numbers(checks.database_is_safe()) == found


def test_postgresql_needs_no_mode_but_takes_no_pool(monkeypatch):
    use(monkeypatch, "postgresql", {})
    assert numbers(checks.database_is_safe()) == []

    use(monkeypatch, "postgresql", {"pool": True})
    assert numbers(checks.database_is_safe()) == ["E002"]


def use(monkeypatch, engine, options):
    database = {"ENGINE": f"django.db.backends.{engine}", "OPTIONS": options}
    monkeypatch.setattr(checks, "settings", SimpleNamespace(DATABASES={"default": database}))


@pytest.mark.parametrize("name", ["XERO_API_URL", "XERO_IDENTITY_URL", "XERO_LOGIN_URL"])
@pytest.mark.parametrize(
    ("url", "found"),
    [("https://api.xero.com", []), ("http://127.0.0.1:8001", []), ("http://proxy.example", ["E009"])],
)
def test_tokens_travel_encrypted_or_not_beyond_this_machine(settings, name, url, found):
    setattr(settings, name, url)

    assert numbers(checks.addresses_are_safe()) == found


def test_an_address_of_ours_that_xero_refuses_on_documents_is_refused(settings):
    settings.SITE_URL = "https://xero.garage.example"

    assert numbers(checks.addresses_are_safe()) == ["E010"]


def test_before_going_live_xeros_keys_are_asked_for(settings):
    settings.XERO_WEBHOOK_KEY = ""

    (warning,) = checks.xero_is_configured()
    assert warning.msg == "XERO_WEBHOOK_KEY not set: nobody can connect to Xero."
