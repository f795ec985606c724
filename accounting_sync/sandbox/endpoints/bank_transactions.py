"""Money received and spent straight at a bank account; the only way in for prepayments and overpayments."""

from __future__ import annotations

from typing import Any

from .. import money
from ..errors import ACCOUNT_INVALID, NO_LINES, BodyRefused, NotModelled, Refused
from ..formats import put_date, put_updated, read_date
from ..organisation import Organisation
from ..table import Document
from ..where import Fields, plain
from . import contacts, deposits, ledger_accounts, lines
from .call import ECHOED, Call, Element, Routes, boolean, check_fields, names, objects, route, text
from .documents import check_currency
from .documents_out import full_contact, put_lines, short_contact
from .history import HISTORY
from .invoices import contact_fields
from .listing import PAGED, is_paged, listing, one
from .locks import check_open
from .writing import write_all

FIELDS = ECHOED | names(
    "Type Contact LineItems BankAccount IsReconciled Date Reference CurrencyCode CurrencyRate Url Status "
    "LineAmountTypes BankTransactionID SubTotal TotalTax Total PrepaymentID OverpaymentID"
)
PLAIN_TYPES = ("RECEIVE", "SPEND")
DEPOSIT_KINDS = {
    "RECEIVE-PREPAYMENT": "Prepayments",
    "SPEND-PREPAYMENT": "Prepayments",
    "RECEIVE-OVERPAYMENT": "Overpayments",
    "SPEND-OVERPAYMENT": "Overpayments",
}
_OVERPAYMENT_LINE = ECHOED | names("LineItemID Description LineAmount")


# Reading


def fields(organisation: Organisation) -> Fields:
    return {
        **plain("Status", "Type", "Reference"),
        **plain("BankTransactionID", kind="guid"),
        **plain("Date", kind="date"),
        **plain("Total", "SubTotal", "TotalTax", kind="number"),
        **plain("UpdatedDateUTC", kind="moment"),
        **plain("IsReconciled", kind="bool"),
        **contact_fields(organisation),
    }


def get_all(call: Call) -> dict[str, Any]:
    render_listed = render_row if is_paged(call) else render_summary
    return listing(call, "BankTransactions", render_listed, fields=fields(call.organisation))


def get_one(call: Call, transaction_id: str) -> dict[str, Any]:
    transaction = call.organisation.tables["BankTransactions"].get(transaction_id.lower())
    return one(call, "BankTransactions", transaction, render)


def render(call: Call, transaction: Document) -> dict[str, Any]:
    out = _body(call, transaction, full_contact(call, transaction))
    put_lines(call, out, transaction)
    return out


def render_row(call: Call, transaction: Document) -> dict[str, Any]:
    out = _body(call, transaction, short_contact(call.organisation, transaction))
    put_lines(call, out, transaction)
    return out


def render_summary(call: Call, transaction: Document) -> dict[str, Any]:
    return {**_body(call, transaction, short_contact(call.organisation, transaction)), "LineItems": []}


def _body(call: Call, transaction: Document, contact: dict[str, Any]) -> dict[str, Any]:
    account = call.organisation.tables["Accounts"][transaction["BankAccountID"]]
    out: dict[str, Any] = {
        "BankTransactionID": transaction["BankTransactionID"],
        "BankAccount": {"AccountID": account["AccountID"], "Code": account["Code"], "Name": account["Name"]},
        "Type": transaction["Type"],
        "Reference": transaction["Reference"],
        "IsReconciled": transaction["IsReconciled"],
        "CurrencyRate": 1,
        "HasAttachments": False,
        "Contact": contact,
    }
    for name in ("PrepaymentID", "OverpaymentID", "Url"):
        if transaction.get(name):
            out[name] = transaction[name]
    put_date(out, "Date", transaction["Date"])
    for name in ("Status", "LineAmountTypes", "SubTotal", "TotalTax", "Total"):
        out[name] = transaction[name]
    put_updated(out, transaction["UpdatedDateUTC"])
    del out["UpdatedDateUTCString"]
    out["CurrencyCode"] = transaction["CurrencyCode"]
    return out


# Writing


def put_all(call: Call) -> dict[str, Any]:
    """POST creates as well; an id on either means an edit, which is not modelled."""
    return write_all(call, "BankTransactions", create, render)


def create(call: Call, element: Element) -> Document:
    check_fields(element, FIELDS, "BankTransaction")
    if element.get("BankTransactionID") or element.get("Status") not in (None, "AUTHORISED"):
        raise NotModelled("an edit of a bank transaction")
    organisation = call.organisation
    transaction = _header(call, element)
    check_open(call, transaction["Date"])
    transaction["Contact"] = {"ContactID": contacts.for_document(call, element.get("Contact"))["ContactID"]}
    if transaction["Type"].endswith("OVERPAYMENT"):
        _set_overpayment_line(organisation, transaction, element)
    else:
        _set_lines(call, transaction, element)
    if transaction["Total"] <= 0:
        raise Refused("The total of a bank transaction must be greater than zero")
    if deposit_kind := DEPOSIT_KINDS.get(transaction["Type"]):
        deposit = deposits.make(call, deposit_kind, transaction)
        id_field = f"{deposit_kind[:-1]}ID"
        transaction[id_field] = deposit[id_field]
    return organisation.save("BankTransactions", transaction)


def _header(call: Call, element: Element) -> Document:
    kind = text(element, "Type")
    if kind not in (*PLAIN_TYPES, *DEPOSIT_KINDS):
        raise NotModelled(f"bank transaction of Type {kind}")
    organisation = call.organisation
    check_currency(organisation, element)
    amount_types = text(element, "LineAmountTypes") or ("NoTax" if kind.endswith("OVERPAYMENT") else "Inclusive")
    if amount_types not in lines.AMOUNT_TYPES:
        raise BodyRefused(f"LineAmountTypes cannot be {amount_types!r:.60}")
    return {
        "BankTransactionID": organisation.new_id(),
        "Type": kind,
        "BankAccountID": _bank_account(organisation, element)["AccountID"],
        # Kept on plain transactions only; Xero drops it without a word on the others.
        "Reference": (text(element, "Reference") or "") if kind in PLAIN_TYPES else "",
        "IsReconciled": bool(boolean(element, "IsReconciled")),
        "Date": read_date(element.get("Date"), "Date") or organisation.today(),
        "Url": text(element, "Url"),
        "Status": "AUTHORISED",
        "LineAmountTypes": amount_types,
        "CurrencyCode": organisation.settings["BaseCurrency"],
        "CurrencyRate": 1,
        "CreatedBy": call.created_by,
    }


def _bank_account(organisation: Organisation, element: Element) -> Document:
    sent = element.get("BankAccount") or {}
    check_fields(sent, ECHOED | {"AccountID", "Code", "Name"}, "BankAccount")
    account = ledger_accounts.find(organisation, text(sent, "Code"), text(sent, "AccountID"))
    if account is None or account["Type"] != "BANK" or account["Status"] != "ACTIVE":
        raise Refused(ACCOUNT_INVALID.format(code=text(sent, "Code") or text(sent, "AccountID") or ""))
    return account


def _set_lines(call: Call, transaction: Document, element: Element) -> None:
    side = "SalesDetails" if transaction["Type"].startswith("RECEIVE") else "PurchaseDetails"
    rules = lines.Rules(
        call.organisation,
        transaction["LineAmountTypes"],
        call.places,
        approved=True,
        item_side=side if transaction["Type"] in PLAIN_TYPES else "",
        tax_must_match=True,
    )
    built = lines.build(rules, element.get("LineItems"))
    if not built:
        raise Refused(NO_LINES)
    if any(line.get("Quantity", 1) <= 0 or line.get("UnitAmount", 1) == 0 for line in built):
        raise Refused("Quantity must be greater than zero and UnitAmount must not be zero")
    transaction["LineItems"] = built
    transaction.update(lines.totals(built, transaction["LineAmountTypes"]))


def _set_overpayment_line(organisation: Organisation, transaction: Document, element: Element) -> None:
    """One line without tax, which Xero itself puts to receivables or payables."""
    sent = objects(element.get("LineItems"), "LineItems")
    if len(sent) != 1 or transaction["LineAmountTypes"] != "NoTax":
        raise Refused("An overpayment has exactly one line, without tax")
    check_fields(sent[0], _OVERPAYMENT_LINE, "LineItem of an overpayment")
    rules = lines.Rules(organisation, "NoTax", 2)
    line = lines.build(rules, sent)[0]
    control = "DEBTORS" if transaction["Type"].startswith("RECEIVE") else "CREDITORS"
    account = ledger_accounts.system(organisation, control)
    line.update(AccountCode=account["Code"], AccountID=account["AccountID"])
    transaction["LineItems"] = [line]
    transaction.update(lines.totals([line], "NoTax"), TotalTax=money.ZERO)


ROUTES: Routes = {
    ("GET", ""): route(get_all, f"{PAGED} unitdp"),
    ("GET", "*"): route(get_one, "unitdp"),
    ("PUT", ""): route(put_all, "summarizeerrors unitdp"),
    ("POST", ""): route(put_all, "summarizeerrors unitdp"),
    **HISTORY["BankTransactions"],
}
