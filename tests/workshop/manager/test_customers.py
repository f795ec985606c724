from decimal import Decimal

import pytest
from django.urls import reverse

from tests.factories import CustomerFactory, SupplierFactory, VehicleFactory, a_completed_job, an_invoice
from tests.workshop.manager.reading import said, text
from workshop import credits, jobs
from workshop.models import Customer, TaxRate
from workshop.people import archive_customer
from workshop.vehicles import change_owner

LIST = "/customers/"
NEW = "/customers/new/"
JO = {
    "kind": "person", "first_name": "Jo", "last_name": "Kea", "email": "jo@kea.example",
    "phone_mobile": "021 555 0101", "phone_work": "04 555 0102",
    "postal_line1": "PO Box 9", "postal_city": "Porirua", "street_line1": "1 Kauri Road",
    "terms": "day_of_following_month", "terms_days": "20", "discount_percent": "2.5", "notes": "Rings first",
}  # fmt: skip


def page(customer):
    return reverse("customer", args=[customer.pk])


def names(response):
    return [customer.name for customer in response.context["page"]]


def test_a_customer_is_added_with_phones_addresses_and_terms(manager, garage):
    export = TaxRate.objects.get(name="No GST")

    response = manager.post(NEW, JO | {"tax_rate": export.pk})

    jo = Customer.objects.get()
    assert response["Location"] == page(jo)
    assert (jo.name, jo.terms, jo.terms_days, jo.tax_rate) == ("Jo Kea", "day_of_following_month", 20, export)
    assert {phone.kind: phone.number for phone in jo.phones.all()} == {"mobile": "021 555 0101", "work": "04 555 0102"}
    assert {place.kind: str(place) for place in jo.addresses.all()} == {
        "postal": "PO Box 9, Porirua",
        "street": "1 Kauri Road",
    }


def test_the_form_shows_what_is_there_and_saves_it_unchanged(manager, garage):
    manager.post(NEW, JO)
    jo = Customer.objects.get()
    address = reverse("customer-edit", args=[jo.pk])
    form = manager.get(address).context["form"]
    values = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}

    manager.post(address, values | {"first_name": "Joanna", "phone_work": ""})

    jo.refresh_from_db()
    assert (jo.name, jo.terms_days, jo.discount_percent) == ("Joanna Kea", 20, Decimal("2.50"))
    assert [phone.number for phone in jo.phones.all()] == ["021 555 0101"]
    assert jo.addresses.count() == 2


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"first_name": "", "last_name": ""}, "first_name"),
        ({"kind": "company"}, "company_name"),
        ({"kind": "ghost"}, "kind"),
        ({"email": "jo at kea"}, "email"),
        ({"phone_mobile": "ring me"}, "phone_mobile"),
        ({"phone_mobile": "12"}, "phone_mobile"),
        ({"terms_days": ""}, "terms_days"),
        ({"terms_days": "400"}, "terms_days"),
        ({"terms_days": "-1"}, "terms_days"),
        ({"discount_percent": "101"}, "discount_percent"),
        ({"discount_percent": "NaN"}, "discount_percent"),
        ({"tax_rate": "999"}, "tax_rate"),
        ({"postal_line1": ""}, "postal_line1"),
        ({"first_name": "x" * 101}, "first_name"),
        ({"first_name": "null\x00"}, "first_name"),
    ],
)
def test_nonsense_is_refused_at_its_field_and_stays_typed(manager, garage, fields, field):
    response = manager.post(NEW, JO | fields)

    form = response.context["form"]
    assert (response.status_code, list(form.errors), Customer.objects.count()) == (422, [field], 0)
    assert (form["notes"].value(), form["postal_city"].value()) == ("Rings first", "Porirua")


def test_the_page_shows_what_they_owe_less_the_credit_left(manager, garage):
    invoice = an_invoice()  # 207.00
    credits.issue_credit_note(invoice.customer, description="Goodwill", amount=Decimal(50))

    shown = manager.get(page(invoice.customer))

    assert shown.context["balance"] == Decimal("149.50")
    assert "149.50 NZD 207.00 due, 57.50 credit left" in text(shown)


def test_an_archived_customer_leaves_the_list_and_comes_back(manager, garage):
    jo = CustomerFactory(last_name="Kea")

    answer = manager.post(reverse("customer-archive", args=[jo.pk]), follow=True)
    assert said(answer) == ["Jo Kea is archived here. The history stays; the accounts keep the contact as it is."]
    archived = names(manager.get(LIST)), names(manager.get(LIST, {"show": "archived"}))
    manager.post(reverse("customer-restore", args=[jo.pk]))

    assert archived == ([], ["Jo Kea"])
    assert names(manager.get(LIST)) == ["Jo Kea"]


def test_a_customer_with_an_open_job_is_not_archived(manager, garage):
    job = jobs.book(customer=CustomerFactory())

    shown = manager.post(reverse("customer-archive", args=[job.customer_id]), follow=True)

    assert "still has an open job" in text(shown)
    assert Customer.objects.get().archived_at is None


def test_an_archived_customer_s_history_is_still_there(manager, garage):
    job = jobs.cancel(a_completed_job(), reason="Sold")
    archive_customer(job.customer)

    assert job.number in text(manager.get(page(job.customer)))


@pytest.mark.parametrize("words", ["kea", "jo@kea", "5550101"])
def test_a_customer_is_found_by_name_mail_or_phone(manager, garage, words):
    manager.post(NEW, JO)
    CustomerFactory(first_name="Tui", last_name="Moa")

    assert names(manager.get(LIST, {"q": words})) == ["Jo Kea"]


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_queries_however_many_rows(manager, workshop_queries, garage, rows):
    for _ in range(rows):
        customer = CustomerFactory()
        customer.phones.create(kind="mobile", number="021 555 0101")
        change_owner(VehicleFactory(), customer)

    with workshop_queries(8):
        manager.get(LIST)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_costs_the_same_queries_however_much_is_on_it(manager, workshop_queries, garage, rows):
    customer = CustomerFactory()
    for _ in range(rows):
        car = VehicleFactory()
        change_owner(car, customer)
        an_invoice(customer=customer, vehicle=car)
        credits.issue_credit_note(customer, description="Goodwill", amount=Decimal(50))

    with workshop_queries(14):
        manager.get(page(customer))


def test_who_is_only_a_supplier_is_shown_as_one(manager):
    supplier = SupplierFactory()
    assert manager.get(f"/customers/{supplier.pk}/").url == f"/suppliers/{supplier.pk}/"
    assert manager.get("/customers/999999/").status_code == 404
