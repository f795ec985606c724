"""Every list of the office: who sees it, and what it costs."""

import pytest

from tests.factories import PartFactory, an_invoice
from workshop import credits, devices, jobs, sales
from workshop.models import PaymentMethod

QUERIES = {
    "customer": 10, "vehicle": 10, "job": 10, "quote": 10, "part": 10, "invoice": 10, "payment": 11, "creditnote": 10,
    "taxrate": 10, "paymentmethod": 10, "numbersequence": 10, "devicetoken": 10,
}  # fmt: skip
EVERYBODY = {"Owner", "Manager", "Advisor", "Parts", "Accountant", "Read-only"}
OFFICE = {"Owner", "Accountant"}
SEEN_BY = {
    "customer": EVERYBODY | {"Technician"},
    "vehicle": EVERYBODY | {"Technician"},
    "job": EVERYBODY | {"Technician"},
    "part": EVERYBODY | {"Technician"},
    "quote": EVERYBODY,
    "invoice": EVERYBODY,
    "payment": EVERYBODY,
    "creditnote": EVERYBODY,
    "taxrate": OFFICE,
    "paymentmethod": OFFICE,
    "numbersequence": OFFICE,
    "devicetoken": {"Owner"},
}


def a_row_of_everything(user):
    invoice = an_invoice()
    sales.record_payment(invoice, amount=1, method=PaymentMethod.objects.first())
    credits.credit_invoice(invoice, {invoice.lines.first().pk: 1}, reason="Goodwill")
    job = jobs.book(customer=invoice.customer)
    jobs.add_line(job, part=PartFactory(), quantity=1)
    jobs.quote(job)
    devices.register_device(user, "Phone")


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("model", QUERIES)
def test_a_list_costs_the_same_for_one_row_and_for_three(office, model, rows, django_assert_num_queries):
    owner = office("Owner")
    for _ in range(rows):
        a_row_of_everything(owner.user)
    owner.get(f"/admin/workshop/{model}/")

    with django_assert_num_queries(QUERIES[model]):
        owner.get(f"/admin/workshop/{model}/")


@pytest.mark.parametrize("role", sorted(EVERYBODY | {"Technician"}))
def test_each_role_sees_its_lists_and_no_other(office, role):
    client = office(role)

    seen = {model for model in SEEN_BY if client.get(f"/admin/workshop/{model}/").status_code == 200}

    assert seen == {model for model, roles in SEEN_BY.items() if role in roles}


@pytest.mark.parametrize("role", sorted(EVERYBODY))
def test_the_menu_offers_only_what_opens(office, role):
    client = office(role)
    menu = client.get("/admin/").context["sidebar_navigation"]

    for group in menu:
        for item in group["items"]:
            assert client.get(item["link"], follow=True).status_code == 200, item["title"]


def test_who_is_not_staff_does_not_enter_the_office(office):
    answer = office("Technician", is_staff=False).get("/admin/")

    assert answer["Location"] == "/admin/login/?next=/admin/"


@pytest.mark.parametrize("model", SEEN_BY)
def test_every_list_and_form_works_with_nothing_in_it(office, model):
    superuser = office("Owner", is_superuser=True)

    assert superuser.get(f"/admin/workshop/{model}/").status_code == 200
    assert superuser.get(f"/admin/workshop/{model}/add/").status_code in {200, 403}
    assert superuser.get(f"/admin/workshop/{model}/999/change/")["Location"] == "/admin/"


@pytest.mark.parametrize("words", ["Kea", "'; DROP TABLE", "%", "\x00", "🔧", "x" * 500])
@pytest.mark.parametrize("model", ["customer", "vehicle", "job", "invoice", "payment", "creditnote", "part", "quote"])
def test_searching_for_anything_is_no_defect(office, model, words):
    assert office("Owner").get(f"/admin/workshop/{model}/", {"q": words}).status_code in {200, 302}


def test_nothing_is_asked_of_another_host(office):
    an_invoice()
    page = office("Owner").get("/admin/workshop/invoice/").content.decode()

    assert 'src="http' not in page
    assert 'href="http' not in page


def test_the_policy_allows_no_script_in_a_page(office):
    policy = office("Owner").get("/admin/")["Content-Security-Policy"]

    assert "script-src 'self' 'unsafe-eval'" in policy
    assert "'unsafe-inline'" not in policy.split("script-src")[1].split(";")[0]


def test_there_is_one_page_to_sign_in(client, garage):
    answer = client.get("/admin/workshop/invoice/", follow=True)

    assert answer.redirect_chain[-1] == ("/login/?next=/admin/workshop/invoice/", 302)
    assert (
        client.post("/admin/login/", {"username": "owner", "password": "guess"})["Location"] == "/login/?next=/admin/"
    )


def test_a_technician_is_told_and_not_sent_in_circles(office):
    technician = office("Technician", is_staff=False)

    assert technician.get("/admin/login/?next=/admin/").status_code == 403
    assert office("Owner").get("/admin/login/")["Location"] == "/admin/"


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/"])
def test_signing_in_leads_to_no_other_host(client, garage, target):
    from tests.factories import UserFactory

    user = UserFactory(username="marama")
    user.set_password("kauri-motors-1")
    user.save()
    sign_in = client.get("/admin/login/", {"next": target})["Location"]

    answer = client.post(sign_in, {"username": "marama", "password": "kauri-motors-1"})

    assert answer["Location"] == "/"
