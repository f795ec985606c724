"""What every page of an organisation has in common: who may see it, whose books it shows, what was just said."""

from __future__ import annotations

from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from ..organisation import Organisation
from ..table import Document
from .session import View, for_the_accountant, xero_of

#: Section of the menu: address below the organisation, label.
SECTIONS = (
    ("", "Overview"),
    ("invoices", "Invoices"),
    ("bills", "Bills"),
    ("credit-notes", "Credit notes"),
    ("contacts", "Contacts"),
    ("payments", "Payments"),
    ("journals", "Journals"),
    ("bank", "Bank"),
    ("accounts", "Accounts"),
    ("trial-balance", "Trial balance"),
    ("settings", "Settings"),
)


def of_organisation(view: View) -> View:
    """Signed in, and the organisation found."""

    @for_the_accountant
    @wraps(view)
    def opened(request: HttpRequest, organisation_id: str, *args: str, **kwargs: str) -> HttpResponse:
        organisation = xero_of(request).organisations.get(organisation_id)
        if organisation is None:
            raise Http404
        return view(request, organisation, *args, **kwargs)

    return opened


def found(organisation: Organisation, kind: str, document_id: str) -> Document:
    """The document, or 404."""
    document = organisation.tables[kind].get(document_id)
    if document is None:
        raise Http404
    return document


def show(
    request: HttpRequest, template: str, organisation: Organisation, section: str, *, status: int = 200, **context: Any
) -> HttpResponse:
    """A page within the organisation's frame, with ``section`` marked in its menu."""
    base = f"/organisations/{organisation.id}"
    menu = [(f"{base}/{path}" if path else base, label, path == section) for path, label in SECTIONS]
    frame = {"organisation": organisation, "settings": organisation.settings, "base": base, "menu": menu}
    return render(request, f"sandbox/{template}", frame | context, status=status)


def say(request: HttpRequest, sentence: str) -> None:
    """Show ``sentence`` once, at the top of the next page."""
    request.session["said"] = sentence
