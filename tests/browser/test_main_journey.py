"""From the booking to the money: the garage's whole day with one car, in a browser."""

import re


def test_connecting_proposes_every_mapping(connected):
    assert "Connected to Kauri Motors." in connected
    assert "Every account is chosen" in connected
    assert "Nothing is sent until" not in connected
    assert "To do" not in connected


def test_a_job_is_invoiced_reaches_xero_is_paid_there_and_is_paid_here(owner, accountant):
    rego, number = owner.invoice_a_job("Hemi Tane")
    box = owner.page.get_by_role("complementary")
    owner.sees_it_in_xero(place=box)
    assert "Status in Xero Authorised" in words(box)

    accountant.page.goto(box.get_by_role("link", name="Open in Xero").get_attribute("href"))
    here = words(accountant.page.get_by_role("main"))
    assert here.startswith(f"Invoice {number} Awaiting payment Contact Hemi Tane")
    assert f"Reference {rego}" in here
    assert "Total NZD 316.83" in here

    accountant.pay()
    accountant.sees("Paid", exact=True)
    owner.reload_until("heading", f"{number} Paid")
    assert owner.page.get_by_text("Paid in full").is_visible()


def words(place):
    return re.sub(r"\s+", " ", place.inner_text()).strip()
