"""Story S20: a deposit, its invoice, the rest by EFTPOS; and the job that was cancelled instead."""

from datetime import date
from decimal import Decimal

import pytest

from accounting_sync import decisions, queue
from accounting_sync.drain import drain
from accounting_sync.models import Mapping, SyncRecord
from accounting_sync.pull import pull
from accounting_sync.sandbox import accountant
from accounting_sync.sandbox.faults import Fault
from tests.factories import CustomerFactory, PaymentMethodFactory, VehicleFactory, a_completed_job
from tests.journeys.conftest import live, record_of
from workshop import credits, deposits, jobs, refunds, sales
from workshop.models import CreditAllocation, Deposit, Refund

JULY_18 = date(2026, 7, 18)
TWO_HUNDRED, REST, TOTAL = Decimal("200.00"), Decimal("409.50"), Decimal("609.50")


def clearing(name):
    """Payment Clearing (606) and EFTPOS Clearing (607)."""
    return PaymentMethodFactory(name=name)


@pytest.fixture
def job(connection, today):
    return a_completed_job(
        [{"description": "Clutch", "unit_price": Decimal("530.00")}],
        CustomerFactory(last_name="Kea"),
        VehicleFactory(rego="KLM123"),
    )


@pytest.fixture
def into_606(connection, books):
    """Cash goes into Payment Clearing, as in the story."""
    (account,) = [row for row in books.tables["Accounts"].values() if row["Code"] == "606"]
    method = clearing("Cash")
    Mapping.objects.filter(connection=connection, subject="payment", key=str(method.pk)).update(
        value=account["AccountID"]
    )
    return method


@pytest.fixture
def deposit(job, into_606):
    return deposits.take_deposit(job, amount=TWO_HUNDRED, method=into_606, date=JULY_18)


def one(books, table):
    (row,) = books.tables[table].values()
    return row


def states():
    return set(SyncRecord.objects.values_list("state", flat=True))


def test_s20_the_deposit_arrives_as_a_prepayment_with_its_tax(connection, books, deposit):
    drain(connection)

    paid_in = one(books, "BankTransactions")
    (line,) = paid_in["LineItems"]
    account = books.tables["Accounts"][paid_in["BankAccountID"]]
    assert (paid_in["Type"], account["Code"], paid_in["Date"]) == ("RECEIVE-PREPAYMENT", "606", JULY_18)
    assert (line["AccountCode"], line["Description"]) == ("815", f"Deposit DEP-1, job {deposit.job.number}, KLM123")
    assert (paid_in["SubTotal"], paid_in["TotalTax"], paid_in["Total"]) == (
        Decimal("173.91"),
        Decimal("26.09"),
        TWO_HUNDRED,
    )
    record = record_of("deposit", deposit)
    assert (record.state, record.remote_id) == ("synced", one(books, "Prepayments")["PrepaymentID"])
    assert states() == {"synced"}


def test_s20_the_invoice_is_due_less_the_deposit_and_paid_by_the_rest(connection, books, job, deposit):
    drain(connection)
    invoice = sales.issue_invoice(job)
    drain(connection)

    remote = one(books, "Invoices")
    assert (remote["AmountCredited"], remote["AmountPaid"], remote["AmountDue"]) == (TWO_HUNDRED, Decimal(0), REST)

    sales.record_payment(invoice, amount=REST, method=clearing("EFTPOS"))
    drain(connection)

    remote, prepayment = one(books, "Invoices"), one(books, "Prepayments")
    assert (remote["Status"], remote["AmountDue"]) == ("PAID", Decimal(0))
    assert (prepayment["Status"], prepayment["RemainingCredit"]) == ("PAID", Decimal(0))
    payment = one(books, "Payments")
    assert (books.tables["Accounts"][payment["AccountID"]]["Code"], payment["Amount"]) == ("607", REST)
    assert states() == {"synced"}


def test_s20_everything_at_once_goes_up_in_order(connection, books, job, deposit):
    invoice = sales.issue_invoice(job)
    sales.record_payment(invoice, amount=REST, method=clearing("EFTPOS"))

    drain(connection)

    assert one(books, "Invoices")["Status"] == "PAID"
    assert states() == {"synced"}


def test_s20_a_cancelled_jobs_deposit_is_refunded_in_xero(connection, books, job, deposit, into_606):
    drain(connection)

    jobs.cancel(job, reason="Sold the car", deposits=jobs.REFUND, refund_method=into_606)
    drain(connection)

    prepayment, refund = one(books, "Prepayments"), one(books, "Payments")
    assert (prepayment["RemainingCredit"], prepayment["Status"]) == (Decimal(0), "PAID")
    assert (refund["PaymentType"], refund["Amount"], refund["Reference"]) == (
        "ARPREPAYMENTPAYMENT",
        TWO_HUNDRED,
        "RF-1",
    )
    assert states() == {"synced"}


def test_a_reversed_refund_is_deleted_in_xero_before_the_deposit_is_used(connection, books, job, deposit, into_606):
    refund = refunds.give_refund(deposit, amount=TWO_HUNDRED, method=into_606)
    drain(connection)

    refunds.reverse_refund(refund, reason="Stays after all")
    sales.issue_invoice(job)
    drain(connection)

    assert live(books, "Payments") == []
    assert one(books, "Invoices")["AmountDue"] == REST
    assert record_of("refund", refund).remote_status == "DELETED"
    assert states() == {"synced"}


def test_a_voided_invoice_lets_go_of_the_deposit_in_xero_first(connection, books, job, deposit):
    invoice = sales.issue_invoice(job)
    drain(connection)

    sales.void_invoice(invoice, reason="Wrong customer")
    drain(connection)

    assert one(books, "Invoices")["Status"] == "VOIDED"
    assert one(books, "Prepayments")["RemainingCredit"] == TWO_HUNDRED
    assert states() == {"synced"}


def test_what_is_left_of_a_credit_note_is_refunded_in_xero(connection, books, into_606):
    note = credits.issue_credit_note(CustomerFactory(), description="Goodwill", amount=Decimal("100.00"))
    refunds.give_refund(note, amount=Decimal("15.00"), method=into_606)
    drain(connection)

    assert one(books, "CreditNotes")["RemainingCredit"] == Decimal("100.00")
    assert one(books, "Payments")["PaymentType"] == "ARCREDITPAYMENT"
    assert states() == {"synced"}


def test_a_deposit_into_an_account_that_is_no_bank_account_waits_and_says_why(connection, books, job):
    (account,) = [row for row in books.tables["Accounts"].values() if row["Code"] == "815"]
    method = clearing("Voucher")
    Mapping.objects.create(connection=connection, subject="payment", key=str(method.pk), value=account["AccountID"])
    deposit = deposits.take_deposit(job, amount=TWO_HUNDRED, method=method)

    drain(connection)

    record = record_of("deposit", deposit)
    assert (record.state, record.code) == ("waiting", "mapping")
    assert "deposits by Voucher (Xero takes them into an account of the type Bank only)" in record.message
    assert len(books.tables["BankTransactions"]) == 0


# No answer


@pytest.fixture
def much_to_send(job, deposit, into_606):
    """Two deposits, one used on an invoice, the other given back."""
    sales.issue_invoice(job)
    other = a_completed_job(customer=job.customer, vehicle=job.vehicle)
    second = deposits.take_deposit(other, amount=Decimal("50.00"), method=into_606)
    refunds.give_refund(second, amount=Decimal("50.00"), method=into_606)


@pytest.mark.usefixtures("much_to_send")
@pytest.mark.parametrize("kind", ["lost", "timeout", "error_after", "half"])
@pytest.mark.parametrize("path", ["BankTransactions", "*Prepayments/*/Allocations", "Payments"])
def test_a_lost_answer_is_looked_up_and_nothing_is_there_twice(connection, xero, books, sync, path, kind):
    xero.faults.add(Fault(kind, method="PUT", path=path, times=1))

    sync(connection)
    sync(connection, minutes=6)
    sync(connection, minutes=6)

    assert len(books.tables["Prepayments"]) == 2
    assert one(books, "Payments")["Amount"] == Decimal("50.00")
    assert one(books, "Invoices")["AmountDue"] == REST
    assert len(books.tables["Allocations"]) == 1
    assert states() == {"synced"}


# What the accountant does


@pytest.fixture
def invoiced(connection, books, job):
    invoice = sales.issue_invoice(job)
    drain(connection)
    return invoice


def due(invoice):
    invoice.refresh_from_db()
    return invoice.amount_credited, invoice.amount_due


def test_a_credit_note_of_xeros_lowers_the_balance_here_and_its_removal_raises_it(connection, books, invoiced, sync):
    remote = one(books, "Invoices")
    accountant.credit_and_allocate(books, remote["InvoiceID"], Decimal("9.50"), number="CN-X1")

    sync(connection)
    sync(connection, minutes=11)

    assert due(invoiced) == (Decimal("9.50"), Decimal("600.00"))
    allocation = invoiced.allocations.get()
    assert (allocation.source, allocation.external_number, allocation.credit) == ("accounts", "CN-X1", None)
    assert len(books.tables["CreditNotes"]) == 1

    accountant.remove_allocation(books, one(books, "Allocations")["AllocationID"])
    sync(connection, minutes=11)

    assert due(invoiced) == (Decimal(0), TOTAL)
    allocation.refresh_from_db()
    assert allocation.removed_at
    assert len(books.tables["Allocations"]) == 0


def test_an_overpayment_applied_in_xero_lowers_the_balance_here(connection, books, invoiced, sync):
    remote = one(books, "Invoices")
    contact = books.tables["Contacts"][remote["Contact"]["ContactID"]]["Name"]
    received = accountant.receive_overpayment(books, contact, Decimal("30.00"))
    accountant.allocate(books, "Overpayments", received["OverpaymentID"], remote["InvoiceID"], Decimal("30.00"))

    sync(connection)
    sync(connection, minutes=1)

    assert due(invoiced) == (Decimal("30.00"), Decimal("579.50"))
    assert invoiced.allocations.get().external_number == "Overpayment"


def test_our_deposit_used_by_the_accountant_is_used_here_too(connection, books, invoiced, sync, into_606):
    later = deposits.take_deposit(jobs.book(customer=invoiced.customer), amount=Decimal("50.00"), method=into_606)
    drain(connection)
    prepayment, remote = one(books, "Prepayments"), one(books, "Invoices")
    accountant.allocate(books, "Prepayments", prepayment["PrepaymentID"], remote["InvoiceID"], Decimal("20.00"))

    sync(connection)
    sync(connection, minutes=1)

    assert due(invoiced) == (Decimal("20.00"), Decimal("589.50"))
    later.refresh_from_db()
    assert (later.status, later.remaining) == ("part_allocated", Decimal("30.00"))
    assert len(books.tables["Allocations"]) == 1


def test_our_allocation_taken_back_in_xero_is_a_question_here(connection, books, job, deposit, sync):
    invoice = sales.issue_invoice(job)
    sync(connection)
    accountant.remove_allocation(books, one(books, "Allocations")["AllocationID"])

    sync(connection, minutes=11)
    sync(connection, minutes=1)

    record = record_of("allocation", invoice.allocations.get())
    assert (record.state, record.code) == ("conflict", "allocation_removed_in_xero")
    assert decisions.offered(record) == ["undo", "resend"]

    decisions.undo_here(record)
    drain(connection)
    assert due(invoice) == (Decimal(0), TOTAL)
    deposit.refresh_from_db()
    assert deposit.status == "held"
    assert len(books.tables["Allocations"]) == 0


def test_our_allocation_taken_back_in_xero_can_be_sent_again_once(connection, books, job, deposit, sync):
    invoice = sales.issue_invoice(job)
    sync(connection)
    accountant.remove_allocation(books, one(books, "Allocations")["AllocationID"])
    sync(connection, minutes=11)
    sync(connection, minutes=1)

    decisions.send_as_new(record_of("allocation", invoice.allocations.get()))
    sync(connection)
    sync(connection, minutes=11)

    assert one(books, "Allocations")["Amount"] == TWO_HUNDRED
    assert due(invoice) == (TWO_HUNDRED, REST)
    assert states() == {"synced"}


def test_a_refund_made_in_xero_is_read_and_never_sent_back(connection, books, deposit, sync):
    drain(connection)
    refund = refund_in_xero(books, Decimal("200.00"))

    sync(connection)
    sync(connection, minutes=11)

    deposit.refresh_from_db()
    read = Refund.objects.get()
    assert (deposit.status, read.source, read.amount) == ("refunded", "accounts", TWO_HUNDRED)
    assert len(books.tables["Payments"]) == 1

    accountant.delete_payment(books, refund["PaymentID"])
    sync(connection, minutes=11)
    deposit.refresh_from_db()
    assert (deposit.status, Refund.objects.get().reverse_reason) == ("held", "Removed in Xero")


def refund_in_xero(books, amount):
    prepayment = one(books, "Prepayments")
    element = {
        "Prepayment": {"PrepaymentID": prepayment["PrepaymentID"]},
        "Account": {"Code": "606"},
        "Amount": amount,
    }
    return accountant._act(books, accountant.payments.create, element)


def test_the_same_refund_typed_in_both_is_offered_as_one(connection, books, deposit, into_606):
    drain(connection)
    in_xero = refund_in_xero(books, TWO_HUNDRED)
    refund = refunds.give_refund(deposit, amount=TWO_HUNDRED, method=into_606)

    drain(connection)

    record = record_of("refund", refund)
    assert (record.state, record.code) == ("warning", "already_refunded")
    assert "Already refunded in Xero on" in record.message
    assert decisions.offered(record)[0] == "link_payment"
    decisions.link_payment(record)
    pull(connection, only_due=False)
    drain(connection)

    record.refresh_from_db()
    assert (record.state, record.remote_id) == ("synced", in_xero["PaymentID"])
    assert (Refund.objects.count(), len(live(books, "Payments"))) == (1, 1)


def test_a_refund_of_ours_removed_in_xero_is_a_question(connection, books, deposit, into_606, sync):
    refund = refunds.give_refund(deposit, amount=TWO_HUNDRED, method=into_606)
    sync(connection)
    accountant.delete_payment(books, one(books, "Payments")["PaymentID"])

    sync(connection, minutes=11)

    record = record_of("refund", refund)
    assert (record.state, record.code) == ("conflict", "payment_reversed_in_xero")
    decisions.undo_here(record)
    drain(connection)
    deposit.refresh_from_db()
    assert deposit.status == "held"
    assert states() == {"synced"}


# Export again: never twice


def test_a_payment_exported_again_twice_is_in_xero_once(connection, books, invoiced, sync):
    payment = sales.record_payment(invoiced, amount=Decimal("9.50"), method=clearing("EFTPOS"))
    sync(connection)
    for _ in range(2):
        decisions.export_again(record_of("payment", payment))
        sync(connection, minutes=1)

    assert len(books.tables["Payments"]) == 1
    assert states() == {"synced"}


def test_a_refused_payment_that_xero_has_after_all_is_linked_and_not_sent(connection, books, invoiced, sync):
    payment = sales.record_payment(invoiced, amount=Decimal("9.50"), method=clearing("EFTPOS"))
    sync(connection)
    record = record_of("payment", payment)
    there = record.remote_id
    SyncRecord.objects.filter(pk=record.pk).update(remote_id=None, state="pending")
    queue.warn(record, "refused", "Lost the link.", {})

    decisions.export_again(record)
    sync(connection)

    record.refresh_from_db()
    assert (record.state, record.remote_id) == ("synced", there)
    assert len(books.tables["Payments"]) == 1


def test_a_payment_removed_in_xero_unseen_is_asked_about_when_exported_again(connection, books, invoiced, sync):
    payment = sales.record_payment(invoiced, amount=Decimal("9.50"), method=clearing("EFTPOS"))
    sync(connection)
    accountant.delete_payment(books, one(books, "Payments")["PaymentID"])

    decisions.export_again(record_of("payment", payment))
    sync(connection)

    record = record_of("payment", payment)
    assert (record.state, record.code) == ("conflict", "payment_reversed_in_xero")
    assert live(books, "Payments") == []


def test_when_payment_is_expected_is_read_and_shown_and_sent_nowhere(connection, xero, books, invoiced, sync):
    sync(connection, minutes=1)
    accountant.change_invoice(books, one(books, "Invoices")["InvoiceID"], ExpectedPaymentDate="2026-08-31")

    sync(connection, minutes=11)
    calls = len(xero.calls)
    drain(connection)

    invoiced.refresh_from_db()
    assert invoiced.expected_payment_date == date(2026, 8, 31)
    assert len(xero.calls) == calls
    assert record_of("invoice", invoiced).state == "synced"


def test_a_deposit_deleted_in_xero_is_taken_back_here_by_decision(connection, books, deposit, sync):
    drain(connection)
    prepayment = one(books, "Prepayments")
    books.save("Prepayments", {**prepayment, "Status": "VOIDED"})

    pull(connection, only_due=False)

    record = record_of("deposit", deposit)
    assert (record.state, record.code) == ("conflict", "voided_in_xero")
    decisions.undo_here(record)
    sync(connection, minutes=1)
    deposit.refresh_from_db()
    record.refresh_from_db()
    assert (deposit.status, record.state) == ("refunded", "synced")
    assert len(books.tables["BankTransactions"]) == 1


def test_nothing_of_ours_is_imported_twice(connection, books, job, deposit, sync):
    sales.issue_invoice(job)
    sync(connection)
    for _ in range(3):
        sync(connection, minutes=11)

    assert CreditAllocation.objects.count() == Deposit.objects.count() == 1
    assert states() == {"synced"}
