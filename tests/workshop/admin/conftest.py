import pytest
from django.test import Client

from tests.factories import UserFactory


@pytest.fixture
def office(garage):
    """A browser in which somebody of that role is signed in; ``.user`` is who."""

    def sign_in(role, **fields):
        client = Client()
        client.user = UserFactory.with_role(role, **fields)
        client.force_login(client.user)
        return client

    return sign_in


@pytest.fixture
def owner(office):
    return office("Owner")


@pytest.fixture
def accountant(office):
    return office("Accountant")
