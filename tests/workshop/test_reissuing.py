"""An invoice credited and issued anew in one act."""

from datetime import date
from decimal import Decimal

import pytest

from tests.factories import CustomerFactory, an_invoice, purchase_tax, stocked
from tests.workshop.purchasing.buying import a_job, a_radiator, an_order, finished, received, row
from workshop import credits, deposits, jobs, sales
from workshop.errors import InvoiceLocked, NotAllowedNow
from workshop.models import (
    CreditNote,
    Goods,
    Invoice,
    InvoiceLine,
    Job,
    JobLot,
    PaymentMethod,
    StockJournal,
    StockPool,
)
from workshop.purchasing import billing, ordering
from workshop.reissuing import reissue_invoice

pytestmark = pytest.mark.usefixtures("garage")
D = Decimal
LABOUR = {"description": "Labour", "quantity": D(2), "unit_price": D(100)}


def pay(invoice, amount):
    return sales.record_payment(invoice, amount=D(amount), method=PaymentMethod.objects.first())


def test_the_old_one_is_credited_and_the_new_one_stands_on_its_job():
    old = an_invoice([LABOUR])

    new = reissue_invoice(old, [LABOUR | {"quantity": D(1)}], reason="One hour, not two")

    old.refresh_from_db()
    note = CreditNote.objects.get()
    assert (old.status, old.amount_credited, old.amount_due, old.editable) == ("paid", D(230), D(0), False)
    assert (note.reason, note.total, note.remaining, note.status) == ("One hour, not two", D(230), D(0), "allocated")
    assert (new.number, new.total, new.amount_due, new.replaces, new.job) == ("INV 1009", D(115), D(115), old, old.job)
    assert (new.customer, new.vehicle, new.reference) == (old.customer, old.vehicle, old.reference)
    assert Job.objects.get().invoices.standing().get() == new


def test_what_was_paid_is_used_on_the_new_one():
    old = an_invoice([LABOUR])
    pay(old, 150)

    new = reissue_invoice(old, [LABOUR | {"quantity": D(3)}])

    old.refresh_from_db()
    assert (old.amount_paid, old.amount_credited, old.amount_due) == (D(150), D(80), D(0))
    assert (new.total, new.amount_credited, new.amount_due) == (D(345), D(150), D(195))
    assert CreditNote.objects.get().remaining == 0


def test_what_was_paid_too_much_is_left_on_the_credit_note():
    old = an_invoice([LABOUR])
    pay(old, 230)

    new = reissue_invoice(old, [LABOUR | {"quantity": D(1)}])

    assert (new.status, new.amount_due, CreditNote.objects.get().remaining) == ("paid", D(0), D(115))


def test_a_deposit_that_was_used_on_the_old_one_pays_for_the_new_one():
    job = finished_with()
    deposits.take_deposit(job, amount=D(50), method=PaymentMethod.objects.first())
    old = sales.issue_invoice(job)

    new = reissue_invoice(old, [LABOUR])

    assert (old.amount_credited, new.amount_due) == (D(50), D(180))


def test_goods_come_back_and_go_out_again_at_the_same_cost():
    part = stocked("OF-1", 8, "98.00")
    old = an_invoice([{"part": part, "quantity": D(2)}])

    new = reissue_invoice(old, [{"part": part, "quantity": D(3)}])

    pool = StockPool.objects.get(part=part)
    assert (pool.quantity, pool.value, new.cost) == (D(5), D("61.25"), D("36.75"))
    kinds = StockJournal.objects.order_by("id").values_list("kind", "debit", "credit", "amount")
    assert list(kinds) == [
        ("cogs", "cogs", "stock", D("24.50")),
        ("cogs_reversal", "stock", "cogs", D("24.50")),
        ("cogs", "cogs", "stock", D("36.75")),
    ]


def test_what_was_credited_before_is_not_credited_again():
    part = stocked("OF-1", 8, "98.00", sell_price=D(20))
    old = an_invoice([{"part": part, "quantity": D(2)}, LABOUR])
    line = old.lines.get(part=part)
    credits.credit_invoice(old, {line.pk: D(1)}, goods={line.pk: Goods.RESTOCKED})

    new = reissue_invoice(old, [{"part": part, "quantity": D(1)}, LABOUR])

    old.refresh_from_db()
    assert [note.total for note in CreditNote.objects.order_by("id")] == [D(23), D(253)]
    assert (old.amount_due, new.total, StockPool.objects.get(part=part).quantity) == (D(0), D(253), D(7))


@pytest.fixture
def radiator():
    """A radiator of 186.40 bought for a job, invoiced on it."""
    purchase_tax()
    job = a_job()
    line = a_radiator(job)
    ordering.need_for_job(line)
    bought = row(None, 1, "186.40", description="Radiator", job_line=line)
    billing.finalise(received(an_order(bought)), number="SI-1")
    return sales.issue_invoice(finished(job))


def as_typed(invoice):
    names = ["kind", "part", "description", "quantity", "unit_price", "discount_percent", "tax_rate"]
    return [{name: getattr(line, name) for name in names} for line in invoice.lines.all()]


def test_what_was_bought_for_the_job_keeps_its_cost(radiator):
    new = reissue_invoice(radiator, [row | {"unit_price": D(250)} for row in as_typed(radiator)])

    (line,) = new.lines.all()
    assert (line.supply, line.cost, line.job_line) == ("job_order", D("186.40"), radiator.lines.get().job_line)
    assert JobLot.objects.get().value == 0
    cogs = StockJournal.objects.filter(kind__startswith="cogs").order_by("id").values_list("debit", "credit", "amount")
    assert list(cogs) == [
        ("cogs", "wip", D("186.40")),
        ("wip", "cogs", D("186.40")),
        ("cogs", "wip", D("186.40")),
    ]


def test_what_was_bought_for_the_job_and_is_not_invoiced_again_is_on_the_job(radiator):
    reissue_invoice(radiator, [LABOUR])

    lot = JobLot.objects.get()
    assert (lot.quantity, lot.value) == (D(1), D("186.40"))


def test_voiding_the_new_one_opens_the_job_again_and_it_can_be_invoiced_once_more():
    new = reissue_invoice(an_invoice([LABOUR]), [LABOUR])

    sales.void_invoice(new, reason="Wrong again")
    job = Job.objects.get()
    third = sales.issue_invoice(job)

    assert (job.status, third.amount_due) == ("completed", D(230))


def test_it_is_done_once():
    old = an_invoice([LABOUR])
    reissue_invoice(old, [LABOUR])

    with pytest.raises(NotAllowedNow, match="issued anew already"):
        reissue_invoice(old, [LABOUR])
    assert (Invoice.objects.count(), CreditNote.objects.count()) == (2, 1)


def test_its_credit_note_cannot_be_voided_for_that_would_ask_twice_for_the_money():
    reissue_invoice(an_invoice([LABOUR]), [LABOUR])
    note = CreditNote.objects.get()
    credits.remove_allocation(note.allocations.get())

    with pytest.raises(NotAllowedNow, match="issued anew"):
        credits.void_credit_note(note)


def test_a_voided_or_wholly_credited_one_has_nothing_left_to_credit():
    voided, credited = an_invoice([LABOUR]), an_invoice([LABOUR])
    sales.void_invoice(voided, reason="Wrong")
    credits.credit_invoice(credited, {credited.lines.get().pk: D(2)})

    for invoice, words in ((voided, "is voided"), (credited, "credited in full already")):
        with pytest.raises(NotAllowedNow, match=words):
            reissue_invoice(invoice, [LABOUR])


def test_what_the_accountant_changed_is_looked_at_first():
    invoice = an_invoice([LABOUR])
    sales.adjust_to_accounts(invoice, subtotal=D(210), tax=D("31.50"), description="Adjusted")

    with pytest.raises(InvoiceLocked, match="changed in the accounts"):
        reissue_invoice(invoice, [LABOUR])
    sales.accept_adjustment(invoice)
    with pytest.raises(InvoiceLocked, match="adjusted in the accounts"):
        reissue_invoice(invoice, [LABOUR])


def test_a_refused_copy_leaves_everything_as_it_was():
    old = an_invoice([LABOUR])

    with pytest.raises(Exception, match="nothing to invoice"):
        reissue_invoice(old, [])

    old.refresh_from_db()
    assert (old.replaced_at, old.amount_due, CreditNote.objects.count()) == (None, D(230), 0)


def test_the_day_freight_and_discount_are_the_old_ones_unless_given():
    old = sales.issue_invoice(finished_with(freight=D(10), discount_percent=D(5)))

    new = reissue_invoice(old, [LABOUR], reference="PO 7", discount_percent=D(0), date=date(2026, 7, 1))

    assert (new.freight, new.discount_percent, new.reference) == (D(10), D(0), "PO 7")
    assert (new.date, CreditNote.objects.get().date) == (date(2026, 7, 1), date(2026, 7, 1))


def finished_with(**charges):
    job = jobs.book(customer=CustomerFactory(), **charges)
    jobs.add_line(job, **LABOUR)
    return finished(job)


def test_a_counter_sale_has_no_job_and_is_issued_anew_all_the_same():
    old = sales.sell(CustomerFactory(), [LABOUR])

    new = reissue_invoice(old, [LABOUR])

    assert (new.job, new.replaces) == (None, old)


def test_freight_and_discount_are_credited_too():
    old = sales.issue_invoice(finished_with(freight=D(10), discount_percent=D(5)))
    assert {line.kind for line in old.lines.all()} == {"labour", "freight", "discount"}

    reissue_invoice(old, [LABOUR])

    old.refresh_from_db()
    assert (old.amount_due, CreditNote.objects.get().total) == (D(0), old.total)
    assert InvoiceLine.objects.filter(invoice=old).count() == 3
