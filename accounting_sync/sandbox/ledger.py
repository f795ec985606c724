"""The general ledger, computed from the documents: debits positive, credits negative, every document in balance.

Drafts, deleted and voided documents have no effect, at any date.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from .endpoints import ledger_accounts
from .endpoints.settlement import allocations_of, payments_on
from .money import ZERO, net, share
from .organisation import APPROVED, Organisation
from .table import Document


class Posting(NamedTuple):
    day: date
    account_id: str
    amount: Decimal


class _Control(NamedTuple):
    """Ids of the accounts Xero posts to by itself."""

    receivable: str
    payable: str
    tax: str


# Which way the lines of each type go: a sale credits its accounts, a purchase debits them.
_SIGN = {
    "ACCREC": -1, "ACCRECCREDIT": 1, "ACCPAY": 1, "ACCPAYCREDIT": -1,
    "RECEIVE": -1, "RECEIVE-PREPAYMENT": -1, "RECEIVE-OVERPAYMENT": -1,
    "SPEND": 1, "SPEND-PREPAYMENT": 1, "SPEND-OVERPAYMENT": 1,
}  # fmt: skip
_LIVE = frozenset({*APPROVED, "POSTED"})
_RECEIVABLE = frozenset({"ACCREC", "ACCRECCREDIT", "RECEIVE-PREPAYMENT", "RECEIVE-OVERPAYMENT"})


def balances(organisation: Organisation, as_at: date, since: date | None = None) -> dict[str, Decimal]:
    """The balance of every touched account at the end of ``as_at``, or its movement from ``since`` on."""
    found: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for day, account_id, amount in postings(organisation):
        if day <= as_at and (since is None or day >= since):
            found[account_id] += amount
    return dict(found)


def balance(organisation: Organisation, code: str, as_at: date) -> Decimal:
    """One account's balance by its code, debit positive."""
    account = ledger_accounts.find(organisation, code)
    return balances(organisation, as_at).get(account["AccountID"], ZERO) if account else ZERO


def postings(organisation: Organisation) -> Iterator[Posting]:
    control = _Control(
        *(ledger_accounts.system(organisation, name)["AccountID"] for name in ("DEBTORS", "CREDITORS", "GST"))
    )
    for document in (*_live(organisation, "Invoices"), *_live(organisation, "CreditNotes")):
        yield from _lines(document, _against(document, control), control)
    for transaction in _live(organisation, "BankTransactions"):
        yield from _lines(transaction, transaction["BankAccountID"], control)
    for payment in _live(organisation, "Payments"):
        yield from _payment(organisation, payment, control)
    for prepayment in _live(organisation, "Prepayments"):
        yield from _prepayment_used(organisation, prepayment, control)
    for journal in _live(organisation, "ManualJournals"):
        yield from _journal(journal, control)


def _live(organisation: Organisation, kind: str) -> Iterator[Document]:
    return (document for document in organisation.tables[kind].values() if document["Status"] in _LIVE)


def _against(document: Document, control: _Control) -> str:
    return control.receivable if document["Type"] in _RECEIVABLE else control.payable


def _lines(document: Document, other_side: str, control: _Control) -> Iterator[Posting]:
    sign, day = _SIGN[document["Type"]], document["Date"]
    for line in document["LineItems"]:
        if line.get("AccountID"):
            amount = net(line["LineAmount"], line["TaxAmount"], document["LineAmountTypes"])
            yield Posting(day, line["AccountID"], sign * amount)
    if document["TotalTax"]:
        yield Posting(day, control.tax, sign * document["TotalTax"])
    yield Posting(day, other_side, -sign * document["Total"])


def _payment(organisation: Organisation, payment: Document, control: _Control) -> Iterator[Posting]:
    """Money at the bank against receivables or payables; the refund of a prepayment undoes its lines instead.

    Lines of an invoice never touched the bank, so paying it turns their sign round; a deposit's did, so giving it
    back keeps the sign.
    """
    kind = payment["TargetKind"]
    document = organisation.tables[kind][payment["TargetID"]]
    turned = -1 if kind in ("Invoices", "CreditNotes") else 1
    banked = turned * _SIGN[document["Type"]] * payment["Amount"]
    yield Posting(payment["Date"], payment["AccountID"], banked)
    if kind != "Prepayments":
        yield Posting(payment["Date"], _against(document, control), -banked)


def _prepayment_used(organisation: Organisation, prepayment: Document, control: _Control) -> Iterator[Posting]:
    """What is applied or refunded leaves the accounts and the tax it was received under, in proportion.

    Shares are taken of the running total, so that a prepayment used up leaves nothing behind to the cent.
    """
    sign, total = -_SIGN[prepayment["Type"]], prepayment["Total"]
    accounts, amounts = _prepayment_parts(prepayment, control)
    allocations = allocations_of(organisation, prepayment["PrepaymentID"])
    refunds = payments_on(organisation, prepayment["PrepaymentID"])
    used, before = ZERO, share(amounts, ZERO, total)
    for entry in sorted((*allocations, *refunds), key=lambda entry: entry["Date"]):
        used += entry["Amount"]
        now = share(amounts, used, total)
        for account_id, was, becomes in zip(accounts, before, now, strict=True):
            yield Posting(entry["Date"], account_id, sign * (becomes - was))
        before = now
        if "AllocationID" in entry:
            yield Posting(entry["Date"], _against(prepayment, control), -sign * entry["Amount"])


def _prepayment_parts(prepayment: Document, control: _Control) -> tuple[list[str], list[Decimal]]:
    accounts, amounts = [control.tax], [prepayment["TotalTax"]]
    for line in prepayment["LineItems"]:
        if line.get("AccountID"):
            accounts.append(line["AccountID"])
            amounts.append(net(line["LineAmount"], line["TaxAmount"], prepayment["LineAmountTypes"]))
    return accounts, amounts


def _journal(journal: Document, control: _Control) -> Iterator[Posting]:
    for line in journal["JournalLines"]:
        amount = net(line["LineAmount"], line["TaxAmount"], journal["LineAmountTypes"])
        yield Posting(journal["Date"], line["AccountID"], amount)
        if line["TaxAmount"]:
            yield Posting(journal["Date"], control.tax, line["TaxAmount"])
