"""S07, S08, S09, S12 and S15: bills, freight, rounding and work in progress, to the cent, in Xero and here."""

from datetime import date
from decimal import Decimal

import pytest

from accounting_sync import decisions, export_runs, queue, setup
from accounting_sync.drain import drain
from accounting_sync.models import SyncRecord
from accounting_sync.sandbox import accountant
from accounting_sync.sandbox.faults import Fault
from tests.factories import SupplierFactory, an_invoice, stocked
from tests.journeys.conftest import JULY_20, live, record_of
from tests.journeys.stock import in_xero, journals, pool, stock_here, two_lines, work_in_progress_here
from tests.workshop.purchasing.buying import a_job, a_radiator, an_order, finished, numbered, received, row
from workshop import jobs, sales
from workshop.models import Bill, LineKind, Part, SupplierCredit
from workshop.purchasing import billing, correcting, crediting, ordering

D = Decimal


def bills(books):
    return [row for row in live(books, "Invoices") if row["Type"] == "ACCPAY"]


def lines_there(document):
    return [(line["LineAmount"], line["AccountCode"], line["TaxAmount"]) for line in document["LineItems"]]


def s07(**fields):
    numbered("purchase_order", 31)
    a, b = stocked("A"), stocked("B")
    supplier = SupplierFactory(company_name="Parts House Ltd")
    receipt = received(an_order((a, 3, "7.77"), (b, 4, "9.13"), freight="7.50", supplier=supplier))
    return billing.finalise(receipt, number="SI-900", supplier_total=D("77.43"), **fields)


def s08():
    """Ten OF-1 for stock and a radiator for job 490, with freight for both."""
    job = a_job("490")
    line = a_radiator(job)
    rows = [
        row(Part.objects.get(code="OF-1"), 10, "12.90"),
        row(None, 1, "186.40", description="Radiator", job_line=line),
    ]
    ordering.need_for_job(line)
    receipt = received(an_order(*rows, freight="12.00"))
    return job, billing.finalise(receipt, number="SI-901")


def test_s07_a_stock_order_with_a_cent_of_rounding(opened, books):
    bill = s07()

    drain(opened)

    (remote,) = bills(books)
    names = ["Status", "InvoiceNumber", "Date", "SubTotal", "TotalTax", "Total"]
    assert [remote[name] for name in names] == ["AUTHORISED", "SI-900", JULY_20, D("67.32"), D("10.11"), D("77.43")]
    assert lines_there(remote) == [
        (D("23.31"), "631", D("3.50")),
        (D("36.52"), "631", D("5.48")),
        (D("7.50"), "631", D("1.13")),
        (D("-0.01"), "860", D("0.00")),
    ]
    contact = books.tables["Contacts"][remote["Contact"]["ContactID"]]
    assert (contact["Name"], remote["Url"].partition("/bills/")[2]) == ("Parts House Ltd", f"{bill.pk}/")
    assert in_xero(books, "631") == stock_here() == D("845.03")  # 777.70 + 67.33
    assert set(SyncRecord.objects.values_list("state", flat=True)) == {"synced"}


def test_s08_freight_goes_with_the_goods_to_their_account(opened, books):
    s08()

    drain(opened)

    (remote,) = bills(books)
    assert lines_there(remote) == [
        (D("129.00"), "631", D("19.35")),
        (D("186.40"), "635", D("27.96")),
        (D("4.91"), "631", D("0.74")),
        (D("7.09"), "635", D("1.06")),
    ]
    assert (remote["Total"], pool("OF-1")) == (D("376.51"), (D(18), D("231.91")))
    assert in_xero(books, "631") == stock_here() == D("911.61")
    assert in_xero(books, "635") == work_in_progress_here() == D("193.49")


def test_s09_a_part_ordered_for_the_job_costs_what_it_cost(opened, books):
    job, _ = s08()
    jobs.add_line(job, description="Labour", quantity=D(2), unit_price=D(120))
    invoice = sales.issue_invoice(finished(job))

    drain(opened)

    assert (invoice.subtotal, invoice.total) == (D("530.00"), D("609.50"))
    assert journals(books) == [(f"COGS for invoice {invoice.number}", JULY_20, two_lines("310", "635", "193.49"))]
    assert in_xero(books, "635") == work_in_progress_here() == 0


def test_s12_an_average_of_uneven_cents_leaves_nothing_behind(opened, books):
    s08()
    oil_filter = Part.objects.get(code="OF-1")
    for quantity, left in ((1, (17, "219.03")), (4, (13, "167.49"))):
        an_invoice([{"part": oil_filter, "quantity": D(quantity), "unit_price": D("24.50")}])
        drain(opened)
        assert pool("OF-1") == (D(left[0]), D(left[1]))
        assert in_xero(books, "631") == stock_here()
    assert [amounts[0][1] for _, _, amounts in journals(books)] == [D("12.88"), D("51.54")]


def test_s15_outwork_is_work_in_progress_until_its_job_is_invoiced(opened, books):
    job = a_job("491")
    line = jobs.add_line(job, kind=LineKind.OUTWORK, description="Disc machining", unit_price=D("119.00"))
    ordering.need_for_job(line)
    receipt = received(an_order(row(None, 1, "85.00", description="Disc machining", job_line=line)))
    billing.finalise(receipt, number="SI-902")
    drain(opened)
    assert (bills(books)[0]["Total"], in_xero(books, "635")) == (D("97.75"), D("85.00"))

    invoice = sales.issue_invoice(finished(job))
    drain(opened)

    (remote,) = [row for row in live(books, "Invoices") if row["Type"] == "ACCREC"]
    assert (remote["Total"], remote["LineItems"][0]["AccountCode"]) == (D("136.85"), "202")
    assert journals(books) == [(f"COGS for invoice {invoice.number}", JULY_20, two_lines("310", "635", "85.00"))]
    assert in_xero(books, "635") == 0


def test_w7_a_price_corrected_later_changes_the_bill_and_costs_what_was_sold(opened, books):
    part = stocked("P")
    receipt = received(an_order((part, 10, "10.00")))
    bill = billing.finalise(receipt, number="SI-903")
    an_invoice([{"part": part, "quantity": D(4), "unit_price": D(20)}])
    drain(opened)

    correcting.correct_price(bill, {receipt.lines.get().pk: D("11.00")})
    drain(opened)

    (remote,) = bills(books)
    assert (remote["SubTotal"], pool("P")) == (D("110.00"), (D(6), D("66.00")))
    assert journals(books)[-1][2] == two_lines("310", "631", "4.00")
    assert in_xero(books, "631") == stock_here() == D("843.70")


def test_a_bill_that_is_voided_here_is_voided_in_xero(opened, books):
    bill = s07()
    drain(opened)

    billing.void_bill(bill, reason="Wrong supplier")
    drain(opened)

    assert (bills(books), record_of("bill", bill).remote_status) == ([], "VOIDED")
    assert in_xero(books, "631") == D("777.70")  # the goods are received and not billed


def test_what_is_paid_of_a_bill_in_xero_is_known_here(opened, books, sync):
    bill = s07()
    drain(opened)
    (remote,) = bills(books)
    sync(opened, minutes=1)

    accountant.pay(books, remote["InvoiceID"], D("50.00"))
    sync(opened, minutes=11)
    bill.refresh_from_db()
    assert (bill.status, bill.amount_paid) == ("part_paid", D("50.00"))

    accountant.pay(books, remote["InvoiceID"], D("27.43"))
    sync(opened, minutes=11)
    bill.refresh_from_db()
    assert (bill.status, bill.amount_paid, record_of("bill", bill).state) == ("paid", D("77.43"), "synced")


def test_credit_used_on_a_bill_in_xero_and_the_day_it_is_to_be_paid_are_known_here(opened, books, sync):
    bill = s07()
    drain(opened)
    there = bills(books)[0]["InvoiceID"]
    sync(opened, minutes=1)

    accountant.change_invoice(books, there, PlannedPaymentDate="2026-08-31")
    accountant.credit_and_allocate(books, there, D("7.43"), account="310")
    sync(opened, minutes=11)

    bill.refresh_from_db()
    assert (bill.amount_credited, bill.planned_payment_date) == (D("7.43"), date(2026, 8, 31))
    assert record_of("bill", bill).state == "synced"


def test_a_payment_of_a_bill_taken_back_in_xero_is_taken_back_here(opened, books, sync):
    bill = s07()
    drain(opened)
    paid = accountant.pay(books, bills(books)[0]["InvoiceID"], D("77.43"))
    sync(opened, minutes=11)

    accountant.delete_payment(books, paid["PaymentID"])
    sync(opened, minutes=11)

    bill.refresh_from_db()
    assert (bill.status, bill.amount_paid) == ("awaiting_payment", D(0))


def test_a_bill_changed_in_xero_asks_and_is_not_overwritten(opened, books, sync):
    bill = s07()
    drain(opened)
    accountant.edit_invoice_add_line(books, bills(books)[0]["InvoiceID"], "Courier", D("10.00"), account="429")

    sync(opened, minutes=11)

    record = record_of("bill", bill)
    bill.refresh_from_db()
    assert (record.state, record.code, bill.changed_in_accounts, bill.total) == (
        "conflict",
        "changed_in_xero",
        True,
        D("77.43"),
    )


def test_a_bill_whose_answer_was_lost_is_found_by_number_supplier_and_address(opened, books, xero, sync):
    s07()
    drain(opened)  # its contact
    xero.faults.add(Fault("lost", method="PUT", path="Invoices"))
    receipt = received(an_order((Part.objects.get(code="A"), 1, "7.77"), supplier=Bill.objects.get().supplier))
    billing.finalise(receipt, number="SI-904")
    accountant.type_invoice_by_hand(
        books,
        "Parts House Ltd",
        [{"Description": "A", "UnitAmount": 9, "AccountCode": "429"}],
        bill=True,
        number="SI-904",
    )
    drain(opened)

    sync(opened, minutes=6)

    assert sorted(row["InvoiceNumber"] for row in bills(books)) == ["SI-900", "SI-904", "SI-904"]
    assert set(SyncRecord.objects.filter(kind="bill").values_list("state", flat=True)) == {"synced"}


def test_a_supplier_credit_goes_to_xero_when_the_suppliers_number_is_here(opened, books):
    bill = s07()
    line = bill.receipt.lines.first()
    credit = crediting.request_credit(bill.supplier, [{"receipt_line": line, "quantity": D(1)}], reason="Wrong part")
    drain(opened)
    record = record_of("supplier_credit", credit)
    assert (record.state, record.code, len(books.tables["CreditNotes"])) == ("skipped", "not_final", 0)

    crediting.finalise_credit(credit, supplier_number="SC-5")
    drain(opened)

    (remote,) = live(books, "CreditNotes")
    assert (remote["Type"], remote["CreditNoteNumber"]) == ("ACCPAYCREDIT", "SC-5")
    assert {line["AccountCode"] for line in remote["LineItems"]} == {"631"}
    assert in_xero(books, "631") == stock_here()

    crediting.void_credit(SupplierCredit.objects.get(), reason="Typed twice")
    drain(opened)
    assert live(books, "CreditNotes") == []


@pytest.mark.parametrize("purchases", [True, False])
@pytest.mark.parametrize("stock", [True, False])
def test_each_switch_sends_its_own_documents(opened, books, purchases, stock):
    setup.switch(opened, purchases=purchases, journals=stock)
    s07()
    an_invoice([{"part": Part.objects.get(code="OF-1"), "quantity": D(1), "unit_price": D("24.50")}])

    drain(opened)

    assert (len(bills(books)), len(journals(books))) == (int(purchases), int(stock))
    kept_back = SyncRecord.objects.filter(state="skipped", code="by_choice").values_list("kind", flat=True)
    assert set(kept_back) == {kind for kind, on in (("bill", purchases), ("journal", stock)) if not on}
    suppliers = [c["Name"] for c in books.tables["Contacts"].values() if c["Name"] == "Parts House Ltd"]
    assert len(suppliers) == int(purchases)


def test_bills_kept_back_stay_when_purchases_are_turned_on(opened, books, time_machine):
    setup.switch(opened, purchases=False)
    s07()
    drain(opened)
    time_machine.shift(3600)

    setup.switch(opened, purchases=True)
    queue.look_again(opened)
    drain(opened)

    assert bills(books) == []


def test_a_bill_whose_supplier_was_archived_in_xero_goes_to_a_new_contact_of_that_supplier(opened, books):
    drain(opened)
    first = s07()
    drain(opened)
    [there] = [c for c in books.tables["Contacts"].values() if c["Name"] == "Parts House Ltd"]
    accountant.archive_contact(books, there["ContactID"])
    order = an_order((Part.objects.get(code="A"), 1, "5.00"), supplier=first.supplier)
    second = billing.finalise(received(order), number="SI-902")
    drain(opened)
    assert record_of("bill", second).code == "contact_archived"

    decisions.make_new_contact(record_of("bill", second))
    drain(opened)

    assert record_of("bill", second).state == "synced"
    names = [c["Name"] for c in books.tables["Contacts"].values() if c["Name"].startswith("Parts House Ltd")]
    assert names == ["Parts House Ltd", f"Parts House Ltd ({first.supplier_id})"]


def test_a_bill_accepted_as_xero_has_it_is_left_out_when_all_is_booked_anew(opened, books, sync):
    receipt = received(an_order((stocked("A"), 10, "10")))
    billing.finalise(receipt, number="SI-77")
    sync(opened)
    (there,) = bills(books)
    accountant.edit_invoice_add_line(books, there["InvoiceID"], "Pallet", D("5.00"), "631")
    sync(opened, minutes=11)
    record = record_of("bill", Bill.objects.get())
    assert (record.state, record.code) == ("conflict", "changed_in_xero")
    decisions.accept_xero(record)
    setup.choose(opened, {("account", "stock"): "635", ("account", "wip"): "631"})

    export_runs.resync(opened)
    sync(opened, minutes=11)

    (there,) = bills(books)
    assert (there["SubTotal"], [line["AccountCode"] for line in there["LineItems"]]) == (D("105.00"), ["631", "631"])
    assert record_of("bill", Bill.objects.get()).state == "synced"
