"""Money received, and taken back."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import time_machine
from django.core.exceptions import ValidationError

from tests.factories import PaymentMethodFactory, an_invoice
from workshop import sales
from workshop.errors import InvalidInput, NotAllowedNow, Overpayment
from workshop.models import Invoice, NumberSequence, Payment

pytestmark = pytest.mark.usefixtures("garage")


def an_invoice_of_115():
    return an_invoice([{"description": "Labour", "unit_price": Decimal(100)}])


def pay(invoice, amount, **fields):
    fields.setdefault("method", PaymentMethodFactory(name="EFTPOS"))
    return sales.record_payment(invoice, amount=Decimal(amount), **fields)


def balance(invoice):
    invoice.refresh_from_db()
    return invoice.status, invoice.amount_paid, invoice.amount_due


def test_part_payments_add_up_to_paid():
    invoice = an_invoice_of_115()

    pay(invoice, "15.00")
    assert balance(invoice) == ("part_paid", Decimal("15.00"), Decimal("100.00"))

    pay(invoice, "100.00", method=PaymentMethodFactory(name="Cash"))
    assert balance(invoice) == ("paid", Decimal("115.00"), Decimal("0.00"))


def test_a_payment_is_numbered_and_dated_where_the_garage_stands():
    invoice = an_invoice_of_115()
    with time_machine.travel(datetime(2026, 7, 20, 13, tzinfo=UTC)):
        payment = pay(invoice, "1.00", reference=" 4412 ")

    assert (payment.number, payment.date, payment.reference) == ("PAY 1", date(2026, 7, 21), "4412")


def test_more_than_is_due_is_refused_and_takes_no_number():
    invoice = an_invoice_of_115()
    pay(invoice, "100.00")

    with pytest.raises(Overpayment, match=r"Only 15\.00 is due") as refusal:
        pay(invoice, "15.01")

    assert refusal.value.field == "amount"
    assert balance(invoice) == ("part_paid", Decimal("100.00"), Decimal("15.00"))
    assert NumberSequence.objects.get(series="payment").next_number == 2


@pytest.mark.parametrize("amount", ["0", "-1", "1.005", "NaN", "Infinity", "1E+15"])
def test_an_amount_that_makes_no_sense_is_refused_at_the_field(amount):
    with pytest.raises(ValidationError) as refusal:
        pay(an_invoice_of_115(), amount)
    assert list(refusal.value.message_dict) == ["amount"]


@pytest.mark.parametrize("day", [date(1926, 7, 20), date(2126, 7, 20)])
def test_a_day_that_makes_no_sense_is_refused(day):
    with pytest.raises(InvalidInput) as refusal:
        pay(an_invoice_of_115(), "1.00", date=day)
    assert refusal.value.field == "date"


def test_a_payment_entered_here_says_how_it_was_paid():
    archived = PaymentMethodFactory(name="Cheque", archived_at=datetime(2020, 1, 1, tzinfo=UTC))

    for method in (None, archived):
        with pytest.raises(InvalidInput) as refusal:
            pay(an_invoice_of_115(), "1.00", method=method)
        assert refusal.value.field == "method"


def test_a_payment_from_the_accounts_needs_no_method():
    invoice = an_invoice_of_115()

    payment = pay(invoice, "115.00", method=None, source=Payment.Source.ACCOUNTS, date=date(1999, 1, 1))

    assert (payment.source, balance(invoice)[0]) == ("accounts", "paid")


def test_a_voided_invoice_takes_no_payment():
    invoice = sales.void_invoice(an_invoice_of_115(), reason="Wrong car")

    with pytest.raises(NotAllowedNow, match="takes no payment"):
        pay(invoice, "1.00")


def test_a_reversed_payment_is_due_again_and_stays_on_record():
    invoice = an_invoice_of_115()
    pay(invoice, "15.00")
    payment = pay(invoice, "100.00")

    reversed_ = sales.reverse_payment(payment, reason=" Bounced ")

    assert (reversed_.reverse_reason, reversed_.reversed_at is None) == ("Bounced", False)
    assert balance(invoice) == ("part_paid", Decimal("15.00"), Decimal("100.00"))
    assert (invoice.payments.count(), invoice.payments.all().total()) == (2, Decimal("15.00"))


def test_a_payment_is_reversed_once_and_with_a_reason():
    payment = pay(an_invoice_of_115(), "15.00")
    with pytest.raises(InvalidInput) as refusal:
        sales.reverse_payment(payment, reason=" ")
    assert refusal.value.field == "reason"
    sales.reverse_payment(payment, reason="Typed twice")

    with pytest.raises(NotAllowedNow, match="reversed already"):
        sales.reverse_payment(payment, reason="Typed twice")


def test_what_was_entered_in_the_accounts_is_taken_back_there():
    invoice = an_invoice_of_115()
    payment = pay(invoice, "115.00", method=None, source=Payment.Source.ACCOUNTS)
    with pytest.raises(NotAllowedNow, match="Remove it there"):
        sales.reverse_payment(payment, reason="Mistake")

    sales.reverse_payment(payment, reason="Deleted in the accounts", in_accounts=True)

    assert balance(invoice) == (Invoice.Status.ISSUED, Decimal("0.00"), Decimal("115.00"))


def test_paying_takes_a_fixed_number_of_queries(workshop_queries):
    invoice, method = an_invoice([{"description": f"Work {n}"} for n in range(40)]), PaymentMethodFactory(name="Cash")
    pay(invoice, "1.00")

    with workshop_queries(11):
        sales.record_payment(invoice, amount=Decimal("1.00"), method=method)
