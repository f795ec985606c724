"""Cars, their plates, owners and odometers."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError

from tests.factories import CustomerFactory, VehicleFactory
from workshop import jobs, people, vehicles
from workshop.errors import InvalidInput, NotAllowedNow
from workshop.models import Organisation, Vehicle

pytestmark = pytest.mark.usefixtures("garage")
VIN = "JTDKN3DU5A0123456"


def test_a_plate_is_compared_without_spaces_dashes_and_capitals():
    vehicle = vehicles.register_vehicle(rego=" klm-123 ", vin="jtdkn3du5a0123456", make=" Toyota ")

    assert (vehicle.rego, vehicle.jurisdiction, vehicle.vin, vehicle.make) == ("KLM123", "NZ", VIN, "Toyota")
    with pytest.raises(ValidationError, match="Another vehicle carries this plate"):
        vehicles.register_vehicle(rego="KLM 123")
    assert vehicles.register_vehicle(rego="KLM 123", jurisdiction="nsw").jurisdiction == "NSW"


def test_a_vin_belongs_to_one_car_and_a_short_chassis_number_may_not():
    vehicles.register_vehicle(rego="AAA1", vin=VIN)
    vehicles.register_vehicle(rego="AAA2", vin="12345")
    vehicles.register_vehicle(rego="AAA3", vin="12345")

    with pytest.raises(ValidationError, match="Another vehicle has this VIN"):
        vehicles.register_vehicle(rego="AAA4", vin=VIN.lower())


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"vin": "JTDKN3DU5A012345O"}, "vin"),
        ({"vin": "1234"}, "vin"),
        ({"vin": "JTDKN3DU5A01234567"}, "vin"),
        ({"rego": "K" * 13}, "rego"),
        ({"year": 1885}, "year"),
        ({"fuel": "steam"}, "fuel"),
        ({"notes": "a\x00b"}, "notes"),
    ],
)
def test_nonsense_is_refused_at_the_field(fields, wrong):
    with pytest.raises(ValidationError) as refusal:
        vehicles.register_vehicle(**{"rego": "KLM123", **fields})
    assert list(refusal.value.message_dict) == [wrong]


@pytest.mark.parametrize("fields", [{}, {"rego": " - "}])
def test_a_vehicle_has_a_plate_or_a_vin(fields):
    with pytest.raises(InvalidInput) as refusal:
        vehicles.register_vehicle(make="Toyota", **fields)
    assert refusal.value.field == "rego"


def test_a_vehicle_may_lose_its_plate_if_it_has_a_vin():
    vehicle = vehicles.register_vehicle(rego="KLM123", vin=VIN)

    assert str(vehicles.edit_vehicle(vehicle, rego="")) == VIN


# Plates


def test_a_plate_moves_to_another_car():
    old, new = VehicleFactory(rego="KLM123", vin=VIN), VehicleFactory(rego="TEMP1")

    moved = vehicles.move_plate(old, new)

    assert (moved.rego, Vehicle.objects.get(pk=old.pk).rego) == ("KLM123", "")


def test_two_cars_swap_plates():
    first, second = VehicleFactory(rego="AAA1"), VehicleFactory(rego="BBB2")

    vehicles.move_plate(first, second, replacement="bbb 2")

    assert [Vehicle.objects.get(pk=vehicle.pk).rego for vehicle in (first, second)] == ["BBB2", "AAA1"]


def test_a_car_without_a_vin_needs_a_plate_in_exchange():
    first, second = VehicleFactory(rego="AAA1"), VehicleFactory(rego="BBB2")
    with pytest.raises(InvalidInput) as refusal:
        vehicles.move_plate(first, second)
    assert refusal.value.field == "replacement"

    vehicles.move_plate(first, second, replacement="CCC3")

    assert set(Vehicle.objects.values_list("rego", flat=True)) == {"CCC3", "AAA1"}


def test_a_replacement_a_third_car_carries_is_refused_and_nothing_moves():
    first, second, _third = VehicleFactory(rego="AAA1"), VehicleFactory(rego="BBB2"), VehicleFactory(rego="CCC3")

    with pytest.raises(ValidationError, match="Another vehicle carries this plate"):
        vehicles.move_plate(first, second, replacement="CCC3")

    assert list(Vehicle.objects.values_list("rego", flat=True)) == ["AAA1", "BBB2", "CCC3"]


def test_a_plate_is_not_moved_to_the_car_that_has_it():
    vehicle = VehicleFactory(vin=VIN)

    with pytest.raises(InvalidInput, match="another one to put it on"):
        vehicles.move_plate(vehicle, vehicle)


def test_an_archived_car_frees_its_plate_and_gets_it_back_only_if_it_is_free():
    old = vehicles.archive_vehicle(VehicleFactory(rego="KLM123"))
    new = VehicleFactory(rego="KLM123")
    with pytest.raises(ValidationError, match="Another vehicle carries this plate"):
        vehicles.restore_vehicle(old)
    vehicles.archive_vehicle(new)

    assert vehicles.restore_vehicle(old).archived_at is None


def test_a_vehicle_with_an_open_job_is_not_archived():
    vehicle = VehicleFactory()
    jobs.book(customer=CustomerFactory(), vehicle=vehicle)

    with pytest.raises(NotAllowedNow, match="open job"):
        vehicles.archive_vehicle(vehicle)


@pytest.mark.parametrize("words", ["klm 12", "KLM123", "aqua", "Kea Ltd", VIN[3:9]])
def test_a_vehicle_is_found_by_plate_model_vin_or_owner(words):
    owner = people.add_customer(kind="company", company_name="Kea Ltd")
    found = vehicles.register_vehicle(rego="KLM123", vin=VIN, model="Aqua", owner=owner)
    vehicles.register_vehicle(rego="ZZZ9", model="Corolla")

    assert list(Vehicle.objects.search(words)) == [found]


# Owners


def test_a_sold_car_ends_one_ownership_the_day_the_next_begins():
    first, second = CustomerFactory(), CustomerFactory()
    vehicle = vehicles.register_vehicle(rego="KLM123", owner=first, since=date(2024, 1, 1))

    vehicles.change_owner(vehicle, second, since=date(2026, 7, 20))

    assert list(vehicle.ownerships.values_list("customer", "since", "until")) == [
        (second.pk, date(2026, 7, 20), None),
        (first.pk, date(2024, 1, 1), date(2026, 7, 20)),
    ]


def test_the_present_owner_stays_the_owner():
    owner = CustomerFactory()
    vehicle = vehicles.register_vehicle(rego="KLM123", owner=owner, since=date(2024, 1, 1))

    assert vehicles.change_owner(vehicle, owner).since == date(2024, 1, 1)
    assert vehicle.ownerships.count() == 1


@pytest.mark.parametrize("since", [date(2023, 12, 31), date(1024, 1, 1), date(2924, 1, 1)])
def test_ownerships_neither_overlap_nor_begin_in_nowhere(since):
    vehicle = vehicles.register_vehicle(rego="KLM123", owner=CustomerFactory(), since=date(2024, 1, 1))

    with pytest.raises(InvalidInput) as refusal:
        vehicles.change_owner(vehicle, CustomerFactory(), since=since)
    assert refusal.value.field == "since"


def test_a_past_ownership_is_not_overlapped_either():
    vehicle = vehicles.register_vehicle(rego="KLM123", owner=CustomerFactory(), since=date(2024, 1, 1))
    vehicle.ownerships.update(until=date(2025, 1, 1))

    with pytest.raises(InvalidInput, match="owned it on 2024-06-01"):
        vehicles.change_owner(vehicle, CustomerFactory(), since=date(2024, 6, 1))

    vehicles.change_owner(vehicle, CustomerFactory(), since=date(2025, 6, 1))
    assert vehicle.ownerships.count() == 2


def test_an_archived_customer_buys_nothing():
    owner = people.archive_customer(CustomerFactory())

    with pytest.raises(InvalidInput) as refusal:
        vehicles.register_vehicle(rego="KLM123", owner=owner)
    assert refusal.value.field == "owner"
    assert Vehicle.objects.count() == 0


# Odometer


def read(vehicle, value, day, **fields):
    return vehicles.read_odometer(vehicle, value, read_on=date(2026, 7, day), **fields)


def test_an_odometer_drops_only_with_a_reason():
    vehicle = VehicleFactory()
    read(vehicle, 90_000, 1)

    with pytest.raises(InvalidInput, match="stood at 90,000 km on 2026-07-01") as refusal:
        read(vehicle, 89_999, 2, reason="  ")

    assert refusal.value.field == "reason"
    assert read(vehicle, 15, 2, reason="Cluster replaced").reason == "Cluster replaced"
    assert read(vehicle, 40, 3).value == 40


def test_a_late_note_fits_between_the_readings_around_it():
    vehicle = VehicleFactory()
    read(vehicle, 90_000, 1)
    read(vehicle, 91_000, 20)

    with pytest.raises(InvalidInput, match="stood at 91,000 km on 2026-07-20, later"):
        read(vehicle, 91_001, 10)

    assert read(vehicle, 90_500, 10).value == 90_500


def test_miles_do_not_hide_a_drop():
    vehicle = VehicleFactory()
    read(vehicle, 100_000, 1)

    with pytest.raises(InvalidInput, match="lower now"):
        read(vehicle, 60_000, 2, unit="mi")

    assert str(read(vehicle, 62_500, 2, unit="mi")) == "62,500 mi"


@pytest.mark.parametrize(("value", "unit"), [(-1, "km"), (10_000_000, "km"), (5, "furlong")])
def test_a_reading_that_makes_no_sense_is_refused(value, unit):
    with pytest.raises(ValidationError):
        vehicles.read_odometer(VehicleFactory(), value, unit=unit)


def test_an_odometer_is_not_read_in_the_future():
    tomorrow = Organisation.current().today() + timedelta(days=1)

    with pytest.raises(InvalidInput) as refusal:
        vehicles.read_odometer(VehicleFactory(), 5, read_on=tomorrow)
    assert refusal.value.field == "read_on"
