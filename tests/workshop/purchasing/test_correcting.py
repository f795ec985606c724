"""What goods cost, known later: another price, a carrier's bill; on paid bills and after the goods are sold."""

from datetime import timedelta
from decimal import Decimal

import pytest

from tests.factories import an_invoice, stocked
from tests.workshop.purchasing.buying import (
    a_job,
    a_radiator,
    a_supplier,
    an_order,
    finished,
    journals,
    lines_of,
    lots,
    numbered,
    pool,
    received,
)
from workshop import sales
from workshop.errors import InvalidInput, NotAllowedNow, PriceQuery
from workshop.models import Bill, Organisation, SupplierCredit
from workshop.purchasing import billing, correcting, crediting, ordering

D = Decimal


def billed(*lines, **fields):
    receipt = received(an_order(*lines, **fields))
    return receipt, billing.finalise(receipt, number="SI-1")


def w7():
    """10 @ 10.00 on PO 31, 4 of them sold."""
    numbered("purchase_order", 31)
    part = stocked("A")
    receipt, bill = billed((part, 10, "10"))
    an_invoice([{"part": part, "quantity": D(4)}])
    return part, receipt.lines.get(), bill


def test_w7_an_unpaid_bill_is_changed_and_what_is_sold_takes_its_share():
    part, line, bill = w7()

    documents = correcting.correct_price(bill, {line.pk: D(11)})

    assert documents == [bill]
    bill.refresh_from_db()
    assert (bill.subtotal, bill.total, bill.version) == (D("110.00"), D("126.50"), 2)
    assert lines_of(bill) == [("A A (PO 31)", "stock", D("110.00"), D("16.50"))]
    assert journals(kind="cost_correction") == [("Cost correction for A, PO 31", "cogs", "stock", D("4.00"))]
    assert pool(part) == (6, D("66.00"))


def test_a_lower_price_gives_back_what_the_sold_ones_cost_too_much():
    part, line, bill = w7()
    correcting.correct_price(bill, {line.pk: D(9)})
    assert journals(kind="cost_correction") == [("Cost correction for A, PO 31", "stock", "cogs", D("4.00"))]
    assert pool(part) == (6, D("54.00"))


def test_freight_changes_with_it_on_an_unpaid_bill():
    a, b = stocked("A"), stocked("B")
    receipt, bill = billed((a, 4, "12.50"), (b, 2, "85"), freight="4")
    bill = correcting.correct_price(bill, {}, freight=D(11))[0]
    assert [row[1:3] for row in lines_of(bill)][-1] == ("stock", D("11.00"))
    assert [line.freight for line in receipt.lines.all()] == [D("2.50"), D("8.50")]
    assert (pool(a), pool(b)) == ((4, D("52.50")), (2, D("178.50")))


def test_the_corrected_total_is_held_against_the_suppliers():
    _, line, bill = w7()
    with pytest.raises(PriceQuery):
        correcting.correct_price(bill, {line.pk: D(11)}, supplier_total=D("127.00"))
    bill = correcting.correct_price(bill, {line.pk: D(11)}, supplier_total=D("126.52"))[0]
    assert (bill.total, bill.lines.last().account) == (D("126.52"), "rounding")


def test_a_paid_bill_stays_and_the_difference_is_a_second_one():
    part, line, bill = w7()
    billing.note_paid(bill, bill.total)

    second = correcting.correct_price(bill, {line.pk: D(11)}, number="SI-1A")[0]

    assert (second.number, second.order, lines_of(second)) == (
        "SI-1A",
        bill.order,
        [("Price of A A (PO 31)", "stock", D("10.00"), D("1.50"))],
    )
    bill.refresh_from_db()
    assert (bill.total, pool(part)) == (D("115.00"), (6, D("66.00")))
    line.refresh_from_db()
    assert (line.unit_cost, line.amount) == (D(11), D("110.00"))


def test_a_paid_bill_that_was_too_dear_is_credited():
    part, line, bill = w7()
    billing.note_paid(bill, D(1))

    credit = correcting.correct_price(bill, {line.pk: D(9)}, number="CR-1")[0]

    assert (credit.supplier_number, credit.status, credit.total) == ("CR-1", "finalised", D("11.50"))
    assert [row[1:] for row in lines_of(credit)] == [("stock", D("10.00"), D("1.50"))]
    line.refresh_from_db()
    assert (pool(part), line.credited_quantity, line.amount) == ((6, D("54.00")), 0, D("90.00"))


def test_one_dearer_and_one_cheaper_make_a_bill_and_a_credit():
    a, b = stocked("A"), stocked("B")
    receipt, bill = billed((a, 1, "10"), (b, 1, "10"))
    billing.note_paid(bill, D(1))
    first, second = receipt.lines.all()
    documents = correcting.correct_price(bill, {first.pk: D(12), second.pk: D(7)}, number="SI-1A")
    assert [type(document) for document in documents] == [Bill, SupplierCredit]
    assert (pool(a), pool(b)) == ((1, D("12.00")), (1, D("7.00")))


def test_the_second_document_needs_its_number():
    _, line, bill = w7()
    billing.note_paid(bill, D(1))
    for cost, field in ((D(11), "number"), (D(9), "supplier_number")):
        with pytest.raises(InvalidInput) as refusal:
            correcting.correct_price(bill, {line.pk: cost})
        assert refusal.value.field == field


def test_a_bill_in_closed_books_is_left_as_it_is():
    _, line, bill = w7()
    Organisation.objects.update(books_locked_until=bill.date)
    today = bill.date + timedelta(days=1)
    second = correcting.correct_price(bill, {line.pk: D(11)}, number="SI-1A", date=today)[0]
    assert (second.pk != bill.pk, second.date) == (True, today)


def test_a_price_that_is_the_same_changes_nothing():
    _, line, bill = w7()
    for paid in (0, 1):
        billing.note_paid(bill, D(paid))
        with pytest.raises(InvalidInput, match="Nothing is changed"):
            correcting.correct_price(bill, {line.pk: D(10)}, number="SI-1A")


def test_a_price_is_corrected_more_than_once():
    part, line, bill = w7()
    correcting.correct_price(bill, {line.pk: D(11)})
    billing.note_paid(bill, D(1))
    correcting.correct_price(bill, {line.pk: D("12.00")}, number="SI-1A")
    correcting.correct_price(bill, {line.pk: D("10.00")}, number="CR-1")
    assert pool(part) == (6, D("60.00"))


# Lots


def a_lot():
    job = a_job("490")
    ordered = ordering.order_for_job_line(a_radiator(job), a_supplier())
    receipt = received(ordering.place_order(ordered.order))
    return job, receipt.lines.get(), billing.finalise(receipt, number="SI-1")


def test_goods_still_on_the_job_take_their_correction():
    _, line, bill = a_lot()
    correcting.correct_price(bill, {line.pk: D("186.40")})
    assert (lots(), journals()) == ([(1, D("186.40"))], [])


def test_goods_sold_with_their_job_pass_it_on_at_once_and_a_void_brings_all_back():
    job, line, bill = a_lot()
    invoice = sales.issue_invoice(finished(job))

    correcting.correct_price(bill, {line.pk: D("186.40")})

    assert [row[1:] for row in journals()] == [("cogs", "wip", D("180.00")), ("cogs", "wip", D("6.40"))]
    assert (lots(), invoice.lines.get().cost) == ([(0, 0)], D("186.40"))
    sales.void_invoice(invoice, reason="Wrong car")
    assert (lots(), journals()) == ([(1, D("186.40"))], [])


# A carrier's bill


def test_freight_billed_by_a_carrier_later_is_a_cost_of_the_goods():
    a, b = stocked("A"), stocked("B")
    receipt, bill = billed((a, 4, "12.50"), (b, 2, "85"))
    an_invoice([{"part": a, "quantity": D(2)}])
    carrier = a_supplier(company_name="Main Freight")

    late = correcting.add_late_cost(receipt, carrier, number="MF-7", amount=D(11))

    assert [row[1:] for row in lines_of(late)] == [("stock", D("2.50"), D("0.38")), ("stock", D("8.50"), D("1.28"))]
    assert (late.supplier, late.order, late.total) == (carrier, bill.order, D("12.66"))
    assert (pool(a), pool(b)) == ((2, D("26.25")), (2, D("178.50")))
    assert journals(kind="cost_correction")[0][3] == D("1.25")


def test_a_carriers_bill_may_be_an_expense():
    part = stocked("A")
    receipt, _ = billed((part, 4, "12.50"))
    late = correcting.add_late_cost(receipt, a_supplier(freight_rule="expense"), number="MF-7", amount=D(11))
    assert ([row[1:3] for row in lines_of(late)], pool(part)) == ([("freight_in", D("11.00"))], (4, D("50.00")))


def test_goods_that_are_not_billed_yet_take_no_late_cost():
    receipt = received(an_order((stocked("A"), 4, "12.50")))
    with pytest.raises(NotAllowedNow, match="not billed yet"):
        correcting.add_late_cost(receipt, a_supplier(), number="MF-7", amount=D(11))


@pytest.mark.parametrize("amount", ["0", "-1", "1.005"])
def test_an_absurd_freight_is_refused(amount):
    receipt, _ = billed((stocked("A"), 4, "12.50"))
    with pytest.raises(InvalidInput) as refusal:
        correcting.add_late_cost(receipt, a_supplier(), number="MF-7", amount=D(amount))
    assert refusal.value.field == "amount"


def test_the_price_of_goods_with_a_carriers_freight_is_corrected_for_itself():
    part = stocked("A")
    receipt, bill = billed((part, 10, "10"), freight="2")
    correcting.add_late_cost(receipt, a_supplier(), number="MF-7", amount=D(5))

    bill = correcting.correct_price(bill, {receipt.lines.get().pk: D(11)})[0]

    assert [row[2] for row in lines_of(bill)] == [D("110.00"), D("2.00")]
    assert pool(part) == (10, D("117.00"))
    with pytest.raises(NotAllowedNow, match="carrier"):
        correcting.correct_price(bill, {}, freight=D(3))


def test_a_price_corrected_after_a_credit_that_took_freight_off_leaves_the_bills_freight():
    part = stocked("A")
    receipt, bill = billed((part, 1, "10"), freight="1.10")
    row = {"receipt_line": receipt.lines.get(), "amount": D("10.50"), "goods_return": False}
    credit = crediting.request_credit(bill.supplier, [row], reason="Wrong part")
    credit = crediting.finalise_credit(credit, supplier_number="CR-1")

    bill = correcting.correct_price(bill, {receipt.lines.get().pk: D(2)})[0]

    assert [row[2] for row in lines_of(bill)] == [D("12.00"), D("1.10")]
    assert pool(part) == (1, D("2.60"))
    with pytest.raises(NotAllowedNow, match="taken freight off"):
        correcting.correct_price(bill, {}, freight=D(3))
    crediting.void_credit(credit, reason="Theirs was wrong")
    line = receipt.lines.get()
    assert (line.amount, line.freight, pool(part)) == (D("12.00"), D("1.10"), (1, D("13.10")))


# Voiding what corrects


def test_a_corrected_bill_is_voided_after_what_corrects_it():
    part, line, bill = w7()
    billing.note_paid(bill, D(1))
    second = correcting.correct_price(bill, {line.pk: D(11)}, number="SI-1A")[0]
    late = correcting.add_late_cost(line.receipt, a_supplier(), number="MF-7", amount=D(5))
    billing.note_paid(bill, D(0))
    with pytest.raises(NotAllowedNow, match="corrects it"):
        billing.void_bill(bill, reason="Typed twice")

    billing.void_bill(late, reason="Typed twice")
    billing.void_bill(second, reason="Typed twice")
    billing.void_bill(bill, reason="Typed twice")

    line.refresh_from_db()
    assert (pool(part), line.amount, line.freight) == ((6, D("60.00")), D("100.00"), 0)


def test_a_carriers_bill_is_not_corrected_as_if_it_were_the_goods():
    receipt, _ = billed((stocked("A"), 4, "12.50"))
    late = correcting.add_late_cost(receipt, a_supplier(), number="MF-7", amount=D(11))
    with pytest.raises(NotAllowedNow, match="not the bill of a delivery"):
        correcting.correct_price(late, {receipt.lines.get().pk: D(1)})
