from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.urls import reverse

from tests.factories import CustomerFactory, PartFactory, VehicleFactory, a_completed_job, an_invoice, stocked
from tests.workshop.manager.reading import said, text
from workshop import jobs, sales
from workshop.models import Invoice, PaymentMethod, TaxRate
from workshop.parts import archive_part

LIST = "/invoices/"
LOCKED = "Invoice {} is part paid. Remove the payment or credit, or credit it and issue it anew."


def page(invoice):
    return reverse("invoice", args=[invoice.pk])


def paid(invoice, amount=None):
    return sales.record_payment(invoice, amount=amount or invoice.amount_due, method=PaymentMethod.objects.first())


def numbers(response):
    return {invoice.number for invoice in response.context["page"]}


@time_machine.travel(datetime(2026, 7, 19, 22, 0, tzinfo=UTC))  # the 20th in Auckland
def test_a_completed_job_is_invoiced_today_with_its_rego_as_reference(manager):
    job = a_completed_job()

    form = manager.get(reverse("job-invoice", args=[job.pk])).context["form"]
    response = manager.post(reverse("job-invoice", args=[job.pk]), {"date": form["date"].value()})

    invoice = Invoice.objects.get()
    assert response["Location"] == page(invoice)
    assert (invoice.number, invoice.date, invoice.reference) == ("INV 1008", date(2026, 7, 20), job.vehicle.rego)


def test_only_some_may_date_an_invoice_in_the_past(manager, owner):
    job, yesterday = a_completed_job(), datetime.now(UTC).date() - timedelta(days=3)
    address = reverse("job-invoice", args=[job.pk])

    refused = manager.post(address, {"date": yesterday})
    allowed = owner.post(address, {"date": yesterday})

    assert (refused.status_code, list(refused.context["form"].errors)) == (422, ["date"])
    assert (allowed.status_code, Invoice.objects.get().date) == (302, yesterday)


def test_a_page_left_open_learns_of_a_payment_entered_elsewhere(manager):
    invoice = an_invoice()
    seen = {"seen": invoice.updated_at.isoformat()}
    address = reverse("invoice-version", args=[invoice.pk])
    assert f"{address}?seen=" in manager.get(page(invoice)).content.decode()
    assert manager.get(address, seen).status_code == 204

    paid(invoice)

    assert text(manager.get(address, seen)) == f"{invoice.number} has changed: it is paid. Show"


def test_an_invoice_due_before_its_date_is_refused_at_the_field(manager, garage):
    job, today = a_completed_job(), garage.today()

    response = manager.post(
        reverse("job-invoice", args=[job.pk]), {"date": today, "due_date": today - timedelta(days=1)}
    )

    assert (response.status_code, list(response.context["form"].errors)) == (422, ["due_date"])


def test_pressed_twice_it_leads_to_the_one_invoice(manager):
    job = a_completed_job()
    address = reverse("job-invoice", args=[job.pk])
    typed = {"date": manager.get(address).context["form"]["date"].value()}
    first, second = manager.post(address, typed), manager.post(address, typed)
    assert first["Location"] == second["Location"] == page(Invoice.objects.get())


def test_a_job_not_completed_is_not_invoiced(manager, garage):
    job = jobs.book(customer=CustomerFactory())

    response = manager.post(reverse("job-invoice", args=[job.pk]), {"date": garage.today()})

    assert response.status_code == 422
    assert "Complete it before invoicing." in text(response)


def test_the_page_shows_the_tax_of_each_rate_and_the_balance(manager):
    invoice = an_invoice([{"description": "Part", "unit_price": Decimal(p)} for p in ("25.06", "25.61", "25.63")])
    paid(invoice, Decimal("7.74"))

    shown = text(manager.get(page(invoice)))

    assert "Subtotal without tax 76.30 GST 15% 11.44 Total incl. tax 87.74 NZD Paid −7.74 Balance due 80.00" in shown


@pytest.mark.parametrize("lines", [1, 3])
def test_the_page_costs_the_same_queries_however_much_is_on_it(owner, workshop_queries, lines):
    invoice = an_invoice([{"part": PartFactory()} for _ in range(lines)])
    for _ in range(lines):
        paid(Invoice.objects.get(), Decimal(1))

    with workshop_queries(13):
        owner.get(page(invoice))


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_queries_however_many_rows(manager, workshop_queries, rows):
    for _ in range(rows):
        an_invoice()

    with workshop_queries(7):
        manager.get(LIST)


def test_the_filters_part_the_invoices(manager, garage):
    open_one, late, settled, void = (an_invoice() for _ in range(4))
    Invoice.objects.filter(pk=late.pk).update(
        date=garage.today() - timedelta(days=40), due_date=garage.today() - timedelta(days=20)
    )
    paid(settled)
    sales.void_invoice(void, reason="Wrong car")

    found = {
        name: numbers(manager.get(LIST, {"show": name})) for name in ("unpaid", "overdue", "paid", "voided", "all")
    }

    assert found == {
        "unpaid": {open_one.number, late.number},
        "overdue": {late.number},
        "paid": {settled.number},
        "voided": {void.number},
        "all": {open_one.number, late.number, settled.number, void.number},
    }


def test_a_search_looks_through_all_of_them(manager):
    settled = an_invoice(vehicle=VehicleFactory(rego="QQQ111"))
    paid(settled)
    an_invoice()

    assert numbers(manager.get(LIST, {"q": "qqq111"})) == {settled.number}


def test_the_list_comes_in_pages_of_25(manager):
    customer, car = CustomerFactory(), VehicleFactory()
    for _ in range(26):
        an_invoice(customer=customer, vehicle=car)

    sizes = [len(manager.get(LIST, {"page": number}).context["page"]) for number in ("1", "2", "nonsense")]

    assert sizes == [25, 1, 25]


def edited(invoice, *rows, initial=1, **fields):
    data = {"version": invoice.version, "reference": invoice.reference, "due_date": invoice.due_date, **fields}
    data |= {"lines-TOTAL_FORMS": len(rows), "lines-INITIAL_FORMS": initial}
    for number, row in enumerate(rows):
        data |= {f"lines-{number}-{name}": value for name, value in row.items()}
    return data


LABOUR = {"kind": "labour", "description": "Labour", "quantity": "1", "unit_price": "100"}


def test_the_lines_of_an_unpaid_invoice_are_edited(manager):
    invoice = an_invoice()
    part = {"kind": "part", "description": "Pads", "quantity": "2", "unit_price": "10.50"}
    empty = {"kind": "labour", "description": "", "quantity": ""}

    response = manager.post(
        reverse("invoice-edit", args=[invoice.pk]), edited(invoice, LABOUR, part, empty, freight="5", reference="PO 7")
    )

    invoice.refresh_from_db()
    assert response["Location"] == page(invoice)
    assert (invoice.subtotal, invoice.tax_total, invoice.total) == (Decimal(126), Decimal("18.90"), Decimal("144.90"))
    assert invoice.reference == "PO 7"


def test_saving_an_edited_invoice_unchanged_changes_no_amount(manager):
    job = a_completed_job(
        [{"description": "Labour", "unit_price": Decimal("99.99")}],
        freight=Decimal("9.55"), discount_percent=Decimal("10"),
    )  # fmt: skip
    invoice = sales.issue_invoice(job)
    shown = manager.get(reverse("invoice-edit", args=[invoice.pk]))
    form, line = shown.context["form"], shown.context["lines"].forms[0]
    row = {name: line[name].value() for name in line.fields if line[name].value() is not None and name != "DELETE"}
    around = {name: form[name].value() for name in form.fields if form[name].value() is not None}

    manager.post(reverse("invoice-edit", args=[invoice.pk]), edited(invoice, row, **around))

    before = invoice.subtotal, invoice.tax_total, invoice.total
    invoice.refresh_from_db()
    assert (invoice.subtotal, invoice.tax_total, invoice.total) == before


@pytest.mark.parametrize(
    "fields",
    [
        {"description": ""}, {"quantity": "none"}, {"unit_price": "-1"}, {"unit_price": ""}, {"kind": "gift"},
        {"tax_rate": "999"}, {"discount_percent": "200"}, {"part": "NO-SUCH"},
    ],
)  # fmt: skip
def test_nonsense_on_an_invoice_line_is_refused_at_its_field(manager, fields):
    invoice = an_invoice()

    response = manager.post(reverse("invoice-edit", args=[invoice.pk]), edited(invoice, LABOUR | fields))

    assert (response.status_code, list(response.context["lines"].forms[0].errors)) == (422, list(fields))


def test_an_invoice_somebody_else_changed_is_not_overwritten(manager):
    invoice = an_invoice()
    stale = edited(invoice, LABOUR | {"description": "Mine"})
    sales.edit_invoice(invoice, [{"description": "Theirs"}])

    response = manager.post(reverse("invoice-edit", args=[invoice.pk]), stale)

    assert "changed by somebody else meanwhile" in text(response)
    assert [line.description for line in invoice.lines.all()] == ["Theirs"]
    assert response.context["lines"].forms[0]["description"].value() == "Mine"


@pytest.mark.parametrize("rows", [1, 3])
def test_saving_the_lines_asks_the_same_queries_however_many(manager, workshop_queries, rows):
    for number in range(3):
        PartFactory(code=f"OF-{number}")
    invoice = an_invoice()
    rate = TaxRate.objects.get(name="GST 15%").pk
    row = {"kind": "part", "description": "Filter", "quantity": "1", "unit_price": "10", "tax_rate": rate}
    data = edited(invoice, *(row | {"part": f"of-{number}"} for number in range(rows)))

    with workshop_queries(23):
        manager.post(reverse("invoice-edit", args=[invoice.pk]), data)


def test_an_archived_part_stays_on_the_line_that_has_it(manager):
    part = PartFactory(code="OF-1")
    invoice = an_invoice([{"part": part}])
    archive_part(part)
    row = {"kind": "part", "part": "OF-1", "description": "Filter", "quantity": "2", "unit_price": "10"}

    manager.post(reverse("invoice-edit", args=[invoice.pk]), edited(invoice, row))

    assert [(line.part, line.quantity) for line in invoice.lines.all()] == [(part, 2)]


def test_an_invoice_with_money_on_it_is_not_edited(manager):
    invoice = an_invoice()
    paid(invoice, Decimal(1))

    response = manager.get(reverse("invoice-edit", args=[invoice.pk]))

    assert (response["Location"], said(response)) == (page(invoice), [LOCKED.format(invoice)])


def test_voiding_asks_why_and_gives_the_job_back(manager):
    invoice = an_invoice()
    address = reverse("invoice-void", args=[invoice.pk])

    assert manager.post(address, {"reason": ""}).status_code == 422
    manager.post(address, {"reason": "Wrong car"})

    invoice.refresh_from_db()
    assert (invoice.status, invoice.void_reason, invoice.job.status) == ("voided", "Wrong car", "completed")
    assert "Voided on" in text(manager.get(page(invoice)))


def test_a_paid_invoice_cannot_be_voided(manager):
    invoice = an_invoice()
    paid(invoice)

    response = manager.post(reverse("invoice-void", args=[invoice.pk]), {"reason": "Wrong car"})

    invoice.refresh_from_db()
    assert (response.status_code, invoice.status) == (422, "paid")
    assert "Reverse them first" in text(response)


def test_a_new_date_keeps_the_terms(owner, garage):
    invoice = an_invoice()
    terms, day = invoice.due_date - invoice.date, garage.today() - timedelta(days=5)

    owner.post(reverse("invoice-redate", args=[invoice.pk]), {"date": day})

    invoice.refresh_from_db()
    assert (invoice.date, invoice.due_date) == (day, day + terms)


@pytest.mark.parametrize("day", ["", "someday", "0026-07-20", "9999-12-31", "2026-02-30"])
def test_a_date_that_is_none_is_refused_at_the_field(owner, day):
    invoice = an_invoice()

    response = owner.post(reverse("invoice-redate", args=[invoice.pk]), {"date": day})

    assert (response.status_code, list(response.context["date_form"].errors)) == (422, ["date"])


def test_a_renumbered_invoice_says_what_it_was(owner):
    invoice = an_invoice()

    owner.post(reverse("invoice-renumber", args=[invoice.pk]))

    assert "was INV 1008" in text(owner.get(page(invoice)))


def test_an_invoice_changed_in_the_accounts_says_so_and_offers_no_edit(manager):
    invoice = an_invoice()
    sales.adjust_to_accounts(
        invoice, subtotal=Decimal("190.00"), tax=Decimal("28.50"), description="Adjustment made in Xero"
    )

    shown = manager.get(page(invoice))

    assert "This invoice was changed in the accounts" in text(shown)
    assert "Adjustment made in Xero" in text(shown)
    assert reverse("invoice-edit", args=[invoice.pk]) not in shown.content.decode()


def test_other_apps_fill_their_panel_by_address(manager, settings):
    settings.RECORD_PANELS = ["/books/{kind}/{id}/"]
    invoice = an_invoice()

    assert f'hx-get="/books/invoice/{invoice.pk}/"' in manager.get(page(invoice)).content.decode()


def test_the_taxes_shown_add_up_even_after_a_change_in_the_accounts(manager):
    invoice = an_invoice([{"description": "Labour", "unit_price": Decimal("100.00")}])
    sales.adjust_to_accounts(invoice, subtotal=Decimal("110.00"), tax=Decimal("16.50"), description="Adjustment")

    page = manager.get(f"/invoices/{invoice.pk}/")

    assert page.context["taxes"] == {"GST 15%": Decimal("15.00"), "Tax on the adjustment": Decimal("1.50")}


def test_the_margin_is_shown_to_whoever_may_see_costs(manager, signed_in):
    invoice = an_invoice([{"part": stocked("OF-1", 8, "98.00"), "unit_price": Decimal("24.50")}])
    seen = text(manager.get(f"/invoices/{invoice.pk}/"))
    assert "Cost of goods 12.25 Before labour cost 12.25" in seen
    assert "Cost of goods" not in text(signed_in("Advisor").get(f"/invoices/{invoice.pk}/"))


# Credited and issued anew


def reissue_page(invoice):
    return reverse("invoice-reissue", args=[invoice.pk])


def test_an_invoice_is_credited_and_issued_anew_from_one_page(manager):
    invoice = an_invoice()
    paid(invoice)
    invoice.refresh_from_db()
    assert reissue_page(invoice) in manager.get(page(invoice)).content.decode()
    shown = manager.get(reissue_page(invoice))
    assert [form["description"].value() for form in shown.context["lines"].forms if form.initial] == ["Labour"]

    response = manager.post(reissue_page(invoice), edited(invoice, LABOUR, reason="Wrong hours"), follow=True)

    new = Invoice.objects.get(replaces=invoice)
    assert response.redirect_chain[-1][0] == page(new)
    assert (new.total, new.amount_due) == (Decimal("115.00"), Decimal(0))
    assert said(response) == [f"{invoice} is credited, and {new} takes its place."]
    assert f"takes the place of {invoice}" in text(response)
    old = manager.get(page(invoice))
    assert f"{new} takes its place." in text(old)
    assert reissue_page(invoice) not in old.content.decode()


def test_sent_twice_it_is_issued_anew_once(manager):
    invoice = an_invoice()
    data = edited(invoice, LABOUR, reason="Wrong hours", once="a1b2c3")

    first, second = (manager.post(reissue_page(invoice), data) for _ in range(2))

    assert first["Location"] == second["Location"]
    assert Invoice.objects.count() == 2


@pytest.mark.parametrize(
    ("fields", "refused"), [({"reason": ""}, ["reason"]), ({"reason": "x", "due_date": "2020-01-01"}, ["due_date"])]
)
def test_what_is_wrong_on_the_copy_is_said_at_its_field_and_nothing_is_done(manager, fields, refused):
    invoice = an_invoice()

    response = manager.post(reissue_page(invoice), edited(invoice, LABOUR, **fields))

    assert (response.status_code, list(response.context["form"].errors)) == (422, refused)
    assert Invoice.objects.count() == 1


def test_who_may_not_credit_is_not_offered_it(signed_in):
    invoice = an_invoice()
    advisor = signed_in("Advisor")

    assert reissue_page(invoice) not in advisor.get(page(invoice)).content.decode()
    assert advisor.get(reissue_page(invoice)).status_code == 403
