"""Story S25: a plan of Xero's that allows twenty approved invoices and five bills dated in one month."""

from datetime import date

import pytest

from accounting_sync import directory, queue, sweep
from accounting_sync.drain import drain
from accounting_sync.models import SyncRecord
from accounting_sync.sandbox import accountant as in_xero
from accounting_sync.xero.client import Client
from tests.accounting_sync.conftest import accountant, browser  # noqa: F401
from tests.accounting_sync.standing import text
from tests.factories import an_invoice
from tests.journeys.conftest import record_of
from workshop import sales

JULY, AUGUST = date(2026, 7, 20), date(2026, 8, 3)


@pytest.fixture
def small_plan(today, connection, books):
    books.settings["Class"] = "STARTER"
    directory.reload(Client(connection))
    connection.refresh_from_db()
    return connection


def invoices(count, day=JULY):
    return [an_invoice(date=day) for _ in range(count)]


def in_the_books(books):
    return [there["InvoiceNumber"] for there in books.tables["Invoices"].values() if there["Status"] == "AUTHORISED"]


def held():
    waiting = SyncRecord.objects.filter(kind="invoice", state="waiting", code="plan_cap")
    return [record.title.split(" · ")[0] for record in waiting.order_by("pk")]


def test_s25_twenty_are_in_the_rest_waits_and_another_month_passes(small_plan, books):
    ours = invoices(22)
    later = an_invoice(date=AUGUST)

    drain(small_plan)

    assert in_the_books(books) == [invoice.number for invoice in [*ours[:20], later]]
    assert held() == [invoice.number for invoice in ours[20:]]
    refused = record_of("invoice", ours[20])
    assert refused.message.startswith("Xero's plan allows no more approved invoices this month. Xero says: You have")


def test_s25_one_made_after_the_month_is_full_waits_without_a_call(small_plan):
    invoices(21)
    drain(small_plan)

    late = an_invoice(date=JULY)
    drain(small_plan)

    record = record_of("invoice", late)
    assert (record.state, record.code, record.attempts.count()) == ("waiting", "plan_cap", 0)
    assert record.message == "Xero's plan allows no more of July 2026. It goes in its turn."


def test_s25_room_made_by_a_void_is_found_by_the_daily_try_and_used_in_order(small_plan, books):
    ours = invoices(23)
    drain(small_plan)
    sales.void_invoice(ours[0], reason="Typed twice")
    sales.void_invoice(ours[1], reason="Typed twice")
    drain(small_plan)

    sweep.sweep(small_plan, full=True)
    drain(small_plan)

    assert held() == [ours[22].number]
    assert in_the_books(books) == [invoice.number for invoice in ours[2:22]]


def test_s25_the_daily_try_costs_one_call_however_many_wait(small_plan):
    ours = invoices(40)
    drain(small_plan)

    sweep.sweep(small_plan, full=True)
    run = drain(small_plan)

    assert (run.calls, held()) == (1, [invoice.number for invoice in ours[20:]])


def test_s25_after_an_upgrade_all_goes_in_order(small_plan, books):
    ours = invoices(25)
    drain(small_plan)
    books.settings["Class"] = "STANDARD"

    directory.reload(Client(small_plan))
    drain(small_plan)

    assert (held(), in_the_books(books)) == ([], [invoice.number for invoice in ours])


def test_s25_somebody_who_voided_one_in_xero_may_push_one_ahead(small_plan, books):
    ours = invoices(23)
    drain(small_plan)
    in_xero.void(books, record_of("invoice", ours[0]).remote_id)

    queue.retry(SyncRecord.objects.filter(pk=record_of("invoice", ours[22]).pk))
    drain(small_plan)

    assert record_of("invoice", ours[22]).state == "synced"


def test_s25_from_four_fifths_on_every_page_warns_whoever_may_see_it(small_plan, accountant, browser):  # noqa: F811
    invoices(16)
    drain(small_plan)

    said = "Xero's plan allows 20 invoices dated in one month; 16 of July are in."
    assert said in text(accountant.get("/invoices/"))
    assert said not in text(browser("Technician").get("/"))
    assert "Invoices of July 16 of 20" in text(accountant.get("/accounting/"))


def test_s25_below_that_nobody_is_bothered(small_plan, accountant):  # noqa: F811
    invoices(15)
    drain(small_plan)

    assert "Xero's plan allows" not in text(accountant.get("/invoices/"))


def test_s25_what_waits_for_a_larger_plan_is_said_on_every_page(small_plan, accountant):  # noqa: F811
    invoices(22)
    drain(small_plan)

    assert "2 records wait until somebody does something about them." in text(accountant.get("/invoices/"))
    assert "Invoices that wait for room 2" in text(accountant.get("/accounting/"))
