"""A deposit: taken on an open job, used on its invoice, given back or kept."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from tests.factories import CustomerFactory, PaymentMethodFactory, TaxRateFactory, VehicleFactory, a_completed_job
from workshop import credits, deposits, jobs, refunds, sales
from workshop.errors import DepositHeld, InvalidInput, InvoiceLocked, NotAllowedNow, OverCredit, OverRefund
from workshop.models import CreditAllocation, CreditNote, Deposit, NumberSequence, Organisation, Refund, TaxRate

pytestmark = pytest.mark.usefixtures("garage")
LABOUR_609_50 = [{"description": "Clutch", "unit_price": Decimal("530.00")}]
TWO_HUNDRED = Decimal("200.00")


def cash():
    return PaymentMethodFactory(name="Cash")


def a_job(customer=None, **fields):
    return jobs.book(customer=customer or CustomerFactory(), vehicle=VehicleFactory(), **fields)


def take(job, amount="200.00", **fields):
    fields.setdefault("method", cash())
    return deposits.take_deposit(job, amount=Decimal(amount), **fields)


def again(record):
    return type(record).objects.get(pk=record.pk)


def use_of(deposit):
    deposit = again(deposit)
    return deposit.status, deposit.amount_allocated, deposit.amount_refunded, deposit.remaining


def balance(invoice):
    invoice = again(invoice)
    return invoice.status, invoice.amount_paid, invoice.amount_credited, invoice.amount_due


# Taking


def test_a_deposit_is_numbered_dated_and_held_for_who_pays():
    payer = CustomerFactory()
    with time_machine.travel(datetime(2026, 7, 18, 13, tzinfo=UTC)):
        deposit = take(a_job(bill_to=payer), reference=" 4412 ")

    assert (deposit.number, deposit.date, deposit.reference) == ("DEP-1", date(2026, 7, 19), "4412")
    assert deposit.customer == payer
    assert use_of(deposit) == ("held", Decimal(0), Decimal(0), TWO_HUNDRED)


@pytest.mark.parametrize(("percent", "tax"), [("15", "26.09"), ("10", "18.18"), ("20", "33.33")])
def test_the_tax_within_a_deposit_is_that_of_the_garages_default_rate(percent, tax):
    TaxRate.objects.filter(is_default=True).update(percent=Decimal(percent))

    deposit = take(a_job())

    assert (deposit.tax_amount, deposit.amount - deposit.tax_amount) == (Decimal(tax), TWO_HUNDRED - Decimal(tax))


def test_the_accountants_rate_for_deposits_is_used_where_one_is_set():
    garage = Organisation.current()
    garage.deposit_tax_rate = TaxRateFactory(name="No GST")
    garage.save()

    deposit = take(a_job())

    assert (deposit.tax_rate.name, deposit.tax_amount) == ("No GST", Decimal(0))


def test_a_job_without_tax_takes_a_deposit_without_tax():
    assert take(a_job(tax_mode="no_tax")).tax_amount == Decimal(0)


@pytest.mark.parametrize("amount", ["0.00", "-1.00", "0.001"])
def test_an_amount_that_is_no_money_is_refused_at_its_field(amount):
    with pytest.raises(ValidationError) as refusal:
        take(a_job(), amount)

    assert list(refusal.value.message_dict) == ["amount"]
    assert not Deposit.objects.exists()


def test_a_deposit_needs_a_way_of_paying_that_is_in_use():
    archived = PaymentMethodFactory(name="Cheque", archived_at=datetime(2026, 1, 1, tzinfo=UTC))
    for method, sentence in ((None, "Choose how"), (archived, "archived")):
        with pytest.raises(InvalidInput, match=sentence) as refusal:
            take(a_job(), method=method)
        assert refusal.value.field == "method"


def test_no_deposit_is_taken_once_the_job_is_invoiced_or_cancelled():
    invoiced, cancelled = a_completed_job(), a_job()
    sales.issue_invoice(invoiced)
    jobs.cancel(cancelled, reason="Sold the car")

    for job, word in ((invoiced, "invoiced"), (cancelled, "cancelled")):
        with pytest.raises(NotAllowedNow, match=word):
            take(job)
    assert not NumberSequence.objects.filter(series="deposit").exists()


# Used on the invoice


def test_the_invoice_takes_the_deposit_and_asks_for_the_rest():
    job = a_completed_job(LABOUR_609_50)
    deposit = take(job)

    invoice = sales.issue_invoice(job)

    assert balance(invoice) == ("part_paid", Decimal(0), TWO_HUNDRED, Decimal("409.50"))
    assert use_of(deposit) == ("allocated", TWO_HUNDRED, Decimal(0), Decimal(0))
    allocation = invoice.allocations.get()
    assert (allocation.deposit, allocation.amount, allocation.date) == (deposit, TWO_HUNDRED, invoice.date)
    sales.record_payment(invoice, amount=Decimal("409.50"), method=cash())
    assert balance(invoice)[0] == "paid"


def test_a_deposit_larger_than_the_invoice_is_used_up_to_what_is_due():
    job = a_completed_job(LABOUR_609_50)
    deposit = take(job, "700.00")

    invoice = sales.issue_invoice(job)

    assert balance(invoice) == ("paid", Decimal(0), Decimal("609.50"), Decimal(0))
    assert use_of(deposit) == ("part_allocated", Decimal("609.50"), Decimal(0), Decimal("90.50"))


def test_what_is_left_is_used_on_the_next_job_after_that_jobs_own():
    customer = CustomerFactory()
    first, second = a_completed_job(LABOUR_609_50, customer), a_completed_job(LABOUR_609_50, customer)
    left_over, own = take(first, "700.00"), take(second, "50.00")
    sales.issue_invoice(first)

    invoice = sales.issue_invoice(second)

    used = list(invoice.allocations.order_by("pk").values_list("deposit", "amount"))
    assert used == [(own.pk, Decimal("50.00")), (left_over.pk, Decimal("90.50"))]
    assert balance(invoice) == ("part_paid", Decimal(0), Decimal("140.50"), Decimal("469.00"))


def test_another_open_jobs_deposit_and_another_customers_are_left_alone():
    customer = CustomerFactory()
    theirs, of_another_job = take(a_job()), take(a_job(customer))

    invoice = sales.issue_invoice(a_completed_job(LABOUR_609_50, customer))

    assert balance(invoice)[3] == Decimal("609.50")
    assert use_of(theirs)[0] == use_of(of_another_job)[0] == "held"


def test_a_deposit_is_not_used_where_somebody_else_pays():
    job = a_completed_job(LABOUR_609_50)
    deposit = take(job)
    job = jobs.edit(job, bill_to=CustomerFactory())

    invoice = sales.issue_invoice(job)

    assert balance(invoice)[2] == Decimal(0)
    assert use_of(deposit)[0] == "held"
    with pytest.raises(InvalidInput, match="not the same customer's"):
        deposits.allocate_deposit(deposit, invoice, amount=Decimal(1))


def test_by_hand_never_more_than_is_left_or_due():
    job = a_completed_job(LABOUR_609_50)
    invoice = sales.issue_invoice(job)
    sales.record_payment(invoice, amount=Decimal("600.00"), method=cash())
    deposit = take(a_job(job.customer), "5.00")

    with pytest.raises(OverCredit, match=r"Only 5\.00 of DEP-1 is left"):
        deposits.allocate_deposit(deposit, invoice, amount=Decimal("5.01"))
    larger = take(a_job(job.customer), "50.00")
    with pytest.raises(OverCredit, match=r"Only 9\.50 is due"):
        deposits.allocate_deposit(larger, invoice, amount=Decimal("9.51"))

    deposits.allocate_deposit(deposit, invoice, amount=Decimal("5.00"))
    assert balance(invoice)[3] == Decimal("4.50")


def test_taking_a_deposit_off_an_invoice_holds_it_again():
    job = a_completed_job(LABOUR_609_50)
    deposit = take(job)
    invoice = sales.issue_invoice(job)

    credits.remove_allocation(invoice.allocations.get())

    assert balance(invoice) == ("issued", Decimal(0), Decimal(0), Decimal("609.50"))
    assert use_of(deposit) == ("held", Decimal(0), Decimal(0), TWO_HUNDRED)


def test_a_voided_invoice_frees_the_deposit_for_the_next_one():
    job = a_completed_job(LABOUR_609_50)
    deposit = take(job)
    invoice = sales.issue_invoice(job)

    sales.void_invoice(invoice, reason="Wrong customer")

    assert balance(invoice) == ("voided", Decimal(0), Decimal(0), Decimal(0))
    assert use_of(deposit)[0] == "held"
    assert invoice.allocations.get().removed_at
    assert balance(sales.issue_invoice(again(job)))[3] == Decimal("409.50")


def test_an_invoice_that_is_also_paid_is_not_voided_and_keeps_its_deposit():
    job = a_completed_job(LABOUR_609_50)
    deposit = take(job)
    invoice = sales.issue_invoice(job)
    sales.record_payment(invoice, amount=Decimal("9.50"), method=cash())

    with pytest.raises(InvoiceLocked):
        sales.void_invoice(invoice, reason="Wrong customer")

    assert use_of(deposit)[0] == "allocated"


# Given back


def test_a_refund_gives_back_what_is_left_and_no_more():
    deposit = take(a_job())

    with pytest.raises(OverRefund, match=r"Only 200\.00 of DEP-1 is left") as refusal:
        refunds.give_refund(deposit, amount=Decimal("200.01"), method=cash())
    assert refusal.value.field == "amount"

    refund = refunds.give_refund(deposit, amount=Decimal("50.00"), method=cash())
    assert (refund.number, refund.credit) == ("RF-1", deposit)
    assert use_of(deposit) == ("held", Decimal(0), Decimal("50.00"), Decimal("150.00"))
    refunds.give_refund(deposit, amount=Decimal("150.00"), method=cash())
    assert use_of(deposit) == ("refunded", Decimal(0), TWO_HUNDRED, Decimal(0))


def test_a_reversed_refund_holds_the_money_again_once():
    deposit = take(a_job())
    refund = refunds.give_refund(deposit, amount=TWO_HUNDRED, method=cash())

    refunds.reverse_refund(refund, reason="The card was refused")

    assert use_of(deposit) == ("held", Decimal(0), Decimal(0), TWO_HUNDRED)
    with pytest.raises(NotAllowedNow, match="reversed already"):
        refunds.reverse_refund(refund, reason="Again")


def test_a_refund_entered_in_the_accounts_is_removed_there():
    refund = refunds.give_refund(take(a_job()), amount=Decimal(1), source=Refund.Source.ACCOUNTS)

    with pytest.raises(NotAllowedNow, match="Remove it there"):
        refunds.reverse_refund(refund, reason="Wrong")

    assert refunds.reverse_refund(refund, reason="Removed there", in_accounts=True).reversed_at


def test_a_credit_notes_rest_is_refunded_and_the_note_then_cannot_be_voided():
    note = credits.issue_credit_note(CustomerFactory(), description="Goodwill", amount=Decimal("100.00"))

    refund = refunds.give_refund(note, amount=Decimal("115.00"), method=cash())

    note = again(note)
    assert (note.status, note.amount_refunded, note.remaining) == ("refunded", Decimal("115.00"), Decimal(0))
    with pytest.raises(NotAllowedNow, match="Reverse the refund first"):
        credits.void_credit_note(note)
    refunds.reverse_refund(refund, reason="Wrong account")
    credits.void_credit_note(note)
    with pytest.raises(NotAllowedNow, match="voided"):
        refunds.give_refund(note, amount=Decimal(1), method=cash())


# A cancelled job


def test_cancelling_a_job_that_holds_money_asks_what_becomes_of_it():
    job = a_job()
    deposit = take(job)

    with pytest.raises(DepositHeld, match=r"deposit of 200\.00 is held on Job") as refusal:
        jobs.cancel(job, reason="Sold the car")

    assert refusal.value.field == "deposits"
    assert (again(job).status, use_of(deposit)[0]) == ("booked", "held")


def test_a_job_is_cancelled_and_its_deposits_refunded_in_one_go():
    job = a_job()
    first, second = take(job), take(job, "10.00")

    jobs.cancel(job, reason="Sold the car", deposits=jobs.REFUND, refund_method=cash())

    assert again(job).status == "cancelled"
    assert [refund.amount for refund in Refund.objects.order_by("pk")] == [TWO_HUNDRED, Decimal("10.00")]
    assert use_of(first)[0] == use_of(second)[0] == "refunded"


def test_a_refund_without_a_way_of_paying_leaves_the_job_as_it_was():
    job = a_job()
    take(job)

    with pytest.raises(InvalidInput, match="Choose how"):
        jobs.cancel(job, reason="Sold the car", deposits=jobs.REFUND)

    assert again(job).status == "booked"
    assert not Refund.objects.exists()


def test_a_deposit_kept_from_a_cancelled_job_pays_the_next_one():
    customer = CustomerFactory()
    job = a_job(customer)
    deposit = take(job)
    jobs.cancel(job, reason="Comes back in spring", deposits=jobs.KEEP)

    invoice = sales.issue_invoice(a_completed_job(LABOUR_609_50, customer))

    assert use_of(deposit)[0] == "allocated"
    assert balance(invoice)[3] == Decimal("409.50")


# Held by the database


def a_deposit():
    return take(a_job())


def a_refund():
    return refunds.give_refund(a_deposit(), amount=Decimal(1), method=cash())


def a_used_deposit():
    job = a_completed_job(LABOUR_609_50)
    take(job)
    return sales.issue_invoice(job).allocations.get()


def a_note():
    return credits.issue_credit_note(CustomerFactory(), description="Goodwill", amount=Decimal(50))


REFUSED = [
    ("deposit_has_a_number", a_deposit, {"number": ""}),
    ("deposit_amount_positive|deposit_tax_within_it", a_deposit, {"amount": 0, "remaining": 0, "tax_amount": 0}),
    ("deposit_tax_within_it", a_deposit, {"tax_amount": TWO_HUNDRED}),
    ("deposit_tax_within_it", a_deposit, {"tax_amount": Decimal(-1)}),
    ("deposit_holds_its_tax", a_deposit, {"tax_mode": "exclusive"}),
    ("deposit_remaining_adds_up", a_deposit, {"remaining": Decimal(1)}),
    ("deposit_amounts_not_negative", a_deposit, {"amount_refunded": Decimal(-1), "remaining": Decimal(201)}),
    (
        "deposit_amounts_not_negative",
        a_deposit,
        {"amount_allocated": Decimal(-1), "amount_refunded": Decimal(1)},
    ),
    ("deposit_status_follows_use", a_deposit, {"status": "allocated"}),
    ("deposit_status_follows_use", a_deposit, {"status": "part_allocated"}),
    ("deposit_status_follows_use", a_deposit, {"amount_refunded": TWO_HUNDRED, "remaining": 0}),
    ("deposit_status_follows_use", a_deposit, {"status": "lost"}),
    ("refund_has_a_number", a_refund, {"number": ""}),
    ("refund_amount_positive", a_refund, {"amount": Decimal(0)}),
    ("refund_of_one_credit", a_refund, {"deposit": None}),
    ("refund_entered_here_has_a_method", a_refund, {"method": None}),
    ("refund_reversed_with_a_reason", a_refund, {"reverse_reason": "Wrong"}),
    ("refund_reversed_with_a_reason", a_refund, {"reversed_at": datetime(2026, 7, 20, tzinfo=UTC)}),
    ("allocation_here_of_one_credit", a_used_deposit, {"deposit": None}),
    ("creditnote_remaining_adds_up", a_note, {"amount_refunded": Decimal(1)}),
    ("creditnote_status_follows_allocation", a_note, {"amount_refunded": Decimal("57.50"), "remaining": 0}),
    ("creditnote_status_follows_allocation", a_note, {"status": "refunded"}),
    ("creditnote_amounts_not_negative", a_note, {"amount_refunded": Decimal(-1), "remaining": Decimal("58.50")}),
]


@pytest.mark.parametrize(("constraint", "make", "change"), REFUSED)
def test_a_raw_write_past_every_verb_is_refused(constraint, make, change):
    record = make()
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        type(record).objects.filter(pk=record.pk).update(**change)


@pytest.mark.parametrize("model", [CreditAllocation, Refund])
def test_nothing_is_of_a_credit_note_and_a_deposit_at_once(model):
    record = a_used_deposit() if model is CreditAllocation else a_refund()
    note = a_note()

    with pytest.raises(IntegrityError, match="of_one_credit"), transaction.atomic():
        model.objects.filter(pk=record.pk).update(credit_note=CreditNote.objects.get(pk=note.pk))


def test_no_rule_of_these_tables_goes_untested():
    tested = {name for names, _, _ in REFUSED for name in names.split("|")}
    for model in (Deposit, Refund):
        names = {constraint.name for constraint in model._meta.constraints}
        assert names <= tested, names - tested
