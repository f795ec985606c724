"""What must hold of goods is held by the database: each rule refuses a raw write that goes past every verb."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, models, transaction
from django.db.models import F

from tests.factories import PartFactory, stocked
from tests.workshop.stock.test_goods_on_jobs import a_sensor_on_a_job
from workshop import locations, parts, price_rules
from workshop.models import (
    Barcode,
    JobLot,
    KitComponent,
    Location,
    Part,
    PriceBand,
    StockAdjustment,
    StockJournal,
    StockLevel,
    StockMovement,
    StockPool,
    Stocktake,
    StocktakeLine,
    StockTransfer,
    StockTransferLine,
    SupplierCode,
    WorkOrder,
    WorkOrderLine,
)
from workshop.stock import adjusting, building, counting, moving
from workshop.stock.shelf import shelf_of

pytestmark = pytest.mark.usefixtures("garage")
MOMENT = datetime(2026, 7, 20, tzinfo=UTC)
ONE = Decimal(1)


def a_part():
    return stocked("OF-1", 8, "98.00")


def a_pool():
    return a_part().pool


def a_level():
    return a_part().levels.get()


def an_adjustment(part=None):
    return adjusting.adjust(part or a_part(), quantity=ONE, reason="Found")


def a_revaluation():
    return adjusting.revalue(a_part(), unit_cost=ONE, reason="Dented")


def a_movement():
    return an_adjustment().part.movements.first()


def a_journal():
    an_adjustment()
    return StockJournal.objects.get()


def a_stocktake():
    a_part()
    return counting.begin()


def a_stocktake_line():
    return a_stocktake().lines.get()


def a_transfer():
    lines = [{"part": a_part(), "quantity": ONE}]
    return moving.draft(from_location=Location.usual(), to_location=locations.add_location(name="Van"), lines=lines)


def a_transfer_line():
    return a_transfer().lines.get()


def a_component():
    kit = building.set_components(stocked("KIT"), [{"component": a_part(), "quantity": ONE}])
    return kit.components.get()


def a_work_order():
    return building.plan(a_component().kit, quantity=ONE)


def a_work_order_line():
    return a_work_order().lines.get()


def a_band():
    return price_rules.save_rule(name="Usual", bands=[{"cost_from": 0, "markup_percent": 50}]).bands.get()


def a_barcode():
    return parts.add_part(code="OF-9", description="Filter", barcodes=["9400547"]).barcodes.get()


def a_suppliers_code():
    from tests.factories import SupplierFactory

    codes = [{"supplier": SupplierFactory(), "code": "RF-1"}]
    return parts.add_part(code="OF-9", description="Filter", supplier_codes=codes).supplier_codes.get()


def the_shop():
    return Location.usual()


REFUSED_CHANGES = [
    ("location_has_a_name", the_shop, {"name": ""}),
    ("location_default_is_not_archived", the_shop, {"archived_at": MOMENT}),
    ("barcode_not_empty", a_barcode, {"code": ""}),
    ("suppliercode_not_empty", a_suppliers_code, {"code": ""}),
    ("priceband_in_range", a_band, {"markup_percent": Decimal(-1)}),
    ("priceband_in_range", a_band, {"cost_from": Decimal(-1)}),
    ("stockpool_empty_has_no_value", a_pool, {"quantity": 0}),
    ("stockpool_held_has_value", a_pool, {"value": -ONE}),
    ("stockpool_owed_has_debt", a_pool, {"quantity": -ONE}),
    ("joblot_not_negative", a_sensor_on_a_job, {"quantity": -ONE}),
    ("joblot_not_negative", a_sensor_on_a_job, {"value": -ONE}),
    ("joblot_empty_has_no_value", a_sensor_on_a_job, {"quantity": 0}),
    ("stockmovement_of_a_pool_or_a_lot", a_movement, {"location": None}),
    ("stockmovement_of_a_pool_or_a_lot", a_movement, {"part": None}),
    ("stockmovement_moves_something", a_movement, {"quantity": 0, "value": 0}),
    ("stockjournal_amount_positive", a_journal, {"amount": 0}),
    ("stockjournal_two_accounts", a_journal, {"debit": F("credit")}),
    ("stockjournal_has_a_narration", a_journal, {"narration": ""}),
    ("stockadjustment_has_a_number", an_adjustment, {"number": ""}),
    ("stockadjustment_has_a_reason", an_adjustment, {"reason": ""}),
    ("stockadjustment_value_only", a_revaluation, {"quantity": ONE}),
    ("stocktake_has_a_number", a_stocktake, {"number": ""}),
    ("stocktake_finalised_has_a_time", a_stocktake, {"status": "finalised"}),
    ("stocktake_finalised_has_a_time", a_stocktake, {"finalised_at": MOMENT}),
    ("stocktakeline_count_not_negative", a_stocktake_line, {"counted": -ONE, "counted_at": MOMENT}),
    ("stocktakeline_counted_has_a_time", a_stocktake_line, {"counted": ONE}),
    ("stocktakeline_counted_has_a_time", a_stocktake_line, {"counted_at": MOMENT}),
    ("stocktransfer_has_a_number", a_transfer, {"number": ""}),
    ("stocktransfer_two_places", a_transfer, {"to_location": F("from_location")}),
    ("stocktransferline_quantity_positive", a_transfer_line, {"quantity": 0}),
    ("kitcomponent_quantity_positive", a_component, {"quantity": 0}),
    ("kitcomponent_not_itself", a_component, {"component": F("kit")}),
    ("workorder_quantity_positive", a_work_order, {"quantity": 0}),
    ("workorder_has_a_number", a_work_order, {"number": ""}),
    ("workorderline_quantity_positive", a_work_order_line, {"quantity": 0}),
]


@pytest.mark.parametrize(("name", "make", "change"), REFUSED_CHANGES)
def test_a_raw_change_against_the_rule_is_refused(name, make, change):
    record = make()

    with pytest.raises(IntegrityError, match=f"(?i){name}"), transaction.atomic():
        type(record)._default_manager.filter(pk=record.pk).update(**change)


REFUSED_COPIES = [
    ("location_one_default", the_shop, {"name": "Van"}, "workshop_location.is_default"),
    ("suppliercode_one_per_supplier", a_suppliers_code, {"code": "RF-2"}, "suppliercode.part_id"),
    ("priceband_once", a_band, {}, "priceband.rule_id"),
    ("stocklevel_one_per_place", a_level, {}, "stocklevel.part_id"),
    ("stocktakeline_one_per_part", a_stocktake_line, {}, "stocktakeline.stocktake_id"),
    ("stocktransferline_one_per_part", a_transfer_line, {}, "stocktransferline.transfer_id"),
    ("kitcomponent_once", a_component, {}, "kitcomponent.kit_id"),
    ("workorderline_one_per_part", a_work_order_line, {}, "workorderline.work_order_id"),
    ("workshop_barcode_code", a_barcode, {}, "barcode.code"),
    ("workshop_stockadjustment_number", an_adjustment, {}, "stockadjustment.number"),
    ("workshop_stocktake_number", a_stocktake, {}, "stocktake.number"),
    ("workshop_stocktransfer_number", a_transfer, {}, "stocktransfer.number"),
    ("workshop_workorder_number", a_work_order, {}, "workorder.number"),
]


@pytest.mark.parametrize(("name", "make", "changes", "columns"), REFUSED_COPIES)
def test_a_raw_copy_against_the_rule_is_refused(name, make, changes, columns):
    record = make()
    record.pk = None
    for field, value in changes.items():
        setattr(record, field, value)

    # SQLite names the columns of a unique index, PostgreSQL the index
    with pytest.raises(IntegrityError, match=f"{name}|{columns}"), transaction.atomic():
        models.Model.save_base(record, force_insert=True)


def test_no_rule_of_these_tables_goes_untested():
    tested = {row[0] for row in [*REFUSED_CHANGES, *REFUSED_COPIES]}
    stock = {StockPool, StockLevel, StockMovement, StockJournal, StockAdjustment, JobLot, Stocktake, StocktakeLine}
    others = {StockTransfer, StockTransferLine, KitComponent, WorkOrder, WorkOrderLine}
    for model in stock | others | {Location, Barcode, SupplierCode, PriceBand}:
        names = {constraint.name for constraint in model._meta.constraints}
        assert names <= tested, names - tested


def test_a_part_with_movements_cannot_be_deleted():
    with pytest.raises(models.ProtectedError):
        a_part().delete()
    assert shelf_of(Part.objects.get()).average == Decimal("12.25")


def test_a_part_in_stock_is_neither_archived_nor_taken_off_the_ledger():
    from workshop.errors import NotAllowedNow

    part = a_part()
    for act in (parts.archive_part, lambda part: parts.edit_part(part, stocked=False)):
        with pytest.raises(NotAllowedNow, match="OF-1 has 8 each in stock"):
            act(part)
    adjusting.adjust(part, quantity=Decimal(-8), reason="Sold off")
    assert parts.edit_part(part, stocked=False).stocked is False
    assert PartFactory.create().stocked is False
