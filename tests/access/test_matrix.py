"""Who is let in where: the file is what was decided, the addresses are what is there."""

import pytest
from rest_framework.throttling import SimpleRateThrottle

from tests.access.matrix import EVERYBODY, doors, let_in_at
from tests.access.table import lines, read
from tests.factories import PaymentMethodFactory, UserFactory

# What asks for nobody's name: signing in, the paper on the API, and Xero's own hand on the webhook.
OPEN = {
    ("GET", "/login/"), ("POST", "/login/"), ("GET", "/api/v1/docs/"), ("GET", "/api/v1/schema/"),
    ("POST", "/api/v1/devices/"),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("role", EVERYBODY)
def test_a_role_is_let_in_where_the_matrix_says_and_nowhere_else(garage, monkeypatch, role):
    monkeypatch.setattr(SimpleRateThrottle, "allow_request", lambda *_: True)  # nobody asks so much in a minute

    answers = let_in_at(role)

    assert {door for door, let_in in answers.items() if let_in} == read(role)


def test_every_address_is_in_the_matrix():
    """A new page is a new line, and a decision: `python -m tests.access` writes it."""
    assert set(lines()) <= set(doors())
    assert {path for _, path in doors()} == {path for _, path in lines()}


def test_who_has_not_signed_in_sees_the_sign_in_and_the_apis_paper():
    assert read("nobody") == OPEN


def test_who_only_reads_changes_nothing_but_their_own_password_and_devices():
    own = {
        ("POST", "/login/"), ("POST", "/password/"), ("POST", "/api/v1/devices/"),
        ("DELETE", "/api/v1/devices/<int:pk>/"),
        ("POST", "/jobs/<int:pk>/move/"), ("POST", "/jobs/<int:pk>/move-back/"),  # these ask by the step they take
    }  # fmt: skip

    assert {door for door in read("Read-only") if door[0] != "GET" and not door[1].startswith("/admin/")} == own


def test_a_technician_is_at_no_door_of_money_or_accounting():
    own = {
        ("GET", "/accounting/panel/<str:kind>/<int:object_id>/"),  # empty for who may not see the record
        ("GET", "/api/v1/payment-methods/"), ("GET", "/api/v1/payment-methods/<int:pk>/"),
        ("GET", "/stock/reports/"), ("GET", "/stock/reports/reorder/"), ("GET", "/api/v1/reports/reorder/"),
    }  # fmt: skip
    money = ("invoice", "payment", "credit", "deposit", "refund", "bill", "accounting", "report", "supplier", "admin")

    assert {door for door in read("Technician") if any(word in door[1] for word in money)} == own


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["Owner", "Technician", "Parts"])
def test_a_history_is_for_whoever_may_see_its_record(client, role):
    user = UserFactory.with_role(role)
    client.force_login(user)
    method = PaymentMethodFactory()

    answer = client.get(f"/admin/workshop/paymentmethod/{method.pk}/history/")

    assert answer.status_code == (200 if user.has_perm("workshop.view_paymentmethod") else 403)
