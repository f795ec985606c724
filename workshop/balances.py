"""What is due on an invoice and what is left of a credit: the one place where both are changed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, TypeVar

from workshop.errors import ChangedMeanwhile, InvalidInput
from workshop.models import CreditNote, Deposit, Invoice, PaymentMethod

S = Invoice.Status
Credit = TypeVar("Credit", bound=CreditNote | Deposit)
NOTHING = Decimal("0.00")


def locked(invoice: Invoice, version: int | None = None) -> Invoice:
    """The invoice as it is now, held until the transaction ends. Raises ChangedMeanwhile if not at that version."""
    invoice = Invoice.objects.select_for_update().get(pk=invoice.pk)
    if version is not None and invoice.version != version:
        raise ChangedMeanwhile(f"Invoice {invoice} was changed by somebody else meanwhile. Look at it again.")
    return invoice


def set_balance(invoice: Invoice) -> None:
    """What is due follows from total, payments and credits, and the status from what is due."""
    due = invoice.total - invoice.amount_paid - invoice.amount_credited
    invoice.amount_due = due
    if due == 0:
        invoice.status = S.PAID
    elif invoice.amount_paid or invoice.amount_credited:
        invoice.status = S.PART_PAID
    else:
        invoice.status = S.ISSUED


def save(invoice: Invoice, *fields: str) -> Invoice:
    invoice.version += 1
    invoice.save(update_fields=[*fields, "version", "updated_at"])
    return invoice


def change_paid(invoice: Invoice, amount: Decimal) -> None:
    invoice.amount_paid += amount
    set_balance(invoice)
    save(invoice, "amount_paid", "amount_due", "status")


def change_credited(invoice: Invoice, amount: Decimal) -> None:
    invoice.amount_credited += amount
    set_balance(invoice)
    save(invoice, "amount_credited", "amount_due", "status")


def locked_credit(credit: Credit) -> Credit:
    """The credit note or deposit as it is now, held until the transaction ends. Taken after the invoice's lock."""
    model: type[Any] = type(credit)
    held: Credit = model.objects.select_for_update().get(pk=credit.pk)
    return held


def use(credit: CreditNote | Deposit, *, allocated: Decimal = NOTHING, refunded: Decimal = NOTHING) -> None:
    """Less is left of a credit note or deposit; more, where the amounts are negative. The credit is locked before."""
    credit.amount_allocated += allocated
    credit.amount_refunded += refunded
    credit.remaining -= allocated + refunded
    credit.status = _status(credit)
    credit.save(update_fields=["amount_allocated", "amount_refunded", "remaining", "status", "updated_at"])


def _status(credit: CreditNote | Deposit) -> str:
    states = type(credit).Status
    if credit.amount_allocated:
        return states.PART_ALLOCATED if credit.remaining else states.ALLOCATED
    if not credit.remaining:
        return states.REFUNDED
    return CreditNote.Status.ISSUED if isinstance(credit, CreditNote) else Deposit.Status.HELD


def refuse_method(method: PaymentMethod | None) -> None:
    """Raises InvalidInput without a way of paying, or with one that is archived."""
    if method is None:
        raise InvalidInput("Choose how it was paid.", field="method")
    if method.archived_at:
        raise InvalidInput(f"{method} is archived.", field="method")
