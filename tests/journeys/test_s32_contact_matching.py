import pytest

from accounting_sync import decisions
from accounting_sync.drain import drain
from accounting_sync.sandbox import accountant
from tests.factories import CustomerFactory, an_invoice
from tests.journeys.conftest import record_of
from workshop import people
from workshop.models import PhoneNumber


def phone(number):
    return [{"PhoneType": "MOBILE", "PhoneNumber": number}]


@pytest.fixture
def people_in_xero(today, connection, books):
    jo = accountant.add_contact(books, "Jo Kea", Phones=phone("021 555 0101"))
    ltd = accountant.add_contact(books, "Kea Ltd")
    return jo, ltd


def invoiced(**customer):
    number = customer.pop("phone", "")
    customer = CustomerFactory(last_name="Kea", **customer)
    if number:
        PhoneNumber.objects.create(party=customer, kind="mobile", number=number)
    an_invoice(customer=customer)
    return customer


def test_s32_name_and_phone_link_to_the_one_contact(connection, books, people_in_xero):
    jo, _ = people_in_xero
    customer = invoiced(phone="+64 21 555 0101")

    drain(connection)

    record = record_of("contact", customer)
    assert (record.state, record.remote_id) == ("synced", jo["ContactID"])
    assert len(books.tables["Contacts"]) == 2


def test_s32_an_archived_namesake_is_not_linked_but_asked_about(today, connection, books):
    archived = accountant.add_contact(books, "Jo Kea", EmailAddress="jo@x.nz")
    accountant.archive_contact(books, archived["ContactID"])
    customer = invoiced(email="jo@x.nz")

    drain(connection)

    record = record_of("contact", customer)
    assert (record.state, record.code, record.remote_id) == ("warning", "contact_match", None)
    assert decisions.offered(record) == ["link_contact", "new_contact"]
    assert len(books.tables["Invoices"]) == 0


def test_s32_the_same_name_alone_is_a_question_and_the_answer_is_followed(connection, books, people_in_xero):
    jo, _ = people_in_xero
    customer = invoiced(email="other@x.nz")
    drain(connection)
    record = record_of("contact", customer)
    assert [candidate["remote_id"] for candidate in record.evidence["candidates"]] == [jo["ContactID"]]

    decisions.link_contact(record, jo["ContactID"])
    drain(connection)

    record.refresh_from_db()
    assert (record.state, record.remote_id, len(books.tables["Invoices"])) == ("synced", jo["ContactID"], 1)


def test_s32_renamed_here_without_an_email_the_email_in_xero_is_kept(today, connection, books):
    jo = accountant.add_contact(books, "Jo Kea", Phones=phone("021 555 0101"), EmailAddress="jo@x.nz")
    customer = invoiced(phone="021 555 0101")
    drain(connection)

    people.edit_customer(customer, first_name="Joanna")
    drain(connection)

    contact = books.tables["Contacts"][jo["ContactID"]]
    assert (contact["Name"], contact["EmailAddress"]) == ("Joanna Kea", "jo@x.nz")
