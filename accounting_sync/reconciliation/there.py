"""What Xero says: the balance of an account from its trial balance, and every document that touches it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone

from accounting_sync import connections
from accounting_sync.documents import Call
from accounting_sync.documents.document import day
from accounting_sync.models import XeroAccount
from accounting_sync.walk import Incomplete, pages, read
from accounting_sync.xero.client import Client, Reply
from workshop.money import ZERO

Element = dict[str, Any]
LIVE = {"AUTHORISED", "PAID", "POSTED"}
#: resource → the field of its id, of its lines, and which way its lines go by its type
RESOURCES = {
    "ManualJournals": ("ManualJournalID", "JournalLines"),
    "Invoices": ("InvoiceID", "LineItems"),
    "CreditNotes": ("CreditNoteID", "LineItems"),
    "BankTransactions": ("BankTransactionID", "LineItems"),
}
CREDITS = ("ACCREC", "ACCPAYCREDIT", "RECEIVE")  # these types credit the accounts on their lines


@dataclass(frozen=True)
class Document:
    """One document in Xero and what it does to the account; ``live`` is False for void and draft ones."""

    resource: str
    remote_id: str
    title: str
    dated: str
    amount: Decimal
    live: bool


def balance(client: Client, account: XeroAccount, as_at: date) -> Decimal:
    """Debit positive, at the end of that day. Raises Incomplete for an answer that is not a trial balance."""
    reply = read(client, Call("GET", "Reports/TrialBalance", {"date": as_at.isoformat()}))
    connections.note_limits(client.connection, reply.limits, timezone.now())
    try:
        return _balance_of(reply.data["Reports"][0]["Rows"], account.account_id)
    except (KeyError, IndexError, TypeError) as error:
        raise Incomplete(reply) from error


def _balance_of(rows: list[Element], account_id: str) -> Decimal:
    """Columns: account, debit and credit of the month, debit and credit to date."""
    for row in rows:
        cells = row.get("Cells") or []
        attributes = cells[0].get("Attributes") or [] if cells else []
        if row.get("RowType") == "Row" and account_id in {attribute.get("Value") for attribute in attributes}:
            return _number(cells[3]["Value"]) - _number(cells[4]["Value"])
        if found := _balance_of(row.get("Rows") or [], account_id):
            return found
    return ZERO


def _number(text: Any) -> Decimal:
    return Decimal(str(text or "0").replace(",", ""))


def documents(client: Client, code: str) -> Iterator[Document]:
    """Everything that touches the account, drafts and void ones too. Raises Incomplete where a list cannot be read."""
    for resource, (id_field, lines) in RESOURCES.items():
        seen: dict[str, Element] = {}
        params = {} if resource == "ManualJournals" else {"unitdp": "4"}
        for rows, reply in pages(client, Call("GET", resource, params), resource):
            _note(client, reply)
            seen.update({str(row[id_field]): row for row in rows if _touches(row, lines, code)})
        yield from (_document(resource, remote_id, row, lines, code) for remote_id, row in seen.items())


def _note(client: Client, reply: Reply) -> None:
    connections.note_limits(client.connection, reply.limits, timezone.now())


def _touches(row: Element, lines: str, code: str) -> bool:
    return any(line.get("AccountCode") == code for line in row.get(lines) or [])


def _document(resource: str, remote_id: str, row: Element, lines: str, code: str) -> Document:
    sign = -1 if str(row.get("Type", "")).startswith(CREDITS) and row.get("Type") != "ACCRECCREDIT" else 1
    inclusive = row.get("LineAmountTypes") == "Inclusive"
    amount = sum((_net(line, inclusive) for line in row.get(lines) or [] if line.get("AccountCode") == code), ZERO)
    return Document(
        resource,
        remote_id,
        _title(row),
        day(row.get("DateString") or row.get("Date")),
        sign * amount,
        str(row.get("Status")) in LIVE,
    )


def _net(line: Element, inclusive: bool) -> Decimal:
    amount = Decimal(str(line.get("LineAmount") or 0))
    return amount - Decimal(str(line.get("TaxAmount") or 0)) if inclusive else amount


def _title(row: Element) -> str:
    number = row.get("InvoiceNumber") or row.get("CreditNoteNumber") or row.get("Narration") or row.get("Reference")
    holder = (row.get("Contact") or {}).get("Name", "")
    return " · ".join(filter(None, [str(number or row.get("Type") or ""), holder]))[:200]
