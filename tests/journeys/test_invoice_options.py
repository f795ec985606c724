"""T34 and T35: how an invoice's lines are described in Xero, and whether it is edited once it is there."""

from decimal import Decimal

import pytest

from accounting_sync import queue, setup
from accounting_sync.drain import drain
from accounting_sync.models import SyncRecord
from accounting_sync.sandbox.faults import Fault
from tests.factories import CustomerFactory, PartFactory, PaymentMethodFactory, UserFactory
from tests.journeys.conftest import live, record_of
from workshop import credits, sales
from workshop.errors import InvoiceLocked
from workshop.reissuing import reissue_invoice

D = Decimal
LABOUR = {"description": "Service\nOil, filters, all belts looked at", "unit_price": D(120)}


def a_sale():
    filter_ = PartFactory(code="OF-1", description="Oil filter")
    lines = [LABOUR, {"part": filter_, "description": "Oil filter, original, for the Aqua"}]
    return sales.sell(CustomerFactory(), lines)


def described(books, table="Invoices"):
    return [[line["Description"] for line in row["LineItems"]] for row in live(books, table)]


LONG = ["Service\nOil, filters, all belts looked at", "Oil filter, original, for the Aqua"]
SHORT = ["Service", "Oil filter"]


def test_whole_descriptions_are_sent_unless_somebody_wants_them_short(connection, books):
    a_sale()
    drain(connection)

    assert described(books) == [LONG]


def test_short_a_line_carries_the_parts_name_or_the_first_line_of_its_words(connection, books):
    setup.choose_invoice_options(connection, whole_descriptions=False)
    invoice = a_sale()
    credits.credit_invoice(invoice, {line.pk: line.quantity for line in invoice.lines.all()})
    drain(connection)

    assert described(books) == described(books, "CreditNotes") == [SHORT]


def test_long_words_are_cut_with_an_ellipsis(connection, books):
    setup.choose_invoice_options(connection, whole_descriptions=False)
    sales.sell(CustomerFactory(), [LABOUR | {"description": "Belt " * 40}])
    drain(connection)

    assert described(books) == [["Belt " * 19 + "Belt…"]]


@pytest.mark.parametrize("whole", [True, False])
def test_a_change_of_mind_sends_nothing_again_not_even_when_money_comes_in(connection, books, xero, whole):
    setup.choose_invoice_options(connection, whole_descriptions=whole)
    invoice = a_sale()
    drain(connection)
    before = described(books)

    setup.choose_invoice_options(connection, whole_descriptions=not whole)
    queue.look_again(connection)
    drain(connection)
    sales.record_payment(invoice, amount=D(10), method=PaymentMethodFactory())
    drain(connection)

    assert described(books) == before
    assert [call for call in xero.calls if call.method == "POST" and call.path.endswith("Invoices")] == []
    assert set(SyncRecord.objects.values_list("state", flat=True)) == {"synced"}


def test_other_words_go_to_xero_after_a_change_of_mind_too(connection, books):
    invoice = a_sale()
    drain(connection)
    setup.choose_invoice_options(connection, whole_descriptions=False)

    sales.edit_invoice(invoice, [{"description": "Big service", "unit_price": D(120)}])
    drain(connection)

    assert described(books) == [["Big service"]]


@pytest.fixture
def locking(connection):
    setup.choose_invoice_options(connection, locks_invoices=True)
    return connection


def edit(invoice):
    return sales.edit_invoice(invoice, [LABOUR | {"unit_price": D(90)}])


def test_an_invoice_in_xero_is_locked_where_that_was_chosen(locking, client):
    invoice = edit(a_sale())
    drain(locking)

    with pytest.raises(
        InvoiceLocked, match=r"is in Xero and locked here, as was chosen\. Credit it and issue it anew\."
    ):
        edit(invoice)
    with pytest.raises(InvoiceLocked):
        sales.redate_invoice(invoice, invoice.date)
    client.force_login(UserFactory.with_role("Owner"))
    page = client.get(f"/invoices/{invoice.pk}/").content.decode()
    assert (f"/invoices/{invoice.pk}/edit/" in page, f"/invoices/{invoice.pk}/reissue/" in page) == (False, True)
    assert reissue_invoice(invoice, [LABOUR]).total == D(138)


def test_what_may_be_there_is_locked_too(locking, xero):
    xero.faults.add(Fault("lost", method="PUT", path="Invoices"))
    invoice = a_sale()
    drain(locking)
    assert record_of("invoice", invoice).state == "unknown"

    with pytest.raises(InvoiceLocked):
        edit(invoice)


def test_unlocked_again_it_is_edited_again(locking, books):
    invoice = a_sale()
    drain(locking)
    setup.choose_invoice_options(locking, locks_invoices=False)

    edit(invoice)
    drain(locking)

    assert [row["Total"] for row in live(books, "Invoices")] == [D("103.50")]


def test_both_are_chosen_on_the_accounting_page(connection, client):
    client.force_login(UserFactory.with_role("Accountant"))

    client.post("/accounting/invoice-options/", {"locks_invoices": "on"})

    connection.refresh_from_db()
    assert (connection.whole_descriptions, connection.locks_invoices) == (False, True)
    page = client.get("/accounting/").content.decode()
    assert "Send whole descriptions" in page
    assert "Lock invoices when they are in Xero" in page
