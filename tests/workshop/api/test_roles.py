"""Who may do what, and who sees what."""

import pytest

from tests.factories import CustomerFactory, PartFactory, VehicleFactory, a_completed_job, an_invoice
from tests.workshop.api.calls import get, got, patch, post
from workshop import jobs, people
from workshop.models import Job, PaymentMethod

pytestmark = pytest.mark.django_db

OWNER, MANAGER, ADVISOR, PARTS, TECHNICIAN, ACCOUNTANT, READER = (
    "Owner", "Manager", "Advisor", "Parts", "Technician", "Accountant", "Read-only",
)  # fmt: skip
EVERYBODY = [OWNER, MANAGER, ADVISOR, PARTS, TECHNICIAN, ACCOUNTANT, READER]
FRONT_DESK = [OWNER, MANAGER, ADVISOR]

# What is asked, and who is let in. An empty body is refused with 400 behind the door, a missing record with 404.
DOORS = [
    ("GET", "customers/", EVERYBODY),
    ("POST", "customers/", FRONT_DESK),
    ("PATCH", "customers/999/", FRONT_DESK),
    ("GET", "vehicles/", EVERYBODY),
    ("POST", "vehicles/", FRONT_DESK),
    ("POST", "vehicles/999/change-owner/", FRONT_DESK),
    ("POST", "odometer-readings/", [*FRONT_DESK, TECHNICIAN]),
    ("GET", "parts/", EVERYBODY),
    ("POST", "parts/", [OWNER, MANAGER, PARTS]),
    ("GET", "tax-rates/", EVERYBODY),
    ("GET", "payment-methods/", EVERYBODY),
    ("GET", "organisation/", EVERYBODY),
    ("GET", "staff/", [*FRONT_DESK]),
    ("GET", "jobs/", EVERYBODY),
    ("POST", "jobs/", FRONT_DESK),
    ("PATCH", "jobs/999/", FRONT_DESK),
    ("POST", "jobs/999/complete/", [*FRONT_DESK, TECHNICIAN]),
    ("POST", "jobs/999/cancel/", FRONT_DESK),
    ("POST", "jobs/999/collect/", FRONT_DESK),
    ("POST", "jobs/999/invoice/", FRONT_DESK),
    ("POST", "jobs/999/lines/", [*FRONT_DESK, PARTS]),
    ("DELETE", "jobs/999/lines/1/", FRONT_DESK),
    ("GET", "quotes/", [*FRONT_DESK, PARTS, ACCOUNTANT, READER]),
    ("POST", "quotes/", FRONT_DESK),
    ("POST", "quotes/999/decide/", FRONT_DESK),
    ("GET", "invoices/", [*FRONT_DESK, PARTS, ACCOUNTANT, READER]),
    ("POST", "invoices/", FRONT_DESK),
    ("PATCH", "invoices/999/", [OWNER, MANAGER, ACCOUNTANT]),
    ("POST", "invoices/999/void/", [OWNER, MANAGER]),
    ("POST", "invoices/999/redate/", [OWNER, ACCOUNTANT]),
    ("POST", "invoices/999/renumber/", [OWNER, ACCOUNTANT]),
    ("POST", "invoices/999/credit/", [OWNER, MANAGER, ACCOUNTANT]),
    ("POST", "payments/", [*FRONT_DESK, ACCOUNTANT]),
    ("POST", "payments/999/reverse/", [OWNER, MANAGER, ACCOUNTANT]),
    ("GET", "deposits/", [*FRONT_DESK, PARTS, ACCOUNTANT, READER]),
    ("POST", "deposits/", [*FRONT_DESK, ACCOUNTANT]),
    ("POST", "deposits/999/allocate/", [OWNER, MANAGER, ACCOUNTANT]),
    ("POST", "deposits/999/refund/", [OWNER, MANAGER, ACCOUNTANT]),
    ("POST", "refunds/999/reverse/", [OWNER, MANAGER, ACCOUNTANT]),
    ("POST", "credit-notes/999/refund/", [OWNER, MANAGER, ACCOUNTANT]),
    ("POST", "credit-notes/", [OWNER, MANAGER, ACCOUNTANT]),
    ("POST", "credit-notes/999/allocate/", [OWNER, MANAGER, ACCOUNTANT]),
    ("POST", "credit-notes/999/void/", [OWNER, MANAGER, ACCOUNTANT]),
    ("POST", "credit-allocations/999/remove/", [OWNER, MANAGER, ACCOUNTANT]),
]


@pytest.mark.parametrize("role", EVERYBODY)
def test_each_role_is_let_in_where_it_should_be_and_nowhere_else(signed_in, role):
    client = signed_in(role)

    let_in = [
        (method, path)
        for method, path, _ in DOORS
        if client.generic(method, f"/api/v1/{path}", "{}", content_type="application/json").status_code != 403
    ]

    assert let_in == [(method, path) for method, path, roles in DOORS if role in roles]


@pytest.fixture
def technician(signed_in):
    return signed_in("Technician")


@pytest.fixture
def their_job(technician):
    job = jobs.book(customer=CustomerFactory(), vehicle=VehicleFactory(), technician=technician.user)
    jobs.add_line(job, description="Labour")
    return job


def test_a_technician_sees_only_their_own_jobs(technician, their_job):
    another = jobs.book(customer=CustomerFactory())

    assert [row["id"] for row in get(technician, "jobs/")["results"]] == [their_job.pk]
    get(technician, f"jobs/{another.pk}/", 404)
    post(technician, f"jobs/{another.pk}/arrive/", 404)


def test_a_technician_moves_their_job_from_booked_to_completed_and_back(technician, their_job):
    for step, status in [("arrive", "arrived"), ("start", "in_progress"), ("complete", "completed")]:
        assert post(technician, f"jobs/{their_job.pk}/{step}/")["status"] == status
    assert post(technician, f"jobs/{their_job.pk}/move-back/")["status"] == "in_progress"


def test_a_technician_does_not_bring_a_cancelled_job_back(technician, their_job):
    jobs.cancel(their_job, reason="Sold the car")

    post(technician, f"jobs/{their_job.pk}/move-back/", 403)


def test_completing_an_invoiced_job_again_does_not_undo_its_invoice(owner):
    invoice = an_invoice()

    post(owner, f"jobs/{invoice.job_id}/complete/", 409)
    assert Job.objects.get(pk=invoice.job_id).status == "invoiced"


def test_a_technician_sees_no_prices_on_a_job(technician, their_job):
    job = get(technician, f"jobs/{their_job.pk}/")

    assert {"totals", "freight", "discount_amount", "discount_percent"} & set(job) == set()
    assert {"unit_price", "discount_percent", "amount"} & set(job["lines"][0]) == set()
    assert job["lines"][0]["quantity"] == "1.0000"


def test_a_technician_sees_no_prices_of_parts(technician):
    PartFactory()

    assert {"sell_price", "cost_price"} & set(get(technician, "parts/")["results"][0]) == set()


def test_the_parts_counter_sees_costs_and_no_sales_prices(signed_in):
    PartFactory()
    part = get(signed_in("Parts"), "parts/")["results"][0]

    assert ("cost_price" in part, "sell_price" in part) == (True, False)


def test_who_sees_no_prices_cannot_set_them(signed_in):
    job = jobs.book(customer=CustomerFactory())

    answer = post(signed_in("Parts"), f"jobs/{job.pk}/lines/", 400, description="Pads", unit_price="1.00")

    assert [(error["field"], error["code"]) for error in answer["errors"]] == [("/unit_price", "unknown")]


def test_a_technician_sees_names_and_no_contact_details(technician):
    people.add_customer(first_name="Jo", email="jo@example.com", phones=[{"number": "021 555 0101"}])
    customer = get(technician, "customers/")["results"][0]

    assert customer["name"] == "Jo"
    assert {"email", "phones", "addresses", "tax_number", "notes", "marketing_consent"} & set(customer) == set()


def test_a_search_does_not_give_away_what_is_hidden(technician, owner):
    people.add_customer(first_name="Jo", email="jo@example.com", phones=[{"number": "021 555 0101"}])

    for words in ("021 555 0101", "example.com"):
        assert len(get(owner, "customers/", search=words)["results"]) == 1
        assert get(technician, "customers/", search=words)["results"] == []
    assert len(get(technician, "customers/", search="jo")["results"]) == 1


def test_read_only_sees_an_invoice_without_its_money(signed_in):
    invoice = an_invoice()
    seen = get(signed_in("Read-only"), f"invoices/{invoice.pk}/")

    assert seen["number"] == invoice.number
    assert {"total", "subtotal", "tax_total", "amount_due", "amount_paid", "amount_credited"} & set(seen) == set()
    assert "line_amount" not in seen["lines"][0]


def test_dating_an_invoice_back_needs_the_permission(signed_in):
    job = a_completed_job()

    assert "backdate_invoice" in post(signed_in("Manager"), f"jobs/{job.pk}/invoice/", 403, date="2026-01-05")["detail"]
    assert post(signed_in("Owner"), f"jobs/{job.pk}/invoice/", 201, date="2026-01-05")["date"] == "2026-01-05"


def test_an_advisor_takes_a_payment(signed_in):
    advisor, invoice = signed_in("Advisor"), an_invoice()
    cash = next(row for row in get(advisor, "payment-methods/")["results"] if row["name"] == "Cash")

    post(advisor, "payments/", 201, invoice=invoice.pk, amount="7.00", method=cash["id"])
    assert PaymentMethod.objects.get(pk=cash["id"]).payments.count() == 1


def test_a_patch_cannot_reach_what_only_a_verb_may_change(owner):
    job = a_completed_job()

    answer = patch(owner, f"jobs/{job.pk}/", 400, status="invoiced", number="1")

    assert [error["field"] for error in answer["errors"]] == ["/status", "/number"]
    got(owner.get(f"/api/v1/jobs/{job.pk}/"))
