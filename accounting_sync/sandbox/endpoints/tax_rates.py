"""GET /TaxRates: the rates of the country; none can be made here."""

from __future__ import annotations

from typing import Any

from ..table import Document
from ..where import plain
from .call import Call, Routes, route
from .listing import listing, one

FIELDS = {
    **plain("Name", "TaxType", "Status", "ReportTaxType"),
    **plain("EffectiveRate", "DisplayTaxRate", kind="number"),
}


def render(call: Call, rate: Document) -> dict[str, Any]:
    return dict(rate)


def get_all(call: Call) -> dict[str, Any]:
    return listing(call, "TaxRates", render, fields=FIELDS, by=("TaxType",))


def get_one(call: Call, tax_type: str) -> dict[str, Any]:
    return one(call, "TaxRates", call.organisation.tables["TaxRates"].get(tax_type.upper()), render)


ROUTES: Routes = {("GET", ""): route(get_all, "where order"), ("GET", "*"): route(get_one)}
