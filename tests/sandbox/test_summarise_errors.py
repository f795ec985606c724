import json

import pytest

from tests.sandbox.books import EACH, a_line, an_invoice

ZERO = "00000000-0000-0000-0000-000000000000"
BAD = {"InvoiceNumber": "BAD", "LineItems": [a_line(AccountCode="999")]}
MESSAGE = "Account code '999' is not a valid code for this document."


def batch():
    return {"Invoices": [an_invoice(InvoiceNumber="ONE"), an_invoice(**BAD), an_invoice(InvoiceNumber="TWO")]}


@pytest.mark.parametrize("query", ["", "summarizeErrors=true"])
def test_without_the_parameter_one_bad_element_refuses_the_call_and_nothing_is_stored(books, query):
    answer = books.call("PUT", "Invoices", batch(), query)

    reply = json.loads(answer.body)
    assert answer.status == 400
    assert (reply["ErrorNumber"], reply["Type"], reply["Message"]) == (
        10, "ValidationException", "A validation exception occurred",
    )  # fmt: skip
    assert [element["InvoiceNumber"] for element in reply["Elements"]] == ["BAD"]
    assert reply["Elements"][0]["ValidationErrors"] == [{"Message": MESSAGE}]
    assert books.get("Invoices") == books.get("Contacts") == books.events == []


@pytest.mark.parametrize("query", [EACH, "SummarizeErrors=False", "SUMMARIZEERRORS=false"])
def test_with_it_every_element_answers_for_itself_in_order(books, query):
    answer = books.call("PUT", "Invoices", batch(), query)

    rows = json.loads(answer.body)["Invoices"]
    assert answer.status == 200
    assert [row["StatusAttributeString"] for row in rows] == ["OK", "ERROR", "OK"]
    assert [row["InvoiceNumber"] for row in rows] == ["ONE", "BAD", "TWO"]
    assert (rows[1]["InvoiceID"], rows[1]["HasErrors"]) == (ZERO, True)
    assert rows[1]["ValidationErrors"] == [{"Message": MESSAGE}]
    assert [row["InvoiceNumber"] for row in books.get("Invoices", "order=InvoiceNumber")] == ["ONE", "TWO"]


def test_a_refused_edit_keeps_its_id(books):
    invoice = books.invoice()
    body = {"InvoiceID": invoice["InvoiceID"], "Status": "DRAFT"}

    [row] = json.loads(books.call("POST", "Invoices", body, EACH).body)["Invoices"]

    assert (row["InvoiceID"], row["StatusAttributeString"]) == (invoice["InvoiceID"], "ERROR")


def test_a_refused_contact_says_so_in_its_own_words(books):
    [row] = json.loads(books.call("PUT", "Contacts", {"Name": "<x>"}, EACH).body)["Contacts"]

    assert (row["ContactID"], row["HasValidationErrors"], row["StatusAttributeString"]) == (ZERO, True, "ERROR")


def test_two_of_one_batch_cannot_share_a_number(books):
    body = {"Invoices": [an_invoice(InvoiceNumber="1"), an_invoice(InvoiceNumber="1")]}

    rows = json.loads(books.call("PUT", "Invoices", body, EACH).body)["Invoices"]

    assert [row["StatusAttributeString"] for row in rows] == ["OK", "ERROR"]


def test_a_number_given_to_a_refused_call_is_given_again(books):
    refused = {"Invoices": [an_invoice(), an_invoice(**BAD)]}
    books.call("PUT", "Invoices", refused)

    assert books.invoice()["InvoiceNumber"] == "INV-0001"


def test_a_warning_is_told_and_stored(books):
    lines = [{"AccountCode": "476", "LineAmount": 1}, {"AccountCode": "631", "LineAmount": -1}]
    body = {"Narration": "n", "JournalLines": lines}

    [row] = json.loads(books.call("PUT", "ManualJournals", body, EACH).body)["ManualJournals"]

    assert (row["StatusAttributeString"], len(row["Warnings"])) == ("WARNING", 1)
    assert len(books.get("ManualJournals")) == 1


def test_what_is_not_modelled_refuses_the_whole_batch_and_stores_nothing(books):
    body = {"Invoices": [an_invoice(), an_invoice(RepeatingInvoiceID="x")]}

    answer = books.call("PUT", "Invoices", body, EACH)

    assert (answer.status, answer.body) == (501, b"Sandbox: Invoices.RepeatingInvoiceID is not modelled")
    assert books.get("Invoices") == []
