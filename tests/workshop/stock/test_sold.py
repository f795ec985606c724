"""What goods cost when they are sold, given back, or when the invoice changes."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db.models import Sum

from tests.factories import a_completed_job, an_invoice, stocked
from workshop import credits, sales
from workshop.errors import InvalidInput, OutOfStock, PeriodLocked
from workshop.models import Goods, InvoiceLine, JobLot, Organisation, StockJournal, StockMovement, StockPool
from workshop.stock import sold

pytestmark = pytest.mark.usefixtures("garage")


def pool(part):
    row = StockPool.objects.get(part=part)
    return row.quantity, row.value


def journals(**of):
    rows = StockJournal.objects.filter(voided_at=None, **of).order_by("pk")
    return [(row.narration, row.debit, row.credit, row.amount) for row in rows]


def in_the_ledger():
    """What the journals say of the stock account."""
    live = StockJournal.objects.filter(voided_at=None)
    into = live.filter(debit="stock").aggregate(sum=Sum("amount"))["sum"] or 0
    out_of = live.filter(credit="stock").aggregate(sum=Sum("amount"))["sum"] or 0
    return into - out_of


def the_filter_and_the_oil():
    return stocked("OF-1", 8, "98.00"), stocked("OIL 5W30", 60, "412.80", unit="L")


def s01(oil_filter, oil):
    labour = {"description": "Labour", "quantity": Decimal("1.5"), "unit_price": Decimal(120)}
    filters = {"part": oil_filter, "quantity": Decimal(1), "unit_price": Decimal("24.50")}
    litres = {"part": oil, "quantity": Decimal(5), "unit_price": Decimal("14.20")}
    return an_invoice([labour, filters, litres])


def test_each_line_of_goods_from_stock_releases_its_cost():
    oil_filter, oil = the_filter_and_the_oil()
    invoice = s01(oil_filter, oil)
    assert journals() == [
        ("COGS for invoice INV 1008", "cogs", "stock", Decimal("12.25")),
        ("COGS for invoice INV 1008", "cogs", "stock", Decimal("34.40")),
    ]
    described = f"OF-1 × 1 (job {invoice.job.number}, {invoice.reference})"
    assert StockJournal.objects.earliest("pk").description == described
    assert (pool(oil_filter), pool(oil)) == ((7, Decimal("85.75")), (55, Decimal("378.40")))
    assert list(invoice.lines.values_list("cost", flat=True)) == [0, Decimal("12.25"), Decimal("34.40")]
    assert (invoice.cost, invoice.margin) == (Decimal("46.65"), Decimal("228.85"))


def test_what_is_bought_directly_costs_and_posts_nothing(garage):
    clip = stocked("CLIP", cost_price=Decimal("1.10"))
    clip.stocked = False
    clip.save()
    invoice = an_invoice([{"part": clip, "quantity": Decimal(2), "unit_price": Decimal("3.80")}])
    assert (invoice.lines.get().cost, journals(), invoice.total) == (Decimal("2.20"), [], Decimal("8.74"))


def test_a_void_puts_everything_back_at_what_it_cost():
    oil_filter, oil = the_filter_and_the_oil()
    invoice = s01(oil_filter, oil)
    sales.void_invoice(invoice, reason="Wrong car")
    assert (pool(oil_filter), pool(oil), journals()) == ((8, Decimal("98.00")), (60, Decimal("412.80")), [])
    assert StockJournal.objects.count() == 2


def test_what_is_dated_in_a_closed_period_is_not_voided_but_credited():
    invoice = an_invoice([{"part": stocked("OF-1", 8, "98.00")}])
    Organisation.objects.update(books_locked_until=invoice.date)
    with pytest.raises(PeriodLocked, match="Issue a credit note"):
        sales.void_invoice(invoice, reason="Wrong car")
    assert len(journals()) == 1


def edited(invoice, *quantities):
    lines = list(invoice.lines.all())
    rows = [
        {"kind": line.kind, "part": line.part, "description": line.description, "quantity": Decimal(quantity),
         "unit_price": line.unit_price, "tax_rate": line.tax_rate}
        for line, quantity in zip(lines, quantities, strict=False)
    ]  # fmt: skip
    return sales.edit_invoice(invoice, rows)


def test_new_prices_move_no_goods():
    oil_filter = stocked("OF-1", 8, "98.00")
    invoice = an_invoice([{"part": oil_filter, "unit_price": Decimal(20)}])
    line = invoice.lines.get()
    sales.edit_invoice(invoice, [{"part": oil_filter, "unit_price": Decimal(22)}])
    assert (invoice.lines.get().pk, invoice.lines.get().cost) == (line.pk, Decimal("12.25"))
    assert (StockMovement.objects.filter(source="invoice").count(), StockJournal.objects.count()) == (1, 1)


def test_fewer_units_go_back_at_what_they_cost_and_more_cost_the_average_now():
    oil_filter = stocked("OF-1", 8, "98.00")
    invoice = an_invoice([{"part": oil_filter, "quantity": Decimal(4)}])
    assert journals()[0][3] == Decimal("49.00")
    edited(invoice, 1)
    assert (pool(oil_filter), journals()[0][3]) == ((7, Decimal("85.75")), Decimal("12.25"))
    StockPool.objects.filter(part=oil_filter).update(value=Decimal("140.00"))  # dearer goods came meanwhile
    edited(invoice, 3)
    assert pool(oil_filter) == (5, Decimal("100.00"))
    assert journals() == [("COGS for invoice INV 1008", "cogs", "stock", Decimal("52.25"))]
    assert invoice.lines.get().cost == Decimal("52.25")


def test_a_line_taken_off_gives_its_goods_back_and_a_new_one_takes_its_own():
    oil_filter, oil = the_filter_and_the_oil()
    invoice = an_invoice([{"part": oil_filter}])
    sales.edit_invoice(invoice, [{"part": oil, "quantity": Decimal(5)}])
    assert (pool(oil_filter), pool(oil)) == ((8, Decimal("98.00")), (55, Decimal("378.40")))
    assert journals() == [("COGS for invoice INV 1008", "cogs", "stock", Decimal("34.40"))]


def test_another_date_moves_goods_and_journals_with_it():
    oil_filter = stocked("OF-1", 8, "98.00")
    invoice = an_invoice([{"part": oil_filter}])
    old, new = invoice.date, invoice.date - timedelta(days=3)
    for day in (new, old, new):
        invoice = sales.redate_invoice(invoice, day)
    sold = StockMovement.objects.filter(source="invoice")
    by_day = {day: sum(row.value for row in sold.filter(date=day)) for day in (old, new)}
    assert by_day == {old: 0, new: Decimal("-12.25")}
    assert list(StockJournal.objects.values_list("date", "amount")) == [(new, Decimal("12.25"))]
    sales.void_invoice(invoice, reason="Wrong car")
    assert (pool(oil_filter), sum(row.value for row in sold.filter(date=new))) == ((8, Decimal("98.00")), 0)


def test_what_came_after_the_invoice_keeps_its_day():
    oil_filter = stocked("OF-1", 8, "98.00")
    invoice = an_invoice([{"part": oil_filter}])
    later = invoice.date + timedelta(days=2)
    lot = JobLot.objects.create(job=invoice.job, job_line=None, description="Pads", quantity=1, value=Decimal("5.00"))
    sold.release_late(invoice, invoice.lines.get(), lot, later)
    sales.redate_invoice(invoice, invoice.date - timedelta(days=3))
    assert StockMovement.objects.get(lot=lot).date == later
    assert StockJournal.objects.get(amount=Decimal("5.00")).date == later


def test_another_number_is_told_in_the_journals():
    invoice = sales.renumber_invoice(an_invoice([{"part": stocked("OF-1", 8, "98.00")}]))
    assert [row[0] for row in journals()] == [f"COGS for invoice {invoice.number}"] == ["COGS for invoice INV 1009"]


def test_the_last_unit_is_not_sold_twice_where_the_garage_refuses_that():
    oil_filter = stocked("OF-1", 1, "12.25", negative_stock="block")
    an_invoice([{"part": oil_filter}])
    job = a_completed_job([{"part": oil_filter}])
    with pytest.raises(OutOfStock, match="Only 0 of OF-1 is in stock"):
        sales.issue_invoice(job)
    job.refresh_from_db()
    assert (job.status, pool(oil_filter)) == ("completed", (0, 0))


def test_selling_beyond_what_is_there_has_a_provisional_cost():
    pads = stocked("PAD-F", 2, "20.00")
    an_invoice([{"part": pads, "quantity": Decimal(4)}])
    assert (pool(pads), journals()[0][3]) == ((-2, Decimal("-20.00")), Decimal("40.00"))


# Credit notes


def credited(invoice, quantity, goods=Goods.RESTOCKED):
    line = invoice.lines.get()
    return credits.credit_invoice(invoice, {line.pk: Decimal(quantity)}, goods={line.pk: goods})


def test_goods_that_come_back_return_at_what_they_cost_when_sold():
    oil_filter = stocked("OF-1", 8, "98.00")
    note = credited(an_invoice([{"part": oil_filter}]), 1)
    assert pool(oil_filter) == (8, Decimal("98.00"))
    assert journals(source="credit_note") == [
        (f"COGS reversal for credit note {note.number}", "stock", "cogs", Decimal("12.25"))
    ]


def test_parts_of_a_line_that_come_back_add_up_to_what_it_cost():
    part = stocked("CLIP", 3, "10.00")
    invoice = an_invoice([{"part": part, "quantity": Decimal(3)}])
    costs = [credited(invoice, 1).lines.get().cost for _ in range(3)]
    assert (costs, pool(part)) == ([Decimal("3.33"), Decimal("3.33"), Decimal("3.34")], (3, Decimal("10.00")))


def test_scrapped_goods_come_in_and_go_out_as_an_adjustment():
    oil_filter = stocked("OF-1", 8, "98.00")
    note = credited(an_invoice([{"part": oil_filter}]), 1, Goods.SCRAPPED)
    assert pool(oil_filter) == (7, Decimal("85.75"))
    assert [row[1:] for row in journals(source="credit_note")] == [
        ("stock", "cogs", Decimal("12.25")),
        ("adjustment", "stock", Decimal("12.25")),
    ]
    credits.remove_allocation(note.allocations.get())
    credits.void_credit_note(note)
    assert (pool(oil_filter), journals(source="credit_note")) == ((7, Decimal("85.75")), [])


def test_a_voided_credit_note_takes_its_goods_out_again():
    oil_filter = stocked("OF-1", 8, "98.00")
    note = credited(an_invoice([{"part": oil_filter}]), 1)
    credits.remove_allocation(note.allocations.get())
    credits.void_credit_note(note)
    assert (pool(oil_filter), journals(source="credit_note")) == ((7, Decimal("85.75")), [])
    assert in_the_ledger() == Decimal("-12.25")


def test_no_goods_come_back_with_labour():
    invoice = an_invoice([{"description": "Labour"}])
    with pytest.raises(InvalidInput, match="not kept in stock") as refused:
        credited(invoice, 1)
    assert refused.value.field == "goods"


def test_a_credit_without_goods_moves_none():
    oil_filter = stocked("OF-1", 8, "98.00")
    credited(an_invoice([{"part": oil_filter}]), 1, Goods.NONE)
    assert (pool(oil_filter), journals(source="credit_note")) == ((7, Decimal("85.75")), [])


# Speed


@pytest.mark.parametrize("rows", [1, 40])
def test_issuing_takes_the_same_queries_for_one_stocked_line_and_for_forty(rows, workshop_queries):
    parts = [stocked(f"P-{n}", 5, "50.00") for n in range(rows)]
    job = a_completed_job([{"part": part} for part in parts])
    with workshop_queries(24):
        sales.issue_invoice(job)
    assert InvoiceLine.objects.filter(cost=Decimal("10.00")).count() == rows
