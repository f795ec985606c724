"""A poll, a send and a person at the same moment: what was read a moment ago decides nothing by itself."""

from decimal import Decimal

import pytest
from django.utils.timezone import now

from accounting_sync import decisions, export_runs, pull, queue, setup
from accounting_sync.drain import drain
from accounting_sync.incoming import purchases
from accounting_sync.models import Connection, ExportRun, Priority, SyncRecord
from accounting_sync.sandbox import accountant
from tests.factories import an_invoice
from tests.journeys.conftest import live, record_of, s01_invoice
from tests.workshop.purchasing.test_allocating import balances, s17
from workshop import credits, sales
from workshop.models import Bill, Invoice, PaymentMethod, SupplierCreditAllocation
from workshop.purchasing import allocating, billing

D = Decimal


@pytest.fixture
def story(opened, time_machine):
    """A bill of 230.00 and a credit of 126.50, both in Xero for a minute."""
    credit, bill = s17()
    drain(opened)
    time_machine.shift(60)
    return credit, bill


@pytest.fixture
def while_reading(monkeypatch):
    """Something happens after Xero answered with a list and before what it says is applied; once."""

    def arrange(resource, happens):
        pages, waiting = pull.pages, [happens]

        def slow(client, call, name):
            for answer in pages(client, call, name):
                if name == resource and waiting:
                    waiting.pop()()
                yield answer

        monkeypatch.setattr(pull, "pages", slow)

    return arrange


def test_credit_sent_while_the_list_is_read_is_not_taken_for_removed(
    opened, story, books, sync, while_reading, time_machine
):
    def used_and_sent():
        allocating.allocate_credit(*story, amount=D("26.50"))
        time_machine.shift(1)
        drain(Connection.objects.get())
        time_machine.shift(1)

    while_reading("CreditNotes", used_and_sent)
    pull.pull(opened, only_due=False)
    sync(opened, minutes=11)

    record = record_of("bill_allocation", SupplierCreditAllocation.objects.get())
    assert record.state == "synced"
    assert [row["Amount"] for row in books.tables["Allocations"].values()] == [D("26.50")]


@pytest.fixture
def while_applying(monkeypatch):
    """Something happens to the bill after its record was looked up for what was read; once."""

    def arrange(happens):
        linked, waiting = purchases.linked, [happens]

        def slow(connection, kind, ids):
            found = linked(connection, kind, ids)
            if kind == "bill" and waiting:
                waiting.pop()()
            return found

        monkeypatch.setattr(purchases, "linked", slow)

    return arrange


def test_a_bill_voided_while_its_payment_is_read_is_asked_about(opened, story, books, while_applying):
    bill = story[1]
    record = record_of("bill", bill)
    accountant.pay(books, record.remote_id, D("50.00"))
    while_applying(lambda: billing.void_bill(bill, reason="Entered twice"))

    pull.pull(opened, only_due=False)

    record.refresh_from_db()
    assert (Bill.objects.get(pk=bill.pk).status, record.state, record.wanted > record.synced) == (
        "voided", "conflict", True,
    )  # fmt: skip


def test_a_bill_saved_while_its_payment_is_read_is_still_due(opened, story, books, while_applying):
    bill = story[1]
    record = record_of("bill", bill)
    accountant.pay(books, record.remote_id, D("50.00"))
    while_applying(Bill.objects.get(pk=bill.pk).save)

    pull.pull(opened, only_due=False)

    record.refresh_from_db()
    assert (Bill.objects.get(pk=bill.pk).amount_paid, record.state, record.wanted > record.synced) == (
        D("50.00"), "pending", True,
    )  # fmt: skip


def test_supplier_credit_kept_back_and_used_by_hand_in_xero_counts_once(opened, story, books, sync):
    credit, bill = story
    record = record_of("bill_allocation", allocating.allocate_credit(credit, bill, amount=D("26.50")))
    queue.skip(SyncRecord.objects.filter(pk=record.pk), "I do it in Xero by hand")
    there = [record_of(kind, noun).remote_id for kind, noun in (("supplier_credit", credit), ("bill", bill))]
    accountant.allocate(books, "CreditNotes", *there, D("26.50"))

    sync(opened, minutes=11)

    record.refresh_from_db()
    assert (record.state, balances(credit, bill)) == ("synced", (D("100.00"), D("203.50"), "part_paid"))


def test_a_customers_credit_kept_back_and_used_by_hand_in_xero_counts_once(connection, books, sync):
    invoice = s01_invoice()
    note = credits.issue_credit_note(invoice.customer, description="Goodwill", amount=D(50))
    drain(connection)
    record = record_of("allocation", credits.allocate_credit(note, invoice, amount=D(20)))
    queue.skip(SyncRecord.objects.filter(pk=record.pk), "I do it in Xero by hand")
    there = [record_of(kind, noun).remote_id for kind, noun in (("credit_note", note), ("invoice", invoice))]
    accountant.allocate(books, "CreditNotes", *there, D(20))

    sync(connection, minutes=11)

    note.refresh_from_db()
    invoice.refresh_from_db()
    (remote,) = live(books, "Invoices")
    assert (note.remaining, invoice.amount_due) == (D("37.50"), remote["AmountDue"])


@pytest.fixture
def paid_twice_over(connection, books, sync):
    """100 typed here and not sent, 100 typed in Xero: is it the same money?"""
    invoice = s01_invoice()
    drain(connection)
    payment = sales.record_payment(invoice, amount=D(100), method=PaymentMethod.objects.get(name="EFTPOS"))
    accountant.pay(books, record_of("invoice", invoice).remote_id, D(100))
    pull.pull(connection, only_due=False)
    record = record_of("payment", payment)
    assert (record.state, record.code) == ("warning", "already_paid")
    return record


def test_a_retry_never_answers_whether_it_is_the_same_money(connection, paid_twice_over, books, sync):
    assert queue.retry(SyncRecord.objects.unresolved()) == 0
    sync(connection, minutes=11)

    paid_twice_over.refresh_from_db()
    assert (paid_twice_over.code, [row["Amount"] for row in live(books, "Payments")]) == ("already_paid", [D(100)])
    assert "link_payment" in decisions.offered(paid_twice_over)


@pytest.fixture
def in_the_slowest_lane(connection):
    """Labour is mapped otherwise, all is to be booked anew, and that is paused: the invoice waits in its lane."""
    invoice = s01_invoice()
    drain(connection)
    setup.choose(connection, {("account", "labour"): "201"})
    export_runs.resync(connection)
    export_runs.work()
    export_runs.pause(connection)
    return invoice


def test_a_payment_does_not_wait_for_an_invoice_in_the_slowest_lane(connection, in_the_slowest_lane, sync):
    invoice = in_the_slowest_lane
    payment = sales.record_payment(invoice, amount=invoice.total, method=PaymentMethod.objects.get(name="EFTPOS"))

    sync(connection)
    sync(connection, minutes=11)

    assert record_of("payment", payment).state == "synced"
    assert Invoice.objects.get().status == "paid"


def test_an_edit_takes_an_invoice_out_of_the_slowest_lane(connection, in_the_slowest_lane, books, sync):
    sales.edit_invoice(in_the_slowest_lane, [{"description": "Labour", "unit_price": D(200)}])

    sync(connection)

    (remote,) = live(books, "Invoices")
    assert (record_of("invoice", in_the_slowest_lane).state, remote["SubTotal"]) == ("synced", D(200))


def test_a_new_invoice_does_not_wait_for_its_customer_in_the_slowest_lane(connection, books, sync):
    first = s01_invoice()
    drain(connection)
    contact = record_of("contact", first.customer)
    SyncRecord.objects.filter(pk=contact.pk).update(state="pending", priority=Priority.HISTORY, wanted=9)
    ExportRun.objects.create(connection=connection, purpose="history", collected_at=now(), paused_at=now(), total=1)

    second = an_invoice(customer=first.customer)
    sync(connection)
    sync(connection)

    assert record_of("invoice", second).state == "synced"
