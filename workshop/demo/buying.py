"""The demo garage buys: two suppliers, an order on its way, goods that are not billed yet, and a bill of last week."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from workshop import people
from workshop.demo.countries import Place
from workshop.models import Organisation, Part, PurchaseOrder, Receipt, Supplier
from workshop.parts import add_part, edit_part
from workshop.purchasing import billing, ordering, receiving

# code: minimum, maximum
KEPT = {"CF-1": ("4", "12"), "BP-R": ("2", "6"), "COOL": ("5", "20")}


def buy(place: Place, garage: Organisation, parts: dict[str, Part]) -> None:
    """Only parts that no job of the demo uses: the stories about its jobs stay as they are."""
    merchant, dealer = _suppliers(place)
    kept = {
        code: edit_part(parts[code], stocked=True, supplier=merchant, minimum=Decimal(low), maximum=Decimal(high))
        for code, (low, high) in KEPT.items()
    }
    alternator = _with_core(dealer)
    _billed(garage, _order(garage, merchant, 9, [(kept["CF-1"], "6", "18.40"), (kept["COOL"], "10", "6.75")]))
    _received(garage, _order(garage, dealer, 2, [(alternator, "1", "318.00")]), 1)
    _order(garage, merchant, 1, [(kept["BP-R"], "4", "49.50")])


def _suppliers(place: Place) -> tuple[Supplier, Supplier]:
    merchant = people.add_supplier(
        company_name="Southern Cross Motor Parts Ltd",
        account_number="K-1187",
        order_email="orders@southerncross.example",
        phones=[{"kind": "work", "number": place.phone(201)}],
        terms="day_of_following_month",
        terms_days=20,
    )
    dealer = people.add_supplier(
        company_name="Harbour Auto Electrical Ltd",
        order_email="parts@harbourauto.example",
        phones=[{"kind": "work", "number": place.phone(202)}],
        freight_rule="expense",
    )
    return merchant, dealer


def _with_core(supplier: Supplier) -> Part:
    kept: dict[str, Any] = {"stocked": True, "supplier": supplier}
    core = add_part(code="CORE ALT", description="Alternator, old unit", cost_price=Decimal(60), **kept)
    return add_part(code="ALT-1", description="Alternator, exchange", sell_price=Decimal(495), core=core, **kept)


def _order(
    garage: Organisation, supplier: Supplier, days_ago: int, goods: list[tuple[Part, str, str]]
) -> PurchaseOrder:
    day = garage.today() - timedelta(days=days_ago)
    rows = [{"part": part, "quantity": Decimal(quantity), "unit_cost": Decimal(cost)} for part, quantity, cost in goods]
    draft = ordering.draft_order(supplier, rows, date=day, expected_on=day + timedelta(days=2), freight=Decimal("9.50"))
    return ordering.place_order(draft)


def _received(garage: Organisation, order: PurchaseOrder, days_ago: int) -> Receipt:
    rows = [{"line": line, "quantity": line.quantity} for line in order.lines.all()]
    return receiving.receive(order, rows, date=garage.today() - timedelta(days=days_ago), delivery_note="D 20417")


def _billed(garage: Organisation, order: PurchaseOrder) -> None:
    receipt = _received(garage, order, 7)
    billing.finalise(receipt, number="SC 88213", date=garage.today() - timedelta(days=7))
