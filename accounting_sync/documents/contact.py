"""Customers (and suppliers) as Xero contacts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from accounting_sync.documents.contact_fields import ADDRESS_TYPES, FIELDS, PHONE_TYPES, flat
from accounting_sync.documents.document import Books, Call, Document, Element, Facts, Item, digest
from accounting_sync.models import Connection, SyncRecord, XeroContact
from accounting_sync.models.books import name_key
from accounting_sync.reconcile import CREATE, Body, Presence, Twins, Wanted
from workshop.models import (
    Address,
    Bill,
    CreditNote,
    Deposit,
    Invoice,
    Party,
    PhoneNumber,
    PurchaseOrder,
    SupplierCredit,
)
from workshop.models.people import phone_digits


class ContactDocument(Document[Party]):
    kind = "contact"
    label = "Contact"
    rank = 0
    model = Party
    parts = {PhoneNumber: "party_id", Address: "party_id"}
    resource = "Contacts"
    id_field = "ContactID"
    number_field = "ContactNumber"
    merges = True
    known_by_name = True

    def records(self) -> QuerySet[Any]:
        invoiced = Invoice.objects.filter(customer_id=OuterRef("pk"))
        credited = CreditNote.objects.filter(customer_id=OuterRef("pk"))
        deposited = Deposit.objects.filter(customer_id=OuterRef("pk"))
        in_use = SyncRecord.objects.exclude(connection__status=Connection.Status.DISCONNECTED)
        linked = in_use.filter(kind=self.kind, object_id=OuterRef("pk"), remote_id__isnull=False)
        parties = Party.objects.prefetch_related("phones", "addresses")
        sold = Exists(invoiced) | Exists(credited) | Exists(deposited)
        return parties.annotate(financial=sold | Exists(linked) | _bought_since_switched_on())

    def wanted(self, record: Party, books: Books) -> Wanted:
        if not record.financial:  # type: ignore[attr-defined]
            because = ("not_financial", "Goes to Xero with the first invoice or bill.")
            return Wanted(record.name, Presence.NOT_NEEDED, because)
        body = self.build(record, books)
        return Wanted(record.name, body=body, body_hash=digest(body))

    def build(self, record: Party, books: Books) -> Body:
        """Blank fields are left out: a blank here never erases what Xero knows."""
        suffix = books.suffixes.get(record.pk, "")  # somebody decided to make a new contact of a name Xero has
        values = {
            "Name": tidy(f"{record.name} ({suffix})" if suffix else record.name),
            "FirstName": tidy(record.first_name),
            "LastName": tidy(record.last_name),
            "EmailAddress": record.email,
            "TaxNumber": record.tax_number,
        }
        body: Body = {name: value for name, value in values.items() if value}
        body["ContactNumber"] = "-".join(filter(None, [books.instance, str(record.pk), suffix and f"n{suffix}"]))
        body["Phones"] = [_phone(phone) for phone in record.phones.all()]
        body["Addresses"] = [_address(address) for address in record.addresses.all()]
        return {name: value for name, value in body.items() if value}

    def call(self, operation: str, items: Sequence[Item]) -> Call:
        # PUT creates and nothing else: a POST with the name of an existing contact would edit that person
        method = "PUT" if operation == CREATE else "POST"
        return Call(method, "Contacts", {"summarizeErrors": "false"}, {"Contacts": [item.body for item in items]})

    def fetch(self, remote_ids: Sequence[str]) -> Call:
        params = {"IDs": ",".join(remote_ids), "includeArchived": "true", "pageSize": "1000", "page": "1"}
        return Call("GET", "Contacts", params)

    def look_up(self, items: Sequence[Item]) -> Call:
        since = min(item.since for item in items if item.since)
        return Call("GET", "Contacts", {"includeArchived": "true"}, modified_since=since)

    def closer_look(self, code: str, item: Item) -> Call | None:
        """Whoever carries our number is our customer, made when the link was lost, or merged since."""
        return Call("GET", f"Contacts/{item.body['ContactNumber']}") if code == "contact_number_taken" else None

    def is_ours(self, item: Item, remote: Element) -> bool:
        if item.remote_id:
            return remote.get("ContactID") == item.remote_id
        return remote.get("ContactNumber") == item.body["ContactNumber"]

    def read(self, remote: Element) -> Facts:
        return replace(super().read(remote), status=str(remote.get("ContactStatus") or ""))

    def fingerprint(self, element: Element) -> str:
        return digest({name: value for name, value in flat(element).items() if value})

    def base(self, element: Element) -> dict[str, Any]:
        return flat(element)

    def agreed(self, item: Item, element: Element) -> dict[str, Any]:
        sent = {name for name, value in flat(item.body).items() if value}
        return {name: value for name, value in flat(element).items() if name in sent}

    def holds(self, item: Item, remote: Element) -> bool:
        theirs = flat(remote)
        return all(theirs.get(name) == value for name, value in flat(item.body).items() if value)

    def conflict(self, record: Any, body: Body, remote: Element) -> tuple[str, str] | None:
        """Only a field changed differently on both sides is a conflict; other people's fields are not sent at all."""
        if remote.get("ContactStatus") == "ARCHIVED":
            return "contact_archived", f"{body['Name']} is archived in Xero. Restore the contact there, then retry."
        theirs, ours, base = flat(remote), flat(body), record.base
        both = [
            name
            for name, value in ours.items()
            if value and value != base.get(name, "") and theirs.get(name, "") not in {base.get(name, ""), value}
        ]
        if not both:
            return None
        named = "; ".join(f"{name} {_said(ours[name])} here, {_said(theirs.get(name))} in Xero" for name in both)
        return "changed_in_both", f"Changed here and in Xero, differently: {named}."

    def evidence(self, remote: Element) -> dict[str, Any]:
        return {"base": self.base(remote), **super().evidence(remote)}

    def update_body(self, body: Body, record: Any, remote: Element) -> Body:
        """Only what changed here since both sides agreed."""
        ours, base = flat(body), record.base
        changed = {name for name, value in ours.items() if value and value != base.get(name, "")}
        update: Body = {"ContactID": record.remote_id}
        update |= {name: body[name] for name in FIELDS if name in changed}
        update["Phones"] = [phone for phone in body.get("Phones", []) if phone["PhoneType"] in changed]
        update["Addresses"] = [place for place in body.get("Addresses", []) if place["AddressType"] in changed]
        return {name: value for name, value in update.items() if value}

    def namesakes(self, records: Iterable[Party], connection: Connection) -> QuerySet[Any]:
        keys = [name_key(tidy(record.name)) for record in records]
        return XeroContact.objects.filter(Q(name_key__in=keys), connection=connection, merged_to="")

    def twins(self, record: Party, namesakes: Iterable[XeroContact]) -> Twins | None:
        """The same name and the same phone or e-mail is the same person; the same name alone is a question."""
        same_name = [contact for contact in namesakes if contact.name_key == name_key(tidy(record.name))]
        digits = {phone_digits(phone.number) for phone in record.phones.all()} - {""}
        active = [contact for contact in same_name if contact.status == "ACTIVE"]
        certain = [contact for contact in active if _same_person(contact, digits, record.email)]
        if len(certain) == 1:
            return Twins(certain={"remote_id": certain[0].contact_id, "number": certain[0].contact_number})
        if not same_name:
            return None
        return Twins(candidates=tuple(_candidate(contact) for contact in same_name), why=_question(record, same_name))


def _bought_since_switched_on() -> Any:
    """A bill, a supplier credit or an order that may go to Xero."""
    since = Subquery(Connection.objects.live().values("purchases_since")[:1])
    final = SupplierCredit.Status.FINALISED
    billed = Bill.objects.filter(supplier_id=OuterRef("pk"), created_at__gte=since)
    credited = SupplierCredit.objects.filter(supplier_id=OuterRef("pk"), status=final, updated_at__gte=since)
    asked = Subquery(Connection.objects.live().values("orders_since")[:1])
    draft = PurchaseOrder.Status.DRAFT
    ordered = PurchaseOrder.objects.filter(supplier_id=OuterRef("pk"), placed_at__gte=asked).exclude(status=draft)
    return Exists(billed) | Exists(credited) | Exists(ordered)


def _same_person(contact: XeroContact, digits: set[str], email: str) -> bool:
    return bool(digits & set(contact.phones)) or bool(email and email.casefold() == contact.email.casefold())


def _candidate(contact: XeroContact) -> dict[str, Any]:
    return {
        "remote_id": contact.contact_id,
        "name": contact.name,
        "email": contact.email,
        "phones": contact.phones,
        "status": contact.status,
    }


def _question(record: Party, same_name: list[XeroContact]) -> str:
    archived = all(contact.status != "ACTIVE" for contact in same_name)
    if archived:
        return f"Xero has an archived contact named {record.name}. Restore it there and retry, or make a new one."
    return f"Xero already has a contact named {record.name}. Is it the same? Link it, or make a new one."


def _said(value: str | None) -> str:
    return value.replace("|", ", ") if value else "nothing"


def _phone(phone: PhoneNumber) -> dict[str, str]:
    return {"PhoneType": PHONE_TYPES[phone.kind], "PhoneNumber": phone.number}


def _address(address: Address) -> dict[str, str]:
    lines = {
        "AddressType": ADDRESS_TYPES[address.kind],
        "AddressLine1": address.line1,
        "AddressLine2": address.line2,
        "City": address.city,
        "Region": address.region,
        "PostalCode": address.postal_code,
        "Country": address.country,
    }
    return {name: value for name, value in lines.items() if value}


def tidy(name: str) -> str:
    """A name as Xero takes it: no angle brackets, single spaces."""
    return " ".join(re.sub(r"[<>]", "", name).split())[:255]
