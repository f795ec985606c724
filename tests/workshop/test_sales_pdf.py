"""Invoices and credit notes on paper: what stands on them is what the books say."""

from datetime import date
from decimal import Decimal

import pytest

from tests.factories import CustomerFactory, an_invoice
from tests.workshop.reading_paper import words_on
from workshop import credits, sales
from workshop.models import Address, CreditNote, Invoice, Organisation, PaymentMethod
from workshop.sales_pdf import credit_note_pdf, invoice_pdf

D = Decimal
LINES = [
    {"kind": "labour", "description": "Brake service", "quantity": D("1.5"), "unit_price": D("120")},
    {"kind": "outwork", "description": "Disc machining", "quantity": D(1), "unit_price": D("95.5"),
     "discount_percent": D(10)},
    {"kind": "text", "description": "Next service at 120,000 km"},
]  # fmt: skip


@pytest.fixture
def invoice(garage):
    Organisation.objects.update(tax_number="111-222-333", address="1 Karangahape Road\nAuckland")
    customer = CustomerFactory(first_name="Aroha", last_name="Ngata")
    Address.objects.create(party=customer, line1="5 Ponsonby Road", city="Auckland")
    return an_invoice(LINES, date=date(2026, 7, 20), customer=customer)


def the_outwork(invoice):
    return {invoice.lines.get(kind="outwork").pk: D(1)}


def test_an_invoice_says_who_to_whom_what_and_how_much(invoice):
    words = words_on(invoice_pdf(invoice))

    assert words.startswith("Tax invoice INV 1008 Date: 20 Jul 2026")
    for part in [
        "Kauri Motors 1 Karangahape Road Auckland", "GST number 111-222-333", "Aroha Ngata 5 Ponsonby Road, Auckland",
        f"Reference: {invoice.reference}",
        "Brake service GST 15% 1.5 120.00 180.00", "Disc machining GST 15% 1 95.50 less 10 % 85.95",
        "Next service at 120,000 km",
        "Subtotal without tax 265.95 GST 15% 39.89 Total incl. tax 305.84 NZD Balance due 305.84 NZD",
    ]:  # fmt: skip
        assert part in words


def test_money_taken_and_credited_stands_below_the_total(invoice):
    credits.credit_invoice(invoice, the_outwork(invoice), reason="Goodwill", allocate=True)
    invoice.refresh_from_db()
    sales.record_payment(invoice, amount=D("100.00"), method=PaymentMethod.objects.first())

    words = words_on(invoice_pdf(Invoice.objects.get()))

    assert "Total incl. tax 305.84 NZD Paid –100.00 Credited –98.84 Balance due 107.00 NZD" in words


def test_a_credit_note_says_what_it_credits_and_what_is_left(invoice):
    note = credits.credit_invoice(invoice, the_outwork(invoice), reason="Goodwill", allocate=False)

    words = words_on(credit_note_pdf(note))

    assert words.startswith("Credit note CN")
    assert "Credits invoice INV 1008" in words
    assert "Subtotal without tax 85.95 GST 15% 12.89 Total credit 98.84 NZD Left to use 98.84 NZD" in words


def test_what_is_voided_says_so_on_paper(invoice):
    note = credits.credit_invoice(invoice, the_outwork(invoice), allocate=False)
    credits.void_credit_note(note)
    sales.void_invoice(invoice, reason="Wrong customer")

    assert "Voided: Wrong customer" in words_on(invoice_pdf(Invoice.objects.get()))
    assert "Voided" in words_on(credit_note_pdf(CreditNote.objects.get(pk=note.pk)))


def test_a_long_invoice_goes_on_over_the_page_and_keeps_its_sums_together(garage):
    steps = [f"Step {n} <b>&" for n in range(90)]
    rows = [{"kind": "labour", "description": step, "quantity": D(1), "unit_price": D(1)} for step in steps]

    paper = invoice_pdf(an_invoice(rows))

    assert paper.count(b"/Type /Page\n") > 1
    words = words_on(paper)
    assert [step for step in steps if step not in words] == []
    assert "Total incl. tax 103.50 NZD Balance due 103.50 NZD" in words


def test_the_same_invoice_is_the_same_paper(invoice):
    assert invoice_pdf(invoice) == invoice_pdf(invoice)


def test_paper_costs_the_same_for_one_line_and_for_three(garage, django_assert_num_queries):
    one, three = an_invoice(LINES[:1]), an_invoice(LINES)
    for invoice in (one, three):
        fresh = Invoice.objects.select_related("customer").get(pk=invoice.pk)
        with django_assert_num_queries(4):
            invoice_pdf(fresh)
