import pytest

from tests.sandbox.books import Books, a_bill, a_line, an_invoice


def line_of(books, line, query="unitdp=4", **more):
    return books.put("Invoices", an_invoice(line, **more), query=query)[0]["LineItems"][0]


def refused(books, line, **more):
    return books.problems("PUT", "Invoices", an_invoice(line, **more))


def test_xero_s_own_example_of_tax_per_line(books):
    """25.06, 25.61 and 25.63 at 15 % make 11.44, not 11.45 (acceptance story S04)."""
    invoice = books.invoice(a_line("25.06"), a_line("25.61"), a_line("25.63"))

    assert [line["TaxAmount"] for line in invoice["LineItems"]] == [3.76, 3.84, 3.84]
    assert (invoice["TotalTax"], invoice["Total"]) == (11.44, 87.74)


@pytest.mark.parametrize(("amount", "tax"), [("89.00", 11.61), ("90.00", 11.74), ("95.50", 12.46)])
def test_tax_is_taken_out_of_an_inclusive_amount(books, amount, tax):
    invoice = books.invoice(a_line(amount), LineAmountTypes="Inclusive")

    assert (invoice["TotalTax"], invoice["Total"]) == (tax, float(amount))
    assert invoice["SubTotal"] == pytest.approx(float(amount) - tax)


def test_no_tax_means_none_whatever_the_account_says(books):
    invoice = books.invoice(a_line("100.00", TaxType="OUTPUT2"), LineAmountTypes="NoTax")

    assert (invoice["TotalTax"], invoice["LineItems"][0]["TaxType"]) == (0.0, "NONE")


def test_an_mot_outside_the_scope_of_vat(books):
    """Acceptance story S06."""
    books = Books("UK")
    invoice = books.invoice(
        a_line("54.85", AccountCode="260", TaxType="NONE"), a_line("65.00", Quantity=2), a_line("78.00")
    )

    assert [line["TaxAmount"] for line in invoice["LineItems"]] == [0.0, 26.0, 15.6]
    assert invoice["Total"] == 304.45


def test_a_unit_price_is_rounded_before_it_is_multiplied(books):
    line = a_line("6.8875", Quantity=60)

    rounded, kept = line_of(books, line, query=""), line_of(books, line)

    assert (rounded["UnitAmount"], rounded["LineAmount"]) == (6.89, 413.4)
    assert (kept["UnitAmount"], kept["LineAmount"]) == (6.8875, 413.25)


def test_a_price_is_read_back_with_two_places_unless_four_are_asked_for(books):
    invoice = books.put("Invoices", an_invoice(a_line("6.8875")), query="unitdp=4")[0]

    path = f"Invoices/{invoice['InvoiceID']}"
    assert books.get(path)[0]["LineItems"][0]["UnitAmount"] == 6.89
    assert books.get(path, "unitdp=4")[0]["LineItems"][0]["UnitAmount"] == 6.8875


def test_half_a_cent_goes_up(books):
    assert line_of(books, a_line("2.165", TaxType="NONE"))["LineAmount"] == 2.17


def test_quantities_keep_four_places(books):
    line = line_of(books, a_line("10.00", Quantity="0.33335"))

    assert (line["Quantity"], line["LineAmount"]) == (0.3334, 3.33)


def test_a_line_total_that_does_not_fit_is_refused(books):
    assert refused(books, a_line("100.00", LineAmount="1.00")) == [
        "The line total 1.00 does not match the expected line total 100.00"
    ]


@pytest.mark.parametrize(
    ("sent", "quantity", "unit"),
    [
        ({"Quantity": 4, "LineAmount": "10.00"}, 4.0, 2.5),
        ({"UnitAmount": "2.50", "LineAmount": "10.00"}, 4.0, 2.5),
        ({"LineAmount": "10.00"}, 1.0, 10.0),
        ({"Quantity": 3, "LineAmount": "10.00"}, 3.0, 3.3333),
    ],
)
def test_what_is_missing_follows_from_the_line_amount(books, sent, quantity, unit):
    line = line_of(books, {"Description": "Part", "AccountCode": "201", **sent})

    assert (line["Quantity"], line["UnitAmount"], line["LineAmount"]) == (quantity, unit, 10.0)


def test_a_line_may_be_words_only(books):
    invoice = books.invoice(a_line("10.00"), {"Description": "Rear pads at 3 mm"})

    assert invoice["LineItems"][1]["Description"] == "Rear pads at 3 mm"
    assert (invoice["LineItems"][1]["LineAmount"], invoice["Total"]) == (0.0, 11.5)


@pytest.mark.parametrize("words", ["", "x" * 4001])
def test_words_that_are_sent_must_be_some_but_not_too_many(books, words):
    assert refused(books, a_line(Description=words)) == ["Description must have from 1 to 4000 characters"]


def test_a_discount_in_percent_and_one_in_money(books):
    invoice = books.invoice(a_line("100.00", DiscountRate=10), a_line("50.00", DiscountAmount="5.00"))

    assert [line["LineAmount"] for line in invoice["LineItems"]] == [90.0, 45.0]
    assert (invoice["IsDiscounted"], invoice["TotalDiscount"]) == (True, 15.0)


def test_a_bill_has_no_discount(books):
    bill = a_bill(a_line(AccountCode="429", DiscountRate=10))

    assert books.problems("PUT", "Invoices", bill) == ["Discounts are only supported on ACCREC invoices and quotes"]


def test_a_stated_tax_amount_stands_and_survives_edits_that_move_no_money(books):
    invoice = books.invoice(a_line("100.00", TaxAmount="15.01"))
    line_id = invoice["LineItems"][0]["LineItemID"]

    def edit(**changes):
        line = {"LineItemID": line_id, **changes}
        return books.post("Invoices", {"InvoiceID": invoice["InvoiceID"], "LineItems": [line]})[0]["TotalTax"]

    assert invoice["TotalTax"] == 15.01
    assert edit(Description="Other words") == 15.01
    assert edit(UnitAmount="200.00") == 30.0


def test_a_stated_tax_amount_cannot_exceed_the_line(books):
    assert refused(books, a_line("100.00", TaxAmount="100.01")) == ["The tax amount cannot exceed the line amount"]


@pytest.mark.parametrize("code", ["999", "090", "610", "800", "960", "630"])
def test_bank_control_earnings_inventory_and_unknown_accounts_are_refused(books, code):
    message = f"Account code '{code}' is not a valid code for this document."

    assert refused(books, a_line(AccountCode=code)) == [message]


def test_an_archived_account_is_refused(books):
    books.post(f"Accounts/{books.account('260')['AccountID']}", {"Status": "ARCHIVED"})

    assert refused(books, a_line(AccountCode="260")) == [
        "Account code '260' has been archived, or has been deleted. Each line item must reference a valid account."
    ]


def test_a_draft_is_checked_again_when_it_is_approved(books):
    draft = books.invoice(a_line(AccountCode="260"), Status="DRAFT")
    books.post(f"Accounts/{books.account('260')['AccountID']}", {"Status": "ARCHIVED"})

    assert len(books.problems("POST", "Invoices", {"InvoiceID": draft["InvoiceID"], "Status": "AUTHORISED"})) == 1


def test_an_account_may_be_named_by_its_id_but_not_by_two_that_differ(books):
    sales = books.account("201")["AccountID"]
    line = {"Description": "Part", "UnitAmount": 1, "Quantity": 1, "AccountID": sales}

    assert line_of(books, line)["AccountCode"] == "201"
    assert refused(books, {**line, "AccountCode": "200"}) == [
        f"AccountCode '200' and AccountID '{sales}' name different accounts"
    ]


@pytest.mark.parametrize(("tax", "code"), [("INPUT2", "200"), ("OUTPUT2", "429"), ("ZERORATED", "631")])
def test_a_rate_must_be_for_the_class_of_its_account(books, tax, code):
    assert refused(books, a_line(TaxType=tax, AccountCode=code)) == [
        f"The TaxType code '{tax}' cannot be used with account code '{code}'."
    ]


def test_australia_has_no_rate_called_none(books):
    books = Books("AU")

    assert refused(books, a_line(TaxType="NONE")) == [
        "The TaxType code 'NONE' does not exist or cannot be used for this type of transaction."
    ]
    assert line_of(books, a_line(TaxType="BASEXCLUDED"))["TaxAmount"] == 0.0
    assert line_of(books, a_line())["TaxAmount"] == 10.0


def test_every_bad_line_is_told(books):
    invoice = an_invoice(a_line(AccountCode="998"), a_line(), a_line(AccountCode="999"))

    assert books.problems("PUT", "Invoices", invoice) == [
        "Account code '998' is not a valid code for this document.",
        "Account code '999' is not a valid code for this document.",
    ]


@pytest.mark.parametrize("field", ["Quantity", "UnitAmount"])
def test_amounts_have_a_ceiling(books, field):
    assert refused(books, a_line(**{field: "10000000000"})) == [
        "Amounts and quantities must not exceed 9,999,999,999.99"
    ]


# Editing


def test_listed_lines_are_edited_unlisted_ones_go_and_new_ones_come(books):
    invoice = books.invoice(a_line("1.00"), a_line("2.00"), a_line("3.00"))
    first, _, third = invoice["LineItems"]
    lines = [{"LineItemID": third["LineItemID"], "Quantity": 2}, a_line("9.00"), {"LineItemID": first["LineItemID"]}]

    [now] = books.post("Invoices", {"InvoiceID": invoice["InvoiceID"], "LineItems": lines})

    assert [line["LineAmount"] for line in now["LineItems"]] == [6.0, 9.0, 1.0]
    assert [line["LineItemID"] for line in now["LineItems"]][::2] == [third["LineItemID"], first["LineItemID"]]


def test_lines_without_ids_replace_all_lines(books):
    invoice = books.invoice(a_line("1.00"))

    [now] = books.post("Invoices", {"InvoiceID": invoice["InvoiceID"], "LineItems": [a_line("1.00")]})

    assert len(now["LineItems"]) == 1
    assert now["LineItems"][0]["LineItemID"] != invoice["LineItems"][0]["LineItemID"]


def test_an_edit_without_unitdp_leaves_the_decimals_of_prices_it_does_not_send(books):
    invoice = books.put("Invoices", an_invoice(a_line("6.8875", Quantity=60)), query="unitdp=4")[0]
    line = {"LineItemID": invoice["LineItems"][0]["LineItemID"], "Description": "Oil"}

    [now] = books.post("Invoices", {"InvoiceID": invoice["InvoiceID"], "LineItems": [line]})

    assert now["SubTotal"] == 413.25


def test_turning_amounts_inclusive_counts_the_tax_again(books):
    invoice = books.invoice(a_line("115.00"))

    [now] = books.post("Invoices", {"InvoiceID": invoice["InvoiceID"], "LineAmountTypes": "Inclusive"})

    assert (now["SubTotal"], now["TotalTax"], now["Total"]) == (100.0, 15.0, 115.0)


# Items


def test_an_item_fills_what_a_line_leaves_out_but_never_the_tax(books):
    sold = {"UnitPrice": "24.50", "AccountCode": "201", "TaxType": "NONE"}
    books.put("Items", {"Code": "OF-1", "Description": "Oil filter", "SalesDetails": sold})

    line = line_of(books, {"ItemCode": "of-1", "Quantity": 2})

    assert (line["ItemCode"], line["Description"], line["UnitAmount"]) == ("OF-1", "Oil filter", 24.5)
    assert (line["AccountCode"], line["LineAmount"], line["TaxAmount"]) == ("201", 49.0, 7.35)


def test_an_unknown_item_is_refused(books):
    assert refused(books, a_line(ItemCode="NOPE")) == ["Item code 'NOPE' is not valid"]


# Tracking


def test_tracking_is_named_by_words_or_ids_and_comes_back_whole(books):
    [branch] = books.get("TrackingCategories")
    option = branch["Options"][0]
    words = [{"Name": "branch", "Option": "workshop"}]
    ids = [{"TrackingCategoryID": branch["TrackingCategoryID"], "TrackingOptionID": option["TrackingOptionID"]}]

    whole = [{"Name": "Branch", "Option": "Workshop", **ids[0]}]
    assert line_of(books, a_line(Tracking=words))["Tracking"] == whole
    assert line_of(books, a_line(Tracking=ids))["Tracking"] == whole


@pytest.mark.parametrize("option", ["Nowhere", ""])
def test_tracking_that_is_not_known_is_refused(books, option):
    assert refused(books, a_line(Tracking=[{"Name": "Branch", "Option": option}])) == [
        "The tracking option could not be found in category Branch"
    ]
