"""Verbs on money given back: what is left of a deposit or a credit note."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from workshop.balances import locked_credit, refuse_method, use
from workshop.entry import check, fill, required, sensible_date
from workshop.errors import NotAllowedNow, OverRefund
from workshop.models import CreditNote, Deposit, NumberSequence, Organisation, PaymentMethod, Refund


@transaction.atomic
def give_refund(
    credit: Deposit | CreditNote,
    *,
    amount: Decimal,
    method: PaymentMethod | None = None,
    date: date | None = None,
    reference: str = "",
    source: str = Refund.Source.WORKSHOP,
) -> Refund:
    """Give back what is left. Raises OverRefund for more than that, NotAllowedNow for a voided credit note."""
    credit = locked_credit(credit)
    today = Organisation.current().today()
    refund = Refund(amount=amount, method=method, date=date or today, source=source, **_of(credit))
    check(fill(refund, {"reference": reference}), "amount", "date", "reference", "source")
    if source == Refund.Source.WORKSHOP:
        sensible_date(refund.date, today)
        refuse_method(method)
    if credit.status == CreditNote.Status.VOIDED:
        raise NotAllowedNow(f"{credit} is voided; there is nothing to refund.")
    if amount > credit.remaining:
        raise OverRefund(f"Only {credit.remaining} of {credit} is left to refund.", field="amount")
    refund.number = NumberSequence.take("refund")
    refund.save()
    use(credit, refunded=amount)
    return refund


def _of(credit: Deposit | CreditNote) -> dict[str, Deposit | CreditNote]:
    return {"deposit" if isinstance(credit, Deposit) else "credit_note": credit}


@transaction.atomic
def reverse_refund(refund: Refund, *, reason: str, in_accounts: bool = False) -> Refund:
    """The money did not go out after all; it is held again. Raises NotAllowedNow when it is reversed already.

    What was entered in the accounts is taken back there; ``in_accounts`` says that this has happened.
    """
    credit = locked_credit(refund.credit)
    refund = Refund.objects.select_for_update().get(pk=refund.pk)
    if refund.reversed_at:
        raise NotAllowedNow(f"Refund {refund.number} is reversed already.")
    if refund.source == Refund.Source.ACCOUNTS and not in_accounts:
        raise NotAllowedNow(f"Refund {refund.number} was entered in the accounts. Remove it there.")
    refund.reverse_reason = required(reason, "Say why the refund is reversed.")
    check(refund, "reverse_reason")
    refund.reversed_at = timezone.now()
    refund.save(update_fields=["reversed_at", "reverse_reason", "updated_at"])
    use(credit, refunded=-refund.amount)
    return refund
