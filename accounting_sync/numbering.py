"""Whether the next numbers here are free in Xero. Two sites that share one organisation need prefixes of their own.

Source: the set-up guide, "several accounts may share one Xero organisation only with distinct prefixes".
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from accounting_sync.documents import Call
from accounting_sync.documents.document import written
from accounting_sync.models import Connection
from accounting_sync.walk import read
from accounting_sync.xero.client import Client
from workshop.models import NumberSequence

AHEAD = 20
Series = NumberSequence.Series
NUMBERED = (Series.INVOICE, Series.CREDIT_NOTE, Series.PURCHASE_ORDER)


def read_taken(client: Client) -> None:
    """Keep which of the next numbers Xero has already, and whose they are there. One call for each series."""
    taken = _invoices(client, _next(Series.INVOICE))
    taken |= _credit_notes(client, _next(Series.CREDIT_NOTE)[:1])
    if client.connection.orders_since:
        taken |= _orders(client, _next(Series.PURCHASE_ORDER)[:1])
    client.connection.taken_numbers = taken
    client.connection.save(update_fields=["taken_numbers"])


def _invoices(client: Client, numbers: list[str]) -> dict[str, str]:
    if not numbers or any("," in number for number in numbers):
        return {}  # Xero takes the numbers as a list with commas
    params = {"InvoiceNumbers": ",".join(numbers), "pageSize": "1000", "page": "1"}
    rows = read(client, Call("GET", "Invoices", params)).data or {}
    return {row["InvoiceNumber"]: _whose(row) for row in rows.get("Invoices") or [] if row.get("Type") == "ACCREC"}


# Read by one number at a time: the next one tells whether another site counts alike.


def _credit_notes(client: Client, numbers: list[str]) -> dict[str, str]:
    """By a filter: a supplier's credit note may have the same number, and by its number alone that one could come."""
    filters = [f'Type=="ACCRECCREDIT" AND CreditNoteNumber=="{number}"' for number in numbers if '"' not in number]
    replies = [read(client, Call("GET", "CreditNotes", {"where": only, "page": "1"})) for only in filters]
    rows = [row for reply in replies for row in (reply.data or {}).get("CreditNotes") or []]
    return {row["CreditNoteNumber"]: _whose(row) for row in rows}


def _orders(client: Client, numbers: list[str]) -> dict[str, str]:
    replies = {n: read(client, Call("GET", f"PurchaseOrders/{quote(n, safe='')}")) for n in numbers}
    return {
        n: _whose(reply.data["PurchaseOrders"][0]) for n, reply in replies.items() if reply.status == 200 and reply.data
    }


def _whose(row: dict[str, Any]) -> str:
    name = (row.get("Contact") or {}).get("Name") or "another contact"
    return f"{name}, {written(row.get('DateString') or row.get('Date'))}"


def clashes(connection: Connection) -> dict[str, str]:
    """Of what was read, the numbers that are still to come here, and whose they are in Xero."""
    taken = connection.taken_numbers
    coming = [number for series in NUMBERED for number in _next(series)] if taken else []
    return {number: taken[number] for number in coming if number in taken}


def _next(series: str) -> list[str]:
    sequence = NumberSequence.objects.filter(series=series).first()
    if sequence is None:
        return []
    first = sequence.next_number
    return [sequence.formatted(number) for number in range(first, first + AHEAD)]
