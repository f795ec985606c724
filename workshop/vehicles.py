"""Verbs on vehicles."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from workshop.entry import check, fill, sensible_date
from workshop.errors import InvalidInput, NotAllowedNow
from workshop.models import Customer, Job, OdometerReading, Organisation, Ownership, Vehicle
from workshop.models.vehicles import tidy_rego


@transaction.atomic
def register_vehicle(*, owner: Customer | None = None, since: date | None = None, **fields: Any) -> Vehicle:
    """A new car, registered in the garage's country unless said otherwise. Raises ValidationError by field."""
    vehicle = fill(Vehicle(), fields)
    vehicle.jurisdiction = vehicle.jurisdiction or Organisation.current().country
    vehicle = _save(vehicle)
    if owner:
        change_owner(vehicle, owner, since=since)
    return vehicle


@transaction.atomic
def edit_vehicle(vehicle: Vehicle, **fields: Any) -> Vehicle:
    return _save(fill(_locked(vehicle), fields))


def _locked(vehicle: Vehicle) -> Vehicle:
    return Vehicle.objects.select_for_update().get(pk=vehicle.pk)


def _save(vehicle: Vehicle) -> Vehicle:
    vehicle.tidy()
    if not vehicle.rego and not vehicle.vin:
        raise InvalidInput("Give the vehicle a rego or a VIN.", field="rego")
    vehicle.full_clean()
    vehicle.save()
    return vehicle


@transaction.atomic
def move_plate(taken_from: Vehicle, to: Vehicle, *, replacement: str = "") -> Vehicle:
    """Put one car's plate on another; the first gets its replacement, which may be the other's plate (a swap).

    Raises InvalidInput when the first car would be left without a plate and a VIN.
    """
    by_id = {
        vehicle.pk: vehicle for vehicle in Vehicle.objects.select_for_update().filter(pk__in=[taken_from.pk, to.pk])
    }
    first, second = by_id[taken_from.pk], by_id[to.pk]
    if not first.rego or first == second:
        raise InvalidInput("Choose a car with a plate, and another one to put it on.", field="rego")
    if not tidy_rego(replacement) and not first.vin:
        raise InvalidInput(f"{first} has no VIN: give it its new plate as well.", field="replacement")
    plate, jurisdiction = first.rego, first.jurisdiction
    # no tidied plate holds a dash, so this one is free while the two change over
    Vehicle.objects.filter(pk=second.pk).update(rego=f"-{second.pk}"[-12:])
    first.rego = replacement
    _save(first)
    second.rego, second.jurisdiction = plate, jurisdiction
    return _save(second)


@transaction.atomic
def change_owner(vehicle: Vehicle, owner: Customer, *, since: date | None = None) -> Ownership:
    """End the present ownership the day the new one begins. Raises InvalidInput for a date before the present one."""
    vehicle = _locked(vehicle)
    today = Organisation.current().today()
    since = sensible_date(since or today, today, "since")
    owner = Customer.objects.select_for_update().get(pk=owner.pk)
    if owner.archived_at:
        raise InvalidInput(f"{owner} is archived. Restore the customer first.", field="owner")
    latest = vehicle.ownerships.select_related("customer").first()
    if latest and latest.until is None and latest.customer_id == owner.pk:
        return latest
    if latest and since < (latest.until or latest.since):
        raise InvalidInput(f"{latest.customer} owned it on {since}. Choose a later day.", field="since")
    if latest and latest.until is None:
        latest.until = since
        latest.save(update_fields=["until"])
    return Ownership.objects.create(vehicle=vehicle, customer=owner, since=since)


@transaction.atomic
def read_odometer(
    vehicle: Vehicle, value: int, *, unit: str = "", read_on: date | None = None, reason: str = ""
) -> OdometerReading:
    """Note what the odometer shows, in the unit of the garage's country unless given.

    Raises InvalidInput when it is lower than on an earlier day, or higher than on a later one, and no reason is given.
    """
    garage = Organisation.current()
    _locked(vehicle)
    reading = OdometerReading(vehicle=vehicle, value=value, unit=unit or garage.odometer_unit)
    reading.read_on = read_on or garage.today()
    if reading.read_on > garage.today():
        raise InvalidInput("An odometer cannot be read in the future.", field="read_on")
    check(fill(reading, {"reason": reason}))
    if not reading.reason:
        _refuse_jump(reading)
    reading.save()
    return reading


def _refuse_jump(reading: OdometerReading) -> None:
    readings = reading.vehicle.odometer_readings
    before = readings.filter(read_on__lte=reading.read_on).first()
    after = readings.filter(read_on__gt=reading.read_on).last()
    if before and reading.kilometres < before.kilometres:
        sentence = f"The odometer stood at {before} on {before.read_on}. Say why it is lower now."
        raise InvalidInput(sentence, field="reason")
    if after and reading.kilometres > after.kilometres:
        sentence = f"The odometer stood at {after} on {after.read_on}, later. Say why it was higher."
        raise InvalidInput(sentence, field="reason")


@transaction.atomic
def archive_vehicle(vehicle: Vehicle) -> Vehicle:
    """Scrapped or gone; its plate is free for another car. Raises NotAllowedNow while a job is open."""
    vehicle = _locked(vehicle)
    if Job.objects.open().filter(vehicle=vehicle).exists():
        raise NotAllowedNow(f"{vehicle} still has an open job.")
    vehicle.archived_at = timezone.now()
    vehicle.save(update_fields=["archived_at", "updated_at"])
    return vehicle


@transaction.atomic
def restore_vehicle(vehicle: Vehicle) -> Vehicle:
    """Raises ValidationError when another car carries its plate by now."""
    vehicle = _locked(vehicle)
    vehicle.archived_at = None
    return _save(vehicle)
