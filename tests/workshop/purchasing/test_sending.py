"""An order on paper and by e-mail."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.mail.backends.locmem import EmailBackend

from tests.factories import stocked
from tests.workshop.purchasing.buying import a_supplier, an_order, row
from workshop.errors import InvalidInput, NotAllowedNow, NotSent
from workshop.models import PurchaseOrder
from workshop.purchasing import ordering
from workshop.purchasing.order_pdf import order_pdf
from workshop.purchasing.sending import email_order


def a_draft(**supplier):
    part = stocked("OF-1", description="Oil filter ≥ “best”")
    return ordering.draft_order(
        a_supplier(**supplier), [row(part, 10, "12.90")], expected_on=date(2026, 8, 1), note="Back door\nplease"
    )


def test_an_order_is_a_pdf_and_the_same_one_each_time():
    order = a_draft(account_number="K-118")
    paper = order_pdf(order)
    assert paper.startswith(b"%PDF-")
    assert (order_pdf(order), len(paper) > 1500) == (paper, True)


def test_a_long_order_takes_more_pages():
    part = stocked("OF-1")
    order = ordering.draft_order(a_supplier(), [row(part, n, "12.90") for n in range(1, 90)])
    assert order_pdf(order).count(b"/Type /Page\n") > 1


def test_an_order_goes_to_the_suppliers_address_for_orders_and_is_placed_by_it(mailoutbox):
    order = a_draft(email="info@repco.example", order_email="orders@repco.example")

    order = email_order(order)

    [mail] = mailoutbox
    assert (mail.to, mail.subject) == (["orders@repco.example"], "Order PO 1 from Kauri Motors")
    name, paper, kind = mail.attachments[0]
    assert (name, paper[:5], kind) == ("PO 1.pdf", b"%PDF-", "application/pdf")
    assert (order.status, order.sent_at is not None) == ("ordered", True)


def test_without_an_address_nothing_is_sent_and_nothing_placed(mailoutbox):
    with pytest.raises(InvalidInput) as refusal:
        email_order(a_draft())
    assert (refusal.value.field, mailoutbox, PurchaseOrder.objects.get().status) == ("order_email", [], "draft")


def test_a_cancelled_order_is_not_sent():
    order = ordering.cancel_order(a_draft(order_email="orders@repco.example"))
    with pytest.raises(NotAllowedNow):
        email_order(order)


def test_a_mail_server_that_refuses_is_said_and_the_order_can_be_sent_again(monkeypatch, mailoutbox):
    def refuse(self, messages):  # the mail server is the system's edge
        raise OSError("connection refused")

    order = an_order((stocked("A"), 1, Decimal(1)), supplier=a_supplier(order_email="orders@repco.example"))
    with monkeypatch.context() as patch:
        patch.setattr(EmailBackend, "send_messages", refuse)
        with pytest.raises(NotSent):
            email_order(order)
    assert PurchaseOrder.objects.get().sent_at is None
    assert email_order(order).sent_at
    assert len(mailoutbox) == 1
