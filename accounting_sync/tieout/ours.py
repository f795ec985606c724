"""What is here, one kind after the other: the amounts that Xero must show too."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from workshop.models import Bill, CreditNote, Deposit, Invoice, InvoiceLine, Payment, Refund, SupplierCredit
from workshop.money import INCLUSIVE, ZERO

CHUNK = 500


@dataclass(frozen=True)
class Ours:
    """One document as it stands here. Amounts in cents; None: that is Xero's to say, and not compared.

    ``open`` is due on an invoice or bill, and left of a credit. ``rests_on`` is what a payment or refund is about.
    ``may_be_gone``: that Xero took it back was followed here.
    """

    kind: str
    object_id: int
    title: str
    party_id: int
    dated: date
    live: bool
    total: Decimal
    open: Decimal | None = None
    paid: Decimal | None = None
    credited: Decimal | None = None
    rests_on: tuple[str, int] | None = None
    may_be_gone: bool = False


def documents(kind: str) -> Iterator[list[Ours]]:
    """All of a kind, five hundred at a time, in a fixed number of queries for each."""
    rows, made = SOURCES[kind]
    last = 0
    while found := list(rows().filter(pk__gt=last).order_by("pk")[:CHUNK]):
        last = found[-1].pk
        yield made(found)


def _invoices(rows: Sequence[Invoice]) -> list[Ours]:
    """What the accountant changed is not ours until somebody accepts it."""
    pending = _not_accepted([row.pk for row in rows if row.changed_in_accounts])
    return [
        Ours(
            "invoice", row.pk, f"{row.number} · {row.customer.name}", row.customer_id, row.date,
            row.status != Invoice.Status.VOIDED, row.total - pending.get(row.pk, ZERO),
            row.amount_due - pending.get(row.pk, ZERO), row.amount_paid, row.amount_credited,
        )
        for row in rows
    ]  # fmt: skip


def _not_accepted(ids: Sequence[int]) -> dict[int, Decimal]:
    lines = InvoiceLine.objects.filter(invoice__in=ids, kind=InvoiceLine.Kind.ADJUSTMENT).select_related("invoice")
    return {
        line.invoice_id: line.line_amount + (ZERO if line.invoice.tax_mode == INCLUSIVE else line.tax_amount)
        for line in lines
    }


def _bills(rows: Sequence[Bill]) -> list[Ours]:
    return [
        Ours(
            "bill", row.pk, f"{row.number} · {row.supplier.name}", row.supplier_id, row.date,
            row.status != Bill.Status.VOIDED, row.total, row.amount_due,
            row.amount_paid, row.amount_credited,
        )
        for row in rows
    ]  # fmt: skip


def _credit_notes(rows: Sequence[CreditNote]) -> list[Ours]:
    return [
        Ours(
            "credit_note", row.pk, f"{row.number} · {row.customer.name}", row.customer_id, row.date,
            row.status != CreditNote.Status.VOIDED, row.total, row.remaining,
        )
        for row in rows
    ]  # fmt: skip


def _supplier_credits(rows: Sequence[SupplierCredit]) -> list[Ours]:
    return [
        Ours(
            "supplier_credit", row.pk, f"{row.supplier_number or row.number} · {row.supplier.name}", row.supplier_id,
            row.date, row.status == SupplierCredit.Status.FINALISED, row.total, row.remaining,
        )
        for row in rows
    ]  # fmt: skip


def _deposits(rows: Sequence[Deposit]) -> list[Ours]:
    return [
        Ours(
            "deposit", row.pk, f"{row.number} · {row.customer.name}", row.customer_id, row.date,
            live=True, total=row.amount, open=row.remaining, may_be_gone=_taken_back(row),
        )
        for row in rows
    ]  # fmt: skip


def _taken_back(row: Deposit) -> bool:
    """Whoever removed it in Xero was followed here."""
    given = [refund for refund in row.refunds.all() if refund.reversed_at is None]
    return row.status == Deposit.Status.REFUNDED and all(one.source == Refund.Source.ACCOUNTS for one in given)


def _payments(rows: Sequence[Payment]) -> list[Ours]:
    return [
        Ours(
            "payment", row.pk, f"{row.number} on {row.invoice.number}", row.invoice.customer_id, row.date,
            row.reversed_at is None, row.amount, rests_on=("invoice", row.invoice_id),
        )
        for row in rows
    ]  # fmt: skip


def _refunds(rows: Sequence[Refund]) -> list[Ours]:
    return [
        Ours(
            "refund", row.pk, f"{row.number} of {row.credit}", row.credit.customer_id, row.date,
            row.reversed_at is None, row.amount, rests_on=_credit_of(row),
        )
        for row in rows
    ]  # fmt: skip


def _credit_of(row: Refund) -> tuple[str, int]:
    return ("deposit", row.deposit_id) if row.deposit_id else ("credit_note", row.credit_note_id or 0)


FINAL = [SupplierCredit.Status.FINALISED, SupplierCredit.Status.VOIDED]
#: money first: what differs in a payment explains what differs on its invoice
SOURCES: dict[str, tuple[Callable[[], QuerySet[Any]], Callable[[Sequence[Any]], list[Ours]]]] = {
    "payment": (lambda: Payment.objects.select_related("invoice"), _payments),
    "refund": (lambda: Refund.objects.select_related("deposit", "credit_note"), _refunds),
    "invoice": (lambda: Invoice.objects.select_related("customer"), _invoices),
    "credit_note": (lambda: CreditNote.objects.select_related("customer"), _credit_notes),
    "deposit": (lambda: Deposit.objects.select_related("customer").prefetch_related("refunds"), _deposits),
    "bill": (lambda: Bill.objects.select_related("supplier"), _bills),
    "supplier_credit": (
        lambda: SupplierCredit.objects.select_related("supplier").filter(status__in=FINAL),
        _supplier_credits,
    ),
}
