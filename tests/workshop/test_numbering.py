"""Numbers of documents: in order, once each, none missing."""

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction

from tests.factories import an_invoice
from workshop.models import Invoice, NumberSequence

pytestmark = pytest.mark.usefixtures("garage")


def series(name="invoice"):
    return NumberSequence.objects.get(series=name)


def test_each_series_has_its_prefix_and_digits():
    taken = [NumberSequence.take(name) for name in ("job", "quote", "invoice", "credit_note", "payment")]

    assert taken == ["1", "Q 1", "INV 1008", "CN 0007", "PAY 1"]
    assert str(series()) == "Invoices: INV 1009"


def test_a_transaction_that_fails_leaves_no_gap():
    def take_and_fail():
        with transaction.atomic():
            raise RuntimeError(NumberSequence.take("invoice"))

    with pytest.raises(RuntimeError, match="INV 1008"):
        take_and_fail()

    assert NumberSequence.take("invoice") == "INV 1008"


def test_a_number_in_use_is_passed_over():
    invoice = an_invoice()
    NumberSequence.objects.filter(series="invoice").update(next_number=1008)

    assert (invoice.number, NumberSequence.take("invoice"), series().next_number) == ("INV 1008", "INV 1009", 1010)


def test_a_series_counts_up_only_unless_its_prefix_changes():
    invoices = series()
    invoices.next_number = 1007
    with pytest.raises(ValidationError) as refusal:
        invoices.full_clean()
    assert list(refusal.value.message_dict) == ["next_number"]

    invoices.prefix = "2027-"
    invoices.full_clean()
    invoices.save()

    assert NumberSequence.take("invoice") == "2027-1007"


@pytest.mark.parametrize(("field", "value"), [("digits", 0), ("digits", 11), ("next_number", 0), ("prefix", "№ ")])
def test_a_series_that_makes_no_sense_is_refused_at_the_field(field, value):
    invoices = series()
    setattr(invoices, field, value)

    with pytest.raises(ValidationError) as refusal:
        invoices.full_clean()
    assert list(refusal.value.message_dict) == [field]


def test_invoices_follow_each_other():
    for _ in range(3):
        an_invoice()

    assert list(Invoice.objects.order_by("id").values_list("number", flat=True)) == ["INV 1008", "INV 1009", "INV 1010"]
