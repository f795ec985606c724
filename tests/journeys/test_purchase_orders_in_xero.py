"""Orders to suppliers as purchase orders in Xero: an option, off unless the garage wants it."""

from datetime import date
from decimal import Decimal

import pytest

from accounting_sync import decisions, queue, setup
from accounting_sync.drain import drain
from accounting_sync.models import Attempt, SyncRecord
from accounting_sync.sandbox import accountant as in_books
from accounting_sync.sandbox.endpoints import purchase_orders
from accounting_sync.sandbox.endpoints.call import Call
from accounting_sync.sandbox.faults import Fault
from accounting_sync.sandbox.message import Request
from accounting_sync.sweep import sweep
from tests.accounting_sync.standing import text
from tests.factories import SupplierFactory, UserFactory, purchase_tax, stocked
from tests.journeys.conftest import record_of
from tests.journeys.stock import in_xero
from tests.workshop.purchasing.buying import a_job, a_radiator, a_supplier, received, row
from workshop.models import PurchaseOrder
from workshop.purchasing import billing, ordering

D = Decimal


@pytest.fixture
def wanted(connection):
    purchase_tax()
    setup.propose_mappings(connection)
    setup.switch(connection, orders=True)
    return connection


def a_draft(**fields):
    """Ten filters for stock and a radiator for job 490, with freight."""
    line = a_radiator(a_job("490"))
    rows = [row(stocked("OF-1"), 10, "12.905"), row(None, 1, "186.40", description="Radiator", job_line=line)]
    supplier = SupplierFactory(company_name="Parts House Ltd")
    return ordering.draft_order(supplier, rows, expected_on=date(2026, 7, 24), **{"note": "Back door", **fields})


def billed(order):
    """All of it came and is billed, which closes the order."""
    return billing.finalise(received(order), number="SI-1")


def orders(books):
    return list(books.tables["PurchaseOrders"].values())


def lines_there(order):
    names = ("Description", "Quantity", "UnitAmount", "LineAmount", "AccountCode", "TaxAmount")
    return [tuple(line[name] for name in names) for line in order["LineItems"]]


def calls_about_orders(xero):
    return [(call.method, call.path) for call in xero.calls if "PurchaseOrders" in call.path]


def test_unless_it_is_wanted_an_order_leaves_no_trace(connection, books, xero):
    purchase_tax()
    ordering.place_order(a_draft())
    drain(connection)
    sweep(connection, full=True)
    drain(connection)

    assert (orders(books), calls_about_orders(xero)) == ([], [])
    assert SyncRecord.objects.filter(kind="purchase_order").count() == 0


def test_a_draft_waits_here_and_says_so(wanted, xero):
    record = record_of("purchase_order", a_draft())
    drain(wanted)

    record.refresh_from_db()
    assert (calls_about_orders(xero), record.state, record.code) == ([], "skipped", "not_placed")


def test_a_placed_order_is_a_purchase_order_in_xero_and_moves_no_account(wanted, books):
    before = in_xero(books, "631"), in_xero(books, "635")
    ordering.place_order(a_draft(freight=D("12.00")))
    drain(wanted)

    [order] = orders(books)
    assert (order["PurchaseOrderNumber"], order["Status"], order["LineAmountTypes"]) == (
        "PO 1",
        "AUTHORISED",
        "Exclusive",
    )
    assert (order["Date"], order["DeliveryDate"]) == (date(2026, 7, 20), date(2026, 7, 24))
    assert order["DeliveryInstructions"] == "Back door"
    assert lines_there(order) == [
        ("OF-1", D(10), D("12.905"), D("129.05"), "631", D("19.36")),
        ("Radiator (job 490)", D(1), D("186.40"), D("186.40"), "635", D("27.96")),
        ("Freight", D(1), D("12.00"), D("12.00"), "631", D("1.80")),
    ]
    [supplier] = [c for c in books.tables["Contacts"].values() if c["ContactID"] == order["Contact"]["ContactID"]]
    assert supplier["Name"] == "Parts House Ltd"
    assert (in_xero(books, "631"), in_xero(books, "635")) == before
    assert set(SyncRecord.objects.exclude(code="not_financial").values_list("kind", "state")) == {
        ("contact", "synced"), ("purchase_order", "synced")
    }  # fmt: skip


def test_sent_again_it_costs_no_call(wanted, books, xero):
    order = ordering.place_order(a_draft())
    drain(wanted)
    calls = len(xero.calls)

    order.save()
    drain(wanted)

    assert (len(xero.calls), len(orders(books))) == (calls, 1)


def test_an_order_that_is_billed_in_full_is_billed_in_xero(wanted, books):
    order = ordering.place_order(ordering.draft_order(a_supplier(), [row(stocked("A"), 2, "5.00")]))
    drain(wanted)

    billed(order)
    drain(wanted)

    assert PurchaseOrder.objects.get().status == "closed"
    assert orders(books)[0]["Status"] == "BILLED"


def test_a_cancelled_order_is_deleted_in_xero(wanted, books):
    order = ordering.place_order(a_draft())
    drain(wanted)

    ordering.cancel_order(order)
    drain(wanted)

    assert orders(books)[0]["Status"] == "DELETED"
    assert record_of("purchase_order", order).state == "synced"


def test_one_cancelled_before_it_was_sent_never_reaches_xero(wanted, books):
    order = ordering.cancel_order(ordering.place_order(a_draft()))
    drain(wanted)
    assert (orders(books), record_of("purchase_order", order).code) == ([], "never_sent")


@pytest.fixture
def taken(wanted, books):
    """Order PO 1 waits: in Xero somebody made a PO 1 by hand, for another supplier."""
    contact = in_books.add_contact(books, "Tyre World Ltd")
    line = {"Description": "Tyres", "Quantity": 4, "UnitAmount": 90, "AccountCode": "310"}
    head = {"PurchaseOrderNumber": "PO 1", "Date": "2026-07-02", "Contact": {"ContactID": contact["ContactID"]}}
    purchase_orders.create(Call(books, Request("POST", "", ""), adviser=True), {**head, "LineItems": [line]})
    order = ordering.place_order(a_draft())
    drain(wanted)
    return order


def test_a_number_somebody_took_in_xero_asks_names_the_holder_and_overwrites_nothing(taken, books):
    record = record_of("purchase_order", taken)
    assert (record.state, record.code, decisions.offered(record)) == ("warning", "number_taken", ["renumber"])
    assert record.message.endswith(
        "In Xero it is an order of 2 Jul 2026 to Tyre World Ltd. With a new number, tell the supplier."
    )
    assert [[line["Description"] for line in order["LineItems"]] for order in orders(books)] == [["Tyres"]]


def test_with_the_next_free_number_it_goes(taken, wanted, books):
    decisions.use_next_number(record_of("purchase_order", taken))
    drain(wanted)

    taken.refresh_from_db()
    assert (taken.number, [order["PurchaseOrderNumber"] for order in orders(books)]) == ("PO 2", ["PO 1", "PO 2"])
    assert [past.number for past in taken.history.all()][:2] == ["PO 2", "PO 1"]


def test_one_of_ours_that_we_lost_sight_of_is_linked_and_what_was_changed_in_it_is_asked_about(wanted, books):
    order = ordering.place_order(a_draft())
    drain(wanted)
    SyncRecord.objects.filter(kind="purchase_order").update(remote_id=None, body_hash="", state="pending", generation=2)
    orders(books)[0]["DeliveryInstructions"] = "Ring first"
    drain(wanted)
    assert (record_of("purchase_order", order).state, len(orders(books))) == ("synced", 1)

    billed(order)
    drain(wanted)

    assert record_of("purchase_order", order).code == "changed_in_xero"
    assert orders(books)[0]["DeliveryInstructions"] == "Ring first"


@pytest.mark.parametrize(
    "there", [{"DeliveryInstructions": "Ring first"}, {"DeliveryDate": date(2026, 8, 3)}, {"DeliveryInstructions": ""}]
)
def test_when_and_where_to_deliver_as_changed_in_xero_is_asked_about_and_not_overwritten(wanted, books, there):
    order = ordering.place_order(a_draft())
    drain(wanted)
    orders(books)[0].update(there)

    billed(order)
    drain(wanted)

    record = record_of("purchase_order", order)
    assert (record.state, record.code) == ("conflict", "changed_in_xero")
    assert {name: orders(books)[0][name] for name in there} == there


def test_our_version_is_sent_over_it_once_somebody_said_so(wanted, books):
    order = ordering.place_order(a_draft())
    drain(wanted)
    orders(books)[0]["DeliveryInstructions"] = "Ring first"
    billed(order)
    drain(wanted)

    decisions.send_ours(record_of("purchase_order", order))
    drain(wanted)

    assert record_of("purchase_order", order).state == "synced"
    assert (orders(books)[0]["DeliveryInstructions"], orders(books)[0]["Status"]) == ("Back door", "BILLED")


def test_an_order_whose_answer_was_lost_is_found_and_not_sent_twice(wanted, books, xero, sync):
    xero.faults.add(Fault("lost", method="PUT", path="PurchaseOrders"))
    order = ordering.place_order(a_draft())
    drain(wanted)
    assert record_of("purchase_order", order).state == "unknown"

    sync(wanted, minutes=6)

    assert (len(orders(books)), record_of("purchase_order", order).state) == (1, "synced")


def test_a_request_that_never_arrived_is_sent_again(wanted, books, xero, sync):
    xero.faults.add(Fault("timeout", method="PUT", path="PurchaseOrders"))
    order = ordering.place_order(a_draft())
    drain(wanted)

    sync(wanted, minutes=6)

    assert (len(orders(books)), record_of("purchase_order", order).state) == (1, "synced")


def test_a_closing_whose_answer_was_lost_is_looked_up_by_its_status(wanted, books, xero, sync):
    order = ordering.place_order(ordering.draft_order(a_supplier(), [row(stocked("A"), 2, "5.00")]))
    drain(wanted)
    xero.faults.add(Fault("lost", method="POST", path="PurchaseOrders"))
    billed(order)
    drain(wanted)

    sync(wanted, minutes=6)

    assert (orders(books)[0]["Status"], record_of("purchase_order", order).state) == ("BILLED", "synced")


@pytest.fixture
def deleted_there(wanted, books):
    """An order that was deleted in Xero and billed here after that."""
    order = ordering.place_order(ordering.draft_order(a_supplier(), [row(stocked("A"), 2, "5.00")]))
    drain(wanted)
    books.tables["PurchaseOrders"][record_of("purchase_order", order).remote_id]["Status"] = "DELETED"
    billed(order)
    drain(wanted)
    return order


def test_one_deleted_in_xero_is_not_brought_back_without_asking(deleted_there, books):
    record = record_of("purchase_order", deleted_there)
    assert (record.state, record.code, decisions.offered(record)) == ("conflict", "voided_in_xero", ["undo", "resend"])
    assert orders(books)[0]["Status"] == "DELETED"


def test_given_up_it_stays_deleted_there_while_what_came_stays_here(deleted_there, wanted, books, xero):
    calls = len(calls_about_orders(xero))
    decisions.undo_here(record_of("purchase_order", deleted_there))
    drain(wanted)

    deleted_there.refresh_from_db()
    assert (deleted_there.status, record_of("purchase_order", deleted_there).state) == ("closed", "synced")
    assert (len(calls_about_orders(xero)), orders(books)[0]["Status"]) == (calls, "DELETED")


def test_or_it_is_sent_again_under_a_number_of_its_own(deleted_there, wanted, books):
    decisions.send_as_new(record_of("purchase_order", deleted_there))
    drain(wanted)

    there = [(order["PurchaseOrderNumber"], order["Status"]) for order in orders(books)]
    assert there == [("PO 1", "DELETED"), ("PO 2", "BILLED")]
    assert record_of("purchase_order", deleted_there).state == "synced"


def test_one_deleted_on_both_sides_is_simply_gone(wanted, books):
    order = ordering.place_order(a_draft())
    drain(wanted)
    orders(books)[0]["Status"] = "DELETED"

    ordering.cancel_order(order)
    drain(wanted)

    record = record_of("purchase_order", order)
    assert (record.state, record.remote_status) == ("synced", "DELETED")


def test_turned_on_later_it_does_not_send_the_past(connection, books, time_machine):
    purchase_tax()
    order = ordering.place_order(a_draft())
    time_machine.shift(3600)
    setup.switch(connection, orders=True)
    setup.propose_mappings(connection)

    order.save()
    drain(connection)

    assert (orders(books), record_of("purchase_order", order).code) == ([], "by_choice")


def test_turned_off_what_xero_holds_is_kept_in_step_and_no_more_is_sent(wanted, books):
    order = ordering.place_order(a_draft())
    drain(wanted)
    setup.switch(wanted, orders=False)

    ordering.cancel_order(order)
    other = ordering.place_order(ordering.draft_order(a_supplier(), [row(stocked("A"), 2, "5.00")]))
    drain(wanted)

    assert [(there["PurchaseOrderNumber"], there["Status"]) for there in orders(books)] == [("PO 1", "DELETED")]
    assert not SyncRecord.objects.of("purchase_order", other.pk).exists()


def test_kept_out_by_a_person_it_stays_here(wanted, books):
    record = record_of("purchase_order", ordering.place_order(a_draft()))
    queue.exclude(record, export=True, from_import=False, reason="Ordered by telephone")
    drain(wanted)
    assert orders(books) == []


def test_orders_travel_together(wanted, xero):
    for code in "ABC":
        ordering.place_order(ordering.draft_order(a_supplier(), [row(stocked(code), 2, "5.00")]))
    drain(wanted)
    assert calls_about_orders(xero) == [("PUT", "/api.xro/2.0/PurchaseOrders")]
    assert Attempt.objects.filter(sync_record__kind="purchase_order").count() == 3


def test_the_orders_page_shows_how_it_stands(wanted, client):
    client.force_login(UserFactory.with_role("Owner"))
    accountant, order = client, ordering.place_order(a_draft())
    drain(wanted)
    panel = text(accountant.get(f"/accounting/panel/purchase_order/{order.pk}/"))
    assert "In Xero" in panel
    assert f"/accounting/panel/purchase_order/{order.pk}/" in accountant.get(f"/orders/{order.pk}/").content.decode()
    setup.switch(wanted, orders=False)
    other = ordering.draft_order(a_supplier(), [row(stocked("A"), 2, "5.00")])
    off = text(accountant.get(f"/accounting/panel/purchase_order/{other.pk}/"))
    assert "It stays here: sending it is switched off on the accounting page." in off
