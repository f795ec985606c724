"""C33: Xero shows us connected while we are not. It is found by itself, and taken up."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounting_sync import connections, half_connections, sweep
from accounting_sync.models import Connection, UnfinishedConsent
from accounting_sync.sandbox.faults import Fault
from tests.accounting_sync.pages.test_connecting import CALLBACK, HOME, begin, consent
from tests.accounting_sync.standing import text, told
from tests.journeys.conftest import record_of, s01_invoice


@pytest.fixture
def half(accountant, xero):
    """Consent was given, and then Xero did not say for which organisation."""
    xero.faults.add(Fault("html", path="connections"))
    answer = accountant.get(CALLBACK, consent(xero, begin(accountant)), follow=True)
    assert not Connection.objects.exists()
    return answer


def test_it_says_what_is_known_and_that_the_rest_is_looked_up(half):
    assert told(half)[0].endswith("Which organisation it is for is looked up by itself.")
    assert "Access was given in Xero at" in text(half)


def test_the_next_minute_takes_it_up_as_if_nothing_had_happened(half, accountant):
    sweep.every_minute()

    connection = Connection.objects.get()
    assert (connection.name, connection.status, connection.connected_by) == (
        "Kauri Motors", "connected", accountant.user,
    )  # fmt: skip
    assert not UnfinishedConsent.objects.exists()
    assert connection.organisation_checked_at is not None
    assert connection.mappings.filter(subject="account").count() == 6


def test_connecting_again_leaves_nothing_half(half, accountant, xero):
    accountant.get(CALLBACK, consent(xero, begin(accountant)))

    assert (Connection.objects.count(), UnfinishedConsent.objects.count()) == (1, 0)


def test_what_is_too_old_to_ask_with_is_dropped(half, xero):
    UnfinishedConsent.objects.update(given_at=timezone.now() - timedelta(hours=1))
    before = len(xero.calls)

    half_connections.work()

    assert (UnfinishedConsent.objects.count(), len(xero.calls)) == (0, before)


def test_the_tokens_of_a_half_connection_are_not_readable_in_the_database(half):
    consent = UnfinishedConsent.objects.get()

    with_cipher = UnfinishedConsent.objects.extra(select={"raw": "token"}).values_list("raw", flat=True).get()
    assert "access_token" in consent.token
    assert "access_token" not in with_cipher


@pytest.fixture
def lost(connection):
    """An invoice waits: one answer was taken for the end of the connection."""
    connections.lost(connection, "revoked")
    return s01_invoice()


def test_a_connection_that_xero_still_lists_stands_again_and_goes_on(lost, connection):
    sweep.every_minute()

    connection.refresh_from_db()
    assert (connection.status, connection.cause, record_of("invoice", lost).state) == ("connected", "", "synced")


@pytest.mark.parametrize("standing", ["half", "lost"])
def test_opening_the_accounting_page_asks_at_once(standing, request, accountant, monkeypatch):
    """(mocked: the background worker's queue)"""
    request.getfixturevalue(standing)
    monkeypatch.setattr("accounting_sync.pages.connection.wake_half_connections", half_connections.work)

    accountant.get(HOME)

    assert "Kauri Motors Connected" in text(accountant.get(HOME))


def test_one_whose_consent_was_taken_away_stays_lost(lost, connection, xero):
    xero.faults.add(Fault("revoked", path="connections"))

    half_connections.work()

    connection.refresh_from_db()
    assert (connection.status, connection.cause) == ("reconnect", "revoked")


def test_one_that_xero_no_longer_lists_stays_lost(lost, connection, xero):
    xero.faults.add(Fault("disconnected", path="Organisation"))
    half_connections.work()

    half_connections.work()

    connection.refresh_from_db()
    assert connection.status == "reconnect"


def test_one_that_lacks_a_permission_is_left_to_a_person(lost, connection, xero):
    Connection.objects.update(cause="scope")
    before = len(xero.calls)

    half_connections.work()

    connection.refresh_from_db()
    assert (connection.status, len(xero.calls)) == ("reconnect", before)
