"""A house at work, a Chromium to visit it with, and an ear for whatever the browser complains of."""

import shutil

import pytest

from config.launch_checks import CHROMIUM
from tests.browser.house import running_house
from tests.browser.people import Accountant, Manager

HERE = "tests/browser/"


def pytest_collection_modifyitems(items):
    for item in items:
        if HERE in item.path.as_posix():
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def house(tmp_path_factory):
    with running_house(tmp_path_factory.mktemp("house") / "workshop") as house:
        yield house


@pytest.fixture(scope="session")
def chromium():
    program = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if program is None:
        pytest.skip(f"There is no Chromium here (looked for {', '.join(CHROMIUM)}).")
    playwright = pytest.importorskip("playwright.sync_api", reason="The library playwright is not installed.")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium, house):
    """Open a window of its own; what the browser complains of there, or asks of another host, fails the test."""
    windows, complaints = [], []

    def open_window(**options):
        window = chromium.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        window.set_default_timeout(45_000)  # a machine with much else to do
        window.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
        window.on("weberror", lambda error: complaints.append(str(error.error)))
        window.on("request", lambda request: _stay_here(request.url, house, complaints))
        windows.append(window)
        return window.new_page()

    yield open_window
    for window in windows:
        window.close()
    assert complaints == []


def _stay_here(url, house, complaints):
    if not url.startswith((f"{house.workshop}/", f"{house.xero}/", "data:")):
        complaints.append(f"asked another host: {url}")


@pytest.fixture(scope="session")
def connected(chromium, house):
    """The garage is connected to Xero by its owner, by hand, once. Returns what the page then says."""
    with chromium.new_context() as window:
        owner = Manager(window.new_page(), house.workshop)
        owner.sign_in()
        return owner.connect_xero()


@pytest.fixture
def owner(visit, house, connected):
    manager = Manager(visit(), house.workshop)
    manager.sign_in()
    yield manager
    manager.go("/")  # the house is everybody's: who leaves an error there fails, not the test that comes after
    assert manager.page.get_by_label("Accounting").all_inner_texts() == []


@pytest.fixture
def accountant(visit, house, connected):
    """The bookkeeper at Xero's own pages."""
    accountant = Accountant(visit(), house.xero)
    accountant.sign_in()
    return accountant
