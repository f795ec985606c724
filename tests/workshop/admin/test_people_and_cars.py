import pytest

from tests.factories import CompanyFactory, CustomerFactory, VehicleFactory
from tests.workshop.admin.office import address, errors_of, save, text, told
from workshop import jobs, vehicles
from workshop.models import Customer, PhoneNumber, Vehicle


def test_a_customer_is_added_with_a_phone(owner):
    answer = save(
        owner, address("customer", action="add"), first_name="Jo", last_name="Kea",
        **{"phones-TOTAL_FORMS": "1", "phones-0-kind": "mobile", "phones-0-number": "021 555 0101"},
    )  # fmt: skip

    customer = Customer.objects.get()
    assert answer.redirect_chain == [("/admin/workshop/customer/", 302)]
    assert (customer.name, customer.is_customer) == ("Jo Kea", True)
    assert PhoneNumber.objects.get(party=customer).digits == "215550101"


def test_a_customer_without_a_name_is_refused_at_the_name(owner):
    answer = save(owner, address("customer", action="add"), email="jo@example.com")

    assert errors_of(answer) == {"first_name": ["Give the customer a name."]}
    assert 'value="jo@example.com"' in answer.content.decode()
    assert not Customer.objects.exists()


def test_a_company_without_a_name_is_refused_at_the_company_name(owner):
    answer = save(owner, address("customer", action="add"), kind="company")

    assert errors_of(answer) == {"company_name": ["Give the customer a name."]}


def test_a_customer_is_changed_and_the_history_knows_by_whom(owner):
    customer = CustomerFactory(first_name="Jo", last_name="Kea")

    save(owner, address("customer", customer.pk), last_name="Kaka")

    customer.refresh_from_db()
    latest = customer.history.first()
    assert customer.name == "Jo Kaka"
    assert (latest.name, latest.history_user) == ("Jo Kaka", owner.user)
    page = text(owner.get(address("customer", customer.pk, "history")))
    assert "Jo Kaka" in page
    assert f"Changed {owner.user} –" in page  # nobody gave a reason


@pytest.mark.parametrize("words", ["Kea", "021 555 0101", "+64215550101", "555 0101"])
def test_a_customer_is_found_however_the_phone_is_written(owner, words):
    customer = CustomerFactory(last_name="Kea")
    PhoneNumber.objects.create(party=customer, kind="mobile", number="+64 21 555 0101")
    CompanyFactory(company_name="Oak Ltd")

    answer = owner.get(address("customer"), {"q": words})

    assert list(answer.context["cl"].queryset) == [customer]


def archive(client, model, *records, action="archive_selected"):
    fields = {"action": action, "_selected_action": [record.pk for record in records], "index": "0"}
    return client.post(address(model), fields, follow=True)


def test_customers_are_archived_and_leave_the_list(owner):
    customer = CustomerFactory()

    answer = archive(owner, "customer", customer)

    assert told(answer) == ["1 archived here. The accounts keep what they have of it."]
    assert list(answer.context["cl"].queryset) == []
    assert list(owner.get(address("customer"), {"archived": "yes"}).context["cl"].queryset) == [customer]


def test_a_customer_with_an_open_job_stays_and_the_reason_is_told(owner):
    busy, idle = CustomerFactory(first_name="Jo", last_name="Kea"), CustomerFactory()
    jobs.book(customer=busy)

    answer = archive(owner, "customer", busy, idle)

    assert told(answer) == [
        "Jo Kea still has an open job. Finish or cancel it first.",
        "1 archived here. The accounts keep what they have of it.",
    ]
    busy.refresh_from_db()
    assert busy.archived_at is None


def test_a_car_comes_back_unless_another_carries_its_plate_by_now(owner):
    old = vehicles.archive_vehicle(VehicleFactory(rego="KLM123"))
    VehicleFactory(rego="KLM123")

    fields = {"action": "restore_selected", "_selected_action": [old.pk], "index": "0"}
    answer = owner.post(address("vehicle") + "?archived=yes", fields, follow=True)

    assert told(answer)[0].endswith("Another vehicle carries this plate. Take it off that one first.")
    assert Vehicle.objects.get(pk=old.pk).archived_at


def test_a_car_is_registered_in_the_garages_country_with_a_tidy_plate(owner):
    save(owner, address("vehicle", action="add"), rego="klm 123", make="Toyota")

    vehicle = Vehicle.objects.get()
    assert (vehicle.rego, vehicle.jurisdiction, vehicle.make) == ("KLM123", "NZ", "Toyota")


def test_a_car_with_neither_plate_nor_vin_is_refused(owner):
    answer = save(owner, address("vehicle", action="add"), make="Toyota")

    assert errors_of(answer) == {"__all__": ["Give the vehicle a rego or a VIN."]}


def test_a_plate_on_another_car_is_refused_in_words(owner):
    VehicleFactory(rego="KLM123", jurisdiction="NZ")

    answer = save(owner, address("vehicle", action="add"), rego="KLM 123", jurisdiction="NZ")

    assert "Another vehicle carries this plate. Take it off that one first." in str(errors_of(answer))
    assert Vehicle.objects.count() == 1


@pytest.mark.parametrize("words", ["klm 123", "KLM-123", "Kea"])
def test_a_car_is_found_by_plate_and_owner(owner, words):
    car = VehicleFactory(rego="KLM123")
    vehicles.change_owner(car, CustomerFactory(last_name="Kea"))
    VehicleFactory(rego="ZZZ1")

    answer = owner.get(address("vehicle"), {"q": words})

    assert list(answer.context["cl"].queryset) == [car]
    assert "Jo Kea" in text(answer)


def test_who_only_views_finds_no_save_button(office):
    customer = CustomerFactory()
    reader = office("Read-only")

    assert "Save" not in text(reader.get(address("customer", customer.pk)))
    assert reader.post(address("customer", customer.pk), {"last_name": "X"}).status_code == 403
