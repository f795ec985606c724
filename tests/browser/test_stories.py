"""The accountant's stories that begin at the counter: tax to the cent, paid in both, who is who, and the set-up."""

import re

import pytest

from tests.browser.house import running_house
from tests.browser.people import Accountant, Manager
from tests.browser.test_office import cured, open_in_office

PARTS = [("Part", {"Description": f"Part {n}", "Quantity": "1", "Price": price})
         for n, price in enumerate(("25.06", "25.61", "25.63"), 1)]  # fmt: skip


def totals(accountant, section, words):
    """Tax and total of the document in Xero, as its page shows them."""
    accountant.open(section, words)
    shown = accountant.page.locator("dl.totals").inner_text()
    return re.findall(r"^Tax\s+([\d.]+)|Total \w{3}\s+([\d.]+)", shown, re.M)


def test_s04_three_parts_carry_the_same_tax_here_and_in_xero(owner, accountant):
    rego, _ = owner.invoice_a_job("Ana Cents", lines=PARTS)
    owner.sees("87.74")
    owner.sees_it_in_xero(place=owner.page.get_by_role("complementary"))

    assert totals(accountant, "invoices", rego) == [("11.44", ""), ("", "87.74")]


def test_s21_paid_in_xero_and_here_it_asks_and_is_one_payment(owner, accountant):
    rego, number = owner.invoice_a_job("Bea Twice")
    owner.sees_it_in_xero(place=owner.page.get_by_role("complementary"))
    accountant.holds_news_back(600)
    try:
        accountant.open("invoices", rego)
        accountant.pay()

        owner.press("Record payment")
        owner.sees("Paid in full")
        open_in_office(owner, f"on {number}")
        owner.sees("Already paid in Xero on")
        cured(owner, "Link to the payment in Xero")
    finally:
        accountant.holds_news_back(0)

    accountant.open("invoices", rego)
    assert accountant.page.locator("table.settled tbody tr").count() == 1


def test_s32_who_is_known_by_name_and_address_is_linked_and_an_archived_namesake_is_asked_about(owner, accountant):
    accountant.add_a_contact("Cara Known", Email="cara@x.example")
    accountant.add_a_contact("Dina Gone", Email="dina@x.example")
    accountant.archive_the_contact()

    owner.invoice_a_job("Cara Known", **{"E-mail": "cara@x.example"})
    owner.sees_it_in_xero(place=owner.page.get_by_role("complementary"))
    assert len(accountant.rows("contacts", "Cara+Known")) == 1

    rego, _ = owner.invoice_a_job("Dina Gone", **{"E-mail": "dina@x.example"})
    open_in_office(owner, "Dina Gone")
    owner.sees("Xero has an archived contact named Dina Gone.")
    cured(owner, "Make a new contact")
    owner.go("/admin/accounting_sync/inxero/?q=Dina")
    owner.reload_until("link", re.compile(r"INV \d+ · Dina Gone"))
    assert len(accountant.rows("invoices", rego)) == 1


MOT = [
    ("Labour", {"Description": "MOT", "Hours": "1", "Rate": "54.85"}, "Outside the scope of VAT"),
    ("Labour", {"Description": "Labour", "Hours": "2", "Rate": "65.00"}),
    ("Part", {"Description": "Pads", "Quantity": "1", "Price": "78.00"}),
]


@pytest.fixture
def british(tmp_path):
    with running_house(tmp_path / "oak", COUNTRY="GB") as house:
        yield house


def test_a_set_up_begun_in_one_window_is_finished_in_another_and_then_a_british_mot_goes(chromium, british):
    with chromium.new_context() as window:
        accountant = Accountant(window.new_page(), british.xero)
        accountant.sign_in("Oak Garage Ltd")
        accountant.breaks("error", "GET", "Accounts", times=20)
    with chromium.new_context() as window:
        owner = Manager(window.new_page(), british.workshop)
        owner.sign_in()
        owner.connect_xero("Oak Garage Ltd")
        owner.sees("Accounts are not read yet: reload")

    with chromium.new_context() as window, chromium.new_context() as of_xero:
        owner, accountant = Manager(window.new_page(), british.workshop), Accountant(of_xero.new_page(), british.xero)
        accountant.sign_in("Oak Garage Ltd")
        owner.sign_in()
        rego, _ = owner.invoice_a_job("Eve Oak", lines=MOT)
        owner.sees("304.45")
        owner.sees("It waits until the set-up is complete.")
        assert accountant.rows("invoices", rego) == []

        accountant.mends_everything()
        owner.go("/accounting/")
        owner.sees("Nothing is sent until everything is chosen for the first time.")
        owner.press("Reload accounts")
        owner.sees("Accounts, tax rates and lock dates are read again.")
        owner.go("/admin/accounting_sync/inxero/?q=Eve")
        owner.reload_until("link", re.compile("Eve Oak")).first.wait_for()

        assert totals(accountant, "invoices", rego) == [("41.60", ""), ("", "304.45")]
