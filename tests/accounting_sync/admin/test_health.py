"""The numbers and charts of the office's first page."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounting_sync.drain import drain
from accounting_sync.health import health_of
from accounting_sync.models import Attempt, Connection, Reconciliation, SyncRecord
from tests.accounting_sync.standing import an_invoice_record, refused, text
from tests.factories import an_invoice

D = Decimal
FIRST = "/admin/"


def test_how_long_the_oldest_is_on_its_way_and_the_oldest_waits(connection):
    now = timezone.now()
    for state, hours in (("pending", 2), ("pending", 1), ("unknown", 0), ("waiting", 5), ("synced", 9)):
        record = an_invoice_record()
        if state == "pending":
            SyncRecord.objects.filter(pk=record.pk).update(since=now - timedelta(hours=hours))
        if state == "waiting":
            refused(record)
            SyncRecord.objects.filter(pk=record.pk).update(since=now - timedelta(hours=hours))
    SyncRecord.objects.exclude(kind="invoice").delete()

    health = health_of(connection)

    assert (now - health.on_its_way_since, now - health.waiting_since) == (timedelta(hours=2), timedelta(hours=5))


def test_nothing_is_on_its_way_where_nothing_was_sent(connection):
    health = health_of(connection)

    assert (health.on_its_way_since, health.waiting_since, health.shares, health.off_balance) == (None, None, [], 0)
    assert {bar.good + bar.bad for bar in health.bars} == {0}


def test_the_share_that_succeeded_is_told_by_kind(connection, settings):
    an_invoice()
    drain(connection)
    settings.SITE_URL = "https://xero.example"  # an address that Xero refuses
    an_invoice()
    drain(connection)

    shares = {share.label: (share.good, share.bad, share.percent) for share in health_of(connection).shares}

    assert shares == {"Contacts": (2, 0, 100), "Invoices": (1, 1, 50)}


def test_each_hour_has_a_bar_and_what_is_older_than_a_day_has_none(connection):
    an_invoice()
    drain(connection)
    first, second = Attempt.objects.order_by("id")
    Attempt.objects.filter(pk=first.pk).update(started_at=timezone.now() - timedelta(hours=3, minutes=10))
    Attempt.objects.filter(pk=second.pk).update(started_at=timezone.now() - timedelta(hours=25))

    bars = health_of(connection).bars

    assert len(bars) == 24
    assert [(bar.x, bar.good, bar.words) for bar in bars if bar.good] == [
        (200, 40, "1 went, 0 did not, 3 to 4 hours ago")
    ]


def test_what_is_left_of_the_days_calls(connection):
    assert health_of(Connection(pk=connection.pk, day_left=None)).budget.share is None

    connection.day_left = 4000
    assert (health_of(connection).budget.of, health_of(connection).budget.share) == (5000, 80)
    connection.day_left = 250
    assert (health_of(connection).budget.of, health_of(connection).budget.share) == (1000, 25)


def test_stock_against_xero_is_drawn_over_the_nights(connection):
    today = timezone.localdate()
    for nights, there in ((2, 100), (1, 130), (0, 110)):
        Reconciliation.objects.create(
            connection=connection, account="stock", as_at=today - timedelta(days=nights), here=D(100), in_xero=D(there),
            proposed=D(0), computed_at=timezone.now(),
        )  # fmt: skip

    (stock,) = health_of(connection).accounts

    assert (stock.label, stock.as_at, stock.difference) == ("Stock on Hand", today, D(10))
    assert stock.line == "0.0,22.0 60.0,2.0 120.0,15.3"


def test_all_of_it_stands_on_the_first_page(accountant, connection):
    an_invoice()
    drain(connection)
    Connection.objects.update(day_left=4000, plan_class="STARTER")
    Reconciliation.objects.create(
        connection=connection, account="stock", as_at=timezone.localdate(), here=D(100), in_xero=D(100),
        proposed=D(0), computed_at=timezone.now(),
    )  # fmt: skip

    page = text(accountant.get(FIRST))

    for words in ("Invoices 100% of 1", "4,000 of 5,000", "1 of 20", "Invoices off balance None", "Agrees"):
        assert words in page


@pytest.mark.parametrize("role", ["Technician", "Read-only"])
def test_who_does_not_see_the_queue_sees_no_numbers_of_it(browser, connection, role):
    assert "The last day" not in text(browser(role).get(FIRST))
