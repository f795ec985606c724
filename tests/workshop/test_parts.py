"""Parts as priced items."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from tests.factories import PartFactory, TaxRateFactory
from workshop import parts
from workshop.errors import InvalidInput
from workshop.models import Part, PriceBand, TaxRate
from workshop.pricing import price_from_cost

pytestmark = pytest.mark.usefixtures("garage")


def test_a_part_has_a_code_a_text_and_a_price():
    part = parts.add_part(code=" OF-1 ", description="Oil filter", sell_price=Decimal("24.50"))

    assert (str(part), part.unit, part.sell_price) == ("OF-1 Oil filter", "each", Decimal("24.50"))


@pytest.mark.parametrize("code", ["OF-1", "of-1"])
def test_a_code_is_given_once_whatever_its_capitals(code):
    PartFactory(code="OF-1")

    with pytest.raises(ValidationError) as refusal:
        parts.add_part(code=code, description="Oil filter")
    assert refusal.value.message_dict == {"code": ["Another part has this code."]}


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"code": " "}, "code"),
        ({"description": " "}, "description"),
        ({"sell_price": Decimal("-1")}, "sell_price"),
        ({"sell_price": Decimal("1000000.01")}, "sell_price"),
        ({"cost_price": Decimal("0.12345")}, "cost_price"),
        ({"unit": "x" * 11}, "unit"),
    ],
)
def test_nonsense_is_refused_at_the_field(fields, wrong):
    with pytest.raises(ValidationError) as refusal:
        parts.add_part(**{"code": "OF-1", "description": "Oil filter", **fields})
    assert list(refusal.value.message_dict) == [wrong]


def test_a_part_is_edited_but_keeps_its_code():
    part = PartFactory(code="OF-1")

    assert parts.edit_part(part, code="OF-1 ", sell_price=Decimal(26)).sell_price == 26
    with pytest.raises(InvalidInput) as refusal:
        parts.edit_part(part, code="OF-2")
    assert refusal.value.field == "code"


def test_a_part_is_sold_with_a_tax_on_sales():
    purchases = TaxRateFactory(name="GST on purchases", use=TaxRate.Use.PURCHASES, is_default=False)

    with pytest.raises(InvalidInput) as refusal:
        parts.add_part(code="OF-1", description="Oil filter", tax_rate=purchases)
    assert refusal.value.field == "tax_rate"


def test_an_archived_part_leaves_the_pickers_and_comes_back():
    part = parts.archive_part(PartFactory())
    assert list(Part.objects.active()) == []

    parts.restore_part(part)

    assert list(Part.objects.active()) == [part]


BANDS = [
    PriceBand(cost_from=Decimal(start), markup_percent=Decimal(markup))
    for start, markup in (("50", "40"), ("1", "99.99"))
]


@pytest.mark.parametrize(
    ("cost", "price"), [("0.99", None), ("1", "2.00"), ("12.25", "24.50"), ("49.9999", "99.99"), ("50", "70.00")]
)
def test_a_price_rule_asks_for_the_mark_up_of_the_highest_band_that_the_cost_reaches(cost, price):
    assert price_from_cost(Decimal(cost), BANDS) == (price and Decimal(price))


def test_a_rule_without_bands_asks_for_no_price():
    assert price_from_cost(Decimal(10), []) is None
