"""Verbs on credit notes and their allocation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from workshop import money
from workshop.balances import change_credited, locked, locked_credit, use
from workshop.entry import check, fill, sensible_date
from workshop.errors import InvalidInput, NotAllowedNow, OverCredit
from workshop.lines import LineDefaults
from workshop.models import (
    CreditAllocation,
    CreditNote,
    CreditNoteLine,
    Customer,
    Deposit,
    Goods,
    Invoice,
    InvoiceLine,
    LineKind,
    NumberSequence,
    Organisation,
    TaxRate,
)
from workshop.sales import LARGEST
from workshop.stock import returned

S = Invoice.Status
STEP = Decimal("0.0001")
COPIED = ["kind", "description", "unit_price", "discount_percent", "tax_rate_id", "tax_percent"]


@transaction.atomic
def credit_invoice(
    invoice: Invoice,
    quantities: Mapping[int, Decimal],
    *,
    goods: Mapping[int, str] | None = None,
    date: date | None = None,
    reason: str = "",
    allocate: bool = True,
) -> CreditNote:
    """Credit lines (id → quantity) of an invoice and, as far as it is due, allocate the credit to it at once.

    ``goods``: where goods came back, what became of them (line id → restocked or scrapped). Raises OverCredit when more
    of a line would be credited than was invoiced, InvalidInput for goods of a line that is not kept in stock.
    """
    invoice = locked(invoice)
    if invoice.status == S.VOIDED:
        raise NotAllowedNow(f"Invoice {invoice} is voided; there is nothing to credit.")
    lines = _credited_lines(invoice, quantities, goods or {})
    note = _issue(
        invoice.customer,
        lines,
        date=date,
        reason=reason,
        invoice=invoice,
        reference=invoice.reference,
        tax_mode=invoice.tax_mode,
    )
    returned.take_back(note, lines)
    if allocate and invoice.amount_due:
        allocate_credit(note, invoice, amount=min(note.remaining, invoice.amount_due), date=note.date)
        note.refresh_from_db()
    return note


def _credited_lines(
    invoice: Invoice, quantities: Mapping[int, Decimal], goods: Mapping[int, str]
) -> list[CreditNoteLine]:
    lines = invoice.lines.select_related("part").in_bulk()
    if not quantities or set(quantities) - set(lines):
        raise InvalidInput("Choose lines of this invoice to credit.", field="lines")
    before = credited_before(quantities)
    return [
        _credit_of(lines[pk], quantity, before.get(pk, NOTHING), goods.get(pk, Goods.NONE))
        for pk, quantity in quantities.items()
    ]


@dataclass(frozen=True)
class Credited:
    """What was credited of an invoice line before."""

    quantity: Decimal
    amount: Decimal
    tax: Decimal


NOTHING = Credited(Decimal(0), money.ZERO, money.ZERO)


def credited_before(line_ids: Iterable[int]) -> dict[int, Credited]:
    live = CreditNoteLine.objects.exclude(credit_note__status=CreditNote.Status.VOIDED)
    sums = live.filter(invoice_line__in=list(line_ids)).order_by().values_list("invoice_line")
    rows = sums.annotate(Sum("quantity"), Sum("line_amount"), Sum("tax_amount"))
    # SQLite sums quantities as binary floats
    return {pk: Credited(quantity.quantize(STEP), amount, tax) for pk, quantity, amount, tax in rows}


def _credit_of(line: InvoiceLine, quantity: Decimal, before: Credited, goods: str) -> CreditNoteLine:
    if line.kind == InvoiceLine.Kind.ADJUSTMENT:
        raise InvalidInput("An adjustment made in the accounts is credited there.", field="lines")
    copied = {name: getattr(line, name) for name in COPIED}
    credit = CreditNoteLine(invoice_line=line, part=line.part, quantity=quantity, goods=goods, **copied)
    check(credit, "quantity", "goods")
    if goods:
        returned.refuse_goods(line, goods, quantity)
    left = line.quantity - before.quantity
    if quantity > left:
        raise OverCredit(f"Only {left.normalize():f} of “{line.description}” is left to credit.", field="quantity")
    credit.line_amount, credit.tax_amount = _part(line, before, quantity)
    return credit


def _part(line: InvoiceLine, before: Credited, quantity: Decimal) -> tuple[Decimal, Decimal]:
    """This part's amount and tax. No part goes past what is left of the line, and the last takes exactly that."""
    amount_left, tax_left = line.line_amount - before.amount, line.tax_amount - before.tax
    if quantity == line.quantity - before.quantity:
        return amount_left, tax_left
    so_far = money.cents(line.line_amount * (before.quantity + quantity) / line.quantity)
    amount = _within(so_far - before.amount, amount_left)
    return amount, _within(money.line_tax(amount, line.tax_percent, line.invoice.tax_mode), tax_left)


def _within(amount: Decimal, left: Decimal) -> Decimal:
    """The amount, kept between nothing and what is left; a discount's is below nothing."""
    return max(min(amount, money.ZERO), left) if left < 0 else min(max(amount, money.ZERO), left)


@transaction.atomic
def issue_credit_note(
    customer: Customer,
    *,
    description: str,
    amount: Decimal,
    tax_rate: TaxRate | None = None,
    date: date | None = None,
    reason: str = "",
    reference: str = "",
) -> CreditNote:
    """A credit without an invoice (goodwill). ``amount`` is in the garage's tax mode; it waits to be allocated.

    Raises InvalidInput for an amount that is not more than nothing, or finer than a cent.
    """
    if not amount.is_finite() or not money.ZERO < amount <= LARGEST or amount != money.cents(amount):
        raise InvalidInput(f"Credit between 0.01 and {LARGEST:,}, to the cent.", field="amount")
    mode = Organisation.current().tax_mode
    typed = {"kind": LineKind.LABOUR, "description": description, "unit_price": amount, "tax_rate": tax_rate}
    row = LineDefaults.of(customer, mode).complete(typed | {"discount_percent": Decimal(0)})
    line = fill(CreditNoteLine(line_amount=amount, tax_percent=row["tax_rate"].percent), row)
    check(line, "description")
    line.tax_amount = money.line_tax(amount, line.tax_percent, mode)
    return _issue(customer, [line], date=date, reason=reason, reference=reference, tax_mode=mode)


def _issue(customer: Customer, lines: list[CreditNoteLine], *, date: date | None, **fields: Any) -> CreditNote:
    sums = money.totals(((line.line_amount, line.tax_amount) for line in lines), fields["tax_mode"])
    if sums.total <= 0:
        raise InvalidInput("A credit note must come to more than nothing.", field="lines")
    today = Organisation.current().today()
    note = fill(CreditNote(customer=customer, date=sensible_date(date or today, today)), fields)
    check(note, "reason", "reference")
    note.subtotal, note.tax_total, note.total, note.remaining = sums.subtotal, sums.tax, sums.total, sums.total
    note.number = NumberSequence.take("credit_note")
    note.save()
    for position, line in enumerate(lines, start=1):
        line.credit_note, line.position = note, position
    CreditNoteLine.objects.bulk_create(lines)
    return note


@transaction.atomic
def allocate_credit(
    note: CreditNote, invoice: Invoice, *, amount: Decimal, date: date | None = None
) -> CreditAllocation:
    """Use credit against an invoice of the same customer. Raises OverCredit for more than is left or due."""
    invoice = locked(invoice)
    note = CreditNote.objects.select_for_update().get(pk=note.pk)
    allocation = CreditAllocation(
        credit_note=note, invoice=invoice, amount=amount, date=date or max(note.date, invoice.date)
    )
    check(allocation, "amount", "date")
    if note.customer_id != invoice.customer_id:
        raise InvalidInput("The credit note and the invoice are not the same customer's.", field="invoice")
    if note.status == CreditNote.Status.VOIDED or invoice.status == S.VOIDED:
        raise NotAllowedNow("A voided document takes no allocation.")
    if amount > note.remaining:
        raise OverCredit(f"Only {note.remaining} of {note} is left.", field="amount")
    if amount > invoice.amount_due:
        raise OverCredit(f"Only {invoice.amount_due} is due on {invoice}.", field="amount")
    allocation.save()
    use(note, allocated=amount)
    change_credited(invoice, amount)
    return allocation


@transaction.atomic
def note_accounts_credit(
    invoice: Invoice,
    *,
    amount: Decimal,
    date: date,
    external_number: str,
    credit: CreditNote | Deposit | None = None,
) -> CreditAllocation:
    """Credit used in the accounts, ours or one that is not here. Raises OverCredit beyond what is due or left."""
    invoice = locked(invoice)
    credit = locked_credit(credit) if credit else None
    allocation = CreditAllocation(
        invoice=invoice,
        credit_note=credit if isinstance(credit, CreditNote) else None,
        deposit=credit if isinstance(credit, Deposit) else None,
        amount=amount,
        date=date,
        source=CreditAllocation.Source.ACCOUNTS,
        external_number=external_number,
    )
    check(allocation, "amount", "date", "external_number")
    if invoice.status == S.VOIDED:
        raise NotAllowedNow("A voided document takes no allocation.")
    if credit and amount > credit.remaining:
        raise OverCredit(f"Only {credit.remaining} of {credit} is left.", field="amount")
    if amount > invoice.amount_due:
        raise OverCredit(f"Only {invoice.amount_due} is due on {invoice}.", field="amount")
    allocation.save()
    if credit:
        use(credit, allocated=amount)
    change_credited(invoice, amount)
    return allocation


@transaction.atomic
def remove_allocation(allocation: CreditAllocation, *, in_accounts: bool = False) -> CreditAllocation:
    """The invoice is due again and the credit is free again.

    What was allocated in the accounts is taken back there; ``in_accounts`` says that this has happened.
    """
    invoice = locked(allocation.invoice)
    allocation = CreditAllocation.objects.select_for_update().get(pk=allocation.pk)
    if allocation.removed_at:
        raise NotAllowedNow("The allocation is removed already.")
    if allocation.source == CreditAllocation.Source.ACCOUNTS and not in_accounts:
        raise NotAllowedNow("This credit was allocated in the accounts; remove it there.")
    allocation.removed_at = timezone.now()
    allocation.save(update_fields=["removed_at", "updated_at"])
    if allocation.credit:
        use(locked_credit(allocation.credit), allocated=-allocation.amount)
    change_credited(invoice, -allocation.amount)
    return allocation


@transaction.atomic
def void_credit_note(note: CreditNote) -> CreditNote:
    note = CreditNote.objects.select_for_update().get(pk=note.pk)
    if note.status == CreditNote.Status.VOIDED:
        raise NotAllowedNow(f"{note} is voided already.")
    if note.invoice and note.invoice.replaced_at:
        raise NotAllowedNow(f"{note.invoice} was credited with {note} and issued anew. Credit the new invoice instead.")
    if note.amount_allocated:
        raise NotAllowedNow(f"{note} is allocated. Remove the allocation first.")
    if note.amount_refunded:
        raise NotAllowedNow(f"{note} is refunded. Reverse the refund first.")
    note.status, note.remaining, note.voided_at = CreditNote.Status.VOIDED, money.ZERO, timezone.now()
    note.save(update_fields=["status", "remaining", "voided_at", "updated_at"])
    returned.undo(note)
    return note


@transaction.atomic
def renumber_credit_note(note: CreditNote) -> CreditNote:
    """Give it the next free number; the one it had is never used again and stays in its history."""
    note = CreditNote.objects.select_for_update().get(pk=note.pk)
    if note.status == CreditNote.Status.VOIDED:
        raise NotAllowedNow(f"{note} is voided.")
    note._change_reason = f"Number was {note.number}"
    note.number = NumberSequence.take("credit_note")
    note.save(update_fields=["number", "updated_at"])
    returned.renumber(note)
    return note
