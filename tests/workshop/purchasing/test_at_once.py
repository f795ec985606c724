"""Two people buy, receive or bill the same thing in the same moment: real connections, real transactions."""

from decimal import Decimal
from threading import Event

import pytest
from django.db import connection

from tests.factories import a_garage, stocked
from tests.workshop.purchasing.buying import (
    a_job,
    a_radiator,
    a_supplier,
    adds_up,
    an_order,
    finished,
    journals,
    lots,
    pool,
    received,
)
from tests.workshop.test_at_once import PEOPLE, at_once, refused
from workshop import sales
from workshop.errors import ChangedMeanwhile, InvalidInput, NotAllowedNow, OverCredit, OverReceipt
from workshop.models import Bill, JobLine, PurchaseOrder, Receipt, SupplierCredit
from workshop.purchasing import billing, correcting, crediting, needs, ordering, receiving

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor == "sqlite",
        reason="SQLite lets one writer in at a time (BEGIN IMMEDIATE), and its test database lives in one connection",
    ),
]
D = Decimal


@pytest.fixture(autouse=True)
def garage(transactional_db):
    return a_garage()


@pytest.fixture(autouse=True)
def books_that_add_up(garage):
    yield
    adds_up()


def test_one_order_is_received_once_though_two_people_unpack_it():
    part = stocked("A")
    order = an_order((part, 10, "12"))
    results = at_once(*[lambda: received(order, ["10"])] * PEOPLE)
    assert refused(results) == [OverReceipt] * (PEOPLE - 1)
    assert (pool(part), Receipt.objects.count()) == ((10, D("120.00")), 1)


def test_two_people_each_unpack_a_half():
    part = stocked("A")
    order = an_order((part, 8, "12"))
    results = at_once(*[lambda: received(order, ["2"])] * PEOPLE)
    assert (refused(results), pool(part)) == ([], (8, D("96.00")))
    assert (order.lines.get().received_quantity, PurchaseOrder.objects.get().status) == (8, "received")


def test_orders_of_the_same_parts_in_another_sequence_do_not_wait_for_each_other():
    a, b = stocked("A"), stocked("B")
    orders = [an_order((a, 1, "1"), (b, 1, "1")), an_order((b, 1, "1"), (a, 1, "1"))] * 2
    results = at_once(*(lambda order=order: received(order, ["1", "1"], confirm_more=True) for order in orders))
    assert (refused(results), pool(a)[0], pool(b)[0]) == ([], 4, 4)


def test_one_delivery_has_one_bill():
    receipt = received(an_order((stocked("A"), 10, "12")))
    results = at_once(*(lambda n=n: billing.finalise(receipt, number=f"SI-{n}") for n in range(PEOPLE)))
    assert refused(results) == [NotAllowedNow] * (PEOPLE - 1)
    assert Bill.objects.count() == 1


def test_one_invoice_of_a_supplier_is_entered_once_on_two_deliveries():
    supplier = a_supplier()
    receipts = [received(an_order((stocked(code), 1, "1"), supplier=supplier)) for code in "ABCD"]
    results = at_once(*(lambda receipt=receipt: billing.finalise(receipt, number="SI-1") for receipt in receipts))
    assert refused(results) == [InvalidInput] * (PEOPLE - 1)


def test_a_delivery_is_billed_or_undone_but_not_both():
    for code in "ABC":
        receipt = received(an_order((stocked(code), 1, "1")))
        results = at_once(
            lambda receipt=receipt, code=code: billing.finalise(receipt, number=f"SI-{code}"),
            lambda receipt=receipt: receiving.undo_receipt(receipt),
        )
        assert refused(results) == [NotAllowedNow]


def test_no_more_goes_back_than_came():
    receipt = received(an_order((stocked("A"), 3, "12")))
    bill = billing.finalise(receipt, number="SI-1")
    rows = [{"receipt_line": receipt.lines.get(), "quantity": D(2)}]
    results = at_once(*[lambda: crediting.request_credit(bill.supplier, rows, reason="Wrong")] * PEOPLE)
    assert refused(results) == [OverCredit] * (PEOPLE - 1)


def test_a_credit_is_finalised_once():
    receipt = received(an_order((stocked("A"), 3, "12")))
    bill = billing.finalise(receipt, number="SI-1")
    rows = [{"receipt_line": receipt.lines.get(), "quantity": D(2)}]
    credit = crediting.request_credit(bill.supplier, rows, reason="Wrong")
    finalise = lambda: crediting.finalise_credit(credit, supplier_number="CR-1")  # noqa: E731
    assert refused(at_once(*[finalise] * PEOPLE)) == [NotAllowedNow] * (PEOPLE - 1)
    assert SupplierCredit.objects.get().status == "finalised"


def test_a_price_is_corrected_once():
    part = stocked("A")
    receipt = received(an_order((part, 10, "12")))
    bill = billing.finalise(receipt, number="SI-1")
    line = receipt.lines.get()
    results = at_once(*[lambda: correcting.correct_price(bill, {line.pk: D(13)})] * PEOPLE)
    assert refused(results) == [InvalidInput] * (PEOPLE - 1)
    assert pool(part) == (10, D("130.00"))


def test_the_last_need_is_ordered_once():
    line = ordering.need_for_job(a_radiator(a_job()))
    part = stocked("A", minimum=D(2), supplier=a_supplier())
    rows = [{"key": f"job-{line.pk}", "supplier": part.supplier}, {"key": f"part-{part.pk}"}]
    results = at_once(*[lambda: needs.order_from_list(rows)] * PEOPLE)
    assert refused(results) == [ChangedMeanwhile] * (PEOPLE - 1)
    assert PurchaseOrder.objects.get().lines.count() == 2


def test_a_line_of_a_job_is_ordered_once():
    line, supplier = a_radiator(a_job()), a_supplier()
    results = at_once(*[lambda: ordering.order_for_job_line(line, supplier)] * PEOPLE)
    assert refused(results) == [NotAllowedNow] * (PEOPLE - 1)
    assert JobLine.objects.get().purchase_lines.count() == 1


def test_goods_that_come_while_their_job_is_invoiced_are_its_cost_either_way():
    for number in ("490", "491", "492"):
        job = a_job(number)
        order = ordering.place_order(ordering.order_for_job_line(a_radiator(job), a_supplier()).order)
        job = finished(job)
        results = at_once(
            lambda order=order: received(order, ["1"]),
            lambda job=job: sales.issue_invoice(job),
        )
        assert refused(results) == []
    assert (lots(), [row[3] for row in journals()]) == ([(0, 0)] * 3, [D("180.00")] * 3)


def test_goods_that_come_while_their_invoice_is_voided_are_back_on_the_job():
    for number in ("490", "491", "492"):
        job = a_job(number)
        order = ordering.place_order(ordering.order_for_job_line(a_radiator(job), a_supplier()).order)
        invoice = sales.issue_invoice(finished(job))
        results = at_once(
            lambda order=order: received(order, ["1"]),
            lambda invoice=invoice: sales.void_invoice(invoice, reason="Wrong car"),
        )
        assert refused(results) == []
    assert (lots(), journals()) == ([(1, D("180.00"))] * 3, [])


@pytest.fixture
def meanwhile(monkeypatch):
    """``what`` begins once ``name`` was called in the module, and may take a second to end before that goes on."""

    def arrange(module, name, what):
        called, ended, real = Event(), Event(), getattr(module, name)

        def slow(*args, **fields):
            made = real(*args, **fields)
            called.set()
            ended.wait(1)
            return made

        def after():
            assert called.wait(5)
            made = what()
            ended.set()
            return made

        monkeypatch.setattr(module, name, slow)
        return after

    return arrange


@pytest.fixture
def asked_back():
    """Ten billed at 10.00 with 5.00 of freight, 30.00 of their price asked back: the goods, the bill, the credit."""
    receipt = received(an_order((stocked("A"), 10, "10")))
    bill = billing.finalise(receipt, number="SI-1", freight=D(5))
    row = {"receipt_line": receipt.lines.get(), "amount": D(30), "goods_return": False}
    return receipt.lines.get(), bill, crediting.request_credit(bill.supplier, [row], reason="Too dear")


def test_a_price_corrected_while_a_credit_is_entered_loses_neither(asked_back, meanwhile):
    line, bill, credit = asked_back
    credited = meanwhile(correcting, "set_costs", lambda: crediting.finalise_credit(credit, supplier_number="C1"))

    results = at_once(lambda: correcting.correct_price(bill, {line.pk: D(11)}), credited)

    line.refresh_from_db()
    assert (refused(results), line.amount, pool(line.order_line.part)) == ([], D("80.00"), (10, D("85.00")))


def test_a_carriers_bill_entered_while_a_credit_is_loses_neither(asked_back, meanwhile):
    line, bill, credit = asked_back
    credited = meanwhile(correcting, "spread", lambda: crediting.finalise_credit(credit, supplier_number="C1"))

    late = {"number": "CB", "amount": D(7)}
    results = at_once(lambda: correcting.add_late_cost(line.receipt, bill.supplier, **late), credited)

    line.refresh_from_db()
    assert (refused(results), line.amount, line.freight) == ([], D("70.00"), D("12.00"))


def test_a_bill_is_not_voided_while_a_credit_on_it_is_asked_for(asked_back, meanwhile):
    line, bill, credit = asked_back
    crediting.cancel_credit(credit)
    voided = meanwhile(crediting, "_refuse_more", lambda: billing.void_bill(bill, reason="Entered twice"))
    row = {"receipt_line": line, "amount": D(30), "goods_return": False}

    results = at_once(lambda: crediting.request_credit(bill.supplier, [row], reason="Too dear"), voided)

    assert refused(results) == [NotAllowedNow]
    assert Receipt.objects.get().status == "finalised"


def test_nothing_is_asked_back_of_a_bill_that_is_just_voided(asked_back, meanwhile):
    line, bill, credit = asked_back
    crediting.cancel_credit(credit)
    row = {"receipt_line": line, "amount": D(30), "goods_return": False}
    asked = meanwhile(
        billing, "_refuse_void", lambda: crediting.request_credit(bill.supplier, [row], reason="Too dear")
    )

    results = at_once(lambda: billing.void_bill(bill, reason="Entered twice"), asked)

    assert refused(results) == [NotAllowedNow]
    assert (Receipt.objects.get().status, SupplierCredit.objects.get().status) == ("received", "cancelled")
