"""When Xero is read, what it costs, and what is passed over."""

from datetime import timedelta

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounting_sync import pull as polling
from accounting_sync.drain import drain
from accounting_sync.models import Connection, Cursor, SyncRecord
from accounting_sync.polling import reschedule
from accounting_sync.pull import pull
from accounting_sync.sandbox import accountant
from tests.factories import CustomerFactory, an_invoice

pytestmark = pytest.mark.django_db


def calls_of(xero, act):
    before = len(xero.calls)
    act()
    return len(xero.calls) - before


def sent(connection, number):
    invoices = [an_invoice() for _ in range(number)]
    drain(connection)
    assert set(SyncRecord.objects.values_list("state", flat=True)) == {"synced"}
    return invoices


def queries_of_a_poll(connection):
    with CaptureQueriesContext(database) as captured:
        pull(connection, only_due=False)
    return len(captured)


def test_each_resource_is_read_in_its_turn(connection, xero):
    reschedule(connection, poll_minutes_closed=10)  # as often by night
    assert calls_of(xero, lambda: pull(connection)) == 4
    assert calls_of(xero, lambda: pull(connection)) == 0

    Cursor.objects.update(polled_at=timezone.now() - timedelta(minutes=11))
    assert calls_of(xero, lambda: pull(connection)) == 4

    Cursor.objects.update(polled_at=timezone.now() - timedelta(hours=7))
    assert calls_of(xero, lambda: pull(connection)) == 6  # deposits, which invoices and webhooks tell of, too


def test_a_poke_is_answered_before_the_turn_comes(connection, xero):
    pull(connection)
    polling.poke(connection.tenant_id, ["Payments"])

    assert calls_of(xero, lambda: pull(connection)) == 1
    assert calls_of(xero, lambda: pull(connection)) == 0


def test_at_the_end_of_the_days_calls_only_a_person_reads(connection, xero):
    Connection.objects.update(day_left=30, limits_at=timezone.now())
    connection.refresh_from_db()

    assert calls_of(xero, lambda: pull(connection)) == 0
    assert calls_of(xero, lambda: pull(connection, only_due=False)) == 6


def test_our_own_echo_costs_no_query_per_document(connection):
    sent(connection, 1)
    one = queries_of_a_poll(connection)
    sent(connection, 3)

    assert queries_of_a_poll(connection) == one


def test_our_own_echo_is_no_import(connection):
    (invoice,) = sent(connection, 1)

    pull(connection, only_due=False)

    record = SyncRecord.objects.get(kind="invoice", object_id=invoice.pk)
    assert (record.state, record.last_imported_at) == ("synced", None)


def test_what_the_accountant_changed_is_read_once(connection, books):
    (invoice,) = sent(connection, 1)
    record = SyncRecord.objects.get(kind="invoice", object_id=invoice.pk)
    accountant.void(books, record.remote_id)

    pull(connection, only_due=False)

    record.refresh_from_db()
    assert (record.state, record.code, record.remote_status) == ("conflict", "voided_in_xero", "VOIDED")


def test_what_is_kept_out_of_imports_is_passed_over(connection, books):
    (invoice,) = sent(connection, 1)
    record = SyncRecord.objects.get(kind="invoice", object_id=invoice.pk)
    SyncRecord.objects.filter(pk=record.pk).update(do_not_import=True, reason="The accountant's own")
    accountant.void(books, record.remote_id)

    pull(connection, only_due=False)

    record.refresh_from_db()
    assert (record.state, record.remote_status) == ("synced", "AUTHORISED")


def test_a_customer_without_an_invoice_costs_no_call(connection, xero):
    CustomerFactory()

    assert calls_of(xero, lambda: drain(connection)) == 0


def test_who_is_in_xero_is_read_before_a_customer_is_made_and_once_per_run(connection, xero):
    for _ in range(60):
        an_invoice()

    drain(connection)

    reads = [call for call in xero.calls if call.method == "GET" and call.path.endswith("/Contacts")]
    assert len(reads) == 1
