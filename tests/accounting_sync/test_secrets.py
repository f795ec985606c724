"""No token, code or secret reaches a row, a log line, a page or an answer of the API."""

import logging

import pytest
from django.apps import apps
from django.core import serializers

from accounting_sync.drain import drain
from accounting_sync.models import Connection
from accounting_sync.pull import pull
from accounting_sync.sandbox.faults import Fault
from tests.accounting_sync.pages.test_connecting import CALLBACK, begin, consent
from tests.factories import an_invoice
from workshop import sales

pytestmark = pytest.mark.django_db
PAGES = [
    "/accounting/", "/accounting/mappings/", "/accounting/panel/invoice/1/",
    "/admin/accounting_sync/attempt/", "/admin/accounting_sync/exportqueue/",
    "/api/v1/accounting/connection/", "/api/v1/accounting/attempts/", "/api/v1/accounting/records/",
    "/api/v1/accounting/queue/",
]  # fmt: skip


@pytest.fixture
def a_bad_day(accountant, xero, caplog):
    """Connect, then meet everything that makes tokens move: a revoked one, a page, a refusal, a lost answer."""
    caplog.set_level(logging.DEBUG)
    given = consent(xero, begin(accountant))
    accountant.get(CALLBACK, given)
    secrets = {given["code"], given["state"], "its-secret", "webhook-key", *tokens()}
    connection = Connection.objects.get()
    for fault in ("expired", "html", "error", "lost", "minute"):
        xero.faults.add(Fault(fault, "PUT"))
        invoice = an_invoice()
        drain(connection)
        Connection.objects.update(parked_until=None)
        connection.refresh_from_db()
    sales.void_invoice(invoice, reason="Wrong car")
    pull(connection, only_due=False)
    return secrets | tokens()


def tokens():
    connection = Connection.objects.get()
    return {connection.access_token, connection.refresh_token}


def test_nothing_secret_is_written_down(a_bad_day, accountant, caplog):
    ours = [model for model in apps.get_app_config("accounting_sync").get_models() if not model._meta.proxy]
    rows = [row for model in ours if model is not Connection for row in model.objects.all()]
    connection = serializers.serialize("json", Connection.objects.defer("access_token", "refresh_token"), fields=[
        field.name for field in Connection._meta.fields if field.name not in {"access_token", "refresh_token"}
    ])  # fmt: skip
    written = serializers.serialize("json", rows) + connection + caplog.text

    assert len(a_bad_day) == 8
    assert [secret for secret in a_bad_day if secret in written] == []


@pytest.mark.parametrize("page", PAGES)
def test_nothing_secret_is_shown(a_bad_day, accountant, page):
    answer = accountant.get(page)

    assert answer.status_code == 200
    assert [secret for secret in a_bad_day if secret in answer.content.decode()] == []
