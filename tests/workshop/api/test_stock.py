"""Goods through the API: every verb, every report, and who may."""

from decimal import Decimal

import pytest

from tests.factories import SupplierFactory, a_completed_job, stocked
from tests.workshop.api.calls import get, got, patch, post, refusal
from tests.workshop.stock.pools import pool
from tests.workshop.stock.test_goods_on_jobs import a_sensor_on_a_job
from workshop import locations
from workshop.models import Location, Part
from workshop.stock import counting

pytestmark = pytest.mark.django_db


def put(client, path, status=200, /, **body):
    return got(client.put(f"/api/v1/{path}", body, format="json"), status)


def test_a_part_is_added_with_all_that_is_kept_of_it(owner):
    supplier, place = SupplierFactory(), Location.usual()
    fields = {
        "code": "OF-1", "description": "Oil filter", "stocked": True, "category": "Filters", "barcodes": ["9400547"],
        "supplier_codes": [{"supplier": supplier.pk, "code": "RF-1"}], "minimum": "4.0000", "maximum": "10.0000",
        "supplier": supplier.pk, "location": place.pk, "negative_stock": "block",
    }  # fmt: skip

    added = post(owner, "parts/", 201, **fields)
    edited = patch(owner, f"parts/{added['id']}/", barcodes=["1", "2"])

    assert {name: added[name] for name in fields} == fields
    assert (edited["barcodes"], edited["supplier_codes"]) == (["1", "2"], fields["supplier_codes"])
    other = post(owner, "parts/", 400, code="X", description="Y", barcodes=["2"])
    assert refusal(other) == (400, "invalid", ["/barcodes"])


def test_stock_is_opened_adjusted_revalued_and_shown(owner):
    part = stocked("OF-1")
    post(owner, "stock-adjustments/opening/", 201, part=part.pk, quantity="8", value="98.00", date="2026-07-01")
    up = post(owner, "stock-adjustments/", 201, part=part.pk, quantity="2", reason="Found")
    post(owner, "stock-adjustments/revalue/", 201, part=part.pk, unit_cost="10", reason="Dented")

    shown = get(owner, f"parts/{part.pk}/stock/")

    assert (up["number"], up["value"]) == ("ADJ-2", "24.50")
    assert (shown["in_stock"], shown["value"], shown["average"]) == ("10.0000", "100.00", "10.0000")
    assert [(row["location"], row["quantity"]) for row in shown["levels"]] == [(Location.usual().pk, "10.0000")]
    card = get(owner, f"parts/{part.pk}/stock-card/")
    assert [(row["movement"]["kind"], row["value"]) for row in card["entries"]] == [
        ("opening", "98.00"),
        ("adjusted", "122.50"),
        ("adjusted", "100.00"),
    ]
    assert len(get(owner, f"stock-movements/?part={part.pk}")["results"]) == 3


def test_a_refusal_says_which_field(owner):
    part = stocked("NEW")
    answer = post(owner, "stock-adjustments/", 400, part=part.pk, quantity="1", reason="Found")
    assert refusal(answer) == (400, "invalid", ["/unit_cost"])
    answer = post(owner, "stock-adjustments/", 400, part=part.pk, quantity="1.00001", reason="x", unit_cost="1")
    assert refusal(answer) == (400, "invalid", ["/quantity"])


def test_an_earlier_day_is_for_owners_and_accountants(signed_in):
    part = stocked("OF-1", 8, "98.00")
    body = {"part": part.pk, "quantity": "1", "reason": "Found", "date": "2026-07-01"}

    post(signed_in("Parts"), "stock-adjustments/", 403, **body)
    post(signed_in("Owner"), "stock-adjustments/", 201, **body)


def test_a_stocktake_is_counted_with_a_scanner_looked_over_and_applied(signed_in, owner):
    part = stocked("OF-1", 8, "98.00")
    part.barcodes.create(code="9400547")
    technician = signed_in("Technician")
    begun = post(owner, "stocktakes/", 201)

    line = post(technician, f"stocktakes/{begun['id']}/found/", code="9400547")
    counted = post(technician, f"stocktake-lines/{line['id']}/count/", counted="9", version=line["version"])
    late = post(owner, f"stocktake-lines/{line['id']}/count/", 409, counted="7", version=line["version"])
    post(technician, f"stocktakes/{begun['id']}/review/")
    post(technician, f"stocktakes/{begun['id']}/finalise/", 403)
    done = post(owner, f"stocktakes/{begun['id']}/finalise/")

    assert (line["snapshot"], counted["difference"], late["code"]) == ("8.0000", "1.0000", "changed_meanwhile")
    assert late["detail"] == "technician has counted 9 of OF-1 meanwhile. Look at it again."
    assert (done["status"], pool(part)) == ("finalised", (Decimal(9), Decimal("110.25")))
    assert refusal(post(owner, f"stocktakes/{begun['id']}/found/", 400, code="?")) == (400, "invalid", ["/code"])


def test_a_count_is_opened_again_costed_and_dropped(owner):
    stocked("NEW")
    begun = post(owner, "stocktakes/", 201)
    line = get(owner, f"stocktake-lines/?stocktake={begun['id']}&counted=false")["results"][0]
    line = post(owner, f"stocktake-lines/{line['id']}/count/", counted="3", version=1)
    line = post(owner, f"stocktake-lines/{line['id']}/unit-cost/", unit_cost="1.5", version=line["version"])
    line = post(owner, f"stocktake-lines/{line['id']}/recount/", version=line["version"])
    assert (line["counted"], line["unit_cost"], line["version"]) == (None, "1.5000", 4)
    post(owner, f"stocktakes/{begun['id']}/review/", 409)
    line = post(owner, f"stocktake-lines/{line['id']}/count/", counted="3", version=4)
    post(owner, f"stocktakes/{begun['id']}/review/")
    post(owner, f"stocktakes/{begun['id']}/count-again/")
    assert post(owner, f"stocktakes/{begun['id']}/cancel/")["status"] == "cancelled"


def test_goods_go_to_a_place_of_their_own(owner):
    part = stocked("OF-1", 8, "98.00")
    van = post(owner, "locations/", 201, name="Van")
    lines = [{"part": part.pk, "quantity": "1"}]
    ends = {"from_location": Location.usual().pk, "to_location": van["id"]}

    transfer = post(owner, "stock-transfers/", 201, lines=lines, **ends)
    patch(owner, f"stock-transfers/{transfer['id']}/", lines=[{"part": part.pk, "quantity": "2"}])
    post(owner, f"stock-transfers/{transfer['id']}/dispatch/")
    done = post(owner, f"stock-transfers/{transfer['id']}/receive/")
    post(owner, f"stock-transfers/{transfer['id']}/cancel/", 409)

    assert (done["status"], done["lines"][0]["quantity"]) == ("received", "2.0000")
    levels = get(owner, f"parts/{part.pk}/stock/")["levels"]
    assert sorted(row["quantity"] for row in levels) == ["2.0000", "6.0000"]
    post(owner, f"locations/{van['id']}/archive/", 409)
    assert post(owner, f"parts/{part.pk}/bin/", location=van["id"], code="A1")["levels"][-1]["bin"] == "A1"


def test_a_place_is_renamed_archived_restored_and_made_the_default(owner):
    van = post(owner, "locations/", 201, name="Van")
    patch(owner, f"locations/{van['id']}/", name="Ute")
    post(owner, f"locations/{van['id']}/archive/")
    assert post(owner, f"locations/{van['id']}/restore/")["name"] == "Ute"
    assert post(owner, f"locations/{van['id']}/make-default/")["is_default"] is True
    assert refusal(post(owner, "locations/", 400, name="ute")) == (400, "invalid", ["/name"])


def test_a_kit_is_put_together_built_and_taken_apart(owner):
    part, kit = stocked("OF-1", 8, "98.00"), stocked("KIT")
    put(owner, f"parts/{kit.pk}/components/", components=[{"component": part.pk, "quantity": "2"}])
    assert get(owner, f"parts/{kit.pk}/components/") == [{"component": part.pk, "quantity": "2.0000"}]

    order = post(owner, "work-orders/", 201, part=kit.pk, quantity="1")
    post(owner, f"work-orders/{order['id']}/start/")
    done = post(owner, f"work-orders/{order['id']}/complete/")
    back = post(owner, "work-orders/", 201, part=kit.pk, quantity="1", direction="dismantle")
    post(owner, f"work-orders/{back['id']}/cancel/")

    assert (done["status"], done["lines"][0]["value"]) == ("completed", "24.50")
    assert pool(kit) == (Decimal(1), Decimal("24.50"))


def test_a_part_bought_for_a_job_goes_on_the_shelf(owner):
    lot = a_sensor_on_a_job()
    assert [row["id"] for row in get(owner, "job-lots/?left=true")["results"]] == [lot.pk]

    answer = post(owner, f"job-lots/{lot.pk}/return-to-stock/", quantity="1")

    assert (answer["quantity"], answer["value"]) == ("1.0000", "25.00")


def test_a_price_rule_prices_its_parts(owner):
    bands = [{"cost_from": "0.0000", "markup_percent": "100.00"}]
    rule = post(owner, "price-rules/", 201, name="Usual", bands=bands)
    part = post(owner, "parts/", 201, code="OF-1", description="Filter", cost_price="10", price_rule=rule["id"])

    assert patch(owner, f"price-rules/{rule['id']}/", name="Double")["bands"] == bands
    patch(owner, f"price-rules/{rule['id']}/", bands=[{"cost_from": "0", "markup_percent": "50"}])

    assert (part["sell_price"], Part.objects.get().sell_price) == ("20.0000", Decimal(15))


def test_the_reports_answer(owner):
    part = stocked("OF-1", 8, "98.00", minimum=Decimal(9))
    a_completed_job([{"part": part}, {"description": "Labour"}])

    valuation = get(owner, "reports/valuation/")
    assert (valuation["value"], valuation["on_job_value"], valuation["rows"][0]["on_hand"]) == (
        "98.00",
        "12.25",
        "7.0000",
    )
    assert get(owner, "reports/valuation/?as_at=2026-07-01&category=Oil")["rows"] == []
    assert get(owner, f"reports/valuation/?location={Location.usual().pk}")["value"] == "98.00"
    assert get(owner, "reports/work-in-progress/")["parts"] == "12.25"
    assert get(owner, "reports/reorder/")["rows"][0]["suggested"] == "2.0000"
    assert get(owner, "reports/slow-movers/?days=30")["rows"] == []
    for name in ("not-received", "not-billed", "on-no-invoice"):
        assert get(owner, f"reports/{name}/") == {"amount": "0.00", "rows": []}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("valuation/?as_at=yesterday", "as_at"),
        ("valuation/?location=999", "location"),
        ("slow-movers/?days=0", "days"),
        ("reorder/?as_at=2026-07-01", "as_at"),
    ],
)
def test_a_report_asked_for_nonsense_says_so(owner, query, field):
    assert refusal(get(owner, f"reports/{query}", 400)) == (400, "invalid", [field])


def test_costs_are_for_those_who_may_see_them(signed_in):
    part = stocked("OF-1", 8, "98.00")
    advisor = signed_in("Advisor")
    assert {"value", "average"} & set(get(advisor, f"parts/{part.pk}/stock/")) == set()
    assert {"value", "opening_value"} & set(get(advisor, f"parts/{part.pk}/stock-card/")["entries"][0]) == set()
    assert "cost_price" not in get(advisor, f"parts/{part.pk}/")


EVERYBODY = ["Owner", "Manager", "Advisor", "Parts", "Technician", "Accountant", "Read-only"]
COUNTER = ["Owner", "Manager", "Parts"]
OFFICE = ["Owner", "Manager", "Advisor", "Parts", "Accountant", "Read-only"]
COSTS = ["Owner", "Manager", "Parts", "Accountant"]
DOORS = [
    ("GET", "locations/", EVERYBODY),
    ("POST", "locations/", ["Owner", "Manager"]),
    ("POST", "stock-adjustments/", COUNTER),
    ("POST", "stock-adjustments/revalue/", ["Owner", "Accountant"]),
    ("POST", "stock-adjustments/opening/", ["Owner", "Accountant"]),
    ("GET", "stock-movements/", OFFICE),
    ("GET", "stocktakes/", EVERYBODY),
    ("POST", "stocktakes/", COUNTER),
    ("POST", "stocktakes/999/finalise/", COUNTER),
    ("POST", "stocktake-lines/999/count/", [*COUNTER, "Technician"]),
    ("POST", "stock-transfers/", COUNTER),
    ("POST", "stock-transfers/999/receive/", COUNTER),
    ("POST", "work-orders/", COUNTER),
    ("POST", "work-orders/999/complete/", COUNTER),
    ("POST", "job-lots/999/return-to-stock/", COUNTER),
    ("POST", "price-rules/", COUNTER),
    ("GET", "reports/valuation/", COSTS),
    ("GET", "reports/work-in-progress/", ["Owner", "Manager", "Accountant"]),
    ("GET", "reports/not-billed/", COSTS),
    ("GET", "reports/reorder/", EVERYBODY),
]


@pytest.mark.parametrize("role", EVERYBODY)
def test_each_role_handles_goods_where_it_should_and_nowhere_else(signed_in, role):
    client = signed_in(role)
    let_in = [
        (method, path)
        for method, path, _ in DOORS
        if client.generic(method, f"/api/v1/{path}", "{}", content_type="application/json").status_code != 403
    ]
    assert sorted(let_in) == sorted((method, path) for method, path, roles in DOORS if role in roles)


def a_stocktake_of_one():
    stocked(f"P-{Part.objects.count()}", 1, "1.00")
    counting.begin()


def a_transfer_of_one():
    from workshop.stock import moving

    part, van = stocked(f"P-{Part.objects.count()}", 1, "1.00"), Location.objects.get_or_create(name="Van")[0]
    moving.draft(from_location=Location.usual(), to_location=van, lines=[{"part": part, "quantity": Decimal(1)}])


def a_kit_planned():
    from workshop.stock import building

    kit, part = stocked(f"K-{Part.objects.count()}"), stocked(f"P-{Part.objects.count()}", 1, "1.00")
    building.plan(kit, quantity=Decimal(1), lines=[{"part": part, "quantity": Decimal(1)}])


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(
    ("path", "make", "number"),
    [
        ("parts/", lambda: stocked(f"P-{Part.objects.count()}"), 7),
        ("stock-movements/", lambda: stocked(f"P-{Part.objects.count()}", 1, "1.00"), 5),
        ("stocktakes/", a_stocktake_of_one, 5),
        ("stocktake-lines/", a_stocktake_of_one, 5),
        ("stock-transfers/", a_transfer_of_one, 6),
        ("work-orders/", a_kit_planned, 6),
        ("job-lots/", lambda: a_sensor_on_a_job(part=stocked(f"P-{Part.objects.count()}")), 5),
        ("locations/", lambda: locations.add_location(name=f"L-{Location.objects.count()}"), 5),
    ],
)
def test_a_list_of_goods_costs_the_same_however_many_rows(owner, workshop_queries, path, make, number, rows):
    for _ in range(rows):
        make()
    with workshop_queries(number):
        assert len(get(owner, path)["results"]) >= rows
