"""A supplier's credit used on the supplier's bills."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from tests.factories import stocked
from tests.workshop.purchasing.buying import a_supplier
from tests.workshop.purchasing.test_crediting import asked, bought, credited
from workshop.errors import InvalidInput, NotAllowedNow, OverCredit
from workshop.models import Bill, SupplierCredit
from workshop.purchasing import allocating, billing, crediting

D = Decimal


def s17():
    """A bill of 230.00 owed, and a credit of 126.50 of the same supplier."""
    part, supplier = stocked("A"), a_supplier()
    bought(part, 2, "100", supplier)
    credit = credited(bought(part, 1, "110", supplier), number="CR-17")
    return credit, Bill.objects.get(total=D("230.00"))


def balances(credit, bill):
    credit, bill = SupplierCredit.objects.get(pk=credit.pk), Bill.objects.get(pk=bill.pk)
    return credit.remaining, bill.amount_due, bill.status


def test_both_balances_move():
    credit, bill = s17()
    assert balances(credit, bill) == (D("126.50"), D("230.00"), "awaiting_payment")

    allocation = allocating.allocate_credit(credit, bill, amount=D("126.50"))

    assert balances(credit, bill) == (D("0.00"), D("103.50"), "part_paid")
    assert allocation.date == max(credit.date, bill.date)

    allocating.remove_allocation(allocation)
    assert balances(credit, bill) == (D("126.50"), D("230.00"), "awaiting_payment")


def test_with_what_was_paid_it_settles_the_bill():
    credit, bill = s17()
    billing.note_paid(bill, D("103.50"))
    allocating.allocate_credit(credit, bill, amount=D("126.50"))
    assert balances(credit, bill) == (D("0.00"), D("0.00"), "paid")


@pytest.mark.parametrize(
    ("amount", "sentence"), [("126.51", "Only 126.50 of"), ("230.01", "Only 126.50 of"), ("0", None), ("1.005", None)]
)
def test_no_more_than_is_left_of_it_is_used(amount, sentence):
    credit, bill = s17()
    with pytest.raises(OverCredit if sentence else Exception, match=sentence):
        allocating.allocate_credit(credit, bill, amount=D(amount))
    assert balances(credit, bill) == (D("126.50"), D("230.00"), "awaiting_payment")


def test_no_more_than_is_due_on_the_bill_is_used():
    credit, bill = s17()
    billing.note_paid(bill, D("200.00"))
    with pytest.raises(OverCredit, match=r"Only 30\.00 is due"):
        allocating.allocate_credit(credit, bill, amount=D("30.01"))


def test_it_is_the_suppliers_own_and_final_and_the_bill_stands():
    credit, bill = s17()
    of_another = Bill.objects.get(number=f"SI-{bought(stocked('B'), 1, '10').receipt_id}")
    with pytest.raises(InvalidInput, match="not the same supplier's"):
        allocating.allocate_credit(credit, of_another, amount=D(1))
    requested = asked(bill.receipt.lines.get())
    with pytest.raises(NotAllowedNow, match="requested"):
        allocating.allocate_credit(requested, bill, amount=D(1))
    crediting.cancel_credit(requested)
    billing.void_bill(bill, reason="Typed twice")
    with pytest.raises(NotAllowedNow, match="voided bill"):
        allocating.allocate_credit(credit, bill, amount=D(1))


def test_while_it_is_used_neither_is_voided():
    credit, bill = s17()
    allocation = allocating.allocate_credit(credit, bill, amount=D(1))
    with pytest.raises(NotAllowedNow, match="used already"):
        crediting.void_credit(credit, reason="Theirs")
    with pytest.raises(NotAllowedNow, match="payments or credits"):
        billing.void_bill(bill, reason="Typed twice")
    allocating.remove_allocation(allocation)
    assert crediting.void_credit(credit, reason="Theirs").remaining == 0


def test_it_is_taken_off_once_and_what_the_accounts_used_is_taken_off_there():
    credit, bill = s17()
    allocation = allocating.allocate_credit(credit, bill, amount=D(1))
    allocating.remove_allocation(allocation)
    with pytest.raises(NotAllowedNow, match="already"):
        allocating.remove_allocation(allocation)
    theirs = allocating.note_accounts_credit(
        bill, amount=D(20), date=date(2026, 7, 20), external_number="CN-1", credit=credit
    )
    with pytest.raises(NotAllowedNow, match="take it off there"):
        allocating.remove_allocation(theirs)
    allocating.remove_allocation(theirs, in_accounts=True)
    assert balances(credit, bill) == (D("126.50"), D("230.00"), "awaiting_payment")


def test_what_the_supplier_paid_back_is_not_left_to_use():
    credit, bill = s17()
    allocating.allocate_credit(credit, bill, amount=D("100.00"))
    credit = allocating.note_consumed(credit, D("26.50"))
    assert (credit.remaining, credit.amount_consumed_in_accounts) == (D(0), D("26.50"))
    with pytest.raises(OverCredit, match=r"Only 26\.50"):
        allocating.note_consumed(credit, D("26.51"))
    assert allocating.note_consumed(credit, D(0)).remaining == D("26.50")


def test_a_sum_known_before_gives_way_to_what_it_consists_of():
    _, bill = s17()
    known = {"date": bill.date, "external_number": ""}
    allocating.note_accounts_credit(bill, amount=D("50.00"), **known)

    named = known | {"external_number": "CN-1"}
    allocating.note_accounts_credit(bill, amount=D("30.00"), **named)
    bill.refresh_from_db()
    assert bill.amount_credited == D("50.00")
    allocating.note_accounts_credit(bill, amount=D("25.00"), **named | {"external_number": "CN-2"})

    standing = bill.allocations.filter(removed_at=None).order_by("external_number")
    assert list(standing.values_list("external_number", "amount")) == [("CN-1", D("30.00")), ("CN-2", D("25.00"))]
    bill.refresh_from_db()
    assert bill.amount_credited == D("55.00")


def test_it_is_dated_when_both_are_there_and_not_before():
    credit, bill = s17()
    with pytest.raises(InvalidInput) as refusal:
        allocating.allocate_credit(credit, bill, amount=D(1), date=bill.date - timedelta(days=1))
    assert refusal.value.field == "date"
