"""Deposits as Xero's prepayments: made by a bank transaction, used and refunded by calls of their own, never edited."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from accounting_sync.documents.document import Books, Call, Document, Element, Item, day, digest, listed, number
from accounting_sync.documents.tracking import tracked
from accounting_sync.reconcile import Body, Need, Wanted
from workshop.models import Deposit, Refund, TaxMode

AMOUNT_TYPES = {TaxMode.INCLUSIVE: "Inclusive", TaxMode.NO_TAX: "NoTax"}


class DepositDocument(Document[Deposit]):
    kind = "deposit"
    label = "Deposit"
    rank = 25
    model = Deposit
    resource = "BankTransactions"
    id_field = "PrepaymentID"  # what is allocated and refunded; the bank transaction only brings it into being
    fetch_size = 1
    into_bank = True

    def records(self) -> QuerySet[Any]:
        named = ["customer", "method", "job__vehicle", "tax_rate"]
        return Deposit.objects.select_related(*named).prefetch_related("refunds")

    def needs(self, record: Deposit) -> tuple[Need, ...]:
        return (Need("contact", record.customer_id),)

    def wanted(self, record: Deposit, books: Books) -> Wanted:
        unmapped: list[str] = []
        body = self.build(record, books, unmapped)
        # nothing of a deposit changes here, and Xero could not follow: a renumbered plate changes no deposit
        content = [record.number, record.date, number(record.amount), record.customer_id]
        return Wanted(
            f"{record.number} · {record.customer.name}"[:200],
            dated=record.date,
            needs=self.needs(record),
            body=tracked(body, books),
            body_hash=digest(content),
            unmapped=tuple(unmapped),
            total=record.amount,
            may_be_gone=_taken_back_in_xero(record),
        )

    def build(self, record: Deposit, books: Books, unmapped: list[str]) -> Body:
        bank = books.payments.get(str(record.method_id))
        if bank not in books.bank_accounts:
            unmapped.append(f"deposits by {record.method} (Xero takes them into an account of the type Bank only)")
        return {
            "Type": "RECEIVE-PREPAYMENT",
            "Status": "AUTHORISED",
            "Contact": {"ContactID": books.remote_ids.get(Need("contact", record.customer_id), "")},
            "BankAccount": {"AccountID": bank},
            "Date": record.date.isoformat(),
            "Url": f"{books.site_url}/deposits/{record.pk}/",
            "LineAmountTypes": AMOUNT_TYPES[TaxMode(record.tax_mode)],
            "LineItems": [_line(record, books, unmapped)],
        }

    def call(self, operation: str, items: Sequence[Item]) -> Call:
        bodies = [item.body for item in items]
        params = {"summarizeErrors": "false", "unitdp": "4"}
        return Call("PUT", "BankTransactions", params, {"BankTransactions": bodies})

    def fetch(self, remote_ids: Sequence[str]) -> Call:
        return Call("GET", f"Prepayments/{remote_ids[0]}", {"unitdp": "4"})

    def look_up(self, items: Sequence[Item]) -> Call:
        if items[0].remote_id:
            return self.fetch([items[0].remote_id])
        since = min(item.since for item in items if item.since)
        return Call("GET", "BankTransactions", {"unitdp": "4"}, modified_since=since)

    def found(self, reply: Element) -> list[Element]:
        return listed(reply, "Prepayments" if "Prepayments" in reply else "BankTransactions")

    def is_ours(self, item: Item, remote: Element) -> bool:
        """By the way back to us, or by our number in the line's words: either may have been lost or edited there."""
        if item.remote_id:
            return remote.get("PrepaymentID") == item.remote_id
        if remote.get("Type") != item.body["Type"] or not remote.get("PrepaymentID"):
            return False
        same_words = _words(remote) == _words(item.body) and number(remote.get("Total")) == _total(item.body)
        return remote.get("Url") == item.body["Url"] or same_words

    def agreed(self, item: Item, element: Element) -> dict[str, Any]:
        there = element.get("BankTransactionID")
        return {"bank_transaction": there} if there else {}

    def fingerprint(self, element: Element) -> str:
        contact = (element.get("Contact") or {}).get("ContactID")
        return digest([contact, day(element.get("DateString") or element.get("Date")), _total(element)])


def _line(record: Deposit, books: Books, unmapped: list[str]) -> Body:
    account, tax = books.accounts.get("deposit"), books.taxes.get("deposit")
    if not account:
        unmapped.append("Customer deposits")
    if not tax:
        unmapped.append(f"tax on deposits {record.tax_percent:g}%")
    return {
        "Description": _description(record),
        "Quantity": 1,
        "UnitAmount": record.amount,
        "LineAmount": record.amount,
        "AccountCode": account,
        "TaxType": tax,
    }


def _description(record: Deposit) -> str:
    """Xero keeps no reference on a prepayment, so the line says what it is for."""
    rego = record.job.vehicle.rego if record.job.vehicle else ""
    return ", ".join(filter(None, [f"Deposit {record.number}", f"job {record.job.number}", rego]))


def _words(element: Element) -> str:
    return str(next((line.get("Description") for line in element.get("LineItems") or []), ""))


def _total(element: Element) -> str:
    total = element.get("Total")
    if total is not None:
        return number(total)
    return number(sum((Decimal(str(line["LineAmount"])) for line in element.get("LineItems") or []), Decimal(0)))


def _taken_back_in_xero(record: Deposit) -> bool:
    """Whoever removed it in Xero was followed here: that it is gone there is no question any more."""
    given = [refund for refund in record.refunds.all() if refund.reversed_at is None]
    undone = all(refund.source == Refund.Source.ACCOUNTS for refund in given)
    return record.status == Deposit.Status.REFUNDED and undone
