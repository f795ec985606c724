"""Two people handle the same goods in the same moment: real connections, real transactions."""

from decimal import Decimal

import pytest
from django.db import connection

from tests.factories import CustomerFactory, a_completed_job, a_garage, stocked
from tests.workshop.stock.pools import books, journals, kept, level, pool
from tests.workshop.test_at_once import PEOPLE, at_once, refused
from workshop import locations, parts, sales
from workshop.errors import ChangedMeanwhile, InvalidInput, NotAllowedNow, OutOfStock
from workshop.models import Location, NegativeStock, StockAdjustment, StockLevel, StockPool
from workshop.stock import adjusting, building, counting, moving

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor == "sqlite",
        reason="SQLite lets one writer in at a time (BEGIN IMMEDIATE), and its test database lives in one connection",
    ),
]


@pytest.fixture(autouse=True)
def garage():
    return a_garage()


def test_one_part_counted_by_two_has_the_count_of_one_and_the_other_is_told():
    stocked("OF-1", 8, "98.00")
    line = counting.begin().lines.get()

    results = at_once(
        *(lambda n=n: counting.count(line, counted=Decimal(n), version=line.version) for n in range(PEOPLE))
    )

    assert refused(results) == [ChangedMeanwhile] * (PEOPLE - 1)
    line.refresh_from_db()
    first = next(result for result in results if not isinstance(result, ChangedMeanwhile))
    assert (line.counted, line.version) == (first.counted, 2)


def test_a_stocktake_is_applied_once():
    part = stocked("OF-1", 8, "98.00")
    stocktake = counting.begin()
    line = stocktake.lines.get()
    counting.count(line, counted=Decimal(9), version=line.version)
    counting.review(stocktake)

    results = at_once(*[lambda: counting.finalise(stocktake)] * PEOPLE)

    assert refused(results) == [NotAllowedNow] * (PEOPLE - 1)
    assert (pool(part), len(journals())) == ((Decimal(9), Decimal("110.25")), 1)


def test_a_count_does_not_slip_past_the_end_of_its_stocktake():
    stocked("A", 1, "1.00"), stocked("B", 1, "1.00")
    stocktake = counting.begin()
    first, second = stocktake.lines.all()
    counting.count(first, counted=Decimal(2), version=first.version)

    results = at_once(
        lambda: counting.finalise(counting.review(stocktake)),
        lambda: counting.count(second, counted=Decimal(3), version=second.version),
    )

    second.refresh_from_db()
    slipped = refused(results) == [NotAllowedNow]
    assert pool(second.part)[0] == (1 if slipped else 3)
    assert (second.counted is None) == slipped


def test_adjustments_made_at_once_all_count_and_the_books_agree():
    part = stocked("OF-1", 3, "10.00")

    at_once(*[lambda: adjusting.adjust(part, quantity=Decimal(1), reason="Found")] * PEOPLE)

    assert (pool(part)[0], level(part, Location.usual())) == (Decimal(7), Decimal(7))
    assert books("10.00") == kept()
    assert sorted(StockAdjustment.objects.values_list("number", flat=True)) == ["ADJ-1", "ADJ-2", "ADJ-3", "ADJ-4"]


def test_the_last_one_is_adjusted_away_once_where_less_than_nothing_is_refused():
    part = stocked("OF-1", 1, "12.25", negative_stock=NegativeStock.BLOCK)

    results = at_once(*[lambda: adjusting.adjust(part, quantity=Decimal(-1), reason="Lost")] * PEOPLE)

    assert refused(results) == [OutOfStock] * (PEOPLE - 1)
    assert (pool(part), books("12.25")) == ((Decimal(0), Decimal(0)), (Decimal(0), Decimal(0)))


def test_the_last_one_is_invoiced_once_where_less_than_nothing_is_refused():
    part = stocked("OF-1", 1, "12.25", negative_stock=NegativeStock.BLOCK)
    sold = [a_completed_job([{"part": part}]) for _ in range(PEOPLE)]

    results = at_once(*(lambda job=job: sales.issue_invoice(job) for job in sold))

    assert refused(results) == [OutOfStock] * (PEOPLE - 1)
    assert (pool(part), len(journals())) == ((Decimal(0), Decimal(0)), 1)
    assert [job for job in sold if job.invoices.exists()] == [
        job for job, result in zip(sold, results, strict=True) if not isinstance(result, OutOfStock)
    ]


def test_two_documents_on_the_same_parts_in_other_orders_both_go_through():
    first, second = stocked("A", 9, "9.00"), stocked("B", 9, "9.00")
    lines = [[{"part": a}, {"part": b}] for a, b in [(first, second), (second, first)] * 2]
    sold = [a_completed_job(rows, customer=CustomerFactory()) for rows in lines]

    results = at_once(*(lambda job=job: sales.issue_invoice(job) for job in sold))

    assert refused(results) == []
    assert pool(first) == pool(second) == (Decimal(5), Decimal("5.00"))


def test_a_transfer_is_received_once():
    part, van = stocked("OF-1", 8, "98.00"), locations.add_location(name="Van")
    lines = [{"part": part, "quantity": Decimal(2)}]
    transfer = moving.dispatch(moving.draft(from_location=Location.usual(), to_location=van, lines=lines))

    results = at_once(*[lambda: moving.receive(transfer)] * PEOPLE)

    assert refused(results) == [NotAllowedNow] * (PEOPLE - 1)
    assert (level(part, van), pool(part)) == (Decimal(2), (Decimal(8), Decimal("98.00")))


def test_a_work_order_is_completed_once():
    part, kit = stocked("OF-1", 8, "98.00"), stocked("KIT")
    building.set_components(kit, [{"component": part, "quantity": Decimal(1)}])
    order = building.plan(kit, quantity=Decimal(1))

    results = at_once(*[lambda: building.complete(order)] * PEOPLE)

    assert refused(results) == [NotAllowedNow] * (PEOPLE - 1)
    assert (pool(kit), pool(part)) == ((Decimal(1), Decimal("12.25")), (Decimal(7), Decimal("85.75")))


def test_a_part_is_taken_off_the_ledger_or_adjusted_but_not_both():
    for n in range(5):
        part = stocked(f"P-{n}")
        results = at_once(
            lambda part=part: parts.edit_part(part, stocked=False),
            lambda part=part: adjusting.adjust(part, quantity=Decimal(1), unit_cost=Decimal(1), reason="Found"),
        )
        assert refused(results) in ([InvalidInput], [NotAllowedNow])
        part.refresh_from_db()
        assert part.stocked is (StockPool.objects.get(part=part).quantity == 1)


def test_a_bin_written_while_goods_come_in_loses_neither():
    for n in range(5):
        part, van = stocked(f"P-{n}", 1, "1.00"), Location.objects.get_or_create(name="Van")[0]
        at_once(
            lambda part=part, van=van: locations.set_bin(part, van, code="A1"),
            lambda part=part, van=van: adjusting.adjust(part, quantity=Decimal(1), reason="Found", location=van),
        )
        row = StockLevel.objects.get(part=part, location=van)
        assert (row.bin, row.quantity) == ("A1", Decimal(1))
