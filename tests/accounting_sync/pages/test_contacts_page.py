"""The contacts page and the import, as the accountant sees and presses them."""

import pytest

from accounting_sync import contact_import
from accounting_sync.models import Connection, ContactImport
from tests.accounting_sync.standing import text, told
from tests.accounting_sync.test_contact_import import MOBILE, in_xero, read
from tests.factories import CustomerFactory
from workshop import people
from workshop.models import Party

HOME = "/accounting/contacts/"


def page_of(run):
    return f"{HOME}import/{run.pk}/"


def press(browser, run, name, **fields):
    return browser.post(f"{page_of(run)}{name}/", fields, follow=True)


@pytest.fixture
def ready(connection, books):
    in_xero(books, "Kea Ltd", EmailAddress="office@kea.example")
    in_xero(books, "Jane Doe", FirstName="Jane", LastName="Doe", EmailAddress="doe@kea.example")
    in_xero(books, "Weka Ltd")
    return read(connection)


def test_the_rule_is_chosen_on_the_page(accountant, connection):
    assert "Ask somebody" in text(accountant.get(HOME))

    answer = accountant.post(f"{HOME}rule/", {"rule": "xero"}, follow=True)

    assert (told(answer), Connection.objects.get().contact_rule) == (["Saved."], "xero")
    assert told(accountant.post(f"{HOME}rule/", {"rule": "whoever"}, follow=True)) == ["Choose one of the three."]


def test_an_import_from_the_first_button_to_the_last(accountant, connection, books):
    in_xero(books, "Kea Ltd", EmailAddress="office@kea.example")
    page = accountant.post(f"{HOME}import/", follow=True)
    run = ContactImport.objects.get()
    assert "Nothing is written to your customers and suppliers" in text(page)

    contact_import.work()
    assert "Nothing is written yet." in text(accountant.get(page_of(run)))
    press(accountant, run, "confirm")
    contact_import.work()

    assert "Made 1 Linked 0 Left out 0" in text(accountant.get(page_of(run)))
    assert ContactImport.objects.get().confirmed_by == accountant.user
    assert "Imported · 1 contact" in text(accountant.get(HOME))


def test_a_search_without_a_hit_says_so_and_stays_where_it_was(accountant, ready):
    page = text(accountant.get(page_of(ready), {"q": "Nobody"}))
    assert "No contact matches “Nobody”" in page
    assert "What would happen" in page


def test_an_empty_xero_has_nothing_to_import_and_says_so(accountant, connection):
    page = text(accountant.get(page_of(read(connection))))
    assert "In Xero 0" in page
    assert "Look again" not in page


def test_while_it_reads_the_page_looks_again_by_itself_and_works_without_javascript(accountant, connection):
    run = contact_import.start(connection)

    whole = accountant.get(page_of(run)).content.decode()
    part = accountant.get(page_of(run), headers={"HX-Request": "true"}).content.decode()

    assert 'hx-trigger="every 2s"' in whole
    assert "Look again" in whole
    assert part.lstrip().startswith("<section")
    contact_import.work()
    assert accountant.get(page_of(run), headers={"HX-Request": "true"})["HX-Refresh"] == "true"


def test_both_rules_show_what_they_would_make(accountant, ready):
    page = text(accountant.get(page_of(ready)))
    assert "else a company: 0 people, 2 companies" in page
    assert "first and last name: 1 people, 1 companies" in page

    press(accountant, ready, "person-rule", rule="full_name", show="new", page="1")

    assert "Person" in text(accountant.get(f"{page_of(ready)}?show=new"))
    ready.refresh_from_db()
    assert ready.person_rule == "full_name"


def test_what_was_skipped_is_grouped_by_its_reason_and_taken_along(accountant, ready):
    page = text(accountant.get(f"{page_of(ready)}?show=skipped"))
    assert "1 no phone and no e-mail Import them too" in page

    press(accountant, ready, "include", reason="no_details", after_all="1", show="skipped", page="1")

    assert "1 come along" in text(accountant.get(f"{page_of(ready)}?show=skipped"))


def test_a_probable_one_is_decided_in_its_row(accountant, connection, books):
    jo = people.add_customer(first_name="Jo", last_name="Kea", phones=[{"kind": "mobile", "number": "021 555 0101"}])
    in_xero(books, "J Kea", Phones=MOBILE)
    run = read(connection)
    row = run.rows.get()
    assert "Link to Jo Kea, 021 555 0101" in text(accountant.get(page_of(run)))

    press(accountant, run, f"rows/{row.pk}", choice=str(jo.pk), show="probable", page="1")

    row.refresh_from_db()
    assert (row.choice, row.party) == ("link", Party.objects.get(pk=jo.pk))
    assert told(press(accountant, run, f"rows/{row.pk}", choice="whatever")) == ["Choose one of the answers."]


def test_stopped_it_says_so_and_nothing_was_written(accountant, ready):
    answer = press(accountant, ready, "stop")

    assert told(answer) == ["Stopped. Nothing was written."]
    assert Party.objects.count() == 0
    assert told(press(accountant, ready, "confirm")) == ["Not now: stopped."]


@pytest.mark.parametrize("address", ["", "import/1/"])
def test_only_who_maps_the_accounts_sees_it(manager, connection, address):
    contact_import.start(connection)

    assert manager.get(HOME + address).status_code == 403


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_costs_the_same_for_one_contact_and_for_three(
    accountant, connection, books, rows, django_assert_num_queries
):
    for n in range(rows):
        CustomerFactory(first_name=f"Jo{n}", last_name="Kea")
        in_xero(books, f"Jo{n} Kea")
    run = read(connection)

    with django_assert_num_queries(13):
        assert "Link to Jo0 Kea" in text(accountant.get(page_of(run)))
