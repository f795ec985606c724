from decimal import Decimal

import pytest

from accounting_sync.sandbox import accountant
from accounting_sync.sandbox.errors import Refused
from tests.sandbox.books import a_journal, a_line, an_invoice


@pytest.fixture
def kept(books):
    return books.organisation


def test_the_accountant_pays_and_takes_it_back(books, kept):
    """Acceptance story S21's other half: paid in Xero."""
    invoice = books.invoice()

    payment = accountant.pay(kept, invoice["InvoiceID"], Decimal("115.00"))
    assert books.fetch("Invoices", invoice)["Status"] == "PAID"

    accountant.delete_payment(kept, payment["PaymentID"])
    assert books.fetch("Invoices", invoice)["Status"] == "AUTHORISED"


def test_paying_too_much_is_refused_in_xero_s_words(books, kept):
    with pytest.raises(Refused) as refused:
        accountant.pay(kept, books.invoice()["InvoiceID"], Decimal(200))

    assert refused.value.messages == ["Payment amount exceeds the amount outstanding on this document"]


def test_the_accountant_adds_a_line(books, kept):
    """Acceptance story S26."""
    invoice = books.invoice(a_line("275.50"))

    accountant.edit_invoice_add_line(kept, invoice["InvoiceID"], "Consumables", Decimal("10.00"))

    now = books.fetch("Invoices", invoice)
    assert [line["LineAmount"] for line in now["LineItems"]] == [275.5, 10.0]
    assert now["LineItems"][0] == invoice["LineItems"][0]
    assert now["Total"] == 328.33


def test_the_accountant_voids_what_is_approved_and_deletes_what_is_not(books, kept):
    approved, draft = books.invoice(), books.invoice(Status="DRAFT")

    assert accountant.void(kept, approved["InvoiceID"])["Status"] == "VOIDED"
    assert accountant.void(kept, draft["InvoiceID"])["Status"] == "DELETED"


def test_the_accountant_types_an_invoice_that_no_app_made(books, kept):
    """Acceptance story S22's other half: number 1008 taken by hand."""
    made = accountant.type_invoice_by_hand(kept, "Somebody Else", [a_line("50.00")], number="1008")

    assert (made["Status"], made["Total"]) == ("AUTHORISED", Decimal("57.50"))
    assert books.get("Invoices", "createdByMyApp=true") == []
    assert books.problems("PUT", "Invoices", an_invoice(InvoiceNumber="1008")) == ["Invoice # must be unique."]


def test_the_accountant_types_a_bill(kept):
    made = accountant.type_invoice_by_hand(kept, "Parts Ltd", [a_line(AccountCode="429")], bill=True)

    assert made["Type"] == "ACCPAY"


def test_the_accountant_credits_an_invoice(books, kept):
    invoice = books.invoice()

    note = accountant.credit_and_allocate(kept, invoice["InvoiceID"], Decimal("11.50"))

    assert (note["Status"], note["TotalTax"]) == ("PAID", Decimal("1.50"))
    assert books.fetch("Invoices", invoice)["AmountDue"] == 103.5


def test_a_credit_that_does_not_fit_leaves_no_note(books, kept):
    invoice = books.invoice()

    with pytest.raises(Refused):
        accountant.credit_and_allocate(kept, invoice["InvoiceID"], Decimal("200.00"))

    assert books.get("CreditNotes") == []


def test_an_allocation_is_taken_back(books, kept):
    invoice = books.invoice()
    note = accountant.credit_and_allocate(kept, invoice["InvoiceID"], Decimal("11.50"))
    [allocation] = books.fetch("CreditNotes", note)["Allocations"]

    accountant.remove_allocation(kept, allocation["AllocationID"])

    assert books.fetch("Invoices", invoice)["AmountDue"] == 115.0


def test_an_overpayment_is_received(books, kept):
    transaction = accountant.receive_overpayment(kept, "Jo Kea", Decimal("5.00"))

    assert books.get(f"Overpayments/{transaction['OverpaymentID']}")[0]["RemainingCredit"] == 5.0


def test_a_contact_is_added_edited_archived_and_restored(books, kept):
    jo = accountant.add_contact(kept, "Jo Kea", EmailAddress="jo@kea.example")

    accountant.edit_contact(kept, jo["ContactID"], FirstName="Jo")
    assert accountant.archive_contact(kept, jo["ContactID"])["ContactStatus"] == "ARCHIVED"
    assert accountant.restore_contact(kept, jo["ContactID"])["ContactStatus"] == "ACTIVE"
    assert books.fetch("Contacts", jo)["FirstName"] == "Jo"


def test_a_merged_contact_tells_where_it_went_and_keeps_its_number(books, kept):
    gone, stays = books.contact("Jo K", ContactNumber="C-1"), books.contact("Jo Kea")
    invoice = books.invoice(Contact={"ContactID": gone["ContactID"]})

    accountant.merge_contacts(kept, gone["ContactID"], stays["ContactID"])

    [now] = books.get("Contacts/C-1")
    assert (now["ContactStatus"], now["MergedToContactID"]) == ("ARCHIVED", stays["ContactID"])
    assert books.fetch("Invoices", invoice)["Contact"]["ContactID"] == stays["ContactID"]
    assert books.fetch("Contacts", stays)["IsCustomer"] is True
    assert books.problems("PUT", "Contacts", {"Name": "New", "ContactNumber": "C-1"}) == [
        "Another contact has this contact number. Please enter a different contact number."
    ]


def test_a_contact_is_not_merged_into_itself(books, kept):
    jo = books.contact()

    with pytest.raises(Refused):
        accountant.merge_contacts(kept, jo["ContactID"], jo["ContactID"])


def test_accounts_are_renamed_and_archived(books, kept):
    account_id = books.account("260")["AccountID"]

    accountant.rename_account(kept, account_id, "Sundry")
    accountant.archive_account(kept, account_id)

    [now] = books.get(f"Accounts/{account_id}")
    assert (now["Name"], now["Status"]) == ("Sundry", "ARCHIVED")


def test_a_reconciled_payment_stays(books, kept):
    payment = books.pay(books.invoice(), 1)

    accountant.reconcile(kept, payment["PaymentID"])

    with pytest.raises(Refused, match="reconciled"):
        accountant.delete_payment(kept, payment["PaymentID"])


def test_a_journal_is_voided(books, kept):
    journal = books.put("ManualJournals", a_journal())[0]

    accountant.void_journal(kept, journal["ManualJournalID"])

    assert books.fetch("ManualJournals", journal)["Status"] == "VOIDED"


def test_a_tax_rate_is_renamed_and_keeps_its_type(books, kept):
    accountant.rename_tax_rate(kept, "OUTPUT2", "GST 15")

    assert books.get("TaxRates/OUTPUT2")[0]["Name"] == "GST 15"


def test_a_due_date_is_changed(books, kept):
    invoice = books.invoice()

    assert accountant.change_invoice(kept, invoice["InvoiceID"], DueDate="2026-09-01")["DueDate"].month == 9


@pytest.mark.parametrize("act", [accountant.void, accountant.archive_contact, accountant.delete_payment])
def test_what_is_not_there_is_refused(kept, act):
    with pytest.raises(Refused):
        act(kept, "11111111-1111-4111-8111-111111111111")


def test_nonsense_on_a_page_is_refused_too(books, kept):
    with pytest.raises(Refused, match="LineAmountTypes"):
        accountant.change_invoice(kept, books.invoice()["InvoiceID"], LineAmountTypes="Sometimes")


def test_what_the_accountant_does_goes_out_as_events(books, kept):
    invoice = books.invoice()
    books.events.clear()

    accountant.void(kept, invoice["InvoiceID"])

    assert books.events == [("INVOICE", "UPDATE", invoice["InvoiceID"])]
