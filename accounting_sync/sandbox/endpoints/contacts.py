"""Contacts: created, matched, edited, archived; never deleted."""

from __future__ import annotations

from typing import Any

from ..errors import (
    CONTACT_ARCHIVED,
    CONTACT_MISSING,
    CONTACT_NAME_TAKEN,
    CONTACT_NUMBER_TAKEN,
    CONTACT_UNIDENTIFIED,
    NotModelled,
    Refused,
)
from ..formats import ms_moment
from ..organisation import Organisation, fold
from ..table import Document
from ..where import Fields, plain
from .balances import balances
from .call import Call, Element, Routes, route, text
from .contact_details import LENGTHS, merged, read_details, shown_addresses, shown_phones
from .history import HISTORY
from .listing import PAGED, listing, one
from .writing import write_all, write_named

_TEXT = (*LENGTHS, "SalesDefaultLineAmountType", "PurchasesDefaultLineAmountType", "PaymentTerms", "MergedToContactID")
_SEARCHED = ("Name", "FirstName", "LastName", "ContactNumber", "EmailAddress")
FIELDS: Fields = {
    **plain("Name", "FirstName", "LastName", "ContactNumber", "EmailAddress", "AccountNumber", "ContactStatus"),
    **plain("ContactID", kind="guid"),
    **plain("UpdatedDateUTC", kind="moment"),
    **plain("IsCustomer", "IsSupplier", kind="bool"),
}


# Reading


def get_all(call: Call) -> dict[str, Any]:
    render_row = render_summary if call.flag("summaryonly") else render
    return listing(call, "Contacts", render_row, fields=FIELDS, among=_asked_for(call))


def _asked_for(call: Call) -> list[Document]:
    contacts = list(call.organisation.tables["Contacts"].values())
    if "ids" in call.params:
        wanted = {word.lower() for word in call.words("ids")}
        contacts = [contact for contact in contacts if contact["ContactID"] in wanted]
    if not call.flag("includearchived"):
        contacts = [contact for contact in contacts if contact["ContactStatus"] == "ACTIVE"]
    if "searchterm" in call.params:
        term = fold(call.params["searchterm"])
        contacts = [one for one in contacts if any(term in fold(one.get(field, "")) for field in _SEARCHED)]
    return contacts


def get_one(call: Call, key: str) -> dict[str, Any]:
    """By ContactID or ContactNumber: an id is looked for first."""
    table = call.organisation.tables["Contacts"]
    return one(call, "Contacts", table.get(key.lower()) or table.first("number", fold(key)), render)


def render(call: Call, contact: Document) -> dict[str, Any]:
    out = render_summary(call, contact)
    out["IsSupplier"] = contact["IsSupplier"]
    out["IsCustomer"] = contact["IsCustomer"]
    if contact["IsSupplier"] or contact["IsCustomer"]:
        out["Balances"] = balances(call.organisation, contact["ContactID"])
    return out


def render_summary(call: Call, contact: Document) -> dict[str, Any]:
    out: dict[str, Any] = {"ContactID": contact["ContactID"], "ContactStatus": contact["ContactStatus"]}
    out.update((name, contact[name]) for name in _TEXT if contact.get(name))
    out.setdefault("EmailAddress", "")
    out.setdefault("BankAccountDetails", "")
    out["Addresses"] = shown_addresses(contact["Addresses"])
    out["Phones"] = shown_phones(contact["Phones"])
    out["UpdatedDateUTC"] = ms_moment(contact["UpdatedDateUTC"])
    out.update(ContactGroups=[], SalesTrackingCategories=[], PurchasesTrackingCategories=[])
    out["ContactPersons"] = contact["ContactPersons"]
    out.update(HasAttachments=False, HasValidationErrors=False)
    return out


# Writing


def put_all(call: Call) -> dict[str, Any]:
    return write_all(call, "Contacts", create, render)


def post_all(call: Call) -> dict[str, Any]:
    return write_all(call, "Contacts", upsert, render)


def post_one(call: Call, contact_id: str) -> dict[str, Any]:
    return write_named(call, "Contacts", upsert, render, contact_id)


def create(call: Call, element: Element) -> Document:
    if element.get("ContactID"):
        raise NotModelled("ContactID on a PUT of Contacts")
    details = read_details(call, element)
    if not details.get("Name"):
        raise Refused(CONTACT_UNIDENTIFIED)
    contact = {
        "ContactID": call.organisation.new_id(),
        "ContactStatus": "ACTIVE",
        "Addresses": [],
        "Phones": [],
        "ContactPersons": [],
        "IsCustomer": False,
        "IsSupplier": False,
        **details,
    }
    _check_unique(call.organisation, contact)
    return call.organisation.save("Contacts", contact, event="CREATE")


def upsert(call: Call, element: Element) -> Document:
    contact = match(call.organisation, element)
    return create(call, element) if contact is None else update(call, contact, element)


def update(call: Call, contact: Document, element: Element) -> Document:
    """Fields that are not sent stay. An archived contact must be restored before anything else of it changes."""
    details = read_details(call, element)
    if contact["ContactStatus"] != "ACTIVE" and details.get("ContactStatus") != "ACTIVE":
        raise Refused(CONTACT_ARCHIVED)
    if "Phones" in details:
        details["Phones"] = merged("PhoneType", contact["Phones"], details["Phones"])
    if "Addresses" in details:
        details["Addresses"] = merged("AddressType", contact["Addresses"], details["Addresses"])
    changed = {**contact, **details}
    _check_unique(call.organisation, changed)
    return call.organisation.save("Contacts", changed, event="UPDATE")


def match(organisation: Organisation, element: Element) -> Document | None:
    """By ContactID, else ContactNumber, else the name of an active contact. An id that is unknown is refused."""
    table = organisation.tables["Contacts"]
    if contact_id := text(element, "ContactID"):
        if found := table.get(contact_id.lower()):
            return found
        raise Refused(CONTACT_MISSING)
    number, name = text(element, "ContactNumber"), text(element, "Name")
    if not number and not name:
        raise Refused(CONTACT_UNIDENTIFIED)
    found = table.first("number", fold(number)) if number else None
    return found or (table.first("name", (True, fold(name))) if name else None)


def _check_unique(organisation: Organisation, contact: Document) -> None:
    table, own = organisation.tables["Contacts"], contact["ContactID"]
    problems = []
    namesake = table.first("name", (True, fold(contact["Name"])))
    if contact["ContactStatus"] == "ACTIVE" and namesake and namesake["ContactID"] != own:
        problems.append(CONTACT_NAME_TAKEN.format(name=contact["Name"]))
    number = contact.get("ContactNumber")
    if number and any(other["ContactID"] != own for other in table.find("number", fold(number))):
        problems.append(CONTACT_NUMBER_TAKEN)
    if problems:
        raise Refused(problems)


# On documents


def for_document(call: Call, sent: Any, *, create_missing: bool = True) -> Document:
    """The contact of an invoice, credit note or bank transaction, with the side effects Xero has.

    A name that is not known makes a new contact. A ContactID with more fields beside it overwrites the contact
    and drops the ContactPersons that are not listed.
    """
    if not isinstance(sent, dict):
        raise Refused(CONTACT_UNIDENTIFIED)
    contact = match(call.organisation, sent)
    if contact is None:
        contact = _archived_namesake(call.organisation, sent)
    if contact is None:
        if not create_missing:
            raise Refused(CONTACT_MISSING)
        return create(call, sent)
    if contact["ContactStatus"] != "ACTIVE":
        raise Refused(CONTACT_ARCHIVED)
    if sent.get("ContactID") and sent.keys() - {"ContactID"}:
        return _overwrite(call, contact, sent)
    return contact


def _archived_namesake(organisation: Organisation, sent: Element) -> Document | None:
    name = text(sent, "Name")
    return organisation.tables["Contacts"].first("name", (False, fold(name))) if name else None


def _overwrite(call: Call, contact: Document, sent: Element) -> Document:
    details = {"ContactPersons": [], **read_details(call, sent)}
    if all(contact.get(name) == value for name, value in details.items()):
        return contact
    return update(call, contact, {**sent, "ContactPersons": details["ContactPersons"]})


def note_trade(organisation: Organisation, contact_id: str, flag: str) -> None:
    """A first sale or bill makes a customer or supplier; Xero does not count that as a change of the contact."""
    contact = organisation.tables["Contacts"][contact_id]
    if not contact[flag]:
        organisation.save("Contacts", {**contact, flag: True}, bump=False)


ROUTES: Routes = {
    ("GET", ""): route(get_all, f"{PAGED} ids includearchived summaryonly searchterm"),
    ("GET", "*"): route(get_one),
    ("PUT", ""): route(put_all, "summarizeerrors"),
    ("POST", ""): route(post_all, "summarizeerrors"),
    ("POST", "*"): route(post_one),
    **HISTORY["Contacts"],
}
