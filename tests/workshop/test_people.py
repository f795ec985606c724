"""Customers: people and companies, how to reach them, and what they may owe."""

from datetime import UTC, datetime

import pytest
from django.core.exceptions import ValidationError

from tests.factories import CompanyFactory, CustomerFactory
from workshop import jobs, people
from workshop.errors import InvalidInput, NotAllowedNow
from workshop.models import Customer, Party

pytestmark = pytest.mark.usefixtures("garage")


def phones_of(customer):
    return list(customer.phones.values_list("kind", "number", "digits"))


def test_a_person_is_called_by_both_names_and_a_company_by_its_own():
    person = people.add_customer(first_name=" Jo ", last_name="Kea  Smith")
    company = people.add_customer(kind="company", company_name="Kea Ltd", first_name="Jo")

    assert (person.name, company.name, person.is_customer) == ("Jo Kea Smith", "Kea Ltd", True)


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({}, "first_name"),
        ({"first_name": "  ", "last_name": "\t"}, "first_name"),
        ({"kind": "company", "first_name": "Jo"}, "company_name"),
    ],
)
def test_a_customer_has_a_name(fields, wrong):
    with pytest.raises(InvalidInput) as refusal:
        people.add_customer(**fields)
    assert refusal.value.field == wrong


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"email": "jo at kea"}, "email"),
        ({"kind": "cat"}, "kind"),
        ({"discount_percent": 101}, "discount_percent"),
        ({"discount_percent": -1}, "discount_percent"),
        ({"first_name": "x" * 101}, "first_name"),
        ({"notes": "a\x00b"}, "notes"),
        ({"terms": "days_after_invoice"}, "terms_days"),
        ({"terms": "days_after_invoice", "terms_days": 366}, "terms_days"),
        ({"terms": "day_of_following_month", "terms_days": 0}, "terms_days"),
        ({"terms": "day_of_following_month", "terms_days": 32}, "terms_days"),
        ({"phones": [{"number": ""}]}, "number"),
        ({"phones": [{"number": "ask Bob"}]}, "number"),
        ({"phones": [{"number": "021 555 0101", "kind": "pigeon"}]}, "kind"),
        ({"addresses": [{"line1": " "}]}, "line1"),
    ],
)
def test_nonsense_is_refused_at_the_field_and_nothing_is_stored(fields, wrong):
    with pytest.raises(ValidationError) as refusal:
        people.add_customer(**{"first_name": "Jo", **fields})

    assert list(refusal.value.message_dict) == [wrong]
    assert Customer.objects.count() == 0


def test_terms_that_are_taken_away_take_their_days_along():
    customer = people.add_customer(first_name="Jo", terms="days_after_invoice", terms_days=7)

    assert people.edit_customer(customer, terms="").terms_days is None


def test_two_numbers_of_one_kind_are_refused_with_a_sentence():
    with pytest.raises(ValidationError, match="One number of each kind"):
        people.add_customer(first_name="Jo", phones=[{"number": "021 555 0101"}, {"number": "021 555 0102"}])


def test_phones_and_addresses_are_replaced_when_given_and_kept_when_not():
    customer = people.add_customer(
        first_name="Jo", phones=[{"number": "021 555 0101"}], addresses=[{"line1": "12 Kauri Road"}]
    )

    people.edit_customer(customer, last_name="Kea")
    assert phones_of(customer) == [("mobile", "021 555 0101", "215550101")]

    people.edit_customer(customer, phones=[{"kind": "work", "number": "+64 9 555 0199"}], addresses=[])
    assert phones_of(customer) == [("work", "+64 9 555 0199", "95550199")]
    assert (customer.addresses.count(), Customer.objects.get().name) == (0, "Jo Kea")


@pytest.mark.parametrize("number", ["021 555 0101", "+64 21 555 0101", "0064215550101", "(021) 555-0101"])
def test_a_customer_is_found_by_a_number_however_it_is_written(number):
    people.add_customer(first_name="Al", phones=[{"number": "021 555 0202"}])
    jo = people.add_customer(first_name="Jo", phones=[{"number": "+64 21 555 0101"}])

    assert list(Customer.objects.search(number)) == [jo]


def test_a_customer_with_an_open_job_is_not_archived():
    customer, insurer = CustomerFactory(), CompanyFactory()
    job = jobs.book(customer=customer, bill_to=insurer)
    for party in (customer, insurer):
        with pytest.raises(NotAllowedNow, match="open job"):
            people.archive_customer(party)

    jobs.cancel(job, reason="Sold the car")

    assert people.archive_customer(customer).archived_at is not None
    assert list(Customer.objects.active()) == [insurer]


def test_a_customer_comes_back_with_all_history():
    customer = people.archive_customer(CustomerFactory())

    assert people.restore_customer(customer).archived_at is None
    assert customer.history.count() == 3


@pytest.mark.parametrize("field", ["archived_at", "name", "id"])
def test_what_only_a_verb_may_set_is_no_field_to_type(field):
    with pytest.raises(TypeError, match="not typed by people"):
        people.edit_customer(CustomerFactory(), **{field: datetime(2026, 7, 20, tzinfo=UTC)})


def test_a_supplier_is_no_customer_until_it_is_one():
    Party.objects.create(kind="company", company_name="Parts Ltd", is_supplier=True)

    assert Customer.objects.count() == 0
