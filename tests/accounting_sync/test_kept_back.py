"""What a switch kept back: its sum, and the one journal that posts it after all."""

from datetime import timedelta
from decimal import Decimal

import pytest

from accounting_sync import setup
from accounting_sync.drain import drain
from accounting_sync.kept_back import catch_up, kept_back
from accounting_sync.models import SyncRecord
from tests.journeys.conftest import JULY_20
from tests.journeys.stock import in_xero, journals, open_stock, s01, stock_here, two_lines
from workshop import sales
from workshop.errors import InvalidInput, NotAllowedNow
from workshop.models import Organisation, StockJournal

D = Decimal
NARRATION = "Catch-up of stock movements not posted before 20 Jul 2026"


@pytest.fixture
def held(connection, books, time_machine):
    """S02: INV 1008 was issued while journals were off; they are on again an hour later."""
    time_machine.move_to("2026-07-19T22:00:00Z", tick=False)
    open_stock(books)
    setup.switch(connection, journals=False)
    connection.invoice = s01()
    drain(connection)
    time_machine.shift(timedelta(hours=1))
    setup.switch(connection, journals=True)
    return connection


def test_the_sum_of_what_was_kept_back_is_shown(held):
    assert (kept_back(held).stock, kept_back(held).stock_total) == ({("cogs", "stock"): D("46.65")}, D("46.65"))


def test_what_is_undone_here_is_not_kept_back_any_more(held):
    sales.void_invoice(held.invoice, reason="Wrong car")
    drain(held)
    assert kept_back(held).stock == {}


def test_a_catch_up_is_one_journal_for_each_pair_of_accounts(held, books):
    catch_up(held)
    drain(held)

    assert journals(books) == [(NARRATION, JULY_20, two_lines("310", "631", "46.65"))]
    assert in_xero(books, "631") == stock_here() == D("731.05")
    assert kept_back(held).stock_total == 0
    assert set(SyncRecord.objects.filter(code="caught_up").values_list("state", flat=True)) == {"skipped"}


def test_what_was_caught_up_is_not_caught_up_twice(held):
    catch_up(held)
    with pytest.raises(NotAllowedNow):
        catch_up(held)
    assert StockJournal.objects.filter(kind="catch_up").count() == 1


def test_what_was_caught_up_and_undone_since_is_taken_back_by_the_next_one(held, books):
    catch_up(held)
    drain(held)
    sales.void_invoice(held.invoice, reason="Wrong car")
    drain(held)
    assert kept_back(held).stock == {("cogs", "stock"): D("-46.65")}

    catch_up(held)
    drain(held)

    assert in_xero(books, "631") == stock_here() == D("777.70")
    assert kept_back(held).stock == {}


def test_a_catch_up_never_falls_into_closed_books_nor_goes_while_journals_are_off(held):
    Organisation.objects.update(books_locked_until=JULY_20)
    with pytest.raises(InvalidInput):
        catch_up(held)
    setup.switch(held, journals=False)
    with pytest.raises(NotAllowedNow):
        catch_up(held)
    assert StockJournal.objects.filter(kind="catch_up").count() == 0


def test_the_owner_sees_the_sum_and_posts_it(held, browser, books):
    owner = browser("Owner")
    page = owner.get("/accounting/").content.decode()
    assert "46.65 of stock movements not posted by choice" in page

    owner.post("/accounting/catch-up/", {"date": "2026-07-20"})
    drain(held)

    assert len(journals(books)) == 1


def test_the_accountant_sees_the_sum_and_may_not_post_it(held, accountant):
    page = accountant.get("/accounting/").content.decode()
    assert ("46.65 of stock movements" in page, "/accounting/catch-up/" in page) == (True, False)
    assert accountant.post("/accounting/catch-up/").status_code == 403


def test_the_switches_are_turned_on_the_page_and_what_they_need_is_asked_for(held, accountant):
    accountant.post("/accounting/switches/", {"purchases": "on"})
    held.refresh_from_db()
    assert (bool(held.purchases_since), bool(held.journals_since)) == (True, False)


def test_a_manager_may_not_turn_them(held, manager):
    assert manager.post("/accounting/switches/", {}).status_code == 403
