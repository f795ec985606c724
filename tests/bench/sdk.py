"""The same work by the official Python SDK, one record per call."""

import time
from datetime import date
from decimal import Decimal

from xero_python import accounting
from xero_python.accounting import AccountingApi
from xero_python.api_client import ApiClient
from xero_python.api_client.configuration import Configuration
from xero_python.api_client.oauth2 import OAuth2Token

from accounting_sync.xero import oauth
from tests.bench.world import connected


def one_by_one(sandbox, records):
    connection = connected(sandbox)
    api, tenant = AccountingApi(_client(connection), base_url=f"{sandbox.url}/api.xro/2.0"), connection.tenant_id
    bank = accounting.Account(account_id=connection.accounts.get(code="606").account_id)
    cpu, wall = time.process_time(), time.perf_counter()
    for n in range(records):
        contact = _contact(api, tenant, n)
        _payment(api, tenant, _invoice(api, tenant, contact, n), bank)
    return {"calls": 3 * records, "cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}


def _client(connection):
    wallet = {
        "access_token": oauth.access_token(connection), "token_type": "Bearer", "expires_in": 1800,
        "expires_at": time.time() + 1700, "scope": oauth.SCOPES, "refresh_token": "not used", "id_token": "",
    }  # fmt: skip
    client = ApiClient(Configuration(oauth2_token=OAuth2Token("demo", "secret")), pool_threads=1)
    client.oauth2_token_getter(lambda: wallet)
    client.oauth2_token_saver(lambda token: None)
    return client


def _contact(api, tenant, n):
    body = accounting.Contacts(contacts=[accounting.Contact(name=f"One by one {n}")])
    return api.create_contacts(tenant, body).contacts[0]


def _invoice(api, tenant, contact, n):
    lines = [
        _line("Labour", Decimal("1.5"), Decimal("120.00"), "200"),
        _line("Oil filter", Decimal(1), Decimal("24.50"), "201"),
    ]
    invoice = accounting.Invoice(
        type="ACCREC", status="AUTHORISED", contact=accounting.Contact(contact_id=contact.contact_id),
        invoice_number=f"SDK {n}", date=date.today(), due_date=date.today(), line_items=lines,
    )  # fmt: skip
    return api.create_invoices(tenant, accounting.Invoices(invoices=[invoice])).invoices[0]


def _line(description, quantity, price, account):
    return accounting.LineItem(
        description=description, quantity=quantity, unit_amount=price, account_code=account, tax_type="OUTPUT2"
    )


def _payment(api, tenant, invoice, bank):
    payment = accounting.Payment(
        invoice=accounting.Invoice(invoice_id=invoice.invoice_id), account=bank, date=date.today(), amount=invoice.total
    )
    api.create_payment(tenant, payment)
