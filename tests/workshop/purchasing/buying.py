"""What the tests of buying say again and again."""

from decimal import Decimal

from django.db.models import Sum

from tests.factories import CustomerFactory, SupplierFactory, VehicleFactory, purchase_tax
from workshop import jobs
from workshop.models import (
    BillLine,
    JobLot,
    LineKind,
    NumberSequence,
    ReceiptLine,
    StockJournal,
    StockMovement,
    StockPool,
    SupplierCreditLine,
    TaxRate,
)
from workshop.purchasing import ordering, receiving

D = Decimal


def a_supplier(**fields):
    if not TaxRate.objects.filter(use="purchases", is_default=True).exists():
        purchase_tax()
    return SupplierFactory(**fields)


def numbered(series, number):
    """The next document of the series has this number, as in the stories."""
    NumberSequence.objects.update_or_create(
        series=series, defaults={"prefix": "PO " if series == "purchase_order" else "", "next_number": number}
    )


def an_order(*lines, supplier=None, freight="0", **fields):
    """Placed. Lines: (part, quantity, cost), or rows as the verb takes them."""
    rows = [line if isinstance(line, dict) else row(*line) for line in lines]
    order = ordering.draft_order(supplier or a_supplier(), rows, freight=D(freight), **fields)
    return ordering.place_order(order)


def row(part, quantity, cost, **fields):
    return {"part": part, "quantity": D(quantity), "unit_cost": D(cost), **fields}


def received(order, quantities=None, **fields):
    lines = list(order.lines.all())
    rows = [
        {"line": line, "quantity": D(quantity)}
        for line, quantity in zip(lines, quantities or [line.outstanding for line in lines], strict=False)
    ]
    return receiving.receive(order, rows, **fields)


def a_job(number="490", lines=()):
    NumberSequence.objects.update_or_create(series="job", defaults={"next_number": int(number)})
    job = jobs.book(customer=CustomerFactory(), vehicle=VehicleFactory())
    for line in lines:
        jobs.add_line(job, **line)
    return job


def a_radiator(job):
    """A line of the job that is not in the garage's list of parts."""
    fields = {"kind": LineKind.PART, "description": "Radiator", "unit_price": D(290), "unit_cost": D(180)}
    return jobs.add_line(job, **fields)


def finished(job):
    for step in (jobs.arrive, jobs.start, jobs.complete):
        job = step(job)
    return job


def pool(part):
    found = StockPool.objects.filter(part=part).first()
    return (found.quantity, found.value) if found else (0, 0)


def lots():
    return list(JobLot.objects.order_by("pk").values_list("quantity", "value"))


def journals(**of):
    found = StockJournal.objects.filter(voided_at=None, **of).order_by("pk")
    return [(row.narration, row.debit, row.credit, row.amount) for row in found]


def lines_of(document):
    return [(line.description, line.account, line.line_amount, line.tax_amount) for line in document.lines.all()]


def the_books(role):
    """What the accounts say of it: bills less supplier credits, journals, and what is received and not billed."""
    bills = BillLine.objects.filter(account=role, bill__voided_at=None)
    credited = SupplierCreditLine.objects.filter(account=role, credit__status="finalised")
    live = StockJournal.objects.filter(voided_at=None)
    coming = ReceiptLine.objects.filter(receipt__status="received", order_line__job__isnull=role == "stock")
    return (
        total(bills, "line_amount")
        - total(credited, "line_amount")
        + total(live.filter(debit=role), "amount")
        - total(live.filter(credit=role), "amount")
        + total(coming, "amount")
        + total(coming, "freight")
    )


def total(rows, field):
    return rows.aggregate(sum=Sum(field))["sum"] or D(0)


def adds_up():
    """Stock and work in progress are what the accounts say, whatever happened; each movement is in its pool or lot."""
    opening = total(StockMovement.objects.filter(kind="opening"), "value")
    assert total(StockPool.objects, "value") == opening + the_books("stock")
    assert total(JobLot.objects, "value") == the_books("wip")
    in_pools = StockMovement.objects.filter(lot=None)
    assert (total(in_pools, "quantity"), total(in_pools, "value")) == (
        total(StockPool.objects, "quantity"),
        total(StockPool.objects, "value"),
    )
    in_lots = StockMovement.objects.exclude(lot=None)
    assert (total(in_lots, "quantity"), total(in_lots, "value")) == (
        total(JobLot.objects, "quantity"),
        total(JobLot.objects, "value"),
    )
