"""The address that a stock journal carries into the accounts: it leads to the document the goods belong to."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse

from workshop.manager.access import GarageRequest, reads
from workshop.models import Source, StockJournal

PAGES = {
    Source.INVOICE: "invoice",
    Source.CREDIT_NOTE: "credit-note",
    Source.RECEIPT: "receipt",
    Source.BILL: "bill",
    Source.SUPPLIER_CREDIT: "supplier-credit",
    Source.STOCKTAKE: "stocktake",
    Source.WORK_ORDER: "work-order",
    Source.TRANSFER: "transfer",
    Source.JOB: "job",
}


@reads("workshop.view_stockjournal")
def journal(request: GarageRequest, pk: int) -> HttpResponse:
    """To the source's page; a source without one is told in a few words."""
    found = get_object_or_404(StockJournal, pk=pk)
    page = _page(found)
    return redirect(page) if page else render(request, "workshop/journal.html", {"journal": found})


def _page(found: StockJournal) -> str:
    name = PAGES.get(Source(found.source))
    try:
        return reverse(name, args=[found.source_id]) if name else ""
    except NoReverseMatch:
        return ""
