import pytest
from django.core.cache import cache
from rest_framework.test import APIClient

from tests.factories import UserFactory


@pytest.fixture(autouse=True)
def fresh_allowances():
    """Throttles count in the cache, which outlives a test."""
    cache.clear()


@pytest.fixture
def signed_in(garage):
    """A client whose device belongs to somebody of this role."""

    def sign_in(role="Owner", **fields):
        user = UserFactory.with_role(role, **fields)
        user.set_password("kauri-motors-1")
        user.save()
        client = APIClient()
        body = {"username": user.username, "password": "kauri-motors-1", "name": "A phone"}
        answer = client.post("/api/v1/devices/", body, format="json")
        assert answer.status_code == 201, answer.content
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {answer.json()['token']}")
        client.user = user
        return client

    return sign_in


@pytest.fixture
def owner(signed_in):
    return signed_in("Owner")
