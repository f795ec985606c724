"""The parts of a contact: names, numbers, phones, addresses, people, terms; how each is read and checked."""

from __future__ import annotations

import re
from typing import Any

from ..errors import EMAIL_INVALID, BodyRefused, Refused
from ..table import Document
from .call import ECHOED, Call, Element, boolean, check_fields, names, objects, text

PHONE_TYPES = ("DDI", "DEFAULT", "FAX", "MOBILE")
_OTHER_PHONE = "OFFICE"
_PHONE_FIELDS = {"PhoneNumber": 50, "PhoneAreaCode": 10, "PhoneCountryCode": 20}
ADDRESS_TYPES = ("POBOX", "STREET")
_LINES = tuple(f"AddressLine{line}" for line in range(1, 5))
_ADDRESS_FIELDS = dict.fromkeys(_LINES, 500) | {
    "City": 255, "Region": 255, "PostalCode": 50, "Country": 50, "AttentionTo": 255,
}  # fmt: skip
_ALWAYS_SHOWN = ("City", "Region", "PostalCode", "Country")

LENGTHS = {
    "ContactNumber": 50, "AccountNumber": 50, "Name": 255, "FirstName": 255, "LastName": 255, "CompanyNumber": 50,
    "EmailAddress": 255, "TaxNumber": 50, "BankAccountDetails": 255, "SalesDefaultAccountCode": 10,
    "PurchasesDefaultAccountCode": 10, "AccountsReceivableTaxType": 50, "AccountsPayableTaxType": 50,
    "DefaultCurrency": 3,
}  # fmt: skip
_CHOICES = {
    "ContactStatus": ("ACTIVE", "ARCHIVED"),
    "SalesDefaultLineAmountType": ("INCLUSIVE", "EXCLUSIVE", "NONE"),
    "PurchasesDefaultLineAmountType": ("INCLUSIVE", "EXCLUSIVE", "NONE"),
}
_TERMS = ("DAYSAFTERBILLDATE", "DAYSAFTERBILLMONTH", "OFCURRENTMONTH", "OFFOLLOWINGMONTH")
_PERSON_FIELDS = frozenset({"FirstName", "LastName", "EmailAddress", "IncludeInEmails"}) | ECHOED
_MOST_PERSONS = 5
_EMAIL = re.compile(r"[^@\s<>()\[\],;:]+@[^@\s<>()\[\],;:]+\.[^@\s<>()\[\],;:.]+")

WRITABLE = frozenset(LENGTHS) | frozenset(_CHOICES) | {"Phones", "Addresses", "ContactPersons", "PaymentTerms"}
# Read-only, or empty in everything the sandbox sends out.
IGNORED = ECHOED | names(
    "IsSupplier IsCustomer ContactGroups Website Discount Balances MergedToContactID Attachments "
    "SalesTrackingCategories PurchasesTrackingCategories"
)
FIELDS = WRITABLE | IGNORED | {"ContactID"}


def read_details(call: Call, element: Element) -> Document:
    """The writable fields that were sent and not null, checked; raises Refused with every sentence that applies."""
    check_fields(element, FIELDS, "Contact")
    problems: list[str] = []
    details: Document = {}
    for name, longest in LENGTHS.items():
        if (value := text(element, name)) is not None:
            details[name] = _limited(name, value, longest, problems)
    for name, choices in _CHOICES.items():
        if (value := text(element, name)) is not None:
            details[name] = _one_of(name, value, choices)
    details.update(_lists(element, problems))
    problems += _problems_with(call, details)
    if problems:
        raise Refused(problems)
    return details


def _limited(name: str, value: str, longest: int, problems: list[str]) -> str:
    if len(value) > longest:
        problems.append(f"{name} must not be longer than {longest} characters")
    return value


def _one_of(name: str, value: str, choices: tuple[str, ...]) -> str:
    if value not in choices:
        raise BodyRefused(f"{name} cannot be {value!r:.60}")
    return value


def _lists(element: Element, problems: list[str]) -> Document:
    found: Document = {}
    if element.get("Phones") is not None:
        found["Phones"] = [_phone(one, problems) for one in objects(element["Phones"], "Phones")]
    if element.get("Addresses") is not None:
        found["Addresses"] = [_address(one, problems) for one in objects(element["Addresses"], "Addresses")]
    if element.get("ContactPersons") is not None:
        found["ContactPersons"] = _persons(objects(element["ContactPersons"], "ContactPersons"), problems)
    if element.get("PaymentTerms"):
        found["PaymentTerms"] = _terms(element["PaymentTerms"])
    return found


def _part(sent: Element, type_field: str, fields: dict[str, int], problems: list[str]) -> Document:
    check_fields(sent, frozenset(fields) | {type_field} | ECHOED, type_field[:-4])
    part = {type_field: sent.get(type_field)}
    for name, longest in fields.items():
        if (value := text(sent, name)) is not None:
            part[name] = _limited(name, value, longest, problems)
    return part


def _phone(sent: Element, problems: list[str]) -> Document:
    phone = _part(sent, "PhoneType", _PHONE_FIELDS, problems)
    _one_of("PhoneType", str(phone["PhoneType"]), (*PHONE_TYPES, _OTHER_PHONE))
    return phone


def _address(sent: Element, problems: list[str]) -> Document:
    address = _part(sent, "AddressType", _ADDRESS_FIELDS, problems)
    _one_of("AddressType", str(address["AddressType"]), ADDRESS_TYPES)
    return address


def _persons(sent: list[Element], problems: list[str]) -> list[Document]:
    if len(sent) > _MOST_PERSONS:
        problems.append(f"A contact can have no more than {_MOST_PERSONS} contact persons")
    persons = []
    for one in sent:
        check_fields(one, _PERSON_FIELDS, "ContactPerson")
        person: Document = {name: text(one, name) or "" for name in ("FirstName", "LastName", "EmailAddress")}
        if person["EmailAddress"] and not is_email(person["EmailAddress"]):
            problems.append(EMAIL_INVALID)
        persons.append({**person, "IncludeInEmails": bool(boolean(one, "IncludeInEmails"))})
    return persons


def _terms(sent: Any) -> Document:
    check_fields(sent, frozenset({"Bills", "Sales"}), "PaymentTerms")
    terms: Document = {}
    for side, term in sent.items():
        if not term:
            continue
        check_fields(term, frozenset({"Day", "Type"}) | ECHOED, "PaymentTerms")
        day = term.get("Day")
        if not isinstance(day, int) or not 0 <= day <= 31:
            raise BodyRefused("PaymentTerms.Day must be a whole number from 0 to 31")
        terms[side] = {"Day": day, "Type": _one_of("PaymentTerms.Type", str(term.get("Type")), _TERMS)}
    return terms


def _problems_with(call: Call, details: Document) -> list[str]:
    problems = []
    name = details.get("Name")
    if name is not None and (not name or name != " ".join(name.split()) or "<" in name or ">" in name):
        problems.append(
            "The contact name must not be blank, contain < or >, or have leading, trailing or repeated spaces"
        )
    if details.get("EmailAddress") and not is_email(details["EmailAddress"]):
        problems.append(EMAIL_INVALID)
    tables = call.organisation.tables
    for field in ("AccountsReceivableTaxType", "AccountsPayableTaxType"):
        if details.get(field) and details[field] not in tables["TaxRates"]:
            problems.append(f"{field} '{details[field]}' does not exist")
    for field in ("SalesDefaultAccountCode", "PurchasesDefaultAccountCode"):
        if details.get(field) and not tables["Accounts"].count("code", details[field].casefold()):
            problems.append(f"{field} '{details[field]}' does not exist")
    if details.get("DefaultCurrency") not in (None, "", call.organisation.settings["BaseCurrency"]):
        problems.append(f"Organisation is not subscribed to currency {details['DefaultCurrency']}")
    return problems


def is_email(address: str) -> bool:
    return address.isascii() and bool(_EMAIL.fullmatch(address))


def merged(type_field: str, before: list[Document], sent: list[Document]) -> list[Document]:
    """Phones and addresses keep one entry per type: a sent entry replaces its own type only."""
    by_type = {entry[type_field]: entry for entry in (*before, *sent)}
    return list(by_type.values())


def shown_phones(phones: list[Document]) -> list[Document]:
    """All four standard types, empty where unset; OFFICE only when it was given."""
    known = {phone["PhoneType"]: phone for phone in phones}
    blank = dict.fromkeys(_PHONE_FIELDS, "")
    shown = [{"PhoneType": name, **blank, **known.pop(name, {})} for name in PHONE_TYPES]
    return shown + [{**blank, **phone} for phone in known.values()]


def shown_addresses(addresses: list[Document]) -> list[Document]:
    known = {address["AddressType"]: address for address in addresses}
    blank = dict.fromkeys(_ALWAYS_SHOWN, "")
    return [{"AddressType": name, **blank, **known.get(name, {})} for name in ADDRESS_TYPES]
