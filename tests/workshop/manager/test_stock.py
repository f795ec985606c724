"""Handling goods on the pages: a part, a count with a scanner, a transfer, a kit, the places."""

from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from tests.factories import PartFactory, SupplierFactory, a_completed_job, stocked
from tests.workshop.manager.reading import errors, said, text
from tests.workshop.stock.pools import level, pool
from tests.workshop.stock.test_goods_on_jobs import a_sensor_on_a_job
from workshop import jobs, locations, part_files
from workshop.models import Location, Part, PriceRule, Stocktake, StockTransfer, WorkOrder
from workshop.stock import building, counting, moving


def at(name, *args):
    return reverse(name, args=args)


def rows(*filled, prefix="lines", start=0):
    """A formset as a browser sends it."""
    data = {f"{prefix}-TOTAL_FORMS": len(filled), f"{prefix}-INITIAL_FORMS": start}
    for number, row in enumerate(filled):
        data |= {f"{prefix}-{number}-{name}": value for name, value in row.items()}
    return data


def test_a_part_shows_what_is_there_and_what_it_is_worth(owner):
    part = stocked("OF-1", 8, "98.00", location=Location.usual())
    jobs.add_line(a_completed_job(), part=part, quantity=Decimal(2))

    page = text(owner.get(at("part", part.pk)))

    assert "On hand 6 each On jobs 2 In all 8 On order 0 Available 6" in page
    assert "Value 98.00 Average cost 12.25" in page
    assert "Opening stock Shop 8 8 98.00 98.00" in page


def test_whoever_may_not_see_costs_sees_none(signed_in):
    part = stocked("OF-1", 8, "98.00")
    assert [word for word in ("98.00", "12.25") if word in text(signed_in("Advisor").get(at("part", part.pk)))] == []


def test_a_part_is_kept_in_stock_with_all_its_names(manager, garage):
    supplier = SupplierFactory()
    fields = {"code": "OF-1", "description": "Oil filter", "unit": "each", "sell_price": "24.50", "stocked": "on",
              "minimum": "4", "maximum": "10", "barcodes": "9400547 9400548", "supplier": supplier.pk,
              "supplier_code": "RF-1", "category": "Filters"}  # fmt: skip

    manager.post("/parts/new/", fields)
    part = Part.objects.get()
    page = manager.get(at("part-edit", part.pk))

    assert (part.stocked, part.minimum, part.category) == (True, Decimal(4), "Filters")
    assert page.context["form"]["barcodes"].value() == "9400547 9400548"
    assert page.context["form"]["supplier_code"].value() == "RF-1"
    refused = manager.post(at("part-edit", part.pk), fields | {"maximum": "3"})
    assert errors(refused) == {"maximum": ["The maximum is below the minimum."]}


def test_stock_is_adjusted_with_a_reason(manager, garage):
    part = stocked("OF-1", 8, "98.00")

    refused = manager.post(at("part-adjust", part.pk), {"quantity": "-2"})
    done = manager.post(at("part-adjust", part.pk), {"quantity": "-2", "reason": "Broken"})

    assert (refused.status_code, errors(refused)) == (422, {"reason": ["This field is required."]})
    assert (done["Location"], pool(part)) == (at("part", part.pk), (Decimal(6), Decimal("73.50")))


def test_a_cost_is_asked_only_where_there_is_none(manager, garage):
    new, known = stocked("NEW"), stocked("OF-1", 8, "98.00")
    assert "unit_cost" in manager.get(at("part-adjust", new.pk)).context["form"].fields
    assert "unit_cost" not in manager.get(at("part-adjust", known.pk)).context["form"].fields

    refused = manager.post(at("part-adjust", new.pk), {"quantity": "1", "reason": "Found"})

    assert errors(refused) == {"unit_cost": ["NEW has no average cost yet. Say what one costs."]}


def test_an_earlier_day_is_asked_of_owners_only(owner, manager, garage):
    part = stocked("OF-1", 8, "98.00")
    assert "date" in owner.get(at("part-adjust", part.pk)).context["form"].fields
    manager.post(at("part-adjust", part.pk), {"quantity": "1", "reason": "Found", "date": "2026-07-01"})
    assert part.adjustments.get().date == garage.today()


def test_value_and_opening_are_the_owner_s(owner, manager, garage):
    part = stocked("OF-1")
    owner.post(at("part-opening", part.pk), {"quantity": "8", "value": "98.00"})
    owner.post(at("part-revalue", part.pk), {"unit_cost": "10", "reason": "Dented"})
    assert pool(part) == (Decimal(8), Decimal("80.00"))
    assert manager.post(at("part-revalue", part.pk), {"unit_cost": "9", "reason": "x"}).status_code == 403


def test_a_part_is_counted_with_a_scanner(signed_in, owner):
    part = stocked("OF-1", 8, "98.00")
    part.barcodes.create(code="9400547")
    technician = signed_in("Technician")
    owner.post(at("stocktake-new"))
    stocktake = Stocktake.objects.get()

    scanned = technician.post(at("stocktake-scan", stocktake.pk), {"code": "9400547"})
    line = stocktake.lines.get()
    page = technician.get(scanned["Location"])
    saved = technician.post(at("count-save", line.pk), {"counted": "9", "version": "1"})

    assert 'name="counted"' in page.content.decode()
    assert "autofocus" in str(page.context["count_form"]["counted"])
    assert (saved["Location"], said(saved)) == (at("stocktake", stocktake.pk), ["OF-1: 9 counted."])
    assert "All of it is counted" in text(technician.get(saved["Location"]))
    late = owner.post(at("count-save", line.pk), {"counted": "7", "version": "1"})
    assert said(late)[-1] == "technician has counted 9 of OF-1 meanwhile. Look at it again."


def test_an_unknown_code_and_a_bad_count_are_told(manager, garage):
    stocked("OF-1", 8, "98.00")
    stocktake = counting.begin()
    assert said(manager.post(at("stocktake-scan", stocktake.pk), {"code": "?"})) == [
        "No part has the barcode or code ?."
    ]
    line = stocktake.lines.get()
    refused = manager.post(at("count-save", line.pk), {"counted": "-1", "version": "1"})
    assert said(refused)[-1] == "OF-1: Ensure this value is greater than or equal to 0."
    assert refused["Location"].endswith(f"?line={line.pk}")


def test_differences_are_looked_over_and_applied(manager, garage):
    part, new = stocked("OF-1", 8, "98.00"), stocked("NEW")
    stocktake = counting.begin()
    for line, counted in ((stocktake.lines.get(part=part), 9), (stocktake.lines.get(part=new), 2)):
        counting.count(line, counted=Decimal(counted), version=1)
    manager.post(at("stocktake-review", stocktake.pk))

    page = text(manager.get(at("stocktake", stocktake.pk)))
    refused = manager.post(at("stocktake-finalise", stocktake.pk))
    manager.post(at("count-cost", stocktake.lines.get(part=new).pk), {"unit_cost": "1.50", "version": "2"})
    manager.post(at("stocktake-finalise", stocktake.pk))

    assert "OF-1 OF-1 8 9 1 12.25" in page
    assert said(refused) == ["NEW has no average cost yet. Say what one costs."]
    assert (pool(part), pool(new)) == ((Decimal(9), Decimal("110.25")), (Decimal(2), Decimal("3.00")))
    assert "Finalised" in text(manager.get(at("stocktake", stocktake.pk)))


def test_a_part_is_counted_again_and_a_stocktake_dropped(manager, garage):
    stocked("OF-1", 8, "98.00")
    stocktake = counting.begin()
    line = counting.count(stocktake.lines.get(), counted=Decimal(9), version=1)
    counting.review(stocktake)
    manager.post(at("count-again", line.pk), {"version": line.version})
    line.refresh_from_db()
    assert (line.counted, line.stocktake.status) == (None, "counting")
    manager.post(at("stocktake-cancel", stocktake.pk))
    stocktake.refresh_from_db()
    assert stocktake.status == "cancelled"


def test_goods_go_to_the_van(manager, garage):
    part, van = stocked("OF-1", 8, "98.00"), locations.add_location(name="Van")
    ends = {"from_location": Location.usual().pk, "to_location": van.pk, "note": ""}

    manager.post(at("transfer-new"), ends | rows({"part": "of-1", "quantity": "3"}, {"part": "", "quantity": ""}))
    transfer = StockTransfer.objects.get()
    manager.post(at("transfer-edit", transfer.pk), ends | rows({"part": "OF-1", "quantity": "2"}, start=1))
    manager.post(at("transfer-dispatch", transfer.pk))
    done = manager.post(at("transfer-receive", transfer.pk))

    assert said(done)[-1] == "TR-1 is received."
    assert (level(part, van), pool(part)) == (Decimal(2), (Decimal(8), Decimal("98.00")))


def test_a_transfer_of_nothing_is_refused(manager, garage):
    van = locations.add_location(name="Van")
    ends = {"from_location": Location.usual().pk, "to_location": van.pk}

    refused = manager.post(at("transfer-new"), ends | rows({"part": "", "quantity": ""}))

    assert (refused.status_code, errors(refused)) == (422, {"__all__": ["Say what is to be moved."]})


def test_a_kit_is_put_together_and_built(manager, garage):
    part, kit = stocked("OF-1", 8, "98.00"), stocked("KIT")

    manager.post(at("part-components", kit.pk), rows({"part": "OF-1", "quantity": "2"}))
    manager.post(at("work-order-new"), {"part": "KIT", "quantity": "1", "direction": "build"})
    order = WorkOrder.objects.get()
    manager.post(at("work-order-start", order.pk))
    manager.post(at("work-order-complete", order.pk))

    assert (pool(kit), pool(part)) == ((Decimal(1), Decimal("24.50")), (Decimal(6), Decimal("73.50")))
    assert "24.50" in text(manager.get(at("work-order", order.pk)))


def test_places_are_added_renamed_archived_and_made_the_usual_one(manager, garage):
    manager.post(at("location-new"), {"name": "Van"})
    van = Location.objects.get(name="Van")
    manager.post(at("location-edit", van.pk), {"name": "Ute"})
    manager.post(at("location-archive", van.pk))
    manager.post(at("location-restore", van.pk))
    manager.post(at("location-default", van.pk))

    assert Location.usual().name == "Ute"
    assert said(manager.post(at("location-archive", van.pk)))[-1] == (
        "Ute is the default. Make another one the default first."
    )


def test_a_price_rule_is_typed(manager, garage):
    bands = rows(
        {"cost_from": "0", "markup_percent": "100"}, {"cost_from": "50", "markup_percent": "40"}, prefix="bands"
    )
    manager.post(at("price-rule-new"), {"name": "Usual"} | bands)
    rule = PriceRule.objects.get()
    refused = manager.post(
        at("price-rule-edit", rule.pk),
        {"name": "Usual"} | rows({"cost_from": "1", "markup_percent": "1"}, prefix="bands"),
    )

    assert [str(band) for band in rule.bands.all()] == ["from 0.0000: 100.00 %", "from 50.0000: 40.00 %"]
    assert errors(refused) == {"__all__": ["The first mark-up starts at a cost of 0."]}


def test_a_bin_is_noted(manager, garage):
    part = stocked("OF-1", 8, "98.00")
    manager.post(at("part-bin", part.pk), {"location": Location.usual().pk, "code": "A3"})
    assert "bin A3" in text(manager.get(at("part", part.pk)))


def test_a_part_bought_for_a_job_is_returned_from_its_card(manager, garage):
    lot = a_sensor_on_a_job()
    assert "Bought for this job Sensor SENS-2" in text(manager.get(at("job", lot.job_id))).replace(
        "What Quantity Cost Act ", ""
    )

    manager.post(at("lot-return", lot.pk))

    assert pool(lot.part) == (Decimal(2), Decimal("50.01"))


REPORTS = ["valuation", "wip", "reorder", "slow-movers", "not-received", "not-billed", "on-no-invoice"]


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_is_a_page_and_a_file(owner, name):
    part = stocked("=OF-1", 8, "98.00", minimum=Decimal(9), description="Filter")
    a_completed_job([{"part": part}])

    assert owner.get(at(f"report-{name}")).status_code == 200
    file = owner.get(at(f"report-{name}"), {"format": "csv"})

    assert file["Content-Type"] == "text/csv; charset=utf-8"
    if name in ("valuation", "reorder"):
        assert file.content.decode().splitlines()[1].startswith("'=OF-1,Filter,")


def test_a_day_that_is_none_stands_at_its_field(owner, garage):
    page = owner.get(at("report-valuation"), {"as_at": "yesterday"})
    assert "Enter a valid date." in text(page)


@pytest.mark.parametrize("size", [1, 3])
def test_lists_and_pages_cost_the_same_queries_however_many_rows(manager, garage, size, django_assert_max_num_queries):
    van = locations.add_location(name="Van")
    parts = [stocked(f"P-{n}", 9, "9.00") for n in range(size)]
    kit = stocked("KIT")
    for part in parts:
        lines = [{"part": part, "quantity": Decimal(1)}]
        moving.draft(from_location=Location.usual(), to_location=van, lines=lines)
        building.plan(kit, quantity=Decimal(1), lines=lines)
        counting.begin()
    stocktake = Stocktake.objects.first()
    for line in stocktake.lines.all():
        counting.count(line, counted=Decimal(1), version=1)
    numbers = []
    for address in (at("transfer-list"), at("work-order-list"), at("stocktake-list"), at("stocktake", stocktake.pk)):
        with django_assert_max_num_queries(14) as captured:
            manager.get(address)
        numbers.append(len(captured))
    counting.review(stocktake)
    with django_assert_max_num_queries(14) as captured:
        manager.get(at("stocktake", stocktake.pk))
    assert [*numbers, len(captured)] == [10, 8, 8, 10, 13]


# Files


def a_file(*lines):
    return SimpleUploadedFile("parts.csv", "\n".join(lines).encode("utf-8-sig"), "text/csv")


HEAD = "code,description,stocked,sell_price,opening_quantity,opening_value"


def test_parts_are_tried_first_and_then_taken_from_a_file(owner, garage):
    lines = [HEAD, "OF-1,Oil filter,yes,24.50,8,98.00", "WB,Wiper,no,9.15,,"]

    tried = owner.post(at("part-import"), {"file": a_file(*lines), "dry_run": "on"})
    none = Part.objects.count()
    owner.post(at("part-import"), {"file": a_file(*lines)})

    assert (tried.status_code, none) == (200, 0)
    assert "All well: 2 would be added, 0 changed" in text(tried)
    assert pool(Part.objects.get(code="OF-1")) == (Decimal(8), Decimal("98.00"))
    assert Part.objects.get(code="WB").stocked is False


def test_with_a_mistake_nothing_is_written_and_each_is_named(owner, garage):
    PartFactory(code="OLD")
    lines = [
        HEAD, "OF-1,Oil filter,yes,24.50,8,98.00", "X,,yes,1,,", "Y,Why,perhaps,cheap,,", "Z,Zed,no,-1,,",
        "OLD,Old,yes,1,1,1", "of-1,Again,no,1,,", "N,En,no,1,1,1",
    ]  # fmt: skip

    refused = owner.post(at("part-import"), {"file": a_file(*lines)})

    told = [(found.row, found.column) for found in refused.context["outcome"].mistakes]
    assert (refused.status_code, Part.objects.count()) == (422, 1)
    assert told == [(3, "description"), (4, "stocked"), (4, "sell_price"), (5, "sell_price"),
                    (6, "opening_quantity"), (7, "code"), (8, "part")]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The first row must name the columns"),
        (b"name\nx", "The first row must name the columns"),
        (b"code,colour\nx,y", "There is no column"),
        (b"code,code\nx,y", "A column is in the file twice."),
        (b"code,unit\nx", "Row 2 has 1 cells, and the heading 2."),
        (b"code\n\xff", "Save the file as"),
        (b"code\nx\x00", "Row 2 holds a null character."),
    ],
)
def test_what_is_no_file_of_parts_is_refused(owner, garage, content, sentence):
    refused = owner.post(at("part-import"), {"file": SimpleUploadedFile("parts.csv", content), "dry_run": "on"})
    assert refused.status_code == 422
    assert sentence in text(refused) or "empty" in text(refused)


def test_what_goes_out_comes_back_in_unchanged(owner, garage):
    supplier = SupplierFactory()
    core = PartFactory(code="CORE")
    odd = stocked(
        "-OF=1", 8, "98.00", description="=cmd|' /C calc'!A0", category="'Filters", minimum=Decimal("1.5"), core=core,
        supplier=supplier, location=Location.usual(), cost_price=Decimal("12.2500"), negative_stock="block",
    )  # fmt: skip
    odd.barcodes.create(code="@1"), odd.barcodes.create(code="2")
    odd.supplier_codes.create(supplier=supplier, code="+RF")
    before = part_files.export_parts()

    assert "'=cmd|' /C calc'!A0" in before
    owner.post(at("part-import"), {"file": SimpleUploadedFile("parts.csv", before.encode())})

    assert part_files.export_parts() == before
    assert owner.get(at("part-export")).content.decode() == before
    odd.refresh_from_db()
    assert (odd.description, odd.category) == ("=cmd|' /C calc'!A0", "'Filters")


def test_whoever_may_not_open_stock_does_not_through_a_file(manager, garage):
    refused = manager.post(at("part-import"), {"file": a_file(HEAD, "OF-1,Oil filter,yes,24.50,8,98.00")})
    assert "Your role does not enter opening stock." in text(refused)


@pytest.mark.parametrize("size", [1, 3])
def test_an_export_costs_as_many_statements_whatever_there_is(garage, django_assert_num_queries, size):
    for n in range(size):
        stocked(f"P-{n}", supplier=SupplierFactory()).barcodes.create(code=str(n))
    with django_assert_num_queries(3):
        part_files.export_parts()
