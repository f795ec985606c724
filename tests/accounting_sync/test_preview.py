"""The exact document that would be sent, and the total Xero will compute, before anything is sent."""

import json
from decimal import Decimal

import pytest
from django.urls import reverse

from accounting_sync import setup
from accounting_sync.drain import drain
from accounting_sync.models import Attempt, SyncRecord
from accounting_sync.preview import NothingToShow, preview
from tests.accounting_sync.standing import text
from tests.factories import CustomerFactory, an_invoice, stocked
from tests.journeys.conftest import live
from workshop import credits, deposits, jobs, sales
from workshop.models import Organisation, PaymentMethod, StockJournal, TaxRate

D = Decimal
LINES = [
    {"description": "Labour", "quantity": D("1.3333"), "unit_price": D("119.99")},
    {"kind": "outwork", "description": "Disc machining", "quantity": D(3), "unit_price": D("33.335")},
    {"kind": "text", "description": "Next service at 120,000 km"},
]


def sent_of(record):
    """The body that went out last."""
    return Attempt.objects.filter(sync_record__object_id=record.pk).order_by("-id").first().body


@pytest.mark.parametrize("mode", ["exclusive", "inclusive", "no_tax"])
def test_what_is_shown_is_what_is_sent_and_what_xero_makes_of_it(connection, books, mode):
    Organisation.objects.update(tax_mode=mode)
    invoice = an_invoice(LINES)
    drain(connection)
    [there] = live(books, "Invoices")
    SyncRecord.objects.filter(kind="invoice").update(remote_id=None, body_hash="", state="pending")

    shown = preview("invoice", invoice.pk)

    assert (shown.operation, shown.request) == ("create", "PUT Invoices")
    assert json.loads(shown.written) == sent_of(invoice)
    assert (shown.totals.subtotal, shown.totals.tax, shown.totals.total) == (
        there["SubTotal"], there["TotalTax"], there["Total"],
    )  # fmt: skip
    assert (shown.total_here, shown.differs) == (invoice.total, False)


def test_before_anything_is_sent_it_says_what_goes_first_and_sends_nothing(connection, xero):
    invoice = an_invoice(LINES, customer=CustomerFactory(last_name="Kea"))
    calls, records = len(xero.calls), list(SyncRecord.objects.order_by("pk").values())

    shown = preview("invoice", invoice.pk)

    assert (shown.title, shown.operation) == (f"{invoice.number} · Jo Kea", "create")
    assert shown.sentence == "Waiting for contact to be in Xero."
    assert [line.description for line in shown.lines] == ["Labour", "Disc machining", "Next service at 120,000 km"]
    assert (len(xero.calls), list(SyncRecord.objects.order_by("pk").values())) == (calls, records)


def test_what_agrees_already_says_so(connection):
    invoice = an_invoice()
    drain(connection)
    shown = preview("invoice", invoice.pk)
    assert (shown.operation, shown.request, shown.sentence) == ("", "", "Xero holds this already. Nothing is sent.")
    assert json.loads(shown.written) == sent_of(invoice)


def test_a_change_shows_the_new_version(connection):
    invoice = an_invoice(LINES)
    drain(connection)
    sales.edit_invoice(invoice, lines=[LINES[0] | {"tax_rate": TaxRate.objects.get(percent=15)}])

    shown = preview("invoice", invoice.pk)

    assert (shown.operation, shown.request, len(shown.lines)) == ("update", "POST Invoices", 1)
    assert shown.sentence == "What Xero holds is read first. If nobody changed it there, it becomes this."


def test_a_void_is_a_void(connection):
    invoice = an_invoice()
    drain(connection)
    sales.void_invoice(invoice, reason="Wrong car")
    shown = preview("invoice", invoice.pk)
    assert (shown.operation, shown.sentence) == ("void", "It is voided in Xero.")


def test_a_missing_account_is_named_and_the_rest_is_shown(connection):
    drain(connection)
    setup.choose(connection, {("account", "labour"): ""})
    invoice = an_invoice()
    drain(connection)
    shown = preview("invoice", invoice.pk)
    assert shown.sentence == "No Xero account or tax rate is chosen for: Labour sales."
    assert (shown.operation, shown.lines[0].account) == ("create", "")


def test_a_rate_that_is_another_in_xero_is_warned_of_before_it_is_sent(connection, accountant):
    invoice = an_invoice()
    connection.tax_rates.filter(percent=15).update(percent=D("12.5"))

    assert preview("invoice", invoice.pk).differs
    page = text(accountant.get(reverse("accounting:preview", args=["invoice", invoice.pk])))
    assert "The two totals differ: a tax rate in Xero is not the one used here." in page


def test_every_kind_can_be_shown(connection):
    invoice = an_invoice([{"part": stocked("OF-1", 8, "98.00"), "quantity": D(1), "unit_price": D("24.50")}])
    payment = sales.record_payment(invoice, amount=D(1), method=PaymentMethod.objects.first())
    note = credits.credit_invoice(invoice, {invoice.lines.get().pk: D("0.5")}, reason="Goodwill")
    job = jobs.book(customer=invoice.customer, vehicle=invoice.vehicle)
    deposit = deposits.take_deposit(job, amount=D(20), method=PaymentMethod.objects.first())
    journal = StockJournal.objects.first()
    asked = {
        "contact": invoice.customer_id, "invoice": invoice.pk, "payment": payment.pk, "credit_note": note.pk,
        "allocation": note.allocations.get().pk, "deposit": deposit.pk, "journal": journal.pk,
    }  # fmt: skip

    shown = {kind: preview(kind, pk) for kind, pk in asked.items()}

    assert {kind: one.operation for kind, one in shown.items()} == dict.fromkeys(asked, "create")
    assert all(one.body and one.title for one in shown.values())
    assert [(line.account, line.amount) for line in shown["journal"].lines] == [
        ("310 Cost of Goods Sold", D("12.25")), ("631 Stock on Hand", D("-12.25"))
    ]  # fmt: skip
    assert shown["journal"].totals.total == 0


@pytest.mark.parametrize(("kind", "pk"), [("invoice", 999), ("nonsense", 1)])
def test_what_does_not_exist_cannot_be_shown(connection, accountant, kind, pk):
    with pytest.raises(NothingToShow):
        preview(kind, pk)
    assert accountant.get(reverse("accounting:preview", args=[kind, pk])).status_code == 404


def test_without_xero_there_is_nothing_to_show(garage):
    with pytest.raises(NothingToShow):
        preview("invoice", an_invoice().pk)


def test_the_page_shows_lines_accounts_taxes_and_the_total(connection, accountant):
    invoice = an_invoice(LINES)
    page = text(accountant.get(reverse("accounting:preview", args=["invoice", invoice.pk])))

    assert "Labour 200 Labour Sales 1.3333 119.99" in page
    assert f"Total Xero will compute {invoice.total:,.2f} NZD Total here {invoice.total:,.2f}" in page
    assert "PUT Invoices" in page


def test_the_box_leads_to_it_for_those_who_may(connection, accountant, browser):
    invoice = an_invoice()
    address, panel = (
        reverse(f"accounting:{name}", args=["invoice", invoice.pk]) for name in ("preview", "panel")
    )  # fmt: skip
    assert address in accountant.get(panel).content.decode()
    reader = browser("Technician")
    assert address not in reader.get(panel).content.decode()
    assert reader.get(address).status_code == 403


def test_a_page_of_three_lines_costs_what_a_page_of_one_costs(connection, accountant, django_assert_num_queries):
    for lines in (LINES[:1], LINES):
        invoice = an_invoice(lines)
        with django_assert_num_queries(12):
            preview("invoice", invoice.pk)
