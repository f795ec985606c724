from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from tests.factories import CustomerFactory, UserFactory, an_invoice
from tests.workshop.admin.office import address, save, told
from workshop.models import Organisation, PaymentMethod, TaxRate
from workshop.opening import open_garage

pytestmark = pytest.mark.django_db
BRITISH = {"country": "GB", "currency": "GBP", "time_zone": "Europe/London"}


def rates(use=TaxRate.Use.SALES):
    return list(
        TaxRate.objects.filter(use=use)
        .order_by("-percent")
        .values_list("name", "percent", "is_default", "discountable")
    )


@pytest.mark.parametrize(
    ("place", "taxed", "untaxed"),
    [
        ({"country": "NZ"}, ("GST 15%", Decimal(15), True, True), ("No GST", Decimal(0), False, True)),
        ({"country": "AU", "currency": "AUD"}, ("GST 10%", Decimal(10), True, True), ("GST free", 0, False, True)),
        (BRITISH, ("VAT 20%", Decimal(20), True, True), ("Outside the scope of VAT", 0, False, False)),
    ],
)
def test_a_garage_opens_with_what_is_usual_in_its_country(place, taxed, untaxed):
    open_garage(Organisation(name="Test Garage", **place))

    assert rates() == [taxed, untaxed]
    assert [row[1:3] for row in rates(TaxRate.Use.PURCHASES)] == [(taxed[1], True)]
    assert PaymentMethod.objects.first().name in {"EFTPOS", "Card"}


def test_what_somebody_made_before_stays_as_it_is():
    TaxRate.objects.create(name="Our own", percent=Decimal("12.5"), is_default=True)
    PaymentMethod.objects.create(name="Cash", position=9)

    open_garage(Organisation(name="Test Garage"))

    assert [name for name, _, default, _ in rates() if default] == ["Our own"]
    assert PaymentMethod.objects.get(name="Cash").position == 9


def test_a_garage_without_a_name_is_refused_and_leaves_nothing():
    with pytest.raises(ValidationError):
        open_garage(Organisation(name=""))
    assert not TaxRate.objects.exists()


def test_an_owner_opens_the_garage_in_the_office_and_can_invoice_at_once():
    owner = Client()
    owner.force_login(UserFactory(is_staff=True, is_superuser=True))

    answer = save(owner, address("organisation", action="add"), name="Test Garage")

    assert told(answer)[0] == "The tax rates and ways of paying usual in its country are made: look them over."
    assert Organisation.current().name == "Test Garage"
    assert an_invoice(customer=CustomerFactory()).number == "INV 1"
