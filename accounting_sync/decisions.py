"""What a person decides about a record that the engine will not decide alone. Each leaves its name in the history."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounting_sync import archived_contacts, connections, merging, queue
from accounting_sync.documents import DOCUMENTS
from accounting_sync.documents.document import moment
from accounting_sync.errors import BY_CODE
from accounting_sync.models import State, SyncRecord
from accounting_sync.plan import content_of
from accounting_sync.reconcile import lines_of
from accounting_sync.wake import wake_drain, wake_pull
from workshop import credits, refunds, sales
from workshop.models import (
    Bill,
    CreditAllocation,
    CreditNote,
    Deposit,
    Invoice,
    Payment,
    PurchaseOrder,
    Refund,
    SupplierCredit,
    SupplierCreditAllocation,
)
from workshop.purchasing import allocating, billing, crediting, in_accounts, ordering


class NotOffered(Exception):
    """This decision does not fit the record's present state."""


def link_payment(record: SyncRecord, by: Any = None) -> SyncRecord:
    """The payment typed here is the one Xero has already: one payment on both sides."""
    record = _asked(record, {"already_paid", "already_refunded", "two_in_xero"})
    return _linked(record, _evidence(record, "remote_id"), by)


@transaction.atomic
def link_contact(record: SyncRecord, remote_id: str, by: Any = None) -> SyncRecord:
    """This customer is that contact in Xero, one of those offered. Raises NotOffered for any other."""
    record = _asked(record, {"contact_match"})
    if remote_id not in [there["remote_id"] for there in record.evidence.get("candidates", [])]:
        raise NotOffered("Choose one of the contacts that are offered.")
    if SyncRecord.objects.filter(connection=record.connection, kind=record.kind, remote_id=remote_id).exists():
        raise NotOffered("That contact is linked to another customer already.")
    queue.decided(record, by, f"Linked to the contact {remote_id}.")
    queue.adopt(record, {"remote_id": remote_id}, timezone.now())
    wake_drain()
    return record


@transaction.atomic
def make_new_contact(record: SyncRecord, by: Any = None) -> SyncRecord:
    """Somebody else of the same name, or one archived for good: a new contact, with our number behind the name."""
    record = _asked(record, {"contact_match", "contact_name_taken", "contact_archived"})
    contact = record if record.kind == "contact" else _contact_of(record)
    queue.decided(contact, by, "A new contact is made.")
    suffix = f"{contact.object_id}-{contact.generation}" if contact.base.get("suffix") else str(contact.object_id)
    queue.forget(contact, base={"suffix": suffix})
    archived_contacts.send_documents_of(contact)
    record.refresh_from_db()
    if contact.pk != record.pk and record.state == State.WARNING:
        queue.again(record)
    wake_drain()
    record.refresh_from_db()
    return record


def _contact_of(record: SyncRecord) -> SyncRecord:
    document = DOCUMENTS[record.kind]
    needs = document.needs(document.records().get(pk=record.object_id))
    party_id = next(need.object_id for need in needs if need.kind == "contact")
    contacts = SyncRecord.objects.select_for_update().filter(connection=record.connection, kind="contact")
    return contacts.get(object_id=party_id)


@transaction.atomic
def use_next_number(record: SyncRecord, by: Any = None) -> SyncRecord:
    """The number is somebody else's in Xero: take the next free one; the former stays in the record's history."""
    record = _asked(record, {"number_taken"})
    queue.decided(record, by, f"{record.title}: renumbered.")
    RENUMBER[record.kind](record.object_id)
    record.refresh_from_db()
    return record


@transaction.atomic
def move_to_first_open_day(record: SyncRecord, by: Any = None) -> SyncRecord:
    """The books are closed for the date: move the invoice to the first open day. The old date stays in its history.

    Never back in time: a lock date that does not reach the invoice is not the one that Xero refused it for.
    """
    record = _asked(record, {"period_locked"})
    if record.kind != "invoice":
        raise NotOffered("Only an invoice can be moved to another day.")
    invoice, locked_to = Invoice.objects.get(pk=record.object_id), record.connection.lock_date
    if locked_to is None or locked_to < invoice.date:
        raise NotOffered("The lock date that stands in the way is not known here yet. Retry: it is read anew.")
    queue.decided(record, by, "Moved to the first open day.")
    sales.redate_invoice(invoice, locked_to + timedelta(days=1))
    record.refresh_from_db()
    return record


@transaction.atomic
def accept_xero(record: SyncRecord, by: Any = None, shown: str = "") -> SyncRecord:
    """The accountant's version stands; the adjustment line stays on our invoice.

    ``shown``: the hash of the version that was seen; raises NotOffered when another is known by now.
    """
    if DOCUMENTS[record.kind].merges:
        merging.lock(record)
    record = _asked(record, {"changed_in_xero", "changed_in_both"}, shown)
    if record.kind == "invoice":
        _follow(Invoice.objects.get(pk=record.object_id), record.evidence)
    _settle_bill(record)
    queue.decided(record, by, "Xero's version is accepted.")
    if DOCUMENTS[record.kind].merges:
        merging.accept(record, by)
        return record
    ours = content_of(record)
    agreed = DOCUMENTS[record.kind].base(ours.body) if ours.body else {}
    agreed |= {"accepted_lines": lines_of(ours.body or {})}
    queue.agree(record, record.evidence.get("hash", ""), ours.body_hash, {name: v for name, v in agreed.items() if v})
    return record


def _follow(invoice: Invoice, there: dict[str, Any]) -> None:
    """Our totals become Xero's by one adjustment line, and the invoice is no longer off balance."""
    if there.get("subtotal") is not None:
        subtotal, tax = Decimal(there["subtotal"]), Decimal(there["tax"])
        invoice = sales.adjust_to_accounts(invoice, subtotal=subtotal, tax=tax, description="Adjustment made in Xero")
    if invoice.changed_in_accounts:
        sales.accept_adjustment(invoice)


def _settle_bill(record: SyncRecord) -> None:
    if record.kind == "bill":
        in_accounts.settle_change(Bill.objects.get(pk=record.object_id))


@transaction.atomic
def send_ours(record: SyncRecord, by: Any = None, shown: str = "") -> SyncRecord:
    """Our version goes over the one of Xero's that was seen; what is typed there after it is asked about anew.

    ``shown``: the hash of that version; raises NotOffered when another is known by now.
    """
    record = _asked(record, {"changed_in_xero", "changed_in_both"}, shown)
    invoice = Invoice.objects.filter(pk=record.object_id).first() if record.kind == "invoice" else None
    if invoice and invoice.changed_in_accounts:
        sales.drop_adjustment(invoice)
    _settle_bill(record)
    queue.decided(record, by, "Our version is sent over Xero's.")
    queue.overwrite(record, record.evidence.get("hash") or record.remote_hash, _seen(record))
    wake_drain()
    return record


def _seen(record: SyncRecord) -> dict[str, Any]:
    """Field by field, Xero's version that the question was about."""
    if "base" not in record.evidence:
        return {name: value for name, value in record.base.items() if name != "accepted_lines"}
    # a contact made beside its namesake keeps the number behind its name
    return {name: record.base[name] for name in ("suffix",) if name in record.base} | record.evidence["base"]


@transaction.atomic
def undo_merge(record: SyncRecord, by: Any = None) -> SyncRecord:
    """What was here before Xero's latest changes is here again, and goes up. Raises NotOffered once either moved on."""
    merging.lock(record)
    record = SyncRecord.objects.select_for_update().select_related("connection").get(pk=record.pk)
    merge = merging.undoable(record)
    if merge is None:
        raise NotOffered("Something newer happened to it. Look at the record again.")
    queue.decided(record, by, f"Taken back: {merge.message}")
    merging.undo(record, merge)
    wake_drain()
    record.refresh_from_db()
    return record


@transaction.atomic
def send_as_new(record: SyncRecord, by: Any = None) -> SyncRecord:
    """Xero's copy is gone and stays gone; the record is sent again, an invoice or order under a new number."""
    record = _asked(record, GONE_IN_XERO)
    if record.kind == "invoice":
        sales.drop_adjustment(Invoice.objects.get(pk=record.object_id))  # it was of the one that is gone
    queue.decided(record, by, "Sent again as new.")
    queue.forget(record)
    if record.kind in BURNT:
        RENUMBER[record.kind](record.object_id)
    wake_drain()
    record.refresh_from_db()
    return record


@transaction.atomic
def undo_here(record: SyncRecord, by: Any = None) -> SyncRecord:
    """Xero's copy is gone: undo ours too."""
    record = _asked(record, GONE_IN_XERO)
    queue.decided(record, by, "Undone here as in Xero.")
    queue.released(record, "DELETED" if record.kind in DELETED_IN_XERO else "VOIDED")
    UNDO[record.kind](record.object_id)
    record.refresh_from_db()
    return record


@transaction.atomic
def take_off(record: SyncRecord, by: Any = None) -> SyncRecord:
    """The credit cannot be used there as it is here: it is free again."""
    record = _asked(record, {"credit_paid_off"})
    queue.decided(record, by, "Taken off here.")
    UNDO[record.kind](record.object_id)
    wake_drain()
    record.refresh_from_db()
    return record


@transaction.atomic
def send_items_again(record: SyncRecord, by: Any = None) -> SyncRecord:
    """The items it names are made anew in Xero; those that are there still are only linked again. It follows them."""
    record = _asked(record, {"item_unknown"})
    document = DOCUMENTS[record.kind]
    named = [need.object_id for need in document.beside(document.records().get(pk=record.object_id))]
    items = SyncRecord.objects.filter(connection=record.connection, kind="item", object_id__in=named)
    for item in items.filter(remote_id__isnull=False).select_for_update():
        queue.decided(item, by, f"Sent again, for {record}.")
        queue.forget(item)
    queue.decided(record, by, "Its items are sent again first.")
    queue.again(record)
    wake_drain()
    return record


@transaction.atomic
def read_payments(record: SyncRecord, by: Any = None) -> SyncRecord:
    """The balance here was put right: read the payment that did not fit once more."""
    record = _asked(record, {"paid_twice"})
    queue.decided(record, by, "Xero's payments are read again.")
    queue.again(record)
    connections.look_back(record.connection, moment(record.evidence.get("updated_at")) or record.since)
    wake_pull()
    return record


@transaction.atomic
def export_again(record: SyncRecord, by: Any = None) -> SyncRecord:
    """Make sure that Xero has this money, once: it is asked first, and only what it does not have is sent."""
    record = SyncRecord.objects.select_for_update().select_related("connection").get(pk=record.pk)
    if not _exported_again(record):
        raise NotOffered("It is on its way already, or not ours to send.")
    queue.decided(record, by, "Exported again: Xero is asked first whether it has it.")
    made_at = MONEY[record.kind].objects.values_list("created_at", flat=True).get(pk=record.object_id)
    if record.remote_id:
        connections.look_back(record.connection, made_at)
        wake_pull()
    else:
        content = content_of(record)
        queue.ask_first(record, by, content.body or {}, content.body_hash, made_at)
        wake_drain()
    record.refresh_from_db()
    return record


def _exported_again(record: SyncRecord) -> bool:
    asked = record.state == State.WARNING and "remote_id" not in record.evidence  # there linking is the cure
    if record.kind not in MONEY or record.do_not_export or not (asked or record.state == State.SYNCED):
        return False
    made_here = {} if record.kind == "deposit" else {"source": "workshop", "reversed_at": None}
    return MONEY[record.kind].objects.filter(pk=record.object_id, **made_here).exists()


MONEY: dict[str, Any] = {"payment": Payment, "refund": Refund, "deposit": Deposit}
USES_CREDIT = {"allocation", "bill_allocation"}
GONE_IN_XERO = {"voided_in_xero", "not_found", "payment_reversed_in_xero", "allocation_removed_in_xero"}
DELETED_IN_XERO = {"payment", "refund", "allocation", "bill_allocation", "purchase_order"}  # the others are voided
#: the others carry no number of ours that must be unique in Xero
RENUMBER: dict[str, Callable[[int], Any]] = {
    "invoice": lambda pk: sales.renumber_invoice(Invoice.objects.get(pk=pk)),
    "credit_note": lambda pk: credits.renumber_credit_note(CreditNote.objects.get(pk=pk)),
    "purchase_order": lambda pk: ordering.renumber_order(PurchaseOrder.objects.get(pk=pk)),
}
#: Xero keeps the number of one that is gone, as far as is known
BURNT = {"invoice", "purchase_order"}
UNDO: dict[str, Callable[[int], Any]] = {
    "invoice": lambda pk: sales.void_invoice(Invoice.objects.get(pk=pk), reason="Voided in Xero"),
    "payment": lambda pk: sales.reverse_payment(Payment.objects.get(pk=pk), reason="Removed in Xero"),
    "credit_note": lambda pk: credits.void_credit_note(CreditNote.objects.get(pk=pk)),
    "bill": lambda pk: billing.void_bill(Bill.objects.get(pk=pk), reason="Voided in Xero"),
    "supplier_credit": lambda pk: crediting.void_credit(SupplierCredit.objects.get(pk=pk), reason="Voided in Xero"),
    "allocation": lambda pk: credits.remove_allocation(CreditAllocation.objects.get(pk=pk)),
    "bill_allocation": lambda pk: allocating.remove_allocation(SupplierCreditAllocation.objects.get(pk=pk)),
    "refund": lambda pk: refunds.reverse_refund(Refund.objects.get(pk=pk), reason="Removed in Xero"),
    "purchase_order": lambda pk: _give_up_order(PurchaseOrder.objects.get(pk=pk)),
    "deposit": lambda pk: _take_back_deposit(Deposit.objects.get(pk=pk)),
}


def _give_up_order(order: PurchaseOrder) -> None:
    """Once goods came the order has done its work: it stays here, and Xero's stays deleted."""
    if order.status == PurchaseOrder.Status.ORDERED:
        ordering.cancel_order(order)


def _take_back_deposit(deposit: Deposit) -> None:
    """It is gone in Xero: what is left of it counts as given back there."""
    source = Refund.Source.ACCOUNTS
    refunds.give_refund(deposit, amount=deposit.remaining, reference="Removed in Xero", source=source)


def _asked(record: SyncRecord, codes: set[str], shown: str = "") -> SyncRecord:
    record = SyncRecord.objects.select_for_update().select_related("connection").get(pk=record.pk)
    if record.code not in codes or record.state not in {State.WARNING, State.CONFLICT, State.WAITING}:
        raise NotOffered("This was settled meanwhile. Look at the record again.")
    if shown and shown != record.evidence.get("hash"):
        raise NotOffered("It was changed in Xero again since you looked. Look at the record again.")
    return record


def _evidence(record: SyncRecord, name: str) -> str:
    value = record.evidence.get(name)
    if not value:
        raise NotOffered("Xero's side is not known yet. Retry first.")
    return str(value)


@transaction.atomic
def _linked(record: SyncRecord, remote_id: str, by: Any) -> SyncRecord:
    if SyncRecord.objects.filter(connection=record.connection, kind=record.kind, remote_id=remote_id).exists():
        raise NotOffered("That one is linked to another record already.")
    queue.decided(record, by, f"Linked to {remote_id} in Xero.")
    queue.imported(record, {"remote_id": remote_id, "status": "AUTHORISED"})
    return record


#: the buttons of the error catalogue → (decision, its words); those in help_views.PAGES have pages of their own
DECISIONS: dict[str, tuple[Callable[..., SyncRecord], str]] = {
    "link_payment": (link_payment, "Link to the payment in Xero"),
    "link_contact": (link_contact, "Link to this contact"),
    "new_contact": (make_new_contact, "Make a new contact"),
    "renumber": (use_next_number, "Use the next free number"),
    "move_date": (move_to_first_open_day, "Move to the first open day"),
    "accept": (accept_xero, "Accept Xero's version"),
    "send_ours": (send_ours, "Send ours over it"),
    "resend": (send_as_new, "Send again as new"),
    "items_again": (send_items_again, "Send the item again"),
    "undo_merge": (undo_merge, "Put back what was here before Xero's changes"),
    "undo": (undo_here, "Undo it here too"),
    "take_off": (take_off, "Take the credit off here"),
    "read_payments": (read_payments, "Read Xero's payments again"),
    "export_again": (export_again, "Export again"),
}


#: about one version of Xero's document: they take ``shown``
OF_ONE_VERSION = {"accept", "send_ours"}


def version_shown(record: SyncRecord, name: str) -> str:
    """The hash of Xero's version that this decision would be about; empty when it is about none."""
    return record.evidence.get("hash", "") if name in OF_ONE_VERSION else ""


def fitting(record: SyncRecord) -> list[str]:
    """Names of the decisions that answer the question it asks now, the likeliest first. Costs no query."""
    cure = BY_CODE.get(record.code)
    names = [name for name in cure.buttons if name in DECISIONS] if cure else []
    unfit = set() if record.kind == "invoice" else {"move_date"}
    unfit |= set() if record.kind in RENUMBER else {"renumber"}
    unfit |= set() if record.kind in UNDO else {"undo"}
    unfit |= set() if record.kind in USES_CREDIT else {"take_off"}
    unfit |= set() if record.evidence.get("remote_id") else {"link_payment"}
    return [name for name in names if name not in unfit]


def _may_move(record: SyncRecord) -> bool:
    """Not where money or credit rests on it: the period is opened in Xero then, or the payment taken back first."""
    return not sales.why_locked(Invoice.objects.get(pk=record.object_id))


def offered(record: SyncRecord) -> list[str]:
    """Names of all decisions that fit this record now, the likeliest first."""
    names = [name for name in fitting(record) if name != "move_date" or _may_move(record)]
    names += ["undo_merge"] if merging.undoable(record) else []
    names += ["export_again"] if _exported_again(record) else []
    return names
