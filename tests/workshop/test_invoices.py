"""Issuing, changing and voiding invoices."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.core.exceptions import ValidationError

from tests.factories import CustomerFactory, VehicleFactory, a_completed_job, an_invoice
from workshop import credits, jobs, people, sales
from workshop.errors import ChangedMeanwhile, InvalidInput, InvoiceLocked, NotAllowedNow, Overpayment
from workshop.models import Invoice, Job, NumberSequence, Organisation, PaymentMethod

pytestmark = pytest.mark.usefixtures("garage")
LABOUR = [{"description": "Labour", "unit_price": Decimal(100)}]


def pay(invoice, amount):
    return sales.record_payment(invoice, amount=Decimal(amount), method=PaymentMethod.objects.get(name="Cash"))


def amounts(invoice):
    return invoice.subtotal, invoice.tax_total, invoice.total, invoice.amount_due


def test_an_invoice_takes_the_next_number_the_rego_and_the_payers_terms():
    insurer = CustomerFactory(terms="day_of_following_month", terms_days=20)
    job = a_completed_job(vehicle=VehicleFactory(rego="KLM 123"), bill_to=insurer)

    invoice = sales.issue_invoice(job, date=date(2026, 7, 20))

    assert (invoice.number, invoice.reference, invoice.customer) == ("INV 1008", "KLM123", insurer)
    assert (invoice.date, invoice.due_date) == (date(2026, 7, 20), date(2026, 8, 20))
    assert Job.objects.get(pk=job.pk).status == Job.Status.INVOICED


def test_an_invoice_is_dated_where_the_garage_stands():
    with time_machine.travel(datetime(2026, 7, 20, 13, tzinfo=UTC)):
        nz = an_invoice()
        Organisation.objects.update(time_zone="Europe/London")
        gb = an_invoice()

    assert (nz.date, gb.date) == (date(2026, 7, 21), date(2026, 7, 20))


@pytest.mark.parametrize(
    ("terms", "days", "due"),
    [
        ("", None, date(2026, 2, 20)),
        ("days_after_invoice", 0, date(2026, 1, 31)),
        ("days_after_invoice", 7, date(2026, 2, 7)),
        ("day_of_following_month", 1, date(2026, 2, 1)),
        ("day_of_following_month", 31, date(2026, 2, 28)),
    ],
)
def test_terms_say_when_an_invoice_falls_due(terms, days, due):
    customer = CustomerFactory(terms=terms, terms_days=days)

    assert an_invoice(customer=customer, date=date(2026, 1, 31)).due_date == due


@pytest.mark.parametrize("step", range(3))
def test_a_job_is_invoiced_only_when_it_is_completed(step):
    job = jobs.book(customer=CustomerFactory())
    for verb in (jobs.arrive, jobs.start)[:step]:
        verb(job)

    with pytest.raises(NotAllowedNow, match="Complete it before invoicing"):
        sales.issue_invoice(job)


def test_a_job_is_invoiced_once():
    job = a_completed_job()
    sales.issue_invoice(job)

    with pytest.raises(NotAllowedNow, match="is invoiced"):
        sales.issue_invoice(job)


@pytest.mark.parametrize("lines", [[], [{"kind": "text", "description": "Warranty"}]])
def test_a_job_without_a_priced_line_is_not_invoiced_and_takes_no_number(lines):
    job = a_completed_job(lines)

    with pytest.raises(InvalidInput, match="nothing to invoice") as refusal:
        sales.issue_invoice(job)

    assert refusal.value.field == "lines"
    assert Job.objects.get(pk=job.pk).status == Job.Status.COMPLETED
    assert an_invoice().number == "INV 1008"


@pytest.mark.parametrize(
    ("dates", "field"),
    [
        ({"date": date(2026, 7, 20), "due_date": date(2026, 7, 19)}, "due_date"),
        ({"date": date(26, 7, 20)}, "date"),
        ({"date": date(9999, 12, 31)}, "date"),
        ({"date": date(2026, 7, 20), "due_date": date(2062, 7, 20)}, "due_date"),
    ],
)
def test_a_date_that_makes_no_sense_is_refused_at_the_field(dates, field):
    with pytest.raises(InvalidInput) as refusal:
        sales.issue_invoice(a_completed_job(), **dates)
    assert refusal.value.field == field


def test_a_nil_invoice_counts_as_paid_and_may_still_be_edited():
    nil = an_invoice([{"description": "Warranty", "unit_price": Decimal(0)}])
    assert (nil.status, nil.amount_due, nil.editable) == (Invoice.Status.PAID, 0, True)

    edited = sales.edit_invoice(nil, LABOUR)

    assert (edited.status, edited.amount_due) == (Invoice.Status.ISSUED, Decimal("115.00"))


def test_a_discount_larger_than_the_work_is_refused():
    job = a_completed_job(LABOUR, discount_amount=Decimal("100.01"))

    with pytest.raises(InvalidInput) as refusal:
        sales.issue_invoice(job)
    assert refusal.value.field == "discount_amount"


def test_an_absurd_total_is_refused():
    absurd = {"description": "Gold", "quantity": Decimal(100_000), "unit_price": Decimal(1_000_000)}

    with pytest.raises(InvalidInput, match="cannot come to more than 99,999,999"):
        sales.issue_invoice(a_completed_job([absurd]))


def test_what_was_invoiced_stays_whatever_the_settings_say_later():
    invoice = an_invoice(LABOUR)
    rate = invoice.lines.get().tax_rate
    rate.percent = Decimal("17.5")
    rate.save()

    line = Invoice.objects.get(pk=invoice.pk).lines.get()

    assert (line.tax_percent, line.tax_amount) == (15, Decimal("15.00"))


@pytest.mark.parametrize("count", [1, 40])
def test_issuing_takes_the_same_queries_for_one_line_and_for_forty(count, workshop_queries):
    job = a_completed_job([{"description": f"Work {n}"} for n in range(count)], discount_percent=Decimal(5))

    with workshop_queries(16):
        sales.issue_invoice(job)


@pytest.mark.parametrize("count", [1, 40])
def test_editing_takes_the_same_queries_for_one_line_and_for_forty(count, workshop_queries):
    invoice = an_invoice([{"description": f"Work {n}"} for n in range(count)])

    with workshop_queries(14):
        sales.edit_invoice(invoice, [{"description": f"Other {n}"} for n in range(count)])


# Counter sales


def test_a_counter_sale_is_an_invoice_without_a_job():
    invoice = sales.sell(CustomerFactory(), LABOUR, reference=" Counter ", date=date(2026, 7, 20))

    assert (invoice.job, invoice.reference) == (None, "Counter")
    assert amounts(invoice) == (Decimal("100.00"), Decimal("15.00"), Decimal("115.00"), Decimal("115.00"))


def test_nothing_is_sold_to_an_archived_customer():
    customer = CustomerFactory()
    people.archive_customer(customer)

    with pytest.raises(InvalidInput, match="is archived"):
        sales.sell(customer, LABOUR)


def test_a_negative_price_is_refused_on_a_counter_sale():
    with pytest.raises(ValidationError) as refusal:
        sales.sell(CustomerFactory(), [*LABOUR, {"description": "Trade-in", "unit_price": Decimal(-50)}])
    assert list(refusal.value.message_dict) == ["unit_price"]


# Editing


def test_an_edit_replaces_the_lines_and_keeps_number_freight_and_discount():
    invoice = an_invoice(LABOUR, freight=Decimal(10), discount_percent=Decimal(10))

    edited = sales.edit_invoice(invoice, [{"description": "Labour", "unit_price": Decimal(200)}])

    assert (edited.number, edited.version) == (invoice.number, invoice.version + 1)
    assert [(line.kind, line.line_amount) for line in edited.lines.all()] == [
        ("labour", 200),
        ("freight", 10),
        ("discount", -20),
    ]
    assert amounts(edited) == (Decimal("190.00"), Decimal("28.50"), Decimal("218.50"), Decimal("218.50"))


def test_an_edit_may_change_freight_discount_reference_and_due_date():
    invoice = an_invoice(LABOUR, date=date(2026, 7, 20), discount_percent=Decimal(10))

    edited = sales.edit_invoice(
        invoice,
        LABOUR,
        reference="PO 7",
        due_date=date(2026, 9, 1),
        discount_percent=Decimal(0),
        discount_amount=Decimal(20),
    )

    assert (edited.reference, edited.due_date, edited.subtotal) == ("PO 7", date(2026, 9, 1), Decimal("80.00"))


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"discount_percent": Decimal(5), "discount_amount": Decimal(5)}, "discount_percent"),
        ({"freight": Decimal("-1")}, "freight"),
        ({"reference": "x" * 51}, "reference"),
    ],
)
def test_nonsense_in_an_edit_is_refused_at_the_field(fields, wrong):
    with pytest.raises(ValidationError) as refusal:
        sales.edit_invoice(an_invoice(), LABOUR, **fields)
    assert list(refusal.value.message_dict) == [wrong]


def test_an_edit_of_an_invoice_somebody_else_changed_is_refused():
    invoice = an_invoice()
    sales.edit_invoice(invoice, LABOUR, version=invoice.version)

    with pytest.raises(ChangedMeanwhile):
        sales.edit_invoice(invoice, LABOUR, version=invoice.version)


def test_a_paid_invoice_cannot_be_edited_redated_or_voided():
    invoice = an_invoice(LABOUR)
    pay(invoice, "15.00")

    for change in (
        lambda: sales.edit_invoice(invoice, LABOUR),
        lambda: sales.redate_invoice(invoice, date(2026, 7, 1)),
        lambda: sales.void_invoice(invoice, reason="Wrong car"),
    ):
        with pytest.raises(InvoiceLocked):
            change()


def test_a_credit_note_that_waits_locks_the_lines_it_credits_until_it_is_voided():
    invoice = an_invoice(LABOUR)
    note = credits.credit_invoice(invoice, {invoice.lines.get().pk: Decimal("0.5")}, allocate=False)
    for change in (
        lambda: sales.edit_invoice(invoice, LABOUR),
        lambda: sales.void_invoice(invoice, reason="Wrong car"),
    ):
        with pytest.raises(InvoiceLocked, match="Void it first"):
            change()

    credits.void_credit_note(note)

    assert sales.edit_invoice(invoice, LABOUR).total == Decimal("115.00")


def test_a_voided_invoice_cannot_be_edited():
    invoice = sales.void_invoice(an_invoice(), reason="Wrong car")

    with pytest.raises(InvoiceLocked, match="is voided"):
        sales.edit_invoice(invoice, LABOUR)


# Date and number


def test_redating_keeps_the_terms_and_notes_the_old_date():
    invoice = an_invoice(date=date(2026, 6, 30))

    moved = sales.redate_invoice(invoice, date(2026, 7, 1))

    assert moved.due_date - moved.date == invoice.due_date - invoice.date == timedelta(days=20)
    assert [entry.history_change_reason for entry in moved.history.all()] == ["Date was 2026-06-30", None]


def test_an_invoice_is_not_redated_into_nowhere():
    with pytest.raises(InvalidInput, match="not a sensible date"):
        sales.redate_invoice(an_invoice(), date(1926, 7, 20))


def test_renumbering_takes_the_next_number_and_notes_the_old_one():
    invoice = an_invoice()
    an_invoice()

    renumbered = sales.renumber_invoice(sales.renumber_invoice(invoice))

    assert (renumbered.number, renumbered.previous_numbers) == ("INV 1011", "INV 1008, INV 1010")
    assert renumbered.history.first().history_change_reason == "Number was INV 1010"


def test_a_voided_invoice_keeps_its_number():
    with pytest.raises(NotAllowedNow, match="is voided"):
        sales.renumber_invoice(sales.void_invoice(an_invoice(), reason="Wrong car"))


# Voiding


@pytest.mark.parametrize("collected", [False, True])
def test_voiding_sends_the_job_back_to_completed_and_burns_the_number(collected):
    job = a_completed_job()
    completed_at = job.completed_at
    invoice = sales.issue_invoice(job)
    if collected:
        jobs.collect(job)

    voided = sales.void_invoice(invoice, reason=" Wrong car ")

    job.refresh_from_db()
    assert (voided.status, voided.amount_due, voided.void_reason) == (Invoice.Status.VOIDED, 0, "Wrong car")
    assert (job.status, job.completed_at, job.collected_at) == (Job.Status.COMPLETED, completed_at, None)
    assert sales.issue_invoice(job).number == "INV 1009"


def test_an_invoice_is_voided_once_and_with_a_reason():
    invoice = an_invoice()
    with pytest.raises(InvalidInput) as refusal:
        sales.void_invoice(invoice, reason="  ")
    assert refusal.value.field == "reason"
    sales.void_invoice(invoice, reason="Wrong car")

    with pytest.raises(NotAllowedNow, match="voided already"):
        sales.void_invoice(invoice, reason="Wrong car")


def test_an_invoice_whose_payment_was_reversed_can_be_voided():
    invoice = an_invoice(LABOUR)
    sales.reverse_payment(pay(invoice, "115.00"), reason="Bounced")

    assert sales.void_invoice(invoice, reason="Wrong car").status == Invoice.Status.VOIDED


# What the accountant did


def test_an_adjustment_brings_the_total_to_the_accounts_and_keeps_our_lines():
    invoice = an_invoice(LABOUR)

    adjusted = sales.adjust_to_accounts(
        invoice, subtotal=Decimal("110.00"), tax=Decimal("16.50"), description="Adjustment made in Xero"
    )

    assert amounts(adjusted) == (Decimal("110.00"), Decimal("16.50"), Decimal("126.50"), Decimal("126.50"))
    assert [(line.kind, line.line_amount, line.tax_amount) for line in adjusted.lines.all()] == [
        ("labour", 100, 15),
        ("adjustment", 10, Decimal("1.50")),
    ]
    assert adjusted.changed_in_accounts is True


def test_an_inclusive_invoice_is_adjusted_with_the_tax_inside():
    invoice = an_invoice([{"description": "Labour", "unit_price": Decimal(115)}], tax_mode="inclusive")

    adjusted = sales.adjust_to_accounts(invoice, subtotal=Decimal(110), tax=Decimal("16.50"), description="Adjustment")

    assert adjusted.lines.get(kind="adjustment").line_amount == Decimal("11.50")
    assert amounts(adjusted) == (Decimal("110.00"), Decimal("16.50"), Decimal("126.50"), Decimal("126.50"))


def test_an_adjustment_follows_a_second_change_and_goes_when_the_accounts_agree_again():
    invoice = an_invoice(LABOUR)
    for subtotal, tax in (("110", "16.50"), ("90", "13.50")):
        sales.adjust_to_accounts(invoice, subtotal=Decimal(subtotal), tax=Decimal(tax), description="Adjustment")
    assert [line.line_amount for line in invoice.lines.all()] == [100, -10]

    agreed = sales.adjust_to_accounts(invoice, subtotal=Decimal(100), tax=Decimal(15), description="Adjustment")

    assert (agreed.lines.count(), agreed.total, agreed.changed_in_accounts) == (1, Decimal("115.00"), False)


def test_an_adjusted_invoice_takes_the_whole_payment_and_no_edit_even_once_accepted():
    invoice = an_invoice(LABOUR)
    sales.adjust_to_accounts(invoice, subtotal=Decimal(110), tax=Decimal("16.50"), description="Adjustment")
    with pytest.raises(InvoiceLocked, match="Reconcile that first"):
        sales.edit_invoice(invoice, LABOUR)

    assert sales.accept_adjustment(invoice).changed_in_accounts is False

    with pytest.raises(InvoiceLocked, match="adjusted in the accounts"):
        sales.edit_invoice(invoice, LABOUR)
    pay(invoice, "126.50")
    assert Invoice.objects.get(pk=invoice.pk).status == Invoice.Status.PAID


def test_an_adjustment_below_what_was_paid_is_refused_and_leaves_no_trace():
    invoice = an_invoice(LABOUR)
    pay(invoice, "115.00")

    with pytest.raises(Overpayment):
        sales.adjust_to_accounts(invoice, subtotal=Decimal(90), tax=Decimal("13.50"), description="Adjustment")

    assert Invoice.objects.get(pk=invoice.pk).total == Decimal("115.00")
    assert invoice.lines.count() == 1


def test_a_voided_invoice_does_not_come_back_by_an_adjustment():
    invoice = sales.void_invoice(an_invoice(), reason="Wrong car")

    with pytest.raises(NotAllowedNow, match="is voided"):
        sales.adjust_to_accounts(invoice, subtotal=Decimal(90), tax=Decimal("13.50"), description="Adjustment")


def test_there_is_nothing_to_accept_on_an_untouched_invoice():
    with pytest.raises(NotAllowedNow, match="Nothing was changed"):
        sales.accept_adjustment(an_invoice())


def test_a_number_is_taken_only_when_the_invoice_is_stored():
    with pytest.raises(InvalidInput):
        sales.sell(CustomerFactory(), [])

    assert NumberSequence.objects.get(series="invoice").next_number == 1008
