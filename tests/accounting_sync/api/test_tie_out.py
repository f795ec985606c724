"""The tie-out through the API: begun, read, narrowed, cured."""

from decimal import Decimal

import pytest

from accounting_sync import tieout
from accounting_sync.drain import drain
from accounting_sync.models import SyncRecord, TieOutRun
from accounting_sync.sandbox import accountant as books_of
from accounting_sync.sandbox.faults import Fault
from tests.factories import an_invoice
from tests.workshop.api.calls import get, got, post

RUNS, DIFFERENCES = "accounting/tie-outs/", "accounting/tie-out-differences/"


@pytest.fixture
def edited(connection, books, time_machine):
    """In Xero, and there 11.50 more since."""
    time_machine.move_to("2026-07-19T22:00:00Z", tick=False)
    lines = [{"description": "Labour", "quantity": Decimal(1), "unit_price": Decimal(100)}]
    invoice = an_invoice(lines)
    drain(connection)
    time_machine.shift(60)
    (remote,) = books.tables["Invoices"].values()
    books_of.edit_invoice_add_line(books, remote["InvoiceID"], "Sundries", Decimal(10), "201")
    return invoice


@pytest.fixture
def phone(signed_in):
    return signed_in("Accountant")


def test_a_run_is_begun_in_the_background_and_read_when_it_is_done(edited, phone):
    begun = phone.post(f"/api/v1/{RUNS}")
    run = TieOutRun.objects.get()
    assert (begun.status_code, begun["Location"]) == (202, f"http://testserver/api/v1/{RUNS}{run.pk}/")
    assert (begun.json()["stage"], begun.json()["summary"]) == ("reading", [])
    got(phone.post(f"/api/v1/{RUNS}"), 409)

    tieout.work()

    done = get(phone, f"{RUNS}{run.pk}/")
    assert (done["stage"], done["calls"], done["checked"], done["differing"]) == ("done", 8, 1, 2)
    july = next(cell for cell in done["summary"] if cell["kind"] == "invoice")
    assert (july["month"], july["here"], july["in_xero"], july["differs"]) == (
        "2026-07-01", "115.00", "126.50", "11.50",
    )  # fmt: skip
    assert [run["id"] for run in get(phone, RUNS)["results"]] == [run.pk]


def test_differences_are_narrowed_by_kind_month_and_customer(edited, phone, connection):
    tieout.begin(connection)
    tieout.work()

    def kinds(**query):
        return [row["kind"] for row in get(phone, DIFFERENCES, **query)["results"]]

    assert kinds() == ["invoice", "customer"]
    assert kinds(kind="invoice", month="2026-07-01", customer=edited.customer_id) == ["invoice"]
    assert kinds(customer=edited.customer_id + 1) == []
    assert kinds(verdict="explained") == []
    (row,) = get(phone, DIFFERENCES, kind="invoice")["results"]
    assert (row["reason"], row["ours"], row["theirs"], row["amount"], row["cure"]) == (
        "not_read", "115.00", "126.50", "11.50", "read",
    )  # fmt: skip


def test_a_cure_says_what_came_of_it_and_fits_once(phone, connection, books, time_machine, edited, xero):
    (remote,) = books.tables["Invoices"].values()
    del books.tables["Invoices"][remote["InvoiceID"]]
    tieout.begin(connection)
    tieout.work()
    (row,) = get(phone, DIFFERENCES, kind="invoice")["results"]
    url = f"{DIFFERENCES}{row['id']}/cure/"

    xero.faults.add(Fault("offline"))
    post(phone, url, 503, cure="ask")
    assert "asks what to do" in post(phone, url, cure="ask")["sentence"]
    post(phone, url, 409, cure="ask")
    assert SyncRecord.objects.get(kind="invoice").code == "not_found"


def test_without_the_right_nothing_is_shown_or_cured(edited, connection, signed_in):
    tieout.begin(connection)
    tieout.work()
    technician, manager = signed_in("Technician"), signed_in("Manager")
    get(technician, RUNS, 403)
    post(technician, RUNS, 403)
    (row,) = get(manager, DIFFERENCES, kind="invoice")["results"]
    post(manager, f"{DIFFERENCES}{row['id']}/cure/", 403, cure="read")
