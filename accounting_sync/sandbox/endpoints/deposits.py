"""Prepayments and overpayments: made through bank transactions, applied and refunded here, never edited."""

from __future__ import annotations

from functools import partial
from typing import Any

from ..organisation import ID_FIELDS, Organisation, fold
from ..table import Document
from ..where import Fields, plain
from . import allocations
from .call import Call, Routes, route
from .documents_out import (
    allocation_rows,
    full_contact,
    payment_rows,
    put_foot,
    put_head,
    put_lines,
    short_contact,
)
from .history import HISTORY
from .invoices import contact_fields
from .listing import PAGED, is_paged, listing, one

# The list parameter each kind has of its own, and the field it looks in.
NUMBER_PARAMS = {"Prepayments": ("invoicenumbers", "InvoiceNumber"), "Overpayments": ("references", "Reference")}


def make(call: Call, kind: str, transaction: Document) -> Document:
    """The deposit that a RECEIVE-* or SPEND-* bank transaction brings into being."""
    deposit = {
        name: transaction[name]
        for name in (
            "Type", "Contact", "Date", "LineAmountTypes", "LineItems", "SubTotal", "TotalTax", "Total",
            "CurrencyCode", "CurrencyRate", "CreatedBy",
        )
    }  # fmt: skip
    deposit[ID_FIELDS[kind]] = call.organisation.new_id()
    deposit["Status"] = "AUTHORISED"
    deposit["RemainingCredit"] = transaction["Total"]
    return call.organisation.save(kind, deposit, event="CREATE")


def fields(kind: str, organisation: Organisation) -> Fields:
    return {
        **plain("Status", "Type", "Reference", "InvoiceNumber"),
        **plain(ID_FIELDS[kind], kind="guid"),
        **plain("Date", kind="date"),
        **plain("RemainingCredit", "Total", kind="number"),
        **plain("UpdatedDateUTC", kind="moment"),
        **contact_fields(organisation),
    }


def get_all(kind: str, call: Call) -> dict[str, Any]:
    param, field = NUMBER_PARAMS[kind]
    found = list(call.organisation.tables[kind].values())
    if param in call.params:
        wanted = {fold(word) for word in call.words(param)}
        found = [deposit for deposit in found if fold(deposit.get(field) or "") in wanted]
    render_listed = partial(_render_row if is_paged(call) else _render_summary, kind)
    return listing(call, kind, render_listed, fields=fields(kind, call.organisation), among=found)


def get_one(kind: str, call: Call, deposit_id: str) -> dict[str, Any]:
    return one(call, kind, call.organisation.tables[kind].get(deposit_id.lower()), partial(_render, kind))


def _render(kind: str, call: Call, deposit: Document) -> dict[str, Any]:
    out = _body(kind, call, deposit, full_contact(call, deposit))
    put_lines(call, out, deposit)
    return out


def _render_row(kind: str, call: Call, deposit: Document) -> dict[str, Any]:
    out = _body(kind, call, deposit, short_contact(call.organisation, deposit))
    put_lines(call, out, deposit)
    return out


def _render_summary(kind: str, call: Call, deposit: Document) -> dict[str, Any]:
    return {**_body(kind, call, deposit, short_contact(call.organisation, deposit)), "LineItems": []}


def _body(kind: str, call: Call, deposit: Document, contact: dict[str, Any]) -> dict[str, Any]:
    deposit_id = deposit[ID_FIELDS[kind]]
    out: dict[str, Any] = {
        ID_FIELDS[kind]: deposit_id,
        "ID": deposit_id,
        "CurrencyRate": deposit["CurrencyRate"],
        "Type": deposit["Type"],
        "Reference": deposit.get("Reference", ""),
        "RemainingCredit": deposit["RemainingCredit"],
        "Allocations": allocation_rows(call.organisation, deposit_id),
        "Payments": payment_rows(call.organisation, deposit_id),
        "HasAttachments": False,
        "Contact": contact,
    }
    put_head(out, deposit)
    put_foot(out, deposit)
    return out


def _routes(kind: str) -> Routes:
    return {
        ("GET", ""): route(partial(get_all, kind), f"{PAGED} unitdp {NUMBER_PARAMS[kind][0]}"),
        ("GET", "*"): route(partial(get_one, kind), "unitdp"),
        **allocations.routes(kind),
        **HISTORY[kind],
    }


PREPAYMENT_ROUTES = _routes("Prepayments")
OVERPAYMENT_ROUTES = _routes("Overpayments")
