"""The first page of the office, and the way about in it."""

import pytest

from tests.accounting_sync.standing import an_invoice_record, in_xero, refused, text


def menu_of(answer):
    return {item["title"]: item for group in answer.context["sidebar_navigation"] for item in group["items"]}


def test_before_xero_it_says_what_to_do_next(accountant, garage):
    assert "Xero is not connected. Connect it and every invoice goes there by itself." in text(
        accountant.get("/admin/")
    )


def test_when_all_is_well_it_says_so(accountant, connection):
    in_xero(connection)

    page = text(accountant.get("/admin/"))

    assert "Nothing. Everything is in Xero, on its way, or kept out on purpose." in page
    assert "In Xero 2" in page


def test_what_needs_somebody_comes_first(accountant, connection):
    refused(in_xero(connection), message="Xero already has this number.")

    page = text(accountant.get("/admin/"))

    assert page.index("Xero already has this number.") < page.index("Latest")


def test_the_menu_counts_the_errors(accountant, connection):
    assert "badge" not in menu_of(accountant.get("/admin/"))["Unresolved errors"]

    for _ in range(2):
        refused(an_invoice_record())

    assert menu_of(accountant.get("/admin/"))["Unresolved errors"]["badge"] == "2"


def test_who_does_not_see_the_queue_finds_nothing_of_it_there(browser, connection):
    refused(in_xero(connection), message="Xero already has this number.")

    answer = browser("Read-only").get("/admin/")

    assert "Unresolved errors" not in menu_of(answer)
    assert "Xero already has this number." not in text(answer)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_costs_the_same_for_one_error_and_for_three(accountant, connection, rows, django_assert_num_queries):
    for _ in range(rows):
        refused(an_invoice_record())

    with django_assert_num_queries(16):  # five for the numbers and charts; the last is the tie-out
        accountant.get("/admin/")
