"""The address in Xero leads to the document the goods belong to."""

import pytest

from tests.factories import UserFactory, an_invoice, stocked
from workshop.models import StockJournal

pytestmark = pytest.mark.django_db


@pytest.fixture
def journal(garage):
    an_invoice([{"part": stocked("OF-1", 8, "98.00")}])
    return StockJournal.objects.get()


def get(client, role, journal, **user):
    client.force_login(UserFactory.with_role(role, **user))
    return client.get(f"/journals/{journal.pk}/")


def test_it_leads_to_the_invoice(client, journal):
    answer = get(client, "Accountant", journal)
    assert (answer.status_code, answer["Location"]) == (302, f"/invoices/{journal.source_id}/")


def test_a_journal_of_no_document_is_told_in_a_few_words(client, journal):
    StockJournal.objects.update(source="reconciliation")
    page = get(client, "Accountant", journal).content.decode()
    assert "COGS for invoice INV 1008" in page
    assert "Cost of Goods Sold" in page


def test_who_may_not_see_costs_is_not_shown_them(client, journal):
    assert get(client, "Technician", journal, is_staff=False).status_code == 403
