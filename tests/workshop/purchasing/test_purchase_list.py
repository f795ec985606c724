"""What is to be bought, for jobs and for the shelf, and ordering it in one go."""

from decimal import Decimal

import pytest

from tests.factories import stocked
from tests.workshop.purchasing.buying import a_job, a_radiator, a_supplier, an_order, received, row
from workshop import jobs
from workshop.errors import ChangedMeanwhile, InvalidInput
from workshop.models import JobLine, PurchaseOrder
from workshop.purchasing import needs, ordering

D = Decimal


def listed():
    return [(need.supplier and need.supplier.name, need.description, need.quantity) for need in needs.purchase_list()]


def low(code, held, minimum, maximum=None, **fields):
    limits = {"minimum": D(minimum), "maximum": maximum and D(maximum)}
    return stocked(code, held, held * 10, **limits, **fields)


def test_what_falls_below_its_minimum_is_bought_up_to_its_maximum():
    low("ENOUGH", 4, "4", "10")
    low("LOW", 3, "4", "10")
    low("NO MAXIMUM", 1, "4")
    low("NONE", 0, "0")
    assert listed() == [(None, "LOW", 7), (None, "NO MAXIMUM", 3)]


def test_what_is_on_jobs_is_not_there_and_what_is_on_order_is_as_good_as_there():
    part = low("A", 5, "4", "10")
    a_job("490", [{"part": part, "quantity": D(3)}])
    assert listed() == [(None, "A", 8)]
    order = ordering.draft_order(a_supplier(), [row(part, 1, 10)])
    assert listed() == [(None, "A", 7)]
    ordering.cancel_order(order)
    order = an_order((part, 8, "10"))
    assert listed() == []
    received(order, ["4"])
    assert listed() == []


def test_what_a_job_orders_for_itself_takes_nothing_from_stock():
    part = low("A", 5, "4", "10")
    job = a_job("490", [{"part": part, "quantity": D(3)}])
    ordering.need_for_job(job.lines.get())
    assert listed() == [(None, "A", 3)]


def test_a_jobs_need_is_listed_until_it_is_on_an_order():
    line = a_radiator(a_job("490"))
    assert listed() == []
    ordering.need_for_job(line)
    assert listed() == [(None, "Radiator", 1)]
    order = ordering.order_for_job_line(line, a_supplier()).order
    assert listed() == []
    ordering.cancel_order(order)
    assert listed() == [(None, "Radiator", 1)]


def test_a_need_of_a_cancelled_job_is_none():
    line = ordering.need_for_job(a_radiator(a_job("490")))
    jobs.cancel(line.job, reason="Sold the car")
    assert listed() == []


def test_the_list_becomes_one_draft_per_supplier():
    repco, zeal = a_supplier(company_name="Repco Ltd"), a_supplier(company_name="Zeal Ltd")
    for code in ("A", "B"):
        low(code, 0, "2", supplier=repco)
    low("C", 0, "2", supplier=zeal)
    ordering.need_for_job(a_radiator(a_job("490")))
    assert [row[0] for row in listed()] == ["Repco Ltd", "Repco Ltd", "Zeal Ltd", None]
    rows = [{"key": need.key} for need in needs.purchase_list()]
    rows[-1] |= {"supplier": zeal, "quantity": D(2)}

    orders = needs.order_from_list(rows)

    assert [(order.supplier.name, list(order.lines.values_list("description", "quantity"))) for order in orders] == [
        ("Repco Ltd", [("A", 2), ("B", 2)]),
        ("Zeal Ltd", [("C", 2), ("Radiator", 2)]),
    ]
    assert listed() == []
    assert PurchaseOrder.objects.filter(status="draft").count() == 2
    assert JobLine.objects.get().purchase_lines.get().job.number == "490"


def test_a_need_without_a_supplier_is_asked_for_one():
    ordering.need_for_job(a_radiator(a_job("490")))
    with pytest.raises(InvalidInput, match="Choose a supplier for Radiator") as refusal:
        needs.order_from_list([{"key": need.key} for need in needs.purchase_list()])
    assert refusal.value.field == "supplier"


def test_what_somebody_ordered_meanwhile_is_not_ordered_twice():
    low("A", 0, "2", supplier=a_supplier())
    rows = [{"key": need.key} for need in needs.purchase_list()]
    needs.order_from_list(rows)
    with pytest.raises(ChangedMeanwhile):
        needs.order_from_list(rows)
    assert PurchaseOrder.objects.get().lines.get().quantity == 2


@pytest.mark.parametrize("rows", [[], [{"key": "part-0"}], [{"key": "job-x"}]])
def test_nothing_chosen_or_nothing_known_is_refused(rows):
    with pytest.raises((InvalidInput, ChangedMeanwhile)):
        needs.order_from_list(rows)


def test_the_list_costs_the_same_however_long_it_is(django_assert_num_queries):
    job = a_job("490")
    for code in "ABC":
        low(code, 0, "2", supplier=a_supplier())
        ordering.need_for_job(a_radiator(job))
        with django_assert_num_queries(4):
            assert needs.purchase_list()
