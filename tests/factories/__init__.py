"""The cast: a garage, its people and cars, as factory-boy factories. Verbs do the rest."""

from decimal import Decimal

import factory
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import transaction

from workshop import jobs, sales
from workshop.models import (
    Customer,
    NumberSequence,
    Organisation,
    Part,
    Party,
    PaymentMethod,
    Source,
    StockMovement,
    Supplier,
    TaxRate,
    Vehicle,
)
from workshop.stock.entry import Places, StockEntry


class OrganisationFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Organisation
        django_get_or_create = ["id"]

    id = 1
    name = "Kauri Motors"


class TaxRateFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = TaxRate
        django_get_or_create = ["name"]

    name = "GST 15%"
    percent = Decimal("15")
    is_default = True


class PaymentMethodFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = PaymentMethod
        django_get_or_create = ["name"]

    name = "EFTPOS"


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = get_user_model()
        django_get_or_create = ["username"]

    username = factory.Sequence(lambda n: f"user{n}")
    is_staff = True

    @classmethod
    def with_role(cls, role: str, **fields):
        user = cls(username=fields.pop("username", role.lower()), **fields)
        user.groups.add(Group.objects.get(name=role))
        return user


class CustomerFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Customer

    first_name = "Jo"
    last_name = factory.Sequence(lambda n: f"Kea{n}")


class CompanyFactory(CustomerFactory):
    kind = Party.Kind.COMPANY
    company_name = factory.Sequence(lambda n: f"Kea {n} Ltd")


class SupplierFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Supplier

    kind = Party.Kind.COMPANY
    company_name = factory.Sequence(lambda n: f"Parts House {n} Ltd")


class VehicleFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Vehicle

    rego = factory.Sequence(lambda n: f"TST{n}")
    jurisdiction = "NZ"
    make = "Toyota"
    model = "Aqua"


class PartFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Part

    code = factory.Sequence(lambda n: f"SKU-{n}")
    description = "Oil filter"
    sell_price = Decimal("24.50")


def stocked(code, quantity=0, value=0, **fields):
    """A part kept in stock, with what the garage opened with."""
    part = PartFactory(code=code, description=fields.pop("description", code), stocked=True, **fields)
    if quantity:
        with transaction.atomic():
            entry = StockEntry(Source.ADJUSTMENT, 0, Organisation.current().today(), [part.pk])
            entry.take_in(StockMovement.Kind.OPENING, part, Decimal(quantity), Decimal(value), Places.load().of(part))
            entry.save()
    return part


def a_garage(country="NZ"):
    """The garage of the acceptance stories: its tax rates, payment methods and numbers."""
    rates = {
        "NZ": [("GST 15%", "15"), ("No GST", "0")],
        "AU": [("GST 10%", "10"), ("GST free", "0")],
        "GB": [("VAT 20%", "20"), ("Outside the scope of VAT", "0")],
    }[country]
    zone = {"NZ": "Pacific/Auckland", "AU": "Australia/Sydney", "GB": "Europe/London"}[country]
    currency = {"NZ": "NZD", "AU": "AUD", "GB": "GBP"}[country]
    garage = OrganisationFactory(country=country, time_zone=zone, currency=currency)
    TaxRateFactory(name=rates[0][0], percent=Decimal(rates[0][1]), is_default=True)
    TaxRateFactory(name=rates[1][0], percent=Decimal(0), is_default=False, discountable=country != "GB")
    for name in ("EFTPOS", "Cash", "Bank transfer"):
        PaymentMethodFactory(name=name)
    NumberSequence.objects.update_or_create(series="invoice", defaults={"prefix": "INV ", "next_number": 1008})
    NumberSequence.objects.update_or_create(
        series="credit_note", defaults={"prefix": "CN ", "next_number": 7, "digits": 4}
    )
    return garage


def purchase_tax(percent="15"):
    """The rate the garage pays on what it buys, where a test buys anything."""
    return TaxRateFactory(name="GST on purchases", percent=Decimal(percent), use=TaxRate.Use.PURCHASES)


def a_completed_job(lines=None, customer=None, vehicle=None, **fields):
    """Booked, arrived, started, completed; one hour and a half of labour unless lines are given."""
    job = jobs.book(customer=customer or CustomerFactory(), vehicle=vehicle or VehicleFactory(), **fields)
    for line in lines if lines is not None else [{"description": "Labour", "quantity": Decimal("1.5")}]:
        jobs.add_line(job, **line)
    for step in (jobs.arrive, jobs.start, jobs.complete):
        job = step(job)
    return job


def an_invoice(lines=None, date=None, **fields):
    return sales.issue_invoice(a_completed_job(lines, **fields), date=date)
