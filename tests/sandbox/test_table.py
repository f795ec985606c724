from datetime import UTC, datetime
from random import Random

import pytest

from accounting_sync.sandbox.chart import demo_organisation
from accounting_sync.sandbox.table import Table
from tests.sandbox.books import a_line, a_payment, an_invoice


def table():
    return Table({"colour": lambda document: (document["colour"],)})


def test_documents_are_found_by_their_keys_as_they_change():
    pens = table()
    pens.put("1", {"colour": "red"})
    pens.put("2", {"colour": "red"})
    pens.put("1", {"colour": "blue"})

    assert pens.find("colour", "red") == [{"colour": "red"}]
    assert pens.first("colour", "blue") == {"colour": "blue"}
    assert (pens.first("colour", "green"), pens.count("colour", "red")) == (None, 1)


def test_every_change_marks_its_document_to_be_saved():
    pens = table()
    pens["1"] = {"colour": "red"}
    pens.dirty.clear()

    pens.put("2", {"colour": "red"})
    del pens["1"]

    assert pens.dirty == {"1", "2"}
    assert pens.find("colour", "red") == [{"colour": "red"}]


def test_look_ups_are_rebuilt_after_a_load_that_bypassed_them():
    pens = table()
    dict.update(pens, {"1": {"colour": "red"}})

    pens.reindex()

    assert pens.count("colour", "red") == 1


class Failed(Exception):
    pass


def snapshot(books):
    return {kind: dict(table) for kind, table in books.organisation.tables.items()}, dict(books.organisation.settings)


def test_a_failed_savepoint_puts_everything_back(books):
    invoice = books.invoice()
    payment = books.pay(invoice, 1)
    before, told = snapshot(books), list(books.events)

    def work_and_fail():
        with books.organisation.savepoint():
            books.invoice(a_line("5.00"), Contact={"Name": "New"})
            books.pay(invoice, 2)
            books.rows("POST", f"Payments/{payment['PaymentID']}", {"Status": "DELETED"})
            raise Failed

    with pytest.raises(Failed):
        work_and_fail()

    assert snapshot(books) == before
    assert books.events == told
    assert books.problems("PUT", "Payments", a_payment(invoice, "114.01")) != []
    assert books.pay(invoice, "114.00")["Invoice"]["AmountDue"] == 0.0


def test_the_same_seed_makes_the_same_ids():
    def clock():
        return datetime(2026, 7, 20, tzinfo=UTC)

    one, other = (demo_organisation(clock, random=Random(3)) for _ in range(2))

    assert one.id == other.id
    assert list(one.tables["Accounts"]) == list(other.tables["Accounts"])


def test_a_reindexed_organisation_still_knows_its_numbers(books):
    books.invoice(InvoiceNumber="1008")

    books.organisation.reindex()

    assert books.problems("PUT", "Invoices", an_invoice(InvoiceNumber="1008")) == ["Invoice # must be unique."]


def test_events_go_out_only_when_all_is_stored(books):
    seen = []

    def stored(category, event, resource_id):
        kinds = {"INVOICE": "Invoices", "CONTACT": "Contacts"}
        seen.append((category, event, resource_id in books.organisation.tables[kinds[category]]))

    books.organisation.on_event = stored
    books.invoice()

    assert seen == [("CONTACT", "CREATE", True), ("INVOICE", "CREATE", True)]
