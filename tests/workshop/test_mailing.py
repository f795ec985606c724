"""Invoices and credit notes by e-mail."""

from decimal import Decimal

import pytest
from django.core.mail.backends.locmem import EmailBackend

from tests.factories import CustomerFactory, an_invoice
from tests.workshop.reading_paper import words_on
from workshop import credits, mailing, sales
from workshop.errors import InvalidInput, NotAllowedNow, NotSent
from workshop.models import Invoice

D = Decimal
AROHA = "aroha@example.com"


def for_aroha(email=AROHA):
    return an_invoice(customer=CustomerFactory(email=email))


def a_credit_note(invoice):
    return credits.credit_invoice(invoice, {invoice.lines.first().pk: D(1)}, reason="Goodwill")


@pytest.fixture
def silent(monkeypatch):
    """A mail server that cannot be reached: it is the system's edge."""

    def refuse(self, messages):
        raise OSError("connection refused")

    monkeypatch.setattr(EmailBackend, "send_messages", refuse)


def test_an_invoice_goes_to_its_customer_as_a_pdf_and_answers_come_to_the_garage(garage, mailoutbox):
    garage.email = "office@kauri.example"
    garage.save()

    invoice = mailing.email_invoice(for_aroha())

    [mail] = mailoutbox
    assert (mail.to, mail.reply_to) == ([AROHA], ["office@kauri.example"])
    assert mail.subject == f"Invoice {invoice.number} from Kauri Motors"
    assert f"Your invoice {invoice.number} for {invoice.reference} is attached." in mail.body
    assert f"{invoice.amount_due:,.2f} is due on" in mail.body
    [(name, paper, kind)] = mail.attachments
    assert (name, kind) == (f"{invoice.number}.pdf", "application/pdf")
    assert words_on(paper).startswith(f"Tax invoice {invoice.number}")
    assert Invoice.objects.get().emailed_at == invoice.emailed_at is not None


def test_a_credit_note_goes_to_its_customer_as_a_pdf(garage, mailoutbox):
    note = mailing.email_credit_note(a_credit_note(for_aroha()))

    [mail] = mailoutbox
    assert (mail.to, mail.subject) == ([AROHA], f"Credit note {note.number} from Kauri Motors")
    assert words_on(mail.attachments[0][1]).startswith(f"Credit note {note.number}")
    assert note.emailed_at


def test_sending_changes_nothing_that_the_books_hold(garage, mailoutbox):
    invoice = for_aroha()
    before = Invoice.objects.values("updated_at", "version").get()

    mailing.email_invoice(invoice)

    assert Invoice.objects.values("updated_at", "version").get() == before
    assert invoice.history.count() == 1


def test_without_an_address_nothing_is_sent(garage, mailoutbox):
    with pytest.raises(InvalidInput, match="has no e-mail address"):
        mailing.email_invoice(for_aroha(email=""))
    assert mailoutbox == []


def test_what_is_voided_is_not_sent(garage, mailoutbox):
    invoice = sales.void_invoice(for_aroha(), reason="Wrong customer")
    with pytest.raises(NotAllowedNow):
        mailing.email_invoice(invoice)
    assert mailoutbox == []


def test_a_mail_server_that_cannot_be_reached_is_said_and_nothing_is_noted(garage, silent):
    with pytest.raises(NotSent, match=f"The e-mail to {AROHA} did not go out"):
        mailing.email_invoice(for_aroha())
    assert Invoice.objects.get().emailed_at is None
