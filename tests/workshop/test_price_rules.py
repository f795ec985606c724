"""A price that follows the cost."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import PartFactory
from workshop import parts, price_rules
from workshop.errors import InvalidInput
from workshop.models import Part

pytestmark = pytest.mark.usefixtures("garage")
TWO_BANDS = [
    {"cost_from": Decimal(0), "markup_percent": Decimal(100)},
    {"cost_from": Decimal(50), "markup_percent": Decimal("33.33")},
]


def a_rule(bands=TWO_BANDS):
    return price_rules.save_rule(name="Usual", bands=bands)


def test_a_part_with_a_rule_is_priced_from_its_cost():
    part = parts.add_part(code="OF-1", description="Oil filter", cost_price=Decimal("12.25"), price_rule=a_rule())
    assert part.sell_price == Decimal("24.50")

    assert parts.edit_part(part, cost_price=Decimal(60)).sell_price == Decimal("80.00")


def test_costs_recorded_after_a_delivery_move_prices_with_a_rule_and_no_others():
    ruled, free = PartFactory(price_rule=a_rule()), PartFactory(sell_price=Decimal(20))

    price_rules.record_costs({ruled.pk: Decimal("10.00"), free.pk: Decimal("11.00")})

    stored = [(part.cost_price, part.sell_price) for part in Part.objects.order_by("pk")]
    assert stored == [(Decimal(10), Decimal(20)), (Decimal(11), Decimal(20))]
    assert ruled.history.count() == 2


def test_a_cost_of_nothing_says_nothing():
    part = PartFactory(cost_price=Decimal(8))
    price_rules.record_costs({part.pk: Decimal(0)})
    part.refresh_from_db()
    assert part.cost_price == 8


@pytest.mark.parametrize("rows", [1, 3])
def test_costs_of_any_number_of_parts_are_recorded_in_as_many_statements(rows):
    rule = a_rule()
    costs = {PartFactory(price_rule=rule).pk: Decimal(7) for _ in range(rows)}

    with CaptureQueriesContext(connection) as captured:
        price_rules.record_costs(costs)

    ours = [query["sql"] for query in captured if "accounting_sync" not in query["sql"]]
    assert len(ours) == 6, "\n".join(ours)


def test_a_changed_rule_moves_the_prices_of_its_parts():
    rule = a_rule()
    part = parts.add_part(code="OF-1", description="Oil filter", cost_price=Decimal(10), price_rule=rule)

    price_rules.save_rule(rule, name="Usual", bands=[{"cost_from": Decimal(0), "markup_percent": Decimal(50)}])

    part.refresh_from_db()
    assert part.sell_price == Decimal("15.00")


@pytest.mark.parametrize(
    "bands",
    [
        [],
        [{"cost_from": Decimal(1), "markup_percent": Decimal(50)}],
        [TWO_BANDS[0], TWO_BANDS[0]],
    ],
)
def test_a_rule_starts_at_nothing_and_names_each_cost_once(bands):
    with pytest.raises(InvalidInput) as refusal:
        a_rule(bands)
    assert refusal.value.field == "bands"
