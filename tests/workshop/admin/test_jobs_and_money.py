from datetime import date
from decimal import Decimal

import pytest
from django.utils import timezone

from tests.factories import CustomerFactory, PartFactory, a_completed_job, an_invoice
from tests.workshop.admin.office import address, save, text, told
from workshop import credits, jobs, sales
from workshop.models import CreditNote, Invoice, Job, Payment, PaymentMethod


def paid_invoice():
    invoice = an_invoice()
    payment = sales.record_payment(invoice, amount=Decimal("50.00"), method=PaymentMethod.objects.get(name="EFTPOS"))
    return invoice, payment


def ask(client, model, pk, action, **fields):
    return client.post(address(model, pk, action), fields, follow=True)


# Jobs


def test_a_job_is_booked_with_its_first_line(owner):
    customer = CustomerFactory()

    save(
        owner, address("job", action="add"), customer=customer.pk, concern="Rattle",
        **{"lines-TOTAL_FORMS": "1", "lines-0-kind": "labour", "lines-0-description": "Labour",
           "lines-0-quantity": "1.5", "lines-0-unit_price": "", "lines-0-discount_percent": "0"},
    )  # fmt: skip

    job = Job.objects.get()
    line = job.lines.get()
    assert (job.status, job.customer_id, job.number) == ("booked", customer.pk, "1")
    assert (line.quantity, line.unit_price, line.tax_rate.name) == (Decimal("1.5"), Decimal(120), "GST 15%")


def test_a_line_is_changed_and_another_removed(owner):
    job = jobs.book(customer=CustomerFactory())
    kept = jobs.add_line(job, description="Labour", quantity=Decimal(1))
    gone = jobs.add_line(job, part=PartFactory(), quantity=Decimal(1))
    before = Job.objects.get().version

    save(owner, address("job", job.pk), **{"lines-0-quantity": "2", "lines-1-DELETE": "on"})

    kept.refresh_from_db()
    assert kept.quantity == 2
    assert list(job.lines.values_list("pk", flat=True)) == [kept.pk]
    assert gone.pk != kept.pk
    assert Job.objects.get().version > before


def test_a_line_that_makes_no_sense_is_refused_where_it_stands(owner):
    job = jobs.book(customer=CustomerFactory())
    jobs.add_line(job, description="Labour", quantity=Decimal(1))

    answer = save(owner, address("job", job.pk), **{"lines-0-quantity": "-1"})

    formset = answer.context["inline_admin_formsets"][0].formset
    assert list(formset.forms[0].errors) == ["quantity"]
    assert job.lines.get().quantity == 1


def test_an_invoiced_job_is_only_looked_at(owner):
    job = an_invoice().job

    assert "Save" not in text(owner.get(address("job", job.pk)))
    assert owner.post(address("job", job.pk), {"concern": "X"}).status_code == 403


def test_cancelling_asks_for_the_reason(owner):
    job = jobs.book(customer=CustomerFactory())

    assert "Cancel Job 1?" in text(owner.get(address("job", job.pk, "cancel")))
    assert Job.objects.get().status == "booked"
    answer = ask(owner, "job", job.pk, "cancel", reason="Sold the car")

    assert (told(answer), Job.objects.get().cancel_reason) == (["Job 1 is cancelled."], "Sold the car")


@pytest.mark.parametrize("words", ["1", "INV 1008"])
def test_a_job_is_found_by_number_and_invoice(owner, words):
    invoice = an_invoice()

    assert list(owner.get(address("job"), {"q": words}).context["cl"].queryset) == [invoice.job]


# Invoices


def test_an_invoice_is_shown_whole_and_typed_over_nowhere(owner):
    invoice, payment = paid_invoice()

    page = text(owner.get(address("invoice", invoice.pk)))

    for word in ["INV 1008", "Part paid", "180.00", "27.00", "207.00", payment.number, "EFTPOS"]:
        assert word in page
    assert owner.post(address("invoice", invoice.pk), {"reference": "X"}).status_code == 403


def test_voiding_asks_changes_nothing_and_then_does_it(owner):
    invoice = an_invoice()

    page = text(owner.get(address("invoice", invoice.pk, "void")))
    assert "Void INV 1008?" in page
    assert Invoice.objects.get().status == "issued"

    answer = ask(owner, "invoice", invoice.pk, "void", reason="Wrong car")
    assert told(answer) == ["INV 1008 is voided."]
    assert Invoice.objects.get().void_reason == "Wrong car"
    assert "Wrong car" in text(answer)


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_void_without_a_reason_is_refused_at_the_field(owner, reason):
    invoice = an_invoice()

    answer = ask(owner, "invoice", invoice.pk, "void", reason=reason)

    assert answer.context["form"].errors == {"reason": ["This field is required."]}
    assert Invoice.objects.get().status == "issued"


def test_a_paid_invoice_cannot_be_voided_and_says_why(owner):
    invoice, _ = paid_invoice()

    answer = ask(owner, "invoice", invoice.pk, "void", reason="Wrong car")

    assert answer.context["form"].non_field_errors() == [
        "Invoice INV 1008 has payments or credits. Reverse them first, or issue a credit note."
    ]


def test_an_invoice_is_moved_to_another_day(accountant):
    invoice = an_invoice(date=date(2026, 7, 20))

    answer = ask(accountant, "invoice", invoice.pk, "redate", date="2026-08-01")

    invoice.refresh_from_db()
    assert told(answer) == ["INV 1008 is moved to another day."]
    assert (invoice.date, invoice.due_date) == (date(2026, 8, 1), date(2026, 8, 21))


@pytest.mark.parametrize("day", ["", "soon", "1850-01-01", "9999-12-31"])
def test_a_day_that_is_none_is_refused_at_the_field(accountant, day):
    invoice = an_invoice(date=date(2026, 7, 20))

    answer = ask(accountant, "invoice", invoice.pk, "redate", date=day)

    assert list(answer.context["form"].errors) == ["date"]
    assert Invoice.objects.get().date == date(2026, 7, 20)


def test_an_invoice_is_renumbered_and_the_former_number_noted(accountant):
    invoice = an_invoice()

    answer = ask(accountant, "invoice", invoice.pk, "renumber")

    invoice.refresh_from_db()
    assert told(answer) == ["The invoice is INV 1009 from now on."]
    assert (invoice.number, invoice.previous_numbers) == ("INV 1009", "INV 1008")


@pytest.mark.parametrize(
    ("role", "offered"),
    [
        ("Owner", {"Change date", "Renumber", "Void"}),
        ("Manager", {"Void"}),
        ("Accountant", {"Change date", "Renumber"}),
        ("Advisor", set()),
    ],
)
def test_each_role_is_offered_what_it_may_do(office, role, offered):
    invoice = an_invoice()
    client = office(role)

    buttons = {entry["title"] for entry in client.get(address("invoice", invoice.pk)).context["actions_detail"]}

    assert buttons == offered


@pytest.mark.parametrize(("role", "action"), [("Manager", "redate"), ("Advisor", "void"), ("Accountant", "void")])
def test_who_may_not_do_it_cannot_by_address_either(office, role, action):
    invoice = an_invoice()

    assert office(role).post(address("invoice", invoice.pk, action), {"reason": "x"}).status_code == 403
    assert Invoice.objects.get().status == "issued"


# Payments and credit notes


def test_a_payment_is_reversed_with_its_reason(accountant):
    invoice, payment = paid_invoice()

    answer = ask(accountant, "payment", payment.pk, "reverse", reason="Bounced")

    invoice.refresh_from_db()
    assert told(answer) == [f"{payment} is reversed."]
    assert invoice.amount_due == invoice.total
    assert "Reversed" in text(answer)


def test_a_payment_reversed_already_says_so(accountant):
    _, payment = paid_invoice()
    sales.reverse_payment(payment, reason="Bounced")

    answer = ask(accountant, "payment", payment.pk, "reverse", reason="Again")

    assert answer.context["form"].non_field_errors() == [f"Payment {payment.number} is reversed already."]


def test_payments_are_listed_by_method(accountant):
    _, payment = paid_invoice()
    cash = PaymentMethod.objects.get(name="Cash")

    assert list(accountant.get(address("payment"), {"method": payment.method_id}).context["cl"].queryset) == [payment]
    assert list(accountant.get(address("payment"), {"method": cash.pk}).context["cl"].queryset) == []
    assert list(accountant.get(address("payment"), {"method": "x"}).context["cl"].queryset) == [payment]


def test_a_credit_note_is_voided(accountant):
    invoice, _ = paid_invoice()
    note = credits.issue_credit_note(invoice.customer, amount=Decimal("10.00"), description="Goodwill")

    ask(accountant, "creditnote", note.pk, "void")

    assert CreditNote.objects.get().status == "voided"


# Nothing is deleted


@pytest.mark.parametrize(
    ("model", "make", "sentence"),
    [
        ("invoice", an_invoice, "INV 1008 cannot be deleted. Void it, or credit it, instead."),
        ("job", a_completed_job, "Job 1 cannot be deleted. Cancel it instead."),
        ("payment", lambda: paid_invoice()[1], "PAY 1: 50.00 cannot be deleted. Reverse it instead."),
        ("part", PartFactory, "cannot be deleted. Archive it instead: it leaves the pickers and keeps its history."),
    ],
)
def test_nothing_with_a_history_is_deleted_not_even_by_the_one_who_installed_it(office, model, make, sentence):
    record = make()
    superuser = office("Owner", is_superuser=True)

    for answer in [
        superuser.get(address(model, record.pk, "delete"), follow=True),
        superuser.post(address(model, record.pk, "delete"), {"post": "yes"}, follow=True),
    ]:
        assert told(answer)[0].endswith(sentence)
    assert type(record).objects.filter(pk=record.pk).exists()
    assert "delete_selected" not in str(superuser.get(address(model)).context["action_form"] or "")


def test_times_are_those_of_the_garage(owner, garage):
    garage.time_zone = "Australia/Perth"
    garage.save()
    payment = paid_invoice()[1]
    Payment.objects.filter(pk=payment.pk).update(
        reversed_at=timezone.datetime(2026, 7, 19, 23, 30, tzinfo=timezone.get_fixed_timezone(0)), reverse_reason="x"
    )

    assert "20 Jul 2026, 07:30" in text(owner.get(address("payment", payment.pk)))
