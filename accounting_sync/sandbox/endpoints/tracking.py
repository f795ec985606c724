"""GET /TrackingCategories, and what a line says about them."""

from __future__ import annotations

from typing import Any

from ..errors import Refused
from ..organisation import Organisation, fold
from ..table import Document
from ..where import plain
from .call import Call, Element, Routes, check_fields, objects, route, text
from .listing import listing, one

FIELDS = {**plain("Name", "Status"), **plain("TrackingCategoryID", kind="guid")}
_LINE_FIELDS = frozenset({"Name", "Option", "TrackingCategoryID", "TrackingOptionID"})
MOST_PER_LINE = 2


def render(call: Call, category: Document) -> dict[str, Any]:
    return dict(category)


def get_all(call: Call) -> dict[str, Any]:
    archived = call.flag("includearchived")
    categories = [
        category
        for category in call.organisation.tables["TrackingCategories"].values()
        if archived or category["Status"] == "ACTIVE"
    ]
    return listing(call, "TrackingCategories", render, fields=FIELDS, among=categories, by=("Name",))


def get_one(call: Call, category_id: str) -> dict[str, Any]:
    category = call.organisation.tables["TrackingCategories"].get(category_id.lower())
    return one(call, "TrackingCategories", category, render)


def line_tracking(organisation: Organisation, sent: Any) -> list[dict[str, Any]]:
    """The categories and options of a line, each named by ids or by name and option; at most two."""
    entries = objects(sent, "Tracking")
    if len(entries) > MOST_PER_LINE:
        raise Refused(f"A line can have no more than {MOST_PER_LINE} tracking categories")
    return [_resolved(organisation, entry) for entry in entries]


def _resolved(organisation: Organisation, entry: Element) -> dict[str, Any]:
    check_fields(entry, _LINE_FIELDS, "Tracking")
    categories = organisation.tables["TrackingCategories"].values()
    category = next((one for one in categories if _is(entry, one, "TrackingCategoryID", "Name")), None)
    if category is None:
        raise Refused("The tracking category could not be found")
    option = next((one for one in category["Options"] if _is(entry, one, "TrackingOptionID", "Option")), None)
    if option is None or option["Status"] != "ACTIVE":
        raise Refused(f"The tracking option could not be found in category {category['Name']}")
    return {
        "Name": category["Name"],
        "Option": option["Name"],
        "TrackingCategoryID": category["TrackingCategoryID"],
        "TrackingOptionID": option["TrackingOptionID"],
    }


def _is(entry: Element, known: Document, id_field: str, name_field: str) -> bool:
    if wanted := text(entry, id_field):
        return known[id_field] == wanted.lower()
    return fold(known["Name"]) == fold(text(entry, name_field) or "")


ROUTES: Routes = {
    ("GET", ""): route(get_all, "where order includearchived"),
    ("GET", "*"): route(get_one),
}
