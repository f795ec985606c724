"""GET /Reports/…: the three the sandbox can draw."""

from __future__ import annotations

from datetime import date
from typing import Any

from ..errors import NotFound, QueryRefused
from ..formats import ms_moment, read_date
from ..reports import aged_receivables, balance_sheet, trial_balance
from .call import Call, Routes, route
from .envelope import envelope


def _page(call: Call, report: dict[str, Any]) -> dict[str, Any]:
    return envelope(
        call.organisation,
        "Reports",
        [{**report, "UpdatedDateUTC": ms_moment(call.organisation.now(), "")}],
    )


def _day(call: Call, name: str) -> date | None:
    return read_date(call.params.get(name), name)


def _as_at(call: Call) -> date:
    return _day(call, "date") or call.organisation.today()


def get_trial_balance(call: Call) -> dict[str, Any]:
    return _page(call, trial_balance(call.organisation, _as_at(call)))


def get_balance_sheet(call: Call) -> dict[str, Any]:
    return _page(call, balance_sheet(call.organisation, _as_at(call)))


def get_aged_receivables(call: Call) -> dict[str, Any]:
    contact_id = call.params.get("contactid")
    if not contact_id:
        raise QueryRefused("contactId is required")
    contact = call.organisation.tables["Contacts"].get(contact_id.lower())
    if contact is None:
        raise NotFound
    first, last = _day(call, "fromdate"), _day(call, "todate")
    return _page(call, aged_receivables(call.organisation, contact, _as_at(call), first, last))


ROUTES: Routes = {
    ("GET", "trialbalance"): route(get_trial_balance, "date"),
    ("GET", "balancesheet"): route(get_balance_sheet, "date"),
    ("GET", "agedreceivablesbycontact"): route(get_aged_receivables, "contactid date fromdate todate"),
}
