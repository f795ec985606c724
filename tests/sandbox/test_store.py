"""The file: what was answered is in it, and a restart forgets nothing."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from accounting_sync.sandbox.demo import furnish
from accounting_sync.sandbox.store import Change, Store, decode, encode
from accounting_sync.sandbox.xero import Xero
from tests.sandbox.program import Program


@pytest.fixture
def file(tmp_path):
    return tmp_path / "sandbox.sqlite3"


def start(file, clock):
    return furnish(Xero(clock, Store(file)))


def test_amounts_and_dates_come_back_as_they_were():
    document = {"Total": Decimal("10.10"), "Date": date(2026, 11, 23), "At": datetime(2026, 11, 23, 1, tzinfo=UTC)}
    nested = {"Lines": [document], "None": None, "Yes": True}
    assert decode(encode(nested)) == nested


def test_what_cannot_be_kept_is_refused():
    with pytest.raises(TypeError, match="cannot keep a set"):
        encode({"x": {1}})


def test_documents_come_back_in_the_order_they_were_made(file):
    store = Store(file)
    store.save([Change("", "Things", name, {}) for name in "bca"])
    store.save([Change("", "Things", "b", {"changed": True}), Change("", "Things", "c", None)])
    assert list(store.load()[""]["Things"].items()) == [("b", {"changed": True}), ("a", {})]
    store.close()


def test_a_restart_keeps_books_connections_tokens_and_keys(file, clock):
    xero = start(file, clock)
    kauri = next(iter(xero.organisations.values()))
    program = Program(xero).sign_in(kauri)
    created = program.put("Contacts", {"Contacts": [{"Name": "Tama"}]}, idempotency_key="k1")
    xero.close()

    program.xero = again = start(file, clock)
    assert program.put("Contacts", {"Contacts": [{"Name": "Tama"}]}, idempotency_key="k1").body == created.body
    assert len(json.loads(program.get("Contacts").body)["Contacts"]) == 1
    assert program.refresh().status == 200
    assert len(program.connections()) == 1
    assert len(again.webhooks.outbox) == 1
    again.close()


def test_a_call_is_in_the_file_before_its_answer_leaves(file, clock):
    xero = start(file, clock)
    program = Program(xero).sign_in(next(iter(xero.organisations.values())))
    program.put("Contacts", {"Contacts": [{"Name": "Tama"}]})
    assert xero.keeper.store.connection.execute(
        "SELECT count(*) FROM documents WHERE kind = 'Contacts'"
    ).fetchone() == (1,)
    xero.close()


def test_a_change_of_settings_is_kept(file, clock):
    xero = start(file, clock)
    organisation_id, kauri = next(iter(xero.organisations.items()))
    kauri.settings["PeriodLockDate"] = date(2026, 10, 31)
    xero.save()
    xero.close()
    again = start(file, clock)
    assert again.organisations[organisation_id].settings["PeriodLockDate"] == date(2026, 10, 31)
    assert len(again.organisations) == 3
    again.close()


def test_the_file_is_for_its_owner_alone(file):
    Store(file).close()
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_second_sandbox_on_the_same_file_is_refused(file, clock):
    import sqlite3

    xero = start(file, clock)
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        Store(file)
    xero.close()
