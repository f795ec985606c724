from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounting_sync.sandbox import money

cents = st.decimals(min_value=-1_000_000, max_value=1_000_000, places=2)
positive = st.decimals(min_value="0.01", max_value=100_000, places=2)
rates = st.sampled_from([Decimal(rate) for rate in ("0", "5", "10", "12.5", "15", "20")])
CENT = Decimal("0.01")


@pytest.mark.parametrize(
    ("amount", "rounded"), [("2.165", "2.17"), ("-2.165", "-2.17"), ("0.005", "0.01"), ("1.0049", "1.00")]
)
def test_half_a_cent_goes_away_from_zero(amount, rounded):
    assert money.half_up(Decimal(amount)) == Decimal(rounded)


@given(cents, rates)
def test_exclusive_and_inclusive_tax_undo_each_other_to_the_cent(amount, rate):
    tax = money.line_tax(amount, rate, "Exclusive")

    assert abs(money.line_tax(amount + tax, rate, "Inclusive") - tax) <= CENT


@given(cents, rates)
def test_tax_of_a_return_is_tax_of_the_sale_turned_round(amount, rate):
    for types in ("Exclusive", "Inclusive", "NoTax"):
        assert money.line_tax(-amount, rate, types) == -money.line_tax(amount, rate, types)


@given(cents, rates)
def test_an_inclusive_line_is_its_net_and_its_tax(amount, rate):
    tax = money.line_tax(amount, rate, "Inclusive")

    assert money.net(amount, tax, "Inclusive") + tax == amount
    assert money.net(amount, tax, "Exclusive") == amount


@given(st.decimals("0.0001", 9999, places=4), st.decimals(0, 9999, places=4), st.integers(0, 100))
def test_a_line_amount_is_the_product_rounded_once(quantity, unit, rate):
    exact = quantity * unit * (100 - rate) / 100

    assert money.line_amount(quantity, unit, rate=Decimal(rate)) == exact.quantize(CENT, ROUND_HALF_UP)


@given(st.lists(positive, min_size=1, max_size=8), st.data())
def test_shares_leave_no_cent_behind(amounts, data):
    total = sum(amounts)
    part = data.draw(st.decimals(0, total, places=2))

    shares = money.share(amounts, part, total)

    assert sum(shares) == part
    assert money.share(amounts, total, total) == amounts
