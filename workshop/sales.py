"""Verbs on invoices, payments and credit notes. Each opens its own transaction and returns the object."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format

from workshop import deposits, job_states, money
from workshop.balances import change_paid, locked, refuse_method, save, set_balance
from workshop.entry import check, fill, required, sensible_date
from workshop.errors import InvalidInput, InvoiceLocked, NotAllowedNow, Overpayment, PeriodLocked
from workshop.lines import LineDefaults, typed_lines
from workshop.models import (
    CreditNote,
    CreditNoteLine,
    Customer,
    Invoice,
    InvoiceLine,
    Job,
    JobLine,
    NumberSequence,
    Organisation,
    Payment,
    PaymentMethod,
    Supply,
)
from workshop.models.jobs import DISCOUNT_FIELDS, LINE_FIELDS
from workshop.pricing import document_lines, totals_of
from workshop.signals import locks_invoice
from workshop.stock import sold

LARGEST = Decimal("99999999.99")
LINE_CONTENT = [*LINE_FIELDS, "position", "tax_percent", "line_amount", "tax_amount"]
S = Invoice.Status


# Invoices


@transaction.atomic
def issue_invoice(job: Job, *, date: date | None = None, due_date: date | None = None) -> Invoice:
    """Invoice a completed job: numbered, dated in the garage's zone, with the vehicle's rego as its reference.

    What is held of the payer's deposits is used on it at once, as far as it is due.
    Raises NotAllowedNow unless the job is completed, InvalidInput for no lines or a due date before the date.
    """
    job = job_states.locked(job)
    if job.status != Job.Status.COMPLETED:
        raise NotAllowedNow(f"{job} is {job.get_status_display().lower()}. Complete it before invoicing.")
    invoice = new_invoice(job.payer, date, due_date, job=job, tax_mode=job.tax_mode, **job.charges())
    invoice.vehicle, invoice.reference = job.vehicle, job.vehicle.rego if job.vehicle else ""
    store(invoice, list(job.lines.select_related("part", "tax_rate")))
    job_states.move(job, Job.Status.INVOICED)
    deposits.use_on(invoice)
    return invoice


def new_invoice(customer: Customer, on: date | None, due: date | None, **fields: Any) -> Invoice:
    """Dated and due, by the customer's terms unless said otherwise; unsaved. Raises InvalidInput for dates."""
    garage = Organisation.current()
    on = sensible_date(on or garage.today(), garage.today())
    due = due or customer.due_date(on, garage.payment_terms_days)
    _refuse_early_due_date(on, due)
    return Invoice(customer=customer, date=on, due_date=due, **fields)


def _refuse_early_due_date(on: date, due: date) -> None:
    sensible_date(due, on, "due_date")
    if due < on:
        raise InvalidInput("An invoice cannot fall due before its date.", field="due_date")


def store(invoice: Invoice, rows: Sequence[JobLine], before: Mapping[int, InvoiceLine] | None = None) -> None:
    """Write the invoice with its totals in one save, its lines in one statement, and release the cost of the goods.

    ``before``: the lines of the invoice that this one replaces.
    """
    lines = _priced(invoice, rows)
    if before:
        _take_over(before, lines)
    invoice.number = invoice.number or NumberSequence.take("invoice")
    invoice.save()
    for line in lines:
        line.invoice = invoice
    InvoiceLine.objects.bulk_create(lines)
    sold.release(invoice, lines)


def _priced(invoice: Invoice, rows: Sequence[JobLine]) -> list[InvoiceLine]:
    """The rows with their tax and supply, the document's own lines after them; the invoice takes their totals."""
    if not any(row.priced for row in rows):
        raise InvalidInput("There is nothing to invoice: add a line with a price.", field="lines")
    lines = document_lines(rows, invoice.tax_mode, **invoice.charges())
    _set_totals(invoice, lines)
    if invoice.total < 0:
        raise InvalidInput("The discount is larger than the invoice.", field="discount_amount")
    if invoice.total > LARGEST:
        raise InvalidInput(f"An invoice cannot come to more than {LARGEST:,}.", field="lines")
    for line, row in zip(lines, rows, strict=False):
        line.supply = sold.supply_of(line.kind, row.part, row.supply)
        line.job_line = row if row.pk else None
    return lines


def _set_totals(invoice: Invoice, lines: Iterable[InvoiceLine]) -> None:
    sums = totals_of(lines, invoice.tax_mode)
    invoice.subtotal, invoice.tax_total, invoice.total = sums.subtotal, sums.tax, sums.total
    set_balance(invoice)


@transaction.atomic
def sell(
    customer: Customer,
    lines: Iterable[Mapping[str, Any]],
    *,
    date: date | None = None,
    due_date: date | None = None,
    reference: str = "",
) -> Invoice:
    """A counter sale: an invoice without a job. Raises InvalidInput for an archived customer."""
    customer = Customer.objects.select_for_update().get(pk=customer.pk)
    if customer.archived_at:
        raise InvalidInput(f"{customer} is archived. Restore the customer first.", field="customer")
    mode = Organisation.current().tax_mode
    invoice = fill(new_invoice(customer, date, due_date, tax_mode=mode), {"reference": reference})
    check(invoice, "reference")
    store(invoice, typed_lines(JobLine, lines, LineDefaults.of(customer, mode)))
    return invoice


def why_locked(invoice: Invoice) -> str:
    """Why its lines and its date can no longer be changed, as a sentence; empty where they can."""
    if invoice.changed_in_accounts:
        return f"Invoice {invoice} was changed in the accounts. Reconcile that first."
    if invoice.replaced_at:
        return f"Invoice {invoice} was credited and issued anew."
    if not invoice.editable:
        state = invoice.get_status_display().lower()
        return f"Invoice {invoice} is {state}. Remove the payment or credit, or credit it and issue it anew."
    answers = (answer for _, answer in locks_invoice.send(Invoice, invoice=invoice))
    return next(filter(None, answers), "")


def _editable(invoice: Invoice, version: int | None = None) -> Invoice:
    invoice = locked(invoice, version)
    if reason := why_locked(invoice):
        raise InvoiceLocked(reason)
    return invoice


@transaction.atomic
def edit_invoice(
    invoice: Invoice, lines: Iterable[Mapping[str, Any]], *, version: int | None = None, **fields: Any
) -> Invoice:
    """Replace the lines, and of reference, due_date, freight and discount what is given.

    Raises InvoiceLocked once a payment or credit rests on the invoice, or the accountant changed its amounts.
    """
    invoice = _editable(invoice, version)
    _refuse_rewriting(invoice)
    given = {name: value for name, value in fields.items() if value is not None}
    check(fill(invoice, given), "reference", *DISCOUNT_FIELDS)
    invoice.clean()
    _refuse_early_due_date(invoice.date, invoice.due_date)
    rows = typed_lines(JobLine, lines, LineDefaults.of(invoice.customer, invoice.tax_mode), archived=True)
    before = {line.pk: line for line in invoice.lines.select_related("part", "job_line")}
    after = _recognised(before, _priced(invoice, rows))
    invoice.version += 1
    invoice.save()
    _rewrite_lines(invoice, before, after)
    sold.change(invoice, before, after)
    return invoice


def _recognised(before: Mapping[int, InvoiceLine], lines: list[InvoiceLine]) -> list[InvoiceLine]:
    """A line of the same goods, or of the same words, is the same line: it keeps its id, its supply and its cost."""
    left = list(before.values())
    for line in lines:
        same = next((old for old in left if same_goods(old, line)), None)
        if same:
            left.remove(same)
            line.pk, line.supply, line.job_line, line.cost = same.pk, same.supply, same.job_line, same.cost
    return lines


def _take_over(before: Mapping[int, InvoiceLine], lines: list[InvoiceLine]) -> None:
    """What was bought for the job is on the job again, and is released with the line that names it now."""
    left = [line for line in before.values() if line.supply == Supply.JOB_ORDER]
    for line in lines:
        same = next((old for old in left if same_goods(old, line)), None)
        if same:
            left.remove(same)
            line.supply, line.job_line = same.supply, same.job_line


def same_goods(old: InvoiceLine, new: InvoiceLine | JobLine) -> bool:
    same_words = old.part_id is not None or old.description == new.description
    return (old.kind, old.part_id) == (new.kind, new.part_id) and same_words


def _rewrite_lines(invoice: Invoice, before: Mapping[int, InvoiceLine], lines: list[InvoiceLine]) -> None:
    """At once and unheard: the save of the invoice tells whoever listens, once and not once per line."""
    for line in lines:
        line.invoice = invoice
    gone = InvoiceLine.objects.filter(pk__in=before.keys() - {line.pk for line in lines})
    CreditNoteLine.objects.filter(invoice_line__in=gone).update(invoice_line=None, goods="", cost=0)  # of voided notes
    gone._raw_delete(invoice._state.db)
    InvoiceLine.objects.bulk_update([line for line in lines if line.pk], LINE_CONTENT)
    InvoiceLine.objects.bulk_create([line for line in lines if not line.pk])


def _refuse_rewriting(invoice: Invoice) -> None:
    if invoice.lines.filter(kind=InvoiceLine.Kind.ADJUSTMENT).exists():
        raise InvoiceLocked(f"Invoice {invoice} was adjusted in the accounts. Change it there, or credit it.")
    _refuse_credited(invoice)


def _refuse_credited(invoice: Invoice) -> None:
    note = invoice.credit_notes.exclude(status=CreditNote.Status.VOIDED).first()
    if note:
        raise InvoiceLocked(f"Credit note {note} credits invoice {invoice}. Void it first.")


@transaction.atomic
def redate_invoice(invoice: Invoice, new_date: date) -> Invoice:
    """Move the invoice to another day, keeping its terms; the old date stays in its history."""
    invoice = _editable(invoice)
    terms = invoice.due_date - invoice.date
    old = invoice.date
    invoice._change_reason = f"Date was {old}"
    invoice.date = sensible_date(new_date, Organisation.current().today())
    invoice.due_date = new_date + terms
    save(invoice, "date", "due_date")
    sold.redate(invoice, old)
    return invoice


@transaction.atomic
def renumber_invoice(invoice: Invoice) -> Invoice:
    """Give the invoice the next free number; the one it had is noted and never used again."""
    invoice = locked(invoice)
    if invoice.status == S.VOIDED:
        raise NotAllowedNow(f"Invoice {invoice} is voided.")
    invoice._change_reason = f"Number was {invoice.number}"
    invoice.previous_numbers = ", ".join(filter(None, [invoice.previous_numbers, invoice.number]))
    invoice.number = NumberSequence.take("invoice")
    save(invoice, "number", "previous_numbers")
    sold.renumber(invoice)
    return invoice


@transaction.atomic
def void_invoice(invoice: Invoice, *, reason: str) -> Invoice:
    """Void an invoice nothing rests on; its job goes back to completed and its number is burnt.

    Deposits used on it are held again. Raises InvoiceLocked for an invoice that is paid or credited, in part or whole.
    """
    if invoice.job:
        job_states.locked(invoice.job)  # before the invoice and its goods, as whoever receives goods for it does
    invoice = locked(invoice)
    if invoice.status == S.VOIDED:
        raise NotAllowedNow(f"Invoice {invoice} is voided already.")
    deposits.free(invoice)
    if invoice.amount_paid or invoice.amount_credited:
        raise InvoiceLocked(f"Invoice {invoice} has payments or credits. Reverse them first, or issue a credit note.")
    _refuse_credited(invoice)
    _refuse_locked(invoice)
    invoice.void_reason = required(reason, "Say why the invoice is voided.")
    check(invoice, "void_reason")
    invoice.status, invoice.amount_due, invoice.voided_at = S.VOIDED, money.ZERO, timezone.now()
    invoice.changed_in_accounts = False
    save(invoice, "status", "amount_due", "voided_at", "void_reason", "changed_in_accounts")
    sold.undo(invoice)
    if invoice.job:
        _reopen(invoice.job)
    return invoice


def _refuse_locked(invoice: Invoice) -> None:
    """What the accountant closed stays as it is; a credit note of today undoes it in the open."""
    locked_until = Organisation.current().books_locked_until
    if locked_until and invoice.date <= locked_until:
        day = date_format(locked_until)
        raise PeriodLocked(f"The books are closed up to {day}. Issue a credit note for {invoice} instead, dated today.")


def _reopen(job: Job) -> None:
    job = job_states.locked(job)
    if job.status == Job.Status.COLLECTED:
        job = job_states.step_back(job, Job.Status.INVOICED)
    job_states.step_back(job, Job.Status.COMPLETED)


@transaction.atomic
def adjust_to_accounts(invoice: Invoice, *, subtotal: Decimal, tax: Decimal, description: str) -> Invoice:
    """Follow a change the accountant made: one adjustment line brings our totals to theirs; our lines stay.

    ``subtotal`` and ``tax`` are the document's in the accounts. Raises Overpayment if more is paid or credited than
    that, NotAllowedNow for a voided invoice.
    """
    invoice = locked(invoice)
    if invoice.status == S.VOIDED:
        raise NotAllowedNow(f"Invoice {invoice} is voided here.")
    invoice.lines.filter(kind=InvoiceLine.Kind.ADJUSTMENT).delete()
    lines = list(invoice.lines.all())
    _set_totals(invoice, lines)
    net, tax_difference = money.cents(subtotal) - invoice.subtotal, money.cents(tax) - invoice.tax_total
    if net or tax_difference:
        lines.append(_adjustment(invoice, net, tax_difference, description))
    _set_totals(invoice, lines)
    if invoice.amount_due < 0:
        raise Overpayment(f"More is paid or credited on {invoice} than its total of {invoice.total} in the accounts.")
    invoice.changed_in_accounts = bool(net or tax_difference)
    invoice.version += 1
    invoice.save()
    return invoice


def _adjustment(invoice: Invoice, net: Decimal, tax: Decimal, description: str) -> InvoiceLine:
    amount = net + tax if invoice.tax_mode == money.INCLUSIVE else net
    return InvoiceLine.objects.create(
        invoice=invoice,
        kind=InvoiceLine.Kind.ADJUSTMENT,
        description=description[:2000],
        position=10_000,
        line_amount=amount,
        tax_amount=tax,
    )


@transaction.atomic
def accept_adjustment(invoice: Invoice) -> Invoice:
    """The accountant's change stands; the invoice is no longer off balance."""
    invoice = locked(invoice)
    if not invoice.changed_in_accounts:
        raise NotAllowedNow(f"Nothing was changed on {invoice} in the accounts.")
    invoice.changed_in_accounts = False
    return save(invoice, "changed_in_accounts")


@transaction.atomic
def drop_adjustment(invoice: Invoice) -> Invoice:
    """Our own lines count again. Raises Overpayment if more is paid than they come to, NotAllowedNow if voided."""
    invoice = locked(invoice)
    if invoice.status == S.VOIDED:
        raise NotAllowedNow(f"Invoice {invoice} is voided.")
    invoice.lines.filter(kind=InvoiceLine.Kind.ADJUSTMENT).delete()
    _set_totals(invoice, list(invoice.lines.all()))
    if invoice.amount_due < 0:
        raise Overpayment(f"More is paid on {invoice} than its own lines come to.")
    invoice.changed_in_accounts = False
    invoice.version += 1
    invoice.save()
    return invoice


def expect_payment(invoice: Invoice, on: date | None) -> None:
    """When the accounts expect it to be paid. Nobody need hear of it: nothing else follows from it."""
    if invoice.expected_payment_date != on:
        Invoice.objects.filter(pk=invoice.pk).update(expected_payment_date=on)


# Payments


@transaction.atomic
def record_payment(
    invoice: Invoice,
    *,
    amount: Decimal,
    method: PaymentMethod | None = None,
    date: date | None = None,
    reference: str = "",
    source: str = Payment.Source.WORKSHOP,
) -> Payment:
    """Take money against an invoice. Raises Overpayment for more than is due, NotAllowedNow for a voided invoice."""
    invoice = locked(invoice)
    if invoice.status == S.VOIDED:
        raise NotAllowedNow(f"Invoice {invoice} is voided; it takes no payment.")
    today = Organisation.current().today()
    payment = Payment(invoice=invoice, amount=amount, method=method, date=date or today, source=source)
    check(fill(payment, {"reference": reference}), "amount", "date", "reference", "source")
    if source == Payment.Source.WORKSHOP:
        sensible_date(payment.date, today)
        refuse_method(method)
    if amount > invoice.amount_due:
        raise Overpayment(f"Only {invoice.amount_due} is due on {invoice}.", field="amount")
    payment.number = NumberSequence.take("payment")
    payment.save()
    change_paid(invoice, amount)
    return payment


@transaction.atomic
def reverse_payment(payment: Payment, *, reason: str, in_accounts: bool = False) -> Payment:
    """Take a payment back (a mistake, a bounced cheque). Raises NotAllowedNow when it is reversed already.

    What was entered in the accounts is taken back there; ``in_accounts`` says that this has happened.
    """
    invoice = locked(payment.invoice)
    payment = Payment.objects.select_for_update().get(pk=payment.pk)
    if payment.reversed_at:
        raise NotAllowedNow(f"Payment {payment.number} is reversed already.")
    if payment.source == Payment.Source.ACCOUNTS and not in_accounts:
        raise NotAllowedNow(f"Payment {payment.number} was entered in the accounts. Remove it there.")
    payment.reverse_reason = required(reason, "Say why the payment is reversed.")
    check(payment, "reverse_reason")
    payment.reversed_at = timezone.now()
    payment.save(update_fields=["reversed_at", "reverse_reason", "updated_at"])
    change_paid(invoice, -payment.amount)
    return payment
