"""What the sandbox does not model is refused loudly, so that a client that starts to use it is noticed."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounting_sync.sandbox.api import respond
from accounting_sync.sandbox.message import Request
from tests.sandbox.books import Books, a_line, an_invoice

ID = "11111111-1111-4111-8111-111111111111"


@pytest.mark.parametrize(
    ("method", "path", "query"),
    [
        ("GET", "BrandingThemes", ""),
        ("GET", "Journals", ""),
        ("PUT", "BatchPayments", ""),
        ("GET", "Quotes", ""),
        ("PUT", f"Invoices/{ID}/Attachments/a.pdf", ""),
        ("POST", f"Invoices/{ID}/Email", ""),
        ("GET", f"Invoices/{ID}/OnlineInvoice", ""),
        ("DELETE", f"Accounts/{ID}", ""),
        ("PUT", "TaxRates", ""),
        ("PUT", "TrackingCategories", ""),
        ("GET", "Reports/ProfitAndLoss", ""),
        ("GET", "Reports/BalanceSheet", "periods=2"),
        ("GET", "Invoices", "includeArchived=true"),
        ("GET", "Invoices", "pagesize=5&offset=3"),
        ("GET", "Invoices", "unitdp=3"),
        ("POST", "Payments", "summarizeErrors=false"),
        ("PUT", "Accounts", "summarizeErrors=false"),
        ("PATCH", "Invoices", ""),
    ],
)
def test_an_endpoint_or_parameter_that_is_not_modelled_is_a_501(books, method, path, query):
    answer = books.call(method, path, {}, query)

    assert answer.status == 501
    assert answer.body.startswith(b"Sandbox: ") and answer.body.endswith(b" is not modelled")  # noqa: PT018
    assert answer.content_type.startswith("text/plain")


@pytest.mark.parametrize(
    ("path", "element", "what"),
    [
        ("Invoices", an_invoice(BrandingThemeID=ID), "Invoices.BrandingThemeID"),
        ("Invoices", an_invoice(Refrence="typo"), "Invoices.Refrence"),
        ("Invoices", an_invoice(a_line(Accountcode="200")), "LineItem.Accountcode"),
        ("Invoices", an_invoice(CurrencyRate="1.5"), "CurrencyRate other than 1"),
        ("Invoices", an_invoice(InvoiceID=ID), "InvoiceID on a PUT of Invoices"),
        ("Contacts", {"Name": "Jo", "XeroNetworkKey": "k"}, "Contact.XeroNetworkKey"),
        ("Contacts", {"Name": "Jo", "Phones": [{"PhoneType": "DDI", "Number": "1"}]}, "Phone.Number"),
        ("BankTransactions", {"Type": "SPEND-TRANSFER"}, "bank transaction of Type SPEND-TRANSFER"),
    ],
)
def test_a_field_that_is_not_modelled_is_a_501_that_names_it(books, path, element, what):
    answer = books.call("PUT", path, element)

    assert (answer.status, answer.body.decode()) == (501, f"Sandbox: {what} is not modelled")


def test_a_line_with_a_tracked_item_is_not_modelled(books):
    bought = {"COGSAccountCode": "310"}
    books.put("Items", {"Code": "T", "InventoryAssetAccountCode": "630", "PurchaseDetails": bought})

    assert books.call("PUT", "Invoices", an_invoice(a_line(ItemCode="T"))).status == 501


@pytest.mark.parametrize("path", ["Invoyces", "", "Invoice", "/"])
def test_an_unknown_path_is_xero_s_own_404(books, path):
    answer = books.call("GET", path)

    assert (answer.status, answer.body) == (404, b"The resource you're looking for cannot be found")


def test_what_was_read_may_be_sent_back(books):
    """The official SDK does that: read-only fields are ignored, as Xero ignores them."""
    invoice = books.invoice(a_line(DiscountRate=10))
    books.pay(invoice, "3.50")
    [read] = books.get("Invoices", "page=1")
    read["Contact"] = {"ContactID": read["Contact"]["ContactID"]}
    read["Reference"] = "sent back"

    [answer] = books.post("Invoices", read)

    assert (answer["Reference"], answer["AmountDue"]) == ("sent back", 100.0)


@pytest.mark.parametrize("kind", ["Contacts", "CreditNotes", "ManualJournals", "Items"])
def test_so_may_other_documents(books, kind):
    books.contact(ContactNumber="1", ContactPersons=[{"FirstName": "Sue"}])
    note = books.credit_note()
    books.put("ManualJournals", {"Narration": "n", "JournalLines": [
        {"AccountCode": "310", "LineAmount": 1}, {"AccountCode": "631", "LineAmount": -1}]})  # fmt: skip
    books.put("Items", {"Code": "OF-1", "SalesDetails": {"UnitPrice": 1, "AccountCode": "200"}})
    [read] = books.get(f"{kind}/{note['CreditNoteID']}" if kind == "CreditNotes" else kind)
    read.pop("Contact", None)

    assert len(books.post(kind, read)) == 1


def test_an_id_in_the_body_must_be_that_of_the_address(books):
    invoice = books.invoice()

    answer = books.call("POST", f"Invoices/{invoice['InvoiceID']}", {"InvoiceID": ID, "Reference": "x"})

    assert (answer.status, json.loads(answer.body)["ErrorNumber"]) == (400, 17)


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[1]", b'"x"', b"null", b'{"Invoices": 5}', b'{"Invoices": [null]}', b"\xff\xfe", b"[" * 100_000],
)
def test_a_body_that_cannot_be_read_is_refused_as_such(books, body):
    answer = respond(books.organisation, Request("PUT", "/api.xro/2.0/Invoices", "", {}, body))

    assert (answer.status, json.loads(answer.body)["ErrorNumber"]) == (400, 17)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
FIELDS = {
    "Invoices": an_invoice(CurrencyRate=1, SentToContact=True, LineAmountTypes="Inclusive", InvoiceNumber="1"),
    "Contacts": {"Name": "J", "Phones": [], "Addresses": [], "ContactPersons": [], "PaymentTerms": {}, "ContactID": ""},
    "Payments": {"Invoice": {}, "Account": {}, "Amount": 1, "Date": "2026-07-20", "IsReconciled": False, "Code": "090"},
    "ManualJournals": {"Narration": "n", "JournalLines": [], "Date": "2026-07-20", "ShowOnCashBasisReports": True},
    "BankTransactions": {"Type": "RECEIVE", "LineItems": [], "BankAccount": {}, "Contact": {}, "LineAmountTypes": ""},
    "Items": {"Code": "x", "SalesDetails": {}, "PurchaseDetails": {}, "IsSold": True, "InventoryAssetAccountCode": ""},
    "PurchaseOrders": {"Contact": {}, "LineItems": [], "DeliveryDate": "", "SentToContact": True},
    "CreditNotes": {"Type": "ACCRECCREDIT", "Contact": {}, "LineItems": [a_line()], "Date": ""},
}
cases = st.sampled_from(sorted(FIELDS)).flatmap(
    lambda kind: st.tuples(st.just(kind), st.sampled_from(sorted(FIELDS[kind])), anything)
)


@settings(max_examples=300, deadline=None)
@given(case=cases, method=st.sampled_from(["PUT", "POST"]))
def test_no_nonsense_in_a_field_makes_the_sandbox_fall_over(case, method):
    kind, field, nonsense = case
    books = Books()
    element = {**FIELDS[kind], field: nonsense}

    answer = books.call(
        method, kind, element, "" if (kind, method) == ("Payments", "POST") else "summarizeErrors=false"
    )

    assert answer.status in (200, 400, 501)


@settings(max_examples=200, deadline=None)
@given(field=st.sampled_from(sorted(a_line(LineAmount=1, TaxAmount=1, Tracking=[], DiscountRate=1))), nonsense=anything)
def test_nor_does_any_in_a_line(field, nonsense):
    answer = Books().call("PUT", "Invoices", an_invoice({**a_line(), field: nonsense}))

    assert answer.status in (200, 400, 501)
