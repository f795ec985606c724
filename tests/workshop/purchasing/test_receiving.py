"""Goods in: in parts, at their own price, more than ordered, before or after they are sold; and undone."""

from datetime import date
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
    lots,
    numbered,
    pool,
    received,
    row,
)
from workshop import sales
from workshop.errors import InvalidInput, NotAllowedNow, OverReceipt
from workshop.models import JobLot, Location, Part, PriceRule, PurchaseOrder, Receipt, StockLevel
from workshop.purchasing import billing, ordering, receiving

D = Decimal


def status():
    return PurchaseOrder.objects.get().status


def test_an_order_is_received_in_parts():
    a, b = stocked("A"), stocked("B")
    order = an_order((a, 10, "12.90"), (b, 2, "5"))

    first = received(order, ["4", "0"])
    assert (status(), pool(a), pool(b)) == ("part_received", (4, D("51.60")), (0, 0))
    received(order, ["6", "2"])
    assert (status(), pool(a), pool(b)) == ("received", (10, D("129.00")), (2, D("10.00")))
    assert [line.received_quantity for line in order.lines.all()] == [10, 2]
    assert (first.number, first.lines.count()) == ("GR-1", 1)


def test_goods_lie_where_they_were_delivered():
    van = Location.objects.create(name="Van")
    part = stocked("A")
    received(an_order((part, 3, "1"), deliver_to=van))
    assert StockLevel.objects.get(part=part).location == van


def test_the_price_paid_becomes_the_cost_and_the_price_follows_its_rule():
    rule = PriceRule.objects.create(name="Parts")
    rule.bands.create(cost_from=0, markup_percent=100)
    part = stocked("A", cost_price=D("10"), sell_price=D("20"), price_rule=rule)
    order = an_order((part, 2, "10"))
    receiving.receive(order, [{"line": order.lines.get(), "quantity": D(2), "unit_cost": D("12.25")}])
    part = Part.objects.get(pk=part.pk)
    assert (part.cost_price, part.sell_price, pool(part)) == (D("12.25"), D("24.50"), (2, D("24.50")))
    assert part.history.first().cost_price == D("12.25")
    line = order.lines.get()
    assert (line.unit_cost, line.receipt_lines.get().unit_cost) == (D(10), D("12.25"))


def test_more_than_ordered_asks_first():
    part = stocked("A")
    order = an_order((part, 10, "1"))
    rows = [{"line": order.lines.get(), "quantity": D(12)}]

    with pytest.raises(OverReceipt, match="12 of 10") as question:
        receiving.receive(order, rows)
    assert (question.value.field, pool(part), status()) == ("lines", (0, 0), "ordered")

    receiving.receive(order, rows, confirm_more=True)
    line = order.lines.get()
    assert (line.received_quantity, line.more_accepted, line.outstanding, status()) == (12, True, 0, "received")
    assert pool(part) == (12, D("12.00"))


def test_the_second_delivery_too_asks_when_both_are_more_than_ordered():
    order = an_order((stocked("A"), 10, "1"))
    received(order, ["6"])
    with pytest.raises(OverReceipt):
        received(order, ["6"])
    received(order, ["6"], confirm_more=True)
    assert order.lines.get().received_quantity == 12


def test_expected_freight_comes_with_the_first_delivery():
    part = stocked("A")
    order = an_order((part, 10, "1"), freight="5")
    received(order, ["5"])
    received(order, ["5"])
    assert pool(part) == (10, D("15.00"))


def test_w5_what_was_sold_before_it_came_is_trued_up():
    numbered("purchase_order", 31)
    part = stocked("A", 2, "20.00")
    an_invoice([{"part": part, "quantity": D(4)}])
    assert pool(part) == (-2, D("-20.00"))

    received(an_order((part, 10, "12")))

    assert journals(kind="cost_correction") == [
        ("Cost correction for A sold before receipt, PO 31", "cogs", "stock", D("4.00"))
    ]
    assert pool(part) == (8, D("96.00"))


def test_w5b_without_a_known_cost_the_first_one_is_the_order_s():
    part = stocked("A")
    an_invoice([{"part": part, "quantity": D(2)}])
    received(an_order((part, 10, "12")))
    assert (pool(part), journals()[-1][3]) == ((8, D("96.00")), D("24.00"))


def test_goods_for_a_job_become_a_lot_of_their_own():
    job = a_job("490")
    part = stocked("RAD-1", cost_price=D(180))
    line = ordering.order_for_job_line(a_radiator(job), a_supplier(), part=part)
    received(ordering.place_order(line.order))
    lot = JobLot.objects.get()
    assert (lot.job, lot.part, lot.quantity, lot.value, pool(part)) == (job, part, 1, D("180.00"), (0, 0))


@pytest.mark.parametrize("state", ["draft", "cancelled", "closed"])
def test_nothing_is_received_on_an_order_that_is_not_placed(state):
    order = an_order((stocked("A"), 1, "1"))
    PurchaseOrder.objects.update(status=state)
    with pytest.raises(NotAllowedNow, match="nothing is received"):
        received(order)


def test_a_closed_order_is_opened_again_for_what_comes_after_all():
    order = an_order((stocked("A"), 2, "1"))
    received(order, ["1"])
    ordering.close_order(order)
    assert ordering.reopen_order(order).status == "part_received"
    received(order, ["1"])
    assert status() == "received"


def test_nothing_at_all_is_no_delivery():
    order = an_order((stocked("A"), 2, "1"))
    with pytest.raises(InvalidInput, match="how much of which line"):
        received(order, ["0"])
    assert not Receipt.objects.exists()


def test_a_line_of_another_order_is_refused():
    order, other = (an_order((stocked(code), 1, "1")) for code in "AB")
    with pytest.raises(InvalidInput, match="not on PO"):
        receiving.receive(order, [{"line": other.lines.get(), "quantity": D(1)}])


def test_a_line_is_received_once_in_a_delivery():
    order = an_order((stocked("A"), 2, "1"))
    with pytest.raises(InvalidInput, match="stands there twice"):
        receiving.receive(order, [{"line": order.lines.get(), "quantity": D(1)}] * 2)


@pytest.mark.parametrize("quantity", ["-1", "0.00005", "100001"])
def test_an_absurd_quantity_is_refused(quantity):
    order = an_order((stocked("A"), 2, "1"))
    with pytest.raises(ValidationError) as refusal:
        received(order, [quantity])
    assert list(refusal.value.message_dict) == ["quantity"]


def test_a_delivery_of_another_century_is_refused():
    with pytest.raises(InvalidInput) as refusal:
        received(an_order((stocked("A"), 2, "1")), date=date(1926, 7, 20))
    assert refusal.value.field == "date"


# Undoing


def test_a_delivery_that_is_none_is_undone():
    part = stocked("A", 4, "40.00")
    job = a_job("490")
    line = a_radiator(job)
    order = ordering.order_for_job_line(line, a_supplier()).order
    rows = [row(part, 10, "12"), {"job_line": line, "description": "Radiator", "unit_cost": D(180)}]
    order = ordering.place_order(ordering.edit_order(order, rows, freight=D(6)))
    receipt = received(order)

    receiving.undo_receipt(receipt)

    assert (pool(part), lots(), journals(), status()) == ((4, D("40.00")), [(0, 0)], [], "ordered")
    assert (Receipt.objects.get().status, order.lines.first().received_quantity) == ("undone", 0)
    received(order)
    assert pool(part)[0] == 14


def test_a_delivery_whose_goods_are_gone_is_not_undone():
    part = stocked("A")
    receipt = received(an_order((part, 10, "12")))
    an_invoice([{"part": part, "quantity": D(1)}])
    with pytest.raises(NotAllowedNow, match="only 9 of 10"):
        receiving.undo_receipt(receipt)


def test_a_delivery_for_a_job_that_is_invoiced_is_not_undone():
    job = a_job("490")
    ordered = ordering.order_for_job_line(a_radiator(job), a_supplier())
    receipt = received(ordering.place_order(ordered.order))
    sales.issue_invoice(finished(job))
    with pytest.raises(NotAllowedNow, match="only 0 of 1"):
        receiving.undo_receipt(receipt)


def test_a_billed_delivery_is_not_undone():
    receipt = received(an_order((stocked("A"), 10, "12")))
    billing.finalise(receipt, number="SI-1")
    with pytest.raises(NotAllowedNow, match="finalised"):
        receiving.undo_receipt(receipt)


def test_the_cost_of_receiving_does_not_grow_with_the_lines(workshop_queries):
    parts = [stocked(f"P-{n}") for n in range(4)]
    small, large = an_order(row(parts[0], 1, "1")), an_order(*(row(part, 1, "1") for part in parts[1:]))
    numbered("receipt", 1)
    with workshop_queries(34):
        received(small)
    with workshop_queries(34):
        received(large)


def test_a_part_that_is_not_stocked_is_bought_for_a_job_only():
    with pytest.raises(InvalidInput, match="is not kept in stock") as refusal:
        an_order((PartFactory(code="CLIP"), 1, "1"))
    assert refusal.value.field == "job"
