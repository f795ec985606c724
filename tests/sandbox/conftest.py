from datetime import UTC, datetime
from random import Random

import pytest

from accounting_sync.sandbox.demo import furnish
from accounting_sync.sandbox.xero import Xero
from tests.sandbox.books import Books
from tests.sandbox.program import Clock, Program
from tests.sandbox.running import running_sandbox


@pytest.fixture
def clock():
    return Clock(datetime(2026, 11, 23, 1, 0, tzinfo=UTC))


@pytest.fixture
def xero(clock):
    """A fresh Xero with the demo client, accountant and three organisations; it sleeps by winding the clock."""
    return furnish(Xero(clock, random=Random(1), sleep=lambda seconds: clock.forward(seconds=seconds)))


@pytest.fixture
def kauri(xero):
    return next(each for each in xero.organisations.values() if each.settings["Name"] == "Kauri Motors")


@pytest.fixture
def wattle(xero):
    return next(each for each in xero.organisations.values() if each.settings["Name"] == "Wattle Autos")


@pytest.fixture
def books():
    """A fresh organisation in New Zealand, behind the door of its API."""
    return Books()


@pytest.fixture
def program(xero):
    """A program registered as the demo client, not signed in yet."""
    return Program(xero)


@pytest.fixture
def signed_in(program, kauri):
    """The same program, connected to Kauri Motors."""
    return program.sign_in(kauri)


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory):
    """One running sandbox for every test that needs real HTTP and no fresh books."""
    with running_sandbox(tmp_path_factory.mktemp("sandbox") / "xero.sqlite3", "--unlimited") as running:
        yield running
