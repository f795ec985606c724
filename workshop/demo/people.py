"""The demo garage's customers and their cars. Invented; made without a library, the same on every machine."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

from workshop.demo.countries import LETTERS, Place
from workshop.models import Address, Customer, Party, PhoneNumber, Vehicle
from workshop.people import add_customer
from workshop.vehicles import read_odometer, register_vehicle

PERSONS = """Jo Kea, Aroha Tamihana, Ben Whitcombe, Priya Nair, Tom Halloran, Mei Lin Chen, Sione Faleolo, Grace Okafor,
Hemi Paki, Laura Jensen, Daniel Brooks, Fatima Rahimi, Ruth Abernethy, Wiremu Rangi, Anna Kowalski, Peter Moana,
Isla McGregor, Rajesh Patel"""
COMPANIES = """Harbour Couriers Ltd, Greenlawn Gardens Ltd, Southerly Plumbing Ltd, Tui Early Learning Trust,
Blackwood Joinery Ltd, Coastline Real Estate Ltd, Pukeko Bakery Ltd"""
STREETS = ["Jackson Street", "Beach Road", "Moorefield Road", "Kenepuru Drive", "High Street", "Station Road"]

# owner's place in the list of customers: make, model, year, engine, fuel, transmission, colour
CARS = """
0: Toyota, Aqua, 2014, 1.5 NHP10, hybrid, automatic, Silver
1: Mazda, Demio, 2012, 1.3 ZJ, petrol, automatic, Blue
1: Toyota, Hilux, 2017, 2.8 1GD-FTV, diesel, manual, White
2: Subaru, Outback, 2015, 2.5 FB25, petrol, automatic, Grey
3: Nissan, Leaf, 2018, 40 kWh, electric, automatic, White
4: Ford, Ranger, 2019, 3.2 P5AT, diesel, automatic, Orange
5: Honda, Fit, 2013, 1.3 L13A, petrol, automatic, Red
6: Toyota, Hiace, 2011, 3.0 1KD-FTV, diesel, automatic, White
7: Volkswagen, Golf, 2016, 1.4 TSI, petrol, automatic, Black
8: Holden, Commodore, 2010, 3.6 V6, petrol, automatic, Green
9: Volvo, V60, 2017, 2.0 D4, diesel, automatic, Blue
10: Mitsubishi, Outlander, 2018, 2.0 PHEV, hybrid, automatic, Silver
11: Toyota, Corolla, 2016, 1.8 2ZR-FE, petrol, automatic, White
12: Suzuki, Swift, 2011, 1.5 M15A, petrol, manual, Red
13: Nissan, Navara, 2015, 2.3 YS23, diesel, manual, Black
14: Skoda, Octavia, 2019, 1.8 TSI, petrol, automatic, Grey
15: Isuzu, D-Max, 2020, 3.0 4JJ3, diesel, automatic, White
16: Mini, Cooper, 2014, 1.5 B38, petrol, manual, Yellow
17: Kia, Sportage, 2019, 2.0 G4NA, petrol, automatic, Blue
17: Toyota, Prius, 2010, 1.8 ZVW30, hybrid, automatic, Pearl
18: Toyota, Hiace, 2018, 2.8 1GD-FTV, diesel, automatic, White
18: Toyota, Hiace, 2019, 2.8 1GD-FTV, diesel, automatic, White
18: Ford, Transit, 2020, 2.0 EcoBlue, diesel, manual, White
18: Renault, Kangoo, 2021, 1.5 dCi, diesel, manual, White
19: Isuzu, NPR 300, 2016, 5.2 4HK1, diesel, manual, Green
19: Toyota, Hilux, 2014, 3.0 1KD-FTV, diesel, manual, Green
20: Ford, Ranger, 2021, 2.0 Bi-Turbo, diesel, automatic, Silver
20: Mercedes-Benz, Vito, 2018, 2.1 OM651, diesel, automatic, Grey
21: Toyota, Estima, 2012, 2.4 2AZ-FE, petrol, automatic, Silver
22: Mitsubishi, Triton, 2019, 2.4 4N15, diesel, manual, White
22: Volkswagen, Transporter, 2017, 2.0 TDI, diesel, manual, Blue
23: Hyundai, Ioniq, 2020, 1.6 Kappa, hybrid, automatic, White
23: Mazda, CX-5, 2019, 2.5 PY-VPS, petrol, automatic, Red
24: Nissan, NV200, 2016, 1.6 HR16DE, petrol, automatic, White
24: Honda, Jazz, 2017, 1.5 L15B, petrol, automatic, Blue
"""
TYRES = ["175/65R15", "195/65R15", "205/55R16", "225/65R17", "265/65R17"]
INSPECTION_IN = [-12, 3, 45, 170, 8, -2, 300, 90, 21, 5, 260, 140]  # days from today: some late, some this week
REGO_IN = [18, -5, 120, 210, 2, 75, 330, 33]


def add_customers(place: Place) -> list[Customer]:
    persons = [name.strip() for name in PERSONS.split(",")]
    companies = [name.strip() for name in COMPANIES.split(",")]
    people = [_person(name, index, place) for index, name in enumerate(persons)]
    return people + [_company(name, index, place) for index, name in enumerate(companies, start=len(people))]


def _person(name: str, index: int, place: Place) -> Customer:
    first, _, last = name.rpartition(" ")
    phones = [{"kind": PhoneNumber.Kind.MOBILE, "number": place.mobile(101 + index)}]
    if index % 3 == 1:
        phones.append({"kind": PhoneNumber.Kind.HOME, "number": place.phone(300 + index)})
    email = f"{name.lower().replace(' ', '.')}@example.com" if index % 5 != 3 else ""
    consent = {"marketing_consent": index % 2 == 0}
    return add_customer(
        first_name=first, last_name=last, email=email, phones=phones, addresses=[_address(index, place)], **consent
    )


def _company(name: str, index: int, place: Place) -> Customer:
    domain = name.lower().removesuffix(" ltd").removesuffix(" trust").replace(" ", "-")
    fleet = {"terms": Party.Terms.DAY_OF_FOLLOWING_MONTH, "terms_days": 20} if index % 2 == 0 else {}
    street = _address(index, place) | {"kind": Address.Kind.STREET}
    return add_customer(
        kind=Party.Kind.COMPANY,
        company_name=name,
        email=f"accounts@{domain}.example",
        phones=[
            {"kind": PhoneNumber.Kind.WORK, "number": place.phone(100 + index)},
            {"kind": PhoneNumber.Kind.MOBILE, "number": place.mobile(101 + index)},
        ],
        addresses=[_address(index, place), street],
        **fleet,
    )


def _address(index: int, place: Place) -> dict[str, Any]:
    city, region, postal_code = place.towns[index % len(place.towns)]
    return {
        "kind": Address.Kind.POSTAL,
        "line1": f"{7 + 13 * index} {STREETS[index % len(STREETS)]}",
        "city": city,
        "region": region,
        "postal_code": postal_code,
        "country": place.name,
    }


def add_vehicles(place: Place, customers: list[Customer], today: date) -> list[Vehicle]:
    draw = random.Random(1907)  # noqa: S311 - the same plates on every machine
    rows = [line.split(": ") for line in CARS.strip().splitlines()]
    return [_vehicle(n, customers[int(owner)], car, place, draw, today) for n, (owner, car) in enumerate(rows)]


def _vehicle(n: int, owner: Customer, car: str, place: Place, draw: random.Random, today: date) -> Vehicle:
    make, model, year, engine, fuel, transmission, colour = car.split(", ")
    plate = place.plate(draw, int(year))
    vehicle = register_vehicle(
        owner=owner,
        since=today - timedelta(days=200 + 37 * n),
        rego="KLM123" if n == 0 else plate,
        jurisdiction=place.jurisdiction,
        vin="7A8" + "".join(draw.choices(LETTERS + "0123456789", k=8)) + f"{draw.randint(0, 999_999):06d}",
        make=make,
        model=model,
        year=int(year),
        engine=engine,
        fuel=fuel,
        transmission=transmission,
        colour=colour,
        tyre_size=TYRES[n % len(TYRES)],
        inspection_due=today + timedelta(days=INSPECTION_IN[n % len(INSPECTION_IN)]),
        rego_due=today + timedelta(days=REGO_IN[n % len(REGO_IN)]),
        service_due=today + timedelta(days=15 * (n % 12)) if n % 4 else None,
    )
    read_odometer(vehicle, odometer(vehicle) - 6_000, unit=place.odometer_unit, read_on=today - timedelta(days=190))
    return vehicle


def odometer(vehicle: Vehicle) -> int:
    """About what it shows today: the same for the same car, in either unit."""
    age = 2027 - (vehicle.year or 2015)
    return 9_000 * age + sum(map(ord, vehicle.rego)) % 8_000
