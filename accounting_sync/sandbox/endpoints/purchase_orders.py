"""Purchase orders: promises that touch no ledger."""

from __future__ import annotations

from typing import Any

from ..errors import NO_LINES, ORDER_NOT_SENT, ORDER_NUMBER_TAKEN, BodyRefused, NotModelled, Refused
from ..formats import put_date, put_updated, read_date
from ..organisation import fold
from ..table import Document
from ..where import Fields, plain
from . import contacts, lines
from .call import ECHOED, Call, Element, Routes, boolean, check_fields, names, route, text
from .documents import check_currency
from .documents_out import full_contact, put_lines
from .history import HISTORY
from .listing import listing, one
from .writing import write_all, write_named

_FIELDS = ECHOED | names(
    "PurchaseOrderID PurchaseOrderNumber Contact LineItems Date DeliveryDate LineAmountTypes Reference CurrencyCode "
    "CurrencyRate Status SentToContact DeliveryAddress AttentionTo Telephone DeliveryInstructions "
    "ExpectedArrivalDate Type DeliveryDateString IsDiscounted SubTotal TotalTax Total TotalDiscount"
)
_TEXTS = ("Reference", "DeliveryAddress", "AttentionTo", "Telephone", "DeliveryInstructions")
_DATES = ("Date", "DeliveryDate", "ExpectedArrivalDate")
LONGEST_INSTRUCTIONS = 500
PLACES = 4
SENT_STATUSES = ("AUTHORISED", "BILLED")
TRANSITIONS = {
    "DRAFT": ("DRAFT", "SUBMITTED", "AUTHORISED", "DELETED"),
    "SUBMITTED": ("DRAFT", "SUBMITTED", "AUTHORISED", "DELETED"),
    "AUTHORISED": ("AUTHORISED", "BILLED", "DELETED"),
    "BILLED": ("BILLED", "AUTHORISED"),
    "DELETED": (),
}
NOT_MODIFIABLE = "Purchase order not of valid status for modification"
FIELDS: Fields = {
    **plain("PurchaseOrderNumber", "Status"),
    **plain("PurchaseOrderID", kind="guid"),
    **plain("Date", "DeliveryDate", kind="date"),
    **plain("UpdatedDateUTC", kind="moment"),
}


# Reading


def get_all(call: Call) -> dict[str, Any]:
    found = list(call.organisation.tables["PurchaseOrders"].values())
    if "status" in call.params:
        found = [order for order in found if order["Status"] == call.params["status"].upper()]
    first, last = (read_date(call.params.get(name), name) for name in ("datefrom", "dateto"))
    found = [order for order in found if (not first or order["Date"] >= first) and (not last or order["Date"] <= last)]
    return listing(call, "PurchaseOrders", render, fields=FIELDS, among=found)


def get_one(call: Call, key: str) -> dict[str, Any]:
    table = call.organisation.tables["PurchaseOrders"]
    return one(call, "PurchaseOrders", table.get(key.lower()) or table.first("number", fold(key)), render)


def render(call: Call, order: Document) -> dict[str, Any]:
    out: dict[str, Any] = {
        "PurchaseOrderID": order["PurchaseOrderID"],
        "PurchaseOrderNumber": order["PurchaseOrderNumber"],
    }
    for name in _DATES:
        put_date(out, name, order.get(name))
    out.update({name: order[name] for name in _TEXTS if order.get(name)})
    out.update(HasErrors=False, IsDiscounted=False, SentToContact=order["SentToContact"], Type="PURCHASEORDER")
    out.update(CurrencyRate=1, CurrencyCode=order["CurrencyCode"], Contact=full_contact(call, order))
    if discount := lines.discount_total(order["LineItems"]):
        out.update(IsDiscounted=True, TotalDiscount=discount)
    out.update(Status=order["Status"], LineAmountTypes=order["LineAmountTypes"])
    put_lines(call, out, order, places=PLACES)
    out.update({name: order[name] for name in ("SubTotal", "TotalTax", "Total")})
    put_updated(out, order["UpdatedDateUTC"])
    del out["UpdatedDateUTCString"]
    out["HasAttachments"] = False
    return out


# Writing


def put_all(call: Call) -> dict[str, Any]:
    return write_all(call, "PurchaseOrders", create, render)


def post_all(call: Call) -> dict[str, Any]:
    return write_all(call, "PurchaseOrders", upsert, render)


def post_one(call: Call, order_id: str) -> dict[str, Any]:
    return write_named(call, "PurchaseOrders", upsert, render, order_id)


def create(call: Call, element: Element) -> Document:
    if element.get("PurchaseOrderID"):
        raise NotModelled("PurchaseOrderID on a PUT of PurchaseOrders")
    order = {
        "PurchaseOrderID": call.organisation.new_id(),
        "Status": "DRAFT",
        "Date": call.organisation.today(),
        "LineAmountTypes": "Exclusive",
        "SentToContact": False,
        "LineItems": [],
        "CurrencyCode": call.organisation.settings["BaseCurrency"],
    }
    if (status := text(element, "Status")) not in (None, "DRAFT", "SUBMITTED", "AUTHORISED", "BILLED"):
        raise Refused(NOT_MODIFIABLE)
    order["Status"] = status or "DRAFT"
    return _fill(call, order, element)


def upsert(call: Call, element: Element) -> Document:
    table = call.organisation.tables["PurchaseOrders"]
    order_id, number = text(element, "PurchaseOrderID"), text(element, "PurchaseOrderNumber")
    before = table.get(order_id.lower()) if order_id else table.first("number", fold(number or ""))
    if order_id and before is None:
        raise Refused("An existing Purchase Order with the specified PurchaseOrderID could not be found")
    if before is None:
        return create(call, element)
    status = text(element, "Status") or before["Status"]
    if status not in TRANSITIONS[before["Status"]]:
        raise Refused(NOT_MODIFIABLE)
    return _fill(call, {**before, "Status": status}, element)


def _fill(call: Call, order: Document, element: Element) -> Document:
    check_fields(element, _FIELDS, "PurchaseOrder")
    check_currency(call.organisation, element)
    _read_header(call, order, element)
    if element.get("Contact") is not None or "Contact" not in order:
        # An order never makes a new contact.
        contact = contacts.for_document(call, element.get("Contact"), create_missing=False)
        order["Contact"] = {"ContactID": contact["ContactID"]}
    if element.get("LineItems") is not None or not order["LineItems"]:
        rules = lines.Rules(
            call.organisation,
            order["LineAmountTypes"],
            PLACES,
            approved=order["Status"] in SENT_STATUSES,
            discounts=True,
            item_side="PurchaseDetails",
        )
        order["LineItems"] = lines.build(rules, element.get("LineItems"), order["LineItems"])
    if not order["LineItems"]:
        raise Refused(NO_LINES)
    order.update(lines.totals(order["LineItems"], order["LineAmountTypes"]))
    _number(call, order, text(element, "PurchaseOrderNumber"))
    return call.organisation.save("PurchaseOrders", order)


def _read_header(call: Call, order: Document, element: Element) -> None:
    for name in _DATES:
        if (day := read_date(element.get(name), name)) is not None:
            order[name] = day
    for name in _TEXTS:
        if (value := text(element, name)) is not None:
            order[name] = value
    if len(order.get("DeliveryInstructions", "")) > LONGEST_INSTRUCTIONS:
        raise Refused(f"DeliveryInstructions must not be longer than {LONGEST_INSTRUCTIONS} characters")
    if (types := text(element, "LineAmountTypes")) is not None:
        if types not in lines.AMOUNT_TYPES or (order["LineItems"] and types != order["LineAmountTypes"]):
            raise BodyRefused(f"LineAmountTypes cannot be {types!r:.60}")
        order["LineAmountTypes"] = types
    _mark_sent(call, order, boolean(element, "SentToContact"))


def _mark_sent(call: Call, order: Document, sent: bool | None) -> None:
    if sent and order["Status"] not in SENT_STATUSES:
        call.warnings.append(ORDER_NOT_SENT)
    elif sent is not None:
        order["SentToContact"] = sent


def _number(call: Call, order: Document, number: str | None) -> None:
    table = call.organisation.tables["PurchaseOrders"]
    if number is None and "PurchaseOrderNumber" not in order:
        number = call.organisation.next_number(
            "PurchaseOrders", "PO-", lambda candidate: bool(table.count("number", fold(candidate)))
        )
    if number is None:
        return
    others = table.find("number", fold(number))
    if any(other["PurchaseOrderID"] != order["PurchaseOrderID"] for other in others):
        raise Refused(ORDER_NUMBER_TAKEN)
    order["PurchaseOrderNumber"] = number


ROUTES: Routes = {
    ("GET", ""): route(get_all, "status datefrom dateto order page pagesize"),
    ("GET", "*"): route(get_one),
    ("PUT", ""): route(put_all, "summarizeerrors"),
    ("POST", ""): route(post_all, "summarizeerrors"),
    ("POST", "*"): route(post_one),
    **HISTORY["PurchaseOrders"],
}
