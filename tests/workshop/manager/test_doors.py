"""Who may open which page, and how."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import UserFactory, a_completed_job, an_invoice
from workshop import jobs, sales
from workshop.manager.urls import urlpatterns
from workshop.models import PaymentMethod

PUBLIC = {"login", "logout"}
BUTTONS = {
    "job-flags", "job-move", "job-arrive", "job-move-back", "job-cancel", "line-add", "line-edit", "line-remove",
    "quote-new", "quote-send", "quote-decide", "invoice-redate", "invoice-renumber", "invoice-void", "invoice-pay",
    "invoice-email", "credit-note-email",
    "payment-reverse", "credit-note-allocate", "credit-note-void", "allocation-remove", "customer-archive",
    "customer-restore", "vehicle-owner", "vehicle-odometer", "vehicle-archive", "vehicle-restore", "part-archive",
    "part-restore", "part-bin", "lot-return", "stocktake-scan", "stocktake-review", "stocktake-reopen",
    "stocktake-finalise", "stocktake-cancel", "count-save", "count-again", "count-cost", "transfer-dispatch",
    "transfer-receive", "transfer-cancel", "work-order-start", "work-order-complete", "work-order-cancel",
    "location-archive", "location-restore", "location-default",
    "line-need", "line-not-needed", "order-place", "order-email", "order-cancel", "order-close",
    "order-reopen", "receipt-undo", "bill-void", "supplier-credit-finalise", "supplier-credit-cancel",
    "supplier-credit-use", "supplier-credit-take-off",
    "supplier-credit-void", "supplier-archive", "supplier-restore",
    "job-deposit", "deposit-allocate", "deposit-refund", "credit-note-refund", "refund-reverse",
}  # fmt: skip
FORMS = {
    "password", "job-new", "job-edit", "job-invoice", "invoice-edit", "invoice-reissue", "quote-edit", "invoice-credit",
    "customer-new",
    "customer-edit", "credit-note-new", "vehicle-new", "vehicle-edit", "part-new", "part-edit", "part-adjust",
    "part-revalue", "part-opening", "part-components", "part-import", "stocktake-new", "transfer-new", "transfer-edit",
    "work-order-new", "location-new", "location-edit", "price-rule-new", "price-rule-edit",
    "purchase-list", "line-order", "order-new", "order-edit", "order-receive", "supplier-credit-new", "receipt-bill",
    "receipt-late-cost", "bill-correct", "supplier-new", "supplier-edit",
}  # fmt: skip
NAMES = {route.name for route in urlpatterns}
PAGES = NAMES - BUTTONS - FORMS - PUBLIC


def address(name):
    route = next(route for route in urlpatterns if route.name == name)
    return reverse(name, args=[1] if "<int:pk>" in str(route.pattern) else [])


def test_every_address_is_a_page_a_form_or_a_button():
    assert BUTTONS | FORMS | PAGES | PUBLIC == NAMES


@pytest.mark.parametrize("name", sorted(BUTTONS | {"logout"}))
def test_a_button_is_not_pressed_by_following_a_link(owner, name):
    assert owner.get(address(name)).status_code == 405


def test_whoever_types_a_buttons_address_finds_the_way_on(owner):
    answer = owner.get(address("line-add"))

    assert (answer["Allow"], answer.templates[0].name) == ("POST", "405.html")


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_page_that_only_shows_takes_no_post(owner, name):
    assert owner.post(address(name)).status_code == 405


@pytest.mark.parametrize("name", sorted(PAGES | FORMS))
def test_a_page_asks_a_stranger_to_sign_in_and_comes_back(garage, name):
    response = Client().get(address(name))

    assert (response.status_code, response["Location"]) == (302, f"/login/?next={address(name)}")


@pytest.mark.parametrize("name", sorted(BUTTONS))
def test_a_button_pressed_after_the_session_ended_leads_to_the_board(garage, name):
    response = Client().post(address(name))

    assert (response.status_code, response["Location"]) == (302, "/login/?next=/")


def test_a_fragment_asked_for_after_the_session_ended_sends_the_whole_page_to_the_sign_in(garage):
    response = Client().get(reverse("board-version"), headers={"HX-Request": "true"})

    assert response["HX-Redirect"] == "/login/"


def test_a_change_without_the_page_s_token_is_refused(garage):
    client = Client(enforce_csrf_checks=True)
    client.force_login(UserFactory.with_role("Owner"))
    job = a_completed_job()

    response = client.post(reverse("job-cancel", args=[job.pk]), {"reason": "Sold"})

    job.refresh_from_db()
    assert (response.status_code, job.status) == (403, "completed")
    assert "This page is too old" in response.content.decode()


@pytest.mark.parametrize("name", sorted(BUTTONS | FORMS - {"password"}))
def test_read_only_changes_nothing(reader, name):
    assert reader.post(address(name)).status_code in (403, 404)


@pytest.mark.parametrize(
    ("role", "name", "status"),
    [
        ("Technician", "invoice-list", 403),
        ("Technician", "customer-new", 403),
        ("Technician", "job-new", 403),
        ("Technician", "customer-list", 200),
        ("Technician", "part-list", 200),
        ("Parts", "part-new", 200),
        ("Parts", "job-new", 403),
        ("Advisor", "job-new", 200),
        ("Advisor", "part-new", 403),
        ("Accountant", "invoice-list", 200),
        ("Accountant", "job-new", 403),
        ("Read-only", "job-list", 200),
        ("Read-only", "job-new", 403),
    ],
)
def test_a_role_opens_what_its_work_needs(signed_in, role, name, status):
    assert signed_in(role).get(address(name)).status_code == status


@pytest.mark.parametrize(
    ("role", "status"),
    [("Owner", 302), ("Manager", 302), ("Advisor", 403), ("Accountant", 403), ("Technician", 403)],
)
def test_voiding_is_for_owners_and_managers(signed_in, role, status):
    invoice = an_invoice()

    response = signed_in(role).post(reverse("invoice-void", args=[invoice.pk]), {"reason": "Wrong car"})

    assert response.status_code == status


@pytest.mark.parametrize(("role", "status"), [("Owner", 302), ("Accountant", 302), ("Manager", 403)])
def test_a_date_or_number_is_changed_by_owners_and_accountants(signed_in, role, status):
    invoice, browser = an_invoice(), signed_in(role)

    redated = browser.post(reverse("invoice-redate", args=[invoice.pk]), {"date": "2026-01-05"})
    renumbered = browser.post(reverse("invoice-renumber", args=[invoice.pk]))

    assert (redated.status_code, renumbered.status_code) == (status, status)


@pytest.mark.parametrize(("role", "status"), [("Manager", 302), ("Accountant", 302), ("Advisor", 403)])
def test_money_goes_back_only_through_a_manager_or_accountant(signed_in, role, status):
    invoice = an_invoice()
    payment = sales.record_payment(invoice, amount=invoice.total, method=PaymentMethod.objects.first())

    response = signed_in(role).post(reverse("payment-reverse", args=[payment.pk]), {"reason": "Bounced"})

    assert response.status_code == status


def test_the_technician_sees_no_price_and_no_telephone(technician):
    job = a_completed_job(technician=technician.user)
    job.customer.phones.create(kind="mobile", number="021 555 0101")
    job.customer.email = "jo@kea.example"
    job.customer.save()

    pages = [
        technician.get(reverse(name, args=args)).content.decode()
        for name, args in [
            ("workboard", []), ("job", [job.pk]), ("job-list", []), ("customer", [job.customer_id]),
            ("customer-list", []), ("vehicle", [job.vehicle_id]), ("part-list", []),
        ]
    ]  # fmt: skip

    seen = "".join(pages)
    assert [word for word in ("180.00", "120.00", "555 0101", "jo@kea.example") if word in seen] == []


def test_a_technician_s_search_does_not_confirm_a_telephone_number(technician):
    job = a_completed_job()
    job.customer.phones.create(kind="mobile", number="021 555 0101")

    response = technician.get(reverse("search"), {"q": "5550101"})

    assert list(response.context["customers"]) == []


def test_a_technician_s_own_jobs_are_all_they_see(technician):
    mine = a_completed_job(technician=technician.user)
    other = a_completed_job()

    assert technician.get(reverse("job", args=[mine.pk])).status_code == 200
    assert technician.get(reverse("job", args=[other.pk])).status_code == 404
    assert technician.post(reverse("job-move-back", args=[other.pk])).status_code == 404
    assert list(technician.get(reverse("job-list")).context["page"]) == [mine]


def test_a_technician_moves_a_job_from_booked_to_completed_and_no_further(technician):
    job = jobs.book(customer=a_completed_job().customer, technician=technician.user)
    jobs.add_line(job, description="Labour")

    for step in ("arrived", "in_progress", "completed"):
        assert technician.post(reverse("job-move", args=[job.pk]), {"to": step}).status_code == 302
    sales.issue_invoice(job)

    assert technician.post(reverse("job-move", args=[job.pk]), {"to": "collected"}).status_code == 403
    assert technician.post(reverse("job-invoice", args=[job.pk])).status_code == 403
    job.refresh_from_db()
    assert job.status == "invoiced"
