import json

import pytest

from tests.sandbox.books import EACH, a_line, an_invoice

ARCHIVED = (
    "The contact with the specified contact details has been archived. "
    "The contact must be un-archived before creating new invoices or credit notes."
)
NAME_TAKEN = (
    "The contact name Jo Kea is already assigned to another contact. "
    "The contact name must be unique across all active contacts."
)
NUMBER_TAKEN = "Another contact has this contact number. Please enter a different contact number."


def names(rows):
    return [row["Name"] for row in rows]


def test_a_new_contact_shows_all_four_phones_and_both_addresses(books):
    contact = books.contact(Phones=[{"PhoneType": "MOBILE", "PhoneNumber": "555 0101", "PhoneAreaCode": "021"}])

    assert [(phone["PhoneType"], phone["PhoneNumber"]) for phone in contact["Phones"]] == [
        ("DDI", ""), ("DEFAULT", ""), ("FAX", ""), ("MOBILE", "555 0101"),
    ]  # fmt: skip
    assert [address["AddressType"] for address in contact["Addresses"]] == ["POBOX", "STREET"]


def test_a_contact_is_read_by_id_and_by_number(books):
    contact = books.contact(ContactNumber="C-1")

    assert books.get("Contacts/C-1")[0]["ContactID"] == contact["ContactID"]
    assert books.get(f"Contacts/{contact['ContactID'].upper()}")[0]["ContactNumber"] == "C-1"


def test_a_contact_that_is_not_there_is_a_line_of_text(books):
    answer = books.call("GET", "Contacts/nobody")

    assert (answer.status, answer.body) == (404, b"The resource you're looking for cannot be found")
    assert answer.content_type.startswith("text/plain")


def test_a_name_is_unique_among_active_contacts_whatever_its_case(books):
    books.contact("Jo Kea")

    assert books.problems("PUT", "Contacts", {"Name": "JO KEA"}) == [NAME_TAKEN.replace("Jo Kea", "JO KEA")]


def test_the_name_of_an_archived_contact_is_free(books):
    jo = books.contact()
    books.post("Contacts", {"ContactID": jo["ContactID"], "ContactStatus": "ARCHIVED"})

    assert books.contact()["ContactID"] != jo["ContactID"]


def test_restoring_a_contact_whose_name_was_taken_meanwhile_is_refused(books):
    jo = books.contact()
    books.post("Contacts", {"ContactID": jo["ContactID"], "ContactStatus": "ARCHIVED"})
    books.contact()

    restored = {"ContactID": jo["ContactID"], "ContactStatus": "ACTIVE"}

    assert books.problems("POST", "Contacts", restored) == [NAME_TAKEN]


def test_a_contact_number_is_unique_even_when_its_owner_is_archived(books):
    jo = books.contact(ContactNumber="C-1")
    books.post("Contacts", {"ContactID": jo["ContactID"], "ContactStatus": "ARCHIVED"})

    assert books.problems("PUT", "Contacts", {"Name": "Other", "ContactNumber": "c-1"}) == [NUMBER_TAKEN]


def test_a_post_without_an_id_is_matched_by_number_before_name(books):
    first = books.contact("Jo Kea", ContactNumber="C-1")
    books.contact("Ann Tui", ContactNumber="C-2")

    [changed] = books.post("Contacts", {"ContactNumber": "C-1", "Name": "Jo Kea-Smith"})

    assert (changed["ContactID"], changed["Name"]) == (first["ContactID"], "Jo Kea-Smith")
    assert books.problems("POST", "Contacts", {"ContactNumber": "C-2", "Name": "Jo Kea-Smith"}) == [
        NAME_TAKEN.replace("Jo Kea", "Jo Kea-Smith")
    ]


def test_a_post_with_a_known_name_edits_that_person(books):
    jo = books.contact(EmailAddress="old@kea.example")

    [changed] = books.post("Contacts", {"Name": "Jo Kea", "EmailAddress": "new@kea.example"})

    assert changed["ContactID"] == jo["ContactID"]
    assert len(books.get("Contacts")) == 1


def test_fields_that_are_not_sent_stay(books):
    jo = books.contact(EmailAddress="jo@kea.example", Phones=[{"PhoneType": "MOBILE", "PhoneNumber": "1"}])

    books.post(f"Contacts/{jo['ContactID']}", {"Phones": [{"PhoneType": "DDI", "PhoneNumber": "2"}]})

    now = books.fetch("Contacts", jo)
    assert now["EmailAddress"] == "jo@kea.example"
    assert {phone["PhoneType"]: phone["PhoneNumber"] for phone in now["Phones"]} == {
        "DDI": "2", "DEFAULT": "", "FAX": "", "MOBILE": "1",
    }  # fmt: skip


def test_an_unknown_contact_id_is_refused(books):
    body = {"ContactID": "11111111-1111-4111-8111-111111111111", "Name": "Jo"}

    assert books.problems("POST", "Contacts", body) == [
        "An existing Contact with the specified ContactID could not be found"
    ]


@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_a_contact_must_say_who_it_is(books, method):
    assert books.problems(method, "Contacts", {"EmailAddress": "jo@kea.example"}) == [
        "The Contact must contain at least 1 of the following elements to identify the contact: "
        "Name, ContactID, ContactNumber"
    ]


@pytest.mark.parametrize("address", ["jo", "jo@kea", "jö@kea.example", "jo kea@x.example"])
def test_an_email_address_must_be_one(books, address):
    assert books.problems("PUT", "Contacts", {"Name": "Jo", "EmailAddress": address}) == [
        "Email address must be valid."
    ]


@pytest.mark.parametrize("name", [" Jo", "Jo ", "Jo  Kea", "<Jo>", "J" * 256])
def test_a_name_must_be_clean_and_short(books, name):
    assert len(books.problems("PUT", "Contacts", {"Name": name})) == 1


def test_an_archived_contact_is_hidden_from_lists_unless_asked_for(books):
    jo = books.contact()
    books.contact("Ann Tui")
    books.post("Contacts", {"ContactID": jo["ContactID"], "ContactStatus": "ARCHIVED"})

    assert names(books.get("Contacts")) == ["Ann Tui"]
    assert sorted(names(books.get("Contacts", "includeArchived=true"))) == ["Ann Tui", "Jo Kea"]
    assert books.fetch("Contacts", jo)["ContactStatus"] == "ARCHIVED"


def test_an_archived_contact_takes_no_edit_but_its_restoration(books):
    jo = books.contact()
    books.post("Contacts", {"ContactID": jo["ContactID"], "ContactStatus": "ARCHIVED"})

    assert books.problems("POST", "Contacts", {"ContactID": jo["ContactID"], "FirstName": "Jo"}) == [ARCHIVED]
    assert books.post("Contacts", {"ContactID": jo["ContactID"], "ContactStatus": "ACTIVE"})[0]["Name"] == "Jo Kea"


def test_contacts_are_sought_by_term_and_by_ids(books):
    jo, ann = books.contact(EmailAddress="jo@kea.example"), books.contact("Ann Tui", ContactNumber="K-77")
    books.contact("Bob")

    assert names(books.get("Contacts", "searchTerm=KEA.ex")) == ["Jo Kea"]
    assert names(books.get("Contacts", "searchTerm=k-7")) == ["Ann Tui"]
    found = books.get("Contacts", f"IDs={jo['ContactID']},{ann['ContactID']}")
    assert sorted(names(found)) == ["Ann Tui", "Jo Kea"]


def test_a_summary_leaves_out_what_is_computed(books):
    books.invoice()

    [full], [summary] = books.get("Contacts"), books.get("Contacts", "summaryOnly=true")

    assert full.keys() - summary.keys() == {"IsCustomer", "IsSupplier", "Balances"}


# On documents


def test_a_name_alone_on_an_invoice_makes_a_contact(books):
    invoice = books.invoice()

    assert names(books.get("Contacts")) == ["Jo Kea"]
    assert books.invoice()["Contact"]["ContactID"] == invoice["Contact"]["ContactID"]


def test_a_contact_becomes_a_customer_by_its_first_invoice_without_being_changed(books):
    jo = books.contact()
    assert (jo["IsCustomer"], jo["IsSupplier"]) == (False, False)
    books.clock.forward(minutes=1)

    books.invoice(Contact={"ContactID": jo["ContactID"]})

    now = books.fetch("Contacts", jo)
    assert (now["IsCustomer"], now["IsSupplier"]) == (True, False)
    assert now["UpdatedDateUTC"] == jo["UpdatedDateUTC"]


def test_balances_follow_invoices_and_payments(books):
    invoice = books.invoice(DueDate="2026-07-19")
    books.pay(invoice, "15.00")

    [jo] = books.get(f"Contacts/{invoice['Contact']['ContactID']}")

    assert jo["Balances"]["AccountsReceivable"] == {"Outstanding": 100.0, "Overdue": 100.0}


def test_a_contact_id_with_more_beside_it_overwrites_and_drops_the_persons(books):
    jo = books.contact(EmailAddress="jo@kea.example", ContactPersons=[{"FirstName": "Sue"}])

    books.invoice(Contact={"ContactID": jo["ContactID"], "Name": "Jo K"})

    now = books.fetch("Contacts", jo)
    assert (now["Name"], now["EmailAddress"], now["ContactPersons"]) == ("Jo K", "jo@kea.example", [])


def test_a_bare_contact_id_changes_nothing(books):
    jo = books.contact(ContactPersons=[{"FirstName": "Sue"}])

    books.invoice(Contact={"ContactID": jo["ContactID"]})

    assert len(books.fetch("Contacts", jo)["ContactPersons"]) == 1
    assert ("CONTACT", "UPDATE", jo["ContactID"]) not in books.events


@pytest.mark.parametrize("by", ["ContactID", "Name", "ContactNumber"])
def test_an_archived_contact_takes_no_new_document(books, by):
    jo = books.contact(ContactNumber="C-1")
    books.post("Contacts", {"ContactID": jo["ContactID"], "ContactStatus": "ARCHIVED"})

    assert books.problems("PUT", "Invoices", an_invoice(Contact={by: jo[by]})) == [ARCHIVED]


def test_a_refused_invoice_leaves_no_contact_behind(books):
    answer = books.call("PUT", "Invoices", an_invoice(a_line(AccountCode="999")), EACH)

    assert json.loads(answer.body)["Invoices"][0]["StatusAttributeString"] == "ERROR"
    assert books.get("Contacts") == []
    assert books.events == []
