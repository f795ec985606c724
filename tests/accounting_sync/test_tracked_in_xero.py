"""S31: what Xero tracks itself is refused, with the way out; and books closed there are closed here."""

from datetime import date

import pytest

from accounting_sync import directory, setup
from accounting_sync.choices import choices
from accounting_sync.drain import drain
from accounting_sync.models import XeroAccount
from accounting_sync.sandbox import accountant as in_xero
from accounting_sync.sandbox.endpoints import items
from accounting_sync.sandbox.endpoints.call import Call
from accounting_sync.sandbox.message import Request
from accounting_sync.xero.client import Client
from tests.journeys.stock import open_stock, s01
from tests.workshop.api.calls import patch, post
from tests.workshop.api.conftest import owner, signed_in  # noqa: F401
from workshop.models import Organisation

INVENTORY = {("account", "stock"): "630"}


def stock_row(connection):
    return next(row for row in choices(connection) if row.key == "stock")


def test_an_inventory_account_is_not_offered_for_stock_and_says_why(connection):
    row = stock_row(connection)

    assert [code for code, _ in row.options] == ["631", "635"]
    assert dict(row.refused)["630"].startswith("630 Inventory is of the type Inventory")


def test_choosing_it_all_the_same_is_refused_with_the_way_out(connection):
    with pytest.raises(setup.NotOffered, match="add an account “Stock on Hand” of the type Current Asset"):
        setup.choose(connection, INVENTORY)
    assert connection.mappings.get(key="stock").value == "631"


def test_a_program_is_told_the_way_out_too(connection, owner):  # noqa: F811
    rows = [{"subject": "account", "key": "stock", "value": "630"}]
    answer = patch(owner, "accounting/mappings/", 400, mappings=rows)
    assert "Current Asset" in str(answer["errors"])


def test_a_program_is_refused_one_account_for_stock_and_work_in_progress(connection, owner):  # noqa: F811
    rows = [{"subject": "account", "key": "wip", "value": "631"}]
    answer = patch(owner, "accounting/mappings/", 400, mappings=rows)
    assert "Each needs an account of its own." in str(answer["errors"])


def test_a_program_has_a_missing_account_made_in_xero(connection, owner, books):  # noqa: F811
    connection.mappings.filter(key="adjustment").delete()
    rows = post(owner, "accounting/mappings/adjustment/create/", 201)

    assert [row["value"] for row in rows if row["key"] == "adjustment"] == ["311"]  # the chart had it: not made twice
    assert len([row for row in books.tables["Accounts"].values() if row["Name"] == "Stock Adjustment"]) == 1


def test_the_mapping_page_tells_why_it_is_missing_from_the_list(connection, accountant):
    assert "630 Inventory is of the type Inventory" in accountant.get("/accounting/mappings/").content.decode()


def test_items_that_xero_tracks_are_counted_and_warned_of(connection, books, xero, accountant):
    element = {
        "Code": "OF-1",
        "InventoryAssetAccountCode": "630",
        "PurchaseDetails": {"COGSAccountCode": "310"},
    }
    _tracked_item(books, element)

    directory.reload(Client(connection))

    assert XeroAccount.objects.get(code="630").tracked_items == 1
    assert "COGS would be posted twice" in accountant.get("/accounting/").content.decode()


def _tracked_item(books, element):
    items.create(Call(books, Request("POST", "", "unitdp=4"), adviser=True), element)


def test_no_line_that_goes_to_xero_names_an_item(connection, books):
    open_stock(books)
    s01()
    drain(connection)

    (invoice,) = books.tables["Invoices"].values()
    assert [line.get("ItemCode") for line in invoice["LineItems"]] == [None, None, None]


def test_what_the_accountant_locks_is_locked_here(connection, books):
    in_xero.lock(books, date(2026, 6, 30))
    directory.reload(Client(connection))
    assert Organisation.current().books_locked_until == date(2026, 6, 30)

    in_xero.lock(books, None)
    directory.reload(Client(connection))
    assert Organisation.current().books_locked_until is None
