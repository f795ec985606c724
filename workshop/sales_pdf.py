"""Invoices and credit notes on paper: the words and figures that stand on their pages."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.formats import date_format

from workshop.models import CreditNote, CreditNoteLine, Customer, Invoice, InvoiceLine, Organisation
from workshop.models.organisation import Country
from workshop.paper import amount, gap, garage_lines, printed, quantity, rate, side_by_side, sums, table, text
from workshop.pricing import tax_by_rate

if TYPE_CHECKING:
    from reportlab.platypus import Flowable

HEAD = ["Description", "Tax", "Quantity", "Price", "Amount"]
WIDTHS = [91, 20, 20, 22, 24]
TAX_NUMBER = {Country.UNITED_KINGDOM: "VAT number", Country.AUSTRALIA: "ABN", Country.NEW_ZEALAND: "GST number"}
Sum = tuple[str, str, bool]


def invoice_pdf(invoice: Invoice) -> bytes:
    lines = list(invoice.lines.select_related("tax_rate"))
    facts = [
        f"Date: {date_format(invoice.date)}",
        f"Due: {date_format(invoice.due_date)}",
        f"Reference: {invoice.reference}" if invoice.reference else "",
        f"Voided: {invoice.void_reason}" if invoice.status == Invoice.Status.VOIDED else "",
    ]
    garage = Organisation.current()
    return _document("Tax invoice", invoice, facts, lines, _invoice_sums(invoice, lines, garage.currency), garage)


def credit_note_pdf(note: CreditNote) -> bytes:
    lines = list(note.lines.select_related("tax_rate"))
    facts = [
        f"Date: {date_format(note.date)}",
        f"Credits invoice {note.invoice.number}" if note.invoice else "",
        f"Reference: {note.reference}" if note.reference else "",
        "Voided" if note.status == CreditNote.Status.VOIDED else "",
    ]
    garage = Organisation.current()
    return _document("Credit note", note, facts, lines, _credit_sums(note, lines, garage.currency), garage)


def _document(
    what: str,
    document: Invoice | CreditNote,
    facts: Sequence[str],
    lines: Sequence[InvoiceLine | CreditNoteLine],
    totals: list[Sum],
    garage: Organisation,
) -> bytes:
    title = f"{what} {document.number}"
    left: list[Flowable] = [text(title, 16, bold=True), text("\n".join(filter(None, facts)))]
    number = f"{TAX_NUMBER[Country(garage.country)]} {garage.tax_number}" if garage.tax_number else ""
    rows = [_row(line) for line in lines]
    parts = [
        side_by_side(left, [*garage_lines(garage), text(number)]),
        side_by_side(_addressed_to(document.customer), []),
        gap(),
        table(HEAD, rows, WIDTHS, figures=3),
        gap(),
        sums(totals),
    ]
    return printed(title, parts)


def _addressed_to(customer: Customer) -> list[Flowable]:
    address = customer.addresses.first()
    return [text(customer.name, 11, bold=True), text(str(address) if address else "")]


def _row(line: InvoiceLine | CreditNoteLine) -> list[str]:
    if not line.priced:
        return [line.description, "", "", "", ""]
    tax = line.tax_rate.name if line.tax_rate else ""
    if line.kind == InvoiceLine.Kind.ADJUSTMENT:
        return [line.description, tax, "", "", amount(line.line_amount)]
    off = f"\nless {quantity(line.discount_percent)} %" if line.discount_percent else ""
    return [line.description, tax, quantity(line.quantity), rate(line.unit_price) + off, amount(line.line_amount)]


def _invoice_sums(invoice: Invoice, lines: Sequence[InvoiceLine], currency: str) -> list[Sum]:
    rows = [*_taxed(invoice, lines), ("Total incl. tax", _money(invoice.total, currency), True)]
    if invoice.amount_paid:
        rows.append(("Paid", amount(-invoice.amount_paid), False))
    if invoice.amount_credited:
        rows.append(("Credited", amount(-invoice.amount_credited), False))
    return [*rows, ("Balance due", _money(invoice.amount_due, currency), True)]


def _credit_sums(note: CreditNote, lines: Sequence[CreditNoteLine], currency: str) -> list[Sum]:
    rows = [*_taxed(note, lines), ("Total credit", _money(note.total, currency), True)]
    if note.amount_allocated:
        rows.append(("Used on invoices", amount(-note.amount_allocated), False))
    if note.amount_refunded:
        rows.append(("Refunded", amount(-note.amount_refunded), False))
    return [*rows, ("Left to use", _money(note.remaining, currency), True)]


def _taxed(document: Invoice | CreditNote, lines: Sequence[InvoiceLine | CreditNoteLine]) -> list[Sum]:
    subtotal: Sum = ("Subtotal without tax", amount(document.subtotal), False)
    return [subtotal, *((name, amount(tax), False) for name, tax in tax_by_rate(lines).items())]


def _money(value: Decimal, currency: str) -> str:
    return f"{amount(value)} {currency}"
