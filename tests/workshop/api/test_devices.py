"""Signing in from a phone."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from tests.factories import UserFactory
from tests.workshop.api.calls import get, got, post, refusal
from workshop.models import DeviceToken
from workshop.sign_in import PER_NAME_AND_ADDRESS

pytestmark = pytest.mark.django_db
PASSWORD = "kauri-motors-1"


@pytest.fixture
def technician(garage):
    user = UserFactory.with_role("Technician")
    user.set_password(PASSWORD)
    user.save()
    return user


def sign_in(client, status=201, **changes):
    return post(client, "devices/", status, **{"username": "technician", "password": PASSWORD, "name": "Ute"} | changes)


def with_key(key):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    return client


def test_the_key_is_shown_once_and_only_its_digest_is_kept(technician):
    answer = sign_in(APIClient())

    device = DeviceToken.objects.get()
    assert len(answer["token"]) == 43
    assert answer["token"] not in str(vars(device))
    assert "token" not in get(with_key(answer["token"]), "devices/")["results"][0]


def test_a_key_lasts_ninety_days(technician, time_machine):
    client = with_key(sign_in(APIClient())["token"])

    time_machine.move_to(timezone.now() + timedelta(days=89))
    get(client, "me/")
    time_machine.shift(timedelta(days=2))

    assert refusal(get(client, "me/", 401)) == (401, "authentication_failed", [])


def test_a_wrong_password_is_401_and_says_so(technician):
    client = APIClient()
    answer = client.post("/api/v1/devices/", {"username": "technician", "password": "x", "name": "Ute"}, format="json")

    assert got(answer, 401)["code"] == "wrong_credentials"
    assert answer["WWW-Authenticate"] == 'Bearer realm="workshop"'
    assert answer["Content-Type"] == "application/problem+json"


def test_guessing_is_stopped_per_name(technician):
    client = APIClient()
    for _ in range(PER_NAME_AND_ADDRESS):
        sign_in(client, 401, password="guess")

    answer = client.post(
        "/api/v1/devices/", {"username": "Technician", "password": PASSWORD, "name": "x"}, format="json"
    )

    assert got(answer, 429)["code"] == "throttled"
    assert int(answer["Retry-After"]) > 0


def test_a_made_up_forwarded_address_does_not_buy_more_guesses(technician):
    client = APIClient()
    for number in range(PER_NAME_AND_ADDRESS):
        body = {"username": "technician", "password": "guess", "name": "x"}
        client.post("/api/v1/devices/", body, format="json", headers={"X-Forwarded-For": f"10.0.0.{number}"})

    sign_in(client, 429)


def test_what_was_guessed_on_the_page_counts_here_too_and_the_other_way_round(technician):
    page = Client()
    for _ in range(PER_NAME_AND_ADDRESS - 1):
        page.post("/login/", {"username": "technician", "password": "guess"})
    sign_in(APIClient(), 401, password="guess")

    sign_in(APIClient(), 429)
    assert page.post("/login/", {"username": "technician", "password": PASSWORD}).status_code == 429


def test_a_busy_morning_of_one_person_is_not_guessing(technician):
    for _ in range(20):
        sign_in(APIClient())


def test_a_revoked_key_is_refused_from_the_next_request_on(technician):
    answer = sign_in(APIClient())
    client = with_key(answer["token"])

    got(client.delete(f"/api/v1/devices/{answer['id']}/"), 204)

    get(client, "me/", 401)


def test_somebody_elses_device_cannot_be_seen_or_revoked(technician, signed_in):
    theirs = sign_in(APIClient())
    owner = signed_in("Owner")

    assert [row["name"] for row in get(owner, "devices/")["results"]] == ["A phone"]
    got(owner.delete(f"/api/v1/devices/{theirs['id']}/"), 404)


def test_the_key_of_somebody_who_left_opens_nothing(technician):
    client = with_key(sign_in(APIClient())["token"])
    technician.is_active = False
    technician.save()

    get(client, "me/", 401)
    sign_in(APIClient(), 401)


def test_signing_in_again_works_with_a_dead_key_still_in_the_header(technician):
    sign_in(with_key("dead"))


def test_last_use_is_noted_at_most_every_five_minutes(technician, time_machine):
    client = with_key(sign_in(APIClient())["token"])
    get(client, "me/")
    first = DeviceToken.objects.get().last_used_at
    time_machine.move_to(timezone.now() + timedelta(minutes=2))
    get(client, "me/")
    assert DeviceToken.objects.get().last_used_at == first
    time_machine.shift(timedelta(minutes=4))
    get(client, "me/")
    assert DeviceToken.objects.get().last_used_at > first


def test_a_signed_in_browser_may_read_and_needs_the_csrf_token_to_write(technician):
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(UserFactory.with_role("Owner"))

    get(client, "customers/")
    assert post(client, "customers/", 403, first_name="Jo")["detail"].startswith("CSRF Failed")


def test_without_a_key_nothing_is_seen(garage):
    answer = APIClient().get("/api/v1/customers/")

    assert refusal(got(answer, 401)) == (401, "not_authenticated", [])
    assert answer["WWW-Authenticate"] == 'Bearer realm="workshop"'


def test_me_names_roles_and_permissions(signed_in):
    me = get(signed_in("Technician"), "me/")

    assert (me["username"], me["roles"]) == ("technician", ["Technician"])
    assert "workshop.move_job" in me["permissions"]


def test_an_expired_device_is_no_longer_listed(owner):
    DeviceToken.objects.create(
        user=owner.user, name="Old", digest="0" * 64, expires_at=timezone.now() - timedelta(days=1)
    )

    assert [row["name"] for row in get(owner, "devices/")["results"]] == ["A phone"]
