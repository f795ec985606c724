from accounting_sync import decisions, queue
from accounting_sync.drain import drain
from accounting_sync.models import SyncRecord
from accounting_sync.sandbox import accountant
from accounting_sync.sandbox.faults import Fault
from tests.factories import an_invoice
from tests.journeys.conftest import record_of, s01_invoice


def archived_jo(connection, books):
    """Jo Kea is known to Xero from a first invoice, then archived there; a second invoice follows."""
    first = s01_invoice()
    drain(connection)
    (contact,) = books.tables["Contacts"].values()
    accountant.archive_contact(books, contact["ContactID"])
    second = an_invoice(customer=first.customer)
    drain(connection)
    return contact, second


def test_s23_the_invoice_waits_with_the_reason_and_two_cures(today, connection, books):
    _, invoice = archived_jo(connection, books)

    record = record_of("invoice", invoice)
    assert (record.state, record.code) == ("warning", "contact_archived")
    assert "The contact with the specified contact details has been archived." in record.message
    assert decisions.offered(record) == ["new_contact"]
    assert len(books.tables["Invoices"]) == 1


def test_s23_restored_in_xero_and_retried_there_is_one_invoice_and_one_contact(today, connection, books):
    contact, invoice = archived_jo(connection, books)

    accountant.restore_contact(books, contact["ContactID"])
    queue.retry(SyncRecord.objects.filter(pk=record_of("invoice", invoice).pk))
    drain(connection)

    assert record_of("invoice", invoice).state == "synced"
    assert (len(books.tables["Invoices"]), len(books.tables["Contacts"])) == (2, 1)


def test_s23_archived_before_the_first_invoice_there_is_one_invoice_and_one_contact(
    today, connection, books, xero, sync
):
    invoice = s01_invoice()
    xero.faults.add(Fault("minute", "PUT", "Invoices"))
    drain(connection)
    (contact,) = books.tables["Contacts"].values()
    accountant.archive_contact(books, contact["ContactID"])
    sync(connection, minutes=2)
    assert (record_of("invoice", invoice).code, len(books.tables["Invoices"])) == ("contact_archived", 0)

    accountant.restore_contact(books, contact["ContactID"])
    queue.retry(SyncRecord.objects.filter(pk=record_of("invoice", invoice).pk))
    drain(connection)

    (remote,) = books.tables["Invoices"].values()
    assert (remote["InvoiceNumber"], str(remote["Total"])) == ("INV 1008", "316.83")
    assert [there["Name"] for there in books.tables["Contacts"].values()] == ["Jo Kea"]


def test_s23_restored_in_xero_the_invoice_goes_as_soon_as_that_is_read(today, connection, books, sync):
    contact, invoice = archived_jo(connection, books)
    sync(connection, minutes=11)

    accountant.restore_contact(books, contact["ContactID"])
    sync(connection, minutes=11)

    assert record_of("invoice", invoice).state == "synced"
    assert (len(books.tables["Invoices"]), len(books.tables["Contacts"])) == (2, 1)


def test_s23_a_new_contact_lets_all_of_its_invoices_go_and_nobody_elses(today, connection, books):
    _, invoice = archived_jo(connection, books)
    another = an_invoice(customer=invoice.customer)
    drain(connection)
    assert record_of("invoice", another).code == "contact_archived"

    decisions.make_new_contact(record_of("invoice", invoice))
    drain(connection)

    assert {record_of("invoice", each).state for each in (invoice, another)} == {"synced"}


def test_s23_or_a_new_contact_is_made_with_a_suffix(today, connection, books):
    _, invoice = archived_jo(connection, books)

    decisions.make_new_contact(record_of("invoice", invoice))
    drain(connection)

    assert record_of("invoice", invoice).state == "synced"
    assert sorted(contact["Name"] for contact in books.tables["Contacts"].values()) == [
        "Jo Kea",
        f"Jo Kea ({invoice.customer_id})",
    ]
