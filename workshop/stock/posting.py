"""Journals that put the accounts right and move no goods: pools and lots stay what they are."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from django.db import transaction

from workshop.errors import InvalidInput
from workshop.models import Organisation, Source, StockJournal
from workshop.stock.entry import StockEntry

Amounts = Iterable[tuple[str, str, Decimal]]


@transaction.atomic
def post_without_goods(kind: str, amounts: Amounts, narration: str, on: date | None = None) -> list[StockJournal]:
    """One journal per (debit role, credit role, amount); below nothing the other way round. Not in closed books.

    For what is right here and missing in the accounts (CATCH_UP), or wrong there alone (CORRECTING).
    Raises InvalidInput for a day in closed books.
    """
    garage = Organisation.current()
    on = on or garage.today()
    if garage.books_locked_until and on <= garage.books_locked_until:
        raise InvalidInput("The books are closed for that day. Choose a later one.", field="date")
    entry = StockEntry(Source.RECONCILIATION, garage.pk, on)
    for debit, credit, amount in amounts:
        entry.journal(kind, debit, credit, amount, narration)
    entry.save()
    return entry.journals
