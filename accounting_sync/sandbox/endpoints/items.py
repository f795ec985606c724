"""Items: price-list entries. Tracked ones are kept as data only; their stock does not move."""

from __future__ import annotations

from typing import Any

from ..errors import ITEM_CODE_TAKEN, NotFound, NotModelled, Refused
from ..formats import ms_moment, read_number
from ..message import Response
from ..money import ZERO, half_up
from ..organisation import Organisation, fold
from ..table import Document
from ..where import Fields, plain
from . import ledger_accounts
from .call import ECHOED, Call, Element, Routes, boolean, check_fields, names, route, text
from .history import HISTORY
from .lines import MOST_PLACES
from .listing import listing, one
from .writing import write_all, write_named

LENGTHS = {"Code": 30, "Name": 50, "Description": 4000, "PurchaseDescription": 4000}
_FIELDS = (
    ECHOED
    | frozenset(LENGTHS)
    | names(
        "ItemID InventoryAssetAccountCode IsSold IsPurchased PurchaseDetails SalesDetails "
        "IsTrackedAsInventory TotalCostPool QuantityOnHand"
    )
)
_SALES = ECHOED | names("UnitPrice AccountCode TaxType")
_PURCHASE = _SALES | {"COGSAccountCode"}
FIELDS: Fields = {
    **plain("Code", "Name", "Description"),
    **plain("ItemID", kind="guid"),
    **plain("IsSold", "IsPurchased", "IsTrackedAsInventory", kind="bool"),
    **plain("UpdatedDateUTC", kind="moment"),
}


# Reading


def get_all(call: Call) -> dict[str, Any]:
    return listing(call, "Items", render, fields=FIELDS, by=("Code",))


def get_one(call: Call, key: str) -> dict[str, Any]:
    table = call.organisation.tables["Items"]
    return one(call, "Items", table.get(key.lower()) or table.first("code", fold(key)), render)


def render(call: Call, item: Document) -> dict[str, Any]:
    out: dict[str, Any] = {"ItemID": item["ItemID"], "Code": item["Code"]}
    out.update((name, item[name]) for name in ("Name", "Description", "PurchaseDescription") if item.get(name))
    out["UpdatedDateUTC"] = ms_moment(item["UpdatedDateUTC"])
    for side in ("PurchaseDetails", "SalesDetails"):
        details = dict(item[side])
        if "UnitPrice" in details:
            details["UnitPrice"] = half_up(details["UnitPrice"], call.places)
        out[side] = details
    out["IsTrackedAsInventory"] = item["IsTrackedAsInventory"]
    if item["IsTrackedAsInventory"]:
        out["InventoryAssetAccountCode"] = item["InventoryAssetAccountCode"]
        out.update(TotalCostPool=ZERO, QuantityOnHand=ZERO)
    out.update(IsSold=item["IsSold"], IsPurchased=item["IsPurchased"])
    return out


# Writing


def put_all(call: Call) -> dict[str, Any]:
    return write_all(call, "Items", create, render)


def post_all(call: Call) -> dict[str, Any]:
    return write_all(call, "Items", upsert, render)


def post_one(call: Call, item_id: str) -> dict[str, Any]:
    return write_named(call, "Items", upsert, render, item_id)


def delete(call: Call, item_id: str) -> Response:
    table = call.organisation.tables["Items"]
    if item_id.lower() not in table:
        raise NotFound
    with call.organisation.savepoint():
        del table[item_id.lower()]
    return Response(204)


def create(call: Call, element: Element) -> Document:
    if element.get("ItemID"):
        raise NotModelled("ItemID on a PUT of Items")
    blank = {
        "ItemID": call.organisation.new_id(),
        "SalesDetails": {},
        "PurchaseDetails": {},
        "IsSold": True,
        "IsPurchased": True,
        "InventoryAssetAccountCode": "",
    }
    return _save(call, blank, element)


def upsert(call: Call, element: Element) -> Document:
    table = call.organisation.tables["Items"]
    if item_id := text(element, "ItemID"):
        if item_id.lower() not in table:
            raise Refused("An existing Item with the specified ItemID could not be found")
        return _save(call, table[item_id.lower()], element)
    known = table.first("code", fold(text(element, "Code") or ""))
    return _save(call, known, element) if known else create(call, element)


def _save(call: Call, before: Document, element: Element) -> Document:
    check_fields(element, _FIELDS, "Item")
    item = {**before, **_texts(element)}
    if not item.get("Code"):
        raise Refused("Code must be specified")
    for name in ("IsSold", "IsPurchased"):
        if (flag := boolean(element, name)) is not None:
            item[name] = flag
    for side, allowed in (("SalesDetails", _SALES), ("PurchaseDetails", _PURCHASE)):
        if element.get(side) is not None:
            item[side] = {**before[side], **_details(call, element[side], side, allowed)}
    _track(call.organisation, item)
    _clear_unused(item)
    _check_unique(call.organisation, item)
    return call.organisation.save("Items", item)


def _texts(element: Element) -> Document:
    found: Document = {}
    for name, longest in LENGTHS.items():
        if (value := text(element, name)) is not None:
            if len(value) > longest:
                raise Refused(f"{name} must not be longer than {longest} characters")
            found[name] = value
    if (code := text(element, "InventoryAssetAccountCode")) is not None:
        found["InventoryAssetAccountCode"] = code
    return found


def _details(call: Call, sent: Any, side: str, allowed: frozenset[str]) -> Document:
    """Prices keep four decimals with ``unitdp=4`` and two without."""
    check_fields(sent, allowed, side)
    details: Document = {}
    price = read_number(sent.get("UnitPrice"), "UnitPrice")
    if price is not None:
        details["UnitPrice"] = half_up(price, min(call.places, MOST_PLACES))
    for name in ("AccountCode", "COGSAccountCode"):
        if code := text(sent, name):
            ledger_accounts.for_line(call.organisation, code, None)
            details[name] = code
    if tax := text(sent, "TaxType"):
        account = ledger_accounts.find(call.organisation, details.get("AccountCode"))
        details["TaxType"] = ledger_accounts.tax_rate(call.organisation, tax, account)["TaxType"]
    return details


def _track(organisation: Organisation, item: Document) -> None:
    """Tracked means an INVENTORY account to hold the stock and a cost-of-goods account, both or neither."""
    asset, cost = item["InventoryAssetAccountCode"], item["PurchaseDetails"].get("COGSAccountCode")
    item["IsTrackedAsInventory"] = bool(asset and cost)
    if not asset:
        return
    account = ledger_accounts.find(organisation, asset)
    if account is None or account["Type"] != "INVENTORY":
        raise Refused("InventoryAssetAccountCode must be the code of an INVENTORY account")
    if not cost or "AccountCode" in item["PurchaseDetails"]:
        raise Refused("A tracked item has a COGSAccountCode and no AccountCode in its PurchaseDetails")


def _clear_unused(item: Document) -> None:
    """What is not sold has no sales details, what is not purchased no purchase details."""
    if not item["IsSold"]:
        item.update(SalesDetails={}, Description="")
    if not item["IsPurchased"]:
        item.update(PurchaseDetails={}, PurchaseDescription="")


def _check_unique(organisation: Organisation, item: Document) -> None:
    others = organisation.tables["Items"].find("code", fold(item["Code"]))
    if any(other["ItemID"] != item["ItemID"] for other in others):
        raise Refused(ITEM_CODE_TAKEN.format(code=item["Code"]))


ROUTES: Routes = {
    ("GET", ""): route(get_all, "where order unitdp"),
    ("GET", "*"): route(get_one, "unitdp"),
    ("PUT", ""): route(put_all, "summarizeerrors unitdp"),
    ("POST", ""): route(post_all, "summarizeerrors unitdp"),
    ("POST", "*"): route(post_one, "unitdp"),
    ("DELETE", "*"): route(delete),
    **HISTORY["Items"],
}
