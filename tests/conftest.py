import pytest
from hypothesis import HealthCheck, settings

from tests.factories import a_garage

# How long a machine takes to think of an example, or to try it, says nothing about the product.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings):
    from tests import template_database

    template_database.use()


@pytest.fixture
def garage(db):
    return a_garage()


@pytest.fixture
def xero(monkeypatch):
    """A fresh sandbox that our client reaches in this process (mocked: the wire only, the system's edge)."""
    from accounting_sync.xero import transport
    from tests.xero import SandboxAdapter, a_xero

    sandbox = a_xero()
    monkeypatch.setattr(transport, "adapter", lambda: SandboxAdapter(sandbox))
    return sandbox


@pytest.fixture
def books(xero):
    """The organisation in the sandbox: what the accountant sees and does."""
    return next(iter(xero.organisations.values()))


@pytest.fixture
def connection(garage, xero):
    from tests.xero import connect

    return connect(xero)
