"""Money in and out: payments on sales invoices, refunds of deposits and credit notes.

Xero calls both payments, and lets them be made and deleted, never changed.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet

from accounting_sync.documents.document import (
    Books,
    Call,
    Document,
    Element,
    Item,
    Record,
    day,
    digest,
    listed,
    number,
    written,
)
from accounting_sync.documents.invoice import undone_of, undone_on
from accounting_sync.reconcile import VOID, Body, Need, Presence, Wanted
from workshop.models import Payment, Refund

LONGEST_REFERENCE = 118  # Xero names no limit; this is what others found safe, and a cut one would not be found again
TARGETS = ("Invoice", "CreditNote", "Prepayment", "Overpayment")


def reference_of(record: Payment | Refund) -> str:
    """Our number first: by it a payment is found again in Xero."""
    return " ".join(filter(None, [record.number, record.reference]))[:LONGEST_REFERENCE].rstrip()


def target_of(element: Element) -> str:
    """The id of what was paid or refunded. Xero shows it under the name Invoice, whatever it is."""
    named = ((element.get(name) or {}).get(f"{name}ID") for name in TARGETS)
    return str(next(filter(None, named), ""))


class MoneyDocument(Document[Record]):
    """What payments and refunds have in common."""

    resource = "Payments"
    id_field = "PaymentID"
    number_field = "Reference"

    @abstractmethod
    def target(self, record: Record) -> Need:
        """What the money rests on."""

    def needs(self, record: Record) -> tuple[Need, ...]:
        return (self.target(record),)

    def money_wanted(self, record: Any, target: Body, title: str, books: Books, words: str) -> Wanted:
        unmapped: list[str] = []
        account = books.payments.get(str(record.method_id))
        if not account and record.source == record.Source.WORKSHOP:
            unmapped.append(f"{words} by {record.method}")
        body = {
            **target,
            "Account": {"AccountID": account},
            "Date": record.date.isoformat(),
            "Amount": record.amount,
            "Reference": reference_of(record),
        }
        content = [body["Date"], number(body["Amount"]), body["Reference"], self.target(record).object_id]
        return Wanted(
            title,
            dated=record.date,
            needs=self.needs(record),
            gone_first=self.gone_first(record),
            body=body,
            body_hash=digest(content),
            unmapped=tuple(unmapped),
        )

    def group(self, operation: str, item: Item) -> str:
        # deleting goes one by one: Xero has no batch for it
        return f"{operation} {item.remote_id}" if operation == VOID else operation

    def call(self, operation: str, items: Sequence[Item]) -> Call:
        if operation == VOID:
            return Call("POST", f"Payments/{items[0].remote_id}", {}, {"Status": "DELETED"})
        return Call("PUT", "Payments", {"summarizeErrors": "false"}, {"Payments": [item.body for item in items]})

    def look_up(self, items: Sequence[Item]) -> Call:
        if items[0].remote_id:
            return Call("GET", f"Payments/{items[0].remote_id}")
        since = min(item.since for item in items if item.since)
        return Call("GET", "Payments", modified_since=since)

    def is_ours(self, item: Item, remote: Element) -> bool:
        if item.remote_id:
            return remote.get("PaymentID") == item.remote_id
        theirs = [remote.get("Reference"), target_of(remote), number(remote.get("Amount"))]
        return theirs == [item.body["Reference"], target_of(item.body), number(item.body["Amount"])]

    def fingerprint(self, element: Element) -> str:
        return digest(
            [
                target_of(element) or None,
                day(element.get("Date")),
                number(element.get("Amount")),
                element.get("Reference") or "",
            ]
        )


def _alike(item: Item, remotes: Sequence[Element], verb: str) -> tuple[str, dict[str, Any]]:
    """What in Xero may be the same money: the same amount first, else the latest."""
    live = [remote for remote in remotes if remote.get("Status") == "AUTHORISED"]
    same = [remote for remote in live if number(remote.get("Amount")) == number(item.body["Amount"])]
    if not live:
        return "", {}
    other = (same or live)[-1]
    evidence = {"amount": other.get("Amount"), "date": day(other.get("Date"))}
    evidence |= {"remote_id": other["PaymentID"]} if same else {}  # another amount is other money: not to be linked
    return f"Already {verb} in Xero on {written(other.get('Date'))}: {other.get('Amount')}.", evidence


class PaymentDocument(MoneyDocument[Payment]):
    kind = "payment"
    label = "Payment"
    rank = 40
    model = Payment

    def records(self) -> QuerySet[Any]:
        resting = ["invoice__payments", "invoice__allocations"]
        return Payment.objects.select_related("invoice", "method").prefetch_related(*resting)

    def target(self, record: Payment) -> Need:
        return Need("invoice", record.invoice_id)

    def gone_first(self, record: Payment) -> tuple[Need, ...]:
        """Money taken back frees the balance that this payment needs."""
        return () if record.reversed_at else undone_on(record.invoice)

    def wanted(self, record: Payment, books: Books) -> Wanted:
        title = f"{record.number} on {record.invoice.number}"
        if record.reversed_at:
            return Wanted(title, Presence.VOIDED, dated=record.date)
        target = {"Invoice": {"InvoiceID": books.remote_ids.get(self.target(record), "")}}
        return self.money_wanted(record, target, title, books, "payments")

    def closer_look(self, code: str, item: Item) -> Call | None:
        if code != "already_paid":
            return None
        return Call("GET", "Payments", {"where": f'Invoice.InvoiceID==guid("{target_of(item.body)}")'})

    def explain(self, code: str, item: Item, remotes: Sequence[Element]) -> tuple[str, dict[str, Any]]:
        return _alike(item, remotes, "paid")


class RefundDocument(MoneyDocument[Refund]):
    kind = "refund"
    label = "Refund"
    rank = 50
    model = Refund
    means = {"already_paid": "already_refunded"}

    def records(self) -> QuerySet[Any]:
        resting = ["deposit__allocations", "deposit__refunds", "credit_note__allocations", "credit_note__refunds"]
        return Refund.objects.select_related("deposit", "credit_note", "method").prefetch_related(*resting)

    def target(self, record: Refund) -> Need:
        if record.deposit_id:
            return Need("deposit", record.deposit_id)
        return Need("credit_note", record.credit_note_id or 0)

    def gone_first(self, record: Refund) -> tuple[Need, ...]:
        """What was taken back frees the credit that is given back here."""
        return () if record.reversed_at else undone_of(record.credit)

    def wanted(self, record: Refund, books: Books) -> Wanted:
        title = f"{record.number} of {record.credit}"
        if record.reversed_at:
            return Wanted(title, Presence.VOIDED, dated=record.date)
        if record.source == Refund.Source.ACCOUNTS:
            return Wanted(title, Presence.NOT_NEEDED, ("made_in_xero", "It was given back in Xero."))
        name = "Prepayment" if record.deposit_id else "CreditNote"
        target = {name: {f"{name}ID": books.remote_ids.get(self.target(record), "")}}
        return self.money_wanted(record, target, title, books, "refunds")

    def closer_look(self, code: str, item: Item) -> Call | None:
        """The credit itself tells what was given back of it."""
        path = "Prepayments" if "Prepayment" in item.body else "CreditNotes"
        return Call("GET", f"{path}/{target_of(item.body)}") if code == "already_refunded" else None

    def found(self, reply: Element) -> list[Element]:
        for name in ("Prepayment", "CreditNote"):
            if f"{name}s" in reply:
                return [row for credit in listed(reply, f"{name}s") for row in _given_back(name, credit)]
        return super().found(reply)

    def explain(self, code: str, item: Item, remotes: Sequence[Element]) -> tuple[str, dict[str, Any]]:
        return _alike(item, remotes, "refunded")


def _given_back(name: str, credit: Element) -> list[Element]:
    """The payments listed on a credit, each saying what it rests on, as in the list of payments."""
    target = {"Status": "AUTHORISED", name: {f"{name}ID": credit.get(f"{name}ID")}}
    return [{**target, **row} for row in credit.get("Payments") or []]
