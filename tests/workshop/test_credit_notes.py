"""Crediting invoices, goodwill, and using the credit."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import time_machine
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from tests.factories import CustomerFactory, PaymentMethodFactory, TaxRateFactory, an_invoice
from workshop import credits, money, sales
from workshop.credits import Credited, _part
from workshop.errors import InvalidInput, NotAllowedNow, OverCredit
from workshop.models import CreditNote, Invoice, InvoiceLine, Organisation, TaxRate

pytestmark = pytest.mark.usefixtures("garage")
PARTS = [
    {"description": "Labour", "unit_price": Decimal(100)},
    {"kind": "part", "description": "Oil", "quantity": Decimal(5), "unit_price": Decimal("14.20")},
]


def credit(invoice, quantities=None, **fields):
    """By description; all of it unless said otherwise."""
    lines = invoice.lines.exclude(kind="text")
    chosen = {line.pk: Decimal(quantities[line.description]) for line in lines if line.description in quantities or {}}
    return credits.credit_invoice(invoice, chosen, **fields)


def credit_all(invoice, **fields):
    return credits.credit_invoice(invoice, {line.pk: line.quantity for line in invoice.lines.all()}, **fields)


def balance(invoice):
    invoice.refresh_from_db()
    return invoice.status, invoice.amount_credited, invoice.amount_due


def test_crediting_a_line_lowers_what_is_due():
    with time_machine.travel(datetime(2026, 7, 20, tzinfo=UTC)):
        invoice = an_invoice(PARTS)
        note = credit(invoice, {"Oil": 2}, reason="Returned")

    assert (note.number, note.reference, note.date) == ("CN 0007", invoice.reference, date(2026, 7, 20))
    assert (note.subtotal, note.tax_total, note.total) == (Decimal("28.40"), Decimal("4.26"), Decimal("32.66"))
    assert (note.status, note.remaining) == (CreditNote.Status.ALLOCATED, 0)
    assert balance(invoice) == ("part_paid", Decimal("32.66"), invoice.total - Decimal("32.66"))


def test_a_whole_invoice_credited_is_settled():
    invoice = an_invoice(PARTS, discount_percent=Decimal(10), freight=Decimal("9.99"))

    note = credit_all(invoice)

    assert (note.subtotal, note.tax_total, note.total) == (invoice.subtotal, invoice.tax_total, invoice.total)
    assert balance(invoice) == ("paid", invoice.total, 0)


def test_no_more_is_credited_than_was_invoiced():
    invoice = an_invoice(PARTS)
    credit(invoice, {"Oil": 3})

    with pytest.raises(OverCredit, match="Only 2 of “Oil” is left") as refusal:
        credit(invoice, {"Oil": "2.0001"})

    assert refusal.value.field == "quantity"


def test_a_voided_note_gives_its_quantity_back():
    invoice = an_invoice(PARTS)
    note = credit(invoice, {"Oil": 5}, allocate=False)
    credits.void_credit_note(note)

    assert credit(invoice, {"Oil": 5}).subtotal == Decimal("71.00")


@pytest.mark.parametrize("quantity", ["0", "-1", "0.00001", "NaN"])
def test_a_quantity_that_makes_no_sense_is_refused_at_the_field(quantity):
    with pytest.raises(ValidationError) as refusal:
        credit(an_invoice(PARTS), {"Oil": quantity})
    assert list(refusal.value.message_dict) == ["quantity"]


def test_lines_of_another_invoice_are_refused():
    other = an_invoice(PARTS).lines.first()

    for chosen in ({other.pk: Decimal(1)}, {}):
        with pytest.raises(InvalidInput) as refusal:
            credits.credit_invoice(an_invoice(PARTS), chosen)
        assert refusal.value.field == "lines"


def test_what_the_accountant_added_is_credited_in_the_accounts():
    invoice = an_invoice(PARTS)
    sales.adjust_to_accounts(invoice, subtotal=Decimal(200), tax=Decimal(30), description="Adjustment")

    with pytest.raises(InvalidInput, match="credited there"):
        credit(invoice, {"Adjustment": 1})


def test_a_voided_invoice_is_not_credited():
    invoice = sales.void_invoice(an_invoice(PARTS), reason="Wrong car")

    with pytest.raises(NotAllowedNow, match="nothing to credit"):
        credit(invoice, {"Oil": 1})


def test_a_credit_that_comes_to_nothing_is_refused():
    invoice = an_invoice([*PARTS, {"description": "Courtesy wash", "unit_price": Decimal(0)}])

    with pytest.raises(InvalidInput, match="more than nothing"):
        credit(invoice, {"Courtesy wash": 1})


def test_crediting_a_paid_invoice_leaves_the_credit_free():
    invoice = an_invoice(PARTS)
    sales.record_payment(invoice, amount=invoice.total, method=PaymentMethodFactory(name="Cash"))

    note = credit(invoice, {"Labour": 1})

    assert (note.status, note.remaining) == (CreditNote.Status.ISSUED, Decimal("115.00"))
    assert balance(invoice)[0] == "paid"


def test_only_as_much_is_allocated_as_is_due():
    invoice = an_invoice(PARTS)
    sales.record_payment(invoice, amount=invoice.total - 50, method=PaymentMethodFactory(name="Cash"))

    note = credit(invoice, {"Labour": 1})

    assert (note.status, note.amount_allocated, note.remaining) == ("part_allocated", 50, Decimal("65.00"))
    assert balance(invoice) == ("paid", Decimal("50.00"), 0)


@given(
    amount=st.integers(-2_000, 2_000).filter(bool).map(lambda n: Decimal(n).scaleb(-2)),
    percent=st.sampled_from([Decimal(0), Decimal(10), Decimal(15), Decimal(20)]),
    mode=st.sampled_from(["exclusive", "inclusive"]),
    parts=st.lists(st.integers(1, 5), min_size=1, max_size=30),
    voided=st.sets(st.integers(0, 29)),
)
def test_the_parts_of_a_line_add_up_to_it_and_none_goes_past_what_is_left(amount, percent, mode, parts, voided):
    """Some of the credits were voided again before the last one took the rest."""
    tax = money.line_tax(amount, percent, mode)
    line = InvoiceLine(
        invoice=Invoice(tax_mode=mode),
        quantity=Decimal(sum(parts)),
        line_amount=amount,
        tax_amount=tax,
        tax_percent=percent,
    )
    standing = []
    for place, quantity in enumerate(parts):
        before = Credited(
            *(sum(column, Decimal(0)) for column in (zip(*standing, strict=True) if standing else [()] * 3))
        )
        credited, credited_tax = _part(line, before, Decimal(quantity))
        assert 0 <= credited / amount <= 1
        assert credited_tax * (1 if amount > 0 else -1) >= 0
        if place not in voided:
            standing.append((Decimal(quantity), credited, credited_tax))

    before = Credited(*(sum(column, Decimal(0)) for column in (zip(*standing, strict=True) if standing else [()] * 3)))
    left = line.quantity - before.quantity
    last = _part(line, before, left) if left else (Decimal(0), Decimal(0))

    assert (before.amount + last[0], before.tax + last[1]) == (amount, tax)


# Goodwill


def test_goodwill_waits_until_it_is_allocated():
    note = credits.issue_credit_note(CustomerFactory(), description="Goodwill", amount=Decimal(50), reason="Late")

    assert (note.status, note.subtotal, note.tax_total, note.remaining) == (
        "issued",
        50,
        Decimal("7.50"),
        Decimal("57.50"),
    )


def test_goodwill_of_an_inclusive_garage_has_the_tax_inside():
    Organisation.objects.update(tax_mode="inclusive")

    note = credits.issue_credit_note(CustomerFactory(discount_percent=10), description="Goodwill", amount=Decimal(115))

    assert (note.subtotal, note.tax_total, note.total) == (100, 15, 115)


@pytest.mark.parametrize("amount", ["0", "-5", "10.005", "NaN", "1E+9"])
def test_goodwill_is_a_sensible_amount(amount):
    with pytest.raises(InvalidInput) as refusal:
        credits.issue_credit_note(CustomerFactory(), description="Goodwill", amount=Decimal(amount))
    assert refusal.value.field == "amount"


@pytest.mark.parametrize(("field", "value"), [("description", " "), ("reason", "x" * 201), ("reference", "x" * 51)])
def test_goodwill_has_text_that_fits(field, value):
    with pytest.raises(ValidationError) as refusal:
        credits.issue_credit_note(CustomerFactory(), **{"description": "Goodwill", "amount": Decimal(5), field: value})
    assert list(refusal.value.message_dict) == [field]


def test_goodwill_takes_a_tax_on_sales():
    purchases = TaxRateFactory(name="GST on purchases", use=TaxRate.Use.PURCHASES, is_default=False)

    with pytest.raises(InvalidInput, match="tax on purchases"):
        credits.issue_credit_note(CustomerFactory(), description="Goodwill", amount=Decimal(5), tax_rate=purchases)


# Allocation


def goodwill_for(invoice, amount="50"):
    return credits.issue_credit_note(invoice.customer, description="Goodwill", amount=Decimal(amount))


def test_a_credit_is_used_on_several_invoices():
    first = an_invoice(PARTS)
    second = an_invoice(PARTS, customer=first.customer)
    note = goodwill_for(first)

    credits.allocate_credit(note, first, amount=Decimal("20.00"))
    allocation = credits.allocate_credit(note, second, amount=Decimal("37.50"), date=date(2026, 7, 20))

    note.refresh_from_db()
    assert (note.status, note.amount_allocated, note.remaining) == ("allocated", Decimal("57.50"), 0)
    assert (allocation.date, balance(second)[1]) == (date(2026, 7, 20), Decimal("37.50"))


def test_no_more_is_allocated_than_is_left_or_due():
    invoice, small = an_invoice(PARTS), an_invoice([{"description": "Bulb", "unit_price": Decimal(1)}])
    with pytest.raises(OverCredit, match=r"Only 57\.50 of CN 0007 is left"):
        credits.allocate_credit(goodwill_for(invoice), invoice, amount=Decimal("57.51"))
    with pytest.raises(OverCredit, match=r"Only 1\.15 is due"):
        credits.allocate_credit(goodwill_for(small), small, amount=Decimal("1.16"))


@pytest.mark.parametrize("amount", ["0", "-1", "0.001", "NaN"])
def test_an_allocation_is_a_sensible_amount(amount):
    invoice = an_invoice(PARTS)

    with pytest.raises(ValidationError) as refusal:
        credits.allocate_credit(goodwill_for(invoice), invoice, amount=Decimal(amount))
    assert list(refusal.value.message_dict) == ["amount"]


def test_a_credit_is_used_by_the_customer_it_was_given_to():
    with pytest.raises(InvalidInput) as refusal:
        credits.allocate_credit(goodwill_for(an_invoice(PARTS)), an_invoice(PARTS), amount=Decimal(1))
    assert refusal.value.field == "invoice"


def test_a_voided_document_takes_no_allocation():
    invoice = an_invoice(PARTS)
    voided = sales.void_invoice(an_invoice(PARTS, customer=invoice.customer), reason="Wrong car")
    note = goodwill_for(invoice)

    with pytest.raises(NotAllowedNow):
        credits.allocate_credit(note, voided, amount=Decimal(1))
    with pytest.raises(NotAllowedNow):
        credits.allocate_credit(credits.void_credit_note(note), invoice, amount=Decimal(1))


def test_a_removed_allocation_frees_the_credit_and_the_invoice_is_due_again():
    invoice = an_invoice(PARTS)
    note = credit(invoice, {"Labour": 1})

    allocation = credits.remove_allocation(note.allocations.get())

    note.refresh_from_db()
    assert (note.status, note.remaining, balance(invoice)[1]) == ("issued", Decimal("115.00"), 0)
    with pytest.raises(NotAllowedNow, match="removed already"):
        credits.remove_allocation(allocation)


def test_an_allocated_note_is_not_voided():
    note = credit(an_invoice(PARTS), {"Labour": 1})
    with pytest.raises(NotAllowedNow, match="Remove the allocation first"):
        credits.void_credit_note(note)
    credits.remove_allocation(note.allocations.get())

    voided = credits.void_credit_note(note)

    assert (voided.status, voided.remaining) == (CreditNote.Status.VOIDED, 0)
    with pytest.raises(NotAllowedNow, match="voided already"):
        credits.void_credit_note(note)


def test_a_credit_note_takes_another_number_unless_it_is_voided():
    note = goodwill_for(an_invoice(PARTS))

    renumbered = credits.renumber_credit_note(note)

    assert (renumbered.number, renumbered.history.first().history_change_reason) == ("CN 0008", "Number was CN 0007")
    with pytest.raises(NotAllowedNow, match="is voided"):
        credits.renumber_credit_note(credits.void_credit_note(note))


def test_a_credit_from_the_accounts_counts_and_is_taken_back_there():
    invoice = an_invoice(PARTS)
    allocation = credits.note_accounts_credit(
        invoice, amount=Decimal("10.00"), date=date(2026, 7, 20), external_number="CN-0042"
    )
    assert balance(invoice)[1] == Decimal("10.00")
    with pytest.raises(NotAllowedNow, match="remove it there"):
        credits.remove_allocation(allocation)

    credits.remove_allocation(allocation, in_accounts=True)

    assert balance(invoice)[:2] == ("issued", 0)


def test_a_credit_from_the_accounts_is_not_more_than_is_due():
    invoice = an_invoice(PARTS)

    with pytest.raises(OverCredit):
        credits.note_accounts_credit(
            invoice, amount=invoice.total + 1, date=date(2026, 7, 20), external_number="CN-0042"
        )


@pytest.mark.parametrize("count", [1, 40])
def test_crediting_takes_the_same_queries_for_one_line_and_for_forty(count, workshop_queries):
    invoice = an_invoice([{"description": f"Work {n}"} for n in range(count)])
    chosen = {line.pk: line.quantity for line in invoice.lines.all()}

    with workshop_queries(24):
        credits.credit_invoice(invoice, chosen)
