"""Goods in the office: who sees which list, what it costs, and that nothing is typed over."""

from decimal import Decimal

import pytest

from tests.factories import stocked
from tests.workshop.admin.office import address, save, text
from tests.workshop.stock.test_goods_on_jobs import a_sensor_on_a_job
from workshop import locations, parts, price_rules
from workshop.models import Location, Part, StockAdjustment, Stocktake
from workshop.stock import adjusting, building, counting, moving

EVERYBODY = {"Owner", "Manager", "Advisor", "Parts", "Accountant", "Read-only"}
COSTS = {"Owner", "Manager", "Parts", "Accountant"}
SEEN_BY = {
    "location": EVERYBODY | {"Technician"},
    "stockpool": EVERYBODY | {"Technician"},
    "stocktake": EVERYBODY | {"Technician"},
    "stockmovement": EVERYBODY,
    "stockadjustment": EVERYBODY,
    "stocktransfer": EVERYBODY,
    "workorder": EVERYBODY,
    "joblot": EVERYBODY,
    "pricerule": COSTS,
    "stockjournal": COSTS - {"Parts"},
}


def a_row_of_everything():
    number = Part.objects.count()
    part, kit = stocked(f"P-{number}", 8, "98.00"), stocked(f"K-{number}")
    lines = [{"part": part, "quantity": Decimal(1)}]
    van = locations.add_location(name=f"Van {number}")
    adjusting.adjust(part, quantity=Decimal(1), reason="Found")
    line = counting.begin().lines.get(part=part)
    counting.count(line, counted=Decimal(9), version=1)
    moving.draft(from_location=Location.usual(), to_location=van, lines=lines)
    building.plan(kit, quantity=Decimal(1), lines=lines)
    price_rules.save_rule(name=f"R-{number}", bands=[{"cost_from": Decimal(0), "markup_percent": Decimal(50)}])
    a_sensor_on_a_job(part=kit)


@pytest.mark.parametrize("rows", [1, 3])
def test_lists_cost_the_same_for_one_row_and_for_three(office, rows, django_assert_max_num_queries):
    owner = office("Owner")
    for _ in range(rows):
        a_row_of_everything()
    numbers = {}
    for model in SEEN_BY:
        owner.get(address(model))
        with django_assert_max_num_queries(12) as captured:
            owner.get(f"/admin/workshop/{model}/")
        numbers[model] = len(captured)
    assert set(numbers.values()) == {10}, numbers


@pytest.mark.parametrize("role", sorted(EVERYBODY | {"Technician"}))
def test_each_role_sees_its_lists_and_no_other(office, role):
    client = office(role)
    seen = {model for model in SEEN_BY if client.get(f"/admin/workshop/{model}/").status_code == 200}
    assert seen == {model for model, roles in SEEN_BY.items() if role in roles}


@pytest.mark.parametrize("model", sorted(set(SEEN_BY) - {"location"}))
def test_what_only_verbs_change_is_shown_and_not_typed(owner, model):
    a_row_of_everything()
    from django.apps import apps

    record = apps.get_model("workshop", model).objects.first()
    shown = owner.get(address(model, record.pk))
    assert shown.status_code == 200
    assert owner.post(address(model, record.pk), {"reason": "x"}).status_code == 403
    assert owner.get(address(model, action="add")).status_code == 403


def test_costs_are_left_out_for_whoever_may_not_see_them(office):
    part = stocked("OF-1", 8, "98.00")
    adjusting.adjust(part, quantity=Decimal(1), reason="Found")
    adviser, owner = office("Advisor"), office("Owner")
    for model, record in (("stockpool", part.pool), ("stockadjustment", StockAdjustment.objects.get())):
        for page in (f"/admin/workshop/{model}/", address(model, record.pk)):
            assert [word for word in ("98.00", "110.25", "12.25") if word in text(adviser.get(page))] == []
            assert any(word in text(owner.get(page)) for word in ("110.25", "12.25"))


def test_a_location_is_added_renamed_and_made_the_usual_one(owner):
    save(owner, address("location", action="add"), name="Van")
    van = Location.objects.get(name="Van")
    save(owner, address("location", van.pk), name="Ute")
    owner.post(f"/admin/workshop/location/{van.pk}/make_default/", {})
    assert Location.usual().name == "Ute"


def test_a_part_is_kept_in_stock_from_the_office(owner):
    part = parts.add_part(code="OF-1", description="Oil filter")
    save(owner, address("part", part.pk), stocked="on", minimum="4", category="Filters")
    part.refresh_from_db()
    assert (part.stocked, part.minimum, part.category) == (True, Decimal(4), "Filters")
    adjusting.adjust(part, quantity=Decimal(1), unit_cost=Decimal(1), reason="Found")
    refused = owner.post(address("part", part.pk), {"code": "OF-1", "description": "x", "unit": "each",
                                                    "sell_price": "1", "cost_price": "1"})  # fmt: skip
    assert "has 1 each in stock" in text(refused)
    assert Stocktake.objects.count() == 0
