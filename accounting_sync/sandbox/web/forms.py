"""The two forms with a page of their own: a new contact, and an invoice typed by hand."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from .. import accountant
from ..errors import Refused
from ..organisation import Organisation
from ..table import Document
from .acts import amount, day, details_of
from .contact_pages import contact_values
from .facts import Failure, address, choices
from .pages import of_organisation, say, show
from .session import xero_of

LINES = 4


@require_http_methods(["GET", "POST"])
@of_organisation
def new_contact(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    failure = None
    if request.method == "POST":
        try:
            contact = _add_contact(organisation, request.POST)
        except Refused as refusal:
            failure = Failure("new", refusal.messages, request.POST)
        else:
            return _made(request, organisation, "contacts", contact["ContactID"], f"{contact['Name']} is added.")
    return show(
        request,
        "new_contact.html",
        organisation,
        "contacts",
        status=400 if failure else 200,
        failure=failure,
        values=contact_values({}, failure),
    )


def _add_contact(organisation: Organisation, form: QueryDict) -> Document:
    details = {name: value for name, value in details_of(form).items() if value}
    return accountant.add_contact(organisation, details.pop("Name", ""), **details)


@require_http_methods(["GET", "POST"])
@of_organisation
def new_invoice(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    failure = None
    if request.method == "POST":
        try:
            invoice = _type_invoice(organisation, request.POST)
        except Refused as refusal:
            failure = Failure("new", refusal.messages, request.POST)
        else:
            sentence = f"Invoice {invoice['InvoiceNumber']} is approved."
            return _made(request, organisation, "invoices", invoice["InvoiceID"], sentence)
    return show(
        request,
        "new_invoice.html",
        organisation,
        "invoices",
        status=400 if failure else 200,
        failure=failure,
        typed_lines=_typed_lines(request.POST),
        contacts=_active_names(organisation),
        **choices(organisation),
    )


def _type_invoice(organisation: Organisation, form: QueryDict) -> Document:
    contact = form.get("contact", "").strip()
    if not contact:
        raise Refused("Say who the invoice is for.")
    return accountant.type_invoice_by_hand(
        organisation,
        contact,
        [_line(form, number) for number in range(LINES) if form.get(f"description_{number}", "").strip()],
        day=day(form),
        due=day(form, "due"),
        number=form.get("number", "").strip() or None,
        bill=form.get("type") == "bill",
    )


def _line(form: QueryDict, number: int) -> dict[str, Any]:
    line = {
        "Description": form.get(f"description_{number}", "").strip(),
        "Quantity": amount(form, f"quantity_{number}"),
        "UnitAmount": amount(form, f"unit_amount_{number}"),
        "AccountCode": form.get(f"account_{number}", ""),
    }
    tax_type = form.get(f"tax_type_{number}", "")
    return line | ({"TaxType": tax_type} if tax_type else {})


def _typed_lines(form: QueryDict) -> list[dict[str, str]]:
    names = ("description", "quantity", "unit_amount", "account", "tax_type")
    return [{name: form.get(f"{name}_{number}", "") for name in names} for number in range(LINES)]


def _active_names(organisation: Organisation) -> list[str]:
    contacts = organisation.tables["Contacts"].values()
    return sorted(each["Name"] for each in contacts if each["ContactStatus"] == "ACTIVE")


def _made(
    request: HttpRequest, organisation: Organisation, section: str, document_id: str, sentence: str
) -> HttpResponse:
    xero_of(request).save()
    say(request, sentence)
    return redirect(address(organisation, section, document_id))
