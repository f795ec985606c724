"""How often Xero is read, by the garage's own clock, and whether its webhooks still come."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from accounting_sync import polling, queue
from accounting_sync.drain import drain
from accounting_sync.models import Connection
from accounting_sync.pull import poke, pull
from accounting_sync.sandbox import accountant
from tests.accounting_sync.standing import text
from tests.factories import an_invoice

pytestmark = pytest.mark.django_db
HOME = "/accounting/"
TYPED = {
    "poll_minutes": "2", "poll_minutes_closed": "60", "opens_at": "08:00", "closes_at": "17:30",
    "open_days": ["5", "1"],
}  # fmt: skip
MONDAY_NOON = datetime(2026, 7, 20, 0, 0, tzinfo=UTC)  # in Auckland, twelve hours ahead


@pytest.mark.parametrize(
    ("moment", "minutes"),
    [
        (MONDAY_NOON, 10),
        (MONDAY_NOON - timedelta(hours=5, minutes=1), 30),  # 6:59
        (MONDAY_NOON - timedelta(hours=5), 10),  # 7:00
        (MONDAY_NOON + timedelta(hours=6, minutes=59), 10),  # 18:59
        (MONDAY_NOON + timedelta(hours=7), 30),  # 19:00
        (MONDAY_NOON - timedelta(days=1), 30),  # Sunday
        (MONDAY_NOON - timedelta(days=2), 10),  # Saturday
    ],
)
def test_xero_is_read_more_often_while_the_garage_is_open(connection, moment, minutes):
    assert polling.interval(connection, moment) == timedelta(minutes=minutes)


def reads(connection, xero, time_machine, minutes):
    before = len(xero.calls)
    for minute in range(1, minutes + 1):
        time_machine.move_to(MONDAY_NOON + timedelta(minutes=minute), tick=False)
        pull(connection)
    return sum(call.path.endswith("/Invoices") for call in list(xero.calls)[before:])


def test_it_can_be_read_every_minute(noon, connection, xero, time_machine):
    pull(connection, only_due=False)
    polling.reschedule(connection, poll_minutes=1)

    assert reads(connection, xero, time_machine, 5) == 5


@pytest.mark.parametrize(
    ("chosen", "field"),
    [
        ({"poll_minutes": 0}, "poll_minutes"),
        ({"poll_minutes_closed": 721}, "poll_minutes_closed"),
        ({"opens_at": time(19), "closes_at": time(7)}, "__all__"),
        ({"open_days": ""}, "open_days"),
    ],
)
def test_nonsense_is_refused_and_nothing_is_changed(connection, chosen, field):
    with pytest.raises(ValidationError) as refused:
        polling.reschedule(connection, **chosen)

    assert list(refused.value.message_dict) == [field]
    kept = Connection.objects.values_list("poll_minutes", "poll_minutes_closed", "open_days").get()
    assert kept == (10, 30, "123456")


def test_the_page_changes_it(accountant, connection):
    accountant.post(f"{HOME}schedule/", TYPED)

    connection.refresh_from_db()
    assert [getattr(connection, name) for name in polling.FIELDS] == [2, 60, time(8), time(17, 30), "15"]


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"poll_minutes": "0"}, "Ensure this value is greater than or equal to 1."),
        ({"opens_at": "18:00"}, "It opens before it closes."),
        ({"open_days": []}, "Choose at least one day."),
    ],
)
def test_the_page_refuses_nonsense_at_its_field(accountant, connection, typed, sentence):
    assert sentence in text(accountant.post(f"{HOME}schedule/", TYPED | typed))
    connection.refresh_from_db()
    assert connection.poll_minutes == 10


# Webhooks that no longer come


@pytest.fixture
def noon(time_machine):
    """The clock stands still; whoever asks for this first is made then."""
    time_machine.move_to(MONDAY_NOON, tick=False)


@pytest.fixture
def payments(noon, connection, books, time_machine):
    """Pays so many invoices in Xero, and lets the garage find out by reading."""
    poke(connection.tenant_id, [])

    def pay(number):
        for _ in range(number):
            an_invoice()
        drain(connection)
        time_machine.shift(600)
        for row in [row for row in books.tables["Invoices"].values() if row["AmountDue"]]:
            accountant.pay(books, row["InvoiceID"], Decimal("1.00"))
        pull(connection)
        connection.refresh_from_db()

    return pay


def test_changes_that_no_webhook_told_of_are_counted_until_one_comes(payments, connection, time_machine):
    payments(3)
    counted = connection.unannounced
    time_machine.shift(60)
    poke(connection.tenant_id, ["Invoices"])
    connection.refresh_from_db()

    assert (counted >= 3, connection.unannounced, connection.unannounced_since) == (True, 0, None)


def test_what_a_webhook_asked_for_is_not_counted(noon, connection, books, time_machine):
    an_invoice()
    drain(connection)
    pull(connection, only_due=False)
    time_machine.shift(60)
    accountant.pay(books, next(iter(books.tables["Invoices"])), Decimal("1.00"))
    poke(connection.tenant_id, ["Invoices", "Payments"])

    pull(connection)

    connection.refresh_from_db()
    assert connection.unannounced == 0


def test_a_day_of_silence_is_told_with_what_to_look_at(payments, connection, accountant, time_machine):
    payments(1)
    assert "Xero has stopped telling us" not in text(accountant.get(HOME))
    time_machine.shift(24 * 3600)
    Connection.objects.update(organisation_checked_at=datetime.now(UTC))
    queue.beat()
    page = text(accountant.get(HOME))

    assert "Xero has stopped telling us of changes, last on 20 Jul" in page
    assert "http://localhost:8000/accounting/webhook/" in page


def test_where_webhooks_never_came_nobody_is_told(payments, connection, time_machine):
    payments(1)
    Connection.objects.update(last_webhook_at=None)
    connection.refresh_from_db()

    assert not polling.webhooks_stopped(connection, datetime.now(UTC) + timedelta(days=3))
