"""The pages of payments and journals, and the door to the page of any document."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from ..organisation import Organisation
from .contact_pages import contact_page
from .document_pages import credit_note_page, deposit_page, invoice_page, transaction_page
from .facts import SECTION_OF, Fact, Failure, address, amounts, contact_fact, notes, origin, updated
from .lists import PAYMENT_STATES
from .pages import found, of_organisation, show


def payment_page(
    request: HttpRequest, organisation: Organisation, payment_id: str, failure: Failure | None = None
) -> HttpResponse:
    payment = found(organisation, "Payments", payment_id)
    kind = payment["TargetKind"]
    document = organisation.tables[kind][payment["TargetID"]]
    account = organisation.tables["Accounts"][payment["AccountID"]]
    number = document.get("InvoiceNumber") or document.get("CreditNoteNumber") or kind[:-1]
    facts = [
        Fact("For", number, link=address(organisation, SECTION_OF[kind], payment["TargetID"])),
        contact_fact(organisation, document),
        Fact("Date", payment["Date"], "day"),
        Fact("Account", account["Name"], link=address(organisation, "accounts", account["AccountID"])),
        Fact("Reference", payment.get("Reference")),
        Fact("Reconciled", "yes" if payment["IsReconciled"] else "no"),
        origin(payment),
        updated(payment),
    ]
    return show(
        request,
        "payment.html",
        organisation,
        "payments",
        status=400 if failure else 200,
        payment=payment,
        state=PAYMENT_STATES[payment["Status"]],
        here=address(organisation, "payments", payment_id),
        facts=facts,
        notes=notes(organisation, payment_id),
        failure=failure,
    )


def journal_page(request: HttpRequest, organisation: Organisation, journal_id: str) -> HttpResponse:
    journal = found(organisation, "ManualJournals", journal_id)
    accounts = organisation.tables["Accounts"]
    lines = [{**line, "Account": accounts.get(line.get("AccountID", ""))} for line in journal["JournalLines"]]
    debits = sum((each["LineAmount"] for each in lines if each["LineAmount"] > 0), Decimal(0))
    facts = [
        Fact("Date", journal["Date"], "day"),
        Fact("Number", journal.get("JournalNumber")),
        amounts(journal),
        origin(journal),
        updated(journal),
    ]
    return show(
        request,
        "journal.html",
        organisation,
        "journals",
        journal=journal,
        lines=lines,
        debits=debits,
        facts=facts,
        notes=notes(organisation, journal_id),
    )


#: Section → its page. Those that take a failure can be shown again by a refused act.
PAGES: dict[str, Callable[[HttpRequest, Organisation, str], HttpResponse]] = {
    "invoices": invoice_page,
    "credit-notes": credit_note_page,
    "contacts": contact_page,
    "payments": payment_page,
    "journals": journal_page,
    "bank": transaction_page,
    "deposits": deposit_page,
}


@require_GET
@of_organisation
def detail(request: HttpRequest, organisation: Organisation, section: str, document_id: str) -> HttpResponse:
    return PAGES[section](request, organisation, document_id.lower())
