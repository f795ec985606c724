import pytest
from django.test import Client

from tests.factories import UserFactory


@pytest.fixture
def signed_in(garage):
    """A browser in which somebody of that role is signed in; ``.user`` is who."""

    def browser(role, **fields):
        client = Client()
        client.user = UserFactory.with_role(role, **fields)
        client.force_login(client.user)
        return client

    return browser


@pytest.fixture
def manager(signed_in):
    return signed_in("Manager")


@pytest.fixture
def owner(signed_in):
    return signed_in("Owner")


@pytest.fixture
def technician(signed_in):
    return signed_in("Technician")


@pytest.fixture
def reader(signed_in):
    return signed_in("Read-only")
