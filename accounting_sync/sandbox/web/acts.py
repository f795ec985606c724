"""What the accountant does: each act reads its form, calls one verb, and says what happened or what Xero refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_POST

from .. import accountant
from ..errors import Refused
from ..organisation import Organisation
from ..table import Document
from .contact_pages import CONTACT_FIELDS, contact_page
from .details import payment_page
from .document_pages import invoice_page
from .facts import SECTION_OF, Failure, address
from .pages import found, of_organisation, say
from .reports import account_page
from .session import xero_of

Page = Callable[[HttpRequest, Organisation, str, Failure], HttpResponse]


class Act(NamedTuple):
    """``verb`` changes the organisation and returns the sentence to say.

    ``page`` is shown again when Xero refuses; ``leads`` names the section and id to go to when it does not, the
    document's own if it is not given.
    """

    kind: str
    verb: Callable[[Organisation, str, QueryDict], str]
    page: Page
    leads: Callable[[Document], tuple[str, str]] | None = None


def amount(form: QueryDict, name: str = "amount") -> Decimal:
    """The number typed; a comma between thousands is no harm. Raises Refused for anything else."""
    text = form.get(name, "").replace(",", "").strip()
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise Refused(f"“{text}” is not an amount.") from None
    if not value.is_finite():
        raise Refused(f"“{text}” is not an amount.")
    return value


def day(form: QueryDict, name: str = "date") -> date | None:
    text = form.get(name, "").strip()
    try:
        value = parse_date(text)
    except ValueError:
        value = None
    if text and value is None:
        raise Refused(f"“{text}” is not a date.")
    return value


# -- invoices and payments


def pay(organisation: Organisation, invoice_id: str, form: QueryDict) -> str:
    account = organisation.tables["Accounts"].get(form.get("account", ""))
    if account is None:
        raise Refused("Choose the account the money went to.")
    payment = accountant.pay(
        organisation, invoice_id, amount(form), day(form), account["Code"], reference=form.get("reference", "").strip()
    )
    return f"Payment of {payment['Amount']:,.2f} recorded."


def delete_payment(organisation: Organisation, payment_id: str, form: QueryDict) -> str:
    payment = accountant.delete_payment(organisation, payment_id)
    return f"Payment of {payment['Amount']:,.2f} deleted; what it paid is open again."


def add_line(organisation: Organisation, invoice_id: str, form: QueryDict) -> str:
    invoice = accountant.edit_invoice_add_line(
        organisation,
        invoice_id,
        form.get("description", "").strip(),
        amount(form, "unit_amount"),
        form.get("account", ""),
        form.get("tax_type") or None,
        quantity=amount(form, "quantity"),
    )
    return f"Line added; the total is now {invoice['Total']:,.2f}."


def void(organisation: Organisation, invoice_id: str, form: QueryDict) -> str:
    invoice = accountant.void(organisation, invoice_id)
    return f"{invoice['InvoiceNumber'] or 'The bill'} is {invoice['Status'].lower()}."


def credit(organisation: Organisation, invoice_id: str, form: QueryDict) -> str:
    note = accountant.credit_and_allocate(organisation, invoice_id, amount(form))
    return f"Credited {note['Total']:,.2f} with credit note {note['CreditNoteNumber']}."


def remove_allocation(organisation: Organisation, allocation_id: str, form: QueryDict) -> str:
    amount = organisation.tables["Allocations"][allocation_id]["Amount"]
    accountant.remove_allocation(organisation, allocation_id)
    return f"The credit of {amount:,.2f} is taken back; it can be used elsewhere."


def paid_document(payment: Document) -> tuple[str, str]:
    return SECTION_OF[payment["TargetKind"]], payment["TargetID"]


def credited_invoice(allocation: Document) -> tuple[str, str]:
    return "invoices", allocation["InvoiceID"]


def credited_invoice_page(
    request: HttpRequest, organisation: Organisation, allocation_id: str, failure: Failure
) -> HttpResponse:
    invoice_id = organisation.tables["Allocations"][allocation_id]["InvoiceID"]
    return invoice_page(request, organisation, invoice_id, failure)


# -- contacts


def details_of(form: QueryDict) -> dict[str, str]:
    return {field: form.get(name, "").strip() for name, field in CONTACT_FIELDS.items()}


def edit_contact(organisation: Organisation, contact_id: str, form: QueryDict) -> str:
    accountant.edit_contact(organisation, contact_id, **details_of(form))
    return "Saved."


def archive_contact(organisation: Organisation, contact_id: str, form: QueryDict) -> str:
    return f"{accountant.archive_contact(organisation, contact_id)['Name']} is archived."


def restore_contact(organisation: Organisation, contact_id: str, form: QueryDict) -> str:
    return f"{accountant.restore_contact(organisation, contact_id)['Name']} is active again."


def merge_contact(organisation: Organisation, contact_id: str, form: QueryDict) -> str:
    kept = organisation.tables["Contacts"].get(form.get("into", ""))
    if kept is None:
        raise Refused("Choose the contact to keep.")
    merged = accountant.merge_contacts(organisation, contact_id, kept["ContactID"])
    return f"{merged['Name']} is merged into {kept['Name']}."


# -- accounts


def rename_account(organisation: Organisation, account_id: str, form: QueryDict) -> str:
    return (
        f"It is called {accountant.rename_account(organisation, account_id, form.get('name', '').strip())['Name']} now."
    )


def archive_account(organisation: Organisation, account_id: str, form: QueryDict) -> str:
    return f"{accountant.archive_account(organisation, account_id)['Name']} is archived."


ACTS: dict[tuple[str, str], Act] = {
    ("invoices", "pay"): Act("Invoices", pay, invoice_page),
    ("invoices", "add-line"): Act("Invoices", add_line, invoice_page),
    ("invoices", "credit"): Act("Invoices", credit, invoice_page),
    ("invoices", "void"): Act("Invoices", void, invoice_page),
    ("payments", "delete"): Act("Payments", delete_payment, payment_page, paid_document),
    ("allocations", "remove"): Act("Allocations", remove_allocation, credited_invoice_page, credited_invoice),
    ("contacts", "edit"): Act("Contacts", edit_contact, contact_page),
    ("contacts", "archive"): Act("Contacts", archive_contact, contact_page),
    ("contacts", "restore"): Act("Contacts", restore_contact, contact_page),
    ("contacts", "merge"): Act("Contacts", merge_contact, contact_page),
    ("accounts", "rename"): Act("Accounts", rename_account, account_page),
    ("accounts", "archive"): Act("Accounts", archive_account, account_page),
}


@require_POST
@of_organisation
def act(request: HttpRequest, organisation: Organisation, section: str, document_id: str, name: str) -> HttpResponse:
    """Do it and show the document again; a refused act shows its sentences over the form as it was typed."""
    doing, document_id = ACTS[section, name], document_id.lower()
    document = found(organisation, doing.kind, document_id)
    try:
        sentence = doing.verb(organisation, document_id, request.POST)
    except Refused as refusal:
        return doing.page(request, organisation, document_id, Failure(name, refusal.messages, request.POST))
    xero_of(request).save()
    say(request, sentence)
    return redirect(address(organisation, *(doing.leads(document) if doing.leads else (section, document_id))))
