"""A new booking: rego first, the rest follows."""

import pytest
from django.urls import reverse

from tests.factories import CustomerFactory, VehicleFactory
from tests.workshop.manager.reading import text
from workshop.models import Customer, Job, Vehicle
from workshop.people import archive_customer
from workshop.vehicles import change_owner

NEW = "/jobs/new/"
WHO = "/jobs/new/who/"


@pytest.fixture
def jo(garage):
    jo = CustomerFactory(first_name="Jo", last_name="Kea")
    jo.phones.create(kind="mobile", number="+64 21 555 0101")
    return jo


@pytest.fixture
def aqua(jo):
    car = VehicleFactory(rego="KLM123")
    change_owner(car, jo)
    return car


def counts():
    return Customer.objects.count(), Vehicle.objects.count(), Job.objects.count()


def test_a_known_rego_brings_the_car_and_its_owner(manager, aqua, jo):
    response = manager.get(WHO, {"rego": "klm 123"})

    assert (response.context["vehicle"], response.context["owner"]) == (aqua, jo)
    assert response.context["chosen"] == str(jo.pk)


def test_an_unknown_rego_asks_what_car_it_is(manager, garage):
    assert "A car we have not seen before" in text(manager.get(WHO, {"rego": "NEW1"}))


@pytest.mark.parametrize("words", ["kea", "5550101", "021 555 0101"])
def test_a_customer_is_found_by_name_or_telephone(manager, jo, words):
    assert manager.get(WHO, {"find": words}).context["matches"] == [jo]


def test_words_beyond_all_measure_find_nobody_and_break_nothing(manager, jo):
    assert manager.post("/jobs/new/", {"find": "x" * 70_000}).context["matches"] == []


def test_an_archived_customer_is_not_offered(manager, jo):
    archive_customer(jo)

    assert manager.get(WHO, {"find": "kea"}).context["matches"] == []


def test_booking_a_known_car_needs_nothing_but_its_rego(manager, aqua, jo):
    response = manager.post(NEW, {"rego": "klm-123", "concern": "WOF"})

    job = Job.objects.get()
    assert response["Location"] == reverse("job", args=[job.pk])
    assert (job.vehicle, job.customer, job.concern, job.status) == (aqua, jo, "WOF", "booked")


def test_a_double_click_books_one_job_for_one_customer(manager, garage):
    new = {"rego": "new 1", "make": "Mazda", "customer": "new", "first_name": "Ana", "once": "a1"}

    first, second = (manager.post(NEW, new) for _ in range(2))

    assert first["Location"] == second["Location"] == reverse("job", args=[Job.objects.get().pk])
    assert Customer.objects.filter(first_name="Ana").count() == 1


def test_looking_up_spends_no_token(manager, aqua, jo):
    manager.post(NEW, {"rego": "KLM123", "lookup": "rego", "once": "a1"})

    assert manager.post(NEW, {"rego": "KLM123", "once": "a1"}).status_code == 302


def test_a_new_customer_with_a_new_car_is_booked_in_one_go(manager, garage):
    manager.post(
        NEW,
        {
            "rego": "new 1", "make": "Mazda", "model": "Demio", "year": "2015", "customer": "new",
            "first_name": "Ana", "last_name": "Moana", "mobile": "021 555 7788", "email": "ana@example.com",
            "booked_for": "2026-07-20T08:00", "promised_at": "2026-07-20T16:00",
        },
    )  # fmt: skip

    job = Job.objects.get()
    assert (str(job.customer), str(job.vehicle), job.vehicle.year) == ("Ana Moana", "NEW1 Mazda Demio", 2015)
    assert [phone.number for phone in job.customer.phones.all()] == ["021 555 7788"]
    assert job.vehicle.ownerships.get(until=None).customer_id == job.customer_id


def test_a_booking_without_a_car_is_a_booking(manager, jo):
    manager.post(NEW, {"customer": str(jo.pk), "concern": "Bench repair"})

    assert Job.objects.get().vehicle is None


def test_somebody_else_brings_the_car_without_owning_it(manager, aqua, jo):
    friend = CustomerFactory()

    manager.post(NEW, {"rego": "KLM123", "customer": str(friend.pk)})

    assert (Job.objects.get().customer, aqua.ownerships.get(until=None).customer) == (friend, jo)


def test_the_car_changes_hands_with_the_booking_when_that_is_ticked(manager, aqua):
    buyer = CustomerFactory()

    manager.post(NEW, {"rego": "KLM123", "customer": str(buyer.pk), "becomes_owner": "on"})

    assert aqua.ownerships.get(until=None).customer == buyer


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({}, "__all__"),
        ({"customer": "new"}, "first_name"),
        ({"customer": "new", "kind": "company", "first_name": "Ana"}, "company_name"),
        ({"customer": "999999"}, "customer"),
        ({"customer": "1 OR 1=1"}, "customer"),
        ({"rego": "---"}, "rego"),
        ({"rego": "NEW1", "year": "20155", "customer": "new", "first_name": "Ana"}, "year"),
        ({"customer": "new", "first_name": "Ana", "email": "nonsense"}, "email"),
        ({"customer": "new", "first_name": "Ana", "mobile": "call me"}, "mobile"),
        ({"customer": "new", "first_name": "Ana", "promised_at": "soon"}, "promised_at"),
        (
            {"customer": "new", "first_name": "A", "booked_for": "2026-07-20T08:00", "promised_at": "2026-07-19T08:00"},
            "promised_at",
        ),
    ],
)
def test_nonsense_books_nothing_and_stays_typed(manager, garage, fields, field):
    before = counts()

    response = manager.post(NEW, {"concern": "Squeals", **fields})

    form = response.context["form"]
    assert (response.status_code, counts()) == (422, before)
    assert [name if name != "customer" or field == "customer" else "__all__" for name in form.errors] == [field]
    assert form["concern"].value() == "Squeals"


def test_what_the_last_verb_refuses_leaves_nothing_half_added(manager, garage):
    response = manager.post(NEW, {"rego": "NEW1", "customer": "new", "first_name": "Ana", "year": "1700"})

    assert (response.status_code, counts()) == (422, (0, 0, 0))


def test_the_look_up_button_works_without_javascript(manager, aqua):
    response = manager.post(NEW, {"rego": "KLM123", "concern": "WOF", "lookup": "rego"})

    assert (response.status_code, response.context["vehicle"], Job.objects.count()) == (200, aqua, 0)
    assert response.context["form"]["concern"].value() == "WOF"


@pytest.mark.parametrize("customers", [1, 3])
def test_suggestions_cost_the_same_queries_however_many(manager, workshop_queries, customers):
    for _ in range(customers):
        CustomerFactory().phones.create(kind="mobile", number="021 555 0101")

    with workshop_queries(7):
        manager.get(WHO, {"find": "kea"})
