"""Histories of a garage's goods, made up by Hypothesis: buying, selling, counting, moving, building, undoing.

What the accounts should hold is computed here from the documents alone: bills, supplier credits and journals. Nothing
that made them is asked.
"""

from collections import defaultdict
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Sum
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.factories import CustomerFactory, VehicleFactory, a_garage, stocked
from workshop import credits, jobs, sales
from workshop.errors import WorkshopError
from workshop.models import (
    Bill,
    BillLine,
    CreditNote,
    Goods,
    Invoice,
    Job,
    JobLine,
    JobLot,
    Location,
    Part,
    Receipt,
    ReceiptLine,
    StockJournal,
    StockLevel,
    StockMovement,
    StockPool,
    Supplier,
    SupplierCredit,
    SupplierCreditAllocation,
    SupplierCreditLine,
    TaxRate,
)
from workshop.purchasing import allocating, billing, correcting, crediting, ordering, receiving
from workshop.stock import adjusting, building, counting, moving, returning

ZERO = Decimal("0.00")
CODES = ["OF-1", "OIL", "PAD-F"]
KIT = "KIT"
PIECES = st.sampled_from([Decimal(n) for n in ("1", "2", "3", "0.5", "2.75", "7", "1.3333")])
COSTS = st.integers(0, 9_999_999).map(lambda n: Decimal(n).scaleb(-4))
PRICES = st.integers(1, 30_000).map(lambda n: Decimal(n).scaleb(-2))
FREIGHT = st.sampled_from([ZERO, ZERO, Decimal("7.50"), Decimal("0.05"), Decimal("11.00")])
ANY = st.integers(0, 1_000_000)
CODE = st.sampled_from(CODES)


class Histories(RuleBasedStateMachine):
    """Every verb is tried at any moment. What it refuses it refuses whole; what it does keeps the books straight."""

    def __init__(self):
        super().__init__()
        self.world = transaction.atomic()
        self.world.__enter__()
        self.numbers = 0
        self.open()

    def open(self):
        a_garage()
        TaxRate.objects.create(name="GST on purchases", percent=Decimal(15), use="purchases", is_default=True)
        self.customer, self.vehicle = CustomerFactory(), VehicleFactory()
        self.supplier = Supplier.objects.create(kind="company", company_name="Repco")
        self.van = Location.objects.create(name="Van")
        for code, quantity, value in zip(CODES, (8, 60, 3), ("98.00", "412.80", "10.00"), strict=True):
            stocked(code, quantity, value)
        stocked(KIT, 1, "46.65")
        rows = [{"component": self.part("OF-1"), "quantity": Decimal(1)}]
        building.set_components(self.part(KIT), [*rows, {"component": self.part("OIL"), "quantity": Decimal(5)}])
        self.opening = Decimal("567.45")
        for cost in ("12.90", "0.3333"):
            receipt = self._deliver({"part": self.part("OF-1"), "quantity": Decimal(3), "unit_cost": Decimal(cost)})
            billing.finalise(receipt, number=self.number("SI"), freight=Decimal("1.10"))
        sales.issue_invoice(self._job_with_an_order("PAD-F", Decimal(2), Decimal("186.40"), True))

    def teardown(self):
        transaction.set_rollback(True)
        self.world.__exit__(None, None, None)

    # Doing

    def part(self, code):
        return Part.objects.get(code=code)

    def number(self, prefix):
        self.numbers += 1
        return f"{prefix}-{self.numbers}"

    def pick(self, rows, which):
        rows = list(rows.order_by("pk"))
        return rows[which % len(rows)] if rows else None

    def attempt(self, verb, *args, **kwargs):
        """What the verb made; None where it refused."""
        try:
            with transaction.atomic():
                return verb(*args, **kwargs)
        except (WorkshopError, ValidationError):
            return None

    # Buying

    @rule(code=CODE, quantity=PIECES, cost=COSTS)
    def order_and_receive(self, code, quantity, cost):
        self.attempt(self._deliver, {"part": self.part(code), "quantity": quantity, "unit_cost": cost})

    def _deliver(self, row):
        order = ordering.draft_order(self.supplier, [row])
        order = ordering.place_order(order)
        line = order.lines.get()
        return receiving.receive(order, [{"line": line, "quantity": line.quantity}])

    @rule(which=ANY, share=st.sampled_from([Decimal(1), Decimal("0.5"), Decimal("1.2")]), cost=COSTS)
    def bill(self, which, share, cost, freight=ZERO):
        receipt = self.pick(Receipt.objects.filter(status="received"), which)
        if receipt:
            costs = {line.pk: cost for line in receipt.lines.all()} if share != 1 else None
            self.attempt(billing.finalise, receipt, number=self.number("SI"), unit_costs=costs, freight=freight)

    @rule(which=ANY, freight=FREIGHT)
    def bill_with_freight(self, which, freight):
        receipt = self.pick(Receipt.objects.filter(status="received"), which)
        if receipt:
            self.attempt(billing.finalise, receipt, number=self.number("SI"), freight=freight)

    @rule(which=ANY, cost=COSTS)
    def correct_a_price(self, which, cost):
        bill = self.pick(Bill.objects.exclude(status="voided").filter(receipt__isnull=False), which)
        if bill:
            costs = {line.pk: cost for line in bill.receipt.lines.all()}
            self.attempt(correcting.correct_price, bill, costs, number=self.number("SI"))

    @rule(which=ANY)
    def void_a_bill(self, which):
        bill = self.pick(Bill.objects.exclude(status="voided"), which)
        if bill:
            self.attempt(billing.void_bill, bill, reason="Entered twice")

    @rule(which=ANY)
    def undo_a_receipt(self, which):
        receipt = self.pick(Receipt.objects.filter(status="received"), which)
        if receipt:
            self.attempt(receiving.undo_receipt, receipt)

    @rule(which=ANY, amount=st.sampled_from([Decimal("11.00"), Decimal("0.07")]))
    def a_carriers_bill(self, which, amount):
        receipt = self.pick(Receipt.objects.filter(status="finalised"), which)
        if receipt:
            number = self.number("CB")
            self.attempt(correcting.add_late_cost, receipt, self.supplier, number=number, amount=amount)

    @rule(which=ANY, share=st.sampled_from([Decimal(1), Decimal("0.5")]), cost=st.none() | COSTS)
    def send_back(self, which, share, cost):
        line = self.pick(ReceiptLine.objects.filter(receipt__status="finalised"), which)
        if line:
            row = {"receipt_line": line, "quantity": (line.quantity * share).quantize(Decimal("0.0001"))}
            row |= {} if cost is None else {"unit_cost": cost}
            self.attempt(self._send_back, row)

    @rule(which=ANY, amount=PRICES)
    def get_money_back(self, which, amount):
        line = self.pick(ReceiptLine.objects.filter(receipt__status="finalised"), which)
        if line:
            self.attempt(self._send_back, {"receipt_line": line, "amount": amount, "goods_return": False})

    def _send_back(self, row):
        credit = crediting.request_credit(self.supplier, [row], reason="Wrong part")
        return crediting.finalise_credit(credit, supplier_number=self.number("SC"))

    @rule(which=ANY)
    def void_a_supplier_credit(self, which):
        credit = self.pick(SupplierCredit.objects.filter(status="finalised"), which)
        if credit:
            self.attempt(crediting.void_credit, credit, reason="Never came")

    @rule(which=ANY, on=ANY, amount=PRICES)
    def use_a_supplier_credit(self, which, on, amount):
        credit = self.pick(SupplierCredit.objects.filter(remaining__gt=0), which)
        bill = self.pick(Bill.objects.owed(), on)
        if credit and bill:
            most = min(credit.remaining, bill.amount_due)
            self.attempt(allocating.allocate_credit, credit, bill, amount=min(amount, most))

    @rule(which=ANY)
    def take_a_supplier_credit_off(self, which):
        allocation = self.pick(SupplierCreditAllocation.objects.filter(removed_at=None), which)
        if allocation:
            self.attempt(allocating.remove_allocation, allocation)

    # Selling

    @rule(code=st.sampled_from([*CODES, KIT]), quantity=PIECES, price=PRICES)
    def sell(self, code, quantity, price):
        row = {"part": self.part(code), "quantity": quantity, "unit_price": price}
        self.attempt(sales.sell, self.customer, [row])

    @rule(code=CODE, quantity=PIECES, cost=COSTS, arrives=st.booleans())
    def job_with_an_order(self, code, quantity, cost, arrives):
        self.attempt(self._job_with_an_order, code, quantity, cost, arrives)

    def _job_with_an_order(self, code, quantity, cost, arrives):
        job = jobs.book(customer=self.customer, vehicle=self.vehicle)
        line = jobs.add_line(job, part=self.part(code), quantity=quantity, unit_price=Decimal(10))
        ordered = ordering.order_for_job_line(line, self.supplier, unit_cost=cost)
        order = ordering.place_order(ordered.order)
        if arrives:
            receiving.receive(order, [{"line": one, "quantity": one.outstanding} for one in order.lines.all()])
        for step in (jobs.arrive, jobs.start, jobs.complete):
            job = step(job)
        return job

    @rule(which=ANY)
    def job_goods_arrive(self, which):
        line = self.pick(JobLine.objects.filter(purchase_lines__received_quantity=0), which)
        if line:
            ordered = line.purchase_lines.first()
            rows = [{"line": ordered, "quantity": ordered.outstanding}]
            self.attempt(receiving.receive, ordered.order, rows)

    @rule(which=ANY)
    def invoice_a_job(self, which):
        job = self.pick(Job.objects.filter(status="completed"), which)
        if job:
            self.attempt(sales.issue_invoice, job)

    @rule(which=ANY, quantity=PIECES, code=CODE)
    def edit_an_invoice(self, which, quantity, code):
        invoice = self.pick(Invoice.objects.live(), which)
        if invoice:
            rows = [{"part": line.part, "quantity": quantity, "unit_price": Decimal(9)}
                    for line in invoice.lines.select_related("part") if line.part][:1]  # fmt: skip
            added = [{"part": self.part(code), "quantity": Decimal(1), "unit_price": Decimal(9)}]
            self.attempt(sales.edit_invoice, invoice, rows + (added if which % 2 else []) or added)

    @rule(which=ANY)
    def void_an_invoice(self, which):
        invoice = self.pick(Invoice.objects.live(), which)
        if invoice:
            self.attempt(sales.void_invoice, invoice, reason="A mistake")

    @rule(which=ANY, share=st.sampled_from([Decimal(1), Decimal("0.5")]), goods=st.sampled_from(list(Goods)))
    def credit(self, which, share, goods):
        invoice = self.pick(Invoice.objects.live(), which)
        line = invoice and invoice.lines.order_by("position").first()
        if line:
            quantity = (line.quantity * share).quantize(Decimal("0.0001"))
            self.attempt(credits.credit_invoice, invoice, {line.pk: quantity}, goods={line.pk: goods}, allocate=False)

    @rule(which=ANY)
    def void_a_credit_note(self, which):
        note = self.pick(CreditNote.objects.exclude(status="voided"), which)
        if note:
            self.attempt(credits.void_credit_note, note)

    # Keeping

    @rule(code=CODE, quantity=PIECES, up=st.booleans())
    def adjust(self, code, quantity, up):
        self.attempt(adjusting.adjust, self.part(code), quantity=quantity if up else -quantity, reason="Found")

    @rule(code=CODE, difference=st.integers(-2000, 2000).map(lambda n: Decimal(n).scaleb(-2)))
    def revalue(self, code, difference):
        self.attempt(adjusting.revalue, self.part(code), difference=difference, reason="Market price")

    @rule(off=st.lists(st.integers(-2, 2), min_size=4, max_size=4), sold_meanwhile=st.booleans())
    def count_all(self, off, sold_meanwhile):
        self.attempt(self._count_all, off, sold_meanwhile)

    def _count_all(self, off, sold_meanwhile):
        stocktake = counting.begin()
        for line, wrong in zip(stocktake.lines.all(), off, strict=False):
            counting.count(line, counted=max(line.snapshot + wrong, ZERO), version=line.version)
        if sold_meanwhile:
            sales.sell(self.customer, [{"part": self.part("OF-1"), "unit_price": Decimal(9)}])
        return counting.finalise(counting.review(stocktake))

    @rule(code=CODE, quantity=PIECES)
    def move_to_the_van(self, code, quantity):
        self.attempt(self._move_to_the_van, code, quantity)

    def _move_to_the_van(self, code, quantity):
        rows = [{"part": self.part(code), "quantity": quantity}]
        transfer = moving.draft(from_location=Location.usual(), to_location=self.van, lines=rows)
        return moving.receive(moving.dispatch(transfer))

    @rule(quantity=st.sampled_from([Decimal(1), Decimal(2)]), direction=st.sampled_from(["build", "dismantle"]))
    def build(self, quantity, direction):
        self.attempt(self._build, quantity, direction)

    def _build(self, quantity, direction):
        order = building.plan(self.part(KIT), quantity=quantity, direction=direction)
        return building.complete(building.start(order))

    @rule(which=ANY)
    def job_goods_into_stock(self, which):
        lot = self.pick(JobLot.objects.filter(quantity__gt=0), which)
        if lot:
            self.attempt(returning.return_to_stock, lot)

    # What must hold

    @invariant()
    def movements_are_the_pools_and_the_lots(self):
        moved = defaultdict(lambda: (Decimal(0), ZERO))
        for part, lot, quantity, value in StockMovement.objects.values_list("part", "lot", "quantity", "value"):
            held = moved[("lot", lot) if lot else ("part", part)]
            moved[("lot", lot) if lot else ("part", part)] = (held[0] + quantity, held[1] + value)
        pools = {("part", pk): (q, v) for pk, q, v in StockPool.objects.values_list("pk", "quantity", "value")}
        lots = {("lot", pk): (q, v) for pk, q, v in JobLot.objects.values_list("pk", "quantity", "value")}
        held = {**pools, **lots}
        assert {key: row for key, row in moved.items() if any(row)} == {k: r for k, r in held.items() if any(r)}

    @invariant()
    def places_hold_what_the_pool_holds(self):
        levels = dict(StockLevel.objects.values_list("part").annotate(Sum("quantity")))
        pools = dict(StockPool.objects.values_list("pk", "quantity"))
        assert {pk: q for pk, q in levels.items() if q} == {pk: q for pk, q in pools.items() if q}

    @invariant()
    def the_books_hold_what_the_shelves_and_the_jobs_hold(self):
        assert self.on_paper("stock") + self.opening + received_not_billed(job=False) == held(StockPool)
        assert self.on_paper("wip") + received_not_billed(job=True) == held(JobLot)

    def on_paper(self, account):
        """What the documents that count put on the account."""
        return sum((amount for _, amount in documents_on(account)), ZERO)


def held(model):
    return model.objects.aggregate(sum=Sum("value"))["sum"] or ZERO


def received_not_billed(*, job):
    lines = ReceiptLine.objects.filter(receipt__status="received", order_line__job__isnull=not job)
    return sum((line.amount + line.freight for line in lines), ZERO)


def documents_on(account):
    """(kind and id of the document, what it puts on the account) of every document that counts."""
    for line in BillLine.objects.filter(account=account).exclude(bill__status="voided"):
        yield ("bill", line.bill_id), line.line_amount
    for line in SupplierCreditLine.objects.filter(account=account, credit__status="finalised"):
        yield ("supplier_credit", line.credit_id), -line.line_amount
    for journal in StockJournal.objects.filter(voided_at=None):
        if account in {journal.debit, journal.credit}:
            yield ("journal", journal.pk), journal.amount if journal.debit == account else -journal.amount
