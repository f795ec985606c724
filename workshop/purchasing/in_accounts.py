"""What the accountant did to a bill in the accounts, told here."""

from __future__ import annotations

from datetime import date

from workshop.models import Bill


def note_change(bill: Bill) -> None:
    """Its total there is another: prices are corrected by another document until somebody decides which one counts."""
    _mark(bill, True)


def settle_change(bill: Bill) -> None:
    """Somebody decided which version counts."""
    _mark(bill, False)


def plan_payment(bill: Bill, on: date | None) -> None:
    """When the accounts plan to pay it. Nobody need hear of it: nothing else follows from it."""
    if bill.planned_payment_date != on:
        Bill.objects.filter(pk=bill.pk).update(planned_payment_date=on)
        bill.planned_payment_date = on


def _mark(bill: Bill, changed: bool) -> None:
    Bill.objects.filter(pk=bill.pk).update(changed_in_accounts=changed)
    bill.changed_in_accounts = changed
