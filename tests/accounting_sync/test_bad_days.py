"""Days on which the seeded simulation once broke the engine, each in its shortest form."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounting_sync import decisions, sweep
from accounting_sync.drain import drain
from accounting_sync.lease import Lease
from accounting_sync.models import Attempt, Connection, Cursor, SyncRecord
from accounting_sync.pull import pull
from accounting_sync.sandbox import accountant
from accounting_sync.sandbox.faults import Fault
from tests.factories import CustomerFactory
from workshop import credits, people, sales
from workshop.models import CreditNote, Invoice, Payment, PaymentMethod

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock(monkeypatch, books):
    """Our clock and the sandbox's, moved by hand (mocked: time)."""
    moved = {"by": timedelta(0)}
    now = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: now() + moved["by"])
    monkeypatch.setattr(books, "clock", timezone.now)

    def forward(**by):
        moved["by"] += timedelta(**by)

    return forward


@pytest.fixture
def wakes(monkeypatch):
    """The wake-ups a drain sends (mocked: the background worker's queue)."""
    sent = []
    monkeypatch.setattr("accounting_sync.drain.wake_drain", lambda: sent.append("drain"))
    return sent


def work(connection, clock, minutes=12):
    """Enough turns of the worker for a look-up past the horizon and for what follows from it."""
    for _ in range(minutes // 2):
        drain(connection)
        clock(minutes=2)
    pull(connection, only_due=False)
    drain(connection)


def an_invoice(customer=None, price="100.00"):
    line = {"description": "Service", "quantity": Decimal(1), "unit_price": Decimal(price)}
    return sales.sell(customer or CustomerFactory(), [line])


def pay(invoice, amount):
    method = PaymentMethod.objects.get(name="Cash")
    return sales.record_payment(invoice, amount=Decimal(amount), method=method)


def states():
    return sorted(SyncRecord.objects.values_list("kind", "state", "code"))


def remote_of(record, books, table):
    kind = {"Invoices": "invoice", "CreditNotes": "credit_note", "Payments": "payment"}[table]
    return books.tables[table][SyncRecord.objects.get(kind=kind, object_id=record.pk).remote_id]


def the_only(books, table):
    (document,) = books.tables[table].values()
    return document


def test_a_payment_taken_back_leaves_xero_before_the_invoice_is_changed(connection, books, clock):
    invoice = an_invoice()
    payment = pay(invoice, "40.00")
    work(connection, clock)

    sales.reverse_payment(payment, reason="Bounced")
    line = {"description": "Service", "quantity": Decimal(1), "unit_price": Decimal("80.00")}
    sales.edit_invoice(invoice, [line])
    work(connection, clock)

    assert states() == [("contact", "synced", ""), ("invoice", "synced", ""), ("payment", "synced", "")]
    assert the_only(books, "Invoices")["Total"] == Decimal("92.00")


def test_a_payment_taken_back_makes_room_for_the_next(connection, books, clock):
    invoice = an_invoice()
    wrong = pay(invoice, "115.00")
    work(connection, clock)

    sales.reverse_payment(wrong, reason="Wrong method")
    pay(invoice, "115.00")
    work(connection, clock)

    payments = [(p["Reference"], p["Status"]) for p in books.tables["Payments"].values()]
    assert payments == [("PAY 1", "DELETED"), ("PAY 2", "AUTHORISED")]
    assert {state for _, state, _ in states()} == {"synced"}


def test_credit_taken_back_is_free_for_another_invoice(connection, books, clock):
    jo = CustomerFactory()
    first, second = an_invoice(jo), an_invoice(jo)
    note = credits.credit_invoice(first, {first.lines.get().pk: Decimal(1)})
    work(connection, clock)

    credits.remove_allocation(note.allocations.get())
    credits.allocate_credit(note, second, amount=Decimal("115.00"))
    work(connection, clock)

    assert [a["InvoiceID"] for a in books.tables["Allocations"].values()] == [
        remote_of(second, books, "Invoices")["InvoiceID"]
    ]
    assert {state for _, state, _ in states()} == {"synced"}


def test_an_invoice_voided_while_its_payments_fate_is_unknown_waits_for_the_answer(connection, xero, books, clock):
    invoice = an_invoice()
    drain(connection)
    payment = pay(invoice, "115.00")
    xero.faults.add(Fault("lost", method="PUT", path="Payments"))
    drain(connection)
    sales.reverse_payment(payment, reason="Bounced")
    sales.void_invoice(invoice, reason="A mistake")
    work(connection, clock)

    assert (the_only(books, "Payments")["Status"], the_only(books, "Invoices")["Status"]) == ("DELETED", "VOIDED")
    assert {state for _, state, _ in states()} == {"synced"}


def test_the_same_credit_used_twice_on_one_invoice_is_two_allocations(connection, books, clock):
    jo = CustomerFactory()
    invoice = an_invoice(jo)
    note = credits.issue_credit_note(jo, description="Goodwill", amount=Decimal("60.00"))
    for _ in range(2):
        credits.allocate_credit(note, invoice, amount=Decimal("20.00"))
    work(connection, clock)
    credits.allocate_credit(note, invoice, amount=Decimal("20.00"))
    work(connection, clock)

    linked = set(SyncRecord.objects.filter(kind="allocation").values_list("remote_id", flat=True))
    assert (linked, len(linked)) == (set(books.tables["Allocations"]), 3)
    assert {state for _, state, _ in states()} == {"synced"}


def test_a_line_added_in_xero_before_we_knew_the_invoice_was_there_is_not_overlooked(connection, xero, books, clock):
    invoice = an_invoice()
    xero.faults.add(Fault("lost", method="PUT", path="Invoices"))
    drain(connection)
    accountant.edit_invoice_add_line(books, the_only(books, "Invoices")["InvoiceID"], "Rags", Decimal("4.00"))
    pull(connection, only_due=False)
    work(connection, clock)

    invoice.refresh_from_db()
    assert (invoice.total, invoice.changed_in_accounts) == (Decimal("119.60"), True)
    assert SyncRecord.objects.get(kind="invoice").code == "changed_in_xero"


def test_a_payment_made_in_xero_before_we_knew_the_invoice_was_there_arrives(connection, xero, books, clock):
    invoice = an_invoice()
    xero.faults.add(Fault("lost", method="PUT", path="Invoices"))
    drain(connection)
    accountant.pay(books, the_only(books, "Invoices")["InvoiceID"], Decimal("50.00"))
    clock(minutes=30)
    pull(connection, only_due=False)
    work(connection, clock)

    invoice.refresh_from_db()
    assert (invoice.amount_paid, invoice.amount_due) == (Decimal("50.00"), Decimal("65.00"))


def test_an_invoice_voided_in_xero_before_we_knew_it_was_there_asks(connection, xero, books, clock):
    an_invoice()
    xero.faults.add(Fault("lost", method="PUT", path="Invoices"))
    drain(connection)
    accountant.void(books, the_only(books, "Invoices")["InvoiceID"])
    work(connection, clock)

    assert SyncRecord.objects.get(kind="invoice").code == "voided_in_xero"


def test_a_payment_deleted_in_xero_before_we_knew_it_was_there_is_not_made_again(connection, xero, books, clock):
    invoice = an_invoice()
    drain(connection)
    pay(invoice, "115.00")
    xero.faults.add(Fault("lost", method="PUT", path="Payments"))
    drain(connection)
    accountant.delete_payment(books, the_only(books, "Payments")["PaymentID"])
    work(connection, clock)

    assert len(books.tables["Payments"]) == 1
    assert SyncRecord.objects.get(kind="payment").code == "payment_reversed_in_xero"


def test_our_own_payment_reversed_before_its_answer_came_is_not_taken_for_the_accountants(
    connection, xero, books, clock
):
    invoice = an_invoice()
    drain(connection)
    payment = pay(invoice, "115.00")
    xero.faults.add(Fault("lost", method="PUT", path="Payments"))
    drain(connection)
    sales.reverse_payment(payment, reason="Bounced")
    pull(connection, only_due=False)
    work(connection, clock)

    assert Payment.objects.count() == 1
    assert the_only(books, "Payments")["Status"] == "DELETED"


def test_the_accountants_payment_is_not_lost_when_the_question_whose_it_is_goes_away(connection, books, clock):
    invoice, other = an_invoice(), an_invoice()
    drain(connection)
    ours = pay(invoice, "50.00")
    accountant.pay(books, remote_of(invoice, books, "Invoices")["InvoiceID"], Decimal("50.00"))
    pull(connection, only_due=False)
    assert SyncRecord.objects.get(kind="payment").code == "already_paid"
    clock(minutes=40)
    accountant.pay(books, remote_of(other, books, "Invoices")["InvoiceID"], Decimal("7.00"))
    pull(connection, only_due=False)

    sales.reverse_payment(ours, reason="Typed in Xero already")
    work(connection, clock)

    received = Payment.objects.received().order_by("amount")
    assert [(str(payment.amount), payment.source) for payment in received] == [
        ("7.00", "accounts"),
        ("50.00", "accounts"),
    ]


def test_an_edit_here_is_not_undone_by_an_edit_in_xero(connection, books, clock):
    invoice = an_invoice()
    drain(connection)
    line = {"description": "Service", "quantity": Decimal(1), "unit_price": Decimal("200.00")}
    sales.edit_invoice(invoice, [line])
    accountant.edit_invoice_add_line(books, the_only(books, "Invoices")["InvoiceID"], "Rags", Decimal("4.00"))
    clock(minutes=1)
    pull(connection, only_due=False)

    invoice.refresh_from_db()
    assert (invoice.total, invoice.changed_in_accounts) == (Decimal("230.00"), False)
    assert SyncRecord.objects.get(kind="invoice").code == "changed_in_both"


def test_xeros_version_once_accepted_is_not_overwritten_by_the_full_sweep(connection, books, clock):
    invoice = an_invoice()
    drain(connection)
    line = {"description": "Service", "quantity": Decimal(1), "unit_price": Decimal("200.00")}
    sales.edit_invoice(invoice, [line])
    accountant.edit_invoice_add_line(books, the_only(books, "Invoices")["InvoiceID"], "Rags", Decimal("4.00"))
    drain(connection)
    record = SyncRecord.objects.get(kind="invoice")
    assert (record.state, record.code) == ("conflict", "changed_in_xero")

    decisions.accept_xero(record)
    sweep.sweep(connection, full=True)
    drain(connection)

    invoice.refresh_from_db()
    there = the_only(books, "Invoices")["Total"]
    assert (there, invoice.total, invoice.changed_in_accounts) == (Decimal("119.60"), Decimal("119.60"), False)
    assert states() == [("contact", "synced", ""), ("invoice", "synced", "")]


def test_a_payment_of_another_amount_is_not_offered_as_the_same(connection, books, clock):
    invoice = an_invoice()
    drain(connection)
    accountant.pay(books, the_only(books, "Invoices")["InvoiceID"], Decimal("100.00"))
    pay(invoice, "115.00")
    drain(connection)

    record = SyncRecord.objects.get(kind="payment")
    assert (record.code, record.evidence["amount"]) == ("already_paid", "100.0")
    assert "link_payment" not in decisions.offered(record)


def test_a_payment_sent_again_and_refused_is_not_taken_for_the_deleted_one(connection, books, clock):
    invoice = an_invoice()
    pay(invoice, "115.00")
    drain(connection)
    clock(minutes=20)
    accountant.delete_payment(books, the_only(books, "Payments")["PaymentID"])
    pull(connection, only_due=False)
    accountant.pay(books, the_only(books, "Invoices")["InvoiceID"], Decimal("115.00"))
    decisions.send_as_new(SyncRecord.objects.get(kind="payment"))
    drain(connection)

    record = SyncRecord.objects.get(kind="payment")
    assert (record.state, record.code, record.remote_id) == ("warning", "already_paid", None)


def test_an_email_typed_in_xero_survives_our_change_of_the_phone(connection, books, clock):
    jo = people.add_customer(first_name="Jo", last_name="Kea", email="jo@kea.example")
    an_invoice(jo)
    drain(connection)
    contact = the_only(books, "Contacts")["ContactID"]
    accountant.edit_contact(books, contact, EmailAddress="accounts@kea.example")
    for number in ("021 555 001", "021 555 002"):
        people.edit_customer(jo, phones=[{"kind": "mobile", "number": number}])
        drain(connection)

    assert books.tables["Contacts"][contact]["EmailAddress"] == "accounts@kea.example"


def test_a_phone_that_did_not_arrive_goes_again_beside_what_the_accountant_changed_meanwhile(
    connection, xero, books, clock
):
    jo = people.add_customer(first_name="Jo", last_name="Kea", email="jo@kea.example")
    an_invoice(jo)
    drain(connection)
    contact = the_only(books, "Contacts")["ContactID"]
    people.edit_customer(jo, phones=[{"kind": "mobile", "number": "021 555 001"}])
    xero.faults.add(Fault("timeout", method="POST", path="Contacts"))
    drain(connection)
    accountant.edit_contact(books, contact, EmailAddress="accounts@kea.example")
    work(connection, clock)

    there = books.tables["Contacts"][contact]
    phones = [phone["PhoneNumber"] for phone in there["Phones"] if phone["PhoneNumber"]]
    assert (there["EmailAddress"], phones) == ("accounts@kea.example", ["021 555 001"])


def test_the_answer_to_a_contacts_update_is_never_sought_at_another_contact(connection, xero, books, clock):
    jo = people.add_customer(first_name="Jo", last_name="Kea")
    an_invoice(jo)
    drain(connection)
    ours = SyncRecord.objects.get(kind="contact").remote_id
    people.edit_customer(jo, email="jo@kea.example")
    xero.faults.add(Fault("timeout", method="POST", path="Contacts"))
    drain(connection)
    accountant.add_contact(books, "Somebody Else", EmailAddress="jo@kea.example")
    work(connection, clock)

    assert SyncRecord.objects.get(kind="contact").remote_id == ours
    assert books.tables["Contacts"][ours]["EmailAddress"] == "jo@kea.example"


def test_a_document_that_vanished_from_xero_costs_one_look_and_asks(connection, xero, books, clock):
    invoice = an_invoice()
    drain(connection)
    del books.tables["Invoices"][the_only(books, "Invoices")["InvoiceID"]]
    line = {"description": "Service", "quantity": Decimal(1), "unit_price": Decimal("200.00")}
    sales.edit_invoice(invoice, [line])
    before = len(xero.calls)
    drain(connection)

    assert SyncRecord.objects.get(kind="invoice").code == "not_found"
    assert len(xero.calls) - before == 1


def test_credit_notes_changed_together_are_each_compared(connection, books):
    jo = CustomerFactory()
    notes = [credits.issue_credit_note(jo, description="Goodwill", amount=Decimal("10.00")) for _ in range(3)]
    drain(connection)
    for note in CreditNote.objects.all():
        note.reference = f"Changed {note.pk}"
        note.save()
    drain(connection)

    assert {state for _, state, _ in states()} == {"synced"}
    assert {n["Reference"] for n in books.tables["CreditNotes"].values()} == {f"Changed {n.pk}" for n in notes}


def test_a_credit_note_voided_in_xero_asks(connection, books, clock):
    credits.issue_credit_note(CustomerFactory(), description="Goodwill", amount=Decimal("10.00"))
    drain(connection)
    note = the_only(books, "CreditNotes")
    books.save("CreditNotes", {**note, "Status": "VOIDED"}, event="UPDATE")
    clock(minutes=1)
    pull(connection, only_due=False)

    assert SyncRecord.objects.get(kind="credit_note").code == "voided_in_xero"


def test_a_page_with_a_404_does_not_say_that_something_is_absent(connection, xero, books, clock):
    jo = CustomerFactory()
    invoice = an_invoice(jo)
    note = credits.issue_credit_note(jo, description="Goodwill", amount=Decimal("40.00"))
    drain(connection)
    credits.allocate_credit(note, invoice, amount=Decimal("10.00"))
    xero.faults.add(Fault("lost", method="PUT", path="Allocations"))
    drain(connection)
    xero.faults.add(Fault("html", method="GET", path="CreditNotes/", status=404, times=3))
    work(connection, clock, minutes=30)

    assert len(books.tables["Allocations"]) == 1
    assert {state for _, state, _ in states()} == {"synced"}


def test_what_xero_accepted_without_naming_it_is_not_sent_again_when_its_lists_lag(connection, xero, books, clock):
    jo = CustomerFactory()
    invoice = an_invoice(jo)
    note = credits.issue_credit_note(jo, description="Goodwill", amount=Decimal("40.00"))
    drain(connection)
    allocations = books.tables["Allocations"]
    credits.allocate_credit(note, invoice, amount=Decimal("10.00"))
    find, allocations.find = allocations.find, lambda *_: []  # Xero's read side lags behind (mocked: the sandbox)
    drain(connection)
    assert (len(allocations), states()[0]) == (1, ("allocation", "unknown", "no_answer"))
    allocations.find = find
    work(connection, clock)

    assert (len(allocations), states()[0]) == (1, ("allocation", "synced", ""))


def test_one_document_that_cannot_be_read_does_not_hold_up_the_others(connection, xero, books, clock):
    jo = CustomerFactory()
    invoice = an_invoice(jo)
    note = credits.issue_credit_note(jo, description="Goodwill", amount=Decimal("40.00"))
    drain(connection)
    credits.allocate_credit(note, invoice, amount=Decimal("10.00"))
    xero.faults.add(Fault("lost", method="PUT", path="Allocations"))
    drain(connection)
    xero.faults.add(Fault("error", method="GET", path="CreditNotes/", times=None))
    clock(minutes=6)
    drain(connection)
    clock(seconds=31)
    other = credits.issue_credit_note(jo, description="Goodwill", amount=Decimal("5.00"))
    allocation = credits.allocate_credit(other, invoice, amount=Decimal("5.00"))
    drain(connection)

    used = [a["SourceID"] for a in books.tables["Allocations"].values()]
    assert remote_of(other, books, "CreditNotes")["CreditNoteID"] in used
    assert SyncRecord.objects.get(kind="allocation", object_id=allocation.pk).state == "unknown"


def test_a_poll_that_xero_puts_off_parks_the_connection(connection, xero):
    xero.faults.add(Fault("minute", method="GET", path="Contacts"))
    before = len(xero.calls)
    pull(connection, only_due=False)
    connection.refresh_from_db()

    assert connection.parked_because == "Xero's limit of calls per minute is used up."
    assert len(xero.calls) - before == 1


def test_a_poll_that_is_turned_away_ends_the_connection(connection, xero):
    xero.faults.add(Fault("disconnected", method="GET", path="Contacts"))
    pull(connection, only_due=False)
    connection.refresh_from_db()

    assert (connection.status, connection.cause) == ("reconnect", "forbidden")


def test_a_paused_connection_is_left_alone_by_the_clock(connection, xero):
    from accounting_sync import connections

    connections.pause(connection)
    Connection.objects.update(organisation_checked_at=None)
    before = len(xero.calls)
    sweep.every_minute()

    assert len(xero.calls) == before


def test_two_polls_at_once_import_a_payment_once(connection, books, monkeypatch):
    from accounting_sync.incoming import payments

    invoice = an_invoice()
    drain(connection)
    accountant.pay(books, the_only(books, "Invoices")["InvoiceID"], Decimal("115.00"))
    import_payment, second = payments._new_payment, []

    def while_another_poll_is_quicker(record, row):
        if not second:
            second.append(pull(Connection.objects.get(), only_due=False))
        return import_payment(record, row)

    monkeypatch.setattr(payments, "_new_payment", while_another_poll_is_quicker)
    pull(connection, only_due=False)

    assert [str(payment.amount) for payment in Payment.objects.all()] == ["115.00"]
    assert Invoice.objects.get(pk=invoice.pk).status == "paid"
    assert SyncRecord.objects.get(kind="invoice").state != "conflict"


def test_a_walk_under_way_does_not_take_back_what_was_asked_to_be_read_again(connection, monkeypatch):
    from accounting_sync import connections
    from accounting_sync import pull as pulling

    long_ago = timezone.now() - timedelta(days=2)
    Cursor.objects.filter(resource="Payments").update(since=timezone.now())

    def meanwhile(connection, rows):
        connections.look_back(connection, long_ago)
        return []

    monkeypatch.setattr(pulling, "apply_payments", meanwhile)
    pull(connection, only_due=False)

    assert Cursor.objects.get(resource="Payments").since == long_ago


def test_the_history_of_an_attempt_that_another_worker_settled_is_not_rewritten(connection, xero):
    an_invoice()
    drain(connection)
    accepted = Attempt.objects.get(sync_record__kind="invoice")
    from accounting_sync.queue import Result, settle

    settle([(accepted.pk, Result("not_sent", "pending", message="Too late"))], timezone.now())
    accepted.refresh_from_db()
    assert (accepted.outcome, accepted.message) == ("accepted", "")


def test_a_change_saved_while_a_drain_packs_up_is_not_left_for_the_clock(connection, wakes, monkeypatch):
    release = Lease.release

    def too_late_for_this_run(held):
        an_invoice()  # its own wake-up finds the lease taken, and is gone
        release(held)

    monkeypatch.setattr(Lease, "release", too_late_for_this_run)
    drain(connection)

    assert wakes == ["drain"]


def test_a_drain_whose_minute_is_over_hands_over(connection, wakes):
    an_invoice()
    drain(connection, longest=timedelta(0))

    assert wakes == ["drain"]


def test_a_drain_that_xero_put_off_wakes_nobody(connection, xero, wakes):
    an_invoice()
    xero.faults.add(Fault("minute", method="PUT"))
    drain(connection)

    assert wakes == []
