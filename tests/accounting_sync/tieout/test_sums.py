"""The sums of a tie-out, computed a second time from the workshop's rows and from the sandbox's own balances."""

import random
from collections import defaultdict
from decimal import Decimal

import pytest

from accounting_sync import queue, tieout
from accounting_sync.drain import drain
from accounting_sync.models import SyncRecord, TieOutDifference, TieOutRun
from accounting_sync.sandbox import accountant
from accounting_sync.sandbox.endpoints.balances import balances
from accounting_sync.sandbox.errors import Refused
from tests.factories import CustomerFactory, PaymentMethodFactory, an_invoice
from workshop import credits, deposits, jobs, sales
from workshop.errors import WorkshopError
from workshop.models import CreditNote, Deposit, Invoice

D = Decimal
LIVE = {"AUTHORISED", "PAID"}


def a_busy_garage(chance, connection, books):
    """Some weeks of invoices, money and credits; some of it sent, some changed there, some kept back."""
    customers = [CustomerFactory(last_name=f"Kea{n}") for n in range(4)]
    for _ in range(12):
        _somebody_acts(chance, customers)
    drain(connection)
    for _ in range(8):
        _the_accountant_acts(chance, books)
    for _ in range(5):
        _somebody_acts(chance, customers)
    if chance.random() < 0.5:
        queue.skip(SyncRecord.objects.filter(kind="invoice", state="pending"), "Booked by hand")
    return customers


def _somebody_acts(chance, customers):
    invoices = list(Invoice.objects.live())
    act = chance.choice(["invoice", "invoice", "pay", "credit", "void", "deposit"])
    try:
        if act == "invoice" or not invoices:
            lines = [{"description": "Labour", "quantity": D(1), "unit_price": D(chance.randint(10, 500))}]
            an_invoice(lines, customer=chance.choice(customers))
        elif act == "pay":
            sales.record_payment(
                chance.choice(invoices), amount=D(chance.randint(5, 60)), method=PaymentMethodFactory()
            )
        elif act == "credit":
            invoice = chance.choice(invoices)
            credits.credit_invoice(invoice, {invoice.lines.first().pk: D(1)})
        elif act == "void":
            sales.void_invoice(chance.choice(invoices), reason="Wrong car")
        else:
            job = jobs.book(customer=chance.choice(customers), vehicle=None)
            deposits.take_deposit(job, amount=D(chance.randint(20, 90)), method=PaymentMethodFactory())
    except WorkshopError:
        pass  # what does not fit is refused whole


def _the_accountant_acts(chance, books):
    rows = [row for row in books.tables["Invoices"].values() if row["Status"] == "AUTHORISED"]
    if not rows:
        return
    row, act = chance.choice(rows), chance.choice(["pay", "edit", "void", "type", "credit"])
    try:
        if act == "pay":
            accountant.pay(books, row["InvoiceID"], D(chance.randint(1, 40)))
        elif act == "edit":
            accountant.edit_invoice_add_line(books, row["InvoiceID"], "Sundries", D(chance.randint(1, 9)), "201")
        elif act == "void":
            accountant.void(books, row["InvoiceID"])
        elif act == "credit":
            accountant.credit_and_allocate(books, row["InvoiceID"], D(chance.randint(1, 20)))
        else:
            line = {"Description": "Tow", "UnitAmount": 30, "AccountCode": "200", "TaxType": "OUTPUT2"}
            name = books.tables["Contacts"][row["Contact"]["ContactID"]]["Name"]
            accountant.type_invoice_by_hand(books, name, [line])
    except Refused:
        pass


def owed_here(customer):
    """Computed from the lines and payments, not from stored totals."""
    owed = D(0)
    for invoice in Invoice.objects.live().filter(customer=customer):
        owed += sum((line.line_amount + line.tax_amount for line in invoice.lines.exclude(kind="adjustment")), D(0))
        owed -= invoice.payments.total()
        owed -= sum((one.amount for one in invoice.allocations.filter(removed_at=None)), D(0))
    for model, amount in ((CreditNote, "total"), (Deposit, "amount")):
        for credit in model.objects.filter(customer=customer).exclude(status="voided"):
            owed -= getattr(credit, amount)
            owed += sum((one.amount for one in credit.allocations.filter(removed_at=None)), D(0))
            owed += sum((one.amount for one in credit.refunds.given()), D(0))
    return owed


def owed_in_xero(books, customer):
    record = SyncRecord.objects.filter(kind="contact", object_id=customer.pk, remote_id__isnull=False).first()
    return balances(books, record.remote_id)["AccountsReceivable"]["Outstanding"] if record else D(0)


@pytest.mark.parametrize("seed", range(6))
def test_every_sum_is_what_it_is_when_it_is_computed_another_way(connection, books, seed, time_machine):
    time_machine.move_to("2026-07-19T22:00:00Z", tick=False)
    customers = a_busy_garage(random.Random(seed), connection, books)
    time_machine.shift(60)

    tieout.begin(connection)
    tieout.work()

    run = TieOutRun.objects.get()
    told = {one.party_id: one for one in run.differences.filter(kind="customer")}
    expected = {one.pk: (owed_here(one), owed_in_xero(books, one)) for one in customers}
    off = {pk: (here, there) for pk, (here, there) in expected.items() if here != there}
    assert {pk: (D(one.ours), D(one.theirs)) for pk, one in told.items()} == off
    for one in told.values():
        assert sum(D(part["amount"]) for part in one.details) == one.amount
    _months_add_up(run, books)


def _months_add_up(run, books):
    here = defaultdict(D)
    for invoice in Invoice.objects.live():
        here[invoice.date.replace(day=1).isoformat()] += invoice.total
    linked = set(SyncRecord.objects.filter(kind="invoice").values_list("remote_id", flat=True))
    in_xero = sum(
        (
            row["Total"]
            for row in books.tables["Invoices"].values()
            if row["InvoiceID"] in linked and row["Status"] in LIVE
        ),
        D(0),
    )
    cells = {cell["month"]: cell for cell in run.summary if cell["kind"] == "invoice"}
    assert {month: D(cell["here"]) for month, cell in cells.items() if D(cell["here"])} == dict(here)
    assert sum(D(cell["in_xero"]) for cell in cells.values()) == in_xero
    for month, cell in cells.items():
        rows = run.differences.filter(kind="invoice", month=month)
        for verdict, name in (("differs", "differs"), ("explained", "explained")):
            amounts = [abs(one.amount) for one in rows.filter(verdict=verdict)]
            assert D(cell[name]) == sum(amounts, D(0))


def test_green_is_only_said_where_nothing_differs(connection, books, time_machine):
    """One cent, in one of many documents."""
    time_machine.move_to("2026-07-19T22:00:00Z", tick=False)
    lines = [{"description": "Labour", "quantity": D(1), "unit_price": D(100)}]
    invoices = [an_invoice(lines) for _ in range(5)]
    drain(connection)
    Invoice.objects.filter(pk=invoices[3].pk).update(total=D("115.01"), subtotal=D("100.01"), amount_due=D("115.01"))

    tieout.begin(connection)
    tieout.work()

    told = TieOutDifference.objects.filter(kind="invoice").values_list("object_id", "amount")
    assert list(told) == [(invoices[3].pk, D("-0.01"))]
