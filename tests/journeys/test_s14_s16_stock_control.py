"""S14 and S16: counting posts journals and nothing else; moving and building post nothing."""

from decimal import Decimal

import pytest

from accounting_sync import setup
from accounting_sync.drain import drain
from tests.factories import an_invoice, stocked
from tests.journeys.conftest import JULY_20
from tests.journeys.stock import in_xero, journals, pool, stock_here, two_lines
from workshop import locations
from workshop.models import Location, NumberSequence, Part
from workshop.stock import building, counting, moving

D = Decimal
OTHERS = ("Invoices", "CreditNotes", "BankTransactions")


@pytest.fixture
def opened(opened):
    NumberSequence.objects.update_or_create(series="stocktake", defaults={"prefix": "ST-", "next_number": 4})
    return opened


def counted(**found):
    """A stocktake of the whole place in which these were found."""
    stocktake = counting.begin()
    return stocktake, lambda: [
        counting.count(line, counted=D(found[line.part.code[:3]]), version=line.version)
        for line in stocktake.lines.select_related("part")
        if line.part.code[:3] in found
    ]


def documents(books):
    return {table: len(books.tables[table]) for table in OTHERS}


def test_s14_a_stocktake_up_and_down_is_a_journal_for_each_changed_part(opened, books):
    stocktake, count = counted(**{"OF-": "9", "OIL": "57.5", "PAD": "4"})
    count()
    counting.finalise(counting.review(stocktake))

    drain(opened)

    assert journals(books) == [
        ("Stocktake ST-4: OF-1 +1", JULY_20, two_lines("631", "311", "12.25")),
        ("Stocktake ST-4: OIL 5W30 -2.5", JULY_20, two_lines("311", "631", "17.20")),
    ]
    assert (in_xero(books, "631"), in_xero(books, "311")) == (D("772.75"), D("4.95"))
    assert stock_here() == D("772.75")
    assert documents(books) == dict.fromkeys(OTHERS, 0)


def test_s14_one_sold_after_it_was_counted_makes_no_difference(opened, books):
    stocktake, count = counted(**{"OF-": "8"})
    count()
    an_invoice([{"part": Part.objects.get(code="OF-1"), "quantity": D(1), "unit_price": D("24.50")}])
    counting.finalise(counting.review(stocktake))

    drain(opened)

    assert [narration for narration, _, _ in journals(books)] == ["COGS for invoice INV 1008"]
    assert in_xero(books, "631") == stock_here()


def test_s14_with_journals_off_quantities_change_and_nothing_is_posted(opened, books):
    setup.switch(opened, journals=False)
    stocktake, count = counted(**{"OF-": "9"})
    count()
    counting.finalise(counting.review(stocktake))

    drain(opened)

    assert (journals(books), pool("OF-1")[0]) == ([], D(9))


def test_s16_goods_on_their_way_to_the_van_and_a_kit_built_post_nothing(opened, books):
    oil_filter, oil = Part.objects.get(code="OF-1"), Part.objects.get(code="OIL 5W30")
    van = locations.add_location(name="Van")
    lines = [{"part": oil_filter, "quantity": D(2)}]
    moving.receive(moving.dispatch(moving.draft(from_location=Location.usual(), to_location=van, lines=lines)))
    assert pool("OF-1") == (D(8), D("98.00"))

    kit = stocked("KIT")
    building.set_components(kit, [{"component": oil_filter, "quantity": D(1)}, {"component": oil, "quantity": D(5)}])
    building.complete(building.start(building.plan(kit, quantity=D(1))))
    drain(opened)

    assert (pool("KIT"), pool("OF-1"), pool("OIL 5W30")) == (
        (D(1), D("46.65")),
        (D(7), D("85.75")),
        (D(55), D("378.40")),
    )
    assert journals(books) == []
    assert in_xero(books, "631") == stock_here() == D("777.70")
