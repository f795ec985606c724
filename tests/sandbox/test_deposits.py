import pytest

from accounting_sync.sandbox.ledger import balance
from tests.sandbox.books import a_line, a_prepayment, an_overpayment


def receive(books, element):
    return books.put("BankTransactions", element)[0]


def standing(books, *codes):
    return {code: balance(books.organisation, code, books.organisation.today()) for code in codes}


def apply(books, kind, deposit_id, invoice, amount):
    body = {"Amount": amount, "Invoice": {"InvoiceID": invoice["InvoiceID"]}}
    return books.put(f"{kind}/{deposit_id}/Allocations", body)


def refund(books, field, deposit_id, amount):
    body = {field: {f"{field}ID": deposit_id}, "Account": {"Code": "606"}, "Amount": amount, "Date": "2026-07-20"}
    return books.put("Payments", body)[0]


def test_a_deposit_recognises_its_gst_at_once(books):
    """Acceptance story S20, on receipt."""
    transaction = receive(books, a_prepayment("200.00"))

    assert (transaction["Total"], transaction["TotalTax"], transaction["LineAmountTypes"]) == (
        200.0,
        26.09,
        "Inclusive",
    )
    [prepayment] = books.get(f"Prepayments/{transaction['PrepaymentID']}")
    assert (prepayment["Type"], prepayment["RemainingCredit"], prepayment["Status"]) == (
        "RECEIVE-PREPAYMENT", 200.0, "AUTHORISED",
    )  # fmt: skip
    assert {code: str(amount) for code, amount in standing(books, "606", "815", "820").items()} == {
        "606": "200.00", "815": "-173.91", "820": "-26.09",
    }  # fmt: skip


def test_applying_a_deposit_empties_what_it_was_received_under(books):
    """Acceptance story S20, on the invoice."""
    invoice = books.invoice(a_line("530.00"))
    deposit_id = receive(books, a_prepayment("200.00"))["PrepaymentID"]

    apply(books, "Prepayments", deposit_id, invoice, "200.00")

    now = books.fetch("Invoices", invoice)
    assert (now["AmountDue"], now["AmountCredited"]) == (409.5, 200.0)
    assert now["Prepayments"][0]["AppliedAmount"] == 200.0
    assert books.get(f"Prepayments/{deposit_id}")[0]["Status"] == "PAID"
    assert {code: str(amount) for code, amount in standing(books, "606", "610", "815", "820").items()} == {
        "606": "200.00", "610": "409.50", "815": "0.00", "820": "-79.50",
    }  # fmt: skip


def test_an_overpayment_goes_to_receivables_by_itself(books):
    transaction = receive(books, an_overpayment("50.00"))

    assert transaction["LineItems"][0]["AccountCode"] == "610"
    assert [str(amount) for amount in standing(books, "606", "610").values()] == ["50.00", "-50.00"]
    assert books.get(f"Overpayments/{transaction['OverpaymentID']}")[0]["RemainingCredit"] == 50.0


@pytest.mark.parametrize(
    ("kind", "field", "make", "control"),
    [("Prepayments", "Prepayment", a_prepayment, "815"), ("Overpayments", "Overpayment", an_overpayment, "610")],
)
def test_a_refund_gives_the_money_back_and_leaves_nothing(books, kind, field, make, control):
    deposit_id = receive(books, make("50.00"))[f"{field}ID"]

    payment = refund(books, field, deposit_id, "50.00")

    assert payment["PaymentType"] == f"AR{field.upper()}PAYMENT"
    assert books.get(f"{kind}/{deposit_id}")[0]["Status"] == "PAID"
    assert {str(amount) for amount in standing(books, "606", control, "820").values()} <= {"0.00", "0"}


def test_a_used_up_overpayment_refuses_payments(books):
    deposit_id = receive(books, an_overpayment("50.00"))["OverpaymentID"]
    refund(books, "Overpayment", deposit_id, "50.00")
    again = {"Overpayment": {"OverpaymentID": deposit_id}, "Account": {"Code": "606"}, "Amount": 1}

    assert books.problems("PUT", "Payments", again)[0] == "Payments can only be made against Authorised documents"


def test_an_allocation_of_a_deposit_can_be_taken_back(books):
    invoice = books.invoice()
    deposit_id = receive(books, a_prepayment("50.00"))["PrepaymentID"]
    apply(books, "Prepayments", deposit_id, invoice, "30.00")
    [allocation] = books.get(f"Prepayments/{deposit_id}")[0]["Allocations"]

    answer = books.call("DELETE", f"Prepayments/{deposit_id}/Allocations/{allocation['AllocationID']}")

    assert answer.status == 200
    assert books.get(f"Prepayments/{deposit_id}")[0]["RemainingCredit"] == 50.0
    assert books.fetch("Invoices", invoice)["AmountDue"] == 115.0


def test_deposits_speak_of_themselves_when_refused(books):
    deposit_id = receive(books, a_prepayment("50.00"))["PrepaymentID"]
    body = {"Amount": 51, "Invoice": {"InvoiceID": books.invoice()["InvoiceID"]}}

    assert books.problems("PUT", f"Prepayments/{deposit_id}/Allocations", body) == [
        "Prepayment cannot be allocated as amount is greater than amount outstanding"
    ]


def test_a_reference_on_a_deposit_is_dropped_and_kept_on_a_plain_receipt(books):
    plain = a_prepayment("10.00", Type="RECEIVE", Reference="till")

    assert receive(books, a_prepayment(Reference="till"))["Reference"] == ""
    assert receive(books, plain)["Reference"] == "till"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"BankAccount": {"Code": "200"}}, "Account code '200' is not a valid code for this document."),
        ({"BankAccount": {}}, "Account code '' is not a valid code for this document."),
        ({"LineItems": []}, "One or more line items must be specified"),
        (
            {"LineItems": [a_line("115.00", TaxAmount="14.00")]},
            "The tax amount 14.00 does not match the expected tax amount 15.00",
        ),
        (
            {"LineItems": [a_line("115.00", Quantity=-1)]},
            "Quantity must be greater than zero and UnitAmount must not be zero",
        ),
        ({"LineItems": [a_line("-1.00")]}, "The total of a bank transaction must be greater than zero"),
        ({"LineItems": [a_line(ItemCode="X")]}, "ItemCode is not supported on this type of transaction"),
    ],
)
def test_a_bank_transaction_is_stricter_than_an_invoice(books, changes, message):
    assert books.problems("PUT", "BankTransactions", a_prepayment(**changes)) == [message]


@pytest.mark.parametrize(
    "changes",
    [
        {"LineAmountTypes": "Inclusive"},
        {"LineItems": [{"Description": "a", "LineAmount": 1}, {"Description": "b", "LineAmount": 1}]},
    ],
)
def test_an_overpayment_is_one_line_without_tax(books, changes):
    assert books.problems("PUT", "BankTransactions", an_overpayment(**changes)) == [
        "An overpayment has exactly one line, without tax"
    ]


def test_bank_transactions_and_deposits_are_not_edited(books):
    transaction = receive(books, a_prepayment())

    edit = {**a_prepayment(), "BankTransactionID": transaction["BankTransactionID"]}
    assert books.call("POST", "BankTransactions", edit).status == 501
    assert books.call("POST", f"Prepayments/{transaction['PrepaymentID']}", {"Status": "VOIDED"}).status == 501
    assert books.call("PUT", "Prepayments", {}).status == 501


def test_making_a_deposit_tells_the_webhooks_of_it(books):
    transaction = receive(books, a_prepayment())

    assert ("PREPAYMENT", "CREATE", transaction["PrepaymentID"]) in books.events


def test_deposits_are_listed(books):
    receive(books, a_prepayment())
    transaction = receive(books, a_prepayment())

    assert len(books.get("Prepayments")) == 2
    assert len(books.get("BankTransactions", "page=1")[0]["LineItems"]) == 1
    [found] = books.get(f"BankTransactions/{transaction['BankTransactionID']}")
    assert found["PrepaymentID"] == transaction["PrepaymentID"]
