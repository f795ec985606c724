import pytest

from tests.sandbox.books import a_line


def an_order(**more):
    line = a_line("7.7755", Quantity=3, AccountCode="631", TaxType="INPUT2")
    return {"Contact": {"Name": "Parts Ltd"}, "Date": "2026-07-20", "LineItems": [line], **more}


@pytest.fixture
def supplied(books):
    books.contact("Parts Ltd")
    return books


def order(books, **more):
    return books.put("PurchaseOrders", an_order(**more))[0]


def test_an_order_keeps_four_places_without_being_asked(supplied):
    made = order(supplied, DeliveryInstructions="Back door")

    assert (made["PurchaseOrderNumber"], made["Status"], made["Type"]) == ("PO-0001", "DRAFT", "PURCHASEORDER")
    assert made["LineItems"][0]["UnitAmount"] == 7.7755
    assert (made["SubTotal"], made["TotalTax"], made["Total"]) == (23.33, 3.5, 26.83)


def test_an_order_makes_no_contact(books):
    assert books.problems("PUT", "PurchaseOrders", an_order()) == [
        "An existing Contact with the specified ContactID could not be found"
    ]
    assert books.get("Contacts") == []


def test_the_number_is_unique(supplied):
    order(supplied, PurchaseOrderNumber="PO 31")

    assert supplied.problems("PUT", "PurchaseOrders", an_order(PurchaseOrderNumber="po 31")) == [
        "Order number must be unique"
    ]


def test_a_draft_marked_sent_warns(supplied):
    made = order(supplied, SentToContact=True)

    assert made["SentToContact"] is False
    assert made["Warnings"] == [
        {"Message": "Only AUTHORISED and BILLED purchase orders may have SentToContact updated."}
    ]


def test_an_order_goes_through_its_states(supplied):
    made = order(supplied)
    path = f"PurchaseOrders/{made['PurchaseOrderID']}"

    for status in ("SUBMITTED", "AUTHORISED", "BILLED"):
        assert supplied.post(path, {"Status": status})[0]["Status"] == status
    assert supplied.problems("POST", path, {"Status": "DRAFT"}) == [
        "Purchase order not of valid status for modification"
    ]


def test_orders_are_listed_by_status_and_date(supplied):
    order(supplied, Date="2026-07-01")
    order(supplied, Date="2026-07-10", Status="AUTHORISED")

    def found(query):
        return [row["PurchaseOrderNumber"] for row in supplied.get("PurchaseOrders", query)]

    assert found("status=AUTHORISED") == ["PO-0002"]
    assert found("DateFrom=2026-07-01&DateTo=2026-07-09") == ["PO-0001"]
    assert supplied.get("PurchaseOrders/PO-0002")[0]["Status"] == "AUTHORISED"


def test_an_order_touches_no_ledger(supplied):
    order(supplied, Status="AUTHORISED")

    assert len(supplied.get("Reports/TrialBalance")[0]["Rows"]) == 2
