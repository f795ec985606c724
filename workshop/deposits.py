"""Verbs on deposits: taken on an open job, used on its invoice, given back or kept for the next job."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from workshop import job_states, money
from workshop.balances import change_credited, locked, locked_credit, refuse_method, use
from workshop.entry import check, fill, sensible_date
from workshop.errors import InvalidInput, NotAllowedNow, OverCredit
from workshop.lines import sales_tax
from workshop.models import (
    CreditAllocation,
    Deposit,
    Invoice,
    Job,
    NumberSequence,
    Organisation,
    PaymentMethod,
    TaxMode,
    TaxRate,
)

DONE = [Job.Status.INVOICED, Job.Status.COLLECTED, Job.Status.CANCELLED]


@transaction.atomic
def take_deposit(
    job: Job, *, amount: Decimal, method: PaymentMethod | None, date: date | None = None, reference: str = ""
) -> Deposit:
    """Take money before the invoice, from whoever pays for the job. ``amount`` includes tax.

    Raises NotAllowedNow once the job is invoiced or cancelled, InvalidInput without a way of paying.
    """
    job = job_states.locked(job)
    if job.status not in job_states.ON_THE_FLOOR:
        raise NotAllowedNow(f"{job} is {job.get_status_display().lower()}; a deposit is taken before that.")
    garage = Organisation.current()
    refuse_method(method)
    deposit = Deposit(job=job, customer=job.payer, method=method, amount=amount, date=date or garage.today())
    check(fill(deposit, {"reference": reference}), "amount", "date", "reference")
    sensible_date(deposit.date, garage.today())
    _set_tax(deposit, _tax_rate(garage), job.tax_mode)
    deposit.remaining = amount
    deposit.number = NumberSequence.take("deposit")
    deposit.save()
    return deposit


def _tax_rate(garage: Organisation) -> TaxRate:
    rate = garage.deposit_tax_rate or sales_tax()
    if rate is None:
        raise InvalidInput("Choose the garage's default tax rate first, in the settings.", field="amount")
    return rate


def _set_tax(deposit: Deposit, rate: TaxRate, job_mode: str) -> None:
    deposit.tax_mode = TaxMode.NO_TAX if job_mode == TaxMode.NO_TAX else TaxMode.INCLUSIVE
    deposit.tax_rate, deposit.tax_percent = rate, rate.percent
    deposit.tax_amount = money.line_tax(deposit.amount, rate.percent, deposit.tax_mode)


# Used on invoices


@transaction.atomic
def allocate_deposit(
    deposit: Deposit, invoice: Invoice, *, amount: Decimal, date: date | None = None
) -> CreditAllocation:
    """Use a deposit on an invoice of the same customer. Raises OverCredit for more than is left or due."""
    invoice = locked(invoice)
    deposit = locked_credit(deposit)
    if deposit.customer_id != invoice.customer_id:
        raise InvalidInput("The deposit and the invoice are not the same customer's.", field="invoice")
    if invoice.status == Invoice.Status.VOIDED:
        raise NotAllowedNow("A voided document takes no allocation.")
    return _allocate(deposit, invoice, amount, date)


def _allocate(deposit: Deposit, invoice: Invoice, amount: Decimal, date: date | None = None) -> CreditAllocation:
    on = date or max(deposit.date, invoice.date)
    allocation = CreditAllocation(deposit=deposit, invoice=invoice, amount=amount, date=on)
    check(allocation, "amount", "date")
    if amount > deposit.remaining:
        raise OverCredit(f"Only {deposit.remaining} of {deposit} is left.", field="amount")
    if amount > invoice.amount_due:
        raise OverCredit(f"Only {invoice.amount_due} is due on {invoice}.", field="amount")
    allocation.save()
    use(deposit, allocated=amount)
    change_credited(invoice, amount)
    return allocation


def use_on(invoice: Invoice) -> None:
    """What is held for the invoice's job, then what is left of jobs that are done, oldest first, up to what is due.

    In the caller's transaction; ``invoice`` is changed and saved.
    """
    if invoice.amount_due == 0 or invoice.job_id is None:
        return
    for deposit in _held_for(invoice):
        if invoice.amount_due:
            _allocate(deposit, invoice, min(deposit.remaining, invoice.amount_due))


def _held_for(invoice: Invoice) -> list[Deposit]:
    usable = Q(job=invoice.job_id) | Q(job__status__in=DONE)
    held = Deposit.objects.held().filter(usable, customer=invoice.customer_id).order_by("pk")
    return sorted(held.select_for_update(of=("self",)), key=lambda deposit: deposit.job_id != invoice.job_id)


def free(invoice: Invoice) -> None:
    """Deposits used on the invoice are held again. In the caller's transaction; ``invoice`` is changed and saved.

    What the accountant allocated in the accounts stays: it is taken back there.
    """
    used = invoice.allocations.filter(removed_at=None, source=CreditAllocation.Source.WORKSHOP, deposit__isnull=False)
    for allocation in used.select_for_update(of=("self",)).select_related("deposit").order_by("deposit"):
        assert allocation.deposit is not None  # noqa: S101 (just filtered)
        allocation.removed_at = timezone.now()
        allocation.save(update_fields=["removed_at", "updated_at"])
        use(locked_credit(allocation.deposit), allocated=-allocation.amount)
        change_credited(invoice, -allocation.amount)
