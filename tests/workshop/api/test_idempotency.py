"""A POST sent twice is done once."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from tests.factories import CustomerFactory, an_invoice
from tests.workshop.api.calls import get, patch, post, refusal
from workshop import people
from workshop.models import Customer, IdempotentRequest, Payment, PaymentMethod

pytestmark = pytest.mark.django_db
KEY = {"Idempotency-Key": "ute-0001"}


def raw(client, **body):
    return client.post("/api/v1/customers/", body, format="json", headers=KEY)


def test_the_same_request_twice_is_done_once_and_answered_alike(owner):
    first, second = raw(owner, first_name="Jo"), raw(owner, first_name="Jo")

    assert (first.status_code, second.status_code) == (201, 201)
    assert second.json() == first.json()
    assert second["Location"] == first["Location"]
    assert (first.get("Idempotency-Replayed"), second["Idempotency-Replayed"]) == (None, "true")
    assert Customer.objects.count() == 1


def test_money_is_taken_once(owner):
    invoice, method = an_invoice(), PaymentMethod.objects.get(name="Cash")
    for _ in range(2):
        post(owner, "payments/", 201, headers=KEY, invoice=invoice.pk, amount="50.00", method=method.pk)

    assert Payment.objects.count() == 1


def test_another_body_under_the_same_key_is_422(owner):
    raw(owner, first_name="Jo")

    assert refusal(raw(owner, first_name="Al").json()) == (422, "idempotency_key_reused", [])
    assert Customer.objects.count() == 1


def test_another_path_under_the_same_key_is_422(owner):
    raw(owner, first_name="Jo")
    customer = Customer.objects.get()

    post(owner, f"customers/{customer.pk}/archive/", 422, headers=KEY)


def test_while_the_first_is_running_the_second_is_409(owner):
    raw(owner, first_name="Jo")
    IdempotentRequest.objects.update(status=None, body=None, claimed_at=timezone.now())

    assert refusal(raw(owner, first_name="Jo").json()) == (409, "idempotency_key_in_use", [])


def test_a_claim_whose_process_died_is_taken_over(owner):
    raw(owner, first_name="Jo")
    Customer.objects.all().delete()  # the process died, so its work was rolled back
    IdempotentRequest.objects.update(status=None, body=None, claimed_at=timezone.now() - timedelta(minutes=3))

    assert raw(owner, first_name="Jo").status_code == 201
    assert Customer.objects.count() == 1


def test_work_whose_claim_was_taken_over_is_undone(owner, monkeypatch):
    """The slow first process finds, at its end, that another one holds the claim."""

    def slow(**fields):
        IdempotentRequest.objects.update(claimed_at=timezone.now() + timedelta(seconds=1))
        return CustomerFactory(**fields)

    monkeypatch.setattr(people, "add_customer", slow)  # stands for two minutes passing inside the verb

    assert raw(owner, first_name="Jo").status_code == 409
    assert Customer.objects.count() == 0


def test_a_refused_request_did_nothing_so_its_key_is_free(owner):
    assert raw(owner, first_name="").status_code == 400
    assert raw(owner, first_name="Jo").status_code == 201


def test_after_a_day_the_key_is_forgotten(owner):
    raw(owner, first_name="Jo")
    IdempotentRequest.objects.update(claimed_at=timezone.now() - timedelta(hours=25))

    assert raw(owner, first_name="Jo").status_code == 201
    assert Customer.objects.count() == 2


def test_a_key_is_its_users_own(owner, signed_in):
    manager = signed_in("Manager")

    assert (raw(owner, first_name="Jo").status_code, raw(manager, first_name="Jo").status_code) == (201, 201)
    assert Customer.objects.count() == 2


@pytest.mark.parametrize("key", ["", "x" * 256, "\x07"])
def test_a_key_that_is_none_is_refused(owner, key):
    answer = owner.post("/api/v1/customers/", {"first_name": "Jo"}, format="json", headers={"Idempotency-Key": key})

    assert answer.status_code == 400


@pytest.fixture
def job(owner):
    return post(owner, "jobs/", 201, customer=CustomerFactory().pk)


def test_the_etag_is_the_version_and_changes_with_it(owner, job):
    path = f"/api/v1/jobs/{job['id']}/"
    assert owner.get(path)["ETag"] == '"1"'

    answer = owner.patch(path, {"concern": "Noise"}, format="json", headers={"If-Match": '"1"'})

    assert (answer.status_code, answer["ETag"], answer.json()["version"]) == (200, '"2"', 2)


def test_a_stale_if_match_is_412_and_changes_nothing(owner, job):
    patch(owner, f"jobs/{job['id']}/", concern="Noise")

    answer = patch(owner, f"jobs/{job['id']}/", 412, headers={"If-Match": '"1"'}, concern="Smell")

    assert refusal(answer) == (412, "stale_version", [])
    assert get(owner, f"jobs/{job['id']}/")["concern"] == "Noise"


def test_a_stale_version_in_the_body_is_409(owner, job):
    patch(owner, f"jobs/{job['id']}/", concern="Noise")

    answer = patch(owner, f"jobs/{job['id']}/", 409, concern="Smell", version=1)

    assert refusal(answer) == (409, "changed_meanwhile", ["/version"])


@pytest.mark.parametrize("tag", ['W/"1"', "*", '"7", "1"'])
def test_if_match_takes_weak_tags_lists_and_any(owner, job, tag):
    post(owner, f"jobs/{job['id']}/arrive/", headers={"If-Match": tag})


@pytest.mark.parametrize(
    ("path", "body"),
    [("void/", {"reason": "x"}), ("redate/", {"date": "2026-07-01"}), ("renumber/", {})],
)
def test_an_invoice_is_guarded_by_its_version(owner, path, body):
    invoice = an_invoice()

    post(owner, f"invoices/{invoice.pk}/{path}", 412, headers={"If-Match": '"9"'}, **body)
    post(owner, f"invoices/{invoice.pk}/{path}", 200, headers={"If-Match": '"1"'}, **body)


@pytest.mark.django_db(transaction=True)
def test_two_phones_pressing_at_once_do_it_once(owner):
    """Really at once: each in its own thread with its own database connection."""
    if connection.vendor == "sqlite":
        pytest.skip("In memory, SQLite's threads share one cache and lock each other out.")
    token, answers = owner._credentials["HTTP_AUTHORIZATION"], []

    def press():
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=token)
        answers.append(raw(client, first_name="Jo").status_code)
        connection.close()

    presses = [threading.Thread(target=press) for _ in range(3)]
    for thread in presses:
        thread.start()
    for thread in presses:
        thread.join()

    assert set(answers) <= {201, 409}
    assert Customer.objects.count() == 1
