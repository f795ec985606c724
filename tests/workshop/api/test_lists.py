"""Lists: one page costs the same however many rows it holds, and no row is skipped or repeated."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from tests.factories import CustomerFactory, PartFactory, VehicleFactory, a_completed_job, an_invoice
from tests.workshop.api.calls import get
from workshop import jobs, people, sales, vehicles
from workshop.credits import credit_invoice
from workshop.models import Customer, PaymentMethod

pytestmark = pytest.mark.django_db


def a_customer():
    phones, addresses = [{"number": "021 555 0101"}], [{"line1": "12 Kauri Road"}]
    return people.add_customer(first_name="Jo", phones=phones, addresses=addresses)


def a_vehicle():
    car = VehicleFactory()
    vehicles.change_owner(car, CustomerFactory())
    vehicles.read_odometer(car, 1000)


def a_quote():
    job = jobs.book(customer=CustomerFactory())
    jobs.add_line(job, description="Labour")
    jobs.quote(job)


def a_payment():
    invoice = an_invoice()
    sales.record_payment(invoice, amount=Decimal("10.00"), method=PaymentMethod.objects.get(name="Cash"))


def a_credit():
    invoice = an_invoice()
    credit_invoice(invoice, {invoice.lines.get().pk: Decimal("0.5")})


# Three queries are signing in: the device with its person, and their permissions of two kinds.
LISTS = [
    ("devices/", None, 2),
    ("staff/", None, 4),
    ("customers/", a_customer, 6),
    ("vehicles/", a_vehicle, 5),
    ("odometer-readings/", a_vehicle, 4),
    ("parts/", PartFactory, 6),
    ("tax-rates/", None, 2),
    ("payment-methods/", None, 2),
    ("jobs/", a_completed_job, 5),
    ("quotes/", a_quote, 5),
    ("invoices/", an_invoice, 4),
    ("payments/", a_payment, 4),
    ("credit-notes/", a_credit, 6),
    ("credit-allocations/", a_credit, 4),
]


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(("path", "make", "queries"), LISTS, ids=[row[0] for row in LISTS])
def test_a_list_costs_the_same_with_one_row_and_with_three(owner, django_assert_num_queries, path, make, queries, rows):
    get(owner, "me/")  # notes that the device was used
    for _ in range(rows if make else 0):
        make()

    with django_assert_num_queries(queries):
        results = get(owner, path)["results"]

    assert make is None or len(results) == rows


def test_every_row_comes_once_also_when_all_changed_in_the_same_instant(owner):
    wanted = [CustomerFactory().pk for _ in range(7)]
    Customer.objects.update(updated_at=timezone.now())

    seen, page = [], get(owner, "customers/", page_size=3)
    while True:
        seen += [row["id"] for row in page["results"]]
        if page["next"] is None:
            break
        page = owner.get(page["next"]).json()

    assert seen == wanted


def test_the_way_back_shows_the_page_before(owner):
    for _ in range(5):
        CustomerFactory()
    first = get(owner, "customers/", page_size=2)
    second = owner.get(first["next"]).json()
    third = owner.get(second["next"]).json()

    assert (first["previous"], third["next"]) == (None, None)
    back = owner.get(third["previous"]).json()
    assert back["results"] == second["results"]
    assert owner.get(back["previous"]).json()["results"] == first["results"]


def test_a_row_that_changes_while_one_reads_comes_again_at_the_end(owner):
    one, two, three = (CustomerFactory() for _ in range(3))
    page = get(owner, "customers/", page_size=1)
    assert [row["id"] for row in page["results"]] == [one.pk]

    people.edit_customer(two, first_name="Rua")
    page = owner.get(page["next"]).json()
    assert [row["id"] for row in page["results"]] == [three.pk]
    assert [row["id"] for row in owner.get(page["next"]).json()["results"]] == [two.pk]


def test_newest_first_where_asked_for(owner):
    made = [CustomerFactory().pk for _ in range(3)]

    page = get(owner, "customers/", ordering="-updated_at", page_size=2)
    rest = owner.get(page["next"]).json()

    assert [row["id"] for row in page["results"] + rest["results"]] == made[::-1]


def test_updated_since_gives_what_changed_at_or_after_that_time(owner):
    old, new = CustomerFactory(), CustomerFactory()
    moment = timezone.now()
    Customer.objects.filter(pk=old.pk).update(updated_at=moment - timedelta(seconds=1))
    Customer.objects.filter(pk=new.pk).update(updated_at=moment)

    rows = get(owner, "customers/", updated_since=moment.isoformat())["results"]

    assert [row["id"] for row in rows] == [new.pk]


def test_a_car_is_found_by_its_plate_as_typed(owner):
    car = VehicleFactory(rego="KLM123")
    VehicleFactory(rego="KLM1234")

    assert [row["id"] for row in get(owner, "vehicles/", rego="klm-123")["results"]] == [car.pk]


def test_a_customer_is_found_by_part_of_the_phone_number(owner):
    wanted = people.add_customer(first_name="Jo", phones=[{"number": "+64 21 555 0101"}])
    people.add_customer(first_name="Al", phones=[{"number": "021 555 0202"}])

    assert [row["id"] for row in get(owner, "customers/", search="021 555 0101")["results"]] == [wanted.pk]


def test_jobs_are_filtered_by_several_states_and_by_plate(owner):
    booked = jobs.book(customer=CustomerFactory(), vehicle=VehicleFactory(rego="AAA111"))
    done = a_completed_job(vehicle=VehicleFactory(rego="BBB222"))
    cancelled = jobs.cancel(jobs.book(customer=CustomerFactory()), reason="Sold the car")

    def ids(**query):
        return [row["id"] for row in get(owner, "jobs/", **query)["results"]]

    assert ids(status=["booked", "completed"]) == [booked.pk, done.pk]
    assert ids(rego="bbb 222") == [done.pk]
    assert ids(open="true") == [booked.pk, done.pk]
    assert ids(open="false") == [cancelled.pk]


def test_invoices_are_filtered_by_status_number_and_reference(owner):
    invoice = an_invoice(vehicle=VehicleFactory(rego="KLM123"))
    an_invoice()

    for query in ({"number": invoice.number}, {"reference": "klm123"}, {"job": invoice.job_id}):
        assert [row["id"] for row in get(owner, "invoices/", **query)["results"]] == [invoice.pk]
    assert get(owner, "invoices/", status="paid")["results"] == []
