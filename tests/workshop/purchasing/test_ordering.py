"""Orders to suppliers: what fills itself in, cores, states, and what jobs need."""

from datetime import date
from decimal import Decimal

import pytest

from tests.factories import PartFactory, TaxRateFactory, purchase_tax, stocked
from tests.workshop.purchasing.buying import a_job, a_radiator, a_supplier, an_order, finished, received, row
from workshop import jobs, people, sales
from workshop.errors import ChangedMeanwhile, InvalidInput, NotAllowedNow
from workshop.models import JobLine, Location, PurchaseOrder, SupplierCode, TaxRate
from workshop.purchasing import ordering

D = Decimal


def a_draft(*rows, **fields):
    return ordering.draft_order(a_supplier(), rows, **fields)


def shown(order):
    return [(line.description, line.quantity, line.unit_cost) for line in order.lines.all()]


def test_a_line_takes_text_cost_code_and_tax_from_what_is_known():
    part = stocked("OF-1", description="Oil filter", cost_price=D("12.25"))
    supplier = a_supplier()
    SupplierCode.objects.create(part=part, supplier=supplier, code="RYC-Z436")

    order = ordering.draft_order(supplier, [{"part": part, "quantity": D(10)}])

    line = order.lines.get()
    assert (line.description, line.unit_cost, line.supplier_code) == ("Oil filter", D("12.25"), "RYC-Z436")
    assert (line.tax_rate.name, order.number, order.status) == ("GST on purchases", "PO 1", "draft")
    assert order.deliver_to == Location.usual()


def test_a_supplier_who_is_taxed_differently_has_their_own_rate():
    none = TaxRateFactory(name="No GST on purchases", percent=0, use=TaxRate.Use.PURCHASES, is_default=False)
    order = ordering.draft_order(a_supplier(purchase_tax_rate=none), [row(stocked("A"), 1, 1)])
    assert order.lines.get().tax_rate == none


def test_a_core_is_a_line_of_its_own():
    core = stocked("CORE-ALT", description="Alternator core", cost_price=D(40))
    part = stocked("ALT-1", description="Alternator", core=core)
    order = a_draft(row(part, 2, 210))
    assert shown(order) == [("Alternator", 2, D(210)), ("Core: Alternator core", 2, D(40))]
    assert [line.is_core for line in order.lines.all()] == [False, True]


def test_a_core_typed_already_is_not_charged_twice():
    core = stocked("CORE-ALT")
    part = stocked("ALT-1", core=core)
    order = a_draft(row(part, 1, 210), row(core, 1, 40, is_core=True))
    assert order.lines.count() == 2


@pytest.mark.parametrize(
    ("fields", "at"),
    [
        ({"date": date(1026, 7, 20)}, "date"),
        ({"expected_on": date(2926, 7, 20)}, "expected_on"),
    ],
)
def test_an_order_of_another_age_is_refused(fields, at):
    with pytest.raises(InvalidInput) as refusal:
        a_draft(**fields)
    assert refusal.value.field == at


def test_an_archived_supplier_gets_no_order():
    supplier = people.archive_supplier(a_supplier())
    with pytest.raises(InvalidInput, match="archived"):
        ordering.draft_order(supplier)


def test_a_supplier_with_an_open_order_is_not_archived():
    order = an_order((stocked("A"), 1, 1))
    with pytest.raises(NotAllowedNow, match="still open"):
        people.archive_supplier(order.supplier)
    ordering.cancel_order(order)
    assert people.archive_supplier(order.supplier).archived_at


def test_what_is_archived_or_taxed_as_a_sale_is_not_ordered():
    gone = stocked("A")
    gone.archived_at = "2026-07-20T00:00:00Z"
    gone.save()
    sale = TaxRate.objects.get(name="GST 15%")
    purchase_tax()
    for part, fields, at in ((gone, {}, "part"), (stocked("B"), {"tax_rate": sale}, "tax_rate")):
        with pytest.raises(InvalidInput, match="Line 1: ") as refusal:
            a_draft(row(part, 1, 1, **fields))
        assert refusal.value.field == at


def test_a_draft_is_rewritten_and_then_stays_as_it_was_placed():
    a, b = stocked("A"), stocked("B")
    order = a_draft(row(a, 1, 1))
    order = ordering.edit_order(order, [row(b, 2, 3)], version=order.version, note="Leave at the back door")
    assert (shown(order), order.note) == ([("B", 2, D(3))], "Leave at the back door")

    ordering.place_order(order)
    with pytest.raises(NotAllowedNow, match="no longer be changed"):
        ordering.edit_order(order, [row(a, 1, 1)])


def test_two_people_do_not_write_over_each_other():
    order = a_draft(row(stocked("A"), 1, 1))
    ordering.edit_order(order, version=order.version, note="First")
    with pytest.raises(ChangedMeanwhile):
        ordering.edit_order(order, version=order.version, note="Second")


def test_an_order_of_nothing_is_not_placed():
    with pytest.raises(InvalidInput, match="nothing to order"):
        ordering.place_order(a_draft())


def test_an_order_is_cancelled_before_anything_came_and_closed_after():
    order = an_order((stocked("A"), 2, 1))
    with pytest.raises(NotAllowedNow):
        ordering.close_order(order)
    received(order, ["1"])
    with pytest.raises(NotAllowedNow, match="Close it instead"):
        ordering.cancel_order(order)
    assert ordering.close_order(order).status == "closed"


# For jobs


def test_a_line_of_a_job_is_ordered_once():
    job = a_job("490")
    radiator = a_radiator(job)
    supplier = a_supplier()

    ordered = ordering.order_for_job_line(radiator, supplier)

    assert (ordered.job, ordered.job_line, ordered.unit_cost, ordered.quantity) == (job, radiator, D(180), 1)
    assert JobLine.objects.get().supply == "job_order"
    with pytest.raises(NotAllowedNow, match="is on PO 1 already"):
        ordering.order_for_job_line(radiator, supplier)
    ordering.cancel_order(ordered.order)
    assert ordering.order_for_job_line(radiator, supplier).order.number == "PO 2"


def test_lines_for_one_supplier_gather_on_one_draft():
    job, supplier = a_job("490"), a_supplier()
    for _ in range(3):
        ordering.order_for_job_line(a_radiator(job), supplier)
    assert [(order.number, order.lines.count()) for order in PurchaseOrder.objects.all()] == [("PO 1", 3)]
    assert [line.position for line in PurchaseOrder.objects.get().lines.all()] == [1, 2, 3]


def test_a_core_bought_for_a_job_stands_with_the_job_and_not_with_the_line_that_is_sold():
    core = PartFactory(code="CORE-ALT", cost_price=D(40))
    part = PartFactory(code="ALT-1", core=core)
    job = a_job("490", [{"part": part}])
    ordered = ordering.order_for_job_line(job.lines.get(), a_supplier())
    core_line = ordered.order.lines.get(is_core=True)
    assert (core_line.job, core_line.job_line) == (job, None)


def test_labour_is_not_ordered():
    job = a_job("490", [{"description": "Labour"}])
    with pytest.raises(InvalidInput, match="Only parts and outwork"):
        ordering.need_for_job(job.lines.get())


def test_an_invoiced_job_orders_nothing_more():
    job = a_job("490", [{"description": "Labour"}])
    radiator = a_radiator(job)
    sales.issue_invoice(finished(job))
    with pytest.raises(NotAllowedNow):
        ordering.order_for_job_line(radiator, a_supplier())


def test_a_need_is_marked_and_taken_back():
    line = a_radiator(a_job("490"))
    assert ordering.need_for_job(line).supply == "job_order"
    assert ordering.no_longer_needed(line).supply == ""


def test_a_line_on_an_order_is_not_taken_off_the_list():
    line = a_radiator(a_job("490"))
    ordering.order_for_job_line(line, a_supplier())
    with pytest.raises(NotAllowedNow, match="on PO 1 already"):
        ordering.no_longer_needed(line)


def test_a_line_that_somebody_removed_is_not_ordered():
    line = a_radiator(a_job("490"))
    jobs.remove_line(line)
    with pytest.raises(ChangedMeanwhile):
        ordering.order_for_job_line(line, a_supplier())
