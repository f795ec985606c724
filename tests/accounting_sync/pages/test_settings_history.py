"""Who set what of the link with Xero, and when."""

import pytest

from accounting_sync import settings_history, setup
from accounting_sync.models import Mapping
from tests.accounting_sync.standing import text

PAGE = "/accounting/"
HOURS = {"poll_minutes": "30", "poll_minutes_closed": "60", "opens_at": "08:00", "closes_at": "17:00", "open_days": "1"}


@pytest.fixture
def owner(browser):
    return browser("Owner")


def told(connection):
    return [entry.change_message for entry in settings_history.of(connection)]


def test_a_changed_mapping_says_what_stood_there_before(accountant, connection):
    chosen = {f"{m.subject}-{m.key}": m.value for m in Mapping.objects.filter(connection=connection)}

    accountant.post("/accounting/mappings/", chosen | {"account-labour": "201"})

    assert told(connection) == ["Labour sales: 201 Parts Sales, before 200 Labour Sales"]
    assert "Labour sales: 201 Parts Sales, before 200 Labour Sales accountant" in text(accountant.get(PAGE))


@pytest.mark.parametrize(
    ("address", "fields", "words"),
    [
        ("pause/", {}, "Sending paused"),
        ("start-date/", {"start_date": "2026-07-01"}, "Documents go from 1 Jul 2026 on"),
        ("start-date/", {"start_date": ""}, "All documents go"),
        ("invoice-options/", {"locks_invoices": "on"}, "Lock invoices when they are in Xero: on"),
        ("switches/", {"purchases": "on"}, "“Create Inventory Journals (COGS & Stock on Hand)” turned off"),
        ("contacts/rule/", {"rule": "xero"}, "Changed on both sides: "),
        ("schedule/", HOURS, "Minutes between two readings of Xero, while open: 30; "),
    ],
)
def test_each_setting_is_kept_with_who_set_it(owner, connection, address, fields, words):
    owner.post(f"{PAGE}{address}", fields)

    (entry,) = settings_history.of(connection)
    assert words in entry.change_message
    assert entry.user == owner.user


def test_what_nobody_did_is_not_in_it(connection):
    setup.propose_mappings(connection)
    assert told(connection) == []


def test_only_who_may_set_them_sees_them(manager, connection, owner):
    owner.post(f"{PAGE}pause/")
    assert "What was set, and by whom" in text(owner.get(PAGE))
    assert "What was set, and by whom" not in text(manager.get(PAGE))
