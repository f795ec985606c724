"""Invoices and credit notes on paper and by e-mail, from their pages."""

import pytest
from django.core.mail.backends.locmem import EmailBackend
from django.urls import reverse

from tests.factories import CustomerFactory, an_invoice
from workshop import credits

AROHA = "aroha@example.com"


def an_invoice_for_aroha():
    return an_invoice(customer=CustomerFactory(email=AROHA))


def a_credit_note():
    invoice = an_invoice_for_aroha()
    return credits.credit_invoice(invoice, {invoice.lines.first().pk: 1}, reason="Goodwill")


@pytest.mark.parametrize("kind", ["invoice", "credit-note"])
def test_the_page_has_the_paper_and_the_mail_for_it(signed_in, mailoutbox, kind):
    document = an_invoice_for_aroha() if kind == "invoice" else a_credit_note()
    advisor, reader, page = signed_in("Advisor"), signed_in("Read-only"), reverse(kind, args=[document.pk])
    paper, email = (reverse(f"{kind}-{what}", args=[document.pk]) for what in ("paper", "email"))

    shown = advisor.get(page).content.decode()
    assert (paper in shown, email in shown) == (True, True)
    assert advisor.get(paper).content.startswith(b"%PDF-")
    assert f"is on its way to {AROHA}." in advisor.post(email, follow=True).content.decode()
    assert "E-mail again" in advisor.get(page).content.decode()
    assert len(mailoutbox) == 1

    shown = reader.get(page).content.decode()
    assert (paper in shown, email in shown) == (False, False)
    assert (reader.get(paper).status_code, reader.post(email).status_code) == (403, 403)


def test_on_the_page_a_silent_mail_server_is_a_sentence(signed_in, monkeypatch):
    def refuse(self, messages):  # the mail server is the system's edge
        raise OSError("connection refused")

    monkeypatch.setattr(EmailBackend, "send_messages", refuse)
    invoice = an_invoice_for_aroha()
    told = signed_in("Advisor").post(reverse("invoice-email", args=[invoice.pk]), follow=True).content.decode()
    assert f"The e-mail to {AROHA} did not go out. Send it again." in told
