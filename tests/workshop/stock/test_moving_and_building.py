"""Transfers and kits: no journal, and nothing is worth more or less than before. S16 of the acceptance stories."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories import PartFactory, stocked
from tests.workshop.stock.pools import fixture_pools, journals, kept, level, pool
from workshop import locations
from workshop.errors import InvalidInput, NotAllowedNow, OutOfStock
from workshop.models import Location, NegativeStock, Organisation, StockMovement, WorkOrder
from workshop.money import split
from workshop.stock import adjusting, building, moving

pytestmark = pytest.mark.usefixtures("garage")


def a_transfer(part, quantity=2):
    van = Location.objects.filter(name="Van").first() or locations.add_location(name="Van")
    lines = [{"part": part, "quantity": Decimal(quantity)}]
    return moving.draft(from_location=Location.usual(), to_location=van, lines=lines)


def a_kit():
    oil_filter, oil, *_ = fixture_pools()
    kit = stocked("KIT")
    rows = [{"component": oil_filter, "quantity": Decimal(1)}, {"component": oil, "quantity": Decimal(5)}]
    return building.set_components(kit, rows), oil_filter, oil


def test_s16_two_filters_go_to_the_van():
    oil_filter = fixture_pools()[0]
    transfer = moving.dispatch(a_transfer(oil_filter))
    assert level(oil_filter, transfer.from_location) == 8

    moving.receive(transfer)

    assert (level(oil_filter, transfer.from_location), level(oil_filter, transfer.to_location)) == (6, 2)
    assert (pool(oil_filter), journals(), kept()[0]) == ((Decimal(8), Decimal("98.00")), [], Decimal("777.70"))
    moved = list(StockMovement.objects.filter(kind="moved").order_by("pk").values_list("quantity", "value"))
    assert moved == [(Decimal(-2), Decimal("-24.50")), (Decimal(2), Decimal("24.50"))]


def test_a_transfer_goes_its_steps_once():
    part = stocked("OF-1", 8, "98.00")
    transfer = a_transfer(part)
    with pytest.raises(NotAllowedNow):
        moving.receive(transfer)
    moving.edit(transfer, lines=[{"part": part, "quantity": Decimal(1)}] * 2)
    assert [line.quantity for line in transfer.lines.all()] == [2]
    moving.receive(moving.dispatch(transfer))

    for step in (moving.receive, moving.dispatch, moving.cancel):
        with pytest.raises(NotAllowedNow, match="received"):
            step(transfer)


def test_a_cancelled_transfer_moved_nothing():
    part = stocked("OF-1", 8, "98.00")
    transfer = moving.cancel(moving.dispatch(a_transfer(part)))
    assert (transfer.status, level(part, transfer.from_location)) == ("cancelled", Decimal(8))


def test_no_more_is_moved_than_lies_there_where_that_is_refused():
    part = stocked("OF-1", 8, "98.00", negative_stock=NegativeStock.BLOCK)
    with pytest.raises(OutOfStock, match="Only 8 of OF-1 is at Shop"):
        moving.receive(moving.dispatch(a_transfer(part, 9)))


@pytest.mark.parametrize(
    ("lines", "wrong"),
    [
        (list, "lines"),
        (lambda: [{"part": PartFactory(), "quantity": Decimal(1)}], "part"),
        (lambda: [{"part": stocked("OF-1"), "quantity": Decimal(0)}], "quantity"),
        (lambda: [{"part": stocked("OF-1"), "quantity": Decimal("0.00001")}], "quantity"),
    ],
)
def test_a_transfer_of_nonsense_is_refused(lines, wrong):
    with pytest.raises(InvalidInput) as refusal:
        moving.draft(from_location=Location.usual(), to_location=locations.add_location(name="Van"), lines=lines())
    assert refusal.value.field == wrong


def test_a_transfer_joins_two_places_that_are_open():
    part, shop, van = stocked("OF-1", 1, 1), Location.usual(), locations.add_location(name="Van")
    lines = [{"part": part, "quantity": Decimal(1)}]
    with pytest.raises(InvalidInput, match="two different places"):
        moving.draft(from_location=shop, to_location=shop, lines=lines)
    with pytest.raises(InvalidInput, match="archived"):
        moving.draft(from_location=shop, to_location=locations.archive_location(van), lines=lines)


def test_s16_a_service_kit_is_worth_what_went_into_it():
    kit, oil_filter, oil = a_kit()

    order = building.complete(building.start(building.plan(kit, quantity=Decimal(1))))

    assert (order.number, order.status) == ("WO-1", "completed")
    assert [line.value for line in order.lines.all()] == [Decimal("12.25"), Decimal("34.40")]
    assert pool(kit) == (Decimal(1), Decimal("46.65"))
    assert (pool(oil_filter), pool(oil)) == ((Decimal(7), Decimal("85.75")), (Decimal(55), Decimal("378.40")))
    assert (journals(), kept()[0]) == ([], Decimal("777.70"))


def test_a_kit_taken_apart_gives_back_what_it_was_worth():
    kit, oil_filter, oil = a_kit()
    building.complete(building.plan(kit, quantity=Decimal(2)))

    building.complete(building.plan(kit, quantity=Decimal(2), direction=WorkOrder.Direction.DISMANTLE))

    assert (pool(kit), journals(), kept()[0]) == ((Decimal(0), Decimal(0)), [], Decimal("777.70"))
    assert (pool(oil_filter), pool(oil)) == ((Decimal(8), Decimal("98.00")), (Decimal(60), Decimal("412.80")))


def test_a_kit_taken_apart_is_shared_by_the_weights_given_to_the_last_cent():
    kit, first, second = stocked("KIT", 1, "10.00"), stocked("A"), stocked("B")
    lines = [
        {"part": first, "quantity": Decimal(1), "weight": Decimal(2)},
        {"part": second, "quantity": Decimal(1), "weight": Decimal(1)},
    ]

    building.complete(building.plan(kit, quantity=Decimal(1), direction=WorkOrder.Direction.DISMANTLE, lines=lines))

    assert (pool(first)[1], pool(second)[1]) == (Decimal("6.67"), Decimal("3.33"))


@given(st.integers(0, 10**7), st.lists(st.integers(0, 10**4), min_size=1, max_size=8).filter(any))
def test_shares_of_a_kit_add_up_whatever_the_weights(cents, weights):
    worth = Decimal(cents) / 100
    shares = split(worth, [Decimal(weight) for weight in weights])
    assert sum(shares) == worth
    assert min(shares) >= 0


def test_components_that_are_not_there_are_refused_whole():
    kit, oil_filter, _ = a_kit()
    Organisation.objects.update(negative_stock=NegativeStock.BLOCK)
    order = building.plan(kit, quantity=Decimal(9))

    with pytest.raises(OutOfStock, match="OF-1"):
        building.complete(order)
    order.refresh_from_db()
    assert (order.status, pool(oil_filter)) == ("draft", (Decimal(8), Decimal("98.00")))


def test_a_kit_is_not_made_of_itself_however_deep():
    kit, oil_filter, _ = a_kit()
    big = stocked("BIG")
    building.set_components(big, [{"component": kit, "quantity": Decimal(1)}])

    for rows in ([{"component": big, "quantity": Decimal(1)}], [{"component": kit, "quantity": Decimal(1)}]):
        with pytest.raises(InvalidInput, match="made of itself"):
            building.set_components(kit, rows)
    assert building.set_components(kit, [{"component": oil_filter, "quantity": Decimal(2)}]).components.count() == 1


@pytest.mark.parametrize(
    "lines",
    [
        lambda kit, part: [{"part": part, "quantity": Decimal(1)}] * 2,
        lambda kit, part: [{"part": kit, "quantity": Decimal(1)}],
        lambda kit, part: [{"part": part, "quantity": Decimal(1), "weight": Decimal(0)}],
        lambda kit, part: [{"part": part, "quantity": Decimal(1), "weight": Decimal(-1)}],
        lambda kit, part: [],
    ],
)
def test_a_work_order_of_nonsense_is_refused(lines):
    kit, part = stocked("KIT"), stocked("OF-1")
    with pytest.raises(InvalidInput) as refusal:
        building.plan(kit, quantity=Decimal(1), lines=lines(kit, part))
    assert refusal.value.field == "lines"


def test_a_work_order_goes_its_steps_once():
    kit, *_ = a_kit()
    order = building.cancel(building.plan(kit, quantity=Decimal(1)))
    for step in (building.start, building.complete, building.cancel):
        with pytest.raises(NotAllowedNow, match="cancelled"):
            step(order)


def test_a_place_with_goods_or_a_duty_stays_open():
    shop, van = Location.usual(), locations.add_location(name=" Van ")
    part = stocked("OF-1", 8, "98.00")
    adjusting.adjust(part, quantity=Decimal(1), reason="Found", location=van)

    for place, why in ((shop, "the default"), (van, "Goods lie at Van")):
        with pytest.raises(NotAllowedNow, match=why):
            locations.archive_location(place)
    with pytest.raises(InvalidInput, match="has this name"):
        locations.add_location(name="van")
    assert locations.make_default(van).is_default
    assert Location.usual() == van


def test_a_bin_says_where_at_the_place_a_part_lies():
    part = stocked("OF-1", 8, "98.00")
    row = locations.set_bin(part, Location.usual(), code=" A3-2 ")
    assert (row.bin, row.quantity) == ("A3-2", Decimal(8))
    adjusting.adjust(part, quantity=Decimal(1), reason="Found")
    row.refresh_from_db()
    assert (row.bin, row.quantity) == ("A3-2", Decimal(9))
