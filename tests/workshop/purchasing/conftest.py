import pytest

from tests.workshop.purchasing.buying import adds_up


@pytest.fixture(autouse=True)
def books_that_add_up(request, garage):
    """Whatever a test of buying does: afterwards stock and work in progress are what the accounts say."""
    yield
    adds_up()
