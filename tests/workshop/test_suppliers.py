"""Suppliers: the other role a party can have."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from tests.factories import CustomerFactory, SupplierFactory, purchase_tax
from workshop import people
from workshop.errors import InvalidInput
from workshop.models import Customer, Supplier, TaxRate

pytestmark = pytest.mark.usefixtures("garage")


def test_a_supplier_is_a_company_with_an_account_and_an_address_for_orders():
    supplier = people.add_supplier(
        company_name="Repco Ltd",
        account_number="K-118",
        order_email="orders@repco.example",
        freight_rule="expense",
        purchase_tax_rate=purchase_tax(),
        phones=[{"number": "09 555 0101"}],
    )

    again = Supplier.objects.get(pk=supplier.pk)
    assert (again.name, again.account_number, again.is_customer) == ("Repco Ltd", "K-118", False)
    assert [phone.number for phone in again.phones.all()] == ["09 555 0101"]


def test_a_supplier_without_a_name_is_refused_at_the_field():
    with pytest.raises(InvalidInput) as refusal:
        people.add_supplier(account_number="K-118")
    assert (refusal.value.field, str(refusal.value)) == ("company_name", "Give the supplier a name.")


@pytest.mark.parametrize("field", ["email", "order_email"])
def test_orders_are_not_sent_to_what_is_no_address(field):
    with pytest.raises(ValidationError) as refusal:
        people.add_supplier(company_name="Repco Ltd", **{field: "orders at repco"})
    assert list(refusal.value.message_dict) == [field]


def test_a_tax_on_sales_is_not_paid_to_suppliers():
    with pytest.raises(InvalidInput) as refusal:
        people.edit_supplier(SupplierFactory(), purchase_tax_rate=TaxRate.objects.get(name="GST 15%"))
    assert refusal.value.field == "purchase_tax_rate"


def test_a_customer_one_buys_from_is_one_party_in_both_roles():
    customer = CustomerFactory()

    supplier = people.make_supplier(customer)

    assert (supplier.pk, Customer.objects.get(pk=customer.pk).is_supplier) == (customer.pk, True)
    assert people.edit_supplier(supplier, account_number="K-1").is_customer is True


def test_an_archived_supplier_can_come_back():
    supplier = people.archive_supplier(SupplierFactory())
    assert supplier.archived_at
    assert people.restore_supplier(supplier).archived_at is None
    assert supplier.discount_percent == Decimal(0)
