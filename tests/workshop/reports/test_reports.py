"""The reports on stock and buying, to the cent, as at any day."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext

from tests.factories import CustomerFactory, SupplierFactory, a_completed_job, purchase_tax, stocked
from tests.workshop.stock.test_goods_on_jobs import a_sensor_on_a_job
from workshop import jobs, locations, sales
from workshop.models import (
    JobLine,
    JobLot,
    Location,
    Organisation,
    PurchaseLine,
    PurchaseOrder,
    Receipt,
    ReceiptLine,
    StockMovement,
    StockPool,
)
from workshop.reports import buying, turnover
from workshop.reports.stock_card import stock_card
from workshop.reports.valuation import stock_valuation
from workshop.reports.wip import work_in_progress
from workshop.stock import adjusting, moving

pytestmark = pytest.mark.usefixtures("garage")
JULY = date(2026, 7, 20)


def opened(code, quantity, value, on=date(2026, 7, 1), **fields):
    part = stocked(code, **fields)
    adjusting.open_stock(part, quantity=Decimal(quantity), value=Decimal(value), date=on)
    return part


def statements(call):
    with CaptureQueriesContext(connection) as captured:
        call()
    return len(captured)


def test_stock_is_worth_on_any_day_what_the_movements_up_to_it_say():
    part = opened("OF-1", 8, "98.00")
    adjusting.adjust(part, quantity=Decimal(2), reason="Found", date=date(2026, 7, 10))
    sales.issue_invoice(a_completed_job([{"part": part, "quantity": Decimal(4)}]), date=JULY)

    def worth(day):
        return [(row.code, row.quantity, row.value) for row in stock_valuation(day).rows]

    assert worth(date(2026, 6, 30)) == []
    assert worth(date(2026, 7, 1)) == [("OF-1", Decimal(8), Decimal("98.00"))]
    assert worth(date(2026, 7, 10)) == [("OF-1", Decimal(10), Decimal("122.50"))]
    assert worth(JULY) == [("OF-1", Decimal(6), Decimal("73.50"))]
    assert stock_valuation().value == StockPool.objects.get().value


def test_goods_on_jobs_are_shown_apart_and_both_are_the_pool_to_the_cent():
    part = opened("OF-1", 3, "10.00")
    jobs.add_line(jobs.book(customer=CustomerFactory()), part=part, quantity=Decimal(1))

    report = stock_valuation()
    row = report.rows[0]

    assert (row.on_hand, row.on_job, row.quantity) == (Decimal(2), Decimal(1), Decimal(3))
    assert (report.on_hand_value, report.on_job_value, report.value) == (Decimal("6.67"), Decimal("3.33"), Decimal(10))
    past = stock_valuation(date(2026, 7, 1))
    assert (past.rows[0].on_job, past.on_job_value, past.value) == (None, None, Decimal(10))


def test_all_of_a_pool_on_jobs_leaves_nothing_on_the_shelf():
    part = opened("OF-1", 3, "10.00")
    jobs.add_line(jobs.book(customer=CustomerFactory()), part=part, quantity=Decimal(3))
    assert (stock_valuation().on_hand_value, stock_valuation().on_job_value) == (Decimal(0), Decimal(10))


def test_categories_and_places_add_up_to_the_whole():
    van = locations.add_location(name="Van")
    filters, loose = opened("OF-1", 3, "10.00", category="Filters"), opened("WB", 1, "0.01")
    move = moving.draft(
        from_location=Location.usual(), to_location=van, lines=[{"part": filters, "quantity": Decimal(1)}]
    )
    moving.receive(moving.dispatch(move))

    report = stock_valuation()

    assert [(group.name, group.value) for group in report.categories] == [
        ("Filters", Decimal("10.00")),
        ("Without a category", Decimal("0.01")),
    ]
    assert [(group.name, group.value, group.parts) for group in report.places] == [
        ("Shop", Decimal("6.68"), 2),
        ("Van", Decimal("3.33"), 1),
    ]
    assert [(row.code, row.quantity, row.value) for row in stock_valuation(location=van).rows] == [
        ("OF-1", Decimal(1), Decimal("3.33"))
    ]
    assert [row.code for row in stock_valuation(category="Filters").rows] == ["OF-1"]
    assert loose.pk


def test_what_somebody_should_look_at_is_flagged():
    opened("FREE", 2, "0.00")
    part = opened("OF-1", 1, "5.00")
    sales.issue_invoice(a_completed_job([{"part": part, "quantity": Decimal(3)}]))

    assert [(row.code, row.flag) for row in stock_valuation().rows] == [
        ("FREE", "Without cost"),
        ("OF-1", "Below nothing"),
    ]
    assert stock_valuation().flagged == 2


@pytest.mark.parametrize("rows", [1, 3])
def test_a_valuation_takes_as_many_statements_whatever_there_is(rows):
    for n in range(rows):
        opened(f"P-{n}", 1, "1.00")
    assert statements(stock_valuation) == 6
    assert statements(lambda: stock_valuation(JULY)) == 5


def test_goods_bought_for_a_job_are_in_progress_until_it_is_invoiced_and_can_be_looked_back_at():
    lot = a_sensor_on_a_job()
    StockMovement.objects.update(date=date(2026, 7, 10))
    job = lot.job
    for step in (jobs.arrive, jobs.start, jobs.complete):
        job = step(job)
    sales.issue_invoice(job, date=JULY)

    def ordered(day):
        return [(row.number, row.ordered) for row in work_in_progress(day).rows]

    assert ordered(date(2026, 7, 9)) == []
    assert ordered(date(2026, 7, 19)) == [("482", Decimal("50.01"))]
    assert ordered(JULY) == []
    assert work_in_progress(date(2026, 7, 19)).parts is None


def test_stock_set_aside_and_labour_on_open_jobs_are_in_progress_today():
    part = opened("OF-1", 3, "10.00")
    a_completed_job([{"part": part, "quantity": Decimal(2)}, {"description": "Labour", "unit_price": Decimal(120)}])

    report = work_in_progress()

    assert [(row.ordered, row.parts, row.labour) for row in report.rows] == [
        (Decimal(0), Decimal("6.67"), Decimal("120.00"))
    ]
    assert (report.ordered, report.parts, report.labour) == (Decimal(0), Decimal("6.67"), Decimal("120.00"))


@pytest.mark.parametrize("rows", [1, 3])
def test_work_in_progress_takes_as_many_statements_whatever_there_is(rows):
    part = opened("OF-1", 30, "10.00")
    for _ in range(rows):
        a_completed_job([{"part": part}, {"description": "Labour"}])
    assert statements(work_in_progress) == 6


def an_order(status="ordered", **line):
    number = f"PO {30 + PurchaseOrder.objects.count()}"
    order = PurchaseOrder.objects.create(
        number=number, supplier=SupplierFactory(), status=status, date=JULY, deliver_to=Location.usual()
    )
    fields = {"description": "Radiator", "unit_cost": Decimal("186.40"), "quantity": Decimal(2), **line}
    return PurchaseLine.objects.create(order=order, tax_rate=purchase_tax(), **fields)


def a_receipt(line, quantity=1, status="received", **fields):
    receipt = Receipt.objects.create(number=f"GR-{Receipt.objects.count()}", order=line.order, date=JULY, status=status)
    amount = {"amount": Decimal("186.40"), "freight": Decimal("7.09"), "unit_cost": Decimal("186.40")}
    PurchaseLine.objects.filter(pk=line.pk).update(received_quantity=quantity)
    return ReceiptLine.objects.create(
        receipt=receipt, order_line=line, quantity=Decimal(quantity), **{**amount, **fields}
    )


def test_what_is_ordered_and_not_here_is_listed_at_its_expected_cost():
    line = an_order(part=stocked("RAD"))
    an_order("draft", part=stocked("A"))
    an_order("closed", part=stocked("B"))
    a_receipt(line)

    report = buying.not_received()

    assert [(row.number, row.quantity, row.amount) for row in report.rows] == [("PO 30", Decimal(1), Decimal("186.40"))]
    assert report.amount == Decimal("186.40")


def test_what_is_here_and_not_billed_is_listed_at_what_it_cost():
    a_receipt(an_order(part=stocked("RAD")))
    a_receipt(an_order(part=stocked("B")), status="undone")
    assert [(row.number, row.amount) for row in buying.not_billed().rows] == [("PO 30", Decimal("193.49"))]


def test_what_was_bought_for_a_job_and_is_on_no_invoice_is_listed():
    job = a_completed_job([{"description": "Radiator", "kind": "part"}, {"description": "Labour"}])
    billed = an_order(job=job, job_line=job.lines.first())
    forgotten = an_order(job=job, description="Hose")
    credited = an_order(job=job, description="Clamp")
    a_receipt(billed), a_receipt(forgotten), a_receipt(credited, credited_quantity=Decimal(1))
    assert buying.on_no_invoice().rows == []

    sales.issue_invoice(job)

    assert [(row.description, row.job, row.amount) for row in buying.on_no_invoice().rows] == [
        ("Hose", job.number, Decimal("193.49"))
    ]


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("report", [buying.not_received, buying.not_billed, buying.on_no_invoice])
def test_reports_on_buying_take_as_many_statements_whatever_there_is(report, rows):
    job = a_completed_job()
    for _ in range(rows):
        a_receipt(an_order(job=job))
    sales.issue_invoice(job)
    assert statements(report) == (3 if report is buying.on_no_invoice else 1)


def test_what_lies_long_and_does_not_sell_is_slow():
    today = Organisation.current().today()
    long_ago = today - timedelta(days=200)
    opened("SLOW", 1, "5.00", on=long_ago)
    sold = opened("SOLD", 3, "30.00", on=long_ago)
    opened("NEW", 1, "9.00", on=today)
    sales.issue_invoice(a_completed_job([{"part": sold}]))

    assert [(row.part.code, row.value, row.last_sold) for row in turnover.slow_movers().rows] == [
        ("SLOW", Decimal("5.00"), None)
    ]
    assert turnover.slow_movers(days=300).rows == []
    assert turnover.used(sold, long_ago) == 1


def test_what_will_be_missing_is_suggested_up_to_the_maximum():
    low = opened("LOW", 3, "3.00", minimum=Decimal(4), maximum=Decimal(10))
    opened("ENOUGH", 4, "4.00", minimum=Decimal(4), maximum=Decimal(10))
    promised = opened("PROMISED", 1, "1.00")
    awaited = opened("AWAITED", 1, "1.00", minimum=Decimal(2))
    an_order(part=awaited, quantity=Decimal(1))
    jobs.add_line(jobs.book(customer=CustomerFactory()), part=promised, quantity=Decimal(3))
    jobs.add_line(jobs.book(customer=CustomerFactory()), part=low, quantity=Decimal(1))

    assert [(row.part.code, row.suggested) for row in turnover.reorder()] == [
        ("LOW", Decimal(8)),
        ("PROMISED", Decimal(2)),
    ]


@pytest.mark.parametrize("rows", [1, 3])
def test_reports_on_turnover_take_as_many_statements_whatever_there_is(rows):
    for n in range(rows):
        opened(f"P-{n}", 1, "1.00", minimum=Decimal(2))
    assert (statements(turnover.slow_movers), statements(turnover.reorder)) == (3, 4)


def test_a_stock_card_shows_what_was_there_after_each_movement():
    part = opened("OF-1", 8, "98.00")
    sales.issue_invoice(a_completed_job([{"part": part}]), date=JULY)
    adjusting.adjust(part, quantity=Decimal(1), reason="Found", date=date(2026, 7, 10))

    card = stock_card(part)

    shown = [(entry.movement.kind, entry.movement.quantity, entry.quantity, entry.value) for entry in card.entries]
    assert shown == [
        ("opening", Decimal(8), Decimal(8), Decimal("98.00")),
        ("adjusted", Decimal(1), Decimal(9), Decimal("110.25")),
        ("sold", Decimal(-1), Decimal(8), Decimal("98.00")),
    ]
    later = stock_card(part, since=date(2026, 7, 10), until=date(2026, 7, 19))
    assert (later.opening_quantity, later.quantity, len(later.entries)) == (Decimal(8), Decimal(9), 1)


def test_the_report_is_what_the_movements_say_and_not_what_the_pools_do():
    """Were a pool ever wrong, the report of the day would not repeat its mistake."""
    opened("OF-1", 8, "98.00")
    StockPool.objects.update(value=Decimal(1))
    assert stock_valuation().value == StockMovement.objects.aggregate(sum=Sum("value"))["sum"] == Decimal("98.00")
    assert (JobLot.objects.count(), JobLine.objects.count()) == (0, 0)
