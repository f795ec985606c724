"""W1 to W7 of the accounting specification: the moving average that carries exact values."""

from decimal import Decimal

from workshop.costing import Holding, correct, send_back, take_in, take_out


def held(quantity, value):
    return Holding().after(Decimal(quantity), Decimal(value))


def test_w1_an_average_changes_when_goods_come_and_not_when_they_go():
    now, _ = take_in(held(8, "80.00"), Decimal(4), Decimal("64.00"))
    assert (now.quantity, now.value, now.average) == (Decimal(12), Decimal("144.00"), Decimal(12))
    now, cost = take_out(now, Decimal(10))
    assert (cost, now.quantity, now.value, now.average) == (
        Decimal("120.00"),
        Decimal(2),
        Decimal("24.00"),
        Decimal(12),
    )


def test_w2_the_last_unit_takes_what_is_left_of_the_value():
    now, costs = held(3, "10.00"), []
    for _ in range(3):
        now, cost = take_out(now, Decimal(1))
        costs.append(cost)
    assert costs == [Decimal("3.33"), Decimal("3.34"), Decimal("3.33")]
    assert (now.quantity, now.value) == (Decimal(0), Decimal("0.00"))


def test_w3_goods_set_aside_for_a_job_are_averaged_with_the_rest():
    now, _ = take_in(held(10, "100.00"), Decimal(10), Decimal("160.00"))
    now, cost = take_out(now, Decimal(4))
    assert (cost, now.quantity, now.value) == (Decimal("52.00"), Decimal(16), Decimal("208.00"))


def test_w5a_what_was_sold_before_it_came_is_trued_up():
    now, cost = take_out(held(2, "20.00"), Decimal(4))
    assert (cost, now.quantity, now.value) == (Decimal("40.00"), Decimal(-2), Decimal("-20.00"))
    now, correction = take_in(now, Decimal(10), Decimal("120.00"))
    assert (correction, now.quantity, now.value, now.average) == (
        Decimal("4.00"),
        Decimal(8),
        Decimal("96.00"),
        Decimal(12),
    )


def test_w5b_without_any_known_cost_the_whole_cost_comes_later():
    now, cost = take_out(Holding(), Decimal(2))
    assert cost == Decimal("0.00")
    now, correction = take_in(now, Decimal(10), Decimal("120.00"))
    assert (correction, now.quantity, now.value) == (Decimal("24.00"), Decimal(8), Decimal("96.00"))


def test_w6_an_empty_pool_keeps_no_value_after_a_return_to_the_supplier():
    now, variance = send_back(held(2, "24.00"), Decimal(1), Decimal("10.00"))
    assert (variance, now.quantity, now.value) == (Decimal("0.00"), Decimal(1), Decimal("14.00"))
    now, variance = send_back(now, Decimal(1), Decimal("10.00"))
    assert (variance, now.quantity, now.value) == (Decimal("4.00"), Decimal(0), Decimal("0.00"))


def test_w7_a_later_price_falls_on_what_is_left_and_on_what_was_sold():
    now, sold = correct(held(6, "60.00"), Decimal(10), Decimal("10.00"))
    assert (sold, now.quantity, now.value) == (Decimal("4.00"), Decimal(6), Decimal("66.00"))


def test_a_reduction_never_takes_more_than_the_pool_is_worth():
    now, sold = correct(held(1, "1.00"), Decimal(10), Decimal("-50.00"))
    assert (sold, now.value) == (Decimal("-49.00"), Decimal("0.00"))
