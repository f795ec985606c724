"""Parts as untracked items in Xero: an option, off unless the garage wants it. Quantities and cost stay here."""

from decimal import Decimal

import pytest

from accounting_sync import decisions, directory, item_list, setup
from accounting_sync.drain import drain
from accounting_sync.models import SyncRecord
from accounting_sync.sandbox.endpoints import items as xero_items
from accounting_sync.sandbox.endpoints.call import Call
from accounting_sync.sandbox.faults import Fault
from accounting_sync.sandbox.message import Request
from accounting_sync.sweep import sweep
from accounting_sync.xero.client import Client
from tests.accounting_sync.standing import text, told
from tests.factories import UserFactory, an_invoice
from tests.journeys.conftest import record_of, s01_invoice
from tests.workshop.api.calls import get, post
from tests.workshop.api.conftest import owner, signed_in  # noqa: F401
from workshop import credits, parts
from workshop.errors import NotAllowedNow
from workshop.models import Part

D = Decimal


@pytest.fixture
def wanted(connection):
    setup.switch(connection, items=True)
    return connection


def items(books):
    return sorted(books.tables["Items"].values(), key=lambda item: item["Code"])


def codes_on(books, number):
    [invoice] = [row for row in books.tables["Invoices"].values() if row["InvoiceNumber"] == number]
    return [line.get("ItemCode") for line in invoice["LineItems"]]


def make_in_xero(books, code, **fields):
    element = {"Code": code, "Name": "Filter, oil", **fields}
    return xero_items.create(Call(books, Request("POST", "", "unitdp=4"), adviser=True), element)


def track(item):
    """As if the accountant had ticked “Track inventory item”."""
    item.update(IsTrackedAsInventory=True, InventoryAssetAccountCode="630")


def calls_that_write_items(xero):
    return [(call.method, call.path) for call in xero.calls if "Items" in call.path and call.method != "GET"]


def record(code):
    return SyncRecord.objects.get(kind="item", object_id=Part.objects.get(code=code).pk)


def an_invoice_of(code):
    return an_invoice([{"part": Part.objects.get(code=code), "quantity": D(1), "unit_price": D("24.50")}])


def test_unless_it_is_wanted_a_part_leaves_no_trace(connection, books, xero):
    invoice = s01_invoice()
    drain(connection)
    sweep(connection, full=True)
    drain(connection)

    assert (items(books), calls_that_write_items(xero)) == ([], [])
    assert codes_on(books, invoice.number) == [None, None, None]
    assert not SyncRecord.objects.filter(kind="item").exists()


def test_parts_go_as_untracked_items_with_the_first_invoice_that_names_them(wanted, books, xero):
    parts.add_part(code="NEVER-SOLD", description="Never sold", sell_price=D(5))
    invoice = s01_invoice()
    drain(wanted)

    of_1, oil = items(books)
    assert [item["Code"] for item in (of_1, oil)] == ["OF-1", "OIL 5W30"]
    assert (oil["Name"], oil["Description"], oil["SalesDetails"]["AccountCode"]) == ("Engine oil", "Engine oil", "201")
    assert [item["IsTrackedAsInventory"] for item in (of_1, oil)] == [False, False]
    assert codes_on(books, invoice.number) == [None, "OF-1", "OIL 5W30"]
    assert calls_that_write_items(xero) == [("PUT", "/api.xro/2.0/Items")]
    assert record("NEVER-SOLD").code == "not_financial"


def test_a_price_that_changes_here_changes_there_once(wanted, books, xero):
    s01_invoice()
    drain(wanted)
    parts.edit_part(Part.objects.get(code="OF-1"), sell_price=D("26.90"))
    parts.edit_part(Part.objects.get(code="OF-1"), cost_price=D("11.11"))
    drain(wanted)

    assert items(books)[0]["SalesDetails"]["UnitPrice"] == D("26.90")
    assert len(calls_that_write_items(xero)) == 2


def test_what_is_in_xero_is_not_sent_again_because_its_parts_become_items(connection, books, xero):
    connected = len(xero.calls)
    invoice = s01_invoice()
    drain(connection)
    setup.switch(connection, items=True)
    sweep(connection, full=True)
    drain(connection)

    assert codes_on(books, invoice.number) == [None, None, None]
    assert [call.method for call in list(xero.calls)[connected:] if call.path.endswith("/Invoices")] == ["PUT"]


def test_a_document_from_before_goes_without_its_parts_and_waits_for_nothing(connection, books, time_machine):
    invoice = s01_invoice()
    time_machine.shift(3600)
    setup.switch(connection, items=True)

    drain(connection)

    assert (record_of("invoice", invoice).state, items(books)) == ("synced", [])
    assert codes_on(books, invoice.number) == [None, None, None]


def test_a_credit_note_names_them_too(wanted, books):
    invoice = s01_invoice()
    drain(wanted)
    line = invoice.lines.get(part__code="OF-1")
    credits.credit_invoice(invoice, {line.pk: D(1)}, reason="Wrong one")
    drain(wanted)

    [note] = books.tables["CreditNotes"].values()
    assert [row.get("ItemCode") for row in note["LineItems"]] == ["OF-1"]


def test_an_item_that_xero_has_already_is_linked_and_not_written_over(wanted, books, xero):
    make_in_xero(books, "of-1", Description="As the accountant wrote it")
    invoice = s01_invoice()
    drain(wanted)

    [of_1] = [item for item in items(books) if item["Code"].casefold() == "of-1"]
    assert (of_1["Name"], of_1["Description"]) == ("Filter, oil", "As the accountant wrote it")
    assert (record("OF-1").state, record("OF-1").remote_id) == ("synced", of_1["ItemID"])
    assert codes_on(books, invoice.number) == [None, "of-1", "OIL 5W30"]

    parts.edit_part(Part.objects.get(code="OF-1"), sell_price=D("26.90"))
    drain(wanted)
    assert (record("OF-1").state, record("OF-1").code) == ("conflict", "changed_in_xero")
    assert "UnitPrice" not in of_1["SalesDetails"]


def test_one_whose_stock_xero_keeps_is_refused_and_the_invoice_goes_without_it(wanted, books):
    cogs = {"COGSAccountCode": "310"}
    make_in_xero(books, "OF-1", InventoryAssetAccountCode="630", PurchaseDetails=cogs)
    invoice = s01_invoice()
    drain(wanted)

    assert (record("OF-1").state, record("OF-1").code) == ("warning", "item_tracked")
    assert record("OF-1").message.endswith("In Xero it is “Filter, oil”.")
    assert codes_on(books, invoice.number) == [None, None, "OIL 5W30"]
    assert record_of("invoice", invoice).state == "synced"


def test_one_that_xero_came_to_track_is_named_no_more_until_it_is_untracked(wanted, books):
    s01_invoice()
    drain(wanted)
    of_1 = items(books)[0]
    track(of_1)
    directory.reload(Client(wanted))
    assert (record("OF-1").state, record("OF-1").code) == ("warning", "item_tracked")

    second = an_invoice_of("OF-1")
    drain(wanted)
    assert codes_on(books, second.number) == [None]

    of_1.update(IsTrackedAsInventory=False, InventoryAssetAccountCode="")
    directory.reload(Client(wanted))
    drain(wanted)
    third = an_invoice_of("OF-1")
    drain(wanted)
    assert (record("OF-1").state, codes_on(books, third.number)) == ("synced", ["OF-1"])


def test_an_item_that_was_removed_in_xero_is_made_again_by_a_button_and_the_invoice_follows(wanted, books):
    s01_invoice()
    drain(wanted)
    del books.tables["Items"][record("OF-1").remote_id]
    invoice = an_invoice_of("OF-1")
    drain(wanted)
    refused = record_of("invoice", invoice)
    assert (refused.state, refused.code, decisions.offered(refused)) == ("warning", "item_unknown", ["items_again"])

    decisions.send_items_again(refused)
    drain(wanted)

    assert [item["Code"] for item in items(books)] == ["OF-1", "OIL 5W30"]
    assert (record_of("invoice", invoice).state, codes_on(books, invoice.number)) == ("synced", ["OF-1"])


@pytest.mark.parametrize("kind", ["lost", "timeout"])
def test_an_answer_that_was_lost_makes_no_second_item(wanted, books, xero, sync, kind):
    xero.faults.add(Fault(kind, method="PUT", path="Items"))
    invoice = s01_invoice()
    drain(wanted)
    assert (record("OF-1").state, record_of("invoice", invoice).state) == ("unknown", "waiting")

    sync(wanted, minutes=6)

    assert [item["Code"] for item in items(books)] == ["OF-1", "OIL 5W30"]
    assert (record("OF-1").state, record_of("invoice", invoice).state) == ("synced", "synced")
    assert codes_on(books, invoice.number) == [None, "OF-1", "OIL 5W30"]


# What Xero has and nobody here


@pytest.fixture
def loaded(wanted, books):
    make_in_xero(books, "WB", SalesDetails={"UnitPrice": D("15.50"), "AccountCode": "201"})
    track(make_in_xero(books, "TRACKED"))
    directory.reload(Client(wanted))
    return wanted


def test_items_of_xero_are_listed_as_to_be_set_up_and_cannot_be_put_on_a_job_before(loaded, client):
    client.force_login(UserFactory.with_role("Accountant"))
    page = text(client.get("/accounting/items/"))

    assert "WB Filter, oil 15.50 Set up required Make it a part" in page
    assert "TRACKED Filter, oil Tracked by Xero Untrack it there first" in page
    assert "2 items in Xero are no part here : set up required." in text(client.get("/accounting/"))
    assert not Part.objects.filter(code="WB").exists()


def test_one_becomes_a_part_linked_from_the_start(loaded, client, books, xero):
    client.force_login(UserFactory.with_role("Owner"))
    item = loaded.items.get(code="WB")

    answer = client.post(f"/accounting/items/{item.pk}/make-part/", follow=True)

    assert told(answer) == ["WB Filter, oil is a part now. Say whether it is kept in stock."]
    part = Part.objects.get(code="WB")
    assert (part.description, part.sell_price) == ("Filter, oil", D("15.5"))
    assert (record("WB").state, record("WB").remote_id) == ("synced", item.item_id)
    invoice = an_invoice_of("WB")
    drain(loaded)
    assert (codes_on(books, invoice.number), calls_that_write_items(xero)) == (["WB"], [])


def test_a_program_lists_them_and_makes_a_part(loaded, owner):  # noqa: F811
    rows = get(owner, "accounting/items/")["results"]
    assert [(row["code"], row["is_tracked"]) for row in rows] == [("TRACKED", True), ("WB", False)]

    made = post(owner, f"accounting/items/{rows[1]['id']}/make-part/", 201)
    assert Part.objects.get(pk=made["part"]).code == "WB"
    assert post(owner, f"accounting/items/{rows[0]['id']}/make-part/", 409)["code"] == "not_allowed_now"


def test_one_that_xero_tracks_is_not_taken(loaded):
    with pytest.raises(NotAllowedNow, match="untick “Track inventory item”"):
        item_list.make_part(loaded.items.get(code="TRACKED"))


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_however_long_it_is(wanted, books, client, django_assert_num_queries, count):
    for n in range(count):
        make_in_xero(books, f"IT-{n}")
    directory.reload(Client(wanted))
    client.force_login(UserFactory.with_role("Accountant"))
    client.get("/accounting/items/")
    with django_assert_num_queries(9):
        client.get("/accounting/items/")


def test_the_parts_page_says_where_it_stands(wanted, client):
    s01_invoice()
    drain(wanted)
    client.force_login(UserFactory.with_role("Owner"))
    part = Part.objects.get(code="OF-1")

    assert f"/accounting/panel/item/{part.pk}/" in client.get(f"/parts/{part.pk}/").content.decode()
    assert "In Xero" in text(client.get(f"/accounting/panel/item/{part.pk}/"))
