"""The accountant's desk: what did not go, why, and one button for it, all of it in the office's own pages."""

import re
import time
from datetime import date, timedelta

import pytest

from tests.browser.people import A_MINUTE

ERRORS, QUEUE = "/admin/accounting_sync/unresolvederror/", "/admin/accounting_sync/exportqueue/"


def open_in_office(owner, words, where=ERRORS):
    """From the list to the record's page."""
    owner.go(where)
    owner.reload_until("link", re.compile(re.escape(words))).first.click()
    owner.page.get_by_label("What the engine knows").wait_for()


def comes_to_say(owner, words):
    """Look again until it does: the office's pages stand still, and the engine takes its turn."""
    until = time.monotonic() + A_MINUTE
    while words not in (box := owner.page.locator("section[aria-label=Accounting]").inner_text()):
        assert time.monotonic() < until, box
        owner.page.wait_for_timeout(500)
        owner.page.reload()


def cured(owner, button):
    owner.press(button)
    comes_to_say(owner, "In Xero")


@pytest.fixture
def invoiced(owner):
    """A job invoiced and in Xero: its rego and its number."""

    def one(name):
        rego, number = owner.invoice_a_job(name)
        owner.sees_it_in_xero(place=owner.page.get_by_role("complementary"))
        return rego, number

    return one


def test_s22_a_number_taken_in_xero_is_cured_from_the_list_of_errors(owner, accountant):
    number = owner.next_number()
    accountant.type_an_invoice(number, "Somebody Else")
    rego, _ = owner.invoice_a_job("Ana Office")

    open_in_office(owner, number)
    owner.sees("Xero already has a document with this number.")
    cured(owner, "Use the next free number")

    assert len(accountant.rows("invoices", rego)) == 1


def test_s23_a_contact_archived_in_xero_is_replaced_by_one_button(owner, accountant, invoiced):
    rego, _ = invoiced("Bela Office")
    accountant.open("contacts", "Bela Office")
    accountant.archive_the_contact()

    _, second = owner.invoice_a_job("Bela Office", rego=rego)
    open_in_office(owner, second)
    owner.sees("The contact is archived in Xero.")
    cured(owner, "Make a new contact")

    assert [row[0] for row in accountant.rows("invoices", rego)].count(second) == 1


def test_s24_an_invoice_in_a_closed_period_moves_to_the_first_open_day(owner, accountant):
    tomorrow = date.today() + timedelta(days=1)  # noqa: DTZ011 (whichever zone: it is not closed yet)
    lock(accountant, tomorrow)
    try:
        rego, number = owner.invoice_a_job("Cleo Office")
        open_in_office(owner, number, QUEUE)
        comes_to_say(owner, "books are locked up to")
        cured(owner, "Move to the first open day")
    finally:
        lock(accountant, None)
    assert [row[0] for row in accountant.rows("invoices", rego)] == [number]


def lock(accountant, day):
    accountant.look("settings")
    accountant.page.locator("input[name=year]").fill(day.isoformat() if day else "")
    accountant.press("Set lock dates")


def test_s26_an_invoice_edited_in_xero_asks_and_is_accepted(owner, accountant, invoiced):
    rego, number = invoiced("Dora Office")
    accountant.open("invoices", rego)
    accountant.page.get_by_text("Add a line").first.click()
    form = accountant.page.locator("form", has=accountant.page.get_by_role("button", name="Add line"))
    form.get_by_label("Description").fill("Sundries")
    form.locator("input[name=unit_amount]").fill("10.00")
    accountant.press("Add line")

    open_in_office(owner, number)
    owner.sees("changed in Xero")
    cured(owner, "Accept Xero's version")

    owner.follow("Open the invoice")
    owner.sees("Adjustment made in Xero")


def test_s34_a_lost_answer_is_told_and_makes_no_second_invoice(owner, accountant):
    accountant.breaks("lost", "PUT", "Invoices")

    rego, number = owner.invoice_a_job("Eva Office")
    box = owner.page.get_by_role("complementary")
    told = box.get_by_text("It was sent, but no answer came. Xero is asked before anything is sent again.")
    told.or_(box.get_by_text("In Xero", exact=True)).first.wait_for()

    assert [row[0] for row in accountant.rows("invoices", rego)] == [number]


def test_s31_an_account_that_xero_keeps_itself_is_refused_with_the_way_out(owner):
    owner.go("/accounting/")
    switches = owner.page.locator("#stock")
    switches.get_by_label("Create Inventory Journals").check()
    switches.get_by_role("button", name="Save").click()
    owner.sees("Saved.")

    owner.go("/accounting/mappings/")
    stock = owner.page.get_by_label("Stock on Hand", exact=True)
    assert "630" not in " ".join(stock.locator("option").all_inner_texts())
    owner.sees("630 Inventory is of the type Inventory")
    # as somebody who knows better than the page
    stock.evaluate("it => it.add(new Option('630', '630', true, true))")
    owner.press("Save")

    owner.sees("Choose one of the list.")
    owner.go("/accounting/mappings/")
    assert stock.evaluate("it => it.value") == "631"


def test_many_failures_of_one_cause_go_with_one_fix(owner, accountant):
    owner.go("/accounting/mappings/")
    labour = owner.page.get_by_label("Labour sales", exact=True)
    was = labour.evaluate("it => it.value")
    labour.select_option("")
    owner.press("Save")
    try:
        invoiced = [owner.invoice_a_job(f"Fay{n} Office") for n in range(3)]
        owner.go("/accounting/")
        owner.sees("1 account to choose")
        for _, number in invoiced:  # each waits as soon as the engine has looked at it
            owner.go(f"{QUEUE}?code=mapping")
            owner.reload_until("link", re.compile(re.escape(number)))
        assert owner.page.locator("#result_list tbody tr").count() == 3
    finally:
        owner.go("/accounting/mappings/")
        labour.select_option(was)
        owner.press("Save")

    owner.sees("3 records that waited are on their way.")
    for _, number in invoiced:
        owner.go(f"/admin/accounting_sync/inxero/?q={number}")
        owner.reload_until("link", re.compile(re.escape(number)))
    assert [len(accountant.rows("invoices", rego)) for rego, _ in invoiced] == [1, 1, 1]


def test_a_view_of_a_list_is_kept_and_found_again(owner):
    owner.go("/admin/accounting_sync/attempt/?o=1")
    owner.page.get_by_text("Keep this view…").click()
    owner.fill({"Name": "Oldest first"})
    owner.press("Keep it")
    owner.sees("“Oldest first” is kept.")

    owner.go("/admin/accounting_sync/attempt/")
    owner.follow("Oldest first", exact=True)
    owner.page.get_by_role("button", name="No longer keep “Oldest first”").click()
    owner.sees("“Oldest first” is no longer kept.")


def test_an_invoice_is_credited_and_issued_anew(owner, accountant, invoiced):
    rego, number = invoiced("Gwen Office")

    owner.follow("Credit and reissue")
    owner.fill({"Why": "One hour, not one and a half"})
    owner.page.get_by_label("Quantity").first.fill("1")
    owner.press("Credit and issue anew")
    owner.sees(f"{number} is credited, and")
    owner.sees_it_in_xero(place=owner.page.get_by_role("complementary"))

    rows = {row[0]: row for row in accountant.rows("invoices", rego)}
    assert len(rows) == 2
    assert "Paid" in " ".join(rows[number])
