"""What differs between a garage in New Zealand, Australia and the United Kingdom."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"


@dataclass(frozen=True)
class Place:
    """``phone`` and ``mobile`` keep to the ranges set aside for fiction, or near them."""

    name: str
    garage: str
    currency: str
    time_zone: str
    tax_number: str
    jurisdiction: str
    towns: tuple[tuple[str, str, str], ...]  # town, region, postal code
    phone: Callable[[int], str]
    mobile: Callable[[int], str]
    plate: Callable[[random.Random, int], str]
    inspection: str
    odometer_unit: str = "km"
    inspection_is_taxed: bool = True


def _some(draw: random.Random, letters: int) -> str:
    return "".join(draw.choices(LETTERS, k=letters))


def _nz_plate(draw: random.Random, year: int) -> str:
    """Three letters and up to three digits; the first letter has moved from A in 2001 to R."""
    first = "ABCDEFGHJKLMNPQRR"[min((year - 2001) * 16 // 25, 16)]
    return f"{first}{_some(draw, 2)}{draw.randint(100, 999)}"


def _nsw_plate(draw: random.Random, year: int) -> str:
    return f"{_some(draw, 2)}{draw.randint(10, 99)}{_some(draw, 2)}"


def _gb_plate(draw: random.Random, year: int) -> str:
    return f"{_some(draw, 2)}{year % 100:02d}{_some(draw, 3)}"


PLACES = {
    "NZ": Place(
        name="New Zealand",
        garage="Kauri Motors",
        currency="NZD",
        time_zone="Pacific/Auckland",
        tax_number="049-091-850",
        jurisdiction="NZ",
        towns=(
            ("Petone", "Lower Hutt", "5012"),
            ("Johnsonville", "Wellington", "6037"),
            ("Porirua", "Wellington", "5022"),
            ("Karori", "Wellington", "6012"),
        ),
        phone=lambda n: f"04 555 {n:04d}",
        mobile=lambda n: f"021 555 {n:04d}",
        plate=_nz_plate,
        inspection="WOF",
    ),
    "AU": Place(
        name="Australia",
        garage="Wattle Autos",
        currency="AUD",
        time_zone="Australia/Sydney",
        tax_number="51 824 753 556",
        jurisdiction="NSW",
        towns=(
            ("Marrickville", "NSW", "2204"),
            ("Parramatta", "NSW", "2150"),
            ("Newtown", "NSW", "2042"),
            ("Penrith", "NSW", "2750"),
        ),
        phone=lambda n: f"02 5550 {n:04d}",
        mobile=lambda n: f"0491 57{n // 1000} {n % 1000:03d}",
        plate=_nsw_plate,
        inspection="Pink slip",
    ),
    "GB": Place(
        name="United Kingdom",
        garage="Oak Garage Ltd",
        currency="GBP",
        time_zone="Europe/London",
        tax_number="GB 980 7806 84",
        jurisdiction="GB",
        towns=(
            ("Otley", "West Yorkshire", "LS21 1AA"),
            ("Ilkley", "West Yorkshire", "LS29 8HB"),
            ("Skipton", "North Yorkshire", "BD23 1DT"),
            ("Leeds", "West Yorkshire", "LS6 2AB"),
        ),
        phone=lambda n: f"0113 496 {n:04d}",
        mobile=lambda n: f"07700 90{n:04d}",
        plate=_gb_plate,
        inspection="MOT",
        odometer_unit="mi",
        inspection_is_taxed=False,  # a MOT fee is outside the scope of VAT, and no discount falls on it
    ),
}
