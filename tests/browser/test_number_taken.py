"""Story S22 as people live it: somebody typed our next number into Xero by hand."""


def a_refused_invoice(owner, accountant):
    number = owner.next_number()
    accountant.type_an_invoice(number, "Somebody Else")
    rego, ours = owner.invoice_a_job(f"Wiremu {number.replace(' ', '')}")
    assert ours == number
    owner.sees_it_in_xero("Needs you", owner.page.get_by_role("complementary"))
    return rego, number


def test_the_banner_leads_to_the_error_and_its_button_cures_it(owner, accountant):
    rego, number = a_refused_invoice(owner, accountant)

    owner.go("/")
    owner.page.get_by_label("Accounting").get_by_text(f"{number} · Wiremu").wait_for()
    owner.follow("View errors")
    owner.sees("Xero already has a document with this number.")
    owner.press("Use the next free number")
    owner.sees_it_in_xero()

    [ours] = accountant.rows("invoices", rego)
    assert ours[0] != number
    assert ours[1] == rego
    owner.follow("Open the invoice")
    owner.sees(f"was {number}")
    assert owner.page.get_by_label("Accounting").count() == 0  # the banner is gone


def test_an_error_is_resolved_with_the_keyboard_alone(owner, accountant):
    rego, _ = a_refused_invoice(owner, accountant)

    owner.go("/")
    owner.tab_to("View errors")
    owner.page.keyboard.press("Enter")
    owner.sees("Xero already has a document with this number.")
    owner.tab_to("Use the next free number")
    owner.page.keyboard.press("Enter")
    owner.sees_it_in_xero()

    assert len(accountant.rows("invoices", rego)) == 1
