"""Who is off balance is seen where one looks for a customer: on the list, on the page, in the office."""

from decimal import Decimal

import pytest

from accounting_sync import decisions, tieout
from accounting_sync.drain import drain
from accounting_sync.models import SyncRecord
from accounting_sync.pull import pull
from accounting_sync.sandbox import accountant as books_of
from tests.factories import CustomerFactory, an_invoice

D = Decimal
LIST = "/customers/"


def text(answer):
    return " ".join(answer.content.decode().split())


def sent(connection, count):
    lines = [{"description": "Labour", "quantity": D(1), "unit_price": D(100)}]
    invoices = [an_invoice(lines, customer=CustomerFactory(last_name=f"Kea{n}")) for n in range(count)]
    drain(connection)
    return invoices


def tie_out(connection):
    tieout.begin(connection)
    tieout.work()


@pytest.fixture
def today(time_machine):
    time_machine.move_to("2026-07-19T22:00:00Z", tick=False)


@pytest.fixture
def off(today, connection, books, time_machine):
    """Of two customers one owes 11.50 more in Xero, and that was read and asks."""
    invoice, _ = sent(connection, 2)
    time_machine.shift(60)
    remote = next(row for row in books.tables["Invoices"].values() if row["InvoiceNumber"] == invoice.number)
    books_of.edit_invoice_add_line(books, remote["InvoiceID"], "Sundries", D("10.00"), "201")
    pull(connection, only_due=False)
    tie_out(connection)
    time_machine.shift(60)
    return invoice.customer


def test_the_list_marks_who_is_off_balance_and_shows_only_them_when_asked(off, manager):
    page = manager.get(LIST)
    assert len(page.context["page"]) == 2
    assert (
        f'<a class="chip asks" href="/accounting/tie-out/?party={off.pk}#differences">Off balance +11.50</a>'
        in text(page)
    )

    narrowed = manager.get(f"{LIST}?show=off_balance")
    assert [customer.pk for customer in narrowed.context["page"]] == [off.pk]
    assert [one.pk for one in manager.get(f"{LIST}?show=off_balance&q=Kea1").context["page"]] == []


def test_the_customers_page_says_it_and_leads_to_what_is_behind_it(off, manager):
    assert "Off balance +11.50" in text(manager.get(f"{LIST}{off.pk}/"))

    behind = manager.get(f"/accounting/tie-out/?party={off.pk}")
    assert [line.difference.kind for line in behind.context["lines"]] == ["invoice", "customer"]


def test_who_may_not_see_the_accounts_sees_no_mark(off, technician):
    page = text(technician.get(f"{LIST}?show=off_balance"))

    assert "Off balance" not in page


def test_s26_it_is_listed_until_somebody_accepts(off, connection, manager):
    decisions.accept_xero(SyncRecord.objects.get(kind="invoice", code="changed_in_xero"), by=manager.user)
    assert "Off balance +" not in text(manager.get(LIST))

    tie_out(connection)
    assert len(manager.get(f"{LIST}?show=off_balance").context["page"]) == 0


def test_a_balance_that_is_explained_is_amber(today, connection, books, manager):
    (invoice,) = sent(connection, 1)
    line = {"Description": "Tow", "UnitAmount": 100, "AccountCode": "200", "TaxType": "OUTPUT2"}
    books_of.type_invoice_by_hand(books, invoice.customer.name, [line], number="X-1")
    tie_out(connection)

    page = text(manager.get(f"{LIST}{invoice.customer_id}/"))

    assert (
        f'chip heals" href="/accounting/tie-out/?party={invoice.customer_id}#differences">Off balance +115.00' in page
    )


@pytest.mark.parametrize(("asked", "found"), [("yes", ["Jo Kea0"]), ("differs", ["Jo Kea0"]), ("no", ["Jo Kea1"])])
def test_the_office_filters_customers_by_it(off, accountant, asked, found):
    answer = accountant.get(f"/admin/workshop/customer/?off_balance={asked}")

    assert sorted(customer.name for customer in answer.context["cl"].queryset) == found
    assert "Off balance +11.50" in text(accountant.get("/admin/workshop/customer/"))


def test_a_run_of_an_organisation_no_longer_connected_marks_nobody(off, connection, manager):
    connection.status, connection.cause = "disconnected", "person"
    connection.save()

    assert "Off balance +" not in text(manager.get(LIST))


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_for_one_customer_and_for_three(
    today, connection, manager, rows, django_assert_num_queries
):
    lines = [{"description": "Labour", "quantity": D(1), "unit_price": D(100)}]
    for n in range(rows):
        an_invoice(lines, customer=CustomerFactory(last_name=f"Kea{n}"))
    tie_out(connection)
    manager.get(LIST)

    with django_assert_num_queries(10):
        page = manager.get(LIST)
    assert text(page).count("Off balance −115.00") == rows
