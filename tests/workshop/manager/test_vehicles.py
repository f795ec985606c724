from datetime import timedelta

import pytest
from django.urls import reverse

from tests.factories import CustomerFactory, VehicleFactory, a_completed_job
from tests.workshop.manager.reading import text
from workshop import vehicles
from workshop.models import Vehicle

LIST = "/vehicles/"
NEW = "/vehicles/new/"
AQUA = {"rego": "klm 123", "vin": "JTDKN3DU0A0000001", "make": "Toyota", "model": "Aqua", "year": "2014"}


def page(vehicle):
    return reverse("vehicle", args=[vehicle.pk])


def regos(response):
    return [vehicle.rego for vehicle in response.context["page"]]


def test_a_vehicle_is_added_with_its_owner(manager, garage):
    jo = CustomerFactory(first_name="Jo", last_name="Kea")

    response = manager.post(NEW, AQUA | {"owner": "jo kea"})

    car = Vehicle.objects.get()
    assert response["Location"] == page(car)
    assert (car.rego, car.year, car.ownerships.get().customer) == ("KLM123", 2014, jo)


@pytest.mark.parametrize(("country", "words"), [("NZ", "WOF due"), ("GB", "MOT due"), ("AU", "Inspection due")])
def test_the_check_every_car_must_pass_has_the_countrys_name(manager, garage, country, words):
    garage.country = country
    garage.save()
    VehicleFactory()

    assert words in text(manager.get(LIST))
    assert words in text(manager.get(NEW))


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"rego": "", "vin": ""}, "rego"),
        ({"vin": "IOQ"}, "vin"),
        ({"vin": "X" * 18}, "vin"),
        ({"year": "1200"}, "year"),
        ({"year": "soon"}, "year"),
        ({"inspection_due": "0026-01-01"}, "inspection_due"),
        ({"rego_due": "someday"}, "rego_due"),
        ({"fuel": "steam"}, "fuel"),
        ({"service_due_odometer": "-1"}, "service_due_odometer"),
        ({"owner": "Nobody"}, "owner"),
        ({"rego": "X" * 13}, "rego"),
    ],
)
def test_nonsense_is_refused_at_its_field_and_stays_typed(manager, garage, fields, field):
    response = manager.post(NEW, AQUA | fields)

    form = response.context["form"]
    assert (response.status_code, list(form.errors), Vehicle.objects.count()) == (422, [field], 0)
    assert form["model"].value() == "Aqua"


def test_a_plate_another_car_carries_is_refused_with_a_sentence(manager, garage):
    VehicleFactory(rego="KLM123")

    response = manager.post(NEW, AQUA)

    assert (response.status_code, Vehicle.objects.count()) == (422, 1)
    assert "carries this plate" in text(response)


def test_a_vehicle_is_edited(manager, garage):
    car = VehicleFactory(rego="KLM123")

    manager.post(reverse("vehicle-edit", args=[car.pk]), AQUA | {"colour": "Silver"})

    car.refresh_from_db()
    assert (car.colour, car.vin) == ("Silver", "JTDKN3DU0A0000001")


def test_owners_come_and_go_and_are_remembered(manager, garage):
    first, second = CustomerFactory(last_name="First"), CustomerFactory(last_name="Second")
    car = vehicles.register_vehicle(rego="KLM123", owner=first, since=garage.today() - timedelta(days=30))

    manager.post(
        reverse("vehicle-owner", args=[car.pk]), {"owner": f"{second.name} (#{second.pk})", "since": garage.today()}
    )

    assert [(period.customer, period.until) for period in car.ownerships.all()] == [
        (second, None),
        (first, garage.today()),
    ]


def test_an_owner_from_before_the_present_one_is_refused_at_the_date(manager, garage):
    car = vehicles.register_vehicle(rego="KLM123", owner=CustomerFactory())
    buyer = CustomerFactory()

    response = manager.post(
        reverse("vehicle-owner", args=[car.pk]),
        {"owner": f"#{buyer.pk}", "since": garage.today() - timedelta(days=9)},
    )

    assert (response.status_code, list(response.context["owner_form"].errors)) == (422, ["since"])


def test_an_odometer_may_go_down_only_with_a_reason(technician, garage):
    car = VehicleFactory()
    address = reverse("vehicle-odometer", args=[car.pk])
    given = {"unit": "km", "read_on": garage.today()}

    technician.post(address, given | {"value": "88 120"})
    refused = technician.post(address, given | {"value": "500"})
    technician.post(address, given | {"value": "500", "reason": "New cluster"})

    assert list(refused.context["odometer_form"].errors) == ["reason"]
    assert [(reading.value, reading.reason) for reading in car.odometer_readings.all()] == [
        (500, "New cluster"),
        (88120, ""),
    ]


@pytest.mark.parametrize("value", ["", "-5", "99999999", "many"])
def test_a_reading_that_is_none_is_refused_at_its_field(technician, garage, value):
    given = {"unit": "km", "read_on": garage.today(), "value": value}

    response = technician.post(reverse("vehicle-odometer", args=[VehicleFactory().pk]), given)

    assert list(response.context["odometer_form"].errors) == ["value"]


def test_the_uk_reads_miles(db):
    from django.test import Client

    from tests.factories import UserFactory, a_garage

    a_garage("GB")
    client = Client()
    client.force_login(UserFactory.with_role("Manager"))

    form = client.get(page(VehicleFactory())).context["odometer_form"]

    assert form["unit"].value() == "mi"


@pytest.mark.parametrize(("days", "level"), [(-1, "late"), (0, "soon"), (30, "soon"), (31, "later")])
def test_what_falls_due_is_coloured_and_says_when_it_is_over(manager, garage, days, level):
    car = VehicleFactory(inspection_due=garage.today() + timedelta(days=days))

    shown = manager.get(page(car))

    assert f'class="due {level}"' in shown.content.decode()
    assert ("Expired" in text(shown)) is (level == "late")


def test_an_archived_vehicle_frees_its_plate(manager, garage):
    car = VehicleFactory(rego="KLM123")

    manager.post(reverse("vehicle-archive", args=[car.pk]))
    manager.post(NEW, AQUA)

    assert regos(manager.get(LIST)) == ["KLM123"]
    assert regos(manager.get(LIST, {"show": "archived"})) == ["KLM123"]


def test_a_restored_vehicle_whose_plate_is_taken_is_refused_with_a_sentence(manager, garage):
    car = VehicleFactory(rego="KLM123")
    vehicles.archive_vehicle(car)
    VehicleFactory(rego="KLM123")

    shown = manager.post(reverse("vehicle-restore", args=[car.pk]), follow=True)

    assert "plate" in text(shown)
    assert Vehicle.objects.get(pk=car.pk).archived_at is not None


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_queries_however_many_rows(manager, workshop_queries, garage, rows):
    for _ in range(rows):
        vehicles.change_owner(VehicleFactory(), CustomerFactory())

    with workshop_queries(8):
        manager.get(LIST)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_costs_the_same_queries_however_much_is_on_it(manager, workshop_queries, garage, rows):
    car = VehicleFactory()
    for number in range(rows):
        vehicles.change_owner(car, CustomerFactory())
        vehicles.read_odometer(car, 1000 + number)
        a_completed_job(vehicle=car)

    with workshop_queries(9):
        manager.get(page(car))
