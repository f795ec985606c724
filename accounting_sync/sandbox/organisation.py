"""One organisation as Xero holds it: settings, documents, and what happens around every change of them."""

from __future__ import annotations

import random as random_module
import uuid
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from .table import Change, Document, Keys, Table

Clock = Callable[[], datetime]
Listener = Callable[[str, str, str], None]

ID_FIELDS = {
    "Accounts": "AccountID",
    "TaxRates": "TaxType",
    "Contacts": "ContactID",
    "Invoices": "InvoiceID",
    "CreditNotes": "CreditNoteID",
    "Payments": "PaymentID",
    "Allocations": "AllocationID",
    "ManualJournals": "ManualJournalID",
    "Items": "ItemID",
    "BankTransactions": "BankTransactionID",
    "Prepayments": "PrepaymentID",
    "Overpayments": "OverpaymentID",
    "PurchaseOrders": "PurchaseOrderID",
    "TrackingCategories": "TrackingCategoryID",
    "History": "HistoryID",
}

# The kinds Xero sends webhooks for, and the category each goes out under.
EVENT_CATEGORIES = {
    "Contacts": "CONTACT",
    "Invoices": "INVOICE",
    "CreditNotes": "CREDITNOTE",
    "Prepayments": "PREPAYMENT",
    "Overpayments": "OVERPAYMENT",
}

TIME_ZONES = {
    "NEWZEALANDSTANDARDTIME": "Pacific/Auckland",
    "AUSEASTERNSTANDARDTIME": "Australia/Sydney",
    "GMTSTANDARDTIME": "Europe/London",
}

APPROVED = ("AUTHORISED", "PAID")


def fold(text: str) -> str:
    """Xero compares names and numbers without regard to case (not confirmed; the stricter reading)."""
    return text.casefold()


def _by(field: str) -> Keys:
    return lambda document: (fold(document[field]),) if document.get(field) else ()


def _by_contact(document: Document) -> tuple[Hashable, ...]:
    return (document["Contact"]["ContactID"],)


def _by_number(field: str) -> Keys:
    """The number of a deleted draft is free again; a voided document keeps its own."""

    def keys(document: Document) -> tuple[Hashable, ...]:
        if document["Status"] == "DELETED" or not document.get(field):
            return ()
        return (fold(document[field]), (document.get("Type"), fold(document[field])))

    return keys


def _approved_month(document: Document) -> tuple[Hashable, ...]:
    if document["Status"] not in APPROVED:
        return ()
    return ((document["Type"], document["Date"].year, document["Date"].month),)


def _active_name(contact: Document) -> tuple[Hashable, ...]:
    return ((contact["ContactStatus"] == "ACTIVE", fold(contact["Name"])),)


def _live_target(payment: Document) -> tuple[Hashable, ...]:
    return (payment["TargetID"],) if payment["Status"] == "AUTHORISED" else ()


INDEXES: dict[str, Mapping[str, Keys]] = {
    "Accounts": {"code": _by("Code"), "name": _by("Name"), "system": _by("SystemAccount")},
    "Contacts": {"number": _by("ContactNumber"), "name": _active_name},
    "Invoices": {"number": _by_number("InvoiceNumber"), "contact": _by_contact, "approved": _approved_month},
    "CreditNotes": {"number": _by_number("CreditNoteNumber"), "contact": _by_contact},
    "Payments": {"target": _live_target},
    "Allocations": {"source": lambda a: (a["SourceID"],), "invoice": lambda a: (a["InvoiceID"],)},
    "Items": {"code": _by("Code")},
    "BankTransactions": {"contact": _by_contact},
    "Prepayments": {"contact": _by_contact},
    "Overpayments": {"contact": _by_contact},
    "PurchaseOrders": {"number": _by_number("PurchaseOrderNumber"), "contact": _by_contact},
    "History": {"record": lambda h: (h["RecordID"],)},
}


class Organisation:
    """``settings`` and ``tables`` are all that has to be kept; look-ups are rebuilt by :meth:`reindex`."""

    def __init__(
        self,
        clock: Clock,
        *,
        id: str | None = None,  # noqa: A002 - what Xero calls it
        settings: dict[str, Any] | None = None,
        random: random_module.Random | None = None,
    ) -> None:
        self.clock = clock
        self.random = random or random_module.SystemRandom()
        self.id = id or self.new_id()
        self.settings: dict[str, Any] = settings or {}
        self.on_event: Listener | None = None
        self._undo: list[Change] = []
        self._events: list[tuple[str, str, str]] = []
        self._depth = 0
        self.tables = {kind: Table(INDEXES.get(kind), self._undo) for kind in ID_FIELDS}

    def reindex(self) -> None:
        """Rebuild every look-up from the documents, after a load that bypassed them."""
        for table in self.tables.values():
            table.reindex()

    def now(self) -> datetime:
        """The moment, to the millisecond: Xero's dates carry no more."""
        moment = self.clock().astimezone(UTC)
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    def today(self) -> date:
        zone = TIME_ZONES[self.settings["Timezone"]]
        return self.clock().astimezone(ZoneInfo(zone)).date()

    def new_id(self) -> str:
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def next_number(self, sequence: str, prefix: str, taken: Callable[[str], bool]) -> str:
        """The next unused number of a sequence, as Xero gives to a document sent without one."""
        counters = self.settings.get("NextNumbers", {})
        last = counters.get(sequence, 0) + 1
        while taken(f"{prefix}{last:04d}"):
            last += 1
        self.settings["NextNumbers"] = {**counters, sequence: last}
        return f"{prefix}{last:04d}"

    def save(self, kind: str, document: Document, *, event: str | None = None, bump: bool = True) -> Document:
        """Store a new or changed document; ``bump`` gives it a new UpdatedDateUTC, ``event`` tells the webhooks."""
        if bump:
            document["UpdatedDateUTC"] = self.now()
        document_id = document[ID_FIELDS[kind]]
        self.tables[kind].put(document_id, document)
        if event and kind in EVENT_CATEGORIES:
            self._events.append((EVENT_CATEGORIES[kind], event, document_id))
        return document

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """All or nothing: an exception puts back every document and setting; events go out only when all held."""
        mark, events = len(self._undo), len(self._events)
        counters = self.settings.get("NextNumbers", {})
        self._depth += 1
        try:
            yield
        except BaseException:
            self._roll_back(mark, events, counters)
            raise
        finally:
            self._depth -= 1
            if not self._depth:
                self._undo.clear()
        if not self._depth:
            self._tell()

    def _roll_back(self, mark: int, events: int, counters: dict[str, int]) -> None:
        while len(self._undo) > mark:
            table, document_id, before = self._undo.pop()
            table.restore(document_id, before)
        del self._events[events:]
        self.settings["NextNumbers"] = counters

    def _tell(self) -> None:
        events, self._events = self._events, []
        if self.on_event:
            for category, event, resource_id in events:
                self.on_event(category, event, resource_id)
