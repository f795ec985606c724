"""Deposits at the counter: on the job card, on their own page, on the customer's and on the invoice."""

from decimal import Decimal

import pytest
from django.urls import reverse

from tests.factories import CustomerFactory, PaymentMethodFactory, VehicleFactory, a_completed_job
from tests.workshop.manager.reading import text
from workshop import credits, deposits, jobs, sales
from workshop.models import Deposit, Refund


@pytest.fixture
def job(garage):
    return a_completed_job([{"description": "Clutch", "unit_price": Decimal("530.00")}])


@pytest.fixture
def deposit(job):
    return deposits.take_deposit(job, amount=Decimal("200.00"), method=PaymentMethodFactory(name="Cash"))


def take(browser, job, garage, **fields):
    given = {"amount": "200.00", "method": PaymentMethodFactory(name="Cash").pk, "date": garage.today(), **fields}
    return browser.post(reverse("job-deposit", args=[job.pk]), given)


def page(browser, name, record):
    return text(browser.get(reverse(name, args=[record.pk])))


def test_a_deposit_is_taken_on_the_job_card_and_stands_there(signed_in, job, garage):
    advisor = signed_in("Advisor")

    answer = take(advisor, job, garage, reference="T1")

    assert answer.url == reverse("job", args=[job.pk])
    taken = Deposit.objects.get()
    assert (taken.amount, taken.reference, taken.method.name) == (Decimal("200.00"), "T1", "Cash")
    card = page(advisor, "job", job)
    assert "DEP-1 200.00" in card
    assert "200.00 held. The invoice takes it by itself." in card


def test_what_is_refused_stands_at_its_field_with_what_was_typed(manager, job, garage):
    answer = take(manager, job, garage, amount="0")

    assert answer.status_code == 422
    assert list(answer.context["deposit_form"].errors) == ["amount"]
    assert not Deposit.objects.exists()


@pytest.mark.parametrize("role", ["Parts", "Technician", "Read-only"])
def test_others_take_no_deposit(signed_in, job, garage, role):
    assert take(signed_in(role), job, garage).status_code in {403, 404}
    assert not Deposit.objects.exists()


def test_an_invoiced_job_takes_none(manager, job, garage):
    sales.issue_invoice(job)

    assert "Take a deposit" not in page(manager, "job", job)
    assert take(manager, job, garage).status_code == 422


def test_the_invoice_shows_which_deposit_it_took(manager, job, deposit):
    invoice = sales.issue_invoice(job)

    shown = page(manager, "invoice", invoice)

    assert "Deposit DEP-1" in shown
    assert "Balance due 409.50" in shown


def test_the_customers_balance_counts_what_is_held(manager, deposit):
    shown = page(manager, "customer", deposit.customer)

    assert "−200.00" in shown or "-200.00" in shown
    assert "Deposit DEP-1 200.00" in shown


def test_the_deposits_page_shows_the_tax_within_it_and_what_is_left(manager, deposit):
    shown = page(manager, "deposit", deposit)

    assert "GST 15% within it 26.09" in shown
    assert "Still held 200.00" in shown


def test_a_deposit_is_used_on_another_invoice_and_taken_back(manager, deposit):
    invoice = sales.issue_invoice(a_completed_job(customer=deposit.customer))  # 207.00; takes none: the job is open
    assert invoice.amount_credited == 0

    manager.post(reverse("deposit-allocate", args=[deposit.pk]), {"invoice": invoice.pk, "amount": "50.00"})
    deposit.refresh_from_db()
    assert deposit.remaining == Decimal("150.00")

    back = manager.post(reverse("allocation-remove", args=[invoice.allocations.get().pk]))
    deposit.refresh_from_db()
    assert (back.url, deposit.remaining) == (reverse("deposit", args=[deposit.pk]), Decimal("200.00"))


def refund(browser, name, record, garage, amount):
    given = {"amount": amount, "method": PaymentMethodFactory(name="Cash").pk, "date": garage.today()}
    return browser.post(reverse(name, args=[record.pk]), given)


def test_a_refund_is_given_once_and_reversed_with_a_reason(manager, deposit, garage):
    assert refund(manager, "deposit-refund", deposit, garage, "200.01").status_code == 422
    refund(manager, "deposit-refund", deposit, garage, "200.00")

    given = Refund.objects.get()
    assert manager.post(reverse("refund-reverse", args=[given.pk]), {"reason": ""}).status_code == 422
    manager.post(reverse("refund-reverse", args=[given.pk]), {"reason": "Card refused"})
    deposit.refresh_from_db()
    assert deposit.remaining == Decimal("200.00")
    assert "Card refused" in page(manager, "deposit", deposit)


def test_what_is_left_of_a_credit_note_is_given_back(manager, garage):
    note = credits.issue_credit_note(CustomerFactory(), description="Goodwill", amount=Decimal("100.00"))

    refund(manager, "credit-note-refund", note, garage, "115.00")

    note.refresh_from_db()
    assert (note.status, note.remaining) == ("refunded", Decimal(0))
    assert "Refunded" in page(manager, "credit-note", note)


def test_cancelling_a_job_with_a_deposit_asks_what_becomes_of_it(manager, garage):
    job = jobs.book(customer=CustomerFactory(), vehicle=VehicleFactory())
    deposits.take_deposit(job, amount=Decimal("200.00"), method=PaymentMethodFactory(name="Cash"))
    address = reverse("job-cancel", args=[job.pk])

    assert "200.00 NZD is held on this job." in page(manager, "job", job)
    asked = manager.post(address, {"reason": "Sold the car"})
    assert list(asked.context["cancel_form"].errors) == ["deposits"]

    how = {"deposits": "refund", "refund_method": PaymentMethodFactory(name="Cash").pk}
    manager.post(address, {"reason": "Sold the car", **how})
    job.refresh_from_db()
    assert (job.status, Refund.objects.get().amount) == ("cancelled", Decimal("200.00"))


def test_who_may_not_refund_may_only_keep_it(signed_in, garage):
    job = jobs.book(customer=CustomerFactory(), vehicle=VehicleFactory())
    deposit = deposits.take_deposit(job, amount=Decimal("200.00"), method=PaymentMethodFactory(name="Cash"))
    advisor, address = signed_in("Advisor"), reverse("job-cancel", args=[job.pk])

    assert advisor.post(address, {"reason": "Sold", "deposits": "refund"}).status_code == 422
    advisor.post(address, {"reason": "Sold", "deposits": "keep"})

    deposit.refresh_from_db()
    assert deposit.status == "held"


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_however_long_it_is(manager, garage, rows, workshop_queries):
    for _ in range(rows):
        job = jobs.book(customer=CustomerFactory(), vehicle=VehicleFactory())
        deposits.take_deposit(job, amount=Decimal("10.00"), method=PaymentMethodFactory(name="Cash"))

    with workshop_queries(8):
        answer = manager.get(reverse("deposit-list"))

    assert len(answer.context["page"].object_list) == rows
    assert f"{rows * 10}.00 NZD held" in text(answer)


@pytest.mark.parametrize("words", ["DEP-1", "Kea"])
def test_a_deposit_is_found_by_number_and_name(manager, deposit, words):
    shown = manager.get(reverse("deposit-list"), {"q": words}).context["page"].object_list
    assert list(shown) == [deposit]
    assert not manager.get(reverse("deposit-list"), {"q": "nobody"}).context["page"].object_list
