"""Stocktakes: a snapshot, counts one by one, the differences applied. S14 of the acceptance stories."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import CustomerFactory, PartFactory, a_completed_job, stocked
from tests.workshop.stock.pools import books, fixture_pools, journals, kept, level, pool
from workshop import jobs, locations, sales
from workshop.errors import ChangedMeanwhile, InvalidInput, NotAllowedNow, PeriodLocked
from workshop.models import Location, NumberSequence, Organisation, StockMovement, Stocktake
from workshop.stock import adjusting, counting, moving

pytestmark = pytest.mark.usefixtures("garage")


def a_stocktake(**fields):
    NumberSequence.objects.update_or_create(series="stocktake", defaults={"prefix": "ST-", "next_number": 4})
    return counting.begin(**fields)


def count(stocktake, part, counted):
    line = stocktake.lines.get(part=part)
    return counting.count(line, counted=Decimal(counted), version=line.version)


def counted_and_finalised(stocktake, **found):
    for code, counted in found.items():
        count(stocktake, stocktake.lines.get(part__code=code.replace("_", "-")).part, counted)
    return counting.finalise(counting.review(stocktake))


def test_s14_a_stocktake_up_and_down():
    oil_filter, oil, pads, _ = fixture_pools()

    done = counted_and_finalised(a_stocktake(), OF_1=9, OIL="57.5", PAD_F=4)

    assert (done.number, done.status, done.date) == ("ST-4", "finalised", Organisation.current().today())
    assert journals() == [
        ("stock", "adjustment", Decimal("12.25"), "Stocktake ST-4: OF-1 +1"),
        ("adjustment", "stock", Decimal("17.20"), "Stocktake ST-4: OIL -2.5"),
    ]
    assert books("777.70") == kept() == (Decimal("772.75"), Decimal(0))
    assert (pool(oil_filter), pool(oil)) == ((Decimal(9), Decimal("110.25")), (Decimal("57.5"), Decimal("395.60")))
    assert pool(pads) == (Decimal(4), Decimal("212.00"))


def test_s14_one_sold_after_it_was_counted_changes_nothing():
    oil_filter = fixture_pools()[0]
    stocktake = a_stocktake()
    sales.issue_invoice(a_completed_job([{"part": oil_filter}]))

    counted_and_finalised(stocktake, OF_1=8)

    assert pool(oil_filter) == (Decimal(7), Decimal("85.75"))
    assert [narration for *_, narration in journals()] == ["COGS for invoice INV 1008"]
    assert counting.moved_since(stocktake) == {oil_filter.pk: Decimal(-1)}


def test_what_is_not_counted_stays():
    wipers = fixture_pools()[3]
    counted_and_finalised(a_stocktake(), OF_1=8)
    assert (pool(wipers), StockMovement.objects.filter(kind="counted").count()) == ((Decimal(6), Decimal("54.90")), 0)


def test_goods_set_aside_for_a_job_are_not_on_the_shelf():
    part = stocked("OF-1", 8, "98.00")
    jobs.add_line(jobs.book(customer=CustomerFactory()), part=part, quantity=Decimal(3))

    assert a_stocktake().lines.get().snapshot == 5


def test_a_part_moved_before_it_was_counted_is_counted_again_against_what_is_there_now():
    part = stocked("OF-1", 8, "98.00")
    stocktake = a_stocktake()
    sales.issue_invoice(a_completed_job([{"part": part}]))
    count(stocktake, part, 7)

    line = stocktake.lines.get()
    line = counting.recount(line, version=line.version)

    assert (line.snapshot, line.counted) == (Decimal(7), None)


def test_a_stocktake_holds_the_parts_of_its_place_and_category():
    van = locations.add_location(name="Van")
    here, both = stocked("HERE", 1, "1.00", category="Oil"), stocked("BOTH", 4, "4.00", category="Filters")
    stocked("VAN", category="Filters", location=van)
    PartFactory(code="FREE")
    move = moving.draft(from_location=Location.usual(), to_location=van, lines=[{"part": both, "quantity": Decimal(1)}])
    moving.receive(moving.dispatch(move))

    def listed(**of):
        return [(line.part.code, line.snapshot) for line in counting.begin(**of).lines.select_related("part")]

    assert listed() == [("BOTH", Decimal(3)), ("HERE", Decimal(1))]
    assert listed(category="Oil") == [("HERE", Decimal(1))]
    assert listed(location=van) == [("BOTH", Decimal(1)), ("VAN", Decimal(0))]
    with pytest.raises(InvalidInput):
        counting.begin(category="Tyres")
    assert here.pk


@pytest.mark.parametrize("rows", [1, 3])
def test_a_stocktake_begins_in_as_many_statements_whatever_it_holds(rows):
    for n in range(rows):
        stocked(f"P-{n}", 1, "1.00")
    a_stocktake()

    with CaptureQueriesContext(connection) as captured:
        counting.begin()

    assert len(captured) == 11, "\n".join(query["sql"] for query in captured)


@pytest.mark.parametrize("rows", [1, 3])
def test_a_stocktake_is_applied_in_as_many_statements_whatever_it_holds(rows, workshop_queries):
    for n in range(rows):
        stocked(f"P-{n}", 4, "4.00")
    stocktake = a_stocktake()
    for line in stocktake.lines.all():
        counting.count(line, counted=Decimal(3), version=line.version)
    stocktake = counting.review(stocktake)

    with workshop_queries(15):
        counting.finalise(stocktake)


def test_the_second_of_two_who_count_one_part_is_told_what_the_first_found():
    stocked("OF-1", 8, "98.00")
    stocktake = a_stocktake()
    line = stocktake.lines.get()
    counting.count(line, counted=Decimal(9), version=line.version)

    with pytest.raises(ChangedMeanwhile, match="Somebody else has counted 9 of OF-1 meanwhile"):
        counting.count(line, counted=Decimal(7), version=line.version)
    assert stocktake.lines.get().counted == 9


@pytest.mark.parametrize("counted", ["-1", "0.00001", "100001", "Infinity"])
def test_a_count_that_makes_no_sense_is_refused(counted):
    stocked("OF-1", 8, "98.00")
    with pytest.raises(InvalidInput) as refusal:
        count(a_stocktake(), stocktake_part(), counted)
    assert refusal.value.field == "counted"


def stocktake_part():
    return Stocktake.objects.get().lines.get().part


def test_a_cost_is_asked_only_where_a_part_has_no_average():
    stocked("NEW")
    stocktake = a_stocktake()
    line = count(stocktake, stocktake_part(), 3)

    with pytest.raises(InvalidInput, match="Say what one costs") as refusal:
        counting.finalise(counting.review(stocktake))
    assert refusal.value.field == "unit_cost"

    counting.set_unit_cost(line, unit_cost=Decimal("1.1150"), version=line.version)
    counting.finalise(stocktake)
    assert pool(line.part) == (Decimal(3), Decimal("3.35"))


def test_the_differences_count_for_the_chosen_day_where_the_books_are_open():
    stocked("OF-1", 8, "98.00")
    chosen = a_stocktake(date=date(2026, 7, 1))
    closed = counting.begin(date=date(2026, 6, 30))
    Organisation.objects.update(books_locked_until=date(2026, 6, 30))

    assert counted_and_finalised(chosen, OF_1=9).date == date(2026, 7, 1)
    assert counted_and_finalised(closed, OF_1=9).date == Organisation.current().today()


def test_a_closed_day_is_refused_where_it_is_chosen():
    stocked("OF-1", 8, "98.00")
    stocktake = a_stocktake()
    count(stocktake, stocktake_part(), 9)
    Organisation.objects.update(books_locked_until=date(2026, 6, 30))

    with pytest.raises(PeriodLocked):
        counting.finalise(counting.review(stocktake), date=date(2026, 6, 30))


def test_the_steps_of_a_stocktake_come_in_their_order():
    part = stocked("OF-1", 8, "98.00")
    stocktake = a_stocktake()
    with pytest.raises(NotAllowedNow, match="Nothing is counted yet"):
        counting.review(stocktake)
    with pytest.raises(NotAllowedNow):
        counting.finalise(stocktake)
    count(stocktake, part, 9)
    counting.review(stocktake)
    with pytest.raises(NotAllowedNow, match="in review"):
        count(stocktake, part, 10)
    count(counting.count_again(stocktake), part, 10)
    counting.cancel(stocktake)

    for step in (counting.review, counting.finalise, counting.cancel, counting.count_again):
        with pytest.raises(NotAllowedNow, match="cancelled"):
            step(stocktake)
    assert (pool(part), journals()) == ((Decimal(8), Decimal("98.00")), [])


def test_a_part_found_joins_the_list_once():
    stocked("OF-1", 8, "98.00")
    stocktake = a_stocktake()
    found = stocked("FOUND", 2, "3.00")

    first, second = counting.add_found(stocktake, found), counting.add_found(stocktake, found)

    assert (first, first.snapshot) == (second, Decimal(2))
    with pytest.raises(InvalidInput, match="not kept in stock"):
        counting.add_found(stocktake, PartFactory())


def test_a_stocktake_of_the_van_changes_the_van():
    part, van = stocked("OF-1", 8, "98.00"), locations.add_location(name="Van")
    adjusting.adjust(part, quantity=Decimal(2), reason="Found", location=van)

    counted_and_finalised(a_stocktake(location=van), OF_1=1)

    assert (level(part, van), level(part, Location.usual())) == (Decimal(1), Decimal(8))
