"""What invoices, bills and credit notes have in common: their header, their states, what may be edited when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from ..errors import (
    CURRENCY_MISSING,
    HAS_PAYMENTS,
    NO_LINES,
    PLAN_CAP,
    STATUS_HAS_PAYMENTS,
    BodyRefused,
    NotModelled,
    Refused,
)
from ..formats import read_date, read_number
from ..organisation import APPROVED, Organisation, fold
from ..table import Document
from . import contacts, lines
from .call import Call, Element, boolean, check_fields, text
from .locks import check_open
from .settlement import is_touched, settled

LONGEST_NUMBER = 255
NEW_STATUSES = ("DRAFT", "SUBMITTED", "AUTHORISED")
TRANSITIONS = {
    "DRAFT": ("DRAFT", "SUBMITTED", "AUTHORISED", "DELETED"),
    "SUBMITTED": ("SUBMITTED", "AUTHORISED", "DRAFT", "DELETED"),
    "AUTHORISED": ("AUTHORISED", "VOIDED"),
    "PAID": ("PAID",),
    "VOIDED": (),
    "DELETED": (),
}
# Plans that let 20 sales invoices and 5 bills be approved per month.
CAPPED_CLASSES = frozenset({"STARTER", "IGNITE", "EARLY", "LITE", "BASICLITE"})
CAPS = {"ACCREC": 20, "ACCPAY": 5}


@dataclass(frozen=True)
class Kind:
    """One table of documents. ``sale`` and ``purchase`` are its two types."""

    table: str
    id_field: str
    number_field: str
    sale: str
    purchase: str
    prefix: str
    missing: str
    not_modifiable: str
    number_taken: str
    fields: frozenset[str]
    dates: tuple[str, ...]
    needs_lines: bool = True
    needs_due_date: bool = True
    discounts: bool = True


def create(call: Call, kind: Kind, element: Element) -> Document:
    """A new document, with everything Xero checks on the way; raises Refused."""
    check_fields(element, kind.fields, kind.table)
    if element.get(kind.id_field):
        raise NotModelled(f"{kind.id_field} on a PUT of {kind.table}")
    organisation = call.organisation
    document = _blank(call, kind, element)
    document["Status"] = text(element, "Status") or "DRAFT"
    if document["Status"] not in NEW_STATUSES:
        raise Refused(kind.not_modifiable)
    _read_header(call, kind, element, document)
    check_open(call, document["Date"])
    document["Contact"] = {"ContactID": contacts.for_document(call, element.get("Contact"))["ContactID"]}
    _set_lines(call, kind, document, element, None)
    _number(organisation, kind, document, text(element, kind.number_field))
    _check_approval(organisation, kind, document, was=None)
    _note_trade(organisation, kind, document)
    return organisation.save(kind.table, settled(organisation, kind.table, document), event="CREATE")


def _note_trade(organisation: Organisation, kind: Kind, document: Document) -> None:
    flag = "IsCustomer" if document["Type"] == kind.sale else "IsSupplier"
    contacts.note_trade(organisation, document["Contact"]["ContactID"], flag)


def upsert(call: Call, kind: Kind, element: Element) -> Document:
    document = match(call.organisation, kind, element)
    return create(call, kind, element) if document is None else update(call, kind, document, element)


def match(organisation: Organisation, kind: Kind, element: Element) -> Document | None:
    """By id, else by the number of a sales document: numbers of bills are not unique and match nothing."""
    table = organisation.tables[kind.table]
    if document_id := text(element, kind.id_field):
        if found := table.get(document_id.lower()):
            return found
        raise Refused(kind.missing)
    number = text(element, kind.number_field)
    if number and element.get("Type") in (None, kind.sale):
        return table.first("number", (kind.sale, fold(number)))
    return None


def update(call: Call, kind: Kind, before: Document, element: Element) -> Document:
    """Change what was sent, keep the rest; raises Refused when the document's state forbids it."""
    check_fields(element, kind.fields, kind.table)
    document = dict(before)
    _change_status(kind, document, text(element, "Status"))
    if element.get("Type") not in (None, before["Type"]):
        raise Refused(kind.not_modifiable)
    _read_header(call, kind, element, document)
    check_open(call, before["Date"], document["Date"])
    if element.get("Contact") is not None:
        document["Contact"] = {"ContactID": contacts.for_document(call, element["Contact"])["ContactID"]}
    if _lines_concerned(element, before, document):
        _set_lines(call, kind, document, element, before)
    if is_touched(before) or before["Status"] == "PAID":
        _check_untouched_money(kind, before, document)
    if (number := text(element, kind.number_field)) is not None:
        _number(call.organisation, kind, document, number)
    _check_approval(call.organisation, kind, document, was=before["Status"])
    _note_trade(call.organisation, kind, document)
    return _store(call.organisation, kind, before, document)


def _store(organisation: Organisation, kind: Kind, before: Document, document: Document) -> Document:
    """A new due date or sent mark on a part-paid document makes no journal, so it makes no new UpdatedDateUTC."""
    document = settled(organisation, kind.table, document)
    changed = {name for name in document if document[name] != before.get(name)}
    quiet = is_touched(before) and bool(changed) and changed <= {"DueDate", "SentToContact"}
    return organisation.save(kind.table, document, event=None if quiet else "UPDATE", bump=not quiet)


def _blank(call: Call, kind: Kind, element: Element) -> Document:
    side = text(element, "Type")
    if side not in (kind.sale, kind.purchase):
        raise Refused(f"Type must be {kind.sale} or {kind.purchase}")
    settings = call.organisation.settings
    return {
        "Type": side,
        kind.id_field: call.organisation.new_id(),
        "CurrencyCode": settings["BaseCurrency"],
        "CurrencyRate": 1,
        "LineAmountTypes": "Exclusive",
        "SentToContact": False,
        "Date": call.organisation.today(),
        "CreatedBy": call.created_by,
    }


def _read_header(call: Call, kind: Kind, element: Element, document: Document) -> None:
    for name in kind.dates:
        if (day := read_date(element.get(name), name)) is not None:
            document[name] = day
    if (types := text(element, "LineAmountTypes")) is not None:
        if types not in lines.AMOUNT_TYPES:
            raise BodyRefused(f"LineAmountTypes cannot be {types!r:.60}")
        document["LineAmountTypes"] = types
    _read_texts(kind, element, document)
    check_currency(call.organisation, element)
    if (sent := boolean(element, "SentToContact")) is not None:
        if sent and document["Status"] not in APPROVED:
            raise Refused("SentToContact can only be set on an approved document")
        document["SentToContact"] = sent


def _read_texts(kind: Kind, element: Element, document: Document) -> None:
    # Bills have no reference of their own: Xero drops it without a word.
    if (reference := text(element, "Reference")) is not None and document["Type"] == kind.sale:
        _check_length("Reference", reference)
        document["Reference"] = reference
    if (url := text(element, "Url")) is not None:
        if "xero" in url.lower():
            raise Refused("Url must not contain the word xero")
        document["Url"] = url


def check_currency(organisation: Organisation, element: Element) -> None:
    code, base = text(element, "CurrencyCode"), organisation.settings["BaseCurrency"]
    if code not in (None, "", base):
        raise Refused(CURRENCY_MISSING.format(code=code))
    if read_number(element.get("CurrencyRate"), "CurrencyRate") not in (None, 1):
        raise NotModelled("CurrencyRate other than 1")


def _check_length(name: str, value: str) -> None:
    if len(value) > LONGEST_NUMBER:
        raise Refused(f"{name} must not be longer than {LONGEST_NUMBER} characters")


def _lines_concerned(element: Element, before: Document, document: Document) -> bool:
    """Approving checks the lines again, since their accounts may have been archived meanwhile."""
    approved = document["Status"] in APPROVED and before["Status"] not in APPROVED
    return element.get("LineItems") is not None or approved or before["LineAmountTypes"] != document["LineAmountTypes"]


def _set_lines(call: Call, kind: Kind, document: Document, element: Element, old: Document | None) -> None:
    before = old["LineItems"] if old else []
    sale = document["Type"] == kind.sale
    approved = document["Status"] in (*APPROVED, "SUBMITTED")
    rules = lines.Rules(
        call.organisation,
        document["LineAmountTypes"],
        call.places,
        approved=document["Status"] in APPROVED,
        discounts=kind.discounts and sale,
        item_side="SalesDetails" if sale else "PurchaseDetails",
        keep_tax=old is not None and old["LineAmountTypes"] == document["LineAmountTypes"],
    )
    sent = element.get("LineItems")
    if sent is None:
        sent = [{"LineItemID": line["LineItemID"]} for line in before]
    if not sent and (kind.needs_lines or approved):
        raise Refused(NO_LINES)
    document["LineItems"] = lines.build(rules, sent, before)
    document.update(lines.totals(document["LineItems"], document["LineAmountTypes"]))
    if document["Total"] < 0:
        raise Refused("The total of the document must not be negative")


def _number(organisation: Organisation, kind: Kind, document: Document, number: str | None) -> None:
    table, sale = organisation.tables[kind.table], document["Type"] == kind.sale
    if not number:
        if not sale:
            document.setdefault(kind.number_field, "")
        elif not document.get(kind.number_field):
            document[kind.number_field] = organisation.next_number(
                kind.table, kind.prefix, lambda candidate: bool(table.count("number", (kind.sale, fold(candidate))))
            )
        return
    _check_length(kind.number_field, number)
    if not (number.isascii() and number.isprintable()):
        raise Refused(f"{kind.number_field} must be printable ASCII")
    others = table.find("number", (kind.sale, fold(number))) if sale else []
    if any(other[kind.id_field] != document[kind.id_field] for other in others):
        raise Refused(kind.number_taken)
    document[kind.number_field] = number


def _change_status(kind: Kind, document: Document, wanted: str | None) -> None:
    current = document["Status"]
    if current in ("VOIDED", "DELETED"):
        raise Refused(kind.not_modifiable)
    if wanted is None or wanted == current:
        return
    if is_touched(document):
        paid = [kind.not_modifiable] if current == "PAID" else []
        raise Refused([*paid, HAS_PAYMENTS, STATUS_HAS_PAYMENTS.format(status=wanted)])
    if wanted not in TRANSITIONS[current]:
        raise Refused(kind.not_modifiable)
    document["Status"] = wanted


def _check_untouched_money(kind: Kind, before: Document, document: Document) -> None:
    """With a payment or credit on it, only what moves no money may still change."""
    same_lines = len(before["LineItems"]) == len(document["LineItems"]) and all(
        old["LineItemID"] == new["LineItemID"] and old["TaxAmount"] == new["TaxAmount"] and lines.same_money(old, new)
        for old, new in zip(before["LineItems"], document["LineItems"], strict=True)
    )
    same_header = all(before[name] == document[name] for name in ("Date", "LineAmountTypes"))
    same_contact = before["Contact"] == document["Contact"] or not before.get("AmountCredited", before["Total"])
    if not (same_lines and same_header and same_contact):
        paid = [kind.not_modifiable] if before["Status"] == "PAID" else []
        raise Refused([*paid, *([HAS_PAYMENTS] if is_touched(before) else [])])


def _check_approval(organisation: Organisation, kind: Kind, document: Document, was: str | None) -> None:
    if document["Status"] not in APPROVED or was in APPROVED:
        return
    if kind.needs_due_date and not document.get("DueDate"):
        raise Refused("The due date must be specified on an approved document")
    cap = CAPS.get(document["Type"])
    if cap and organisation.settings["Class"] in CAPPED_CLASSES:
        day: date = document["Date"]
        if organisation.tables[kind.table].count("approved", (document["Type"], day.year, day.month)) >= cap:
            raise Refused(PLAN_CAP)
