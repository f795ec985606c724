from datetime import date

import pytest

from accounting_sync.sandbox import accountant
from accounting_sync.sandbox.errors import Refused
from tests.sandbox.books import a_credit_note, a_journal, a_payment, a_prepayment, an_invoice

PERIOD = "The document date cannot be before the period lock date, currently set at 30-Jun-2026"
YEAR = "The document date cannot be before the end of year lock date, currently set at 31-Mar-2026"


@pytest.fixture
def locked(books):
    accountant.lock(books.organisation, date(2026, 6, 30), date(2026, 3, 31))
    return books


@pytest.mark.parametrize(
    ("kind", "element"),
    [
        ("Invoices", an_invoice(Date="2026-06-30")),
        ("Invoices", an_invoice(Date="2026-06-30", Status="DRAFT")),
        ("CreditNotes", a_credit_note(Date="2026-06-30")),
        ("ManualJournals", a_journal(Date="2026-06-30")),
        ("BankTransactions", a_prepayment(Date="2026-06-30")),
    ],
)
def test_a_document_dated_on_the_lock_date_is_refused_and_one_of_the_day_after_is_not(locked, kind, element):
    """Acceptance story S24."""
    assert locked.problems("PUT", kind, element) == [PERIOD]
    assert len(locked.put(kind, {**element, "Date": "2026-07-01"})) == 1


def test_the_end_of_year_lock_speaks_first(locked):
    assert locked.problems("PUT", "Invoices", an_invoice(Date="2026-03-31")) == [YEAR]


def test_an_adviser_may_post_before_the_period_lock_but_not_before_the_year_lock(locked):
    assert locked.put("Invoices", an_invoice(Date="2026-06-30"), adviser=True)[0]["Status"] == "AUTHORISED"
    assert locked.problems("PUT", "Invoices", an_invoice(Date="2026-03-31"), adviser=True) == [YEAR]


def test_a_document_in_a_locked_period_takes_no_edit_and_no_way_out(books):
    invoice = books.invoice(Date="2026-06-30")
    accountant.lock(books.organisation, date(2026, 6, 30))

    for change in ({"Reference": "x"}, {"Status": "VOIDED"}, {"Date": "2026-07-01"}):
        assert books.problems("POST", "Invoices", {"InvoiceID": invoice["InvoiceID"], **change}) == [PERIOD]


def test_a_payment_has_a_date_of_its_own(books):
    invoice = books.invoice(Date="2026-06-30")
    accountant.lock(books.organisation, date(2026, 6, 30))

    assert books.problems("PUT", "Payments", a_payment(invoice, 1, Date="2026-06-30")) == [PERIOD]
    assert books.pay(invoice, 1, Date="2026-07-01")["Amount"] == 1.0


def test_a_payment_in_a_locked_period_cannot_be_deleted(books):
    payment = books.pay(books.invoice(Date="2026-06-01"), 1, Date="2026-06-30")
    accountant.lock(books.organisation, date(2026, 6, 30))

    assert books.problems("POST", f"Payments/{payment['PaymentID']}", {"Status": "DELETED"}) == [PERIOD]


def test_an_allocation_is_as_old_as_the_younger_of_its_documents(books):
    invoice, note = books.invoice(Date="2026-06-01"), books.credit_note(Date="2026-06-30")
    later = books.credit_note(Date="2026-07-01")
    accountant.lock(books.organisation, date(2026, 6, 30))
    body = {"Amount": 1, "Invoice": {"InvoiceID": invoice["InvoiceID"]}}

    assert books.problems("PUT", f"CreditNotes/{note['CreditNoteID']}/Allocations", body) == [PERIOD]
    assert len(books.put(f"CreditNotes/{later['CreditNoteID']}/Allocations", body)) == 1


def test_the_lock_is_told_by_the_organisation_and_can_be_taken_away(locked):
    assert locked.get("Organisation")[0]["EndOfYearLockDate"] == "/Date(1774915200000+0000)/"

    accountant.lock(locked.organisation, None)

    assert locked.invoice(Date="2020-01-01")["Status"] == "AUTHORISED"


def test_the_accountant_by_hand_is_bound_by_the_year_lock(locked):
    with pytest.raises(Refused, match="end of year lock date"):
        accountant.type_invoice_by_hand(locked.organisation, "Jo", [], day=date(2026, 3, 1))
