"""Parts that the pages of single documents share: facts, addresses, choices for forms, and what a refusal keeps."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.http import QueryDict

from ..organisation import Organisation
from ..table import Document
from .lists import contact_name


class Fact(NamedTuple):
    label: str
    value: Any
    kind: str = "text"
    link: str = ""


@dataclass(frozen=True)
class Failure:
    """An act that was refused: the form stays open with what was typed."""

    act: str
    messages: list[str]
    typed: QueryDict = field(default_factory=QueryDict)


def address(organisation: Organisation, section: str, document_id: str = "") -> str:
    return f"/organisations/{organisation.id}/{section}" + (f"/{document_id}" if document_id else "")


SECTION_OF = {
    "Invoices": "invoices",
    "CreditNotes": "credit-notes",
    "Prepayments": "deposits",
    "Overpayments": "deposits",
}


def contact_fact(organisation: Organisation, document: Document) -> Fact:
    contact_id = document["Contact"]["ContactID"]
    return Fact("Contact", contact_name(organisation, document), link=address(organisation, "contacts", contact_id))


def amounts(document: Document) -> Fact:
    kinds = {"Exclusive": "without tax", "Inclusive": "with tax", "NoTax": "free of tax"}
    return Fact("Amounts are", kinds[document["LineAmountTypes"]])


def updated(document: Document) -> Fact:
    return Fact("Last changed", document["UpdatedDateUTC"], "moment")


def origin(document: Document) -> Fact:
    return Fact("Made by", "an app" if document.get("CreatedBy") == "API" else "hand")


def notes(organisation: Organisation, document_id: str) -> list[Document]:
    return organisation.tables["History"].find("record", document_id)


def payment_accounts(organisation: Organisation) -> list[Document]:
    accounts = organisation.tables["Accounts"].values()
    return [
        each
        for each in accounts
        if each["Status"] == "ACTIVE" and (each["Type"] == "BANK" or each["EnablePaymentsToAccount"])
    ]


def line_accounts(organisation: Organisation) -> list[Document]:
    """Accounts a line may go to, by code."""
    closed = {"DEBTORS", "CREDITORS", "RETAINEDEARNINGS"}
    accounts = [
        each
        for each in organisation.tables["Accounts"].values()
        if each["Status"] == "ACTIVE"
        and each["Type"] not in {"BANK", "INVENTORY"}
        and each["SystemAccount"] not in closed
    ]
    return sorted(accounts, key=lambda each: each["Code"])


def choices(organisation: Organisation) -> dict[str, Any]:
    """What the forms offer."""
    rates = [each for each in organisation.tables["TaxRates"].values() if each["Status"] == "ACTIVE"]
    return {
        "today": organisation.today(),
        "payment_accounts": payment_accounts(organisation),
        "line_accounts": line_accounts(organisation),
        "tax_rates": rates,
    }
