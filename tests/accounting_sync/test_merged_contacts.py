"""A contact merged in Xero lives on as the other one, and so does what we know of it."""

import pytest

from accounting_sync import directory
from accounting_sync.drain import drain
from accounting_sync.models import SyncRecord
from accounting_sync.sandbox import accountant
from accounting_sync.xero.client import Client
from tests.factories import CustomerFactory, an_invoice

pytestmark = pytest.mark.django_db


def link_of(customer):
    return SyncRecord.objects.get(kind="contact", object_id=customer.pk)


@pytest.fixture
def jo(connection):
    customer = CustomerFactory(first_name="Jo", last_name="Kea")
    an_invoice(customer=customer)
    drain(connection)
    return customer


def test_the_next_invoice_goes_to_the_contact_it_was_merged_into(connection, books, jo):
    kept = accountant.add_contact(books, "Jo Kea (fleet)")
    accountant.merge_contacts(books, link_of(jo).remote_id, kept["ContactID"])

    directory.refresh(Client(connection))
    invoice = an_invoice(customer=jo)
    drain(connection)

    record = SyncRecord.objects.get(kind="invoice", object_id=invoice.pk)
    assert (record.state, link_of(jo).remote_id, link_of(jo).state) == ("synced", kept["ContactID"], "synced")
    assert books.tables["Invoices"][record.remote_id]["Contact"]["ContactID"] == kept["ContactID"]
    assert len([c for c in books.tables["Contacts"].values() if c["ContactStatus"] == "ACTIVE"]) == 1


def test_two_customers_never_share_a_contact(connection, books, jo):
    other = CustomerFactory(first_name="Jo", last_name="Kaka")
    an_invoice(customer=other)
    drain(connection)
    accountant.merge_contacts(books, link_of(jo).remote_id, link_of(other).remote_id)
    before = link_of(jo).remote_id

    directory.refresh(Client(connection))
    invoice = an_invoice(customer=jo)
    drain(connection)

    record = SyncRecord.objects.get(kind="invoice", object_id=invoice.pk)
    assert (record.state, record.code, link_of(jo).remote_id) == ("warning", "contact_archived", before)


def test_whoever_carries_our_customer_number_is_our_customer(connection, books, jo):
    """The link was lost, and the contact renamed in Xero: only the number tells."""
    there = link_of(jo).remote_id
    accountant.edit_contact(books, there, Name="Joanna Kea")
    link_of(jo).attempts.all().delete()
    link_of(jo).delete()

    an_invoice(customer=jo)
    drain(connection)

    assert (link_of(jo).state, link_of(jo).remote_id) == ("synced", there)
    assert len(books.tables["Contacts"]) == 1
