import pytest

SOLD = {"UnitPrice": "24.5055", "AccountCode": "201", "TaxType": "OUTPUT2"}
BOUGHT = {"UnitPrice": "12.25", "AccountCode": "631"}


def item(books, query="unitdp=4", **more):
    return books.put("Items", {"Code": "OF-1", "Name": "Oil filter", **more}, query=query)[0]


def test_an_item_is_kept_and_read_by_id_and_code(books):
    made = item(books, SalesDetails=SOLD, PurchaseDetails=BOUGHT, Description="Oil filter Z9")

    assert made["SalesDetails"] == {"UnitPrice": 24.5055, "AccountCode": "201", "TaxType": "OUTPUT2"}
    assert (made["IsSold"], made["IsPurchased"], made["IsTrackedAsInventory"]) == (True, True, False)
    assert books.get("Items/of-1")[0]["ItemID"] == made["ItemID"]
    assert books.get(f"Items/{made['ItemID']}")[0]["SalesDetails"]["UnitPrice"] == 24.51


def test_without_unitdp_a_price_is_stored_with_two_places(books):
    made = item(books, query="", SalesDetails=SOLD)

    assert books.get(f"Items/{made['ItemID']}", "unitdp=4")[0]["SalesDetails"]["UnitPrice"] == 24.51


def test_a_put_with_a_taken_code_is_refused_and_a_post_edits(books):
    made = item(books)

    assert books.problems("PUT", "Items", {"Code": "of-1"}) == ["Price List Item with Code 'of-1' already exists"]
    [edited] = books.post("Items", {"Code": "OF-1", "Name": "Filter"})
    assert (edited["ItemID"], edited["Name"]) == (made["ItemID"], "Filter")


def test_what_is_not_sold_has_no_sales_details(books):
    made = item(books, SalesDetails=SOLD, Description="d")

    [edited] = books.post(f"Items/{made['ItemID']}", {"IsSold": False})

    assert edited["SalesDetails"] == {}
    assert "Description" not in edited


def test_a_tracked_item_is_kept_as_data(books):
    made = item(books, InventoryAssetAccountCode="630", PurchaseDetails={"COGSAccountCode": "310"})

    assert (made["IsTrackedAsInventory"], made["InventoryAssetAccountCode"]) == (True, "630")
    assert (made["QuantityOnHand"], made["TotalCostPool"]) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("details", "message"),
    [
        (
            {"InventoryAssetAccountCode": "631", "PurchaseDetails": {"COGSAccountCode": "310"}},
            "InventoryAssetAccountCode must be the code of an INVENTORY account",
        ),
        (
            {"InventoryAssetAccountCode": "630"},
            "A tracked item has a COGSAccountCode and no AccountCode in its PurchaseDetails",
        ),
        ({"SalesDetails": {"AccountCode": "999"}}, "Account code '999' is not a valid code for this document."),
        (
            {"SalesDetails": {"AccountCode": "201", "TaxType": "INPUT2"}},
            "The TaxType code 'INPUT2' cannot be used with account code '201'.",
        ),
        ({"Code": "C" * 31}, "Code must not be longer than 30 characters"),
        ({"Code": ""}, "Code must be specified"),
    ],
)
def test_an_item_that_makes_no_sense_is_refused(books, details, message):
    assert books.problems("PUT", "Items", {"Code": "OF-1", **details}) == [message]


def test_an_item_is_deleted(books):
    made = item(books)

    answer = books.call("DELETE", f"Items/{made['ItemID']}")

    assert (answer.status, answer.body) == (204, b"")
    assert books.get("Items") == []
    assert books.call("DELETE", f"Items/{made['ItemID']}").status == 404
