"""Day one, and bad days: no data, no garage, no such page."""

import pytest
from django.test import Client, RequestFactory
from django.views.defaults import bad_request, server_error

from tests.factories import UserFactory
from tests.workshop.manager.reading import text


@pytest.mark.parametrize(
    ("address", "next_thing"),
    [
        ("/", "Book a job and it starts here."),
        ("/?mine=1", "No cars here."),
        ("/jobs/", "No open jobs New booking"),
        ("/invoices/", "appears here when a completed job is invoiced from its card"),
        ("/invoices/?show=overdue", "Nothing is overdue"),
        ("/customers/", "A customer is added here, or with the first booking."),
        ("/vehicles/", "A vehicle is added here, or with its first booking."),
        ("/parts/", "Others can be typed straight onto the job."),
        ("/search/", "What are you looking for?"),
        ("/search/?q=klm123", "Book KLM123 as a new car"),
        ("/jobs/new/", "A rego we know brings its owner along."),
    ],
)
def test_an_empty_garage_says_what_to_do_next(manager, address, next_thing):
    response = manager.get(address)

    assert response.status_code == 200
    assert next_thing in text(response)


@pytest.mark.parametrize("address", ["/", "/jobs/", "/jobs/new/", "/customers/", "/invoices/"])
def test_before_there_is_a_garage_every_page_says_so(db, address):
    client = Client()
    client.force_login(UserFactory.with_role("Owner"))

    response = client.get(address)

    assert response.status_code == 200
    assert "No garage yet" in text(response)


def test_a_garage_without_a_default_tax_says_what_is_missing(manager, garage):
    from tests.factories import CustomerFactory
    from workshop import jobs
    from workshop.models import TaxRate

    TaxRate.objects.update(is_default=False)
    job = jobs.book(customer=CustomerFactory())

    response = manager.post(f"/jobs/{job.pk}/lines/", {"kind": "labour", "description": "Work", "quantity": "1"})

    assert response.status_code == 422
    assert "No default sales tax is set. Choose one in the settings." in text(response)


@pytest.mark.parametrize(
    "address", ["/jobs/999999/", "/invoices/99999999999999999999/", "/no/such/page/", "/customers/0/"]
)
def test_what_is_not_there_is_not_found_in_plain_words(manager, address):
    response = manager.get(address)

    assert response.status_code == 404
    assert "There is nothing at this address, or it is not yours to see." in text(response)


def test_a_refusal_by_role_says_whom_to_ask(reader):
    response = reader.get("/jobs/new/")

    assert response.status_code == 403
    assert "Your role does not allow this. Ask an owner if you need it." in text(response)


def test_the_last_resort_pages_need_nothing(db):
    request = RequestFactory().get("/")

    assert "Nothing was half saved" in text(server_error(request))
    assert "made no sense" in text(bad_request(request, ValueError("x")))


@pytest.mark.parametrize("address", ["/", "/login/", "/jobs/new/"])
def test_no_page_carries_a_script_or_style_of_its_own_or_from_elsewhere(manager, address):
    client = Client() if address == "/login/" else manager

    page = client.get(address).content.decode()

    assert [
        word for word in ("<style", " style=", "onclick", "javascript:", "https://", "<script>") if word in page
    ] == []
