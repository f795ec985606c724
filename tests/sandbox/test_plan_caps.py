import pytest

from tests.sandbox.books import Books, a_bill, an_invoice

REACHED = ["You have reached the limit of invoices you can approve"]


@pytest.fixture(params=["STARTER", "IGNITE"])
def capped(request):
    return Books(Class=request.param)


def test_the_twenty_first_invoice_of_a_month_is_refused(capped):
    capped.put("Invoices", *[an_invoice() for _ in range(20)])

    assert capped.problems("PUT", "Invoices", an_invoice()) == REACHED


def test_the_month_is_that_of_the_invoice_date(capped):
    capped.put("Invoices", *[an_invoice() for _ in range(20)])

    assert capped.invoice(Date="2026-08-01")["Status"] == "AUTHORISED"


def test_drafts_are_not_counted_until_they_are_approved(capped):
    capped.put("Invoices", *[an_invoice() for _ in range(20)])
    draft = capped.invoice(Status="DRAFT")

    assert capped.problems("POST", "Invoices", {"InvoiceID": draft["InvoiceID"], "Status": "AUTHORISED"}) == REACHED


def test_five_bills_a_month(capped):
    capped.put("Invoices", *[a_bill() for _ in range(5)])

    assert capped.problems("PUT", "Invoices", a_bill()) == REACHED
    assert capped.invoice()["Status"] == "AUTHORISED"


def test_the_cap_binds_within_one_batch(capped):
    rows = capped.put("Invoices", *[an_invoice() for _ in range(22)], query="summarizeErrors=false")

    assert [row["StatusAttributeString"] for row in rows] == ["OK"] * 20 + ["ERROR"] * 2


def test_an_approved_invoice_can_be_edited_at_the_cap(capped):
    first, *_ = capped.put("Invoices", *[an_invoice() for _ in range(20)])

    assert capped.post("Invoices", {"InvoiceID": first["InvoiceID"], "Reference": "x"})[0]["Reference"] == "x"


def test_other_plans_have_no_cap(books):
    assert len(books.put("Invoices", *[an_invoice() for _ in range(25)])) == 25
