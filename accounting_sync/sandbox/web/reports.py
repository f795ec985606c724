"""The overview, the chart of accounts with balances, and the trial balance."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_GET

from .. import ledger
from ..organisation import Organisation
from ..table import Document
from .facts import Failure, address
from .lists import LISTINGS, cells
from .pages import found, of_organisation, show
from .session import xero_of

ZERO = Decimal(0)
CLASSES = (
    ("REVENUE", "Revenue"),
    ("EXPENSE", "Expenses"),
    ("ASSET", "Assets"),
    ("LIABILITY", "Liabilities"),
    ("EQUITY", "Equity"),
)
RECENT = 8


@require_GET
@of_organisation
def overview(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """What is owed both ways, what the bank holds, and the latest invoices."""
    invoices = organisation.tables["Invoices"].values()
    balances = ledger.balances(organisation, organisation.today())
    recent = list(invoices)[-RECENT:][::-1]
    return show(
        request,
        "overview.html",
        organisation,
        "",
        owed=_open(invoices, "ACCREC"),
        owing=_open(invoices, "ACCPAY"),
        banks=[(each, balances.get(each["AccountID"], ZERO)) for each in _banks(organisation)],
        recent=[cells(organisation, LISTINGS["invoices"], each) for each in recent],
        connections=xero_of(request).connections.live(tenant_id=organisation.id),
    )


def _open(invoices: Any, kind: str) -> dict[str, Any]:
    open_ones = [each for each in invoices if each["Type"] == kind and each["Status"] == "AUTHORISED"]
    return {"count": len(open_ones), "amount": sum((each["AmountDue"] for each in open_ones), ZERO)}


def _banks(organisation: Organisation) -> list[Document]:
    return [
        each
        for each in organisation.tables["Accounts"].values()
        if each["Type"] == "BANK" and each["Status"] == "ACTIVE"
    ]


def as_at(request: HttpRequest, organisation: Organisation) -> date:
    """The date asked for, today when it is none or not a date."""
    try:
        return parse_date(request.GET.get("date", "")) or organisation.today()
    except ValueError:
        return organisation.today()


@require_GET
@of_organisation
def trial_balance(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Every account with a balance on the day, debits left and credits right, in Xero's order of classes."""
    day = as_at(request, organisation)
    balances = ledger.balances(organisation, day)
    accounts = sorted(organisation.tables["Accounts"].values(), key=lambda each: each["Code"])
    groups = [(label, _rows(accounts, balances, name)) for name, label in CLASSES]
    debit, credit = (sum((row[side] for _, rows in groups for row in rows), ZERO) for side in ("debit", "credit"))
    return show(
        request,
        "trial_balance.html",
        organisation,
        "trial-balance",
        day=day,
        groups=[group for group in groups if group[1]],
        debit=debit,
        credit=credit,
    )


def _rows(accounts: list[Document], balances: dict[str, Decimal], name: str) -> list[dict[str, Any]]:
    touched = [(each, balances.get(each["AccountID"], ZERO)) for each in accounts if each["Class"] == name]
    return [
        {"account": account, "debit": max(balance, ZERO), "credit": max(-balance, ZERO)}
        for account, balance in touched
        if balance
    ]


@require_GET
@of_organisation
def accounts(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    balances = ledger.balances(organisation, organisation.today())
    rows = sorted(organisation.tables["Accounts"].values(), key=lambda each: (each["Status"], each["Code"]))
    asked = request.GET.get("q", "").strip()
    if asked:
        rows = [each for each in rows if asked.casefold() in f"{each['Code']} {each['Name']}".casefold()]
    return show(
        request,
        "accounts.html",
        organisation,
        "accounts",
        rows=[(each, balances.get(each["AccountID"], ZERO)) for each in rows],
        asked=asked,
    )


def account_page(
    request: HttpRequest, organisation: Organisation, account_id: str, failure: Failure | None = None
) -> HttpResponse:
    """One account with its balance; debits are positive."""
    account = found(organisation, "Accounts", account_id)
    balance = ledger.balances(organisation, organisation.today()).get(account_id, ZERO)
    return show(
        request,
        "account.html",
        organisation,
        "accounts",
        status=400 if failure else 200,
        account=account,
        balance=balance,
        here=address(organisation, "accounts", account_id),
        failure=failure,
    )


@require_GET
@of_organisation
def account(request: HttpRequest, organisation: Organisation, account_id: str) -> HttpResponse:
    return account_page(request, organisation, account_id.lower())
