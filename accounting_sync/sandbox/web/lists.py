"""The lists: one description per kind of document, one page that shows them all, searched and in pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from ..organisation import ID_FIELDS, Organisation
from ..table import Document
from .pages import of_organisation, show

ROWS = 50


class Column(NamedTuple):
    """``kind``: text, money, day or state; a list's first column carries the link."""

    heading: str
    value: Callable[[Organisation, Document], Any]
    kind: str = "text"


@dataclass(frozen=True)
class Listing:
    """``states`` are the tabs: label → the statuses it shows."""

    title: str
    section: str
    table: str
    columns: tuple[Column, ...]
    link: str
    holds: Callable[[Document], bool] = lambda document: True
    states: tuple[tuple[str, tuple[str, ...]], ...] = ()
    state_field: str = "Status"
    newest_first: bool = True
    empty: str = ""
    act: str = ""


class Cell(NamedTuple):
    heading: str
    value: Any
    kind: str
    link: str


def field(name: str) -> Callable[[Organisation, Document], Any]:
    return lambda organisation, document: document.get(name)


def contact_name(organisation: Organisation, document: Document) -> str:
    return organisation.tables["Contacts"][document["Contact"]["ContactID"]]["Name"]


def _number_or_draft(name: str) -> Callable[[Organisation, Document], Any]:
    return lambda organisation, document: document.get(name) or "(no number)"


def _paid_document(organisation: Organisation, payment: Document) -> str:
    document = organisation.tables[payment["TargetKind"]][payment["TargetID"]]
    return document.get("InvoiceNumber") or document.get("CreditNoteNumber") or payment["TargetKind"][:-1]


def _account_name(organisation: Organisation, payment: Document) -> str:
    return organisation.tables["Accounts"][payment["AccountID"]]["Name"]


def _debits(organisation: Organisation, journal: Document) -> Any:
    return sum(line["LineAmount"] for line in journal["JournalLines"] if line["LineAmount"] > 0)


#: A payment is not "awaiting" anything: Xero's word for its state means another thing on an invoice.
PAYMENT_STATES = {"AUTHORISED": "RECORDED", "DELETED": "DELETED"}

DOCUMENT_STATES = (
    ("Draft", ("DRAFT", "SUBMITTED")),
    ("Awaiting payment", ("AUTHORISED",)),
    ("Paid", ("PAID",)),
    ("Voided", ("VOIDED", "DELETED")),
)


def _invoices(title: str, section: str, kind: str, reference: tuple[Column, ...], act: str = "") -> Listing:
    return Listing(
        title,
        section,
        "Invoices",
        (
            Column("Number", _number_or_draft("InvoiceNumber")),
            *reference,
            Column("Contact", contact_name),
            Column("Date", field("Date"), "day"),
            Column("Due", field("DueDate"), "day"),
            Column("Total", field("Total"), "money"),
            Column("Owing", field("AmountDue"), "money"),
            Column("State", field("Status"), "state"),
        ),
        "invoices",
        holds=lambda document: document["Type"] == kind,
        states=DOCUMENT_STATES,
        empty=f"No {title.lower()} yet. They appear here as soon as an app sends one.",
        act=act,
    )


LISTINGS = {
    listing.section: listing
    for listing in (
        _invoices(
            "Invoices", "invoices", "ACCREC", (Column("Reference", field("Reference")),), act="Type an invoice by hand"
        ),
        _invoices("Bills", "bills", "ACCPAY", ()),
        Listing(
            "Credit notes",
            "credit-notes",
            "CreditNotes",
            (
                Column("Number", _number_or_draft("CreditNoteNumber")),
                Column("Contact", contact_name),
                Column("Date", field("Date"), "day"),
                Column("Total", field("Total"), "money"),
                Column("Remaining", field("RemainingCredit"), "money"),
                Column("State", field("Status"), "state"),
            ),
            "credit-notes",
            states=DOCUMENT_STATES,
            empty="No credit notes yet.",
        ),
        Listing(
            "Contacts",
            "contacts",
            "Contacts",
            (
                Column("Name", field("Name")),
                Column("Contact code", field("ContactNumber")),
                Column("Email", field("EmailAddress")),
                Column("State", field("ContactStatus"), "state"),
            ),
            "contacts",
            states=(("Active", ("ACTIVE",)), ("Archived", ("ARCHIVED", "GDPRREQUEST"))),
            state_field="ContactStatus",
            newest_first=False,
            empty="No contacts yet.",
            act="Add a contact",
        ),
        Listing(
            "Payments",
            "payments",
            "Payments",
            (
                Column("For", _paid_document),
                Column("Date", field("Date"), "day"),
                Column("Reference", field("Reference")),
                Column("Account", _account_name),
                Column("Amount", field("Amount"), "money"),
                Column("State", lambda organisation, each: PAYMENT_STATES[each["Status"]], "state"),
            ),
            "payments",
            states=(("Recorded", ("AUTHORISED",)), ("Deleted", ("DELETED",))),
            empty="No payments yet.",
        ),
        Listing(
            "Manual journals",
            "journals",
            "ManualJournals",
            (
                Column("Narration", field("Narration")),
                Column("Date", field("Date"), "day"),
                Column("Debits", _debits, "money"),
                Column("State", field("Status"), "state"),
            ),
            "journals",
            states=(("Draft", ("DRAFT",)), ("Posted", ("POSTED",)), ("Voided", ("VOIDED", "DELETED"))),
            empty="No manual journals yet.",
        ),
        Listing(
            "Bank transactions",
            "bank",
            "BankTransactions",
            (
                Column("Type", field("Type"), "words"),
                Column("Contact", contact_name),
                Column("Date", field("Date"), "day"),
                Column("Reference", field("Reference")),
                Column("Total", field("Total"), "money"),
                Column("State", lambda organisation, each: PAYMENT_STATES.get(each["Status"], each["Status"]), "state"),
            ),
            "bank",
            empty="No bank transactions yet. Deposits (prepayments) show here too.",
        ),
    )
}


@require_GET
@of_organisation
def listing_page(request: HttpRequest, organisation: Organisation, section: str) -> HttpResponse:
    listing, asked = LISTINGS[section], request.GET.get("q", "").strip()
    everything = [each for each in organisation.tables[listing.table].values() if listing.holds(each)]
    state = request.GET.get("state", "")
    wanted = dict(listing.states).get(state, ())
    rows = [each for each in everything if not wanted or each[listing.state_field] in wanted]
    page = Paginator(_arranged(organisation, listing, rows, asked), ROWS).get_page(request.GET.get("page"))
    return show(
        request,
        "list.html",
        organisation,
        section,
        listing=listing,
        page=page,
        rows=[cells(organisation, listing, each) for each in page],
        tabs=_tabs(listing, everything, state),
        state=state,
        asked=asked,
    )


def _arranged(organisation: Organisation, listing: Listing, rows: list[Document], asked: str) -> list[Document]:
    if asked:
        rows = [each for each in rows if asked.casefold() in _searchable(organisation, listing, each)]
    return rows[::-1] if listing.newest_first else sorted(rows, key=lambda each: each["Name"].casefold())


def _searchable(organisation: Organisation, listing: Listing, document: Document) -> str:
    """Every column as text, and the id, so that an id pasted from a log finds its document."""
    texts = [str(column.value(organisation, document) or "") for column in listing.columns]
    return " ".join([*texts, document[ID_FIELDS[listing.table]]]).casefold()


def cells(organisation: Organisation, listing: Listing, document: Document) -> list[Cell]:
    link = f"/organisations/{organisation.id}/{listing.link}/{document[ID_FIELDS[listing.table]]}"
    return [
        Cell(column.heading, column.value(organisation, document), column.kind, "" if position else link)
        for position, column in enumerate(listing.columns)
    ]


def _tabs(listing: Listing, everything: Iterable[Document], state: str) -> list[tuple[str, str, int, bool]]:
    """Label, query, how many, and whether it is the one shown."""
    if not listing.states:
        return []
    counts: dict[str, int] = {}
    for document in everything:
        counts[document[listing.state_field]] = counts.get(document[listing.state_field], 0) + 1
    tabs = [("All", "", sum(counts.values()), not state)]
    return tabs + [
        (label, label, sum(counts.get(each, 0) for each in statuses), label == state)
        for label, statuses in listing.states
    ]
