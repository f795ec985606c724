"""Invoices and credit notes as files and by e-mail, for phones."""

import pytest
from django.core.mail.backends.locmem import EmailBackend

from tests.factories import CustomerFactory, an_invoice
from tests.workshop.api.calls import get, post
from tests.workshop.reading_paper import words_on
from workshop import credits

AROHA = "aroha@example.com"


@pytest.fixture(params=["invoices", "credit-notes"])
def document(request, garage):
    """(its address, the document)"""
    found = an_invoice(customer=CustomerFactory(email=AROHA))
    if request.param == "credit-notes":
        found = credits.credit_invoice(found, {found.lines.first().pk: 1}, reason="Goodwill")
    return f"{request.param}/{found.pk}/", found


def test_it_is_a_file(owner, document):
    address, found = document
    answer = owner.get(f"/api/v1/{address}pdf/")
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == f'attachment; filename="{found.number}.pdf"'
    assert found.number in words_on(answer.content)


def test_it_goes_out_by_e_mail_and_says_when(owner, document, mailoutbox):
    address, found = document
    assert get(owner, address)["emailed_at"] is None
    assert post(owner, f"{address}email/", 200)["emailed_at"]
    assert [(mail.to, mail.attachments[0][0]) for mail in mailoutbox] == [([AROHA], f"{found.number}.pdf")]


def test_a_mail_server_that_cannot_be_reached_is_named(owner, document, monkeypatch):
    def refuse(self, messages):  # the mail server is the system's edge
        raise OSError("connection refused")

    monkeypatch.setattr(EmailBackend, "send_messages", refuse)
    problem = post(owner, f"{document[0]}email/", 409)
    assert (problem["code"], problem["detail"]) == (
        "not_sent", f"The e-mail to {AROHA} did not go out. Send it again."
    )  # fmt: skip


def test_who_may_not_see_prices_gets_no_paper(signed_in, document):
    assert signed_in("Read-only").get(f"/api/v1/{document[0]}pdf/").status_code == 403
