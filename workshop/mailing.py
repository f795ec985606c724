"""Documents by e-mail to whom they are for.

Not a transaction: a mail cannot be taken back, so what is sent stands already, and the time is noted after.
"""

from __future__ import annotations

from smtplib import SMTPException
from typing import TypeVar

from django.core.mail import EmailMessage
from django.utils import timezone
from django.utils.formats import date_format

from workshop.errors import InvalidInput, NotAllowedNow, NotSent
from workshop.models import CreditNote, Customer, Invoice, Organisation
from workshop.sales_pdf import credit_note_pdf, invoice_pdf


def send(address: str, subject: str, body: str, number: str, paper: bytes) -> None:
    """One mail with the paper attached; answers go to the garage. Raises NotSent where the mail server refuses."""
    garage = Organisation.current()
    signed = "\n".join(filter(None, [garage.name, garage.phone]))
    mail = EmailMessage(f"{subject} from {garage.name}", f"{body}\n\n{signed}\n", to=[address])
    mail.reply_to = [garage.email] if garage.email else []
    mail.attach(f"{number}.pdf", paper, "application/pdf")
    try:
        mail.send()
    except (SMTPException, OSError) as error:
        raise NotSent(f"The e-mail to {address} did not go out. Send it again.") from error


def email_invoice(invoice: Invoice) -> Invoice:
    """To the customer's address. Raises InvalidInput without one, NotAllowedNow when voided, NotSent."""
    invoice = Invoice.objects.select_related("customer").get(pk=invoice.pk)
    _refuse_voided(invoice)
    vehicle = f" for {invoice.reference}" if invoice.reference else ""
    owed = f"\n{invoice.amount_due:,.2f} is due on {date_format(invoice.due_date)}." if invoice.amount_due else ""
    body = f"Your invoice {invoice.number}{vehicle} is attached.{owed}"
    send(_address(invoice.customer), f"Invoice {invoice.number}", body, invoice.number, invoice_pdf(invoice))
    return _noted(invoice)


def email_credit_note(note: CreditNote) -> CreditNote:
    """To the customer's address. Raises InvalidInput without one, NotAllowedNow when voided, NotSent."""
    note = CreditNote.objects.select_related("customer", "invoice").get(pk=note.pk)
    _refuse_voided(note)
    body = f"Our credit note {note.number} over {note.total:,.2f} is attached."
    send(_address(note.customer), f"Credit note {note.number}", body, note.number, credit_note_pdf(note))
    return _noted(note)


def _refuse_voided(document: Invoice | CreditNote) -> None:
    if document.voided_at:
        raise NotAllowedNow(f"{document} is voided.")


def _address(customer: Customer) -> str:
    if not customer.email:
        raise InvalidInput(f"{customer} has no e-mail address. Add one on the customer's page.", field="email")
    return customer.email


Document = TypeVar("Document", Invoice, CreditNote)


def _noted(document: Document) -> Document:
    """Past the model's signals: what the accounts hold has not changed."""
    document.emailed_at = timezone.now()
    type(document)._default_manager.filter(pk=document.pk).update(emailed_at=document.emailed_at)
    return document
