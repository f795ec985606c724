"""What goes to Xero, turned on and off by a program, and what was kept back."""

import pytest

from accounting_sync.drain import drain
from accounting_sync.models import Connection
from tests.journeys.stock import open_stock, s01
from tests.workshop.api.calls import get, post, refusal
from workshop.models import StockJournal

pytestmark = pytest.mark.django_db


def test_a_switch_is_on_since_it_was_turned_on_and_off_is_nothing(owner, connection):
    shown = post(owner, "accounting/connection/switches/", journals=False)
    assert (shown["journals_since"], bool(shown["purchases_since"])) == (None, True)

    assert post(owner, "accounting/connection/switches/", journals=True)["journals_since"] is not None


def test_what_was_kept_back_is_posted_in_one_sum(owner, connection, books):
    open_stock(books)
    post(owner, "accounting/connection/switches/", journals=False)
    connection.refresh_from_db()
    s01()
    drain(connection)
    assert get(owner, "accounting/connection/")["stock_kept_back"] == "46.65"
    assert refusal(post(owner, "accounting/connection/catch-up/", 409))[1] == "not_allowed_now"

    post(owner, "accounting/connection/switches/", journals=True)

    assert post(owner, "accounting/connection/catch-up/") == {"count": 1}
    assert StockJournal.objects.filter(kind="catch_up").count() == 1


def test_an_accountant_turns_switches_and_does_not_catch_up(signed_in, connection):
    accountant = signed_in("Accountant")
    post(accountant, "accounting/connection/switches/", purchases=False)
    assert Connection.objects.get().purchases_since is None
    post(accountant, "accounting/connection/catch-up/", 403)
