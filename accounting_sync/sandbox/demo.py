"""What a fresh sandbox holds: three garages' books, their accountant, and the client every program may sign in as."""

from __future__ import annotations

from .chart import demo_organisation
from .organisation import Organisation
from .people import User
from .xero import Xero

EMAIL, PASSWORD = "accountant@kauri.example", "accountant"
CLIENT_ID, CLIENT_SECRET = "demo", "secret"
ORGANISATIONS = (("Kauri Motors", "NZ"), ("Wattle Autos", "AU"), ("Oak Garage Ltd", "GB"))


def furnish(xero: Xero) -> Xero:
    """Give a fresh Xero its demo client, accountant and organisations. One that has them is left alone."""
    if CLIENT_ID not in xero.identity.clients.table:
        add_client(xero)
    if not xero.identity.users.table:
        add_accountant(xero)
    if not xero.organisations:
        for name, country in ORGANISATIONS:
            add_organisation(xero, name, country)
    xero.save()
    return xero


def add_client(xero: Xero) -> None:
    """Any loopback redirect, and broad scopes too, because the official SDK's samples still ask for them."""
    xero.identity.clients.register(CLIENT_ID, CLIENT_SECRET, name="Demo app", any_loopback=True, allow_broad=True)


def add_accountant(xero: Xero) -> User:
    return xero.identity.users.add(xero.new_id(), EMAIL, PASSWORD, "Aroha", "Ngata", adviser=False)


def add_organisation(xero: Xero, name: str = "Kauri Motors", country: str = "NZ") -> Organisation:
    return xero.add_organisation(demo_organisation(xero.clock, country=country, name=name, random=xero.random))
