import pytest
from django.urls import reverse

from tests.factories import CustomerFactory, PartFactory, VehicleFactory, a_completed_job, an_invoice
from workshop.vehicles import change_owner

SEARCH = "/search/"


@pytest.fixture
def invoice(garage):
    jo = CustomerFactory(first_name="Jo", last_name="Kea")
    jo.phones.create(kind="mobile", number="+64 21 555 0101")
    car = VehicleFactory(rego="KLM123", make="Toyota")
    change_owner(car, jo)
    VehicleFactory(rego="XYZ789", make="Mazda")
    return an_invoice(customer=jo, vehicle=car)


@pytest.mark.parametrize("words", ["KLM123", "klm 123", "klm-123"])
def test_a_whole_rego_opens_the_car(manager, invoice, words):
    assert manager.get(SEARCH, {"q": words})["Location"] == reverse("vehicle", args=[invoice.vehicle_id])


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("klm", "vehicles"),
        ("Kea", "customers"),
        ("5550101", "customers"),
        ("INV 1008", "invoices"),
        ("toyota", "vehicles"),
    ],
)
def test_everything_is_found_from_the_one_box(manager, invoice, words, kind):
    found = manager.get(SEARCH, {"q": words}).context

    assert len(found[kind]) == 1


def test_a_job_is_found_by_its_number(manager, invoice):
    assert list(manager.get(SEARCH, {"q": invoice.job.number}).context["jobs"]) == [invoice.job]


@pytest.mark.parametrize("words", ["", "   ", "zzz", "\x00", "'; DROP TABLE", "%", "x" * 5000])
def test_any_words_are_answered(manager, invoice, words):
    assert manager.get(SEARCH, {"q": words}).status_code == 200


def test_a_technician_finds_no_invoice_and_nobody_else_s_job(technician, invoice):
    found = technician.get(SEARCH, {"q": invoice.number}).context

    assert (list(found["jobs"]), found["invoices"]) == ([], [])


@pytest.mark.parametrize("rows", [1, 3])
def test_results_cost_the_same_queries_however_many(manager, workshop_queries, garage, rows):
    for number in range(rows):
        customer = CustomerFactory(first_name="Aroha")
        customer.phones.create(kind="mobile", number="021 555 0101")
        car = VehicleFactory(make="Aroha", rego=f"AR{number}")
        change_owner(car, customer)
        an_invoice(customer=customer, vehicle=car)

    with workshop_queries(12):
        manager.get(SEARCH, {"q": "aroha"})


def test_pickers_suggest_what_can_be_typed_back(manager, invoice):
    PartFactory(code="OF-1")

    customers = manager.get(reverse("suggest-customers"), {"bill_to": "kea"}).content.decode()
    parts = manager.get(reverse("suggest-parts"), {"lines-0-part": "of"}).content.decode()

    assert f'value="Jo Kea (#{invoice.customer_id})"' in customers
    assert 'value="OF-1"' in parts


def test_a_list_of_jobs_is_filtered_and_searched(manager, invoice):
    done = a_completed_job(vehicle=VehicleFactory(rego="QQQ111"))

    assert list(manager.get("/jobs/", {"show": "completed"}).context["page"]) == [done]
    assert list(manager.get("/jobs/", {"q": "qqq111"}).context["page"]) == [done]


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_of_jobs_costs_the_same_queries_however_many(manager, workshop_queries, garage, rows):
    for _ in range(rows):
        a_completed_job(technician=manager.user)

    with workshop_queries(7):
        manager.get("/jobs/")
