"""The fields of a contact that both sides edit: as people write them, as they are compared, what a name is made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from accounting_sync.documents.document import Element
from accounting_sync.documents.merge import Merged, merge
from workshop.models import Party
from workshop.models.people import phone_digits

PHONE_TYPES = {"mobile": "MOBILE", "work": "DEFAULT", "home": "DDI", "fax": "FAX"}
ADDRESS_TYPES = {"postal": "POBOX", "street": "STREET"}
FIELDS = ["Name", "FirstName", "LastName", "EmailAddress", "TaxNumber"]
PHONES, ADDRESSES = list(PHONE_TYPES.values()), list(ADDRESS_TYPES.values())
PARTS_OF_NAME = ["FirstName", "LastName"]
LINES = ["AddressLine1", "AddressLine2", "AddressLine3", "AddressLine4"]
REST = {"city": "City", "region": "Region", "postal_code": "PostalCode", "country": "Country"}
WORDS = {
    "Name": "Name", "FirstName": "First name", "LastName": "Last name", "EmailAddress": "E-mail",
    "TaxNumber": "Tax number", "MOBILE": "Mobile", "DEFAULT": "Work phone", "DDI": "Home phone", "FAX": "Fax",
    "POBOX": "Postal address", "STREET": "Street address",
}  # fmt: skip
Spoken = dict[str, Any]  # by Xero's names; a text, or an address in the workshop's fields


def spoken(element: Element) -> Spoken:
    """As a person writes them; blank ones are there too."""
    fields: Spoken = {name: _text(element.get(name)) for name in FIELDS}
    fields |= {p["PhoneType"]: _number(p) for p in element.get("Phones") or [] if p["PhoneType"] in PHONES}
    fields |= {a["AddressType"]: _place(a) for a in element.get("Addresses") or [] if a["AddressType"] in ADDRESSES}
    return fields


def _text(value: Any) -> str:
    return " ".join(str(value or "").split())


def _number(phone: Element) -> str:
    country, area, number = (_text(phone.get(name)) for name in ("PhoneCountryCode", "PhoneAreaCode", "PhoneNumber"))
    if country and not country.startswith(("+", "0")):
        country = f"+{country}"
    return " ".join(filter(None, [country, area, number])) if number or area else ""


def _place(address: Element) -> dict[str, str]:
    """In our fields. Whatever Xero has in its first line that is filled is our first line, which is compulsory."""
    lines = [text for text in (_text(address.get(name)) for name in LINES) if text]
    place = {"line1": "".join(lines[:1]), "line2": ", ".join(lines[1:])}
    place |= {ours: _text(address.get(theirs)) for ours, theirs in REST.items()}
    if not lines:
        first = next((name for name, text in place.items() if text), "line1")
        place["line1"], place[first] = place[first], ""
    return place


def flat(element: Element) -> dict[str, str]:
    """A contact field by field, written one way, whether ours or Xero's."""
    return {name: plain(name, value) for name, value in spoken(element).items()}


def plain(name: str, value: Any) -> str:
    """One field as it is compared: a phone by its digits, an e-mail without its capitals, an address as one text."""
    if isinstance(value, Mapping):
        return "|".join(value.values()).strip("|")
    if name == "EmailAddress":
        return str(value).casefold()
    return phone_digits(value) if name not in FIELDS else str(value)


def written(value: Any) -> str:
    """One field as it is shown."""
    if isinstance(value, Mapping):
        value = ", ".join(filter(None, value.values()))
    return str(value).replace("|", ", ") or "nothing"


# Names


def compare(base: Mapping[str, str], body: Element, remote: Element, rule: str, *, person: bool, suffix: str) -> Merged:
    """The merge of a party's body with Xero's contact.

    A person's name here is made of its parts, in Xero it is a field of its own: the parts are merged, and the name
    follows them. Who stands in Xero as the primary person of somebody of another name is Xero's affair.
    """
    ours, there = flat(body), flat(remote)
    theirs = {**there, "Name": _without(suffix, there["Name"])}
    agreed = {name: base[name] for name in known(base)}
    agreed["Name"] = _without(suffix, base.get("Name", ""))
    if not person:
        merged = merge(agreed, {**ours, "Name": _without(suffix, ours["Name"])}, theirs, rule)
        return _as_it_stands(merged, {"Name": there["Name"]}) if "Name" not in merged.conflicts else merged
    given = {name: there[name] for name in PARTS_OF_NAME}
    theirs |= _parts(agreed, ours, theirs)
    merged = merge(_nameless(agreed), _nameless(ours), _nameless(theirs), rule)
    named_anew = theirs["Name"] != agreed["Name"] and not set(PARTS_OF_NAME) & set(merged.conflicts)
    actual = {"Name": there["Name"], **(given if named_anew else {})}
    return _as_it_stands(merged, actual)


def _nameless(side: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in side.items() if name != "Name"}


def _as_it_stands(merged: Merged, actual: Mapping[str, str]) -> Merged:
    base = {name: value for name, value in {**merged.base, **actual}.items() if value}
    return replace(merged, base=base)


def _without(suffix: str, name: str) -> str:
    return name.removesuffix(f" ({suffix})") if suffix else name


def _parts(base: Mapping[str, str], ours: Mapping[str, str], theirs: Mapping[str, str]) -> dict[str, str]:
    """The parts of a person's name as Xero's name has them."""
    given = {name: theirs[name] for name in PARTS_OF_NAME}
    if " ".join(filter(None, given.values())) == theirs["Name"]:
        return given
    if theirs["Name"] == base.get("Name"):
        return {name: base.get(name, "") for name in PARTS_OF_NAME}
    return dict(zip(PARTS_OF_NAME, split(theirs["Name"], ours["FirstName"], ours["LastName"]), strict=True))


def split(name: str, first: str = "", last: str = "") -> tuple[str, str]:
    """First and last name; what was known of them before tells where to cut, else the last word is the last name."""
    if first and name.startswith(f"{first} "):
        return first, name[len(first) + 1 :]
    if last and name.endswith(f" {last}"):
        return name[: -len(last) - 1], last
    front, _, back = name.rpartition(" ")
    return (front, back) if front else (back, "")


# As the workshop takes them


def party_fields(values: Spoken, kind: str) -> dict[str, Any]:
    """What ``people.update_party`` takes, of these fields alone."""
    person = kind == Party.Kind.PERSON
    names = {"FirstName": "first_name", "LastName": "last_name", "EmailAddress": "email", "TaxNumber": "tax_number"}
    names |= {} if person else {"Name": "company_name"}
    fields: dict[str, Any] = {ours: values[theirs] for theirs, ours in names.items() if theirs in values}
    fields["phones"] = {ours: values[theirs] for ours, theirs in PHONE_TYPES.items() if theirs in values}
    fields["addresses"] = {ours: values[theirs] for ours, theirs in ADDRESS_TYPES.items() if theirs in values}
    return fields


def changes_in_words(changes: Mapping[str, Mapping[str, Any]]) -> str:
    return "; ".join(f"{WORDS[name]}: {written(c['old'])} → {written(c['new'])}" for name, c in changes.items())


def known(names: Iterable[str]) -> list[str]:
    """Those of them that the workshop has a place for, in the order they are shown."""
    among = set(names)
    return [name for name in WORDS if name in among]
