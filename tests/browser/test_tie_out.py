"""Both sides are compared by a press of a button, and what differs is cured by another."""

# Xero allows 60 calls a minute, and the tests before this one may have used them: the comparison then waits.
TWO_MINUTES = 130_000


def tie_out(owner):
    owner.go("/accounting/tie-out/")
    owner.page.get_by_role("button", name="Tie out now").first.click()
    owner.page.get_by_role("heading", name="Tie-out").wait_for()
    owner.page.get_by_text("compared with Xero on").first.wait_for(timeout=TWO_MINUTES)
    owner.page.locator("#tie-out-progress").wait_for(state="detached", timeout=TWO_MINUTES)


def test_what_the_accountant_changed_is_named_and_accepted_with_one_button(owner, accountant):
    _, number = owner.invoice_a_job("Tui Ngata")
    owner.reload_until("link", "Open in Xero")
    accountant.look(f"invoices?q={number}")
    accountant.page.locator("tbody tr a").first.click()
    accountant.add_a_line("Sundries", "10.00")
    owner.reload_until("button", "Accept Xero's version")

    tie_out(owner)
    owner.sees("Changed in Xero")
    owner.page.get_by_role("button", name="Accept Xero's version").first.click()
    owner.sees("“Accept Xero's version” is done.")
    tie_out(owner)
    assert number not in owner.page.locator("#differences").inner_text()
