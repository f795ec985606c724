from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from tests.factories import CustomerFactory, PaymentMethodFactory, an_invoice, stocked
from tests.workshop.manager.reading import text
from workshop import credits, sales
from workshop.models import CreditNote, Invoice, StockPool

OIL = [
    {"kind": "part", "description": "Oil", "quantity": Decimal(5), "unit_price": Decimal("14.20")},
    {"kind": "text", "description": "Topped up"},
]


def credit(browser, invoice, quantity, **fields):
    line = invoice.lines.first()
    given = {f"line_{line.pk}": quantity, "date": invoice.date, "reason": "Returned", **fields}
    return browser.post(reverse("invoice-credit", args=[invoice.pk]), given)


def page(note):
    return reverse("credit-note", args=[note.pk])


def test_part_of_a_line_is_credited_and_used_on_the_invoice(manager, garage):
    invoice = an_invoice(OIL)  # 81.65

    response = credit(manager, invoice, "2")

    note = CreditNote.objects.get()
    invoice.refresh_from_db()
    assert response["Location"] == page(note)
    assert (note.number, note.total, note.status) == ("CN 0007", Decimal("32.66"), "allocated")
    assert (invoice.amount_due, invoice.status) == (Decimal("48.99"), "part_paid")


def test_the_form_says_what_is_left_and_offers_no_text_line(manager, garage):
    invoice = an_invoice(OIL)
    credit(manager, invoice, "2")

    rows = manager.get(reverse("invoice-credit", args=[invoice.pk])).context["form"].rows()

    assert [(line.description, line.left) for line, *_ in rows] == [("Oil", Decimal(3))]


def test_a_voided_credit_note_frees_its_line(manager, garage):
    invoice = an_invoice(OIL)
    note = credits.credit_invoice(invoice, {invoice.lines.first().pk: Decimal(2)}, allocate=False)
    manager.post(reverse("credit-note-void", args=[note.pk]))

    rows = manager.get(reverse("invoice-credit", args=[invoice.pk])).context["form"].rows()

    assert [line.left for line, *_ in rows] == [Decimal(5)]


@pytest.mark.parametrize("quantity", ["", "0", "-1", "5.0001", "99999999999", "half", "NaN"])
def test_no_more_than_was_invoiced_is_credited(manager, garage, quantity):
    response = credit(manager, an_invoice(OIL), quantity)

    assert (response.status_code, CreditNote.objects.count()) == (422, 0)
    assert any(response.context["form"].errors.values())


def test_goodwill_waits_to_be_used(manager, garage):
    customer = CustomerFactory()
    given = {"description": "Goodwill", "amount": "50.00", "date": garage.today()}

    response = manager.post(reverse("credit-note-new", args=[customer.pk]), given)

    note = CreditNote.objects.get()
    assert response["Location"] == page(note)
    assert (note.total, note.remaining) == (Decimal("57.50"), Decimal("57.50"))
    assert "owes nothing at the moment" in text(manager.get(page(note)))


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"amount": "0"}, "amount"),
        ({"amount": "x"}, "amount"),
        ({"description": ""}, "description"),
        ({"date": ""}, "date"),
    ],
)
def test_nonsense_goodwill_is_refused_at_its_field(manager, garage, fields, field):
    given = {"description": "Goodwill", "amount": "50.00", "date": garage.today(), **fields}

    response = manager.post(reverse("credit-note-new", args=[CustomerFactory().pk]), given)

    assert (response.status_code, list(response.context["form"].errors)) == (422, [field])


@pytest.fixture
def note(garage):
    """57.50 of credit, and an invoice of 81.65 it can be used on."""
    invoice = an_invoice(OIL)
    return credits.issue_credit_note(invoice.customer, description="Goodwill", amount=Decimal(50))


def allocate(browser, note, **fields):
    given = {"invoice": Invoice.objects.first().pk, "amount": "57.50", **fields}
    return browser.post(reverse("credit-note-allocate", args=[note.pk]), given)


def test_credit_is_used_on_an_invoice_of_the_same_customer(manager, note):
    form = manager.get(page(note)).context["form"]
    allocate(manager, note)

    note.refresh_from_db()
    assert form["amount"].value() == Decimal("57.50")
    assert (note.status, note.remaining, Invoice.objects.get().amount_due) == (
        "allocated",
        Decimal(0),
        Decimal("24.15"),
    )


@pytest.mark.parametrize(
    ("fields", "field"), [({"amount": "57.51"}, "amount"), ({"amount": "0"}, "amount"), ({"invoice": "999"}, "invoice")]
)
def test_no_more_than_there_is_can_be_used(manager, note, fields, field):
    response = allocate(manager, note, **fields)

    assert (response.status_code, list(response.context["form"].errors)) == (422, [field])


def test_another_customer_s_invoice_is_not_offered(manager, note):
    other = an_invoice()

    assert list(allocate(manager, note, invoice=other.pk).context["form"].errors) == ["invoice"]


def test_used_credit_is_taken_back(manager, note):
    allocate(manager, note)

    manager.post(reverse("allocation-remove", args=[note.allocations.get().pk]))

    note.refresh_from_db()
    assert (note.status, note.remaining, Invoice.objects.get().amount_due) == (
        "issued",
        Decimal("57.50"),
        Decimal("81.65"),
    )


def test_a_used_credit_note_is_not_voided(manager, note):
    allocate(manager, note)

    page_after = manager.post(reverse("credit-note-void", args=[note.pk]), follow=True)

    note.refresh_from_db()
    assert note.status == "allocated"
    assert "Remove the allocation first" in text(page_after)


@pytest.mark.parametrize("uses", [1, 3])
def test_the_page_costs_the_same_queries_however_often_it_is_used(manager, workshop_queries, garage, uses):
    customer = CustomerFactory()
    note = credits.issue_credit_note(customer, description="Goodwill", amount=Decimal(50))
    for _ in range(uses):
        credits.allocate_credit(note, an_invoice(customer=customer), amount=Decimal(1))
    sales.record_payment(
        Invoice.objects.first(),
        amount=Decimal(1),
        method=PaymentMethodFactory(),
        date=garage.today() - timedelta(days=1),
    )

    with workshop_queries(15):
        manager.get(page(note))


def test_goods_that_come_back_are_put_on_the_shelf_or_not(manager):
    part = stocked("OF-1", 8, "98.00")
    invoice = an_invoice([{"part": part, "quantity": Decimal(2)}, {"description": "Labour"}])
    line, labour = invoice.lines.all()
    page = manager.get(f"/invoices/{invoice.pk}/credit/")
    fields = page.context["form"].fields
    assert (f"goods_{line.pk}" in fields, f"goods_{labour.pk}" in fields) == (True, False)
    for goods in ("restocked", ""):
        typed = {f"line_{line.pk}": "1", f"goods_{line.pk}": goods, "date": invoice.date}
        assert manager.post(f"/invoices/{invoice.pk}/credit/", typed).status_code == 302
    assert StockPool.objects.get(part=part).quantity == 7
