"""Deposits and refunds through the API."""

from decimal import Decimal

import pytest

from tests.factories import CustomerFactory, PaymentMethodFactory, VehicleFactory, a_completed_job
from tests.workshop.api.calls import get, post
from workshop import jobs, sales
from workshop.models import Deposit, Refund

pytestmark = pytest.mark.django_db


@pytest.fixture
def job(owner):
    return a_completed_job([{"description": "Clutch", "unit_price": Decimal("530.00")}])


@pytest.fixture
def cash(owner):
    return PaymentMethodFactory(name="Cash")


@pytest.fixture
def deposit(owner, job, cash):
    return post(owner, "deposits/", 201, job=job.pk, amount="200.00", method=cash.pk, reference="T1")


def test_a_deposit_is_taken_and_its_invoice_takes_it(owner, job, deposit):
    assert (deposit["status"], deposit["tax_amount"], deposit["remaining"]) == ("held", "26.09", "200.00")

    invoice = post(owner, f"jobs/{job.pk}/invoice/", 201)

    assert (invoice["amount_credited"], invoice["amount_due"]) == ("200.00", "409.50")
    assert [credit["deposit"] for credit in invoice["credits"]] == [deposit["id"]]
    assert get(owner, f"deposits/{deposit['id']}/")["status"] == "allocated"


def test_a_deposit_is_given_back_and_the_refund_reversed(owner, deposit, cash):
    path = f"deposits/{deposit['id']}/refund/"
    too_much = post(owner, path, 409, amount="200.01", method=cash.pk)
    assert too_much["code"] == "over_refund"

    given = post(owner, path, amount="200.00", method=cash.pk)
    assert (given["status"], given["refunds"][0]["amount"]) == ("refunded", "200.00")

    back = post(owner, f"refunds/{given['refunds'][0]['id']}/reverse/", reason="Card refused")
    assert back["reverse_reason"] == "Card refused"
    assert get(owner, "deposits/", held="true")["results"][0]["status"] == "held"


def test_a_deposit_is_used_on_another_invoice(owner, deposit):
    customer = Deposit.objects.get().customer
    invoice = sales.issue_invoice(a_completed_job(customer=customer))

    used = post(owner, f"deposits/{deposit['id']}/allocate/", invoice=invoice.pk, amount="7.00")

    assert (used["remaining"], used["allocations"][0]["invoice"]) == ("193.00", invoice.pk)


def test_cancelling_asks_what_becomes_of_the_deposit(owner, cash):
    job = jobs.book(customer=CustomerFactory(), vehicle=VehicleFactory())
    post(owner, "deposits/", 201, job=job.pk, amount="200.00", method=cash.pk)
    path = f"jobs/{job.pk}/cancel/"

    assert post(owner, path, 409, reason="Sold")["code"] == "deposit_held"
    cancelled = post(owner, path, reason="Sold", deposits="refund", refund_method=cash.pk)

    assert (cancelled["status"], Refund.objects.get().amount) == ("cancelled", Decimal("200.00"))


def test_an_advisor_may_keep_a_deposit_but_not_give_it_back(signed_in, garage):
    advisor, cash = signed_in("Advisor"), PaymentMethodFactory(name="Cash")
    job = jobs.book(customer=CustomerFactory(), vehicle=VehicleFactory())
    post(advisor, "deposits/", 201, job=job.pk, amount="200.00", method=cash.pk)

    post(advisor, f"jobs/{job.pk}/cancel/", 403, reason="Sold", deposits="refund", refund_method=cash.pk)
    assert post(advisor, f"jobs/{job.pk}/cancel/", reason="Sold", deposits="keep")["status"] == "cancelled"


def test_what_is_left_of_a_credit_note_is_given_back(owner, cash):
    note = post(owner, "credit-notes/", 201, customer=CustomerFactory().pk, description="Sorry", amount="20.00")

    given = post(owner, f"credit-notes/{note['id']}/refund/", amount="23.00", method=cash.pk)

    assert (given["status"], given["amount_refunded"], given["remaining"]) == ("refunded", "23.00", "0.00")
