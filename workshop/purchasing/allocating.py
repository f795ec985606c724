"""A supplier's credit used on the supplier's bills, here or in the accounts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from workshop.entry import check, sensible_date
from workshop.errors import InvalidInput, NotAllowedNow, OverCredit
from workshop.models import Bill, Organisation, SupplierCredit, SupplierCreditAllocation
from workshop.purchasing.billing import save_bill, settled_status

Source = SupplierCreditAllocation.Source


@transaction.atomic
def allocate_credit(
    credit: SupplierCredit, bill: Bill, *, amount: Decimal, date: date | None = None
) -> SupplierCreditAllocation:
    """Use credit on a bill of the same supplier, dated as the later of the two unless told, and never before it.

    Raises OverCredit for more than is left of the credit or due on the bill.
    """
    bill, credit = _held(bill), _held_credit(credit)
    earliest = max(credit.date, bill.date)
    date = sensible_date(date or earliest, Organisation.current().today())
    if date < earliest:
        raise InvalidInput("Credit is not used before both the bill and the credit are there.", field="date")
    if credit.supplier_id != bill.supplier_id:
        raise InvalidInput("The credit and the bill are not the same supplier's.", field="bill")
    if credit.status != SupplierCredit.Status.FINALISED:
        raise NotAllowedNow(f"{credit} is {credit.get_status_display().lower()}; there is no credit to use.")
    allocation = SupplierCreditAllocation(credit=credit, bill=bill, amount=amount, date=date)
    return _use(allocation)


@transaction.atomic
def note_accounts_credit(
    bill: Bill, *, amount: Decimal, date: date, external_number: str, credit: SupplierCredit | None = None
) -> SupplierCreditAllocation:
    """Credit used in the accounts, ours or one that is not here. Raises OverCredit beyond what is due or left."""
    bill, credit = _held(bill), _held_credit(credit) if credit else None
    _named_now(bill, amount)
    allocation = SupplierCreditAllocation(
        credit=credit, bill=bill, amount=amount, date=date, source=Source.ACCOUNTS, external_number=external_number
    )
    return _use(allocation)


@transaction.atomic
def forget_unnamed(bill: Bill, amount: Decimal) -> None:
    """So much of what was known only as a sum is taken back in the accounts."""
    _named_now(_held(bill), amount)


def _named_now(bill: Bill, amount: Decimal) -> None:
    """What was known only as a sum before every use was kept gives way to what it consists of."""
    for sum_kept in bill.allocations.filter(credit=None, external_number="", removed_at=None):
        named = min(amount, sum_kept.amount)
        if named == sum_kept.amount:
            sum_kept.removed_at = timezone.now()
        else:
            sum_kept.amount -= named
        sum_kept.save(update_fields=["amount", "removed_at", "updated_at"])
        _change(bill, -named)
        amount -= named
        if not amount:
            return


def _use(allocation: SupplierCreditAllocation) -> SupplierCreditAllocation:
    bill, credit, amount = allocation.bill, allocation.credit, allocation.amount
    check(allocation, "amount", "date", "external_number")
    if bill.status == Bill.Status.VOIDED:
        raise NotAllowedNow("No credit is used on a voided bill.")
    if credit and amount > credit.remaining:
        raise OverCredit(f"Only {credit.remaining} of {credit} is left.", field="amount")
    if amount > bill.amount_due:
        raise OverCredit(f"Only {bill.amount_due} is due on {bill}.", field="amount")
    allocation.save()
    if credit:
        _change_credit(credit, amount)
    _change(bill, amount)
    return allocation


@transaction.atomic
def remove_allocation(allocation: SupplierCreditAllocation, *, in_accounts: bool = False) -> SupplierCreditAllocation:
    """The bill is due again and the credit is free again.

    What was used in the accounts is taken back there; ``in_accounts`` says that this has happened.
    """
    bill = _held(allocation.bill)
    allocation = SupplierCreditAllocation.objects.select_for_update().get(pk=allocation.pk)
    if allocation.removed_at:
        raise NotAllowedNow("The credit is taken off the bill already.")
    if allocation.source == Source.ACCOUNTS and not in_accounts:
        raise NotAllowedNow("This credit was used in the accounts; take it off there.")
    allocation.removed_at = timezone.now()
    allocation.save(update_fields=["removed_at", "updated_at"])
    if allocation.credit:
        _change_credit(_held_credit(allocation.credit), -allocation.amount)
    _change(bill, -allocation.amount)
    return allocation


@transaction.atomic
def note_consumed(credit: SupplierCredit, amount: Decimal) -> SupplierCredit:
    """What was paid back of it by now, or used where no bill is here, as the accounts tell.

    Raises OverCredit for more than is left.
    """
    credit = _held_credit(credit)
    if amount == credit.amount_consumed_in_accounts:
        return credit
    if amount > credit.remaining + credit.amount_consumed_in_accounts:
        raise OverCredit(
            f"Only {credit.remaining + credit.amount_consumed_in_accounts} of {credit} is left to be paid back."
        )
    credit.remaining += credit.amount_consumed_in_accounts - amount
    credit.amount_consumed_in_accounts = amount
    credit.save(update_fields=["amount_consumed_in_accounts", "remaining", "updated_at"])
    return credit


def _held(bill: Bill) -> Bill:
    return Bill.objects.select_for_update(of=("self",)).select_related("supplier").get(pk=bill.pk)


def _held_credit(credit: SupplierCredit) -> SupplierCredit:
    """Taken after the bill's lock."""
    return SupplierCredit.objects.select_for_update().get(pk=credit.pk)


def _change(bill: Bill, amount: Decimal) -> None:
    bill.amount_credited += amount
    bill.status = settled_status(bill)
    save_bill(bill, "amount_credited", "status")


def _change_credit(credit: SupplierCredit, amount: Decimal) -> None:
    credit.amount_allocated += amount
    credit.remaining -= amount
    credit.save(update_fields=["amount_allocated", "remaining", "updated_at"])
