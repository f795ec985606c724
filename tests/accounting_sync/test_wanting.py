"""The one statement by which a change enters the queue, on the database the tests run on."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounting_sync import queue
from accounting_sync.models import Attempt, Connection, Priority, State, SyncRecord

pytestmark = pytest.mark.django_db
LONG_AGO = timezone.now() - timedelta(days=1)


@pytest.fixture
def organisation():
    return Connection.objects.create(tenant_id="t-1", name="Kauri Motors")


def a_record(connection, state=State.SYNCED, code="", **fields):
    """Version 3, held by Xero unless it says otherwise."""
    fields = {
        "title": "INV 1008", "rank": 20, "wanted": 3, "synced": 3, "remote_id": "i-1", "since": LONG_AGO,
        "not_before": LONG_AGO, "message": "Why it stands." if code else "", "evidence": {"seen": 1}, **fields,
    }  # fmt: skip
    return SyncRecord.objects.create(
        connection=connection, kind="invoice", object_id=7, state=state, code=code, **fields
    )


def want():
    return queue.want("invoice", 7, 20)


def now_is(record):
    record.refresh_from_db()
    return record.state, record.code, record.wanted


def test_a_change_is_one_statement(organisation, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert want() == 1
    record = SyncRecord.objects.get()
    assert (record.connection, record.kind, record.object_id, record.rank) == (organisation, "invoice", 7, 20)
    assert (record.state, record.wanted, record.synced, record.generation) == (State.PENDING, 1, 0, 0)
    assert (record.priority, record.base, record.evidence, record.do_not_export) == (Priority.CHANGE, {}, {}, False)


def test_ten_changes_are_one_record_ten_versions_on(organisation):
    assert [want() for _ in range(10)] == list(range(1, 11))
    assert SyncRecord.objects.get().wanted == 10


def test_without_a_connection_nothing_is_queued():
    assert want() == 0
    assert SyncRecord.objects.count() == 0


@pytest.mark.parametrize("status", [Connection.Status.PAUSED, Connection.Status.RECONNECT])
def test_a_paused_or_lost_connection_still_collects(organisation, status):
    Connection.objects.update(status=status, cause="revoked" if status == "reconnect" else "")
    assert want() == 1


def test_a_disconnected_organisation_collects_nothing(organisation):
    a_record(organisation)
    Connection.objects.update(status="disconnected", cause="person")
    assert want() == 0
    assert SyncRecord.objects.get().wanted == 3


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (State.SYNCED, ""),
        (State.WAITING, "mapping"),
        (State.WARNING, "refused"),
        (State.SKIPPED, "not_financial"),
        (State.SKIPPED, "never_sent"),
        (State.SKIPPED, "before_start_date"),
    ],
)
def test_a_change_makes_it_due(organisation, state, code):
    record = a_record(organisation, state, code, tries=5)
    assert want() == 1
    assert now_is(record) == (State.PENDING, "", 4)
    assert (record.message, record.tries, record.not_before > LONG_AGO, record.since > LONG_AGO) == ("", 0, True, True)


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (State.CONFLICT, "changed_in_xero"),
        (State.SKIPPED, "by_person"),
        (State.SKIPPED, "do_not_export"),
    ],
)
def test_what_a_person_decided_or_must_decide_stays(organisation, state, code):
    record = a_record(organisation, state, code)
    want()
    assert now_is(record) == (state, code, 4)
    assert (record.message, record.since) == ("Why it stands.", LONG_AGO)


@pytest.mark.parametrize("state", [State.SENDING, State.UNKNOWN])
def test_what_is_in_flight_keeps_its_attempt_and_its_time(organisation, state):
    record = a_record(organisation, State.PENDING)
    attempt = Attempt.objects.create(sync_record=record, operation="update", version=3, started_at=LONG_AGO)
    SyncRecord.objects.update(state=state, open_attempt=attempt)
    want()
    assert now_is(record) == (state, "", 4)
    assert (record.open_attempt, record.not_before) == (attempt, LONG_AGO)


def test_a_pending_record_keeps_its_place_in_the_queue(organisation):
    record = a_record(organisation, State.PENDING, not_before=LONG_AGO, tries=2)
    want()
    assert now_is(record) == (State.PENDING, "", 4)
    assert (record.not_before, record.tries) == (LONG_AGO, 2)


def test_a_change_that_is_rolled_back_was_never_wanted(organisation):
    from django.db import transaction

    with transaction.atomic():
        want()
        transaction.set_rollback(True)
    assert SyncRecord.objects.count() == 0
