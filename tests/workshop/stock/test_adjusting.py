"""Corrections of stock, with their reason."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from tests.factories import PartFactory, a_completed_job, stocked
from tests.workshop.stock.pools import books, fixture_pools, journals, kept, level, pool
from workshop import locations, sales
from workshop.errors import InvalidInput, NotAllowedNow, OutOfStock, PeriodLocked
from workshop.models import Location, NegativeStock, Organisation, StockAdjustment, StockMovement
from workshop.stock import adjusting

pytestmark = pytest.mark.usefixtures("garage")


def test_found_goods_come_in_at_the_average():
    oil_filter = fixture_pools()[0]

    adjustment = adjusting.adjust(oil_filter, quantity=Decimal(2), reason="Found behind the shelf")

    assert (adjustment.number, adjustment.value) == ("ADJ-1", Decimal("24.50"))
    assert pool(oil_filter) == (Decimal(10), Decimal("122.50"))
    narration = "Stock adjustment OF-1: Found behind the shelf"
    assert journals() == [("stock", "adjustment", Decimal("24.50"), narration)]
    assert books("777.70") == kept() == (Decimal("802.20"), Decimal(0))


def test_lost_goods_go_out_at_the_average_and_the_last_one_takes_the_rest():
    part = stocked("OF-1", 3, "10.00")

    for _ in range(3):
        adjusting.adjust(part, quantity=Decimal(-1), reason="Broken")

    assert [amount for _, _, amount, _ in journals()] == [Decimal("3.33"), Decimal("3.34"), Decimal("3.33")]
    assert {(debit, credit) for debit, credit, _, _ in journals()} == {("adjustment", "stock")}
    assert pool(part) == (Decimal(0), Decimal(0))


def test_a_cost_is_asked_only_where_there_is_no_average():
    new, known = stocked("NEW"), stocked("OF-1", 8, "98.00")

    with pytest.raises(InvalidInput) as refusal:
        adjusting.adjust(new, quantity=Decimal(3), reason="Found")
    assert refusal.value.field == "unit_cost"
    with pytest.raises(InvalidInput) as refusal:
        adjusting.adjust(known, quantity=Decimal(3), unit_cost=Decimal(1), reason="Found")
    assert refusal.value.field == "unit_cost"

    assert adjusting.adjust(new, quantity=Decimal(3), unit_cost=Decimal("0.3350"), reason="Found").value == Decimal(
        "1.01"
    )
    assert pool(new) == (Decimal(3), Decimal("1.01"))


def test_goods_found_again_after_the_last_one_left_cost_what_they_cost_last():
    part = stocked("OF-1", 2, "20.00")
    adjusting.adjust(part, quantity=Decimal(-2), reason="Lost")

    assert adjusting.adjust(part, quantity=Decimal(1), reason="Found").value == Decimal("10.00")


def test_goods_found_that_were_sold_already_are_trued_up():
    part = stocked("OF-1", 2, "20.00")
    sales.issue_invoice(a_completed_job([{"part": part, "quantity": Decimal(4)}]))
    assert pool(part) == (Decimal(-2), Decimal("-20.00"))

    adjusting.adjust(part, quantity=Decimal(2), reason="Found")

    assert pool(part) == (Decimal(0), Decimal(0))
    assert books("20.00") == (Decimal(0), Decimal(0))


@pytest.mark.parametrize("own", [True, False])
def test_nobody_adjusts_below_nothing_where_that_is_refused(own):
    part = stocked("OF-1", 2, "20.00", negative_stock=NegativeStock.BLOCK if own else "")
    if not own:
        Organisation.objects.update(negative_stock=NegativeStock.BLOCK)

    with pytest.raises(OutOfStock, match="Only 2 of OF-1 is in stock"):
        adjusting.adjust(part, quantity=Decimal(-3), reason="Broken")
    assert (pool(part), StockAdjustment.objects.count()) == ((Decimal(2), Decimal("20.00")), 0)


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"quantity": Decimal(0)}, "quantity"),
        ({"quantity": Decimal("0.00001")}, "quantity"),
        ({"quantity": Decimal(100_001)}, "quantity"),
        ({"quantity": Decimal("NaN")}, "quantity"),
        ({"reason": "  "}, "reason"),
        ({"date": date(1999, 1, 1)}, "date"),
        ({"unit_cost": Decimal("-1")}, "unit_cost"),
        ({"unit_cost": Decimal("0.12345")}, "unit_cost"),
    ],
)
def test_nonsense_is_refused_at_the_field(fields, wrong):
    part = stocked("NEW")
    with pytest.raises(InvalidInput) as refusal:
        adjusting.adjust(part, **{"quantity": Decimal(1), "unit_cost": Decimal(1), "reason": "Found", **fields})
    assert refusal.value.field == wrong
    assert StockMovement.objects.count() == 0


def test_a_reason_too_long_is_refused_at_the_field():
    with pytest.raises(ValidationError) as refusal:
        adjusting.adjust(stocked("OF-1", 1, 1), quantity=Decimal(1), reason="x" * 201)
    assert list(refusal.value.message_dict) == ["reason"]


def test_a_day_to_come_and_a_closed_day_are_refused():
    part, garage = stocked("OF-1", 1, "1.00"), Organisation.current()
    with pytest.raises(InvalidInput, match="has not come yet"):
        adjusting.adjust(part, quantity=Decimal(1), reason="Found", date=garage.today() + timedelta(days=1))

    Organisation.objects.update(books_locked_until=date(2026, 6, 30))
    with pytest.raises(PeriodLocked) as refusal:
        adjusting.adjust(part, quantity=Decimal(1), reason="Found", date=date(2026, 6, 30))
    assert refusal.value.field == "date"
    assert adjusting.adjust(part, quantity=Decimal(1), reason="Found", date=date(2026, 7, 1)).date == date(2026, 7, 1)


def test_only_what_is_kept_in_stock_is_adjusted():
    with pytest.raises(InvalidInput, match="not kept in stock"):
        adjusting.adjust(PartFactory(), quantity=Decimal(1), unit_cost=Decimal(1), reason="Found")


def test_goods_are_adjusted_where_they_lie():
    part, van = stocked("OF-1", 8, "98.00"), locations.add_location(name="Van")

    adjusting.adjust(part, quantity=Decimal(1), reason="Found", location=van)

    assert (level(part, van), level(part, Location.usual())) == (Decimal(1), Decimal(8))


def test_a_value_alone_is_changed_by_what_one_is_worth_or_by_a_difference():
    part = stocked("OF-1", 8, "98.00")

    assert adjusting.revalue(part, unit_cost=Decimal("10.00"), reason="Dented").value == Decimal("-18.00")
    assert adjusting.revalue(part, difference=Decimal("0.01"), reason="A cent").value == Decimal("0.01")

    assert pool(part) == (Decimal(8), Decimal("80.01"))
    assert journals() == [
        ("adjustment", "stock", Decimal("18.00"), "Stock adjustment OF-1: Dented"),
        ("stock", "adjustment", Decimal("0.01"), "Stock adjustment OF-1: A cent"),
    ]


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({}, "unit_cost"),
        ({"unit_cost": Decimal(1), "difference": Decimal(1)}, "unit_cost"),
        ({"unit_cost": Decimal("12.25")}, "unit_cost"),
        ({"unit_cost": Decimal("-1")}, "unit_cost"),
        ({"difference": Decimal("-98.01")}, "difference"),
        ({"difference": Decimal("0.001")}, "difference"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused(fields, wrong):
    with pytest.raises(InvalidInput) as refusal:
        adjusting.revalue(stocked("OF-1", 8, "98.00"), reason="Dented", **fields)
    assert refusal.value.field == wrong


def test_nothing_in_stock_has_no_value_to_change():
    with pytest.raises(InvalidInput, match="None of NEW is in stock"):
        adjusting.revalue(stocked("NEW"), unit_cost=Decimal(1), reason="Dented")


def test_opening_stock_makes_no_journal():
    part = stocked("OF-1")

    adjusting.open_stock(part, quantity=Decimal(8), value=Decimal("98.00"), date=date(2026, 7, 1))

    assert (pool(part), journals()) == ((Decimal(8), Decimal("98.00")), [])
    assert [(move.kind, move.date) for move in StockMovement.objects.all()] == [("opening", date(2026, 7, 1))]


def test_opening_stock_comes_before_anything_else_comes_in():
    part = stocked("OF-1")
    adjusting.adjust(part, quantity=Decimal(1), unit_cost=Decimal(1), reason="Found")

    with pytest.raises(NotAllowedNow, match="Adjust it instead"):
        adjusting.open_stock(part, quantity=Decimal(8), value=Decimal("98.00"))


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"quantity": Decimal(0)}, "quantity"),
        ({"value": Decimal("-0.01")}, "value"),
        ({"value": Decimal("0.001")}, "value"),
        ({"value": Decimal(1_000_001)}, "value"),
    ],
)
def test_opening_stock_that_makes_no_sense_is_refused(fields, wrong):
    with pytest.raises(InvalidInput) as refusal:
        adjusting.open_stock(stocked("OF-1"), **{"quantity": Decimal(1), "value": Decimal(1), **fields})
    assert refusal.value.field == wrong
