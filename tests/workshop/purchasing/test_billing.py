"""The supplier's invoice, to the cent: S07, S08, S09, S15, and what is refused."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from tests.factories import an_invoice, stocked
from tests.workshop.purchasing.buying import (
    a_job,
    a_radiator,
    a_supplier,
    an_order,
    finished,
    journals,
    lines_of,
    lots,
    numbered,
    pool,
    received,
    row,
)
from workshop import jobs, sales
from workshop.errors import InvalidInput, NotAllowedNow, Overpayment, PeriodLocked, PriceQuery
from workshop.models import Bill, LineKind, Organisation, PurchaseOrder, Receipt
from workshop.purchasing import allocating, billing, ordering, receiving

D = Decimal


def s07():
    numbered("purchase_order", 31)
    a, b = stocked("A"), stocked("B")
    return a, b, received(an_order((a, 3, "7.77"), (b, 4, "9.13"), freight="7.50"))


def test_s07_a_cent_of_rounding_is_a_line_of_its_own():
    a, b, receipt = s07()

    bill = billing.finalise(receipt, number="SI-900", supplier_total=D("77.43"))

    assert lines_of(bill) == [
        ("A A (PO 31)", "stock", D("23.31"), D("3.50")),
        ("B B (PO 31)", "stock", D("36.52"), D("5.48")),
        ("Freight", "stock", D("7.50"), D("1.13")),
        ("Rounding", "rounding", D("-0.01"), D("0.00")),
    ]
    assert (bill.number, bill.subtotal, bill.tax_total, bill.total) == ("SI-900", D("67.32"), D("10.11"), D("77.43"))
    assert (pool(a), pool(b), journals()) == ((3, D("26.23")), (4, D("41.10")), [])


@pytest.mark.parametrize(("supplier_total", "rounding"), [("77.39", "-0.05"), ("77.49", "0.05")])
def test_up_to_five_cents_are_rounding(supplier_total, rounding):
    bill = billing.finalise(s07()[2], number="SI-900", supplier_total=D(supplier_total))
    assert (bill.lines.last().line_amount, bill.total) == (D(rounding), D(supplier_total))


@pytest.mark.parametrize("supplier_total", ["77.84", "77.04", "77.50", "77.38"])
def test_more_is_a_price_query_and_nothing_is_entered(supplier_total):
    _, _, receipt = s07()
    with pytest.raises(PriceQuery) as refusal:
        billing.finalise(receipt, number="SI-900", supplier_total=D(supplier_total))
    assert refusal.value.field == "supplier_total"
    assert (Bill.objects.count(), Receipt.objects.get().status) == (0, "received")


def s08():
    oil_filter = stocked("OF-1", 8, "98.00")
    job = a_job("490")
    radiator = a_radiator(job)
    supplier = a_supplier()
    numbered("purchase_order", 32)
    ordering.order_for_job_line(radiator, supplier)
    order = PurchaseOrder.objects.get()
    lines = [row(oil_filter, 10, "12.90"), {"description": "Radiator", "quantity": 1, "unit_cost": D(180)}]
    lines[1]["job_line"] = radiator
    order = ordering.place_order(ordering.edit_order(order, lines, freight=D(12)))
    rows = [{"line": line, "quantity": line.quantity} for line in order.lines.all()]
    rows[1]["unit_cost"] = D("186.40")
    return oil_filter, job, receiving.receive(order, rows)


def test_s08_freight_is_split_by_value_and_account():
    oil_filter, job, receipt = s08()

    bill = billing.finalise(receipt, number="SI-901", supplier_total=D("376.51"))

    assert lines_of(bill) == [
        ("OF-1 OF-1 (PO 32)", "stock", D("129.00"), D("19.35")),
        ("Radiator (PO 32, job 490)", "wip", D("186.40"), D("27.96")),
        ("Freight", "stock", D("4.91"), D("0.74")),
        ("Freight", "wip", D("7.09"), D("1.06")),
    ]
    assert (bill.tax_total, bill.total) == (D("49.11"), D("376.51"))
    assert (pool(oil_filter), lots()) == ((18, D("231.91")), [(1, D("193.49"))])
    line = receipt.lines.get(order_line__job=job)
    assert (line.order_line.unit_cost, line.unit_cost, line.landed) == (D(180), D("186.40"), D("193.49"))


def test_s09_a_job_takes_what_its_part_cost_not_what_was_expected():
    _, job, receipt = s08()
    billing.finalise(receipt, number="SI-901")
    jobs.add_line(job, description="Labour", quantity=D(2))

    invoice = sales.issue_invoice(finished(job))

    assert (invoice.subtotal, invoice.total) == (D("530.00"), D("609.50"))
    assert journals() == [("COGS for invoice INV 1008", "cogs", "wip", D("193.49"))]
    assert lots() == [(0, 0)]


def test_s12_an_average_with_uneven_cents():
    oil_filter, _, receipt = s08()
    billing.finalise(receipt, number="SI-901")
    for quantity, cost, left in ((1, "12.88", (17, "219.03")), (4, "51.54", (13, "167.49"))):
        invoice = an_invoice([{"part": oil_filter, "quantity": D(quantity)}])
        assert (invoice.cost, pool(oil_filter)) == (D(cost), (left[0], D(left[1])))


def test_s15_outwork_is_bought_for_its_job():
    job = a_job("490", [{"kind": LineKind.OUTWORK, "description": "Disc machining", "unit_price": D(119)}])
    ordered = ordering.order_for_job_line(job.lines.get(), a_supplier(), unit_cost=D(85))
    order = ordering.place_order(ordered.order)

    bill = billing.finalise(received(order), number="W-77")

    assert [row[1:] for row in lines_of(bill)] == [("wip", D("85.00"), D("12.75"))]
    assert (bill.total, lots()) == (D("97.75"), [(1, D("85.00"))])
    invoice = sales.issue_invoice(finished(job))
    assert (invoice.total, journals()) == (D("136.85"), [("COGS for invoice INV 1008", "cogs", "wip", D("85.00"))])


def test_freight_may_be_an_expense_and_then_is_no_value():
    part = stocked("A")
    order = an_order((part, 4, "10"), supplier=a_supplier(freight_rule="expense"), freight="6")

    bill = billing.finalise(received(order), number="SI-1", freight=D(6))

    assert [row[1:3] for row in lines_of(bill)] == [("stock", D("40.00")), ("freight_in", D("6.00"))]
    assert (pool(part), bill.total) == ((4, D("40.00")), D("52.90"))


def test_freight_over_three_equal_lines_leaves_no_cent_over():
    parts = [stocked(code) for code in "ABC"]
    order = an_order(*((part, 1, "33.33") for part in parts), freight="0.05")
    billing.finalise(received(order), number="SI-1")
    assert [pool(part)[1] for part in parts] == [D("33.35"), D("33.35"), D("33.34")]


def test_what_cost_nothing_carries_freight_by_its_quantity():
    part = stocked("A")
    billing.finalise(received(an_order((part, 2, "0")), freight=D(5)), number="SI-1")
    assert pool(part) == (2, D("5.00"))


def test_another_price_or_freight_than_was_received_falls_on_stock():
    part = stocked("A")
    receipt = received(an_order((part, 10, "10"), freight="5"))
    line = receipt.lines.get()

    bill = billing.finalise(receipt, number="SI-1", freight=D(8), unit_costs={line.pk: D("11.00")})

    assert (bill.subtotal, pool(part), journals()) == (D("118.00"), (10, D("118.00")), [])


def test_what_is_sold_by_then_takes_its_share_of_the_difference():
    numbered("purchase_order", 31)
    part = stocked("A")
    receipt = received(an_order((part, 10, "10")))
    an_invoice([{"part": part, "quantity": D(4)}])

    bill = billing.finalise(receipt, number="SI-1", unit_costs={receipt.lines.get().pk: D(11)}, date=date(2026, 7, 1))

    assert journals(kind="cost_correction") == [("Cost correction for A, PO 31", "cogs", "stock", D("4.00"))]
    assert pool(part) == (6, D("66.00"))
    assert part.movements.filter(source="bill").values_list("date", flat=True)[0] == bill.date == date(2026, 7, 1)


def test_goods_that_come_after_their_jobs_invoice_cost_at_once():
    job = a_job("490")
    ordered = ordering.order_for_job_line(a_radiator(job), a_supplier())
    invoice = sales.issue_invoice(finished(job))
    assert journals() == []

    receipt = received(ordering.place_order(ordered.order), date=invoice.date + timedelta(days=2))

    assert journals() == [("COGS for invoice INV 1008", "cogs", "wip", D("180.00"))]
    assert (lots(), invoice.lines.get().cost) == ([(0, 0)], D("180.00"))
    assert journals(date=receipt.date) == journals()

    billing.finalise(receipt, number="SI-1", unit_costs={receipt.lines.get().pk: D("175.50")}, date=receipt.date)
    assert journals()[1] == ("COGS for invoice INV 1008", "wip", "cogs", D("4.50"))
    assert invoice.lines.get().cost == D("175.50")

    sales.void_invoice(invoice, reason="Wrong car")
    assert (lots(), journals()) == ([(1, D("175.50"))], [])


def test_terms_give_the_due_date():
    supplier = a_supplier(terms="day_of_following_month", terms_days=20)
    receipt = received(an_order((stocked("A"), 1, "10"), supplier=supplier))
    bill = billing.finalise(receipt, number="SI-1", date=date(2026, 7, 6))
    assert (bill.date, bill.due_date) == (date(2026, 7, 6), date(2026, 8, 20))


def test_a_bill_closes_an_order_that_came_whole():
    order = an_order((stocked("A"), 2, "10"))
    first, second = received(order, ["1"]), received(order, ["1"])
    billing.finalise(first, number="SI-1")
    assert PurchaseOrder.objects.get().status == "received"
    billing.finalise(second, number="SI-2")
    assert PurchaseOrder.objects.get().status == "closed"


def test_a_delivery_is_billed_once():
    receipt = received(an_order((stocked("A"), 1, "10")))
    billing.finalise(receipt, number="SI-1")
    with pytest.raises(NotAllowedNow, match="finalised already"):
        billing.finalise(receipt, number="SI-2")


def test_an_invoice_is_entered_once_per_supplier_whatever_its_capitals():
    supplier = a_supplier()
    receipts = [received(an_order((stocked(code), 1, "10"), supplier=supplier)) for code in "AB"]
    elsewhere = received(an_order((stocked("C"), 1, "10"), supplier=a_supplier()))
    billing.finalise(receipts[0], number="SI-900")
    with pytest.raises(InvalidInput) as refusal:
        billing.finalise(receipts[1], number=" si-900 ")
    assert refusal.value.field == "number"
    assert billing.finalise(elsewhere, number="SI-900").number == "SI-900"


@pytest.mark.parametrize(
    ("fields", "at"),
    [
        ({"number": " "}, "number"),
        ({"number": "SI-1", "freight": D("-1")}, "freight"),
        ({"number": "SI-1", "freight": D("1.005")}, "freight"),
        ({"number": "SI-1", "date": date(1026, 7, 1)}, "date"),
        ({"number": "SI-1", "date": date(2026, 7, 2), "due_date": date(2026, 7, 1)}, "due_date"),
        ({"number": "SI-1", "unit_costs": {0: D(1)}}, "lines"),
    ],
)
def test_nonsense_is_refused_at_its_field(fields, at):
    receipt = received(an_order((stocked("A"), 1, "10")))
    with pytest.raises(InvalidInput) as refusal:
        billing.finalise(receipt, **fields)
    assert (refusal.value.field, Bill.objects.count()) == (at, 0)


@pytest.mark.parametrize("cost", ["-0.01", "1.00005", "1000001"])
def test_an_absurd_price_is_refused_at_its_field(cost):
    receipt = received(an_order((stocked("A"), 1, "10")))
    with pytest.raises(ValidationError) as refusal:
        billing.finalise(receipt, number="SI-1", unit_costs={receipt.lines.get().pk: D(cost)})
    assert list(refusal.value.message_dict) == ["unit_cost"]


def test_a_garage_without_a_tax_on_purchases_is_told_so():
    from tests.factories import SupplierFactory

    with pytest.raises(InvalidInput, match="No default purchase tax"):
        ordering.draft_order(SupplierFactory(), [row(stocked("A"), 1, 1)])


# Voiding


def test_a_voided_bill_leaves_the_goods_received_and_not_billed():
    a, _, receipt = s07()
    bill = billing.finalise(receipt, number="SI-900")

    billing.void_bill(bill, reason="Typed twice")

    receipt.refresh_from_db()
    assert (receipt.status, receipt.bill, pool(a)) == ("received", None, (3, D("26.23")))
    assert (Bill.objects.get().status, PurchaseOrder.objects.get().status) == ("voided", "received")
    assert billing.finalise(receipt, number="SI-900").total == D("77.44")


@pytest.mark.parametrize("settled", ["paid", "credited"])
def test_a_bill_that_is_paid_or_credited_is_not_voided(settled):
    bill = billing.finalise(s07()[2], number="SI-900")
    if settled == "paid":
        billing.note_paid(bill, D(1))
    else:
        allocating.note_accounts_credit(bill, amount=D(1), date=bill.date, external_number="CN-1")
    with pytest.raises(NotAllowedNow, match="payments or credits"):
        billing.void_bill(bill, reason="Typed twice")


def test_a_bill_in_closed_books_is_not_voided():
    bill = billing.finalise(s07()[2], number="SI-900")
    Organisation.objects.update(books_locked_until=bill.date)
    with pytest.raises(PeriodLocked):
        billing.void_bill(bill, reason="Typed twice")


def test_a_void_needs_its_reason_and_happens_once():
    bill = billing.finalise(s07()[2], number="SI-900")
    with pytest.raises(InvalidInput) as refusal:
        billing.void_bill(bill, reason=" ")
    assert refusal.value.field == "reason"
    billing.void_bill(bill, reason="Typed twice")
    with pytest.raises(NotAllowedNow, match="voided already"):
        billing.void_bill(bill, reason="Typed twice")


def test_payments_say_where_a_bill_stands():
    bill = billing.finalise(s07()[2], number="SI-900")
    states = [billing.note_paid(bill, D(paid)).status for paid in ("0", "7.44", "77.44")]
    assert states == ["awaiting_payment", "part_paid", "paid"]
    with pytest.raises(Overpayment, match=r"Only 77\.44"):
        billing.note_paid(bill, D("77.45"))
