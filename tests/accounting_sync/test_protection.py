"""What Xero holds cannot be deleted here, by whatever road; what it never heard of can."""

import pytest
from django.db import transaction

from accounting_sync import queue
from accounting_sync.documents import DOCUMENTS
from accounting_sync.drain import drain
from accounting_sync.models import SyncRecord
from accounting_sync.protection import INSTEAD, HeldByXero
from accounting_sync.sandbox.faults import Fault
from tests.factories import CustomerFactory, an_invoice
from workshop.models import Customer, Invoice, Party

pytestmark = pytest.mark.django_db


@pytest.fixture
def in_xero(connection):
    invoice = an_invoice()
    drain(connection)
    return invoice


def test_every_kind_says_what_to_do_instead():
    assert set(INSTEAD) == set(DOCUMENTS)


def test_a_document_that_xero_holds_is_not_deleted(in_xero):
    said = f"{in_xero} is in Xero, so it cannot be deleted. Void it, or credit it and issue a new one."
    with pytest.raises(HeldByXero, match=said), transaction.atomic():
        in_xero.delete()
    assert Invoice.objects.filter(pk=in_xero.pk).exists()


def test_nor_are_many_at_once_and_those_beside_them_stay_too(in_xero):
    Invoice.objects.exclude(pk=in_xero.pk).delete()
    with pytest.raises(HeldByXero), transaction.atomic():
        Invoice.objects.all().delete()
    assert Invoice.objects.count() == 1


@pytest.mark.parametrize("model", [Customer, Party])
def test_a_customer_under_either_name_is_not_deleted(connection, model):
    customer = CustomerFactory()
    queue.link_imported(connection, 0, customer.pk, {"kind": "contact", "remote_id": "c-1"}, "Jo Kea")

    with pytest.raises(HeldByXero, match="Archive it"), transaction.atomic():
        model.objects.get(pk=customer.pk).delete()
    assert Party.objects.filter(pk=customer.pk).exists()


def test_what_may_be_in_xero_is_not_deleted_either(connection, xero):
    xero.faults.add(Fault("timeout", method="PUT", path="Invoices"))
    invoice = an_invoice()
    drain(connection)
    assert SyncRecord.objects.get(kind="invoice").state == "unknown"

    with pytest.raises(HeldByXero), transaction.atomic():
        invoice.delete()


def test_what_xero_never_heard_of_may_go(connection):
    customer = CustomerFactory()
    customer.delete()
    drain(connection)
    assert SyncRecord.objects.get(kind="contact").code == "deleted_here"
