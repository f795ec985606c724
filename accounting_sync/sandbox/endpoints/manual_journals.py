"""Manual journals: at least two lines, debits positive, credits negative, in balance."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from .. import money
from ..errors import ACCOUNT_DROPPED, ACCOUNT_INVALID, JOURNAL_UNBALANCED, BodyRefused, NotModelled, Refused
from ..formats import ms_date, ms_moment, read_date, read_number
from ..organisation import Organisation
from ..table import Document
from ..where import Fields, plain
from . import ledger_accounts
from .call import ECHOED, Call, Element, Routes, boolean, check_fields, names, objects, route, text
from .history import HISTORY
from .lines import AMOUNT_TYPES
from .listing import PAGED, listing, one
from .locks import check_open
from .tracking import line_tracking
from .writing import write_all, write_named

_FIELDS = ECHOED | names(
    "ManualJournalID Narration JournalLines Date LineAmountTypes Status Url ShowOnCashBasisReports"
)
_LINE_FIELDS = ECHOED | names(
    "LineAmount AccountCode AccountID Description TaxType Tracking TaxAmount IsBlank LineItemID"
)
TRANSITIONS = {
    "DRAFT": ("DRAFT", "POSTED", "DELETED"),
    "POSTED": ("POSTED", "VOIDED"),
    "VOIDED": (),
    "DELETED": (),
}
NOT_MODIFIABLE = "Manual Journal not of valid status for modification"
LONGEST_NARRATION = 4000
FEWEST_LINES = 2
FIELDS: Fields = {
    **plain("Narration", "Status"),
    **plain("ManualJournalID", kind="guid"),
    **plain("Date", kind="date"),
    **plain("UpdatedDateUTC", kind="moment"),
}


# Reading


def get_all(call: Call) -> dict[str, Any]:
    return listing(call, "ManualJournals", render, fields=FIELDS)


def get_one(call: Call, journal_id: str) -> dict[str, Any]:
    return one(call, "ManualJournals", call.organisation.tables["ManualJournals"].get(journal_id.lower()), render)


def render(call: Call, journal: Document) -> dict[str, Any]:
    out: dict[str, Any] = {"Date": ms_date(journal["Date"])}
    for name in ("Status", "LineAmountTypes"):
        out[name] = journal[name]
    out["UpdatedDateUTC"] = ms_moment(journal["UpdatedDateUTC"])
    out["ManualJournalID"] = journal["ManualJournalID"]
    out["Narration"] = journal["Narration"]
    out["JournalLines"] = [{"Tracking": [], **line, "IsBlank": False} for line in journal["JournalLines"]]
    out["ShowOnCashBasisReports"] = journal["ShowOnCashBasisReports"]
    if journal.get("Url"):
        out["Url"] = journal["Url"]
    out["HasAttachments"] = False
    return out


# Writing


def put_all(call: Call) -> dict[str, Any]:
    return write_all(call, "ManualJournals", create, render)


def post_all(call: Call) -> dict[str, Any]:
    return write_all(call, "ManualJournals", upsert, render)


def post_one(call: Call, journal_id: str) -> dict[str, Any]:
    return write_named(call, "ManualJournals", upsert, render, journal_id)


def create(call: Call, element: Element) -> Document:
    if element.get("ManualJournalID"):
        raise NotModelled("ManualJournalID on a PUT of ManualJournals")
    organisation = call.organisation
    journal: Document = {
        "ManualJournalID": organisation.new_id(),
        "Status": "DRAFT",
        "Date": organisation.today(),
        "LineAmountTypes": "NoTax",
        "ShowOnCashBasisReports": True,
        "JournalLines": [],
        "CreatedBy": call.created_by,
    }
    if (status := text(element, "Status")) is not None:
        if status not in ("DRAFT", "POSTED"):
            raise Refused(NOT_MODIFIABLE)
        journal["Status"] = status
    _fill(call, journal, element)
    return organisation.save("ManualJournals", journal)


def upsert(call: Call, element: Element) -> Document:
    journal_id = text(element, "ManualJournalID")
    if not journal_id:
        return create(call, element)
    before = call.organisation.tables["ManualJournals"].get(journal_id.lower())
    if before is None:
        raise Refused("An existing Manual Journal with the specified ManualJournalID could not be found")
    return update(call, before, element)


def update(call: Call, before: Document, element: Element) -> Document:
    """Lines that are sent replace all lines. An edited journal gets a new number; its id stays."""
    journal = dict(before)
    status = text(element, "Status") or before["Status"]
    if status not in TRANSITIONS[before["Status"]]:
        raise Refused(NOT_MODIFIABLE)
    journal["Status"] = status
    check_open(call, before["Date"])
    _fill(call, journal, element)
    return call.organisation.save("ManualJournals", journal)


def _fill(call: Call, journal: Document, element: Element) -> None:
    check_fields(element, _FIELDS, "ManualJournal")
    _read_header(journal, element)
    check_open(call, journal["Date"])
    retyped = text(element, "LineAmountTypes") is not None
    if element.get("JournalLines") is not None or retyped or not journal["JournalLines"]:
        sent = objects(element.get("JournalLines"), "JournalLines") or journal["JournalLines"]
        journal["JournalLines"] = [_line(call, journal, one) for one in sent]
        _check_lines(journal)
    elif journal["Status"] == "POSTED" and any("AccountID" not in line for line in journal["JournalLines"]):
        raise Refused(ACCOUNT_INVALID.format(code=""))
    if journal["Status"] == "POSTED":
        journal["JournalNumber"] = _next_number(call.organisation)


def _next_number(organisation: Organisation) -> str:
    return organisation.next_number("ManualJournals", "#", lambda number: False)


def _read_header(journal: Document, element: Element) -> None:
    for name in ("Narration", "Url"):
        if (value := text(element, name)) is not None:
            journal[name] = value
    if not journal.get("Narration") or len(journal["Narration"]) > LONGEST_NARRATION:
        raise Refused(f"Narration must have from 1 to {LONGEST_NARRATION} characters")
    if (day := read_date(element.get("Date"), "Date")) is not None:
        journal["Date"] = day
    if (types := text(element, "LineAmountTypes")) is not None:
        if types not in AMOUNT_TYPES:
            raise BodyRefused(f"LineAmountTypes cannot be {types!r:.60}")
        journal["LineAmountTypes"] = types
    if (flag := boolean(element, "ShowOnCashBasisReports")) is not None:
        journal["ShowOnCashBasisReports"] = flag


def _line(call: Call, journal: Document, sent: Element) -> Document:
    check_fields(sent, _LINE_FIELDS, "JournalLine")
    amount = read_number(sent.get("LineAmount"), "LineAmount")
    if amount is None:
        raise Refused("Each journal line must have a LineAmount")
    line: Document = {"LineAmount": money.half_up(amount), "TaxAmount": money.ZERO}
    line["TaxType"] = call.organisation.settings["NoTaxType"]
    if description := text(sent, "Description"):
        line["Description"] = description
    account = _account(call, journal, sent)
    if account:
        line.update(AccountCode=account.get("Code", ""), AccountID=account["AccountID"])
        _tax(call.organisation, journal, sent, account, line)
    if sent.get("Tracking"):
        line["Tracking"] = line_tracking(call.organisation, sent["Tracking"])
    return line


def _account(call: Call, journal: Document, sent: Element) -> Document | None:
    """A draft loses an account that is not known, with a warning; a posted journal is refused."""
    code, account_id = text(sent, "AccountCode"), text(sent, "AccountID")
    known = ledger_accounts.find(call.organisation, code, account_id)
    if known is None and journal["Status"] == "DRAFT":
        call.warnings.append(ACCOUNT_DROPPED.format(code=code or account_id or ""))
        return None
    return ledger_accounts.for_line(call.organisation, code, account_id)


def _tax(organisation: Organisation, journal: Document, sent: Element, account: Document, line: Document) -> None:
    if journal["LineAmountTypes"] == "NoTax":
        return
    rate = ledger_accounts.tax_rate(organisation, text(sent, "TaxType") or account["TaxType"], account)
    line["TaxType"] = rate["TaxType"]
    line["TaxAmount"] = money.line_tax(line["LineAmount"], rate["EffectiveRate"], journal["LineAmountTypes"])


def _check_lines(journal: Document) -> None:
    journal_lines = journal["JournalLines"]
    if len(journal_lines) < FEWEST_LINES:
        raise Refused("A manual journal must have at least two journal lines")
    gross = [_gross(line, journal["LineAmountTypes"]) for line in journal_lines]
    debited = sum((amount for amount in gross if amount > 0), money.ZERO)
    credited = sum((amount for amount in gross if amount < 0), money.ZERO)
    if debited != -credited:
        raise Refused(JOURNAL_UNBALANCED.format(debits=debited, credits=credited))


def _gross(line: Document, amount_types: str) -> Decimal:
    amount: Decimal = line["LineAmount"]
    return amount + line["TaxAmount"] if amount_types == "Exclusive" else amount


ROUTES: Routes = {
    ("GET", ""): route(get_all, PAGED),
    ("GET", "*"): route(get_one),
    ("PUT", ""): route(put_all, "summarizeerrors"),
    ("POST", ""): route(post_all, "summarizeerrors"),
    ("POST", "*"): route(post_one),
    **HISTORY["ManualJournals"],
}
