"""Comfort may be missing; the work may not."""

import pytest

from tests.browser.people import Manager


@pytest.fixture
def plain_owner(visit, house, connected):
    manager = Manager(visit(java_script_enabled=False), house.workshop)
    manager.sign_in()
    return manager


def test_the_main_job_is_done_without_javascript(plain_owner, accountant):
    rego, number = plain_owner.invoice_a_job("Sina Fono")
    plain_owner.page.get_by_role("complementary").get_by_role("link", name="Accounting").click()
    plain_owner.reload_until("link", "Open in Xero")

    [row] = accountant.rows("invoices", rego)
    assert row[:3] == [number, rego, "Sina Fono"]
