"""Goods bought for a job, and goods set aside for one."""

from decimal import Decimal

import pytest
from django.db import transaction

from tests.factories import CustomerFactory, SupplierFactory, a_completed_job, purchase_tax, stocked
from tests.workshop.stock.pools import books, journals, kept, pool
from workshop import jobs, sales
from workshop.errors import InvalidInput, NotAllowedNow
from workshop.models import (
    JobLot,
    Location,
    NumberSequence,
    Organisation,
    PurchaseLine,
    PurchaseOrder,
    Source,
    Supply,
)
from workshop.stock import returning
from workshop.stock.entry import Kind, StockEntry
from workshop.stock.shelf import shelf_of

pytestmark = pytest.mark.usefixtures("garage")


def a_sensor_on_a_job(quantity=2, value="50.01", part=None):
    """Job 482 has sensors that were bought for it."""
    NumberSequence.objects.update_or_create(series="job", defaults={"next_number": 482})
    part = part or stocked("SENS-2", sell_price=Decimal(60))
    job = jobs.book(customer=CustomerFactory())
    line = jobs.add_line(job, part=part, quantity=Decimal(quantity))
    line.supply = Supply.JOB_ORDER
    line.save()
    with transaction.atomic():
        lot = JobLot.objects.create(job=job, job_line=line, part=part, description="Sensor")
        entry = StockEntry(Source.RECEIPT, 1, Organisation.current().today())
        entry.add_to_lot(lot, Kind.RECEIVED, Decimal(quantity), Decimal(value))
        entry.save()
    return lot


def on_order(job, line=None, status=PurchaseOrder.Status.ORDERED):
    order = PurchaseOrder.objects.create(
        number="PO 31", supplier=SupplierFactory(), status=status, date="2026-07-20", deliver_to=Location.usual()
    )
    return PurchaseLine.objects.create(
        order=order, description="Radiator", job=job, job_line=line, tax_rate=purchase_tax()
    )


def test_a_part_ordered_for_a_job_returns_to_stock_at_its_own_cost():
    lot = a_sensor_on_a_job()

    returning.return_to_stock(lot, quantity=Decimal(1))
    returning.return_to_stock(lot)

    narration = "Returned to stock from job 482: SENS-2"
    assert journals() == [
        ("stock", "wip", Decimal("25.01"), narration),
        ("stock", "wip", Decimal("25.00"), narration),
    ]
    assert pool(lot.part) == (Decimal(2), Decimal("50.01"))
    assert kept() == (Decimal("50.01"), Decimal(0))
    assert books() == (Decimal("50.01"), Decimal("-50.01"))


def test_the_line_falls_back_to_stock_once_nothing_is_left_for_it():
    lot = a_sensor_on_a_job()
    returning.return_to_stock(lot, quantity=Decimal(1))
    lot.job_line.refresh_from_db()
    assert lot.job_line.supply == Supply.JOB_ORDER

    returning.return_to_stock(lot)

    lot.job_line.refresh_from_db()
    assert (lot.job_line.supply, shelf_of(lot.part).on_job) == (Supply.NONE, Decimal(2))
    job = lot.job
    for step in (jobs.arrive, jobs.start, jobs.complete):
        job = step(job)
    sales.issue_invoice(job)
    assert pool(lot.part) == (Decimal(0), Decimal(0))


def test_the_line_stays_ordered_while_more_is_awaited():
    lot = a_sensor_on_a_job()
    on_order(lot.job, lot.job_line)

    returning.return_to_stock(lot)

    lot.job_line.refresh_from_db()
    assert lot.job_line.supply == Supply.JOB_ORDER


def test_only_a_part_kept_in_stock_returns_to_it():
    lot = a_sensor_on_a_job()
    lot.part.stocked = False
    lot.part.save()
    with pytest.raises(InvalidInput, match="SENS-2 is not kept in stock"):
        returning.return_to_stock(lot)

    outwork = JobLot.objects.create(job=lot.job, description="Disc machining", quantity=1, value=85)
    with pytest.raises(NotAllowedNow, match="no part number"):
        returning.return_to_stock(outwork)


def test_no_more_returns_than_is_there():
    lot = a_sensor_on_a_job()
    with pytest.raises(InvalidInput, match="Only 2 is there") as refusal:
        returning.return_to_stock(lot, quantity=Decimal("2.0001"))
    assert refusal.value.field == "quantity"
    returning.return_to_stock(lot)
    with pytest.raises(NotAllowedNow, match="Nothing is left"):
        returning.return_to_stock(lot)


def test_nothing_returns_from_an_invoiced_job():
    lot = a_sensor_on_a_job()
    job = lot.job
    for step in (jobs.arrive, jobs.start, jobs.complete):
        job = step(job)
    sales.issue_invoice(job)
    with pytest.raises(NotAllowedNow, match="invoiced"):
        returning.return_to_stock(lot)


def test_a_job_with_goods_bought_for_it_is_not_cancelled_and_the_line_not_removed():
    lot = a_sensor_on_a_job()

    with pytest.raises(NotAllowedNow, match="Return it to stock or to the supplier to cancel the job"):
        jobs.cancel(lot.job, reason="Sold the car")
    with pytest.raises(NotAllowedNow, match="to remove the line"):
        jobs.remove_line(lot.job_line)

    returning.return_to_stock(lot)
    jobs.remove_line(lot.job_line)
    assert jobs.cancel(lot.job, reason="Sold the car").status == "cancelled"


@pytest.mark.parametrize("status", [PurchaseOrder.Status.DRAFT, PurchaseOrder.Status.ORDERED])
def test_a_job_with_goods_on_order_is_not_cancelled_and_the_line_not_removed(status):
    job = jobs.book(customer=CustomerFactory())
    line = jobs.add_line(job, description="Radiator", kind="part")
    on_order(job, line, status)

    with pytest.raises(NotAllowedNow, match="on PO 31 for it"):
        jobs.cancel(job, reason="Sold the car")
    with pytest.raises(NotAllowedNow, match="Take it off that order to remove the line"):
        jobs.remove_line(line)


def test_a_line_with_goods_is_neither_declined_nor_taken_off_its_quote():
    lot = a_sensor_on_a_job()
    offer = jobs.quote(lot.job)

    with pytest.raises(NotAllowedNow, match="to decline it"):
        jobs.decide_quote(offer, set(), decided_by="Jo Kea")
    with pytest.raises(NotAllowedNow, match="to take it off the quote"):
        jobs.revise_quote(jobs.send_quote(offer), [{"description": "Engine"}])


def test_stock_set_aside_moves_to_another_job_with_its_line_and_nothing_is_posted():
    part = stocked("OF-1", 8, "98.00")
    job = a_completed_job([{"part": part, "quantity": Decimal(3)}])
    other = jobs.book(customer=CustomerFactory())

    line = jobs.move_line(job.lines.get(), other)

    assert (line.job, job.lines.count(), other.lines.count()) == (other, 0, 1)
    assert (shelf_of(part).on_job, shelf_of(part).on_hand) == (Decimal(3), Decimal(5))
    assert (journals(), pool(part)) == ([], (Decimal(8), Decimal("98.00")))


def test_a_line_something_was_ordered_for_or_that_is_quoted_stays_on_its_job():
    other = jobs.book(customer=CustomerFactory())
    with pytest.raises(NotAllowedNow, match="Goods were ordered"):
        jobs.move_line(a_sensor_on_a_job(part=stocked("A")).job_line, other)

    job = jobs.book(customer=CustomerFactory())
    line = jobs.add_line(job, description="Engine")
    jobs.quote(job)
    with pytest.raises(NotAllowedNow, match="quote that is still open"):
        jobs.move_line(line, other)
