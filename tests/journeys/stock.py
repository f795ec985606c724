"""The stock of the stories, on both sides, and what is read back of it from Xero."""

from datetime import date
from decimal import Decimal

from accounting_sync.sandbox import accountant, ledger
from tests.factories import CustomerFactory, VehicleFactory, an_invoice, stocked
from workshop.models import JobLot, Part, StockPool

OPENING = {
    "OF-1": (8, "98.00", "24.50"),
    "OIL 5W30": (60, "412.80", "14.20"),
    "PAD-F": (4, "212.00", "78.00"),
    "WB": (6, "54.90", "15.00"),
}
JULY_20 = date(2026, 7, 20)


def open_stock(books):
    """Four parts worth 777.70, which the accountant enters in Xero too."""
    for code, (quantity, value, price) in OPENING.items():
        stocked(code, quantity, value, sell_price=Decimal(price))
    accountant.post_journal(books, "Opening stock", {"631": Decimal("777.70"), "840": Decimal("-777.70")}, JULY_20)


def s01_lines():
    return [
        {"description": "Labour", "quantity": Decimal("1.5"), "unit_price": Decimal("120.00")},
        {"part": Part.objects.get(code="OF-1"), "quantity": Decimal(1), "unit_price": Decimal("24.50")},
        {"part": Part.objects.get(code="OIL 5W30"), "quantity": Decimal(5), "unit_price": Decimal("14.20")},
    ]


def s01(**fields):
    """Story S01: job for Jo Kea's KLM123 with labour, one OF-1 and five litres of oil; invoiced as INV 1008."""
    jo = CustomerFactory(last_name="Kea")
    return an_invoice(s01_lines(), customer=jo, vehicle=VehicleFactory(rego="KLM123"), **fields)


def in_xero(books, code, day=JULY_20):
    """The balance of an account, debit positive."""
    return ledger.balance(books, code, day)


def journals(books, status="POSTED"):
    """(narration, date, [(account, amount)]) of each journal of ours in Xero, in the order they were made."""
    return [
        (row["Narration"], row["Date"], [(line["AccountCode"], line["LineAmount"]) for line in row["JournalLines"]])
        for row in books.tables["ManualJournals"].values()
        if row["Status"] == status and row.get("Url")
    ]


def two_lines(debit, credit, amount):
    return [(debit, Decimal(amount)), (credit, -Decimal(amount))]


def pool(code):
    held = StockPool.objects.get(part__code=code)
    return held.quantity, held.value


def stock_here():
    return sum(StockPool.objects.values_list("value", flat=True))


def work_in_progress_here():
    return sum(JobLot.objects.values_list("value", flat=True))
