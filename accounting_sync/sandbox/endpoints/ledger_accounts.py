"""Which account a line may go to, and which tax type on it."""

from __future__ import annotations

from typing import Any

from ..errors import ACCOUNT_ARCHIVED, ACCOUNT_INVALID, TAX_NOT_FOR_ACCOUNT, TAX_UNKNOWN, Refused
from ..organisation import Organisation
from ..table import Document

_FLAG_OF_CLASS = {
    "ASSET": "CanApplyToAssets",
    "EQUITY": "CanApplyToEquity",
    "EXPENSE": "CanApplyToExpenses",
    "LIABILITY": "CanApplyToLiabilities",
    "REVENUE": "CanApplyToRevenue",
}
_CLOSED_TYPES = frozenset({"BANK", "INVENTORY"})
_CLOSED_SYSTEM = frozenset({"DEBTORS", "CREDITORS", "RETAINEDEARNINGS"})


def find(organisation: Organisation, code: str | None, account_id: str | None = None) -> Document | None:
    table = organisation.tables["Accounts"]
    if account_id:
        return table.get(account_id.lower())
    return table.first("code", code.casefold()) if code else None


def system(organisation: Organisation, name: str) -> Document:
    """Xero's own account for ``name``, such as DEBTORS; every chart has it."""
    return organisation.tables["Accounts"].find("system", name.casefold())[0]


def for_line(organisation: Organisation, code: str | None, account_id: str | None) -> Document:
    """An account lines and journals may use: not a bank, receivable, payable, earnings or inventory account."""
    account = find(organisation, code, account_id)
    named = code or account_id or ""
    if account and code and account["Code"].casefold() != code.casefold():
        raise Refused(f"AccountCode '{code}' and AccountID '{account_id}' name different accounts")
    if account is not None and account["Status"] != "ACTIVE":
        raise Refused(ACCOUNT_ARCHIVED.format(code=named))
    if account is None or account["Type"] in _CLOSED_TYPES or account["SystemAccount"] in _CLOSED_SYSTEM:
        raise Refused(ACCOUNT_INVALID.format(code=named))
    return account


def tax_rate(organisation: Organisation, tax_type: str, account: Document | None) -> dict[str, Any]:
    """The rate, when it may be used with the account's class; a draft line may have no account yet."""
    rate = organisation.tables["TaxRates"].get(tax_type)
    if rate is None or rate["Status"] != "ACTIVE":
        raise Refused(TAX_UNKNOWN.format(tax=tax_type))
    if account and not rate[_FLAG_OF_CLASS[account["Class"]]]:
        raise Refused(TAX_NOT_FOR_ACCOUNT.format(tax=tax_type, code=account.get("Code", "")))
    return rate
