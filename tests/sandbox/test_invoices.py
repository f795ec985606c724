import pytest

from tests.sandbox.books import Books, a_bill, a_line, an_invoice

TAKEN = ["Invoice # must be unique."]
NOT_VALID = "Invoice not of valid status for modification"
HAS_PAYMENTS = "This document cannot be edited as it has a payment or credit note allocated to it."
NO_STATUS = "The status {} cannot be applied to the invoice because it has payments or credit notes allocated to it."


def post(books, invoice, **changes):
    return books.post("Invoices", {"InvoiceID": invoice["InvoiceID"], **changes})[0]


def refused(books, invoice, **changes):
    return books.problems("POST", "Invoices", {"InvoiceID": invoice["InvoiceID"], **changes})


def no_ids(invoice, **changes):
    return [{**a_line(), **changes} for _ in invoice["LineItems"]]


# Creating


def test_the_garage_s_invoice_comes_back_as_xero_counts_it(books):
    """Acceptance story S01."""
    invoice = books.invoice(
        a_line("120.00", Quantity="1.5"),
        a_line("24.50", AccountCode="201"),
        a_line("14.20", AccountCode="201", Quantity=5),
        InvoiceNumber="1008",
        Reference="KLM123",
    )

    assert [(line["LineAmount"], line["TaxAmount"]) for line in invoice["LineItems"]] == [
        (180.0, 27.0), (24.5, 3.68), (71.0, 10.65),
    ]  # fmt: skip
    assert (invoice["SubTotal"], invoice["TotalTax"], invoice["Total"]) == (275.5, 41.33, 316.83)
    assert (invoice["AmountDue"], invoice["AmountPaid"], invoice["AmountCredited"]) == (316.83, 0.0, 0.0)
    assert (invoice["Status"], invoice["InvoiceNumber"], invoice["Reference"]) == ("AUTHORISED", "1008", "KLM123")


def test_dates_go_out_as_text_and_as_milliseconds(books):
    invoice = books.invoice()

    assert (invoice["DateString"], invoice["Date"]) == ("2026-07-20T00:00:00", "/Date(1784505600000+0000)/")
    assert invoice["DueDateString"] == "2026-08-20T00:00:00"
    assert (invoice["UpdatedDateUTC"], invoice["UpdatedDateUTCString"]) == (
        "/Date(1784509200000+0000)/",
        "2026-07-20T01:00:00Z",
    )


@pytest.mark.parametrize("sent", ["2026-07-20", "2026-07-20T00:00:00", "/Date(1784505600000+0000)/"])
def test_dates_come_in_as_text_or_as_milliseconds(books, sent):
    assert books.invoice(Date=sent)["DateString"] == "2026-07-20T00:00:00"


def test_a_date_that_is_not_sent_is_today_in_the_garage_s_country():
    dates = {}
    for country in ("NZ", "AU", "UK"):
        books = Books(country)
        books.clock.forward(hours=11, minutes=30)  # 12:30 UTC: already tomorrow in Auckland only
        dates[country] = books.invoice(Date=None)["DateString"][:10]

    assert dates == {"NZ": "2026-07-21", "AU": "2026-07-20", "UK": "2026-07-20"}


def test_a_missing_number_is_given_and_never_one_that_is_taken(books):
    books.invoice(InvoiceNumber="inv-0001")

    assert books.invoice()["InvoiceNumber"] == "INV-0002"


def test_a_sent_total_is_not_looked_at(books):
    assert books.invoice(Total="1.00", SubTotal="1.00", TotalTax="0.00")["Total"] == 115.0


def test_a_bill_keeps_no_reference_and_its_number_is_not_unique(books):
    first = books.put("Invoices", a_bill(InvoiceNumber="SI-900", Reference="lost"))[0]
    second = books.put("Invoices", a_bill(InvoiceNumber="SI-900"))[0]

    assert first["InvoiceNumber"] == second["InvoiceNumber"] == "SI-900"
    assert first["InvoiceID"] != second["InvoiceID"]
    assert first["Reference"] == ""


def test_a_bill_without_a_number_is_given_none(books):
    assert books.put("Invoices", a_bill())[0]["InvoiceNumber"] == ""


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"LineItems": []}, "One or more line items must be specified"),
        ({"DueDate": None}, "The due date must be specified on an approved document"),
        ({"Status": "PAID"}, NOT_VALID),
        ({"Status": "VOIDED"}, NOT_VALID),
        ({"CurrencyCode": "EUR"}, "Organisation is not subscribed to currency EUR"),
        ({"Url": "https://www.xero.example/1"}, "Url must not contain the word xero"),
        ({"InvoiceNumber": "N\u00ba 1"}, "InvoiceNumber must be printable ASCII"),
        (
            {"Contact": {"EmailAddress": "a@b.example"}},
            "The Contact must contain at least 1 of the following elements to identify the contact: "
            "Name, ContactID, ContactNumber",
        ),
        ({"LineItems": [a_line("-5.00")]}, "The total of the document must not be negative"),
    ],
)  # fmt: skip
def test_an_approved_invoice_needs_all_its_parts(books, changes, message):
    assert books.problems("PUT", "Invoices", an_invoice(**changes)) == [message]


def test_a_draft_needs_neither_due_date_nor_account(books):
    draft = books.invoice({"Description": "Labour", "Quantity": 1, "UnitAmount": 10}, Status="DRAFT", DueDate=None)

    assert (draft["Status"], draft["Total"]) == ("DRAFT", 10.0)
    assert refused(books, draft, Status="AUTHORISED", DueDate="2026-08-20") == [
        "Account code '' is not a valid code for this document."
    ]


def test_an_invoice_worth_nothing_is_paid_at_once(books):
    invoice = books.invoice(a_line("0.00"))

    assert (invoice["Status"], invoice["AmountDue"]) == ("PAID", 0.0)
    assert invoice["FullyPaidOnDate"] == invoice["Date"]


# Numbers


def test_a_put_with_a_taken_number_is_refused(books):
    books.invoice(InvoiceNumber="1008")

    assert books.problems("PUT", "Invoices", an_invoice(InvoiceNumber="1008")) == TAKEN


def test_a_post_with_a_taken_number_overwrites_that_invoice(books):
    """The trap: somebody else's invoice is edited without a word."""
    theirs = books.invoice(InvoiceNumber="1008", Contact={"Name": "Somebody Else"})

    [answer] = books.post("Invoices", an_invoice(a_line("1.00"), InvoiceNumber="1008"))

    assert answer["InvoiceID"] == theirs["InvoiceID"]
    assert (answer["Contact"]["Name"], answer["Total"]) == ("Jo Kea", 1.15)


def test_a_voided_invoice_keeps_its_number(books):
    voided = post(books, books.invoice(InvoiceNumber="1008"), Status="VOIDED")

    assert books.problems("PUT", "Invoices", an_invoice(InvoiceNumber="1008")) == TAKEN
    assert books.problems("POST", "Invoices", an_invoice(InvoiceNumber="1008")) == [NOT_VALID]
    assert books.get("Invoices/1008")[0]["InvoiceID"] == voided["InvoiceID"]


def test_the_number_of_a_deleted_draft_is_free_again(books):
    draft = books.invoice(InvoiceNumber="1008", Status="DRAFT")
    post(books, draft, Status="DELETED")

    assert books.invoice(InvoiceNumber="1008")["InvoiceID"] != draft["InvoiceID"]


def test_renaming_to_a_taken_number_is_refused_and_to_its_own_is_not(books):
    books.invoice(InvoiceNumber="1008")
    other = books.invoice(InvoiceNumber="1009")

    assert refused(books, other, InvoiceNumber="1008") == TAKEN
    assert post(books, other, InvoiceNumber="1009")["InvoiceNumber"] == "1009"


# States


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("DRAFT", "SUBMITTED"), ("DRAFT", "AUTHORISED"), ("DRAFT", "DELETED"),
        ("SUBMITTED", "DRAFT"), ("SUBMITTED", "AUTHORISED"), ("SUBMITTED", "DELETED"),
        ("AUTHORISED", "VOIDED"), ("AUTHORISED", "AUTHORISED"),
    ],
)  # fmt: skip
def test_these_changes_of_status_are_legal(books, start, end):
    assert post(books, books.invoice(Status=start), Status=end)["Status"] == end


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("DRAFT", "VOIDED"), ("DRAFT", "PAID"), ("SUBMITTED", "VOIDED"),
        ("AUTHORISED", "DRAFT"), ("AUTHORISED", "DELETED"), ("AUTHORISED", "PAID"),
    ],
)  # fmt: skip
def test_these_changes_of_status_are_not(books, start, end):
    assert refused(books, books.invoice(Status=start), Status=end) == [NOT_VALID]


def test_a_voided_or_deleted_invoice_takes_no_edit(books):
    voided = post(books, books.invoice(), Status="VOIDED")
    deleted = post(books, books.invoice(Status="DRAFT"), Status="DELETED")

    assert refused(books, voided, Reference="late") == [NOT_VALID]
    assert refused(books, deleted, Status="DRAFT") == [NOT_VALID]


def test_voiding_leaves_the_lines_alone(books):
    invoice = books.invoice(a_line(), a_line("5.00"))

    assert post(books, invoice, Status="VOIDED")["LineItems"] == invoice["LineItems"]


def test_a_part_paid_invoice_cannot_be_voided(books):
    invoice = books.invoice()
    books.pay(invoice, 15)

    assert refused(books, invoice, Status="VOIDED") == [HAS_PAYMENTS, NO_STATUS.format("VOIDED")]


def test_a_paid_invoice_cannot_be_voided(books):
    invoice = books.invoice()
    books.pay(invoice, 115)

    assert refused(books, invoice, Status="VOIDED") == [NOT_VALID, HAS_PAYMENTS, NO_STATUS.format("VOIDED")]


def test_money_on_a_paid_invoice_cannot_be_edited(books):
    invoice = books.invoice()
    books.pay(invoice, 115)
    [line] = invoice["LineItems"]

    both = [NOT_VALID, HAS_PAYMENTS]
    assert refused(books, invoice, LineItems=[{"LineItemID": line["LineItemID"], "UnitAmount": 90}]) == both
    assert refused(books, invoice, LineItems=no_ids(invoice)) == both
    assert refused(books, invoice, Date="2026-07-21") == both
    assert refused(books, invoice, LineAmountTypes="Inclusive") == both


def test_what_moves_no_money_may_change_on_a_part_paid_invoice(books):
    invoice = books.invoice(InvoiceNumber="1008")
    books.pay(invoice, 15)
    line = {"LineItemID": invoice["LineItems"][0]["LineItemID"], "Description": "Brakes", "AccountCode": "201"}

    now = post(
        books, invoice, Reference="R", DueDate="2026-09-01", InvoiceNumber="1010", Contact={"Name": "New"},
        Url="https://garage.example/1", LineItems=[line],
    )  # fmt: skip

    assert (now["Reference"], now["InvoiceNumber"], now["Contact"]["Name"]) == ("R", "1010", "New")
    assert (now["LineItems"][0]["Description"], now["LineItems"][0]["AccountCode"]) == ("Brakes", "201")
    assert (now["Total"], now["AmountDue"], now["Status"]) == (115.0, 100.0, "AUTHORISED")


def test_an_invoice_with_a_credit_keeps_its_contact(books):
    invoice = books.invoice()
    note = books.credit_note(a_line("10.00"))
    allocation = {"Amount": 11.5, "Invoice": {"InvoiceID": invoice["InvoiceID"]}}
    books.put(f"CreditNotes/{note['CreditNoteID']}/Allocations", allocation)

    assert refused(books, invoice, Contact={"Name": "New"}) == [HAS_PAYMENTS]


def test_an_unknown_id_is_refused_on_a_write_and_not_found_on_a_read(books):
    nobody = {"InvoiceID": "11111111-1111-4111-8111-111111111111"}

    assert refused(books, nobody, Status="VOIDED") == [
        "An existing Invoice with the specified InvoiceID could not be found"
    ]
    assert books.call("GET", f"Invoices/{nobody['InvoiceID']}").status == 404


def test_a_post_to_its_own_address_edits_one_invoice(books):
    invoice = books.invoice()

    [now] = books.post(f"Invoices/{invoice['InvoiceID']}", {"Reference": "KLM123"})

    assert (now["InvoiceID"], now["Reference"]) == (invoice["InvoiceID"], "KLM123")


# UpdatedDateUTC


@pytest.mark.parametrize("change", [{"DueDate": "2026-09-09"}, {"SentToContact": True}])
def test_a_due_date_or_sent_mark_on_a_part_paid_invoice_is_no_change_to_pollers(books, change):
    invoice = books.invoice()
    books.pay(invoice, 15)
    before, told = books.fetch("Invoices", invoice), list(books.events)
    books.clock.forward(minutes=1)

    now = post(books, invoice, **change)

    assert now["UpdatedDateUTC"] == before["UpdatedDateUTC"]
    assert books.events == told


def test_the_same_change_on_an_unpaid_invoice_is_one(books):
    invoice = books.invoice()
    books.clock.forward(minutes=1)

    assert post(books, invoice, DueDate="2026-09-09")["UpdatedDateUTC"] > invoice["UpdatedDateUTC"]


# Lists


def numbers(rows):
    return [row["InvoiceNumber"] for row in rows]


@pytest.fixture
def three(books):
    made = []
    for number, status in (("A-1", "AUTHORISED"), ("A-2", "DRAFT"), ("B-3", "AUTHORISED")):
        made.append(books.invoice(InvoiceNumber=number, Status=status, Reference=f"rego {number[-1]}"))
        books.clock.forward(minutes=1)
    return made


def test_an_unpaged_list_has_no_lines_and_a_page_has(books, three):
    assert [row["LineItems"] for row in books.get("Invoices")] == [[], [], []]
    assert [len(row["LineItems"]) for row in books.get("Invoices", "page=1")] == [1, 1, 1]


def test_a_list_is_in_the_order_of_change(books, three):
    post(books, three[0], Reference="touched last")

    assert numbers(books.get("Invoices")) == ["A-2", "B-3", "A-1"]


def test_a_list_is_narrowed_by_ids_numbers_contacts_and_term(books, three):
    books.invoice(InvoiceNumber="C-4", Contact={"Name": "Ann"})
    jo = three[0]["Contact"]["ContactID"]

    assert numbers(books.get("Invoices", f"IDs={three[2]['InvoiceID']},{three[0]['InvoiceID']}")) == ["A-1", "B-3"]
    assert numbers(books.get("Invoices", "InvoiceNumbers=a-2,B-3,Z-9")) == ["A-2", "B-3"]
    assert numbers(books.get("Invoices", f"ContactIDs={jo}")) == ["A-1", "A-2", "B-3"]
    assert numbers(books.get("Invoices", "searchTerm=rego%203")) == ["B-3"]
    assert numbers(books.get("Invoices", "createdByMyApp=true")) == ["A-1", "A-2", "B-3", "C-4"]


def test_asking_by_statuses_forces_pages(books, three):
    rows = books.get("Invoices", "Statuses=DRAFT,VOIDED")

    assert (numbers(rows), len(rows[0]["LineItems"])) == (["A-2"], 1)
    assert b'"pagination"' in books.call("GET", "Invoices", query="Statuses=DRAFT").body


def test_a_summary_has_neither_lines_nor_payments(books, three):
    [row, *_] = books.get("Invoices", "summaryOnly=true")

    assert row.keys() & {"LineItems", "Payments", "HasAttachments"} == set()


def test_a_payment_is_listed_on_its_invoice(books):
    invoice = books.invoice()
    payment = books.pay(invoice, "15.00", Reference="EFTPOS")

    [row] = books.fetch("Invoices", invoice)["Payments"]

    assert (row["PaymentID"], row["Amount"], row["Reference"]) == (payment["PaymentID"], 15.0, "EFTPOS")
