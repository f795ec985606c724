"""Two people do the same thing in the same moment: real connections, real transactions."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from threading import Barrier

import pytest
from django.db import connection

from tests.factories import CustomerFactory, PaymentMethodFactory, VehicleFactory, a_completed_job, a_garage, an_invoice
from workshop import credits, jobs, people, sales, vehicles
from workshop.errors import InvalidInput, NotAllowedNow, OverCredit, Overpayment, WorkshopError
from workshop.models import Customer, Invoice, Job, JobLine, NumberSequence, Ownership, Payment

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        "connection.vendor == 'sqlite'",
        reason="SQLite lets one writer in at a time (BEGIN IMMEDIATE), and its test database lives in one connection",
    ),
]
PEOPLE = 4


@pytest.fixture(autouse=True)
def garage():
    return a_garage()


def at_once(*acts):
    """Each act in a thread and on a connection of its own, all let go together; their results or refusals."""
    start = Barrier(len(acts))

    def run(act):
        try:
            connection.ensure_connection()
            start.wait(timeout=10)
            return act()
        except WorkshopError as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def refused(results):
    return [type(result) for result in results if isinstance(result, WorkshopError)]


def an_invoice_of_one_cent():
    return an_invoice([{"description": "Washer", "unit_price": Decimal("0.01")}])


def test_the_last_cent_is_taken_once():
    invoice, method = an_invoice_of_one_cent(), PaymentMethodFactory(name="Cash")

    results = at_once(*[lambda: sales.record_payment(invoice, amount=Decimal("0.01"), method=method)] * PEOPLE)

    assert refused(results) == [Overpayment] * (PEOPLE - 1)
    invoice.refresh_from_db()
    assert (invoice.amount_paid, Payment.objects.total()) == (Decimal("0.01"), Decimal("0.01"))


def test_a_payment_is_reversed_once():
    invoice = an_invoice()
    payment = sales.record_payment(invoice, amount=Decimal(5), method=PaymentMethodFactory(name="Cash"))

    results = at_once(*[lambda: sales.reverse_payment(payment, reason="Bounced")] * PEOPLE)

    assert refused(results) == [NotAllowedNow] * (PEOPLE - 1)
    assert Invoice.objects.get(pk=invoice.pk).amount_paid == 0


def test_a_job_is_invoiced_once():
    job = a_completed_job()

    results = at_once(*[lambda: sales.issue_invoice(job)] * PEOPLE)

    assert refused(results) == [NotAllowedNow] * (PEOPLE - 1)
    assert [invoice.number for invoice in Invoice.objects.all()] == ["INV 1008"]


def test_numbers_have_neither_gaps_nor_doubles():
    bulb = [{"description": "Bulb", "unit_price": Decimal(1)}]

    at_once(*(lambda customer=customer: sales.sell(customer, bulb) for customer in CustomerFactory.create_batch(8)))

    numbers = sorted(Invoice.objects.values_list("number", flat=True))
    assert numbers == [f"INV {number}" for number in range(1008, 1016)]


def test_the_first_number_of_a_series_is_given_once():
    NumberSequence.objects.filter(series="job").delete()

    at_once(*(lambda customer=customer: jobs.book(customer=customer) for customer in CustomerFactory.create_batch(8)))

    assert sorted(Job.objects.values_list("number", flat=True)) == [str(number) for number in range(1, 9)]


def test_a_quote_puts_its_work_on_the_job_once():
    job = jobs.book(customer=CustomerFactory())
    offer = jobs.quote(job, lines=[{"description": "Engine"}, {"description": "Clutch"}])
    chosen = set(offer.lines.values_list("pk", flat=True))

    results = at_once(*[lambda: jobs.decide_quote(offer, chosen, decided_by="Jo Kea")] * PEOPLE)

    assert refused(results) == [NotAllowedNow] * (PEOPLE - 1)
    assert list(JobLine.objects.values_list("description", flat=True)) == ["Engine", "Clutch"]


def test_a_sent_quote_has_one_next_version():
    offer = jobs.send_quote(jobs.quote(jobs.book(customer=CustomerFactory()), lines=[{"description": "Engine"}]))

    results = at_once(*[lambda: jobs.revise_quote(offer, [{"description": "Engine"}])] * PEOPLE)

    assert refused(results) == [NotAllowedNow] * (PEOPLE - 1)
    assert sorted(offer.job.quotes.values_list("version", flat=True)) == [1, 2]


def test_no_more_of_a_line_is_credited_than_was_invoiced():
    invoice = an_invoice()
    line = invoice.lines.get()

    results = at_once(*[lambda: credits.credit_invoice(invoice, {line.pk: line.quantity}, allocate=False)] * PEOPLE)

    assert refused(results) == [OverCredit] * (PEOPLE - 1)


def test_no_more_credit_is_used_than_there_is():
    invoices = [an_invoice(customer=customer) for customer in [CustomerFactory()] * PEOPLE]
    note = credits.issue_credit_note(invoices[0].customer, description="Goodwill", amount=Decimal(10))

    results = at_once(
        *(lambda invoice=invoice: credits.allocate_credit(note, invoice, amount=note.total) for invoice in invoices)
    )

    assert refused(results) == [OverCredit] * (PEOPLE - 1)
    note.refresh_from_db()
    assert note.remaining == 0


def test_an_invoice_is_paid_or_voided_but_not_both():
    method = PaymentMethodFactory(name="Cash")
    for invoice in [an_invoice() for _ in range(3)]:
        results = at_once(
            lambda invoice=invoice: sales.record_payment(invoice, amount=Decimal(1), method=method),
            lambda invoice=invoice: sales.void_invoice(invoice, reason="Wrong car"),
        )
        assert len(refused(results)) == 1


def test_a_customer_is_booked_or_archived_but_not_both():
    for customer in [CustomerFactory() for _ in range(5)]:
        results = at_once(
            lambda customer=customer: jobs.book(customer=customer),
            lambda customer=customer: people.archive_customer(customer),
        )
        assert refused(results) in ([InvalidInput], [NotAllowedNow])
        archived = Customer.objects.get(pk=customer.pk).archived_at is not None
        assert archived is not customer.jobs.exists()


def test_a_car_has_one_owner():
    vehicle, buyers = VehicleFactory(), [CustomerFactory() for _ in range(PEOPLE)]

    at_once(*(lambda buyer=buyer: vehicles.change_owner(vehicle, buyer, since=date(2026, 7, 20)) for buyer in buyers))

    assert Ownership.objects.filter(until=None).count() == 1
    assert Ownership.objects.count() == PEOPLE


def test_lines_added_at_once_stand_one_after_the_other():
    job = jobs.book(customer=CustomerFactory())

    at_once(*(lambda n=n: jobs.add_line(job, description=f"Work {n}") for n in range(PEOPLE)))

    assert list(job.lines.values_list("position", flat=True)) == [1, 2, 3, 4]
