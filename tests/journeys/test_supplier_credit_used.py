"""S17's credit of 126.50 used on a bill, here and in Xero."""

from decimal import Decimal

import pytest

from accounting_sync import connections, decisions, setup
from accounting_sync.drain import drain
from accounting_sync.models import Connection, SyncRecord
from accounting_sync.sandbox import accountant
from accounting_sync.sandbox.faults import Fault
from tests.journeys.conftest import record_of
from tests.journeys.tying import tied
from tests.workshop.purchasing.test_allocating import balances, s17
from workshop.models import SupplierCredit, SupplierCreditAllocation
from workshop.purchasing import allocating, billing, crediting

D = Decimal


@pytest.fixture
def story(opened, time_machine):
    credit, bill = s17()
    drain(opened)
    time_machine.shift(60)
    return credit, bill


def there(books, credit, bill):
    """What is left of the credit and due on the bill in Xero."""
    note = books.tables["CreditNotes"][record_of("supplier_credit", credit).remote_id]
    return note["RemainingCredit"], books.tables["Invoices"][record_of("bill", bill).remote_id]["AmountDue"]


def used(credit, bill, amount="126.50"):
    return allocating.allocate_credit(credit, bill, amount=D(amount))


def test_both_balances_move_here_and_in_xero(opened, story, books, sync):
    used(*story)

    assert drain(opened)

    assert there(books, *story) == (D(0), D("103.50"))
    sync(opened, minutes=11)
    assert balances(*story) == (D(0), D("103.50"), "part_paid")
    assert set(SyncRecord.objects.values_list("state", flat=True)) == {"synced"}
    assert tied(opened) == []


def test_all_at_once_it_waits_for_the_credit_and_the_bill(opened, books):
    story = s17()
    used(*story)

    drain(opened)

    assert there(books, *story) == (D(0), D("103.50"))


def test_an_answer_that_is_lost_is_looked_up_and_nothing_is_used_twice(opened, story, books, xero, sync):
    xero.faults.add(Fault("lost", method="PUT", path="CreditNotes/"))
    used(*story, "26.50")

    drain(opened)
    sync(opened, minutes=11)

    assert there(books, *story) == (D("100.00"), D("203.50"))
    assert [row["Amount"] for row in books.tables["Allocations"].values()] == [D("26.50")]
    assert balances(*story) == (D("100.00"), D("203.50"), "part_paid")


def test_taken_off_here_it_is_taken_off_there_before_anything_is_voided(opened, story, books, sync):
    credit, bill = story
    allocation = used(credit, bill)
    drain(opened)
    sync(opened, minutes=11)

    allocating.remove_allocation(allocation)
    crediting.void_credit(SupplierCredit.objects.get(pk=credit.pk), reason="Theirs")
    drain(opened)
    sync(opened, minutes=11)

    note = books.tables["CreditNotes"][record_of("supplier_credit", credit).remote_id]
    assert (note["Status"], len(books.tables["Allocations"])) == ("VOIDED", 0)
    assert balances(credit, bill) == (D(0), D("230.00"), "awaiting_payment")
    assert tied(opened) == []


def test_used_in_xero_it_is_known_here_and_taken_back_there_it_is_free_here(opened, story, books, sync):
    credit, bill = story
    remote = [record_of(kind, one).remote_id for kind, one in (("supplier_credit", credit), ("bill", bill))]
    accountant.allocate(books, "CreditNotes", *remote, D("26.50"))
    sync(opened, minutes=11)

    allocation = SupplierCreditAllocation.objects.get()
    assert (allocation.credit, allocation.source, balances(*story)) == (
        credit, "accounts", (D("100.00"), D("203.50"), "part_paid"),
    )  # fmt: skip
    assert tied(opened) == []

    accountant.remove_allocation(books, record_of("bill_allocation", allocation).remote_id)
    sync(opened, minutes=11)
    assert balances(*story) == (D("126.50"), D("230.00"), "awaiting_payment")
    assert tied(opened) == []


@pytest.mark.parametrize("choice", ["undo", "resend"])
def test_taken_off_in_xero_ours_asks(opened, story, books, sync, choice):
    allocation = used(*story)
    drain(opened)
    sync(opened, minutes=11)
    record = record_of("bill_allocation", allocation)
    accountant.remove_allocation(books, record.remote_id)
    sync(opened, minutes=11)
    record.refresh_from_db()
    assert (record.state, record.code) == ("conflict", "allocation_removed_in_xero")
    assert "off the bill" in record.message

    decisions.DECISIONS[choice][0](record, None)
    drain(opened)
    sync(opened, minutes=11)

    left = (D("126.50"), D("230.00")) if choice == "undo" else (D(0), D("103.50"))
    assert there(books, *story) == left == balances(*story)[:2]
    assert tied(opened) == []


def test_paid_in_xero_meanwhile_the_credit_asks_and_goes_free(opened, story, books, sync):
    credit, bill = story
    allocation = used(credit, bill)
    accountant.pay(books, record_of("bill", bill).remote_id, D("230.00"))

    drain(opened)
    sync(opened, minutes=11)

    record = record_of("bill_allocation", allocation)
    assert (record.state, record.code) == ("warning", "credit_paid_off")
    assert balances(credit, bill) == (D(0), D("-126.50"), "paid")
    assert decisions.offered(record) == ["take_off"]
    decisions.DECISIONS["take_off"][0](record, None)
    drain(opened)
    assert balances(credit, bill) == (D("126.50"), D(0), "paid")
    assert tied(opened) == []


def test_what_the_supplier_pays_back_in_xero_is_not_left_here(opened, story, books, sync):
    credit, bill = story
    used(credit, bill, "100.00")
    drain(opened)
    accountant.pay_back(books, record_of("supplier_credit", credit).remote_id, D("26.50"))

    sync(opened, minutes=11)

    credit.refresh_from_db()
    assert (credit.amount_consumed_in_accounts, credit.remaining) == (D("26.50"), D(0))
    assert tied(opened) == []


def test_without_the_switch_nothing_of_it_goes(opened, books):
    setup.switch(opened, purchases=False)
    story = s17()
    allocation = used(*story)

    drain(Connection.objects.get())

    record = record_of("bill_allocation", allocation)
    assert (record.state, record.code, len(books.tables["Allocations"])) == ("skipped", "by_choice", 0)


def test_a_bill_with_credit_on_it_is_corrected_by_another_document(opened, story, books):
    credit, bill = story
    used(credit, bill)
    bill.refresh_from_db()
    assert not bill.editable
    assert billing.note_paid(bill, D("103.50")).status == "paid"


def hand_typed(books, supplier, amount):
    lines = [{"Description": "Rent", "UnitAmount": amount, "AccountCode": "429", "TaxType": "NONE"}]
    return accountant.type_invoice_by_hand(books, supplier.name, lines, bill=True, number="RENT-7")["InvoiceID"]


def test_used_in_xero_on_a_bill_that_is_not_here_it_is_not_left_here(opened, story, books, sync):
    credit, bill = story
    rent = hand_typed(books, bill.supplier, 60)
    accountant.allocate(books, "CreditNotes", record_of("supplier_credit", credit).remote_id, rent, D("60.00"))

    sync(opened, minutes=11)

    assert balances(credit, bill)[0] == D("66.50")
    (allocation,) = books.tables["Allocations"].values()
    accountant.remove_allocation(books, allocation["AllocationID"])
    sync(opened, minutes=11)
    assert balances(credit, bill)[0] == D("126.50")
    assert [(row[0], row[1]) for row in tied(opened)] == [("supplier", "foreign")]  # the rent


def test_what_did_not_fit_when_it_was_read_is_taken_over_once_it_does(opened, story, books, sync, xero):
    """Used here and not sent yet, while the supplier pays it back: both cannot be."""
    credit, bill = story
    connections.pause(opened)
    allocation = used(credit, bill, "100.00")
    accountant.pay_back(books, record_of("supplier_credit", credit).remote_id, D("126.50"))
    connections.resume(opened)
    sync(opened, minutes=11)
    assert record_of("supplier_credit", credit).state == "conflict"

    allocating.remove_allocation(allocation)
    sync(opened, minutes=11)

    assert balances(credit, bill) == (D(0), D("230.00"), "awaiting_payment")


def test_a_credit_kept_here_by_choice_is_not_sent_because_it_is_used(opened, books, time_machine):
    setup.switch(opened, purchases=False)
    credit, bill = s17()
    drain(opened)
    time_machine.shift(60)
    setup.switch(opened, purchases=True)
    time_machine.shift(60)
    used(credit, bill, "26.50")

    drain(opened)

    assert record_of("supplier_credit", credit).state == "skipped"
    assert len(books.tables["CreditNotes"]) == 0
    assert "where it does not go" in record_of("bill_allocation", SupplierCreditAllocation.objects.get()).message


def test_a_sum_of_before_that_was_taken_off_in_xero_meanwhile_is_gone_here_too(opened, story, books, sync):
    credit, bill = story
    allocating.note_accounts_credit(bill, amount=D("50.00"), date=bill.date, external_number="")
    accountant.change_invoice(books, record_of("bill", bill).remote_id, PlannedPaymentDate="2026-08-31")

    sync(opened, minutes=11)

    assert balances(credit, bill) == (D("126.50"), D("230.00"), "awaiting_payment")
