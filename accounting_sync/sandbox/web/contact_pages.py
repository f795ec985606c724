"""The page of a contact: what it owes, its details, its documents."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse

from ..endpoints.balances import balances
from ..organisation import ID_FIELDS, Organisation
from ..table import Document
from .facts import SECTION_OF, Fact, Failure, address, notes, updated
from .pages import found, show


def contact_page(
    request: HttpRequest, organisation: Organisation, contact_id: str, failure: Failure | None = None
) -> HttpResponse:
    contact = found(organisation, "Contacts", contact_id)
    return show(
        request,
        "contact.html",
        organisation,
        "contacts",
        status=400 if failure else 200,
        contact=contact,
        here=address(organisation, "contacts", contact_id),
        values=contact_values(contact, failure),
        facts=_contact_facts(organisation, contact),
        balances=balances(organisation, contact_id),
        documents=_documents_of(organisation, contact_id),
        others=_other_contacts(organisation, contact_id),
        notes=notes(organisation, contact_id),
        failure=failure,
    )


#: Form field → Xero's name, of what a person may edit of a contact.
CONTACT_FIELDS = {"name": "Name", "first_name": "FirstName", "last_name": "LastName", "email": "EmailAddress"}


def contact_values(contact: Document, failure: Failure | None) -> dict[str, str]:
    """What the contact form shows: what was typed when it was refused, else what the contact holds."""
    if failure and failure.act in {"edit", "new"}:
        return {name: failure.typed.get(name, "") for name in CONTACT_FIELDS}
    return {name: contact.get(field, "") for name, field in CONTACT_FIELDS.items()}


def _contact_facts(organisation: Organisation, contact: Document) -> list[Fact]:
    person = " ".join(filter(None, [contact.get("FirstName"), contact.get("LastName")]))
    phones = [_phone(each) for each in contact["Phones"] if each.get("PhoneNumber")]
    merged = contact.get("MergedToContactID") or ""
    return [
        Fact("Contact code", contact.get("ContactNumber")),
        Fact("Account number", contact.get("AccountNumber")),
        Fact("Person", person),
        Fact("Email", contact.get("EmailAddress")),
        *[Fact(label, number) for label, number in phones],
        *[Fact(_address_label(each), _address_text(each)) for each in contact["Addresses"] if _address_text(each)],
        Fact("Tax number", contact.get("TaxNumber")),
        Fact("Merged into", "Open the contact" if merged else "", link=address(organisation, "contacts", merged)),
        updated(contact),
    ]


def _phone(phone: Document) -> tuple[str, str]:
    label = {"DEFAULT": "Phone", "DDI": "Direct dial"}.get(phone["PhoneType"], phone["PhoneType"].capitalize())
    parts = (phone.get("PhoneCountryCode"), phone.get("PhoneAreaCode"), phone["PhoneNumber"])
    return label, " ".join(filter(None, parts))


def _address_label(place: Document) -> str:
    return "Postal address" if place["AddressType"] == "POBOX" else "Street address"


def _address_text(place: Document) -> str:
    names = ("AddressLine1", "AddressLine2", "AddressLine3", "AddressLine4", "City", "Region", "PostalCode", "Country")
    return ", ".join(filter(None, (place.get(name) for name in names)))


class ContactDocument(NamedTuple):
    what: str
    link: str
    day: Any
    total: Decimal
    open_amount: Decimal
    state: str


def _documents_of(organisation: Organisation, contact_id: str) -> list[ContactDocument]:
    rows = [
        ContactDocument(
            each.get("InvoiceNumber") or each.get("CreditNoteNumber") or kind[:-1],
            address(organisation, SECTION_OF[kind], each[ID_FIELDS[kind]]),
            each["Date"],
            each["Total"],
            each["AmountDue"] if kind == "Invoices" else each["RemainingCredit"],
            each["Status"],
        )
        for kind in SECTION_OF
        for each in organisation.tables[kind].find("contact", contact_id)
    ]
    return sorted(rows, key=lambda row: row.day, reverse=True)


def _other_contacts(organisation: Organisation, contact_id: str) -> list[Document]:
    active = [
        each
        for each in organisation.tables["Contacts"].values()
        if each["ContactStatus"] == "ACTIVE" and each["ContactID"] != contact_id
    ]
    return sorted(active, key=lambda each: each["Name"].casefold())
