"""What the accountant does to a contact shows here, what we do shows there, and neither overwrites the other."""

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from accounting_sync import decisions
from accounting_sync.decisions import NotOffered
from accounting_sync.drain import drain
from accounting_sync.models import Connection, SyncRecord
from accounting_sync.pull import pull
from accounting_sync.sandbox import accountant
from tests.factories import CustomerFactory, an_invoice
from workshop import people
from workshop.models import Customer

pytestmark = pytest.mark.django_db
STREET = {"AddressType": "STREET", "AddressLine1": "1 Quay St", "City": "Napier", "PostalCode": "4110"}


def a_customer(**fields):
    named = {"first_name": "Jo", "last_name": "Kea", "email": "jo@kea.example", "tax_number": "11-222-333"}
    return people.add_customer(**{**named, "phones": [{"kind": "mobile", "number": "021 555 0101"}], **fields})


@pytest.fixture
def jo(connection):
    customer = a_customer()
    an_invoice(customer=customer)
    drain(connection)
    return customer


def link(customer):
    return SyncRecord.objects.select_related("connection").get(kind="contact", object_id=customer.pk)


def in_xero(books, customer):
    return books.tables["Contacts"][link(customer).remote_id]


def edited_there(books, customer, **fields):
    accountant.edit_contact(books, link(customer).remote_id, **fields)


def poll(connection):
    pull(connection, only_due=False)
    connection.refresh_from_db()


def rule(connection, name):
    Connection.objects.update(contact_rule=name)
    connection.refresh_from_db()


def phones(customer):
    return {phone.kind: phone.number for phone in customer.phones.all()}


def state(customer):
    record = link(customer)
    return record.state, record.code


# Xero to here


def test_every_field_edited_in_xero_arrives(connection, books, xero, jo):
    edited_there(
        books, jo, Name="Jo Tui", LastName="Tui", EmailAddress="jo@tui.example", TaxNumber="99-888-777",
        Phones=[
            {"PhoneType": "MOBILE", "PhoneCountryCode": "64", "PhoneAreaCode": "27", "PhoneNumber": "555 0202"},
            {"PhoneType": "DEFAULT", "PhoneNumber": "06 555 0303"},
            {"PhoneType": "DDI", "PhoneNumber": "06 555 0404"},
            {"PhoneType": "FAX", "PhoneNumber": "06 555 0505"},
        ],
        Addresses=[STREET],
    )  # fmt: skip
    poll(connection)

    jo = Customer.objects.get(pk=jo.pk)
    assert (jo.name, jo.email, jo.tax_number) == ("Jo Tui", "jo@tui.example", "99-888-777")
    assert phones(jo) == {
        "mobile": "+64 27 555 0202", "work": "06 555 0303", "home": "06 555 0404", "fax": "06 555 0505",
    }  # fmt: skip
    assert str(jo.addresses.get(kind="street")) == "1 Quay St, Napier, 4110"
    assert state(jo) == ("synced", "")


def test_what_came_from_xero_never_goes_back(connection, books, xero, jo):
    edited_there(books, jo, EmailAddress="jo@tui.example")
    poll(connection)
    before = len(xero.calls)

    drain(connection)

    assert len(xero.calls) == before


def test_a_company_is_renamed(connection, books):
    garage = a_customer(kind="company", company_name="Kea Ltd", first_name="Jane", last_name="Tui")
    an_invoice(customer=garage)
    drain(connection)
    assert [in_xero(books, garage)[name] for name in ("Name", "FirstName")] == ["Kea Ltd", "Jane"]

    edited_there(books, garage, Name="Kea 2026 Ltd", FirstName="Janet")
    poll(connection)

    garage.refresh_from_db()
    assert (garage.name, garage.first_name, garage.last_name) == ("Kea 2026 Ltd", "Janet", "Tui")


def test_a_supplier_who_is_a_customer_too_is_one_party(connection, books, jo):
    type(jo).objects.filter(pk=jo.pk).update(is_supplier=True)
    edited_there(books, jo, EmailAddress="both@kea.example")
    poll(connection)

    jo.refresh_from_db()
    assert (jo.email, jo.is_supplier, jo.is_customer) == ("both@kea.example", True, True)
    assert SyncRecord.objects.filter(kind="contact").count() == 1


def test_our_own_echo_costs_no_query_per_contact(connection):
    def cost(customers):
        for _ in range(customers):
            an_invoice(customer=CustomerFactory())
        drain(connection)
        with CaptureQueriesContext(database) as captured:
            poll(connection)
        return len(captured)

    assert cost(1) == cost(3)


# Both at once


def test_edits_of_different_fields_both_survive(connection, books, jo):
    edited_there(books, jo, EmailAddress="accounts@kea.example")
    people.edit_customer(jo, phones=[{"kind": "mobile", "number": "021 555 9999"}])
    drain(connection)
    poll(connection)

    jo.refresh_from_db()
    there = in_xero(books, jo)
    assert (jo.email, there["EmailAddress"]) == ("accounts@kea.example", "accounts@kea.example")
    assert [p["PhoneNumber"] for p in there["Phones"] if p["PhoneType"] == "MOBILE"] == ["021 555 9999"]
    assert phones(jo) == {"mobile": "021 555 9999"}
    assert state(jo) == ("synced", "")


def clash(connection, books, jo):
    edited_there(books, jo, EmailAddress="theirs@kea.example")
    people.edit_customer(jo, email="ours@kea.example")
    drain(connection)
    poll(connection)
    drain(connection)
    jo.refresh_from_db()


@pytest.mark.parametrize(
    ("name", "here", "there", "standing"),
    [
        ("ask", "ours@kea.example", "theirs@kea.example", ("conflict", "changed_in_both")),
        ("xero", "theirs@kea.example", "theirs@kea.example", ("synced", "")),
        ("workshop", "ours@kea.example", "ours@kea.example", ("synced", "")),
    ],
)
def test_the_same_field_edited_on_both_sides_follows_the_rule(connection, books, jo, name, here, there, standing):
    rule(connection, name)
    clash(connection, books, jo)

    assert (jo.email, in_xero(books, jo)["EmailAddress"], state(jo)) == (here, there, standing)


@pytest.mark.parametrize(("decision", "winner"), [("accept", "theirs@kea.example"), ("send_ours", "ours@kea.example")])
def test_a_question_is_settled_for_both_sides(connection, books, jo, decision, winner):
    clash(connection, books, jo)
    assert "E-mail ours@kea.example here, theirs@kea.example in Xero" in link(jo).message

    decisions.DECISIONS[decision][0](link(jo))
    drain(connection)

    jo.refresh_from_db()
    assert (jo.email, in_xero(books, jo)["EmailAddress"], state(jo)) == (winner, winner, ("synced", ""))


def test_a_question_answers_itself_when_both_say_the_same(connection, books, jo):
    clash(connection, books, jo)
    edited_there(books, jo, EmailAddress="ours@kea.example")
    poll(connection)

    assert state(jo) == ("synced", "")


# Blanks


def test_a_blank_here_never_erases_the_email_in_xero(connection, books, jo):
    people.edit_customer(jo, email="", last_name="Tui")
    drain(connection)
    poll(connection)

    jo.refresh_from_db()
    there = in_xero(books, jo)
    assert (there["Name"], there["EmailAddress"], jo.email) == ("Jo Tui", "jo@kea.example", "")


@pytest.mark.parametrize("name", ["ask", "xero", "workshop"])
def test_a_blank_in_xero_never_erases_ours_without_asking(connection, books, jo, name):
    rule(connection, name)
    edited_there(books, jo, EmailAddress="", TaxNumber="99-888-777")
    poll(connection)

    jo.refresh_from_db()
    assert (jo.email, jo.tax_number, state(jo)) == (
        "jo@kea.example", "99-888-777", ("conflict", "changed_in_both"),
    )  # fmt: skip


def test_a_blank_in_xero_once_accepted_is_a_blank_here(connection, books, jo):
    edited_there(books, jo, EmailAddress="")
    poll(connection)
    decisions.accept_xero(link(jo))
    drain(connection)

    jo.refresh_from_db()
    assert (jo.email, in_xero(books, jo)["EmailAddress"], state(jo)) == ("", "", ("synced", ""))


# What cannot be taken over, and what is only shown


def test_what_the_workshop_has_no_room_for_is_asked_about(connection, books, jo):
    edited_there(books, jo, Name="J" * 150 + " Kea", FirstName="J" * 150)
    poll(connection)

    jo.refresh_from_db()
    assert (jo.name, state(jo)) == ("Jo Kea", ("conflict", "changed_in_xero"))
    assert "not possible here: Ensure this value has at most 100 characters" in link(jo).message


def test_archived_in_xero_is_shown_and_never_copied_over(connection, books, jo):
    accountant.archive_contact(books, link(jo).remote_id)
    poll(connection)

    jo.refresh_from_db()
    assert (link(jo).remote_status, jo.archived_at, state(jo)) == ("ARCHIVED", None, ("synced", ""))


def test_restored_in_xero_what_waited_for_it_goes_by_itself(connection, books, jo):
    accountant.archive_contact(books, link(jo).remote_id)
    people.edit_customer(jo, email="new@kea.example")
    drain(connection)
    assert state(jo) == ("warning", "contact_archived")

    accountant.restore_contact(books, link(jo).remote_id)
    poll(connection)
    drain(connection)

    assert (state(jo), in_xero(books, jo)["EmailAddress"]) == (("synced", ""), "new@kea.example")


def test_what_is_marked_do_not_import_stays_as_it_is(connection, books, jo):
    SyncRecord.objects.filter(pk=link(jo).pk).update(do_not_import=True, reason="Ours counts")
    edited_there(books, jo, EmailAddress="theirs@kea.example")
    poll(connection)

    jo.refresh_from_db()
    assert jo.email == "jo@kea.example"


# History and undo


def test_a_merge_is_in_the_history_field_by_field(connection, books, jo):
    edited_there(books, jo, EmailAddress="theirs@kea.example", Addresses=[STREET])
    poll(connection)

    (merge,) = link(jo).attempts.filter(operation="merge")
    assert merge.message == (
        "E-mail: jo@kea.example → theirs@kea.example; Street address: nothing → 1 Quay St, Napier, 4110"
    )
    assert merge.body["changes"]["EmailAddress"] == {"old": "jo@kea.example", "new": "theirs@kea.example"}
    assert (merge.direction, merge.trigger, merge.outcome) == ("import", "poll", "imported")


def test_undo_restores_what_was_here_and_sends_it_up(connection, books, jo):
    edited_there(
        books, jo, EmailAddress="theirs@kea.example", Phones=[{"PhoneType": "FAX", "PhoneNumber": "06 555 0505"}]
    )
    poll(connection)
    assert "undo_merge" in decisions.offered(link(jo))

    decisions.undo_merge(link(jo))
    drain(connection)
    poll(connection)

    jo.refresh_from_db()
    assert (jo.email, in_xero(books, jo)["EmailAddress"], phones(jo)) == (
        "jo@kea.example", "jo@kea.example", {"mobile": "021 555 0101"},
    )  # fmt: skip
    assert state(jo) == ("synced", "")
    assert "undo_merge" not in decisions.offered(link(jo))


@pytest.mark.parametrize("newer", ["here", "there"])
def test_undo_is_refused_once_something_newer_happened(connection, books, jo, newer):
    edited_there(books, jo, EmailAddress="theirs@kea.example")
    poll(connection)
    if newer == "here":
        people.edit_customer(jo, email="newest@kea.example")
        with pytest.raises(NotOffered, match="Something newer happened"):
            decisions.undo_merge(link(jo))
    else:
        edited_there(books, jo, EmailAddress="newest@kea.example")
        decisions.undo_merge(link(jo))
        drain(connection)
        assert (state(jo), in_xero(books, jo)["EmailAddress"]) == (
            ("conflict", "changed_in_both"), "newest@kea.example",
        )  # fmt: skip


# The first time


def test_two_that_were_linked_just_now_fill_each_others_blanks(connection, books):
    there = accountant.add_contact(
        books, "Jo Kea", TaxNumber="99-888-777", Phones=[{"PhoneType": "MOBILE", "PhoneNumber": "+64 21 555 0101"}]
    )
    jo = a_customer(tax_number="")
    an_invoice(customer=jo)
    drain(connection)

    jo.refresh_from_db()
    assert (link(jo).remote_id, jo.tax_number, state(jo)) == (there["ContactID"], "99-888-777", ("synced", ""))
    assert in_xero(books, jo)["EmailAddress"] == "jo@kea.example"


def test_two_that_were_linked_just_now_and_differ_are_asked_about_and_hold_up_no_invoice(connection, books):
    accountant.add_contact(
        books, "Jo Kea", EmailAddress="old@kea.example", Phones=[{"PhoneType": "MOBILE", "PhoneNumber": "021 555 0101"}]
    )
    jo = a_customer()
    invoice = an_invoice(customer=jo)
    drain(connection)

    assert state(jo) == ("conflict", "changed_in_both")
    assert SyncRecord.objects.get(kind="invoice", object_id=invoice.pk).state == "synced"
    assert in_xero(books, jo)["EmailAddress"] == "old@kea.example"
