"""Taking a booking in one go: the customer and the car may be new."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from workshop import jobs, people, vehicles
from workshop.errors import InvalidInput
from workshop.models import Customer, Job, Vehicle


@transaction.atomic
def take_booking(
    *,
    customer: Customer | None = None,
    new_customer: Mapping[str, Any] | None = None,
    vehicle: Vehicle | None = None,
    new_vehicle: Mapping[str, Any] | None = None,
    becomes_owner: bool = False,
    **fields: Any,
) -> Job:
    """Book a job; add the customer and the vehicle where they are given as new. All of it happens, or none.

    A new vehicle, and one without an owner, becomes the customer's; one owned by somebody else only if
    ``becomes_owner``. Raises InvalidInput without a customer, and whatever the verbs it uses raise.
    """
    if new_customer:
        customer = people.add_customer(**new_customer)
    if customer is None:
        raise InvalidInput("Choose the customer, or add a new one.", field="customer")
    if new_vehicle:
        vehicle = vehicles.register_vehicle(owner=customer, **new_vehicle)
    elif vehicle and (becomes_owner or not vehicle.ownerships.filter(until=None).exists()):
        vehicles.change_owner(vehicle, customer)
    return jobs.book(customer=customer, vehicle=vehicle, **fields)
