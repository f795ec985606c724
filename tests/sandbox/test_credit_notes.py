import pytest

from tests.sandbox.books import a_bill, a_credit_note, a_line

PAID_OFF = "The invoice you are trying to allocate to has already been paid off"
TOO_LARGE = "Credit Note cannot be allocated as amount is greater than amount outstanding"
WRONG_TYPE = "Credit Note cannot be allocated to an incorrect invoice type"


def path(note, allocation=None):
    below = f"/{allocation['AllocationID']}" if allocation else ""
    return f"CreditNotes/{note['CreditNoteID']}/Allocations{below}"


def allocate(books, note, invoice, amount):
    return books.put(path(note), {"Amount": amount, "Invoice": {"InvoiceID": invoice["InvoiceID"]}})[0]


def refused(books, note, invoice, amount):
    return books.problems("PUT", path(note), {"Amount": amount, "Invoice": {"InvoiceID": invoice["InvoiceID"]}})


def test_a_new_credit_note_has_all_its_credit_left(books):
    note = books.credit_note(a_line("24.50", AccountCode="201"), CreditNoteNumber="CN 0007", Reference="KLM123")

    assert (note["Total"], note["RemainingCredit"], note["Allocations"]) == (28.18, 28.18, [])
    assert (note["CreditNoteNumber"], note["Reference"], note["Status"]) == ("CN 0007", "KLM123", "AUTHORISED")


def test_a_draft_needs_no_lines_and_an_approved_note_does(books):
    draft = books.put("CreditNotes", {"Type": "ACCRECCREDIT", "Contact": {"Name": "Jo"}})[0]
    empty = {**a_credit_note(), "LineItems": []}

    assert (draft["Status"], draft["Total"], draft["CreditNoteNumber"]) == ("DRAFT", 0.0, "CN-0001")
    assert books.problems("PUT", "CreditNotes", empty) == ["One or more line items must be specified"]


def test_a_credit_note_has_no_discount(books):
    assert books.problems("PUT", "CreditNotes", a_credit_note(a_line(DiscountRate=10))) == [
        "Discounts are only supported on ACCREC invoices and quotes"
    ]


def test_the_number_is_unique_for_customers_only(books):
    books.credit_note(CreditNoteNumber="CN 1")
    supplier = a_credit_note(a_line(AccountCode="429"), Type="ACCPAYCREDIT", CreditNoteNumber="X")

    assert books.problems("PUT", "CreditNotes", a_credit_note(CreditNoteNumber="cn 1")) == [
        "Credit Note # must be unique."
    ]
    assert len(books.put("CreditNotes", supplier, supplier)) == 2


def test_allocations_sent_with_a_new_note_are_ignored(books):
    invoice = books.invoice()
    sent = [{"Amount": 10, "Invoice": {"InvoiceID": invoice["InvoiceID"]}}]

    assert books.credit_note(Allocations=sent)["Allocations"] == []
    assert books.fetch("Invoices", invoice)["AmountDue"] == 115.0


def test_an_allocation_takes_from_the_note_and_from_the_invoice(books):
    """Acceptance story S18."""
    invoice = books.invoice(a_line("275.50"))
    note = books.credit_note(a_line("24.50", AccountCode="201"), CreditNoteNumber="CN 0007")

    allocate(books, note, invoice, "28.18")

    invoice, note = books.fetch("Invoices", invoice), books.fetch("CreditNotes", note)
    assert (invoice["AmountCredited"], invoice["AmountDue"]) == (28.18, 288.65)
    assert (note["Status"], note["RemainingCredit"]) == ("PAID", 0.0)
    [credit] = invoice["CreditNotes"]
    assert (credit["CreditNoteNumber"], credit["AppliedAmount"]) == ("CN 0007", 28.18)


def test_the_answer_to_an_allocation_does_not_tell_its_id(books):
    invoice, note = books.invoice(), books.credit_note()

    answer = allocate(books, note, invoice, "10.00")

    assert answer.keys() == {"Amount", "Date", "Invoice", "CreditNote", "ValidationErrors"}
    [told] = books.fetch("CreditNotes", note)["Allocations"]
    assert len(told["AllocationID"]) == 36


@pytest.mark.parametrize(("invoiced", "credited"), [("2026-07-01", "2026-07-05"), ("2026-07-05", "2026-07-01")])
def test_the_date_of_an_allocation_is_the_later_of_the_two_documents(books, invoiced, credited):
    invoice, note = books.invoice(Date=invoiced), books.credit_note(Date=credited)

    body = {"Amount": 1, "Date": "2026-07-19", "Invoice": {"InvoiceID": invoice["InvoiceID"]}}
    [allocation] = books.put(path(note), body)

    assert allocation["Date"] == "/Date(1783209600000+0000)/"


def test_deleting_an_allocation_gives_both_back(books):
    invoice, note = books.invoice(), books.credit_note()
    allocate(books, note, invoice, "115.00")
    [allocation] = books.fetch("CreditNotes", note)["Allocations"]

    answer = books.call("DELETE", path(note, allocation))

    assert answer.status == 200
    assert f'"AllocationID":"{allocation["AllocationID"]}"'.encode() in answer.body
    assert b'"IsDeleted":true' in answer.body
    assert books.fetch("Invoices", invoice)["Status"] == "AUTHORISED"
    assert books.fetch("CreditNotes", note)["RemainingCredit"] == 115.0
    assert books.call("DELETE", path(note, allocation)).status == 404


def test_an_invoice_that_is_paid_gives_its_sentences_together(books):
    invoice, bill = books.invoice(), books.put("Invoices", a_bill())[0]
    note = books.credit_note()
    books.pay(invoice, 115)
    books.pay(bill, 115)

    assert refused(books, note, invoice, 1) == [PAID_OFF, TOO_LARGE]
    assert refused(books, note, bill, 1)[:3] == [PAID_OFF, TOO_LARGE, WRONG_TYPE]


def test_no_more_than_is_due_and_no_more_than_is_left(books):
    small, large = books.invoice(a_line("10.00")), books.invoice(a_line("1000.00"))
    note = books.credit_note()

    assert refused(books, note, small, "11.51") == [TOO_LARGE]
    assert refused(books, note, large, "115.01") == [TOO_LARGE]


def test_a_draft_invoice_and_a_draft_note_take_part_in_nothing(books):
    draft_invoice, draft_note = books.invoice(Status="DRAFT"), books.credit_note(Status="DRAFT")

    assert refused(books, books.credit_note(), draft_invoice, 1) == [
        "The invoice you are trying to allocate to has not been approved"
    ]
    assert refused(books, draft_note, books.invoice(), 1) == ["Credit Note must be approved before it can be allocated"]


def test_another_contact_s_invoice_is_refused(books):
    assert refused(books, books.credit_note(), books.invoice(Contact={"Name": "Ann"}), 1) == [
        "Credit Note cannot be allocated to an invoice of another contact"
    ]


def test_unknown_notes_and_invoices_are_refused(books):
    nobody = "11111111-1111-4111-8111-111111111111"

    assert refused(books, books.credit_note(), {"InvoiceID": nobody}, 1) == [
        "An existing Invoice with the specified InvoiceID could not be found"
    ]
    assert refused(books, {"CreditNoteID": nobody}, books.invoice(), 1) == [
        "An existing Credit Note with the specified CreditNoteID could not be found"
    ]


def test_sending_an_allocation_again_allocates_twice(books):
    invoice, note = books.invoice(), books.credit_note()

    allocate(books, note, invoice, "10.00")
    allocate(books, note, invoice, "10.00")

    assert books.fetch("Invoices", invoice)["AmountCredited"] == 20.0


@pytest.mark.parametrize("edit", [{"LineItems": [a_line("1.00")]}, {"Status": "VOIDED"}])
def test_an_allocated_note_and_its_invoice_cannot_be_edited(books, edit):
    invoice, note = books.invoice(), books.credit_note()
    allocate(books, note, invoice, "10.00")
    locked = "This document cannot be edited as it has a payment or credit note allocated to it."

    assert locked in books.problems("POST", "CreditNotes", {"CreditNoteID": note["CreditNoteID"], **edit})
    assert locked in books.problems("POST", "Invoices", {"InvoiceID": invoice["InvoiceID"], **edit})


def test_credit_notes_are_listed_like_invoices(books):
    books.credit_note(CreditNoteNumber="CN 1")

    assert books.get("CreditNotes")[0]["LineItems"] == []
    assert len(books.get("CreditNotes", "page=1")[0]["LineItems"]) == 1
    assert books.get("CreditNotes/CN%201")[0]["CreditNoteNumber"] == "CN 1"
