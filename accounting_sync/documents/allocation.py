"""Credit used: a credit note or deposit on an invoice, a supplier's credit on a bill. A call of its own in Xero."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, TypeVar

from django.db.models import QuerySet

from accounting_sync.documents.bill import taken_off
from accounting_sync.documents.document import (
    Books,
    Call,
    Document,
    Element,
    Facts,
    Item,
    day,
    digest,
    listed,
    moment,
    number,
)
from accounting_sync.documents.invoice import undone_of, undone_on
from accounting_sync.reconcile import VOID, Body, Need, Presence, Wanted
from workshop.models import CreditAllocation, SupplierCreditAllocation

PATHS = {"CreditNoteID": "CreditNotes", "PrepaymentID": "Prepayments"}
CREDITS = ("credit_note", "deposit")
Use = TypeVar("Use", CreditAllocation, SupplierCreditAllocation)


class UseOfCredit(Document[Use]):
    """``switch``: without it what it rests on stays here, and so does it."""

    resource = "Allocations"
    id_field = "AllocationID"
    switch: ClassVar[str] = ""

    @abstractmethod
    def credit(self, record: Use) -> Need: ...

    @abstractmethod
    def used_on(self, record: Use) -> Need: ...

    @abstractmethod
    def title(self, record: Use) -> str: ...

    def needs(self, record: Use) -> tuple[Need, ...]:
        return (self.credit(record), self.used_on(record))

    def wanted(self, record: Use, books: Books) -> Wanted:
        title, need, target = self.title(record), self.credit(record), self.used_on(record)
        credit = {_id_of(need): books.remote_ids.get(need, "")}
        if record.removed_at:
            return Wanted(title, Presence.VOIDED, dated=record.date, body=credit)
        if record.source == record.Source.ACCOUNTS:
            return Wanted(title, Presence.NOT_NEEDED, ("made_in_xero", "It was allocated in Xero."))
        return Wanted(
            title,
            dated=record.date,
            needs=self.needs(record),
            gone_first=self.gone_first(record),
            switch=self.switch,
            begun=record.created_at if self.switch else None,
            body={**credit, **_body(record, books.remote_ids.get(target, ""))},
            body_hash=digest([*self.told_by(record), target.object_id, number(record.amount)]),
        )

    @abstractmethod
    def told_by(self, record: Use) -> list[Any]:
        """Which credit it is of, in the hash."""

    def group(self, operation: str, item: Item) -> str:
        return f"{operation} {_path(item)}" + (f" {item.remote_id}" if operation == VOID else "")

    def call(self, operation: str, items: Sequence[Item]) -> Call:
        path = f"{_path(items[0])}/Allocations"
        if operation == VOID:
            return Call("DELETE", f"{path}/{items[0].remote_id}")
        bodies = [{name: value for name, value in item.body.items() if name not in PATHS} for item in items]
        return Call("PUT", path, {"summarizeErrors": "false"}, {"Allocations": bodies})

    def elements(self, operation: str, reply: Element, items: Sequence[Item]) -> list[Element | None]:
        if operation == VOID:
            return [{**reply, "AllocationID": items[0].remote_id, "Status": "DELETED"}]
        return super().elements(operation, reply, items)

    def look_up(self, items: Sequence[Item]) -> Call:
        return Call("GET", _path(items[0]))

    def found(self, reply: Element) -> list[Element]:
        """Read on the credit, an allocation is as old as what the credit showed."""
        for resource in PATHS.values():
            if resource in reply:
                return [
                    {**allocation, "UpdatedDateUTC": credit.get("UpdatedDateUTC")}
                    for credit in listed(reply, resource)
                    for allocation in credit.get("Allocations") or []
                ]
        return listed(reply, "Allocations")

    def agreed(self, item: Item, element: Element) -> dict[str, Any]:
        """Which credit it is of: by this its removal in Xero is noticed."""
        return {"credit": _credit_id(item)}

    def is_ours(self, item: Item, remote: Element) -> bool:
        if item.remote_id:
            return remote.get("AllocationID") == item.remote_id
        theirs = [(remote.get("Invoice") or {}).get("InvoiceID"), number(remote.get("Amount"))]
        return theirs == [item.body["Invoice"]["InvoiceID"], number(item.body["Amount"])]

    def read(self, remote: Element) -> Facts:
        # Xero names an allocation only when the credit note is read again
        status = "DELETED" if remote.get("IsDeleted") else str(remote.get("Status") or "ALLOCATED")
        seen_at = moment(remote.get("UpdatedDateUTC"))
        return Facts(str(remote.get("AllocationID") or ""), "", status, seen_at, self.fingerprint(remote))

    def fingerprint(self, element: Element) -> str:
        return digest(
            [(element.get("Invoice") or {}).get("InvoiceID"), number(element.get("Amount")), day(element.get("Date"))]
        )


class AllocationDocument(UseOfCredit[CreditAllocation]):
    kind = "allocation"
    label = "Credit allocation"
    rank = 45
    model = CreditAllocation

    def records(self) -> QuerySet[Any]:
        resting = [f"{credit}__{undone}" for credit in CREDITS for undone in ("allocations", "refunds")]
        of_invoice = ["invoice__payments", "invoice__allocations"]
        records = CreditAllocation.objects.select_related("credit_note", "deposit", "invoice")
        return records.prefetch_related(*of_invoice, *resting)

    def credit(self, record: CreditAllocation) -> Need:
        if record.deposit_id:
            return Need("deposit", record.deposit_id)
        return Need("credit_note", record.credit_note_id or 0)

    def used_on(self, record: CreditAllocation) -> Need:
        return Need("invoice", record.invoice_id)

    def title(self, record: CreditAllocation) -> str:
        return f"{record.credit or record.external_number} to {record.invoice.number}"

    def told_by(self, record: CreditAllocation) -> list[Any]:
        return [record.credit_note_id or f"deposit {record.deposit_id}"]

    def gone_first(self, record: CreditAllocation) -> tuple[Need, ...]:
        """What was taken back frees the credit and the balance that this allocation needs."""
        if record.removed_at:
            return ()
        of_credit = undone_of(record.credit) if record.credit else ()
        return (*undone_on(record.invoice), *of_credit)


class BillAllocationDocument(UseOfCredit[SupplierCreditAllocation]):
    kind = "bill_allocation"
    label = "Supplier credit used"
    rank = 46
    model = SupplierCreditAllocation
    switch = "purchases"

    def records(self) -> QuerySet[Any]:
        records = SupplierCreditAllocation.objects.select_related("credit", "bill")
        return records.prefetch_related("credit__allocations", "bill__allocations")

    def credit(self, record: SupplierCreditAllocation) -> Need:
        return Need("supplier_credit", record.credit_id or 0)

    def used_on(self, record: SupplierCreditAllocation) -> Need:
        return Need("bill", record.bill_id)

    def title(self, record: SupplierCreditAllocation) -> str:
        number = record.credit.supplier_number if record.credit else record.external_number
        return f"{number or 'Credit'} to {record.bill.number}"

    def told_by(self, record: SupplierCreditAllocation) -> list[Any]:
        return [record.credit_id]

    def gone_first(self, record: SupplierCreditAllocation) -> tuple[Need, ...]:
        """What was taken back frees the credit and the balance that this one needs."""
        if record.removed_at:
            return ()
        of_credit = taken_off(record.credit.allocations.all()) if record.credit else ()
        return (*taken_off(record.bill.allocations.all()), *of_credit)


def _body(record: CreditAllocation | SupplierCreditAllocation, invoice_id: str) -> Body:
    """Xero calls a bill an invoice too."""
    return {"Amount": record.amount, "Date": record.date.isoformat(), "Invoice": {"InvoiceID": invoice_id}}


def _id_of(credit: Need) -> str:
    return "PrepaymentID" if credit.kind == "deposit" else "CreditNoteID"


def _credit_id(item: Item) -> str:
    return str(next(item.body[name] for name in PATHS if name in item.body))


def _path(item: Item) -> str:
    return next(f"{PATHS[name]}/{item.body[name]}" for name in PATHS if name in item.body)
