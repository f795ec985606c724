"""T33: an invoice that is in Xero is credited and issued anew; nothing of it is rewritten there."""

from decimal import Decimal

import pytest

from accounting_sync import links
from accounting_sync.drain import drain
from accounting_sync.models import SyncRecord
from accounting_sync.sandbox.faults import Fault
from tests.factories import UserFactory
from tests.journeys.conftest import JULY_20, live, record_of
from tests.journeys.stock import in_xero, journals, open_stock, pool, s01, s01_lines, stock_here, two_lines
from tests.journeys.tying import tied
from workshop import sales
from workshop.models import CreditNote, PaymentMethod
from workshop.reissuing import reissue_invoice

D = Decimal


@pytest.fixture
def invoice(connection, books, time_machine):
    """S01, 316.83, in Xero since a minute."""
    open_stock(books)
    invoice = s01()
    drain(connection)
    time_machine.shift(60)
    return invoice


def corrected():
    labour, filter_, oil = s01_lines()
    return [labour | {"quantity": D(1)}, filter_, oil]


def due_in_xero(books):
    return {row["InvoiceNumber"]: row["AmountDue"] for row in live(books, "Invoices")}


def states():
    return set(SyncRecord.objects.values_list("state", flat=True))


def test_the_credit_the_new_invoice_and_the_goods_are_in_xero(invoice, connection, books):
    before = dict(next(iter(books.tables["Invoices"].values())))

    new = reissue_invoice(invoice, corrected(), reason="One hour of labour")
    drain(connection)

    assert due_in_xero(books) == {"INV 1008": D(0), "INV 1009": D("247.83")}
    assert new.amount_due == D("247.83")
    [note] = live(books, "CreditNotes")
    assert (note["CreditNoteNumber"], note["Total"], note["RemainingCredit"]) == ("CN 0007", D("316.83"), D(0))
    after = next(iter(books.tables["Invoices"].values()))
    assert [after[name] for name in ("LineItems", "Total", "Date")] == [
        before[name] for name in ("LineItems", "Total", "Date")
    ]
    assert sorted(narration for narration, _, _ in journals(books)[2:]) == [
        "COGS for invoice INV 1009",
        "COGS for invoice INV 1009",
        "COGS reversal for credit note CN 0007",
        "COGS reversal for credit note CN 0007",
    ]
    assert journals(books)[2][1:] == (JULY_20, two_lines("631", "310", "12.25"))
    assert (pool("OF-1"), in_xero(books, "631"), stock_here()) == ((D(7), D("85.75")), D("731.05"), D("731.05"))
    assert states() == {"synced"}


def test_what_was_paid_on_the_old_one_is_used_on_the_new_one_in_xero_too(invoice, connection, books):
    sales.record_payment(invoice, amount=D(100), method=PaymentMethod.objects.get(name="EFTPOS"))
    drain(connection)

    reissue_invoice(invoice, corrected())
    drain(connection)

    assert due_in_xero(books) == {"INV 1008": D(0), "INV 1009": D("147.83")}
    assert live(books, "CreditNotes")[0]["RemainingCredit"] == CreditNote.objects.get().remaining == D(0)
    assert states() == {"synced"}


def test_both_sides_agree_afterwards(invoice, connection, time_machine):
    sales.record_payment(invoice, amount=D("316.83"), method=PaymentMethod.objects.get(name="EFTPOS"))
    reissue_invoice(invoice, corrected())
    drain(connection)
    time_machine.shift(60)

    assert tied(connection) == []
    assert CreditNote.objects.get().remaining == D("69.00")


def test_before_the_first_was_sent_both_go_in_order(connection, books):
    open_stock(books)
    invoice = s01()

    reissue_invoice(invoice, corrected())
    drain(connection)

    assert due_in_xero(books) == {"INV 1008": D(0), "INV 1009": D("247.83")}
    assert states() == {"synced"}


def test_where_every_answer_is_lost_each_is_there_once(invoice, connection, books, xero, time_machine):
    for endpoint in ("CreditNotes", "Invoices", "Allocations", "ManualJournals"):
        xero.faults.add(Fault("lost", method="PUT", path=endpoint))
    reissue_invoice(invoice, corrected())

    for _ in range(6):
        drain(connection)
        time_machine.shift(600)

    assert due_in_xero(books) == {"INV 1008": D(0), "INV 1009": D("247.83")}
    assert (len(live(books, "CreditNotes")), states()) == (1, {"synced"})


def test_a_paid_invoice_that_xero_no_longer_lets_be_changed_offers_it(invoice, client):
    record = record_of("invoice", invoice)
    SyncRecord.objects.filter(pk=record.pk).update(state="warning", code="not_modifiable", message="It is paid.")

    client.force_login(UserFactory.with_role("Accountant"))

    for page in (f"/invoices/{invoice.pk}/", links.panel("invoice", invoice.pk)):
        assert f'href="/invoices/{invoice.pk}/reissue/"' in client.get(page).content.decode()
