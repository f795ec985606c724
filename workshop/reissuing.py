"""An invoice credited and issued anew in one act. What a customer and the accountant hold is never rewritten."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from workshop import credits, deposits, job_states
from workshop.balances import locked, save
from workshop.entry import check, fill
from workshop.errors import InvoiceLocked, NotAllowedNow
from workshop.lines import LineDefaults, typed_lines
from workshop.models import CreditNote, Goods, Invoice, InvoiceLine, JobLine, Organisation, Supply
from workshop.models.jobs import DISCOUNT_FIELDS
from workshop.sales import new_invoice, same_goods, store
from workshop.stock.returned import may_come_back

Kind = InvoiceLine.Kind


@transaction.atomic
def reissue_invoice(
    invoice: Invoice,
    lines: Iterable[Mapping[str, Any]],
    *,
    version: int | None = None,
    reason: str = "",
    date: datetime.date | None = None,
    due_date: datetime.date | None = None,
    **fields: Any,
) -> Invoice:
    """Credit what is left of an invoice and issue another with these lines in its place; returns the new one.

    Both are dated ``date``, today unless given. Goods come back at what they cost and go out again at the average of
    that moment; what was bought for the job keeps its cost. The credit is used on what is due of the old invoice and
    then on the new one. ``fields``: reference, freight and discount, as on the old one unless given.

    Raises NotAllowedNow where nothing is left to credit, InvoiceLocked while a change of the accountant's rests on it,
    InvalidInput where nothing is left to invoice. Source: the transfer guide, "Prefer a credit note and a new invoice".
    """
    if invoice.job:
        job_states.locked(invoice.job)  # before the invoice and its goods, as whoever receives goods for it does
    invoice = locked(invoice, version)
    _refuse(invoice)
    date = date or Organisation.current().today()
    before = invoice.lines.select_related("part", "job_line").in_bulk()
    rows = typed_lines(JobLine, lines, LineDefaults.of(invoice.customer, invoice.tax_mode), archived=True)
    note = _credit_the_rest(invoice, before, rows, date, reason)
    invoice = _mark_replaced(invoice)
    again = _successor(invoice, date, due_date, fields)
    store(again, rows, _on_the_job(note, before))
    if note.remaining and again.amount_due:
        credits.allocate_credit(note, again, amount=min(note.remaining, again.amount_due), date=date)
    deposits.use_on(again)
    again.refresh_from_db()
    return again


def _refuse(invoice: Invoice) -> None:
    if invoice.status == Invoice.Status.VOIDED:
        raise NotAllowedNow(f"Invoice {invoice} is voided. Issue a new one.")
    if invoice.replaced_at:
        raise NotAllowedNow(f"Invoice {invoice} was credited and issued anew already.")
    if invoice.changed_in_accounts:
        raise InvoiceLocked(f"Invoice {invoice} was changed in the accounts. Reconcile that first.")
    if invoice.lines.filter(kind=Kind.ADJUSTMENT).exists():
        raise InvoiceLocked(f"Invoice {invoice} was adjusted in the accounts. Credit it there, and issue a new one.")


def _credit_the_rest(
    invoice: Invoice, lines: Mapping[int, InvoiceLine], rows: Sequence[JobLine], date: datetime.date, reason: str
) -> CreditNote:
    before = credits.credited_before(lines)
    left = {
        pk: line.quantity - before.get(pk, credits.NOTHING).quantity
        for pk, line in lines.items()
        if line.kind != Kind.TEXT
    }
    left = {pk: quantity for pk, quantity in left.items() if quantity > 0}
    if not left:
        raise NotAllowedNow(f"Invoice {invoice} is credited in full already. Issue a new one.")
    goods = {pk: _goods(lines[pk], quantity, rows) for pk, quantity in left.items()}
    return credits.credit_invoice(invoice, left, goods=goods, date=date, reason=reason)


def _goods(line: InvoiceLine, left: Decimal, rows: Sequence[JobLine]) -> str:
    """What the new invoice does not name goes to the shelf where it can: nobody would take it from the job any more."""
    left_off = may_come_back(line) and not any(same_goods(line, row) for row in rows)
    if line.supply == Supply.JOB_ORDER and left == line.quantity and not left_off:
        return Goods.ON_JOB
    return Goods.RESTOCKED if may_come_back(line) else Goods.NONE


def _on_the_job(note: CreditNote, lines: Mapping[int, InvoiceLine]) -> dict[int, InvoiceLine]:
    """Those whose goods lie on the job again. What went to the shelf is taken from there."""
    back = note.lines.filter(goods=Goods.ON_JOB).values_list("invoice_line", flat=True)
    return {pk: lines[pk] for pk in back if pk in lines}


def _mark_replaced(invoice: Invoice) -> Invoice:
    invoice = locked(invoice)
    invoice._change_reason = "Credited and issued anew"
    invoice.replaced_at = timezone.now()
    return save(invoice, "replaced_at")


def _successor(old: Invoice, date: datetime.date, due_date: datetime.date | None, fields: Mapping[str, Any]) -> Invoice:
    of_job = {"job": old.job, "vehicle": old.vehicle, "tax_mode": old.tax_mode, "replaces": old, **old.charges()}
    again = new_invoice(old.customer, date, due_date, reference=old.reference, **of_job)
    given = {name: value for name, value in fields.items() if value is not None}
    check(fill(again, given), "reference", *DISCOUNT_FIELDS)
    again.clean()
    return again
