"""Several sites in one Xero organisation: each marks its lines, and counts by itself."""

from decimal import Decimal

import pytest

from accounting_sync import directory, numbering, setup
from accounting_sync.checklist import checklist
from accounting_sync.drain import drain
from accounting_sync.models import Connection
from accounting_sync.sandbox import accountant
from accounting_sync.xero.client import Client
from tests.factories import PaymentMethodFactory, an_invoice, stocked
from tests.journeys.conftest import live, record_of
from tests.journeys.stock import s01
from tests.journeys.tying import tied
from tests.workshop.purchasing.buying import a_job, an_order, received
from workshop import credits, deposits, sales
from workshop.models import NumberSequence
from workshop.purchasing import billing, crediting

D = Decimal


@pytest.fixture
def opened(opened):
    setup.switch(opened, orders=True)
    return opened


def choose(connection, name):
    option = connection.tracking_options.get(name=name)
    setup.choose(connection, {("site", "site"): option.option_id})
    return option


@pytest.fixture
def site(opened):
    choose(opened, "Workshop")
    return opened


def marks(documents, lines="LineItems"):
    """What tells the site on every line of these."""
    return {
        tuple(f"{mark['Name']}: {mark['Option']}" for mark in line.get("Tracking", []))
        for document in documents
        for line in document[lines]
    }


def test_everything_that_is_booked_carries_the_site(site, books):
    invoice = s01()
    credits.credit_invoice(invoice, {invoice.lines.first().pk: D("0.5")})
    deposits.take_deposit(a_job("491"), amount=D(50), method=PaymentMethodFactory())
    receipt = received(an_order((stocked("A"), 2, "10")))
    bill = billing.finalise(receipt, number="SI-1")
    credit = crediting.request_credit(
        bill.supplier, [{"receipt_line": receipt.lines.get(), "quantity": D(1)}], reason="Wrong part"
    )
    crediting.finalise_credit(credit, supplier_number="CR-1")
    setup.propose_mappings(site)

    drain(site)

    tables = ("Invoices", "CreditNotes", "BankTransactions", "PurchaseOrders")
    ours = [document for table in tables for document in books.tables[table].values()]
    assert len(ours) == 6
    assert marks(ours) == {("Branch: Workshop",)}
    cogs = [row for row in live(books, "ManualJournals") if row["Narration"].startswith("COGS")]
    assert marks(cogs, "JournalLines") == {("Branch: Workshop",)}
    assert tied(site) == []


def test_lines_of_text_alone_carry_none(site, books):
    an_invoice(
        [
            {"description": "Labour", "quantity": D(1), "unit_price": D(100)},
            {"description": "Thank you", "kind": "text"},
        ]
    )
    drain(site)
    (remote,) = live(books, "Invoices")
    assert [bool(line.get("Tracking")) for line in remote["LineItems"]] == [True, False]


def test_another_site_counts_from_the_next_document_and_moves_nothing(site, books, xero):
    first = an_invoice([{"description": "Labour", "quantity": D(1), "unit_price": D(100)}])
    drain(site)
    written = len([call for call in xero.calls if call.method in {"PUT", "POST"}])

    choose(site, "Mobile")
    drain(site)
    assert len([call for call in xero.calls if call.method in {"PUT", "POST"}]) == written
    an_invoice([{"description": "Labour", "quantity": D(1), "unit_price": D(100)}])
    drain(site)

    by_number = {row["InvoiceNumber"]: marks([row]) for row in live(books, "Invoices")}
    assert by_number.pop(first.number) == {("Branch: Workshop",)}
    assert list(by_number.values()) == [{("Branch: Mobile",)}]


def test_a_mark_that_the_accountant_moved_stays_where_it_is_when_we_change_the_invoice(site, books):
    invoice = an_invoice([{"description": "Labour", "quantity": D(1), "unit_price": D(100)}])
    drain(site)
    (remote,) = live(books, "Invoices")
    mobile = {"Name": "Branch", "Option": "Mobile"}
    lines = [{"LineItemID": remote["LineItems"][0]["LineItemID"], "Tracking": [mobile]}]
    accountant.change_invoice(books, remote["InvoiceID"], LineItems=lines)
    row = {"description": "Labour", "quantity": D(1), "unit_price": D(100)}

    sales.edit_invoice(invoice, lines=[row, {**row, "description": "WOF"}], version=invoice.version)
    drain(site)

    (remote,) = live(books, "Invoices")
    assert [marks([{"LineItems": [line]}]) for line in remote["LineItems"]] == [
        {("Branch: Mobile",)}, {("Branch: Workshop",)},
    ]  # fmt: skip


def test_an_option_that_is_gone_in_xero_waits_for_another_and_then_goes_by_itself(site, books):
    (category,) = books.tables["TrackingCategories"].values()
    next(one for one in category["Options"] if one["Name"] == "Workshop")["Status"] = "ARCHIVED"
    invoice = an_invoice([{"description": "Labour", "quantity": D(1), "unit_price": D(100)}])

    drain(site)
    record = record_of("invoice", invoice)
    assert (record.state, record.code) == ("waiting", "tracking_invalid")
    directory.reload(Client(site))
    assert [row.label for row in setup.missing(site)] == ["Lines are marked with"]
    assert any("tracking option of this site is gone" in step.sentence for step in checklist(site))

    choose(site, "Mobile")
    drain(site)
    record.refresh_from_db()
    assert (record.state, marks(live(books, "Invoices"))) == ("synced", {("Branch: Mobile",)})


def test_an_option_that_is_deleted_is_refused_by_xero_and_not_forgotten_here(site, books):
    (category,) = books.tables["TrackingCategories"].values()
    category["Options"] = [one for one in category["Options"] if one["Name"] != "Workshop"]
    directory.reload(Client(site))
    invoice = an_invoice([{"description": "Labour", "quantity": D(1), "unit_price": D(100)}])

    drain(site)

    record = record_of("invoice", invoice)
    assert (record.state, record.code, live(books, "Invoices")) == ("waiting", "tracking_invalid", [])


def test_no_site_no_mark(opened, books):
    an_invoice([{"description": "Labour", "quantity": D(1), "unit_price": D(100)}])
    drain(opened)
    assert marks(live(books, "Invoices")) == {()}


def numbers(connection):
    return next(step for step in checklist(connection) if "order numbers" in step.sentence or "taken" in step.sentence)


def test_a_number_that_another_site_used_is_told_before_anything_is_sent(connection, books):
    assert numbers(connection).done
    sequence = NumberSequence.objects.get(series="invoice")
    taken = sequence.formatted(sequence.next_number + 2)
    labour = [{"Description": "Labour", "UnitAmount": 100, "AccountCode": "200"}]
    accountant.type_invoice_by_hand(books, "Rua Pine", labour, number=taken)

    directory.reload(Client(connection))

    step = numbers(Connection.objects.get())
    assert not step.done
    assert step.sentence.startswith(f"{taken} is taken in Xero (Rua Pine, ")
    NumberSequence.objects.filter(series="invoice").update(prefix="B ")
    assert numbers(Connection.objects.get()).done


def test_a_credit_notes_number_is_looked_at_too_and_a_suppliers_of_the_same_number_is_none_of_ours(connection, books):
    next_one = NumberSequence.objects.get(series="credit_note").formatted()
    labour = [{"Description": "Labour", "UnitAmount": 100, "AccountCode": "200"}]
    bill = accountant.type_invoice_by_hand(books, "Parts House Ltd", labour, bill=True, number="PH 1")
    accountant.credit_and_allocate(books, bill["InvoiceID"], D(1), number=next_one)
    directory.reload(Client(connection))
    assert numbers(Connection.objects.get()).done

    invoice = accountant.type_invoice_by_hand(books, "Rua Pine", labour, number="RP 1")
    accountant.credit_and_allocate(books, invoice["InvoiceID"], D(1), number=next_one)
    directory.reload(Client(connection))

    assert list(numbering.clashes(Connection.objects.get())) == [next_one]


def test_a_supplier_may_use_our_next_number_and_orders_count_too(opened, books):
    sequence = NumberSequence.objects.get(series="invoice")
    labour = [{"Description": "Labour", "UnitAmount": 100, "AccountCode": "429"}]
    accountant.type_invoice_by_hand(books, "Parts House Ltd", labour, bill=True, number=sequence.formatted())
    an_order((stocked("A"), 1, "1"))
    drain(opened)
    orders = NumberSequence.objects.get(series="purchase_order")
    NumberSequence.objects.filter(pk=orders.pk).update(next_number=orders.next_number - 1)

    directory.reload(Client(opened))

    assert list(numbering.clashes(Connection.objects.get())) == [orders.formatted(orders.next_number - 1)]
