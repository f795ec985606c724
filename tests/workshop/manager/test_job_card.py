from decimal import Decimal

import pytest
from django.urls import reverse

from tests.factories import CompanyFactory, CustomerFactory, PartFactory, VehicleFactory, a_completed_job
from tests.workshop.manager.reading import errors, text
from workshop import jobs, sales
from workshop.models import Job, TaxRate
from workshop.parts import archive_part
from workshop.vehicles import read_odometer

HTMX = {"HX-Request": "true"}


@pytest.fixture
def job(garage):
    return jobs.book(customer=CustomerFactory(), vehicle=VehicleFactory())


def card(job, query=""):
    return reverse("job", args=[job.pk]) + query


def add(browser, job, kind, **fields):
    return browser.post(reverse("line-add", args=[job.pk]), {"kind": kind, **fields})


def saved_lines(job):
    return [
        (line.kind, line.description, line.quantity, line.unit_price, line.tax_rate and line.tax_rate.name)
        for line in job.lines.all()
    ]


def edited(job, **fields):
    return {
        "version": job.version, "tax_mode": "exclusive", "freight": "0", "discount_percent": "0",
        "discount_amount": "0", **fields,
    }  # fmt: skip


@pytest.mark.parametrize("lines", [1, 3])
def test_the_card_costs_the_same_queries_however_many_lines(manager, workshop_queries, job, lines):
    for _ in range(lines):
        jobs.add_line(job, part=PartFactory())
        jobs.quote(job)

    with workshop_queries(15):
        manager.get(card(job))


def test_what_is_left_empty_is_filled_in(manager, job):
    PartFactory(code="OF-1")

    add(manager, job, "labour", description="Front pads", quantity="1.5")
    add(manager, job, "part", part="of-1", quantity="2")
    add(manager, job, "outwork", description="Machine discs", quantity="1", unit_price="85")
    add(manager, job, "text", description="Discs at 21 mm")

    assert saved_lines(job) == [
        ("labour", "Front pads", Decimal("1.5"), Decimal("120"), "GST 15%"),
        ("part", "Oil filter", Decimal(2), Decimal("24.50"), "GST 15%"),
        ("outwork", "Machine discs", Decimal(1), Decimal("85"), "GST 15%"),
        ("text", "Discs at 21 mm", Decimal(1), Decimal(0), None),
    ]


def test_the_totals_are_those_of_the_invoice_tax_by_tax(manager, job):
    free = TaxRate.objects.get(name="No GST")
    for price in ("25.06", "25.61", "25.63"):
        jobs.add_line(job, description="Part", unit_price=Decimal(price))
    jobs.add_line(job, description="Fee", unit_price=Decimal("10.00"), tax_rate=free)

    page = text(manager.get(card(job)))

    assert "Subtotal without tax 86.30 GST 15% 11.44 No GST 0.00 Total incl. tax 97.74 NZD" in page


def test_freight_and_discount_are_in_the_total_before_anything_is_invoiced(manager, job):
    jobs.add_line(job, description="Labour", unit_price=Decimal(100))
    manager.post(reverse("job-edit", args=[job.pk]), edited(job, version=2, freight="10", discount_percent="5"))

    page = text(manager.get(card(job)))

    assert "Freight 10.00 Discount −5.00 Subtotal without tax 105.00 GST 15% 15.75 Total incl. tax 120.75" in page


def test_a_new_line_opens_the_form_for_the_next_of_its_kind(manager, job):
    response = add(manager, job, "labour", description="Wheel off", quantity="1")

    assert response["Location"] == card(job, "?add=labour")


def test_htmx_gets_the_lines_alone_and_the_new_total(manager, job):
    address = reverse("line-add", args=[job.pk])

    response = manager.post(address, {"kind": "labour", "description": "Wheel off", "quantity": "1"}, headers=HTMX)

    page = response.content.decode()
    assert (response.status_code, page.count("<html"), page.count('id="lines"')) == (200, 0, 1)
    assert "Total incl. tax 138.00" in text(response)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"description": ""}, "description"),
        ({"quantity": "0"}, "quantity"),
        ({"quantity": "-1"}, "quantity"),
        ({"quantity": "many"}, "quantity"),
        ({"quantity": "NaN"}, "quantity"),
        ({"quantity": "1e9"}, "quantity"),
        ({"quantity": "1.23456"}, "quantity"),
        ({"unit_price": "-5"}, "unit_price"),
        ({"unit_price": "Infinity"}, "unit_price"),
        ({"discount_percent": "101"}, "discount_percent"),
        ({"tax_rate": "999"}, "tax_rate"),
        ({"description": "null\x00byte"}, "description"),
    ],
)
def test_nonsense_on_a_line_is_refused_at_its_field_and_stays_typed(manager, job, fields, field):
    response = add(manager, job, "labour", **{"description": "Pads", "quantity": "1", **fields})

    form = response.context["line_form"]
    assert (response.status_code, list(form.errors), job.lines.count()) == (422, [field], 0)
    assert form[field].value() == fields[field]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"part": "NO-SUCH"}, "part"),
        ({}, "description"),
        ({"description": "Hose clip"}, "unit_price"),
    ],
)
def test_a_part_line_asks_for_what_it_needs(manager, job, fields, field):
    response = add(manager, job, "part", quantity="1", **fields)

    assert list(errors(response, "line_form")) == [field]


def test_a_line_is_edited_where_it_stands(manager, job):
    line = jobs.add_line(job, description="Pads", quantity=Decimal(1))

    page = manager.get(card(job, f"?edit={line.pk}"))
    form = page.context["line_form"]
    values = {name: form[name].value() for name in form.fields}
    manager.post(reverse("line-edit", args=[line.pk]), values | {"quantity": "2.25"})

    assert values["unit_price"] == "120.00"
    assert saved_lines(job) == [("labour", "Pads", Decimal("2.25"), Decimal(120), "GST 15%")]


def test_an_archived_part_stays_on_the_line_that_has_it(manager, job):
    line = jobs.add_line(job, part=PartFactory(code="OF-1"))
    archive_part(line.part)
    given = {"part": "OF-1", "description": "Filter", "quantity": "3", "unit_price": "20", "tax_rate": line.tax_rate_id}

    manager.post(reverse("line-edit", args=[line.pk]), given)
    other = add(manager, job, "part", part="OF-1", quantity="1")

    line.refresh_from_db()
    assert (line.quantity, line.part.code) == (3, "OF-1")
    assert list(errors(other, "line_form")) == ["part"]


def test_a_line_is_removed(manager, job):
    line = jobs.add_line(job, description="Pads")

    manager.post(reverse("line-remove", args=[line.pk]))

    assert saved_lines(job) == []


def test_the_lines_of_an_invoiced_job_stay(manager):
    job = a_completed_job()
    line = job.lines.get()
    sales.issue_invoice(job)

    response = add(manager, job, "labour", description="More", quantity="1")
    manager.post(reverse("line-remove", args=[line.pk]))

    assert response.status_code == 422
    assert saved_lines(job) == [("labour", "Labour", Decimal("1.5"), Decimal(120), "GST 15%")]


def test_the_parts_counter_adds_parts_and_nothing_else(signed_in, job):
    PartFactory(code="OF-1")
    parts = signed_in("Parts")

    assert add(parts, job, "part", part="OF-1", quantity="1").status_code == 302
    assert add(parts, job, "labour", description="Work", quantity="1").status_code == 403
    assert [kind for kind, *_ in saved_lines(job)] == ["part"]


def test_the_details_are_saved_in_the_garage_s_own_time(manager, job):
    kea = CompanyFactory(company_name="Kea Ltd")

    response = manager.post(
        reverse("job-edit", args=[job.pk]),
        edited(job, concern="Squeals", promised_at="2026-07-20T16:30", key_tag="K9", bill_to="kea ltd"),
    )

    job.refresh_from_db()
    assert response["Location"] == card(job)
    assert (job.concern, job.key_tag, job.bill_to) == ("Squeals", "K9", kea)
    assert job.promised_at.isoformat() == "2026-07-20T04:30:00+00:00"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"promised_at": "whenever"}, "promised_at"),
        ({"promised_at": "0026-07-20T16:30"}, "promised_at"),
        ({"odometer_in": "-4"}, "odometer_in"),
        ({"odometer_in": "99999999"}, "odometer_in"),
        ({"bill_to": "Nobody Ltd"}, "bill_to"),
        ({"bill_to": "#999999"}, "bill_to"),
        ({"technician": "999"}, "technician"),
        ({"discount_percent": "5", "discount_amount": "5"}, "discount_amount"),
        ({"discount_percent": "120"}, "discount_percent"),
        ({"tax_mode": "sometimes"}, "tax_mode"),
        ({"key_tag": "x" * 21}, "key_tag"),
    ],
)
def test_nonsense_in_the_details_is_refused_at_its_field_and_stays_typed(manager, job, fields, field):
    response = manager.post(reverse("job-edit", args=[job.pk]), edited(job, concern="Squeals", **fields))

    form = response.context["form"]
    assert (response.status_code, list(form.errors)) == (422, [field])
    assert (form[field].value(), form["concern"].value()) == (fields[field], "Squeals")


def test_two_customers_of_one_name_are_told_apart_by_number(manager, job):
    first, second = CustomerFactory(first_name="Jo", last_name="Kea"), CustomerFactory(first_name="Jo", last_name="Kea")
    address = reverse("job-edit", args=[job.pk])

    unclear = manager.post(address, edited(job, bill_to="Jo Kea"))
    manager.post(address, edited(job, bill_to=f"Jo Kea (#{second.pk})"))

    job.refresh_from_db()
    assert list(errors(unclear)) == ["bill_to"]
    assert (job.bill_to, first.billed_jobs.count()) == (second, 0)


def test_a_card_somebody_else_changed_is_not_overwritten_unless_one_says_so(manager, job):
    stale = job.version
    jobs.edit(job, concern="Theirs")
    address = reverse("job-edit", args=[job.pk])

    refused = manager.post(address, edited(job, version=stale, concern="Mine"))

    assert "changed by somebody else meanwhile" in text(refused)
    assert (refused.context["form"]["concern"].value(), Job.objects.get(pk=job.pk).concern) == ("Mine", "Theirs")

    # the button carries the version that is there now, after the hidden field's
    manager.post(address, edited(job, version=[stale, refused.context["job"].version], concern="Mine"))

    assert Job.objects.get(pk=job.pk).concern == "Mine"


def test_the_car_arrives_with_keys_and_odometer(manager, job):
    manager.post(reverse("job-arrive", args=[job.pk]), {"odometer": "88,120", "key_tag": "K9"})

    job.refresh_from_db()
    assert (job.status, job.odometer_in, job.key_tag) == ("arrived", 88120, "K9")
    assert job.vehicle.odometer_readings.get().value == 88120


def test_a_lower_odometer_asks_why_and_then_takes_it(manager, job):
    read_odometer(job.vehicle, 90_000)
    address = reverse("job-arrive", args=[job.pk])

    refused = manager.post(address, {"odometer": "500"})
    form = refused.context["arrival_form"]
    manager.post(address, {"odometer": "500", "odometer_reason": "New cluster"})

    job.refresh_from_db()
    assert (refused.status_code, form["odometer"].value(), form["odometer_reason"].is_hidden) == (422, "500", False)
    assert (job.status, job.odometer_in) == ("arrived", 500)


def test_cancelling_asks_why(manager, job):
    address = reverse("job-cancel", args=[job.pk])

    assert manager.post(address, {"reason": "  "}).status_code == 422
    assert manager.post(address, {"reason": "Sold the car"}).status_code == 302

    job.refresh_from_db()
    assert (job.status, job.cancel_reason) == ("cancelled", "Sold the car")
    assert "Cancelled: Sold the car" in text(manager.get(card(job)))


def test_what_people_type_is_shown_as_they_typed_it_and_never_run(manager, job):
    jobs.edit(job, concern="<script>alert(1)</script>")

    page = manager.get(card(job)).content.decode()

    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
