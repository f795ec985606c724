"""Invoices and credit notes on paper and by e-mail."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from workshop import mailing
from workshop.manager.access import GarageRequest, changes, reads
from workshop.manager.credit_notes import found_note
from workshop.manager.invoice_page import found_invoice
from workshop.manager.pages import pdf_answer
from workshop.manager.refusals import refusals_told
from workshop.sales_pdf import credit_note_pdf, invoice_pdf


@reads("view_invoice", "see_prices", "see_contact_details")
def invoice_paper(request: GarageRequest, pk: int) -> HttpResponse:
    invoice = found_invoice(pk)
    return pdf_answer(invoice.number, invoice_pdf(invoice))


@changes("view_invoice", "email_invoice")
def invoice_email(request: GarageRequest, pk: int) -> HttpResponse:
    invoice = found_invoice(pk)
    with refusals_told(request):
        mailing.email_invoice(invoice)
        messages.success(request, f"{invoice} is on its way to {invoice.customer.email}.")
    return redirect("invoice", pk)


@reads("view_creditnote", "see_prices", "see_contact_details")
def credit_note_paper(request: GarageRequest, pk: int) -> HttpResponse:
    note = found_note(pk)
    return pdf_answer(note.number, credit_note_pdf(note))


@changes("view_creditnote", "email_invoice")
def credit_note_email(request: GarageRequest, pk: int) -> HttpResponse:
    note = found_note(pk)
    with refusals_told(request):
        mailing.email_credit_note(note)
        messages.success(request, f"{note} is on its way to {note.customer.email}.")
    return redirect("credit-note", pk)
