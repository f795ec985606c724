"""Sales invoices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from accounting_sync.documents.document import Books, Call, Document, Element, Item, day, digest, number, written
from accounting_sync.documents.item import item_code, items_of, without_items
from accounting_sync.documents.tracking import as_tracked_there, tracked
from accounting_sync.reconcile import CREATE, VOID, Body, Need, Presence, Wanted
from workshop import money
from workshop.models import CreditNote, Deposit, Invoice, InvoiceLine

LINE_AMOUNT_TYPES = {"exclusive": "Exclusive", "inclusive": "Inclusive", "no_tax": "NoTax"}
LONGEST, SHORT = 4000, 100  # characters of a description; Xero takes 4,000
NOT_SENT = {InvoiceLine.Kind.ADJUSTMENT}  # Xero made it


class InvoiceDocument(Document[Invoice]):
    kind = "invoice"
    label = "Invoice"
    rank = 20
    model = Invoice
    parts = {InvoiceLine: "invoice_id"}
    describes = True
    resource = "Invoices"
    id_field = "InvoiceID"
    number_field = "InvoiceNumber"

    def records(self) -> QuerySet[Any]:
        related = ["lines__part", "payments", "allocations"]
        return Invoice.objects.select_related("customer").prefetch_related(*related)

    def needs(self, record: Invoice) -> tuple[Need, ...]:
        return () if record.status == Invoice.Status.VOIDED else (Need("contact", record.customer_id),)

    def gone_first(self, record: Invoice) -> tuple[Need, ...]:
        """A voided invoice carries nothing any more; a changed one nothing that was taken back."""
        return undone_on(record)

    def beside(self, record: Invoice) -> tuple[Need, ...]:
        return items_of(record.lines.all())

    def carries_money(self, record: Invoice) -> bool:
        paid = any(payment.reversed_at is None for payment in record.payments.all())
        return paid or any(allocation.removed_at is None for allocation in record.allocations.all())

    def wanted(self, record: Invoice, books: Books) -> Wanted:
        title = f"{record.number} · {record.customer.name}"[:200]
        if record.status == Invoice.Status.VOIDED:
            return Wanted(title, Presence.VOIDED, dated=record.date, gone_first=self.gone_first(record))
        unmapped: list[str] = []
        body = self.build(record, books, unmapped)
        # nor the way back to us: it is told when the invoice is made, and moving house changes no document
        content = {name: value for name, value in body.items() if name not in {"Contact", "Url"}}
        return Wanted(
            title,
            dated=record.date,
            needs=self.needs(record),
            beside=self.beside(record),
            gone_first=self.gone_first(record),
            body=tracked(body, books),
            body_hash=digest([without_items(content), record.customer_id]),
            unmapped=tuple(unmapped),
            their_lines=any(line.kind in NOT_SENT for line in record.lines.all()),
            total=record.total,
        )

    def build(self, record: Invoice, books: Books, unmapped: list[str]) -> Body:
        body = {
            "Type": "ACCREC",
            "Status": "AUTHORISED",
            "Contact": {"ContactID": books.remote_ids.get(Need("contact", record.customer_id), "")},
            "InvoiceNumber": record.number,
            "Reference": record.reference,
            "Date": record.date.isoformat(),
            "DueDate": record.due_date.isoformat(),
            "LineAmountTypes": LINE_AMOUNT_TYPES[record.tax_mode],
            "Url": f"{books.site_url}/invoices/{record.pk}/",
            "LineItems": build_lines(record.lines.all(), record.tax_mode, books, unmapped),
        }
        return {name: value for name, value in body.items() if value}

    def call(self, operation: str, items: Sequence[Item]) -> Call:
        # PUT creates and nothing else: a POST with a taken number would edit somebody's invoice
        method = "PUT" if operation == CREATE else "POST"
        bodies = [_void(item) if operation == VOID else item.body for item in items]
        return Call(method, "Invoices", {"summarizeErrors": "false", "unitdp": "4"}, {"Invoices": bodies})

    def look_up(self, items: Sequence[Item]) -> Call:
        known = [item.remote_id for item in items if item.remote_id]
        if known:
            return self.fetch(known)
        numbers = ",".join(str(item.body["InvoiceNumber"]) for item in items)
        return Call("GET", "Invoices", {"InvoiceNumbers": numbers, "pageSize": "1000", "page": "1", "unitdp": "4"})

    def group(self, operation: str, item: Item) -> str:
        # a comma in a number would split the look-up's list of numbers
        return f"{operation} {item.body['InvoiceNumber']}" if "," in item.body.get("InvoiceNumber", "") else operation

    def is_ours(self, item: Item, remote: Element) -> bool:
        if item.remote_id:
            return remote.get("InvoiceID") == item.remote_id
        return remote.get("InvoiceNumber") == item.body["InvoiceNumber"] and remote.get("Url") == item.body["Url"]

    def evidence(self, remote: Element) -> dict[str, Any]:
        return totals_there(remote) | super().evidence(remote)

    def fingerprint(self, element: Element) -> str:
        return fingerprint(element, "InvoiceNumber")

    def closer_look(self, code: str, item: Item) -> Call | None:
        return self.look_up([item]) if code == "number_taken" and not item.remote_id else None

    def explain(self, code: str, item: Item, remotes: Sequence[Element]) -> tuple[str, dict[str, Any]]:
        other = next((r for r in remotes if r.get("InvoiceNumber") == item.body["InvoiceNumber"]), None)
        if other is None:
            return "", {}
        holder = (other.get("Contact") or {}).get("Name", "another contact")
        total, dated = other.get("Total"), other.get("DateString") or other.get("Date")
        evidence = {"remote_id": other.get("InvoiceID"), "contact": holder, "total": total, "date": day(dated)}
        return f"In Xero it is {holder}'s, of {written(dated)}, over {Decimal(str(total or 0)):,.2f}.", evidence

    def update_body(self, body: Body, record: Any, remote: Element) -> Body:
        return {"InvoiceID": record.remote_id, **body, **changed_parts(body, remote)}


def _void(item: Item) -> Body:
    return {"InvoiceID": item.remote_id, "Status": "VOIDED"}


def changed_parts(body: Body, remote: Element) -> Body:
    """A blank reference is said, or Xero keeps its own; lines keep their ids in order, or Xero drops and recreates
    them without their tracking and links.
    """
    there = remote.get("LineItems") or []
    known = [line.get("LineItemID") for line in there]
    lines = [
        {"LineItemID": known[n], **line} if n < len(known) and known[n] else line
        for n, line in enumerate(as_tracked_there(body["LineItems"], there))
    ]
    return {"Reference": body.get("Reference", ""), "LineItems": lines}


def undone_on(invoice: Invoice) -> tuple[Need, ...]:
    """Payments reversed and credits taken back. Reads the prefetched payments and allocations."""
    payments = [Need("payment", payment.pk) for payment in invoice.payments.all() if payment.reversed_at]
    removed = [Need("allocation", allocation.pk) for allocation in invoice.allocations.all() if allocation.removed_at]
    return (*payments, *removed)


def undone_of(credit: CreditNote | Deposit) -> tuple[Need, ...]:
    """Uses taken back and refunds reversed. Reads the prefetched allocations and refunds."""
    removed = [Need("allocation", allocation.pk) for allocation in credit.allocations.all() if allocation.removed_at]
    reversed_ = [Need("refund", refund.pk) for refund in credit.refunds.all() if refund.reversed_at]
    return (*removed, *reversed_)


def build_lines(lines: Iterable[Any], tax_mode: str, books: Books, unmapped: list[str]) -> list[Body]:
    sent = [line for line in lines if line.kind not in NOT_SENT]
    return [{**_line(line, books, unmapped), **stated_tax(line, tax_mode)} for line in sent]


def stated_tax(line: Any, tax_mode: str) -> Body:
    """Nothing, as a rule: Xero computes the tax. Only the last part of a line credited in parts bears what was left."""
    computed = money.line_tax(line.line_amount, line.tax_percent, tax_mode)
    return {} if line.tax_amount == computed else {"TaxAmount": line.tax_amount}


def _line(line: Any, books: Books, unmapped: list[str]) -> Body:
    if line.kind == InvoiceLine.Kind.TEXT:
        return {"Description": _within(line.description, LONGEST)}
    account = books.accounts.get(line.kind)
    tax = books.taxes.get(str(line.tax_rate_id))
    if not account:
        unmapped.append(f"{line.get_kind_display()} sales")
    if not tax:
        unmapped.append(f"tax {line.tax_percent:g}%")
    quantity, unit = exact_price(line.line_amount, line.quantity, line.unit_price)
    return {
        "Description": _described(line, books) or line.get_kind_display(),
        "Quantity": quantity,
        "UnitAmount": unit,
        "LineAmount": line.line_amount,
        "AccountCode": account,
        "TaxType": tax,
        **item_code(line, books),
    }


def _described(line: Any, books: Books) -> str:
    """In full, or by the part's name or the first line of what was typed. Cut words end in an ellipsis."""
    if books.whole_descriptions:
        return _within(line.description, LONGEST)
    name = line.part.description if line.part else line.description
    return _within(name.strip().partition("\n")[0].strip(), SHORT)


def _within(words: str, length: int) -> str:
    return words if len(words) <= length else words[: length - 1].rstrip() + "…"


def exact_price(amount: Decimal, quantity: Decimal, unit_price: Decimal) -> tuple[Decimal, Decimal]:
    """Quantity and unit price that multiply to our rounded line: Xero refuses a line that disagrees with itself.

    A discount goes into the unit price, at 4 dp; where that cannot give the amount exactly, one unit carries it all.
    """
    for unit in (unit_price, (amount / quantity).quantize(Decimal("0.0001"))):
        if money.cents(unit * quantity) == amount:
            return quantity, unit
    return Decimal(1), amount


def fingerprint(element: Element, number_field: str) -> str:
    """Of an invoice, a bill or a credit note: what we own of it."""
    return digest(
        [
            element.get(number_field),
            element.get("Reference") or "",
            day(element.get("DateString") or element.get("Date")),
            day(element.get("DueDateString") or element.get("DueDate")),
            element.get("LineAmountTypes"),
            (element.get("Contact") or {}).get("ContactID"),
            [line_facts(line) for line in element.get("LineItems") or []],
        ]
    )


def line_facts(line: Mapping[str, Any]) -> list[str]:
    if line.get("LineAmount") is None and not line.get("AccountCode"):
        return [str(line.get("Description") or "")]
    return [
        str(line.get("Description") or ""),
        number(line.get("Quantity"), "0.0001"),
        number(line.get("UnitAmount"), "0.0001"),
        number(line.get("LineAmount")),
        str(line.get("AccountCode") or ""),
        str(line.get("TaxType") or ""),
    ]


def totals_there(remote: Element) -> dict[str, Any]:
    return {"subtotal": remote.get("SubTotal"), "tax": remote.get("TotalTax"), "total": remote.get("Total")}


def sent_total(lines: Iterable[Any], tax_mode: str) -> Decimal:
    """What Xero will make of the lines we send; 2 dp."""
    return money.totals(
        [(line.line_amount, line.tax_amount) for line in lines if line.kind not in NOT_SENT], tax_mode
    ).total
