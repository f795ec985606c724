"""The demo garage's goods: what it opened with, a van, a service kit, and a stocktake half counted."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from workshop import locations, parts
from workshop.models import Location, Part
from workshop.stock import adjusting, building, counting, moving

# code: category, how many at the start, reorder below, up to, bin
KEPT = """
OF-1: Filters, 9, 4, 12, A1-1
OF-2: Filters, 6, 3, 8, A1-2
OIL 5W30: Oil, 65, 40, 120, Drum 1
OIL 15W40: Oil, 62, 40, 120, Drum 2
AF-1: Filters, 5, 2, 6, A1-3
FF-1: Filters, 4, 2, 6, A1-4
BP-F: Brakes, 5, 2, 6, B2-1
BR-F: Brakes, 8, 2, 6, B2-2
BF DOT4: Brakes, 6, 2, 8, B2-4
BATT 55: Electrical, 3, 1, 4, C1-1
WB-22: Wipers, 8, 8, 16, C2-1
BULB H4: Electrical, 10, 4, 12, C2-3
PLUG IR: Electrical, 16, 8, 24, C2-4
TYRE 195: Tyres, 8, 4, 12, Rack 1
"""
VAN = {"OF-1": "2", "BULB H4": "2"}
KIT = {"OF-1": "1", "OIL 5W30": "5"}
COUNTED = {"BULB H4": "9", "PLUG IR": "12"}


def open_shelves(found: dict[str, Part], on: date) -> None:
    """Before the first job: what is kept, where, and what it was worth then."""
    shop = Location.usual()
    for line in KEPT.strip().splitlines():
        code, details = line.split(": ")
        category, quantity, minimum, maximum, bin_code = details.split(", ")
        levels = {"minimum": Decimal(minimum), "maximum": Decimal(maximum)}
        part = found[code] = parts.edit_part(found[code], stocked=True, category=category, **levels)
        value = (Decimal(quantity) * part.cost_price).quantize(Decimal("0.01"))
        adjusting.open_stock(part, quantity=Decimal(quantity), value=value, date=on)
        locations.set_bin(part, shop, code=bin_code)


def busy_shelves(found: dict[str, Part]) -> None:
    """Today: two filters in the van, a service kit built, and the electrical shelf being counted."""
    van = locations.add_location(name="Van")
    lines = [{"part": found[code], "quantity": Decimal(pieces)} for code, pieces in VAN.items()]
    transfer = moving.draft(from_location=Location.usual(), to_location=van, lines=lines, note="Breakdown call-outs")
    moving.receive(moving.dispatch(transfer))
    kit = parts.add_part(
        code="KIT SVC", description="Service kit, petrol", sell_price=Decimal("89.00"), stocked=True, category="Kits"
    )
    components = [{"component": found[code], "quantity": Decimal(pieces)} for code, pieces in KIT.items()]
    building.complete(building.plan(building.set_components(kit, components), quantity=Decimal(1)))
    stocktake = counting.begin(category="Electrical")
    for line in stocktake.lines.select_related("part").filter(part__code__in=COUNTED):
        counting.count(line, counted=Decimal(COUNTED[line.part.code]), version=line.version)
