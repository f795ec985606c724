"""Any order of deposits, invoices, payments, credits, refunds and their undoing keeps the books straight."""

from collections import Counter
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from tests.factories import (
    CustomerFactory,
    PaymentMethodFactory,
    VehicleFactory,
    a_completed_job,
    a_garage,
)
from workshop import credits, deposits, jobs, money, refunds, sales
from workshop.errors import WorkshopError
from workshop.models import CreditNote, CreditNoteLine, Deposit, Invoice, InvoiceLine, Job, Refund, TaxRate

pytestmark = pytest.mark.django_db
CENTS = st.integers(1, 20_000).map(lambda n: Decimal(n).scaleb(-2))
SELDOM = st.integers(0, 3).map(lambda n: n == 3)
LINES = st.lists(
    st.fixed_dictionaries(
        {
            "description": st.sampled_from(["Labour", "Pads", "MOT"]),
            "quantity": st.integers(5_000, 50_000).map(lambda n: Decimal(n).scaleb(-4)),
            "unit_price": st.integers(10_000, 10**6).map(lambda n: Decimal(n).scaleb(-4)),
        }
    ),
    min_size=1,
    max_size=4,
)
CHARGES = st.fixed_dictionaries(
    {
        "freight": st.sampled_from([Decimal(0), Decimal("9.55")]),
        "discount_percent": st.sampled_from([Decimal(0), Decimal(10)]),
    }
)


class Till(RuleBasedStateMachine):
    invoices, payments, notes, allocations = (
        Bundle("invoices"),
        Bundle("payments"),
        Bundle("notes"),
        Bundle("allocations"),
    )
    open_jobs, held, given_back = Bundle("open_jobs"), Bundle("held"), Bundle("given_back")

    def __init__(self):
        super().__init__()
        self.world = transaction.atomic()
        self.world.__enter__()
        a_garage()
        self.customer, self.method = CustomerFactory(), PaymentMethodFactory(name="Cash")
        self.untaxed = TaxRate.objects.get(name="No GST")

    def teardown(self):
        transaction.set_rollback(True)
        self.world.__exit__(None, None, None)

    def rows(self, lines):
        """A third of the lines is not taxed, like a MOT."""
        return [{**line, "tax_rate": self.untaxed} if line["description"] == "MOT" else line for line in lines]

    def attempt(self, verb, *args, **kwargs):
        """What the verb made, for the bundle; nothing where it refused, and then nothing may have changed."""
        before = self.picture()
        try:
            with transaction.atomic():
                return verb(*args, **kwargs)
        except WorkshopError:
            assert self.picture() == before
            return multiple()

    def picture(self):
        return [
            list(model.objects.order_by("pk").values())
            for model in (Invoice, InvoiceLine, CreditNote, CreditNoteLine, Deposit, Refund)
        ]

    @initialize(target=invoices, lines=LINES)
    def begin_with_an_invoice(self, lines):
        return self.issue_for(lines, mode="exclusive")

    @initialize(target=notes, amount=CENTS)
    def begin_with_goodwill(self, amount):
        return self.give(amount)

    @rule(target=invoices, lines=LINES, charges=CHARGES, mode=st.sampled_from(["exclusive", "inclusive"]))
    def issue(self, lines, charges, mode):
        return self.issue_for(lines, mode, **charges)

    def issue_for(self, lines, mode, **charges):
        job = a_completed_job(self.rows(lines), self.customer, VehicleFactory(), tax_mode=mode, **charges)
        return self.attempt(sales.issue_invoice, job)

    @rule(invoice=invoices, lines=LINES, charges=CHARGES)
    def edit(self, invoice, lines, charges):
        self.attempt(sales.edit_invoice, invoice, self.rows(lines), **charges)

    @rule(target=payments, invoice=invoices, amount=CENTS)
    def pay(self, invoice, amount):
        return self.attempt(sales.record_payment, invoice, amount=amount, method=self.method)

    @rule(target=payments, invoice=invoices)
    def pay_in_full(self, invoice):
        due = Invoice.objects.get(pk=invoice.pk).amount_due
        return self.attempt(sales.record_payment, invoice, amount=due, method=self.method) if due else multiple()

    @rule(payment=payments)
    def reverse(self, payment):
        self.attempt(sales.reverse_payment, payment, reason="Bounced")

    @rule(target=notes, invoice=invoices, share=st.sampled_from([Decimal("0.3"), Decimal(1)]), allocate=st.booleans())
    def credit(self, invoice, share, allocate):
        chosen = {line.pk: max(line.quantity * share, Decimal("0.0001")).quantize(Decimal("0.0001"))
                  for line in InvoiceLine.objects.filter(invoice=invoice)}  # fmt: skip
        return self.attempt(credits.credit_invoice, invoice, chosen, allocate=allocate)

    @rule(target=notes, amount=CENTS)
    def give_goodwill(self, amount):
        return self.give(amount)

    def give(self, amount):
        return self.attempt(credits.issue_credit_note, self.customer, description="Goodwill", amount=amount)

    @rule(target=allocations, note=notes, invoice=invoices, amount=CENTS, too_much=st.booleans())
    def allocate(self, note, invoice, amount, too_much):
        left = min(CreditNote.objects.get(pk=note.pk).remaining, Invoice.objects.get(pk=invoice.pk).amount_due)
        amount = left + money.CENT if too_much else min(amount, left) or amount
        return self.attempt(credits.allocate_credit, note, invoice, amount=amount)

    @rule(allocation=allocations)
    def remove(self, allocation):
        self.attempt(credits.remove_allocation, allocation)

    @rule(note=notes, sure=SELDOM)
    def void_note(self, note, sure):
        if sure:
            for allocation in CreditNote.objects.get(pk=note.pk).allocations.filter(removed_at=None):
                credits.remove_allocation(allocation)
        self.attempt(credits.void_credit_note, note)

    @rule(invoice=invoices, sure=SELDOM)
    def void(self, invoice, sure):
        if sure:
            self.attempt(sales.void_invoice, invoice, reason="Wrong car")

    @rule(target=open_jobs, lines=LINES)
    def finish_a_job(self, lines):
        return a_completed_job(self.rows(lines), self.customer, VehicleFactory())

    @rule(target=held, job=open_jobs, amount=CENTS)
    def take_a_deposit(self, job, amount):
        return self.attempt(deposits.take_deposit, job, amount=amount, method=self.method)

    @rule(target=invoices, job=open_jobs)
    def invoice_it(self, job):
        return self.attempt(sales.issue_invoice, job)

    @rule(job=open_jobs, choice=st.sampled_from(["", jobs.KEEP, jobs.REFUND]), sure=SELDOM)
    def cancel(self, job, choice, sure):
        if sure:
            self.attempt(jobs.cancel, job, reason="Sold", deposits=choice, refund_method=self.method)

    @rule(target=allocations, deposit=held, invoice=invoices, amount=CENTS)
    def use_a_deposit(self, deposit, invoice, amount):
        return self.attempt(deposits.allocate_deposit, deposit, invoice, amount=amount)

    @rule(target=given_back, credit=st.one_of(held, notes), amount=CENTS, all_of_it=st.booleans())
    def refund(self, credit, amount, all_of_it):
        left = type(credit).objects.get(pk=credit.pk).remaining
        return self.attempt(
            refunds.give_refund, credit, amount=left if all_of_it and left else amount, method=self.method
        )

    @rule(refund=given_back)
    def take_the_refund_back(self, refund):
        self.attempt(refunds.reverse_refund, refund, reason="Card refused")

    @rule(invoice=invoices)
    def invoice_again(self, invoice):
        self.attempt(sales.issue_invoice, Job.objects.get(pk=invoice.job_id))

    @invariant()
    def the_books_are_straight(self):
        related = ["lines__credit_lines__credit_note", "payments", "allocations"]
        invoices = list(Invoice.objects.select_related("job").prefetch_related(*related))
        for invoice in invoices:
            adds_up(invoice)
            taxes = [
                money.line_tax(line.line_amount, line.tax_percent, invoice.tax_mode) for line in invoice.lines.all()
            ]
            assert [line.tax_amount for line in invoice.lines.all()] == taxes
            balances(invoice)
            assert all(credited_at_most(line) for line in invoice.lines.all())
        for note in CreditNote.objects.prefetch_related("lines", "allocations", "refunds"):
            adds_up(note)
            used_up_to(note, money.ZERO if note.status == CreditNote.Status.VOIDED else note.total)
        for deposit in Deposit.objects.prefetch_related("allocations", "refunds"):
            used_up_to(deposit, deposit.amount)
        numbers = sorted(invoice.number for invoice in invoices)
        assert numbers == [f"INV {number}" for number in range(1008, 1008 + len(numbers))]
        live = Counter(invoice.job_id for invoice in invoices if invoice.status != Invoice.Status.VOIDED)
        for job in {invoice.job for invoice in invoices}:
            assert live[job.pk] == int(job.status == Job.Status.INVOICED)


def adds_up(document):
    sums = money.totals([(line.line_amount, line.tax_amount) for line in document.lines.all()], document.tax_mode)
    assert (document.subtotal, document.tax_total, document.total) == (sums.subtotal, sums.tax, sums.total)


def standing(rows, ended):
    return sum((row.amount for row in rows.all() if getattr(row, ended) is None), money.ZERO)


def balances(invoice):
    paid, credited = standing(invoice.payments, "reversed_at"), standing(invoice.allocations, "removed_at")
    voided = invoice.status == Invoice.Status.VOIDED
    due = money.ZERO if voided else invoice.total - paid - credited
    assert (invoice.amount_paid, invoice.amount_credited, invoice.amount_due) == (paid, credited, due)
    assert due >= 0
    assert voided or (invoice.status == Invoice.Status.PAID) == (due == 0)


def used_up_to(credit, amount):
    used, back = standing(credit.allocations, "removed_at"), standing(credit.refunds, "reversed_at")
    assert (credit.amount_allocated, credit.amount_refunded, credit.remaining) == (used, back, amount - used - back)
    assert credit.remaining >= 0


def credited_at_most(line):
    parts = [part for part in line.credit_lines.all() if part.credit_note.status != CreditNote.Status.VOIDED]
    return (
        sum(part.quantity for part in parts) <= line.quantity
        and abs(sum(part.line_amount for part in parts)) <= abs(line.line_amount)
        and abs(sum(part.tax_amount for part in parts)) <= abs(line.tax_amount)
    )


def keep_straight(examples, steps):
    run_state_machine_as_test(Till, settings=settings(max_examples=examples, stateful_step_count=steps, deadline=None))


def test_the_books_stay_straight_whatever_is_done_in_whatever_order():
    keep_straight(examples=8, steps=15)


@pytest.mark.slow
def test_the_books_stay_straight_over_many_long_days():
    keep_straight(examples=40, steps=40)
