"""What must hold: while calls are made, and when everything has come to rest."""

import json
from collections import Counter
from decimal import Decimal

from django.db import connection as database

from accounting_sync.documents import DOCUMENTS
from accounting_sync.models import Attempt, State, SyncRecord
from tests.accounting_sync.simulation.families import Families
from workshop.models import (
    Bill,
    CreditAllocation,
    CreditNote,
    Deposit,
    Invoice,
    Part,
    Payment,
    PurchaseOrder,
    Refund,
    StockJournal,
    SupplierCredit,
    SupplierCreditAllocation,
)

GONE = {"VOIDED", "DELETED"}
RIGHTLY_NOT_SENT = {"not_financial", "never_sent", "made_in_xero", "not_placed"}
ASKS = {State.WARNING, State.CONFLICT}


class Broken(AssertionError):
    """A promise was not kept; the seed that shows it is in the message."""


class Proof:
    def __init__(self, world):
        self.world = world
        self.sent_again = set()  # numbers that somebody decided to send a second time

    def decided(self, record, name):
        """Some decisions do knowingly what the engine must never do by itself."""
        if name == "resend" and record.kind == "payment":
            self.sent_again |= {payment.number for payment in Payment.objects.filter(pk=record.object_id)}
        if name == "send_ours":
            self._given_up(record)

    def _given_up(self, record):
        """Ours goes over what somebody has seen of Xero's, and over nothing that was typed there since."""
        accountant = self.world.accountant
        email, seen = (record.remote_id, "EmailAddress"), record.evidence.get("base", {}).get("EmailAddress")
        if accountant.contact_fields.get(email) == seen:
            accountant.contact_fields.pop(email, None)
        there = self.world.books.tables["Invoices"].get(record.remote_id)
        if there and record.evidence["hash"] == DOCUMENTS["invoice"].fingerprint(there):
            accountant.rags.pop(record.remote_id, None)

    # While calls are made

    def a_call(self, request):
        self._expect(len(database.savepoint_ids) <= self.world.depth + 1, "a call inside a transaction")
        if request.method != "GET":
            self._written_ahead(request)

    def _written_ahead(self, request):
        """I4, I5, I7: an open attempt for each element sent, of a record that is being sent."""
        path = request.path_url.split("?")[0].removeprefix("/api.xro/2.0/")
        open_ones = Attempt.objects.filter(finished_at=None, method=request.method, path=path)
        key = request.headers.get("Idempotency-Key")
        attempts = list((open_ones.filter(idempotency_key=key) if key else open_ones).select_related("sync_record"))
        self._expect(len(attempts) == _elements(request), f"{request.method} {path}: written ahead {len(attempts)}")
        states = {attempt.sync_record.state for attempt in attempts}
        self._expect(states == {State.SENDING}, f"{request.method} {path}: sent while {states}")

    def _expect(self, holds, sentence):
        if not holds:
            raise Broken(f"seed {self.world.seed}: {sentence}")

    # At rest

    def at_rest(self):
        self.records = list(SyncRecord.objects.all())
        self.by_remote = {(r.kind, r.remote_id): r for r in self.records if r.remote_id}
        self.families = Families(self.records, self.world)
        problems = [
            *self._not_settled(),
            *self._stale(),
            *self._doubled(),
            *self._orphans(),
            *self._lost_payments(),
            *self._foreign_documents(),
            *self._balances(),
        ]
        if problems:
            raise Broken("\n  ".join([f"seed {self.world.seed}:", *map(str, problems)]))

    def _not_settled(self):
        """I12: whatever nobody in Xero touched is there, or rightly not."""
        for record in self.records:
            settled = record.state == State.SYNCED or (
                record.state == State.SKIPPED and record.code in RIGHTLY_NOT_SENT
            )
            if record.state in {State.PENDING, State.SENDING, State.UNKNOWN}:
                yield f"{_named(record)} never came to rest"
            elif not settled and not self.families.excuse(record):
                yield f"{_named(record)} is not in Xero: {record.message}"

    def _stale(self):
        """I2, I3: what we call synced is what Xero holds."""
        for record in self.records:
            if record.state == State.SYNCED:
                difference = STALE[record.kind](self.world.books, record)
                if difference:
                    yield f"{_named(record)} is stale: {difference}"

    def _doubled(self):
        """I11 too: a payment that was deleted in Xero is not made again."""
        books = self.world.books.tables
        for kind, field in (
            ("Payments", "Reference"),
            ("Invoices", "InvoiceNumber"),
            ("CreditNotes", "CreditNoteNumber"),
        ):
            numbers = Counter(d.get(field) for d in books[kind].values() if d["CreatedBy"] == "API")
            numbers = Counter({number: n for number, n in numbers.items() if number not in self.sent_again})
            yield from (f"{kind} {number} is {n} times in Xero" for number, n in numbers.items() if n > 1)
        names = Counter(
            contact["ContactNumber"] for contact in books["Contacts"].values() if contact.get("ContactNumber")
        )
        yield from (f"contact {number} is {n} times in Xero" for number, n in names.items() if n > 1)

    def _orphans(self):
        """Nothing that we made in Xero is unknown here."""
        for kind, table, id_field in OURS:
            for document in self.world.books.tables[table].values():
                ours = document.get("CreatedBy", "API") == "API" and document.get("Status") not in GONE
                if (
                    ours
                    and document.get("ContactNumber", "") is not None
                    and (kind, document[id_field]) not in self.by_remote
                ):
                    yield f"{kind} {document[id_field]} in Xero belongs to no record"

    def _lost_payments(self):
        for remote in self.world.books.tables["Payments"].values():
            invoice = self.by_remote.get(("invoice", remote["TargetID"]))
            if invoice is None:
                continue
            record = self.by_remote.get(("payment", remote["PaymentID"]))
            local = Payment.objects.get(pk=record.object_id) if record else None
            here = bool(local and not local.reversed_at)
            there = remote["Status"] == "AUTHORISED"
            if here != there and not self._somebody_is_asked(invoice):
                yield f"payment {remote['PaymentID']} of {remote['Amount']}: here {here}, in Xero {there}"

    def _somebody_is_asked(self, record):
        return any(other.state in ASKS or other.do_not_export for other in self.families.of(record))

    def _foreign_documents(self):
        for invoice_id, was in self.world.accountant.typed.items():
            typed = self.world.books.tables["Invoices"][invoice_id]
            now = (typed["Total"], dict(typed["Contact"]), typed["Status"])
            if now != was:
                yield f"an invoice that somebody typed in Xero was changed from {was} to {now}"
        for (contact_id, field), value in self.world.accountant.contact_fields.items():
            now = self.world.books.tables["Contacts"][contact_id].get(field)
            if now != value:
                yield f"{field} {value} typed in Xero was overwritten with {now}"
        for invoice_id, typed in self.world.accountant.rags.items():
            remote = self.world.books.tables["Invoices"][invoice_id]
            left = sum(line["Description"] == "Rags" for line in remote["LineItems"])
            if remote["Status"] not in GONE and left < typed:
                yield f"{remote['InvoiceNumber']}: of {typed} lines added in Xero {left} are left"

    def _balances(self):
        """I8, I9: what is due here is due there, unless somebody is asked about it."""
        for invoice in Invoice.objects.live():
            record = next(r for r in self.records if (r.kind, r.object_id) == ("invoice", invoice.pk))
            family = self.families.of(record)
            at_peace = all(r.state == State.SYNCED or r.code in RIGHTLY_NOT_SENT for r in family)
            if not at_peace or any(r.do_not_export for r in family) or record.state != State.SYNCED:
                continue
            remote = self.world.books.tables["Invoices"][record.remote_id]
            if remote["AmountDue"] != invoice.amount_due:
                yield f"{_named(record)}: due {invoice.amount_due} here, {remote['AmountDue']} in Xero"


OURS = [
    ("payment", "Payments", "PaymentID"),
    ("invoice", "Invoices", "InvoiceID"),
    ("credit_note", "CreditNotes", "CreditNoteID"),
    ("allocation", "Allocations", "AllocationID"),
    ("journal", "ManualJournals", "ManualJournalID"),
]


def _named(record):
    return f"{record.kind} {record.title or record.object_id} ({record.state} {record.code})".strip()


def _elements(request):
    body = json.loads(request.body) if request.body else {}
    lists = [value for value in body.values() if isinstance(value, list)]
    return len(lists[0]) if lists else 1


# Staleness by kind: a sentence, or nothing


def _stale_contact(books, record):
    return "" if record.remote_id in books.tables["Contacts"] else "not there"


def _stale_document(books, record, model, table, number_field):
    local, remote = model.objects.get(pk=record.object_id), books.tables[table].get(record.remote_id)
    if remote is None:
        return "not there"
    if (local.status == "voided") != (remote["Status"] in GONE):
        return f"{local.status} here, {remote['Status']} there"
    if local.status == "voided":
        return ""
    ours = [line.line_amount for line in local.lines.exclude(kind="adjustment").order_by("position")]
    theirs = [line["LineAmount"] for line in remote["LineItems"]]
    if local.lines.filter(kind="adjustment").exists():
        ours = theirs = []  # somebody accepted Xero's version: our lines stay, and one more makes up the difference
    here = (local.number, local.total, local.date, ours)
    there = (remote[number_field], remote["Total"], remote["Date"], theirs[: len(ours)])
    return "" if here == there else f"{here} here, {there} there"


def _stale_invoice(books, record):
    return _stale_document(books, record, Invoice, "Invoices", "InvoiceNumber")


def _stale_credit_note(books, record):
    return _stale_document(books, record, CreditNote, "CreditNotes", "CreditNoteNumber")


def _stale_payment(books, record):
    return _stale_money(books, record, Payment)


def _stale_refund(books, record):
    return _stale_money(books, record, Refund)


def _stale_money(books, record, model):
    local, remote = model.objects.get(pk=record.object_id), books.tables["Payments"].get(record.remote_id)
    if remote is None:
        return "not there"
    here = (bool(local.reversed_at), local.amount, local.date)
    there = (remote["Status"] == "DELETED", remote["Amount"], remote["Date"])
    return "" if here == there else f"{here} here, {there} there"


def _stale_deposit(books, record):
    local, remote = Deposit.objects.get(pk=record.object_id), books.tables["Prepayments"].get(record.remote_id)
    if remote is None:
        return "not there"
    here, there = (
        (local.amount, local.date, local.remaining),
        (remote["Total"], remote["Date"], remote["RemainingCredit"]),
    )
    return "" if here == there else f"{here} here, {there} there"


def _stale_allocation(books, record):
    return _stale_use(books, record, CreditAllocation)


def _stale_bill_allocation(books, record):
    return _stale_use(books, record, SupplierCreditAllocation)


def _stale_use(books, record, model):
    local, remote = model.objects.get(pk=record.object_id), books.tables["Allocations"].get(record.remote_id)
    here = Decimal(0) if local.removed_at else local.amount
    there = remote["Amount"] if remote else Decimal(0)
    return "" if here == there else f"{here} here, {there} there"


def _stale_bill(books, record):
    local = Bill.objects.get(pk=record.object_id)
    return _stale_purchase(local, local.number, books.tables["Invoices"].get(record.remote_id), "InvoiceNumber")


def _stale_supplier_credit(books, record):
    local, remote = SupplierCredit.objects.get(pk=record.object_id), books.tables["CreditNotes"].get(record.remote_id)
    return _stale_purchase(local, local.supplier_number, remote, "CreditNoteNumber")


def _stale_purchase(local, number, remote, number_field):
    if remote is None:
        return "not there"
    here = (local.status == "voided", number, local.total, local.date)
    there = (remote["Status"] in GONE, remote[number_field], remote["Total"], remote["Date"])
    return "" if here == there else f"{here} here, {there} there"


def _stale_journal(books, record):
    local, remote = StockJournal.objects.get(pk=record.object_id), books.tables["ManualJournals"].get(record.remote_id)
    if remote is None:
        return "not there"
    here = (bool(local.voided_at), local.narration, local.date, [local.amount, -local.amount])
    lines = [line["LineAmount"] for line in remote["JournalLines"]]
    there = (remote["Status"] in GONE, remote["Narration"], remote["Date"], lines)
    return "" if here == there else f"{here} here, {there} there"


def _stale_purchase_order(books, record):
    local = PurchaseOrder.objects.get(pk=record.object_id)
    remote = books.tables["PurchaseOrders"].get(record.remote_id)
    if remote is None:
        return "not there"
    status = {"closed": "BILLED", "cancelled": "DELETED"}.get(local.status, "AUTHORISED")
    here = (status, local.number, local.date, local.lines.count() + bool(local.freight))
    there = (remote["Status"], remote["PurchaseOrderNumber"], remote["Date"], len(remote["LineItems"]))
    return "" if here == there else f"{here} here, {there} there"


def _stale_item(books, record):
    local = Part.objects.get(pk=record.object_id)
    remote = books.tables["Items"].get(record.remote_id)
    if remote is None:
        return "not there"
    here = (local.code, local.description, local.sell_price)
    there = (remote["Code"], remote["Description"], remote["SalesDetails"]["UnitPrice"])
    return "" if here == there else f"{here} here, {there} there"


STALE = {
    "contact": _stale_contact,
    "invoice": _stale_invoice,
    "credit_note": _stale_credit_note,
    "deposit": _stale_deposit,
    "payment": _stale_payment,
    "refund": _stale_refund,
    "allocation": _stale_allocation,
    "bill_allocation": _stale_bill_allocation,
    "bill": _stale_bill,
    "supplier_credit": _stale_supplier_credit,
    "journal": _stale_journal,
    "purchase_order": _stale_purchase_order,
    "item": _stale_item,
}
assert set(STALE) == set(DOCUMENTS), "a new kind needs its own proof"
