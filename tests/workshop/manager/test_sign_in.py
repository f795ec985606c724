import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from tests.factories import UserFactory
from workshop import sign_in as throttle

PASSWORD = "a-long-enough-word"


@pytest.fixture(autouse=True)
def _no_failures_yet():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def person(garage):
    person = UserFactory.with_role("Manager", username="mere")
    person.set_password(PASSWORD)
    person.save()
    return person


def sign_in(password=PASSWORD, username="mere", **headers):
    return Client(**headers).post(reverse("login"), {"username": username, "password": password, "next": "/invoices/"})


def test_signing_in_leads_to_the_page_that_was_asked_for(person):
    assert sign_in()["Location"] == "/invoices/"


def test_signing_in_never_leads_to_another_site(person):
    response = Client().post(
        reverse("login"), {"username": "mere", "password": PASSWORD, "next": "https://elsewhere.example/"}
    )

    assert response["Location"] == "/"


def test_a_wrong_password_is_told_and_the_name_stays(person):
    response = sign_in("wrong")

    assert response.status_code == 422
    assert response.context["form"]["username"].value() == "mere"


def test_after_five_failures_the_right_password_is_refused_too(person):
    for _ in range(throttle.PER_NAME_AND_ADDRESS):
        assert sign_in("wrong").status_code == 422

    assert sign_in().status_code == 429


def test_guessing_one_name_does_not_lock_the_person_out_elsewhere(person):
    for _ in range(throttle.PER_NAME_AND_ADDRESS):
        sign_in("wrong", REMOTE_ADDR="198.51.100.7")

    assert sign_in(REMOTE_ADDR="198.51.100.8").status_code == 302


def test_capitals_are_not_another_name_to_guess(person):
    for name in ("mere", "MERE", "Mere ", "mEre", "meRe"):
        sign_in("wrong", name)

    assert sign_in().status_code == 429


def test_one_address_guessing_many_names_is_stopped(person):
    for number in range(throttle.PER_ADDRESS):
        sign_in("wrong", f"user{number}")

    assert sign_in().status_code == 429


def test_a_made_up_forwarding_header_is_no_other_address(person):
    for number in range(throttle.PER_NAME_AND_ADDRESS):
        sign_in("wrong", HTTP_X_FORWARDED_FOR=f"203.0.113.{number}")

    assert sign_in().status_code == 429


def test_behind_a_proxy_the_last_hop_is_the_client(person, settings):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    for _ in range(throttle.PER_NAME_AND_ADDRESS):
        sign_in("wrong", HTTP_X_FORWARDED_FOR="1.1.1.1, 203.0.113.1")

    assert sign_in(HTTP_X_FORWARDED_FOR="1.1.1.1, 203.0.113.2").status_code == 302


def test_a_sign_in_that_works_forgets_the_slips_before_it(person):
    for _ in range(throttle.PER_NAME_AND_ADDRESS - 1):
        sign_in("wrong")
    sign_in()

    assert sign_in("wrong").status_code == 422


def test_a_new_password_keeps_the_person_signed_in(person):
    client = Client()
    client.force_login(person)
    words = {"old_password": PASSWORD, "new_password1": "another-long-word", "new_password2": "another-long-word"}

    response = client.post(reverse("password"), words)

    assert response["Location"] == "/"
    assert client.get("/").status_code == 200
    person.refresh_from_db()
    assert person.check_password("another-long-word")
