"""Xero's own links from an app to a document, as section 7 of the reference lists them."""

from __future__ import annotations

import re

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET

from .session import for_the_accountant, xero_of

GUID = r"([0-9a-fA-F-]{36})"
PATHS = (
    (rf"/AccountsReceivable/(?:View|Edit)\.aspx\?InvoiceID={GUID}", "invoices"),
    (rf"/AccountsPayable/(?:View|Edit)\.aspx\?InvoiceID={GUID}", "invoices"),
    (rf"/Accounts(?:Receivable|Payable)/ViewCreditNote\.aspx\?creditNoteID={GUID}", "credit-notes"),
    (rf"/Contacts/View/{GUID}", "contacts"),
    (rf"/Contacts/View\.aspx\?contactID={GUID}", "contacts"),
    (rf"/Bank/ViewTransaction\.aspx\?bankTransactionID={GUID}", "bank"),
    (rf"/Journal/View\.aspx\?invoiceID={GUID}", "journals"),
)
#: Which documents a section shows, for a link that does not say whose they are.
JOURNALS = "ManualJournals"


def section_of(path: str) -> tuple[str, str] | None:
    """The section and id a link's path names; Xero minds no case in it."""
    for pattern, section in PATHS:
        if match := re.fullmatch(pattern, path, re.IGNORECASE):
            return section, match[1].lower()
    return None


@require_GET
@for_the_accountant
def organisation_login(request: HttpRequest) -> HttpResponse:
    """?shortcode=…&redirecturl=…: the organisation by its short code, then the document in it."""
    short_code = request.GET.get("shortcode", "")
    target = section_of(request.GET.get("redirecturl", ""))
    for organisation in xero_of(request).organisations.values():
        if target and organisation.settings["ShortCode"] == short_code:
            return redirect(f"/organisations/{organisation.id}/{target[0]}/{target[1]}")
    raise Http404


@require_GET
@for_the_accountant
def journal(request: HttpRequest) -> HttpResponse:
    """The one link of Xero without a short code; the parameter really is called invoiceID."""
    journal_id = request.GET.get("invoiceID", "").lower()
    for organisation in xero_of(request).organisations.values():
        if journal_id in organisation.tables[JOURNALS]:
            return redirect(f"/organisations/{organisation.id}/journals/{journal_id}")
    raise Http404
