import json

import pytest

from tests.sandbox.books import EACH, a_bill, a_line, a_payment, an_invoice

TOO_LARGE = "Payment amount exceeds the amount outstanding on this document"
NOT_AUTHORISED = "Payments can only be made against Authorised documents"


def delete(books, payment, **more):
    return books.rows("POST", f"Payments/{payment['PaymentID']}", {"Status": "DELETED"}, **more)[0]


def test_a_part_payment_lowers_what_is_due(books):
    invoice = books.invoice()
    payment = books.pay(invoice, "15.00", Reference="EFTPOS 9")

    now = books.fetch("Invoices", invoice)
    assert (now["AmountPaid"], now["AmountDue"], now["Status"]) == (15.0, 100.0, "AUTHORISED")
    assert (payment["PaymentType"], payment["Status"], payment["Reference"]) == (
        "ACCRECPAYMENT", "AUTHORISED", "EFTPOS 9",
    )  # fmt: skip
    assert payment["Account"]["Code"] == "090"


def test_the_last_payment_makes_an_invoice_paid_on_its_day(books):
    invoice = books.invoice()
    books.pay(invoice, "100.00", Date="2026-07-21")
    books.pay(invoice, "15.00", Date="2026-07-20")

    now = books.fetch("Invoices", invoice)
    assert (now["Status"], now["AmountDue"]) == ("PAID", 0.0)
    assert now["FullyPaidOnDate"] == "/Date(1784592000000+0000)/"


def test_deleting_a_payment_opens_the_invoice_again_and_stays_readable(books):
    invoice = books.invoice()
    payment = books.pay(invoice, "115.00")
    books.clock.forward(minutes=1)

    deleted = delete(books, payment)

    assert (deleted["Status"], deleted["Invoice"]["AmountDue"]) == ("DELETED", 115.0)
    assert deleted["UpdatedDateUTC"] > payment["UpdatedDateUTC"]
    now = books.fetch("Invoices", invoice)
    assert (now["Status"], now["AmountPaid"], now["Payments"]) == ("AUTHORISED", 0.0, [])
    assert "FullyPaidOnDate" not in now
    assert [row["Status"] for row in books.get("Payments")] == ["DELETED"]


def test_a_payment_is_deleted_once(books):
    payment = books.pay(books.invoice(), "15.00")
    delete(books, payment)

    assert books.problems("POST", f"Payments/{payment['PaymentID']}", {"Status": "DELETED"}) == [
        "Payment not of valid status for modification"
    ]


def test_a_reconciled_payment_cannot_be_deleted(books):
    payment = books.pay(books.invoice(), "15.00", IsReconciled=True)

    assert books.problems("POST", f"Payments/{payment['PaymentID']}", {"Status": "DELETED"}) == [
        "A payment that has been reconciled cannot be deleted"
    ]


def test_more_than_is_due_is_refused(books):
    assert books.problems("PUT", "Payments", a_payment(books.invoice(), "115.01")) == [TOO_LARGE]


@pytest.mark.parametrize("status", ["DRAFT", "SUBMITTED", "PAID", "VOIDED"])
def test_only_an_authorised_document_takes_payments(books, status):
    invoice = books.invoice(Status="AUTHORISED" if status in ("PAID", "VOIDED") else status)
    if status == "PAID":
        books.pay(invoice, "115.00")
    if status == "VOIDED":
        books.post("Invoices", {"InvoiceID": invoice["InvoiceID"], "Status": "VOIDED"})

    assert books.problems("PUT", "Payments", a_payment(invoice, "1.00")) == [NOT_AUTHORISED, TOO_LARGE]


@pytest.mark.parametrize("amount", ["0.00", "-1.00", "0.004"])
def test_an_amount_must_be_more_than_nothing(books, amount):
    assert books.problems("PUT", "Payments", a_payment(books.invoice(), amount)) == [
        "Payment amount must be greater than zero"
    ]


@pytest.mark.parametrize(
    ("account", "message"),
    [
        ({"Code": "999"}, "Account could not be found"),
        ({}, "Account could not be found"),
        ({"Code": "200"}, "Account type is invalid for making a payment to/from"),
    ],
)
def test_money_goes_to_a_bank_account_or_one_that_takes_payments(books, account, message):
    invoice = books.invoice()

    assert books.problems("PUT", "Payments", a_payment(invoice, "1.00", Account=account)) == [message]
    assert books.pay(invoice, "1.00", Account={"Code": "970"})["Account"]["Name"] == "Owner Funds"


def test_an_invoice_may_be_named_by_its_number(books):
    books.invoice(InvoiceNumber="1008")

    [payment] = books.put("Payments", a_payment({"InvoiceID": ""}, "15.00", Invoice={"InvoiceNumber": "1008"}))

    assert payment["Invoice"]["InvoiceNumber"] == "1008"


def test_a_payment_names_exactly_one_document(books):
    invoice, note = books.invoice(), books.credit_note()
    both = a_payment(invoice, "1.00", CreditNote={"CreditNoteID": note["CreditNoteID"]})

    message = ["A payment must name exactly one Invoice, CreditNote, Prepayment or Overpayment"]
    assert books.problems("PUT", "Payments", both) == message
    assert books.problems("PUT", "Payments", {"Account": {"Code": "090"}, "Amount": 1}) == message


def test_an_id_of_another_kind_of_document_is_not_found(books):
    note = books.credit_note()

    assert books.problems("PUT", "Payments", a_payment({"InvoiceID": note["CreditNoteID"]}, "1.00")) == [
        "An existing Invoice could not be found for this payment"
    ]


def test_a_bill_is_paid_and_a_credit_note_refunded(books):
    bill = books.put("Invoices", a_bill())[0]
    note = books.credit_note()
    refund = {"CreditNote": {"CreditNoteID": note["CreditNoteID"]}, "Account": {"Code": "090"}, "Amount": 115}

    assert books.pay(bill, "115.00")["PaymentType"] == "ACCPAYPAYMENT"
    assert books.put("Payments", refund)[0]["PaymentType"] == "ARCREDITPAYMENT"
    now = books.fetch("CreditNotes", note)
    assert (now["Status"], now["RemainingCredit"], len(now["Payments"])) == ("PAID", 0.0, 1)


def test_a_batch_counts_what_its_own_payments_left(books):
    invoice = books.invoice()
    body = {"Payments": [a_payment(invoice, "100.00"), a_payment(invoice, "20.00"), a_payment(invoice, "15.00")]}

    rows = json.loads(books.call("PUT", "Payments", body, EACH).body)["Payments"]

    assert [row["StatusAttributeString"] for row in rows] == ["OK", "ERROR", "OK"]
    assert rows[1]["ValidationErrors"] == [{"Message": TOO_LARGE}]
    assert books.fetch("Invoices", invoice)["Status"] == "PAID"


def test_a_post_takes_one_bare_payment(books):
    [payment] = books.rows("POST", "Payments", a_payment(books.invoice(), "15.00"))

    assert books.get(f"Payments/{payment['PaymentID']}")[0]["Amount"] == 15.0


def test_a_payment_is_never_edited(books):
    payment = books.pay(books.invoice(), "15.00")

    answer = books.call("POST", f"Payments/{payment['PaymentID']}", {"Amount": 20})

    assert (answer.status, answer.body) == (
        501, b"Sandbox: a change of a payment other than Status DELETED is not modelled",
    )  # fmt: skip


def test_payments_are_found_by_their_invoice_and_reference(books):
    first, second = books.invoice(), books.invoice()
    books.pay(first, "1.00", Reference="a")
    books.pay(second, "2.00", Reference="b")

    by_invoice = f'where=Invoice.InvoiceID==guid("{second["InvoiceID"]}")'
    assert [row["Amount"] for row in books.get("Payments", by_invoice)] == [2.0]
    assert [row["Amount"] for row in books.get("Payments", 'where=Reference=="a"')] == [1.0]


def test_a_payment_changes_its_invoice_for_pollers_and_webhooks(books):
    invoice = books.invoice()
    books.clock.forward(minutes=1)
    books.events.clear()

    books.pay(invoice, "15.00")

    assert books.events == [("INVOICE", "UPDATE", invoice["InvoiceID"])]
    assert books.fetch("Invoices", invoice)["UpdatedDateUTC"] > invoice["UpdatedDateUTC"]


def test_the_webhook_of_a_payment_can_be_turned_off_since_it_is_not_documented(books):
    books.organisation.settings["webhook_on_payment"] = False
    invoice = books.invoice()
    books.events.clear()

    books.pay(invoice, "15.00")

    assert books.events == []


def test_lines_do_not_matter_to_a_payment_of_a_discounted_invoice(books):
    invoice = books.put("Invoices", an_invoice(a_line(DiscountRate=10)))[0]

    assert books.problems("PUT", "Payments", a_payment(invoice, "115.00")) == [TOO_LARGE]
    assert books.pay(invoice, "103.50")["Invoice"]["AmountDue"] == 0.0
