"""A garage to try things out in: the same on every machine, with dates around today."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, User
from django.db import transaction

from workshop import opening
from workshop.demo.buying import buy
from workshop.demo.countries import PLACES, Place
from workshop.demo.people import add_customers, add_vehicles
from workshop.demo.stock import busy_shelves, open_shelves
from workshop.demo.work import Diary, add_parts, past_weeks, today_and_tomorrow
from workshop.models import NumberSequence, Organisation

PASSWORD = "workshop-demo"  # noqa: S105 - printed at every start
PEOPLE = {
    "owner": ("Owner", "Marama", "Hale"),
    "manager": ("Manager", "Colin", "Reid"),
    "technician": ("Technician", "Tavita", "Leota"),
    "accountant": ("Accountant", "Aroha", "Ngata"),
}
NUMBERS: dict[str, dict[str, Any]] = {
    "job": {"next_number": 471},
    "quote": {"prefix": "Q ", "next_number": 91},
    "invoice": {"prefix": "INV ", "next_number": 1001},
    "credit_note": {"prefix": "CN ", "next_number": 7, "digits": 4},
    "payment": {"prefix": "PAY ", "next_number": 301},
    "purchase_order": {"prefix": "PO ", "next_number": 31},
}


@transaction.atomic
def furnish(country: str = "NZ") -> Organisation | None:
    """Make the demo garage in an empty database; None where a garage is already. All of it or nothing."""
    if Organisation.objects.exists():
        return None
    place = PLACES[country]
    garage = opening.open_garage(_garage(country, place))
    for series, numbers in NUMBERS.items():
        NumberSequence.objects.create(series=series, **numbers)
    people = _people()
    customers = add_customers(place)
    cars = add_vehicles(place, customers, garage.today())
    diary = Diary(place, garage, cars, add_parts(), people["technician"])
    open_shelves(diary.parts, diary.at(-40, "12:00").date())
    past_weeks(diary)
    today_and_tomorrow(diary)
    busy_shelves(diary.parts)
    buy(place, garage, diary.parts)
    return garage


def _garage(country: str, place: Place) -> Organisation:
    town, region, postal_code = place.towns[0]
    return Organisation(
        name=place.garage,
        country=country,
        currency=place.currency,
        time_zone=place.time_zone,
        tax_number=place.tax_number,
        phone=place.phone(100),
        email="hello@garage.example",
        address=f"18 Railway Avenue\n{town}\n{region} {postal_code}\n{place.name}",
        labour_rate=Decimal(120),
    )


def _people() -> dict[str, User]:
    password = make_password(PASSWORD)
    people = {}
    for username, (role, first, last) in PEOPLE.items():
        user = User.objects.create(
            username=username,
            first_name=first,
            last_name=last,
            email=f"{username}@garage.example",
            password=password,
            is_staff=role != "Technician",
        )
        user.groups.add(Group.objects.get(name=role))
        people[username] = user
    return people


def logins() -> list[str]:
    """Who can sign in with the demo's password, to be printed; none where people made the accounts their own."""
    accounts = User.objects.filter(username__in=PEOPLE, is_active=True, email__endswith="@garage.example")
    return [user.username for user in accounts.order_by("pk") if user.check_password(PASSWORD)]
