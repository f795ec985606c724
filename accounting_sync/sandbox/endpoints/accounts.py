"""The chart of accounts: read, added to one at a time, renamed, archived."""

from __future__ import annotations

from typing import Any

from ..chart import CLASS_OF_TYPE
from ..errors import ACCOUNT_CODE_TAKEN, ACCOUNT_NAME_TAKEN, BodyRefused, NotModelled, Refused
from ..formats import ms_moment
from ..organisation import Organisation, fold
from ..table import Document
from ..where import Fields, plain
from .call import ECHOED, Call, Element, Routes, boolean, check_fields, names, route, text
from .listing import listing, one
from .writing import write_elements, write_named

LENGTHS = {"Code": 10, "Name": 150, "Description": 4000, "BankAccountNumber": 50}
WRITABLE = frozenset(LENGTHS) | names("Type TaxType EnablePaymentsToAccount ShowInExpenseClaims Status")
# Read-only, or of no consequence to the books.
IGNORED = ECHOED | names("Class SystemAccount ReportingCode ReportingCodeName BankAccountType CurrencyCode AccountID")
FIELDS: Fields = {
    **plain("Code", "Name", "Type", "Class", "Status", "SystemAccount", "TaxType", "BankAccountNumber"),
    **plain("AccountID", kind="guid"),
    **plain("EnablePaymentsToAccount", "ShowInExpenseClaims", kind="bool"),
    **plain("UpdatedDateUTC", kind="moment"),
}


def get_all(call: Call) -> dict[str, Any]:
    return listing(call, "Accounts", render, fields=FIELDS, by=("Code", "Name"))


def get_one(call: Call, account_id: str) -> dict[str, Any]:
    return one(call, "Accounts", call.organisation.tables["Accounts"].get(account_id.lower()), render)


def render(call: Call, account: Document) -> dict[str, Any]:
    out = {**account, "ReportingCode": "", "ReportingCodeName": "", "HasAttachments": False, "AddToWatchlist": False}
    out["UpdatedDateUTC"] = ms_moment(account["UpdatedDateUTC"])
    return out


def put_one(call: Call) -> dict[str, Any]:
    return write_elements(call, "Accounts", [call.element("Accounts")], create, render)


def post_one(call: Call, account_id: str) -> dict[str, Any]:
    return write_named(call, "Accounts", update, render, account_id)


def create(call: Call, element: Element) -> Document:
    details = _details(call, element)
    if details.get("Type") not in CLASS_OF_TYPE:
        raise BodyRefused(f"Type cannot be {details.get('Type')!r:.60}")
    if details.get("Status", "ACTIVE") != "ACTIVE" or details["Type"] == "INVENTORY":
        raise NotModelled("a new account that is archived or of type INVENTORY")
    if not details.get("Name") or not (details.get("Code") or details["Type"] == "BANK"):
        raise Refused("Please enter a Name and a Code.")
    settings = call.organisation.settings
    account = {
        "AccountID": call.organisation.new_id(),
        "Code": "",
        "Status": "ACTIVE",
        "TaxType": settings["NoTaxType"],
        "EnablePaymentsToAccount": False,
        "ShowInExpenseClaims": False,
        "SystemAccount": "",
        "Class": CLASS_OF_TYPE[details["Type"]],
        **details,
    }
    if account["Type"] == "BANK":
        account.update(BankAccountType="BANK", CurrencyCode=settings["BaseCurrency"])
        account.setdefault("BankAccountNumber", "")
    _check_unique(call.organisation, account)
    return call.organisation.save("Accounts", account)


def update(call: Call, element: Element) -> Document:
    """Rename, recode, archive or restore. Archiving goes alone, and never for an account of Xero's own."""
    account = call.organisation.tables["Accounts"].get(element["AccountID"].lower())
    if account is None:
        raise Refused("An existing Account with the specified AccountID could not be found")
    details = _details(call, element)
    if details.get("Type", account["Type"]) != account["Type"]:
        raise NotModelled("a change of an account's Type")
    if "Status" in details and details["Status"] != account["Status"]:
        if account["SystemAccount"]:
            raise Refused("A system account cannot be archived")
        if details.keys() - {"Status"}:
            raise Refused("The status of an account must be changed on its own")
    changed = {**account, **details}
    _check_unique(call.organisation, changed)
    return call.organisation.save("Accounts", changed)


def _details(call: Call, element: Element) -> Document:
    check_fields(element, WRITABLE | IGNORED, "Account")
    details: Document = {}
    for name in (*LENGTHS, "Type", "TaxType", "Status"):
        if (value := text(element, name)) is not None:
            details[name] = value
    for name in ("EnablePaymentsToAccount", "ShowInExpenseClaims"):
        if (flag := boolean(element, name)) is not None:
            details[name] = flag
    for name, longest in LENGTHS.items():
        if len(details.get(name, "")) > longest:
            raise Refused(f"{name} must not be longer than {longest} characters")
    if details.get("Status") not in (None, "ACTIVE", "ARCHIVED"):
        raise BodyRefused(f"Status cannot be {details['Status']!r:.60}")
    if "TaxType" in details and details["TaxType"] not in call.organisation.tables["TaxRates"]:
        raise Refused(f"TaxType '{details['TaxType']}' does not exist")
    return details


def _check_unique(organisation: Organisation, account: Document) -> None:
    table = organisation.tables["Accounts"]
    pairs = (("name", "Name", ACCOUNT_NAME_TAKEN), ("code", "Code", ACCOUNT_CODE_TAKEN))
    problems = [
        message
        for index, field, message in pairs
        if account[field]
        and any(other["AccountID"] != account["AccountID"] for other in table.find(index, fold(account[field])))
    ]
    if problems:
        raise Refused(problems)


ROUTES: Routes = {
    ("GET", ""): route(get_all, "where order"),
    ("GET", "*"): route(get_one),
    ("PUT", ""): route(put_one),
    ("POST", "*"): route(post_one),
}
