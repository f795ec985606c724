"""One drain at a time per organisation, whoever asks, on any database."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection as database
from django.utils import timezone

from accounting_sync import connections, lease
from accounting_sync.drain import drain
from accounting_sync.models import Connection, SyncRecord
from tests.factories import an_invoice

NOW = timezone.now()


@pytest.fixture
def organisation(db):
    return Connection.objects.create(tenant_id="t-1", name="Kauri Motors")


def test_while_one_holds_it_nobody_else_gets_it(organisation):
    assert lease.claim(organisation, NOW) is not None
    assert lease.claim(organisation, NOW + lease.LENGTH) is None


def test_a_lease_that_ran_out_is_taken_over_and_the_former_holder_learns_it(organisation):
    former = lease.claim(organisation, NOW)
    later = NOW + lease.LENGTH + timedelta(seconds=1)

    present = lease.claim(organisation, later)

    assert (former.holds(later), present.holds(later)) == (False, True)
    assert present.fence == former.fence + 1


def test_the_former_holder_cannot_give_up_what_is_anothers(organisation):
    former = lease.claim(organisation, NOW)
    later = NOW + lease.LENGTH + timedelta(seconds=1)
    lease.claim(organisation, later)

    former.release()

    assert lease.claim(organisation, later) is None


def test_it_must_outlive_a_call(organisation):
    held = lease.claim(organisation, NOW)

    assert held.holds(NOW + lease.LENGTH - lease.CALL - timedelta(seconds=1))
    assert not held.holds(NOW + 2 * lease.LENGTH - lease.CALL)


@pytest.mark.parametrize("status", ["paused", "reconnect", "disconnected"])
def test_a_connection_out_of_use_is_not_drained_and_a_running_drain_stops(organisation, status):
    held = lease.claim(organisation, NOW)
    Connection.objects.update(status=status, cause="" if status == "paused" else "person")

    assert not held.holds(NOW)
    held.release()
    assert lease.claim(organisation, NOW) is None


def test_a_parked_connection_is_left_alone_until_then(organisation):
    Connection.objects.update(parked_until=NOW + timedelta(minutes=1))

    assert lease.claim(organisation, NOW) is None
    assert lease.claim(organisation, NOW + timedelta(minutes=1)) is not None


def test_paused_in_the_middle_of_a_drain_nothing_more_is_sent_and_nothing_lost(connection, books, monkeypatch):
    an_invoice()
    holds = lease.Lease.holds

    def pause_first(self, now):
        connections.pause(connection)
        return holds(self, now)

    monkeypatch.setattr(lease.Lease, "holds", pause_first)

    assert drain(connection).calls == 0
    assert set(SyncRecord.objects.values_list("state", flat=True)) == {"pending"}
    assert books.tables["Contacts"] == {}


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("database.vendor == 'sqlite'", reason="the test database of SQLite lives in one connection")
def test_of_eight_who_ask_at_once_one_gets_it():
    organisation = Connection.objects.create(tenant_id="t-1", name="Kauri Motors")
    start = Barrier(8)

    def ask(_):
        try:
            mine = Connection.objects.get(pk=organisation.pk)
            start.wait(timeout=10)
            return lease.claim(mine)
        finally:
            database.close()

    with ThreadPoolExecutor(8) as pool:
        held = [one for one in pool.map(ask, range(8)) if one]

    assert [one.fence for one in held] == [1]
