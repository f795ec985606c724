import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.factories import PaymentMethodFactory, an_invoice
from tests.workshop.manager.reading import text
from workshop import sales
from workshop.models import PaymentMethod


@pytest.fixture
def invoice(garage):
    return an_invoice()  # 207.00


def page(invoice):
    return reverse("invoice", args=[invoice.pk])


def pay(browser, invoice, **fields):
    garage_day = invoice.date
    given = {"amount": "207.00", "method": PaymentMethod.objects.get(name="EFTPOS").pk, "date": garage_day, **fields}
    return browser.post(reverse("invoice-pay", args=[invoice.pk]), given)


def test_the_form_offers_what_is_due_today(manager, invoice, garage):
    form = manager.get(reverse("invoice", args=[invoice.pk])).context["payment_form"]

    assert (form["amount"].value(), form["date"].value()) == (Decimal("207.00"), garage.today())


def test_a_double_click_takes_the_money_once(manager, invoice):
    (token,) = re.findall(r'name="once" value="(\w+)"', manager.get(address := page(invoice)).content.decode())

    first, second = (pay(manager, invoice, amount="50.00", once=token) for _ in range(2))

    assert (first["Location"], second["Location"]) == (address, address)
    assert invoice.payments.get().amount == Decimal("50.00")


def test_the_same_sum_again_on_a_fresh_page_is_another_payment(manager, invoice):
    for token in ("a1", "b2"):
        pay(manager, invoice, amount="50.00", once=token)

    assert invoice.payments.count() == 2


def test_a_refused_form_may_be_sent_again(manager, invoice):
    refused = pay(manager, invoice, amount="9000", once="a1")
    taken = pay(manager, invoice, amount="50.00", once="a1")

    assert (refused.status_code, taken.status_code, invoice.payments.count()) == (422, 302, 1)


@pytest.mark.parametrize("token", ["", "x" * 41, "😀", "a b", "a\x00"])
def test_a_token_that_is_none_changes_nothing(manager, invoice, token):
    assert pay(manager, invoice, once=token).status_code == 302


def test_a_payment_in_full_settles_the_invoice(manager, invoice):
    response = pay(manager, invoice, reference="Till 2")

    invoice.refresh_from_db()
    payment = invoice.payments.get()
    assert (response.status_code, invoice.status, invoice.amount_due) == (302, "paid", Decimal(0))
    assert (payment.amount, payment.method.name, payment.reference) == (Decimal("207.00"), "EFTPOS", "Till 2")
    assert "Paid in full" in text(manager.get(reverse("invoice", args=[invoice.pk])))


def test_part_payments_add_up(manager, invoice):
    pay(manager, invoice, amount="7.00")
    pay(manager, invoice, amount="50")

    invoice.refresh_from_db()
    assert (invoice.status, invoice.amount_due) == ("part_paid", Decimal("150.00"))


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"amount": "207.01"}, "amount"),
        ({"amount": "0"}, "amount"),
        ({"amount": "-5"}, "amount"),
        ({"amount": "1.999"}, "amount"),
        ({"amount": "all of it"}, "amount"),
        ({"amount": "NaN"}, "amount"),
        ({"amount": "9" * 40}, "amount"),
        ({"method": ""}, "method"),
        ({"method": "999"}, "method"),
        ({"date": ""}, "date"),
        ({"date": "2099-01-01"}, "date"),
        ({"reference": "x" * 101}, "reference"),
    ],
)
def test_nonsense_is_refused_at_its_field_and_stays_typed(manager, invoice, fields, field):
    response = pay(manager, invoice, **fields)

    form = response.context["payment_form"]
    assert (response.status_code, list(form.errors), invoice.payments.count()) == (422, [field], 0)
    assert form[field].value() == fields[field]


def test_money_is_not_dated_tomorrow(manager, invoice, garage):
    response = pay(manager, invoice, date=garage.today() + timedelta(days=1))

    assert list(response.context["payment_form"].errors) == ["date"]


def test_an_archived_method_is_not_offered(manager, invoice, garage):
    cheque = PaymentMethodFactory(name="Cheque", archived_at=timezone.now())

    assert list(pay(manager, invoice, method=cheque.pk).context["payment_form"].errors) == ["method"]


def test_a_voided_invoice_takes_no_money(manager, invoice):
    sales.void_invoice(invoice, reason="Wrong car")

    assert pay(manager, invoice).status_code == 422


def test_a_payment_is_reversed_with_a_reason_and_stays_on_the_page(manager, invoice):
    pay(manager, invoice)
    payment = invoice.payments.get()
    address = reverse("payment-reverse", args=[payment.pk])

    assert manager.post(address, {"reason": " "}).status_code == 422
    manager.post(address, {"reason": "Bounced"})

    invoice.refresh_from_db()
    assert (invoice.status, invoice.amount_due) == ("issued", Decimal("207.00"))
    assert ": Bounced" in text(manager.get(reverse("invoice", args=[invoice.pk])))


def test_a_payment_is_reversed_once(manager, invoice):
    pay(manager, invoice)
    address = reverse("payment-reverse", args=[invoice.payments.get().pk])
    manager.post(address, {"reason": "Bounced"})

    response = manager.post(address, {"reason": "Again"})

    invoice.refresh_from_db()
    assert (response.status_code, invoice.amount_due) == (422, Decimal("207.00"))
