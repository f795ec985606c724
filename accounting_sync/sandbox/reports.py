"""Trial balance, balance sheet and aged receivables, as Xero lays them out: rows of cells that are all strings."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from . import ledger
from .endpoints.settlement import allocations_of, allocations_to, payments_on
from .formats import MONTHS, date_string, report_date
from .money import ZERO
from .organisation import APPROVED, Organisation
from .table import Document

Row = dict[str, Any]

# Sections of the trial balance by account class, in Xero's order.
SECTIONS = (
    ("Revenue", "REVENUE"),
    ("Expenses", "EXPENSE"),
    ("Assets", "ASSET"),
    ("Liabilities", "LIABILITY"),
    ("Equity", "EQUITY"),
)
_EARNED = frozenset({"REVENUE", "EXPENSE"})
_GROUPS = {
    "BANK": "Bank",
    "CURRENT": "Current Assets",
    "PREPAYMENT": "Current Assets",
    "INVENTORY": "Current Assets",
    "FIXED": "Fixed Assets",
    "NONCURRENT": "Non-current Assets",
    "CURRLIAB": "Current Liabilities",
    "LIABILITY": "Current Liabilities",
    "PAYG": "Current Liabilities",
    "TERMLIAB": "Non-current Liabilities",
}
ASSET_GROUPS = ("Bank", "Current Assets", "Fixed Assets", "Non-current Assets")
LIABILITY_GROUPS = ("Current Liabilities", "Non-current Liabilities")


def trial_balance(organisation: Organisation, as_at: date) -> Row:
    """Debit and Credit are the movement of the month up to ``as_at``, the YTD columns the balance.

    Earnings of years before the current one stand in Retained Earnings. Both pairs of columns are in balance.
    """
    month = ledger.balances(organisation, as_at, since=as_at.replace(day=1))
    year = _rolled(organisation, as_at)
    rows: list[Row] = [_header("Account", "Debit", "Credit", "YTD Debit", "YTD Credit")]
    totals = [ZERO] * 4
    for title, account_class in SECTIONS:
        section = []
        for account in _accounts(organisation, account_class):
            moved, stands = (found.get(account["AccountID"], ZERO) for found in (month, year))
            if moved or stands:
                columns = (*_sides(moved), *_sides(stands))
                totals = [total + amount for total, amount in zip(totals, columns, strict=True)]
                section.append(_account_row(account, _label(account), *_shown(moved), *_shown(stands)))
        if section:
            rows.append(_section(title, section))
    rows.append(_section("", [_summary("Total", *map(_money, totals))]))
    titles = ["Trial Balance", organisation.settings["Name"], f"As at {report_date(as_at)}"]
    return _report(organisation, "Trial Balance", "TrialBalance", titles, rows)


def balance_sheet(organisation: Organisation, as_at: date) -> Row:
    found = ledger.balances(organisation, as_at)
    head = f"{as_at.day} {MONTHS[as_at.month - 1]} {as_at.year}"
    rows = [_header("", head), _section("Assets", [])]
    assets, sections = _groups(organisation, found, ASSET_GROUPS, 1)
    rows += [*sections, _section("", [_summary("Total Assets", _money(assets))]), _section("Liabilities", [])]
    liabilities, sections = _groups(organisation, found, LIABILITY_GROUPS, -1)
    rows += [*sections, _section("", [_summary("Total Liabilities", _money(liabilities))])]
    rows.append(_section("", [_row("Net Assets", _money(assets - liabilities))]))
    rows.append(_equity(organisation, as_at))
    titles = ["Balance Sheet", organisation.settings["Name"], f"As at {report_date(as_at)}"]
    return _report(organisation, "Balance Sheet", "BalanceSheet", titles, rows)


def _groups(
    organisation: Organisation, found: dict[str, Decimal], groups: tuple[str, ...], sign: int
) -> tuple[Decimal, list[Row]]:
    total, sections = ZERO, []
    for group in groups:
        rows, subtotal = [], ZERO
        for account in organisation.tables["Accounts"].values():
            amount = sign * found.get(account["AccountID"], ZERO)
            if amount and _GROUPS.get(account["Type"]) == group:
                rows.append(_account_row(account, account["Name"], _money(amount)))
                subtotal += amount
        if rows:
            sections.append(_section(group, [*rows, _summary(f"Total {group}", _money(subtotal))]))
        total += subtotal
    return total, sections


def _equity(organisation: Organisation, as_at: date) -> Row:
    rolled = _rolled(organisation, as_at)
    earned = -sum(
        (rolled.get(one["AccountID"], ZERO) for kind in _EARNED for one in _accounts(organisation, kind)), ZERO
    )
    rows, total = [_row("Current Year Earnings", _money(earned))] if earned else [], earned
    for account in _accounts(organisation, "EQUITY"):
        if amount := -rolled.get(account["AccountID"], ZERO):
            rows.append(_account_row(account, account["Name"], _money(amount)))
            total += amount
    return _section("Equity", [*rows, _summary("Total Equity", _money(total))])


def _rolled(organisation: Organisation, as_at: date) -> dict[str, Decimal]:
    """Balances with the earnings of closed years moved to Retained Earnings."""
    found = ledger.balances(organisation, as_at)
    closed = ledger.balances(organisation, year_start(organisation, as_at) - timedelta(days=1))
    retained = organisation.tables["Accounts"].find("system", "retainedearnings")[0]["AccountID"]
    for kind in _EARNED:
        for account in _accounts(organisation, kind):
            earlier = closed.get(account["AccountID"], ZERO)
            if earlier:
                found[account["AccountID"]] -= earlier
                found[retained] = found.get(retained, ZERO) + earlier
    return found


def year_start(organisation: Organisation, day: date) -> date:
    """The first day of the financial year that ``day`` lies in."""
    settings = organisation.settings
    end = date(day.year, settings["FinancialYearEndMonth"], settings["FinancialYearEndDay"])
    if day <= end:
        end = end.replace(year=end.year - 1)
    return end + timedelta(days=1)


# Aged receivables


def aged_receivables(
    organisation: Organisation, contact: Document, as_at: date, first: date | None, last: date | None
) -> Row:
    """What one customer owed at the end of ``as_at``, by document; credits not yet used count against it."""
    entries = sorted(_receivables(organisation, contact["ContactID"], as_at), key=lambda entry: entry[0]["Date"])
    opening = [entry for entry in entries if first and entry[0]["Date"] < first]
    shown = [entry for entry in entries if entry not in opening and (not last or entry[0]["Date"] <= last)]
    start = first or (shown[0][0]["Date"] if shown else as_at)
    blank = [""] * 5
    rows = [_header("Date", "Number", "Due Date", "", "Total", "Paid", "Credited", "Due")]
    brought = sum((entry[1][3] for entry in opening), ZERO)
    rows.append(_section("", [_row(date_string(start), "Opening Balance", *blank, _money(brought))]))
    sums = [sum((entry[1][column] for entry in shown), ZERO) for column in range(4)]
    listed = [_aged_row(document, amounts, as_at) for document, amounts in shown]
    rows.append(_section("", [*listed, _summary("Total", "", "", "", *map(_money, sums))]))
    closing = [*sums[:3], sums[3] + brought]
    rows.append(_section("", [_summary("Closing Balance", "", "", "", *map(_money, closing))]))
    titles = ["Invoices", contact["Name"], f"From {report_date(start)} to {report_date(last or as_at)}"]
    titles.append(f"Showing payments to {report_date(as_at)}")
    return _report(organisation, "Aged Receivables By Contact", "AgedReceivablesByContact", titles, rows)


def _receivables(
    organisation: Organisation, contact_id: str, as_at: date
) -> list[tuple[Document, tuple[Decimal, Decimal, Decimal, Decimal]]]:
    """Documents with something open, each with total, paid, credited and due; credits are negative."""
    found = []
    for kind, side in (
        ("Invoices", "ACCREC"),
        ("CreditNotes", "ACCRECCREDIT"),
        ("Overpayments", "RECEIVE-OVERPAYMENT"),
    ):
        sign = 1 if kind == "Invoices" else -1
        for document in organisation.tables[kind].find("contact", contact_id):
            if document["Type"] != side or document["Status"] not in APPROVED or document["Date"] > as_at:
                continue
            document_id = document[f"{kind[:-1]}ID"]
            applied = allocations_to if kind == "Invoices" else allocations_of
            paid, credited = (
                sum((sign * entry["Amount"] for entry in entries if entry["Date"] <= as_at), ZERO)
                for entries in (payments_on(organisation, document_id), applied(organisation, document_id))
            )
            total = sign * document["Total"]
            if due := total - paid - credited:
                found.append((document, (total, paid, credited, due)))
    return found


def _aged_row(document: Document, amounts: tuple[Decimal, ...], as_at: date) -> Row:
    due: date | None = document.get("DueDate")
    late = (as_at - due).days if due else 0
    cells = [
        date_string(document["Date"]),
        document.get("InvoiceNumber") or document.get("CreditNoteNumber") or "",
        date_string(due) if due else "",
        f"{late} days overdue" if late > 0 else "",
        *map(_money, amounts),
    ]
    row = _row(*cells)
    for cell in row["Cells"]:
        if invoice_id := document.get("InvoiceID"):
            cell["Attributes"] = [{"Value": invoice_id, "Id": "invoiceID"}]
    return row


# Cells


def _accounts(organisation: Organisation, account_class: str) -> list[Document]:
    found = [one for one in organisation.tables["Accounts"].values() if one["Class"] == account_class]
    return sorted(found, key=lambda account: (account["Name"], account["Code"]))


def _sides(amount: Decimal) -> tuple[Decimal, Decimal]:
    return (amount, ZERO) if amount >= 0 else (ZERO, -amount)


def _shown(amount: Decimal) -> tuple[str, str]:
    debit, credit = _sides(amount)
    return (_money(debit), "") if amount >= 0 else ("", _money(credit))


def _money(amount: Decimal) -> str:
    return f"{amount:.2f}"


def _label(account: Document) -> str:
    return f"{account['Name']} ({account['Code']})" if account["Code"] else account["Name"]


def _cells(*values: str) -> list[Row]:
    return [{"Value": value} for value in values]


def _header(*values: str) -> Row:
    return {"RowType": "Header", "Cells": _cells(*values)}


def _row(*values: str) -> Row:
    return {"RowType": "Row", "Cells": _cells(*values)}


def _summary(*values: str) -> Row:
    return {"RowType": "SummaryRow", "Cells": _cells(*values)}


def _account_row(account: Document, *values: str) -> Row:
    attributes = [{"Value": account["AccountID"], "Id": "account"}]
    return {"RowType": "Row", "Cells": [{"Value": value, "Attributes": attributes} for value in values]}


def _section(title: str, rows: list[Row]) -> Row:
    return {"RowType": "Section", "Title": title, "Rows": rows}


def _report(organisation: Organisation, name: str, kind: str, titles: list[str], rows: list[Row]) -> Row:
    return {
        "ReportID": kind,
        "ReportName": name,
        "ReportType": kind,
        "ReportTitles": titles,
        "ReportDate": report_date(organisation.today()),
        "Fields": [],
        "Rows": rows,
    }
