"""What a person decided holds until it is done, whatever the wire does meanwhile; and every question has a way out."""

from datetime import timedelta
from decimal import Decimal

import pytest
import requests
from django.utils import timezone

from accounting_sync import decisions, queue
from accounting_sync.decisions import NotOffered
from accounting_sync.drain import drain
from accounting_sync.models import Connection, SyncRecord
from accounting_sync.pull import pull
from accounting_sync.sandbox import accountant
from accounting_sync.sandbox.faults import Fault
from accounting_sync.xero import transport
from tests.factories import CustomerFactory, an_invoice
from workshop import people, sales
from workshop.models import PaymentMethod

pytestmark = pytest.mark.django_db


def of(kind, instance):
    return SyncRecord.objects.get(kind=kind, object_id=instance.pk)


def unpark():
    Connection.objects.update(parked_until=None)
    SyncRecord.objects.exclude(state="unknown").update(not_before=timezone.now())


@pytest.fixture
def asked(connection, books):
    """Xero has a Jo Kea; ours may be the same."""
    there = accountant.add_contact(books, "Jo Kea")
    jo = CustomerFactory(first_name="Jo", last_name="Kea")
    an_invoice(customer=jo)
    drain(connection)
    assert of("contact", jo).code == "contact_match"
    return jo, there


@pytest.mark.parametrize("fault", ["minute", "timeout", "html", "expired"])
def test_a_new_contact_decided_on_is_made_whatever_the_first_call_meets(
    connection, xero, books, asked, fault, time_machine
):
    jo, _ = asked
    decisions.make_new_contact(of("contact", jo))
    xero.faults.add(Fault(fault, "PUT", "Contacts"))

    for _ in range(3):
        drain(connection)
        time_machine.move_to(timezone.now() + timedelta(minutes=7))
        unpark()
        connection.refresh_from_db()

    assert of("contact", jo).state == "synced"
    assert sorted(c["Name"] for c in books.tables["Contacts"].values()) == ["Jo Kea", f"Jo Kea ({jo.pk})"]


def test_only_a_contact_that_was_offered_can_be_linked(asked):
    jo, there = asked

    with pytest.raises(NotOffered, match="Choose one of the contacts"):
        decisions.link_contact(of("contact", jo), "somebody-else")

    assert decisions.link_contact(of("contact", jo), there["ContactID"]).remote_id == there["ContactID"]


def test_our_version_sent_over_a_contact_made_beside_its_namesake_keeps_its_name(connection, books, asked):
    jo, _ = asked
    decisions.make_new_contact(of("contact", jo))
    drain(connection)
    record = of("contact", jo)
    changed_on_both_sides(connection, books, jo)

    decisions.send_ours(of("contact", jo))
    drain(connection)

    assert of("contact", jo).state == "synced"
    there = books.tables["Contacts"][record.remote_id]
    assert (there["Name"], there["EmailAddress"]) == (f"Jo Kea ({jo.pk})", "ours@kea.example")


# “Send ours” is about the version that was seen


def changed_on_both_sides(connection, books, customer):
    in_xero(books, customer, EmailAddress="theirs@kea.example")
    people.edit_customer(customer, email="ours@kea.example")
    drain(connection)
    assert of("contact", customer).code == "changed_in_both"


def in_xero(books, customer, **changes):
    accountant.edit_contact(books, of("contact", customer).remote_id, **changes)


@pytest.fixture
def jo(connection, books):
    jo = CustomerFactory(first_name="Jo", last_name="Kea")
    an_invoice(customer=jo)
    drain(connection)
    return jo


def email_in_xero(books, customer):
    return books.tables["Contacts"][of("contact", customer).remote_id]["EmailAddress"]


def test_a_contact_changed_on_both_sides_shows_both_values(connection, books, jo):
    changed_on_both_sides(connection, books, jo)

    record = of("contact", jo)
    assert record.message == (
        "Changed here and in Xero, differently: E-mail ours@kea.example here, theirs@kea.example in Xero."
    )
    assert record.evidence["base"]["EmailAddress"] == "theirs@kea.example"


def test_what_is_typed_in_xero_between_decision_and_sending_is_asked_about_anew(connection, books, jo):
    changed_on_both_sides(connection, books, jo)
    decisions.send_ours(of("contact", jo))
    in_xero(books, jo, EmailAddress="later@kea.example")

    drain(connection)

    record = of("contact", jo)
    assert (record.state, record.code) == ("conflict", "changed_in_both")
    assert "later@kea.example in Xero" in record.message
    assert email_in_xero(books, jo) == "later@kea.example"

    decisions.send_ours(record)
    drain(connection)
    assert (of("contact", jo).state, email_in_xero(books, jo)) == ("synced", "ours@kea.example")


def test_what_is_typed_beside_it_meanwhile_is_kept_and_nobody_is_asked(connection, books, jo):
    changed_on_both_sides(connection, books, jo)
    decisions.send_ours(of("contact", jo))
    in_xero(books, jo, TaxNumber="49-091-850")

    drain(connection)

    there = books.tables["Contacts"][of("contact", jo).remote_id]
    assert of("contact", jo).state == "synced"
    assert (there["EmailAddress"], there["TaxNumber"]) == ("ours@kea.example", "49-091-850")


def test_a_retry_before_it_is_sent_does_not_undo_the_decision(connection, books, jo):
    changed_on_both_sides(connection, books, jo)
    decisions.send_ours(of("contact", jo))
    queue.retry(SyncRecord.objects.all())

    drain(connection)

    assert (of("contact", jo).state, email_in_xero(books, jo)) == ("synced", "ours@kea.example")


def rags(books, record, amount):
    accountant.edit_invoice_add_line(books, record.remote_id, "Rags", Decimal(amount))


@pytest.fixture
def edited(connection, books, time_machine):
    """An invoice of 115.00 to which the accountant added rags for 4.00."""
    invoice = an_invoice([{"description": "Service", "unit_price": Decimal(100)}])
    drain(connection)
    rags(books, of("invoice", invoice), "4.00")
    time_machine.move_to(timezone.now() + timedelta(minutes=1))
    pull(connection, only_due=False)
    assert of("invoice", invoice).code == "changed_in_xero"
    return invoice


def test_a_line_added_in_xero_after_the_decision_is_asked_about_anew(connection, books, edited):
    decisions.send_ours(of("invoice", edited))
    rags(books, of("invoice", edited), "5.00")

    drain(connection)

    record = of("invoice", edited)
    (there,) = books.tables["Invoices"].values()
    assert (record.state, record.code) == ("conflict", "changed_in_xero")
    assert [line["LineAmount"] for line in there["LineItems"]] == [100, 4, 5]

    decisions.send_ours(record)
    drain(connection)
    (there,) = books.tables["Invoices"].values()
    assert (of("invoice", edited).state, there["Total"]) == ("synced", Decimal("115.00"))


def test_a_poll_between_decision_and_sending_does_not_ask_the_same_again(connection, books, edited, time_machine):
    decisions.send_ours(of("invoice", edited))
    time_machine.move_to(timezone.now() + timedelta(minutes=1))

    pull(connection, only_due=False)

    assert of("invoice", edited).state == "pending"
    drain(connection)
    (there,) = books.tables["Invoices"].values()
    assert (of("invoice", edited).state, there["Total"]) == ("synced", Decimal("115.00"))


@pytest.mark.parametrize("decide", [decisions.accept_xero, decisions.send_ours])
def test_a_button_pressed_on_an_older_page_than_xeros_version_decides_nothing(
    connection, books, edited, decide, time_machine
):
    seen = decisions.version_shown(of("invoice", edited), "accept")
    rags(books, of("invoice", edited), "5.00")
    time_machine.move_to(timezone.now() + timedelta(minutes=1))
    pull(connection, only_due=False)

    with pytest.raises(NotOffered, match="changed in Xero again since you looked"):
        decide(of("invoice", edited), shown=seen)

    assert decide(of("invoice", edited), shown=of("invoice", edited).evidence["hash"]).code == ""


def test_one_element_that_xero_stumbles_over_does_not_take_its_batch_along_for_ever(
    connection, xero, books, monkeypatch, time_machine
):
    """A 500 for every call that carries it, and nothing done (mocked: the wire)."""
    wire = transport.adapter()
    passed = wire.send

    def stumbles(request, **options):
        if request.method == "PUT" and "Service of the poisoned car" in str(request.body):
            raise requests.ReadTimeout("read")
        return passed(request, **options)

    wire.send = stumbles
    monkeypatch.setattr(transport, "adapter", lambda: wire)
    good = [an_invoice() for _ in range(3)]
    poisoned = an_invoice([{"description": "Service of the poisoned car", "unit_price": Decimal(10)}])

    for _ in range(16):
        drain(connection)
        time_machine.move_to(timezone.now() + timedelta(minutes=6))
        connection.refresh_from_db()

    assert [of("invoice", invoice).state for invoice in good] == ["synced"] * 3
    assert len(books.tables["Invoices"]) == 3
    record = of("invoice", poisoned)
    assert (record.state, record.code) == ("warning", "no_answer")


def test_a_payment_in_xero_that_did_not_fit_arrives_once_the_balance_is_put_right(connection, books):
    invoice = an_invoice([{"description": "Service", "unit_price": Decimal(100)}])
    cash = PaymentMethod.objects.get(name="Cash")
    drain(connection)
    accountant.pay(books, of("invoice", invoice).remote_id, Decimal(100))
    ours = sales.record_payment(invoice, amount=Decimal(60), method=cash)
    pull(connection, only_due=False)
    record = of("invoice", invoice)
    assert (record.state, record.code) == ("conflict", "paid_twice")
    assert decisions.offered(record) == ["read_payments"]

    sales.reverse_payment(ours, reason="Typed twice")
    decisions.read_payments(record)
    pull(connection, only_due=False)
    drain(connection)

    invoice.refresh_from_db()
    assert (of("invoice", invoice).state, invoice.amount_paid) == ("synced", Decimal(100))
