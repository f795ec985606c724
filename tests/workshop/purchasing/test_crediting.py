"""Goods going back and money coming back: W6, jobs' goods, cores; requested, finalised, cancelled, voided."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from tests.factories import PartFactory, an_invoice, stocked
from tests.workshop.purchasing.buying import (
    a_job,
    a_radiator,
    a_supplier,
    an_order,
    finished,
    journals,
    lines_of,
    lots,
    pool,
    received,
)
from workshop import credits, jobs, sales
from workshop.errors import InvalidInput, NotAllowedNow, OutOfStock, OverCredit, PeriodLocked
from workshop.models import Bill, Goods, Organisation, SupplierCredit
from workshop.purchasing import billing, correcting, crediting, ordering
from workshop.reissuing import reissue_invoice

D = Decimal


def bought(part, quantity, cost, supplier=None):
    """Received and billed: its line."""
    receipt = received(an_order((part, quantity, cost), supplier=supplier))
    billing.finalise(receipt, number=f"SI-{receipt.pk}")
    return receipt.lines.get()


def asked(line, quantity=1, **fields):
    supplier = line.order_line.order.supplier
    rows = [{"receipt_line": line, "quantity": D(quantity), **fields}]
    return crediting.request_credit(supplier, rows, reason="Wrong part")


def credited(line, quantity=1, number="CR-1", **fields):
    return crediting.finalise_credit(asked(line, quantity, **fields), supplier_number=number)


def w6():
    """2 for 24.00: one bought at 10.00, one at 14.00."""
    part, supplier = stocked("A"), a_supplier()
    return part, bought(part, 1, "10", supplier), bought(part, 1, "14", supplier)


def test_w6_an_emptied_pool_keeps_no_value():
    part = stocked("A", 1, "14.00")
    line = bought(part, 1, "10")
    second = bought(part, 1, "10", line.order_line.order.supplier)
    an_invoice([{"part": part, "quantity": D(1)}])
    assert pool(part) == (2, D("22.67"))

    credited(line)
    assert (pool(part), journals(kind="price_variance")) == ((1, D("12.67")), [])
    credited(second, number="CR-2")

    assert pool(part) == (0, 0)
    assert journals(kind="price_variance") == [
        ("Purchase price variance on A", "variance", "stock", D("2.67")),
    ]


def test_a_return_at_more_than_the_rest_is_worth_resets_it_to_its_average():
    part, _, dear = w6()
    an_invoice([{"part": part, "quantity": D(1)}])
    credited(dear, unit_cost=D(14))
    assert pool(part) == (0, 0)
    assert journals(kind="price_variance") == [("Purchase price variance on A", "stock", "variance", D("2.00"))]


def test_a_request_moves_nothing_and_its_credit_takes_the_goods_at_what_is_credited():
    part = stocked("A")
    line = bought(part, 10, "12.90")
    credit = asked(line, 4)
    assert (credit.number, credit.status, credit.total, pool(part)) == ("SC-1", "requested", D("59.34"), (10, 129))

    credit = crediting.finalise_credit(credit, supplier_number="CR-88")

    assert (credit.supplier_number, credit.subtotal, credit.tax_total) == ("CR-88", D("51.60"), D("7.74"))
    assert [row[1:] for row in lines_of(credit)] == [("stock", D("51.60"), D("7.74"))]
    line.refresh_from_db()
    assert (pool(part), line.credited_quantity) == ((6, D("77.40")), 4)


def test_no_more_goes_back_than_came():
    line = bought(stocked("A"), 10, "12.90")
    asked(line, 6)
    with pytest.raises(OverCredit, match="4 can still be credited") as refusal:
        asked(line, 5)
    assert refusal.value.field == "quantity"
    asked(line, 4)


def test_no_more_money_comes_back_than_was_billed():
    line = bought(stocked("A"), 10, "10")
    with pytest.raises(OverCredit, match=r"100\.00 can still") as refusal:
        asked(line, 10, unit_cost=D("10.01"))
    assert refusal.value.field == "unit_cost"
    asked(line, 5)
    with pytest.raises(OverCredit, match=r"50\.00 can still") as refusal:
        asked(line, goods_return=False, amount=D("50.01"))
    assert refusal.value.field == "amount"


def test_money_alone_comes_back_and_the_goods_stay():
    part = stocked("A")
    line = bought(part, 10, "10")
    an_invoice([{"part": part, "quantity": D(4)}])

    credit = credited(line, goods_return=False, amount=D(10))

    line.refresh_from_db()
    assert (pool(part), line.credited_quantity, line.amount) == ((6, D("54.00")), 0, D("90.00"))
    assert [row[1:] for row in journals(kind="cost_correction")] == [("stock", "cogs", D("4.00"))]
    crediting.void_credit(credit, reason="Theirs was wrong")
    line.refresh_from_db()
    assert (pool(part), line.amount) == ((6, D("60.00")), D("100.00"))


def test_more_money_than_the_goods_cost_comes_off_their_freight():
    part = stocked("A")
    receipt = received(an_order((part, 1, "10")))
    billing.finalise(receipt, number="SI-1", freight=D("1.10"))

    credit = credited(receipt.lines.get(), goods_return=False, amount=D("10.50"))

    line = receipt.lines.get()
    assert (line.amount, line.freight, pool(part)) == (D("0.00"), D("0.60"), (1, D("0.60")))
    crediting.void_credit(credit, reason="Theirs was wrong")
    line.refresh_from_db()
    assert (line.amount, line.freight, pool(part)) == (D("10.00"), D("1.10"), (1, D("11.10")))


def test_of_two_credits_on_a_price_each_is_voided_for_itself():
    part = stocked("A")
    receipt = received(an_order((part, 1, "10")))
    billing.finalise(receipt, number="SI-1", freight=D("1.10"))
    money = {"goods_return": False, "amount": D("6")}
    first = credited(receipt.lines.get(), number="CR-1", **money)
    second = credited(receipt.lines.get(), number="CR-2", **money | {"amount": D("4.50")})

    crediting.void_credit(first, reason="Theirs was wrong")
    line = receipt.lines.get()
    assert (line.amount, line.freight, pool(part)) == (D("5.50"), D("1.10"), (1, D("6.60")))
    crediting.void_credit(second, reason="Theirs was wrong")
    line.refresh_from_db()
    assert (line.amount, line.freight, pool(part)) == (D("10.00"), D("1.10"), (1, D("11.10")))


def test_a_credit_asked_for_before_the_price_was_lowered_is_not_more_than_the_goods_cost_by_then():
    line = bought(stocked("A"), 10, "10")
    credit = asked(line, goods_return=False, amount=D("90"))
    correcting.correct_price(Bill.objects.get(), {line.pk: D(5)})

    with pytest.raises(OverCredit, match=r"cost only 50\.00 by now"):
        crediting.finalise_credit(credit, supplier_number="CR-1")

    assert SupplierCredit.objects.get().status == "requested"


def test_a_request_taken_back_can_be_made_again():
    line = bought(stocked("A"), 2, "10")
    crediting.cancel_credit(asked(line, 2))
    credit = asked(line, 2)
    with pytest.raises(NotAllowedNow, match="cancelled"):
        crediting.finalise_credit(SupplierCredit.objects.earliest("pk"), supplier_number="CR-1")
    assert credit.status == "requested"


def test_a_voided_credit_brings_the_goods_in_again():
    part = stocked("A")
    line = bought(part, 10, "10")
    credit = credited(line, 4)

    crediting.void_credit(credit, reason="They kept nothing")

    line.refresh_from_db()
    assert (pool(part), line.credited_quantity, SupplierCredit.objects.get().status) == ((10, 100), 0, "voided")
    assert credited(line, 4).supplier_number == "CR-1"


def test_what_is_not_finalised_or_in_closed_books_is_not_voided():
    line = bought(stocked("A"), 10, "10")
    request = asked(line)
    with pytest.raises(NotAllowedNow, match="requested"):
        crediting.void_credit(request, reason="x")
    credit = crediting.finalise_credit(request, supplier_number="CR-1")
    with pytest.raises(InvalidInput):
        crediting.void_credit(credit, reason=" ")
    Organisation.objects.update(books_locked_until=credit.date)
    with pytest.raises(PeriodLocked):
        crediting.void_credit(credit, reason="x")


def test_goods_the_garage_has_not_are_not_given_where_it_refuses():
    part = stocked("A", negative_stock="block")
    line = bought(part, 2, "10")
    an_invoice([{"part": part, "quantity": D(2)}])
    with pytest.raises(OutOfStock):
        credited(line)
    assert SupplierCredit.objects.get().status == "requested"


def test_a_credit_note_is_entered_once_per_supplier():
    supplier = a_supplier()
    first, second = (bought(stocked(code), 1, "10", supplier) for code in "AB")
    credited(first, number="CR-1")
    with pytest.raises(InvalidInput) as refusal:
        credited(second, number=" cr-1")
    assert refusal.value.field == "supplier_number"


def test_a_credit_is_finalised_once_and_with_a_number():
    credit = asked(bought(stocked("A"), 2, "10"))
    with pytest.raises(InvalidInput) as refusal:
        crediting.finalise_credit(credit, supplier_number=" ")
    assert refusal.value.field == "supplier_number"
    crediting.finalise_credit(credit, supplier_number="CR-1")
    with pytest.raises(NotAllowedNow, match="finalised"):
        crediting.finalise_credit(credit, supplier_number="CR-1")


def test_goods_not_billed_yet_are_not_credited():
    receipt = received(an_order((stocked("A"), 2, "10")))
    with pytest.raises(NotAllowedNow, match="not billed yet"):
        asked(receipt.lines.get())


def test_goods_of_another_supplier_are_not_credited():
    line = bought(stocked("A"), 2, "10")
    with pytest.raises(InvalidInput, match="was not bought from"):
        crediting.request_credit(a_supplier(), [{"receipt_line": line, "quantity": D(1)}], reason="x")


def test_nothing_or_no_reason_is_refused():
    line = bought(stocked("A"), 2, "10")
    supplier = line.order_line.order.supplier
    for rows, reason, field in (([], "x", "lines"), ([{"receipt_line": line, "quantity": D(1)}], " ", "reason")):
        with pytest.raises(InvalidInput) as refusal:
            crediting.request_credit(supplier, rows, reason=reason)
        assert refusal.value.field == field


@pytest.mark.parametrize(
    ("fields", "at"),
    [
        ({"quantity": D("0.00001")}, "quantity"),
        ({"unit_cost": D("1.00001")}, "unit_cost"),
        ({"unit_cost": D("-1")}, "quantity"),
        ({"quantity": D("-1")}, "quantity"),
        ({"goods_return": False, "amount": D("0.001")}, "amount"),
        ({"goods_return": False, "amount": D("-1")}, "amount"),
    ],
)
def test_absurd_figures_are_refused_at_their_field(fields, at):
    line = bought(stocked("A"), 2, "10")
    with pytest.raises((InvalidInput, ValidationError)) as refusal:
        asked(line, **fields)
    found = refusal.value
    assert at in ([found.field] if isinstance(found, InvalidInput) else list(found.message_dict))


def test_a_bill_whose_goods_went_back_is_not_voided():
    line = bought(stocked("A"), 2, "10")
    credit = asked(line)
    with pytest.raises(NotAllowedNow, match=f"Supplier credit {credit} rests on it"):
        billing.void_bill(Bill.objects.get(), reason="x")


# A job's goods


def a_lot():
    job = a_job("490")
    ordered = ordering.order_for_job_line(a_radiator(job), a_supplier())
    receipt = received(ordering.place_order(ordered.order), freight=D(7))
    billing.finalise(receipt, number="SI-1")
    return job, receipt.lines.get()


def test_a_jobs_goods_go_back_and_what_is_left_of_their_cost_is_an_expense():
    _, line = a_lot()
    assert lots() == [(1, D("187.00"))]
    credit = credited(line)
    assert [row[1] for row in lines_of(credit)] == ["wip"]
    assert (lots(), [row[1:] for row in journals()]) == ([(0, 0)], [("cogs", "wip", D("7.00"))])
    crediting.void_credit(credit, reason="They kept nothing")
    assert (lots(), journals()) == ([(1, D("187.00"))], [])


def test_a_jobs_goods_credited_after_its_invoice_lower_what_it_cost():
    job, line = a_lot()
    sales.issue_invoice(finished(job))
    credit = credited(line, unit_cost=D(50))
    assert (lots(), [row[1:] for row in journals()][1:]) == ([(0, 0)], [("wip", "cogs", D("50.00"))])
    crediting.void_credit(credit, reason="They kept nothing")
    assert (lots(), len(journals())) == ([(0, 0)], 1)


def test_goods_that_come_back_to_a_job_invoiced_meanwhile_are_sold_with_it():
    job, line = a_lot()
    credit = credited(line)
    invoice = sales.issue_invoice(finished(job))
    assert invoice.lines.get().cost == 0

    crediting.void_credit(credit, reason="They kept nothing")

    assert (lots(), invoice.lines.get().cost) == ([(0, 0)], D("187.00"))


# Cores


def sold_from_its_job(pieces, cost):
    """So many pieces ordered for a job and sold with it: the invoice, and how to sell another number of them."""
    job = a_job("490")
    fields = {"kind": "part", "description": "Hose", "unit_price": D(90), "quantity": D(pieces)}
    ordered = ordering.order_for_job_line(jobs.add_line(job, **fields), a_supplier(), unit_cost=D(cost))
    received(ordering.place_order(ordered.order))
    invoice = sales.issue_invoice(finished(job))

    def sell(quantity):
        return sales.edit_invoice(invoice, [fields | {"quantity": D(quantity)}]).lines.get()

    return sell


def test_more_pieces_sold_than_were_ordered_for_the_job_give_none_back_that_never_came():
    sell = sold_from_its_job(2, "186.40")
    assert (sell(3).cost, lots()) == (D("372.80"), [(0, 0)])
    assert (sell(2).cost, lots()) == (D("372.80"), [(0, 0)])
    assert (sell(1).cost, lots()) == (D("186.40"), [(1, D("186.40"))])
    assert (sell(5).cost, lots()) == (D("372.80"), [(0, 0)])


def test_thirds_of_a_cent_come_back_whole():
    sell = sold_from_its_job(3, "3.3333")
    assert (sell(2).cost, lots()) == (D("6.67"), [(1, D("3.33"))])
    assert (sell(1).cost, lots()) == (D("3.33"), [(2, D("6.67"))])
    assert (sell(3).cost, lots()) == (D("10.00"), [(0, 0)])


def test_what_went_to_the_shelf_before_a_reissue_is_sold_from_there():
    part, job = stocked("A"), a_job("490")
    line = jobs.add_line(job, part=part, quantity=D(2), unit_price=D(30))
    received(ordering.place_order(ordering.order_for_job_line(line, a_supplier(), unit_cost=D(10)).order))
    invoice = sales.issue_invoice(finished(job))
    sold = invoice.lines.get(part=part)
    credits.credit_invoice(invoice, {sold.pk: D(1)}, goods={sold.pk: Goods.RESTOCKED})

    again = reissue_invoice(invoice, [{"part": part, "quantity": D(1), "unit_price": D(30)}])

    assert (again.lines.get(part=part).cost, pool(part), lots()) == (D("10.00"), (1, D("10.00")), [(0, 0)])


def test_what_was_bought_for_the_job_and_is_left_off_a_reissue_goes_to_the_shelf():
    part, job = stocked("A"), a_job("490")
    line = jobs.add_line(job, part=part, quantity=D(2), unit_price=D(30))
    received(ordering.place_order(ordering.order_for_job_line(line, a_supplier(), unit_cost=D(10)).order))
    invoice = sales.issue_invoice(finished(job))

    reissue_invoice(invoice, [{"description": "Labour", "unit_price": D(30)}])

    assert (pool(part), lots()) == ((2, D("20.00")), [(0, 0)])


def back_on_its_job(job):
    """Sold with the job's invoice, credited, and on the job again: the credit note."""
    invoice = sales.issue_invoice(finished(job))
    line = invoice.lines.get(kind="part")
    return credits.credit_invoice(invoice, {line.pk: D(1)}, goods={line.pk: Goods.ON_JOB}, allocate=False)


@pytest.mark.parametrize(
    ("off", "of_cost"), [("10", ("wip", "cogs", D("10.00"))), ("187", ("wip", "cogs", D("187.00")))]
)
def test_a_credit_note_voided_takes_a_jobs_goods_out_at_what_they_cost_by_then(off, of_cost):
    job, line = a_lot()
    note = back_on_its_job(job)
    credited(line, goods_return=False, amount=D(off))
    assert lots() == [(1, D(187) - D(off))]

    credits.void_credit_note(note)

    assert (lots(), journals(kind="cost_correction")[0][1:]) == ([(0, 0)], of_cost)


def test_a_credit_note_is_not_voided_once_the_jobs_goods_went_back_to_their_supplier():
    job, line = a_lot()
    note = back_on_its_job(job)
    credited(line)

    with pytest.raises(OutOfStock, match="Only 0 of “Radiator” is still on the job"):
        credits.void_credit_note(note)

    note.refresh_from_db()
    assert note.status == "issued"


def test_a_core_is_outstanding_until_its_credit_is_asked_for():
    core = PartFactory(code="CORE-ALT", cost_price=D(40))
    job = a_job("490", [{"part": PartFactory(code="ALT-1", cost_price=D(210), core=core), "quantity": D(2)}])
    ordered = ordering.order_for_job_line(job.lines.get(), a_supplier())
    receipt = received(ordering.place_order(ordered.order))
    billing.finalise(receipt, number="SI-1")
    assert lots() == [(2, D("420.00")), (2, D("80.00"))]
    sales.issue_invoice(finished(job))
    assert lots() == [(0, 0), (2, D("80.00"))]
    core_line = crediting.cores_outstanding().get()
    assert core_line.order_line.part == core

    asked(core_line, 1)
    assert crediting.cores_outstanding().get().credited_quantity == 1
    crediting.finalise_credit(asked(core_line, 1), supplier_number="CR-1")

    assert (list(crediting.cores_outstanding()), lots()[1]) == ([], (1, D("40.00")))
