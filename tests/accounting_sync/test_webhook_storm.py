"""However Xero's webhooks arrive, the garage ends where polling alone would have brought it."""

import json
from decimal import Decimal
from random import Random

import pytest
from django.db import transaction

from accounting_sync.drain import drain
from accounting_sync.models import Cursor, SyncRecord
from accounting_sync.pull import pull
from accounting_sync.sandbox import accountant
from tests.accounting_sync.test_webhook import event, ring, sign
from tests.factories import an_invoice
from workshop.models import Customer, Invoice, Payment

CATEGORY = {"Invoices": "INVOICE", "Contacts": "CONTACT", "CreditNotes": "CREDITNOTE"}


@pytest.fixture
def busy_accountant(connection, books):
    """Pays, edits, voids and renames in Xero. Returns Xero's events of it, in their order."""
    for _ in range(4):
        an_invoice()
    drain(connection)
    pull(connection, only_due=False)
    Cursor.objects.update(poke_at=None)
    paid, edited, voided, credited = (row["InvoiceID"] for row in list(books.tables["Invoices"].values())[:4])
    accountant.pay(books, paid, Decimal("10.00"))
    accountant.edit_invoice_add_line(books, edited, "Rags", Decimal("3.10"))
    accountant.void(books, voided)
    accountant.credit_and_allocate(books, credited, Decimal("5.00"))
    contact = books.tables["Invoices"][paid]["Contact"]["ContactID"]
    accountant.edit_contact(books, contact, EmailAddress="office@kea.example")
    told = ["Invoices", "Invoices", "Invoices", "CreditNotes", "Invoices", "Contacts"]
    return [event(connection.tenant_id, CATEGORY[name]) for name in told]


def state():
    """Everything that an import can change; by title, for a database that rolled back counts on."""
    kept = ["kind", "title", "state", "code", "remote_status", "remote_hash", "base", "remote_number"]
    return {
        "invoices": list(
            Invoice.objects.order_by("pk").values("number", "status", "total", "amount_paid", "amount_due")
        ),
        "payments": list(Payment.objects.order_by("pk").values("invoice", "amount", "source", "reversed_at")),
        "customers": list(Customer.objects.order_by("pk").values("pk", "email", "name")),
        "records": list(SyncRecord.objects.order_by("kind", "title").values(*kept)),
    }


def storm(events, seed):
    """Each event ten times, in any order, several to a body; between them forged ones and those of strangers."""
    random = Random(seed)
    flood = events * 10 + [event("nobody-we-know")] * 20
    random.shuffle(flood)
    while flood:
        body, flood = flood[:7], flood[7:]
        ring({"events": list(reversed(body))})
        ring({"events": body}, signature=sign(b"forged"))
        ring(json.dumps({"events": body}).encode()[:-3])  # cut off on the way


def polled_alone(connection):
    """What reading everything brings, without keeping it."""
    with transaction.atomic():
        pull(connection, only_due=False)
        found = state()
        transaction.set_rollback(True)
    return found


@pytest.mark.django_db
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_storm_of_webhooks_ends_where_polling_alone_ends(connection, busy_accountant, seed):
    before, expected = state(), polled_alone(connection)
    assert before != expected

    storm(busy_accountant, seed)
    assert state() == before  # the endpoint itself does nothing
    pull(connection)

    assert state() == expected
    pull(connection, only_due=False)
    assert state() == expected  # and nothing is left to poll
