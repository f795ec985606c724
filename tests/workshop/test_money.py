"""Rounding, tax and splitting, against exact fractions."""

import random
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from workshop import money
from workshop.errors import InvalidInput
from workshop.models import InvoiceLine, JobLine, TaxRate
from workshop.pricing import document_lines, totals_of

RATES = {
    percent: TaxRate(pk=n, name=f"{percent}%", percent=Decimal(percent), discountable=percent != "0")
    for n, percent in enumerate(["0", "10", "12.5", "15", "20"], start=1)
}
MODES = [money.EXCLUSIVE, money.INCLUSIVE, money.NO_TAX]


def half_up(exact):
    """To the cent, half away from zero, in whole numbers only."""
    doubled = abs(exact) * 200
    whole = (doubled.numerator // doubled.denominator + 1) // 2
    return Decimal(whole if exact >= 0 else -whole).scaleb(-2)


def exact_tax(amount, percent, mode):
    amount, rate = Fraction(amount), Fraction(percent) / 100
    return half_up({money.EXCLUSIVE: amount * rate, money.INCLUSIVE: amount * rate / (1 + rate)}.get(mode, Fraction(0)))


def nearest(numerator, denominator):
    """Half up, of whole numbers that are not negative."""
    return (2 * numerator + denominator) // (2 * denominator)


def test_a_hundred_thousand_lines_come_to_the_exact_cent():
    dice, wrong = random.Random(20260720), []
    for _ in range(100_000):
        quantity, price, discount = dice.randint(1, 10**6), dice.randint(0, 10**8), dice.randint(0, 10**4)
        percent = dice.choice([0, 10, 15, 20])
        exact = nearest(quantity * price * (10**4 - discount), 10**10)
        amount = money.line_amount(
            Decimal(quantity).scaleb(-4), Decimal(price).scaleb(-4), Decimal(discount).scaleb(-2)
        )
        on_top = money.line_tax(amount, Decimal(percent), money.EXCLUSIVE)
        inside = money.line_tax(amount, Decimal(percent), money.INCLUSIVE)
        taxes = nearest(exact * percent, 100), nearest(exact * percent, 100 + percent)
        if (amount * 100, on_top * 100, inside * 100) != (exact, *taxes):
            wrong.append((quantity, price, discount, percent))
    assert wrong == []


@pytest.mark.parametrize(
    ("amount", "rounded"), [("0.005", "0.01"), ("-0.005", "-0.01"), ("2.675", "2.68"), ("0.0049", "0.00")]
)
def test_half_a_cent_goes_away_from_zero(amount, rounded):
    assert money.cents(Decimal(amount)) == Decimal(rounded)


@pytest.mark.parametrize(
    ("percent", "tax", "total"), [("15", "11.44", "87.74"), ("10", "7.63", "83.93"), ("20", "15.26", "91.56")]
)
def test_tax_is_rounded_per_line_then_summed(percent, tax, total):
    amounts = [Decimal(amount) for amount in ("25.06", "25.61", "25.63")]
    lines = [(amount, money.line_tax(amount, Decimal(percent), money.EXCLUSIVE)) for amount in amounts]

    sums = money.totals(lines, money.EXCLUSIVE)

    assert (sums.tax, sums.total) == (Decimal(tax), Decimal(total))


def test_a_list_price_stands_with_tax_on_an_inclusive_document():
    list_price = Decimal("24.50")

    prices = [money.unit_price(list_price, Decimal(15), mode) for mode in MODES]

    assert prices == [Decimal("24.5000"), Decimal("28.1750"), Decimal("24.5000")]


@given(st.integers(-(10**9), 10**9), st.lists(st.integers(0, 10**7), min_size=1, max_size=40).filter(any))
def test_shares_add_up_and_none_is_a_cent_off_its_due(amount, weights):
    amount, weights = Decimal(amount).scaleb(-2), [Decimal(weight).scaleb(-2) for weight in weights]

    shares = money.split(amount, weights)

    assert sum(shares) == amount
    whole = sum(weights)
    assert all(abs(share - amount * weight / whole) < money.CENT for share, weight in zip(shares, weights, strict=True))


def test_the_largest_remainder_gets_the_odd_cent():
    assert money.split(Decimal("0.05"), [Decimal(1)] * 3) == [Decimal("0.02"), Decimal("0.02"), Decimal("0.01")]
    assert money.split(Decimal("11.00"), [Decimal(50), Decimal(170)]) == [Decimal("2.50"), Decimal("8.50")]


def test_nothing_to_weigh_by_is_refused():
    with pytest.raises(ValueError, match="more than zero"):
        money.split(Decimal(1), [Decimal(0)])


def job_lines(min_size=1):
    quantity = st.integers(1, 10**6).map(lambda n: Decimal(n).scaleb(-4))
    price = st.integers(0, 10**7).map(lambda n: Decimal(n).scaleb(-4))
    line = st.builds(
        JobLine,
        kind=st.sampled_from(["labour", "part", "outwork"]),
        description=st.just("Work"),
        quantity=quantity,
        unit_price=price,
        discount_percent=st.integers(0, 10_000).map(lambda n: Decimal(n).scaleb(-2)),
        tax_rate=st.sampled_from(list(RATES.values())),
    )
    return st.lists(line, min_size=min_size, max_size=40)


charges = st.one_of(
    st.just({}),
    st.fixed_dictionaries({"discount_percent": st.integers(1, 10_000).map(lambda n: Decimal(n).scaleb(-2))}),
    st.fixed_dictionaries({"discount_amount": st.integers(1, 10_000).map(lambda n: Decimal(n).scaleb(-2))}),
)
freights = st.integers(0, 100_000).map(lambda n: Decimal(n).scaleb(-2))


@given(job_lines(), st.sampled_from(MODES), freights, charges)
def test_a_document_is_the_sum_of_its_lines_and_each_line_bears_its_own_tax(rows, mode, freight, charge):
    try:
        lines = document_lines(rows, mode, freight, **charge)
    except InvalidInput:
        assume(False)  # the amount off is larger than what may be discounted

    assert [line.tax_amount for line in lines] == [
        exact_tax(line.line_amount, line.tax_percent, mode) for line in lines
    ]
    sums = totals_of(lines, mode)
    amounts, taxes = sum(line.line_amount for line in lines), sum(line.tax_amount for line in lines)
    assert sums.tax == taxes
    assert sums.total == (amounts if mode == money.INCLUSIVE else amounts + taxes) == sums.subtotal + sums.tax


@given(job_lines(), st.sampled_from(MODES), st.integers(0, 10_000).map(lambda n: Decimal(n).scaleb(-2)))
def test_a_percentage_comes_off_what_may_be_discounted_to_the_cent(rows, mode, percent):
    lines = document_lines(rows, mode, discount_percent=percent)

    discounts = [line for line in lines if line.kind == InvoiceLine.Kind.DISCOUNT]
    base = sum((row.net for row in rows if row.tax_rate.discountable), Decimal(0))
    assert -sum((line.line_amount for line in discounts), Decimal(0)) == half_up(
        Fraction(base) * Fraction(percent) / 100
    )
    assert len({line.tax_rate for line in discounts}) == len(discounts)
    assert all(line.tax_rate.discountable for line in discounts)


@given(job_lines(), st.integers(1, 10**6).map(lambda n: Decimal(n).scaleb(-2)))
def test_an_amount_off_an_exclusive_document_is_that_amount(rows, amount):
    base = sum((row.net for row in rows if row.tax_rate.discountable), Decimal(0))
    if amount > base:
        with pytest.raises(InvalidInput, match="larger than what may be discounted"):
            document_lines(rows, money.EXCLUSIVE, discount_amount=amount)
        return

    lines = document_lines(rows, money.EXCLUSIVE, discount_amount=amount)

    assert -sum(line.line_amount for line in lines if line.kind == InvoiceLine.Kind.DISCOUNT) == amount


@given(job_lines())
def test_all_of_an_inclusive_document_off_leaves_nothing_to_pay(rows):
    rows = [row for row in rows if row.tax_rate.discountable] or [JobLine(tax_rate=RATES["15"])]

    lines = document_lines(rows, money.INCLUSIVE, discount_percent=Decimal(100))

    assert totals_of(lines, money.INCLUSIVE).total == 0


def test_freight_follows_the_rate_that_carries_most_of_the_value():
    rows = [
        JobLine(quantity=Decimal(1), unit_price=Decimal(price), tax_rate=RATES[percent], description="Work")
        for price, percent in [("30", "0"), ("20", "15"), ("20", "15")]
    ]

    freight = document_lines(rows, money.INCLUSIVE, Decimal("9.55"))[-1]

    assert (freight.kind, freight.tax_rate, freight.line_amount) == ("freight", RATES["15"], Decimal("10.98"))
