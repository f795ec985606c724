"""A customer or supplier that changes while somebody has the form open: nothing is overwritten without asking."""

import pytest
from django.urls import reverse

from tests.factories import CustomerFactory, SupplierFactory
from tests.workshop.manager.reading import errors
from workshop import people
from workshop.errors import ChangedMeanwhile
from workshop.models import Customer, Party

JO = {"first_name": "Jo", "last_name": "Kea", "email": "jo@kea.example"}


def opened(browser, address):
    """What the browser would send if nothing were touched."""
    form = browser.get(address).context["form"]
    shown = {field.html_name: field.value() for field in form}
    return {name: value for name, value in shown.items() if value not in (None, False)}


@pytest.fixture
def jo(garage):
    return people.add_customer(**JO, phones=[{"kind": "mobile", "number": "021 555 0101"}])


@pytest.fixture
def address(jo):
    return reverse("customer-edit", args=[jo.pk])


def numbers(party):
    return {phone.kind: phone.number for phone in party.phones.all()}


def test_what_came_meanwhile_stays_where_the_person_did_not_touch_it(manager, jo, address):
    form = opened(manager, address)
    people.update_party(jo, email="new@kea.example", phones={"mobile": "021 555 9999", "work": "04 555 0102"})

    answer = manager.post(address, form | {"notes": "Rings first"})

    jo.refresh_from_db()
    assert answer.status_code == 302
    assert (jo.email, jo.notes) == ("new@kea.example", "Rings first")
    assert numbers(jo) == {"mobile": "021 555 9999", "work": "04 555 0102"}


def test_the_same_detail_changed_twice_is_asked_about_and_saved_the_second_time(manager, jo, address):
    form = opened(manager, address)
    people.update_party(jo, email="new@kea.example", phones={"work": "04 555 0102"})

    refused = manager.post(address, form | {"email": "mine@kea.example"})

    assert refused.status_code == 422
    assert errors(refused) == {
        "email": ["This was changed to “new@kea.example” while you had it open. Save again to keep what you typed."]
    }
    assert Customer.objects.get().email == "new@kea.example"
    again = {field.html_name: field.value() for field in refused.context["form"] if field.value()}
    assert (again["email"], again["phone_work"]) == ("mine@kea.example", "04 555 0102")

    assert manager.post(address, again).status_code == 302
    jo.refresh_from_db()
    assert (jo.email, numbers(jo)["work"]) == ("mine@kea.example", "04 555 0102")


def test_what_was_emptied_meanwhile_is_asked_about_too(manager, jo, address):
    form = opened(manager, address)
    people.update_party(jo, email="")

    refused = manager.post(address, form | {"email": "mine@kea.example"})

    assert errors(refused)["email"] == [
        "This was emptied while you had it open. Save again to keep what you typed."
    ]  # fmt: skip


def test_both_typing_the_same_is_no_question(manager, jo, address):
    form = opened(manager, address)
    people.update_party(jo, email="new@kea.example")

    assert manager.post(address, form | {"email": "new@kea.example"}).status_code == 302


def test_a_tick_and_a_choice_taken_meanwhile_stay(manager, jo, address):
    form = opened(manager, address)
    people.edit_customer(jo, marketing_consent=True, terms="day_of_following_month", terms_days=20)

    assert manager.post(address, form | {"notes": "Rings first"}).status_code == 302
    jo.refresh_from_db()
    assert (jo.marketing_consent, jo.terms, jo.terms_days) == (True, "day_of_following_month", 20)


@pytest.mark.parametrize("seen", ["[]", "nonsense", "7"])
def test_a_page_that_nobody_sent_is_opened_again(manager, jo, address, seen):
    refused = manager.post(address, JO | {"kind": "person", "seen": seen})
    assert errors(refused)["__all__"] == ["This page is too old. Open it again."]


def test_a_suppliers_page_asks_as_well(manager, garage):
    supplier = SupplierFactory(company_name="Parts House Ltd", email="info@parts.example")
    address = reverse("supplier-edit", args=[supplier.pk])
    form = opened(manager, address)
    people.update_party(supplier, email="new@parts.example")

    refused = manager.post(address, form | {"email": "mine@parts.example"})

    assert (refused.status_code, list(errors(refused))) == (422, ["email"])
    assert Party.objects.get().email == "new@parts.example"


@pytest.mark.parametrize(
    ("edit", "factory"), [(people.edit_customer, CustomerFactory), (people.edit_supplier, SupplierFactory)]
)
def test_of_two_saves_in_one_moment_the_second_is_refused(garage, edit, factory):
    party = factory()
    seen = party.updated_at
    people.update_party(party, phones={"mobile": "021 555 9999"})

    with pytest.raises(ChangedMeanwhile):
        edit(party, as_of=seen, email="late@example.com")
