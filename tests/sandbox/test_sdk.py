"""The official Python SDK as an independent client: what Xero's own code sends is taken, what it reads is right."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from xero_python import accounting
from xero_python.accounting import AccountingApi
from xero_python.api_client import ApiClient
from xero_python.api_client.configuration import Configuration
from xero_python.api_client.oauth2 import OAuth2Token, TokenApi
from xero_python.exceptions import AccountingBadRequestException, HTTPStatusException
from xero_python.identity import IdentityApi

#: The samples of the SDK still ask for the broad scopes; the demo client may.
SCOPES = (
    "openid profile email offline_access accounting.transactions accounting.contacts accounting.settings "
    "accounting.reports.read"
)
DAY = date(2026, 11, 20)


@pytest.fixture(scope="module")
def wallet(sandbox):
    """The token as the SDK keeps it, after a person's consent in the browser."""
    for organisation in ("Wattle Autos", "Oak Garage Ltd"):
        sandbox.tokens(organisation, scope=SCOPES)
    return sandbox.tokens(scope=SCOPES)


@pytest.fixture
def client(wallet, sandbox, monkeypatch):
    monkeypatch.setattr(TokenApi, "refresh_token_url", f"{sandbox.url}/connect/token")
    monkeypatch.setattr(TokenApi, "revoke_token_url", f"{sandbox.url}/connect/revocation")
    client = ApiClient(Configuration(oauth2_token=OAuth2Token("demo", "secret")), pool_threads=1)
    client.oauth2_token_getter(lambda: wallet)
    client.oauth2_token_saver(lambda token: (wallet.clear(), wallet.update(token)))
    yield client
    client.rest_client.pool_manager.clear()


@pytest.fixture
def tenants(client, sandbox):
    connections = IdentityApi(client, base_url=sandbox.url).get_connections()
    return {each.tenant_name: each.tenant_id for each in connections}


@pytest.fixture
def tenant(tenants):
    return tenants["Kauri Motors"]


@pytest.fixture
def xero(client, sandbox):
    return AccountingApi(client, base_url=f"{sandbox.url}/api.xro/2.0")


@pytest.fixture
def contact(xero, tenant, request):
    name = f"{request.node.name} & Sons"
    body = accounting.Contacts(contacts=[accounting.Contact(name=name, email_address="sons@example.nz")])
    return xero.create_contacts(tenant, body).contacts[0]


@pytest.fixture
def invoice(xero, tenant, contact):
    """A sales invoice of 115.00 with 15.00 GST, approved."""
    line = accounting.LineItem(description="Service", quantity=Decimal(2), unit_amount=Decimal(50), account_code="200")
    body = accounting.Invoice(
        type="ACCREC",
        contact=accounting.Contact(contact_id=contact.contact_id),
        line_items=[line],
        date=DAY,
        due_date=DAY + timedelta(days=20),
        reference="ABC123",
        status="AUTHORISED",
    )
    return xero.create_invoices(tenant, accounting.Invoices(invoices=[body])).invoices[0]


def bank(xero, tenant):
    found = xero.get_accounts(tenant, where='Type=="BANK"').accounts
    return accounting.Account(account_id=found[0].account_id)


def test_the_organisation_is_read(xero, tenant):
    (organisation,) = xero.get_organisations(tenant).organisations
    assert (organisation.name, organisation.base_currency.value) == ("Kauri Motors", "NZD")


@pytest.mark.parametrize(
    ("name", "income", "rate"),
    [("Kauri Motors", "OUTPUT2", 15), ("Wattle Autos", "OUTPUT", 10), ("Oak Garage Ltd", "OUTPUT2", 20)],
)
def test_each_countrys_chart_and_tax_rates_are_read(xero, tenants, name, income, rate):
    accounts = {each.code: each for each in xero.get_accounts(tenants[name]).accounts}
    rates = {each.tax_type: each for each in xero.get_tax_rates(tenants[name]).tax_rates}
    assert (accounts["200"].tax_type, rates[income].effective_rate) == (income, Decimal(rate))
    assert rates[income].can_apply_to_revenue is True


def test_a_contact_is_created_found_and_changed(xero, tenant, contact):
    read = xero.get_contact(tenant, contact.contact_id).contacts[0]
    assert (read.name, read.email_address, read.contact_status) == (contact.name, "sons@example.nz", "ACTIVE")
    change = accounting.Contacts(contacts=[accounting.Contact(first_name="Mere")])
    assert xero.update_contact(tenant, contact.contact_id, change).contacts[0].first_name == "Mere"


def test_a_second_contact_of_the_same_name_is_a_bad_request(xero, tenant, contact):
    with pytest.raises(AccountingBadRequestException) as refused:
        xero.create_contacts(tenant, accounting.Contacts(contacts=[accounting.Contact(name=contact.name)]))
    assert refused.value.reason == (
        f"The contact name {contact.name} is already assigned to another contact. "
        "The contact name must be unique across all active contacts."
    )


def test_an_invoice_is_computed_and_read_back(xero, tenant, invoice):
    read = xero.get_invoice(tenant, invoice.invoice_id).invoices[0]
    assert (read.sub_total, read.total_tax, read.total) == (Decimal("100"), Decimal("15"), Decimal("115"))
    assert (read.status, read.reference, read.date) == ("AUTHORISED", "ABC123", DAY)
    assert read.line_items[0].tax_type == "OUTPUT2"


def test_invoices_are_listed_by_page_and_filter(xero, tenant, invoice):
    found = xero.get_invoices(tenant, invoice_numbers=[invoice.invoice_number], page=1, page_size=10)
    assert [each.invoice_id for each in found.invoices] == [invoice.invoice_id]
    assert found.pagination.item_count == 1
    where = f'InvoiceNumber=="{invoice.invoice_number}"'
    assert [each.invoice_id for each in xero.get_invoices(tenant, where=where).invoices] == [invoice.invoice_id]


def test_a_batch_with_a_bad_invoice_saves_the_good_ones(xero, tenant, contact):
    def draft(kind):
        return accounting.Invoice(
            type=kind,
            contact=accounting.Contact(contact_id=contact.contact_id),
            line_items=[accounting.LineItem(description="x", unit_amount=Decimal(1), quantity=Decimal(1))],
        )

    good, bad = draft("ACCREC"), draft("ACCREC")
    bad.status = "AUTHORISED"
    bad.line_items[0].account_code = "999"
    answer = xero.create_invoices(tenant, accounting.Invoices(invoices=[good, bad]), summarize_errors=False)
    assert [each.status_attribute_string for each in answer.invoices] == ["OK", "ERROR"]
    assert "Account code '999' is not a valid code for this document." in [
        each.message for each in answer.invoices[1].validation_errors
    ]


def test_a_payment_pays_an_invoice_and_its_deletion_opens_it_again(xero, tenant, invoice):
    payment = accounting.Payment(
        invoice=accounting.Invoice(invoice_id=invoice.invoice_id),
        account=bank(xero, tenant),
        amount=invoice.total,
        date=DAY,
        reference="EFTPOS",
    )
    (made,) = xero.create_payments(tenant, accounting.Payments(payments=[payment])).payments
    paid = xero.get_invoice(tenant, invoice.invoice_id).invoices[0]
    assert (paid.status, paid.amount_due, paid.fully_paid_on_date) == ("PAID", Decimal(0), DAY)
    xero.delete_payment(tenant, made.payment_id, accounting.PaymentDelete(status="DELETED"))
    again = xero.get_invoice(tenant, invoice.invoice_id).invoices[0]
    assert (again.status, again.amount_due) == ("AUTHORISED", invoice.total)


def test_a_credit_note_is_allocated_in_a_second_call(xero, tenant, contact, invoice):
    note = accounting.CreditNote(
        type="ACCRECCREDIT",
        contact=accounting.Contact(contact_id=contact.contact_id),
        date=DAY,
        status="AUTHORISED",
        line_items=[
            accounting.LineItem(
                description="Returned", quantity=Decimal(1), unit_amount=Decimal(20), account_code="200"
            )
        ],
    )
    (made,) = xero.create_credit_notes(tenant, accounting.CreditNotes(credit_notes=[note])).credit_notes
    allocation = accounting.Allocation(
        amount=made.total, invoice=accounting.Invoice(invoice_id=invoice.invoice_id), date=DAY
    )
    xero.create_credit_note_allocation(tenant, made.credit_note_id, accounting.Allocations(allocations=[allocation]))
    assert xero.get_credit_note(tenant, made.credit_note_id).credit_notes[0].status == "PAID"
    assert xero.get_invoice(tenant, invoice.invoice_id).invoices[0].amount_due == Decimal("92")


def test_a_manual_journal_is_posted_and_voided(xero, tenant):
    lines = [
        accounting.ManualJournalLine(line_amount=amount, account_code=code)
        for amount, code in ((Decimal(30), "310"), (Decimal(-30), "429"))
    ]
    journal = accounting.ManualJournal(narration="COGS 1", date=DAY, journal_lines=lines, status="POSTED")
    (made,) = xero.create_manual_journals(tenant, accounting.ManualJournals(manual_journals=[journal])).manual_journals
    read = xero.get_manual_journal(tenant, made.manual_journal_id).manual_journals[0]
    assert (read.narration, [each.line_amount for each in read.journal_lines]) == ("COGS 1", [30, -30])
    void = accounting.ManualJournals(manual_journals=[accounting.ManualJournal(narration="COGS 1", status="VOIDED")])
    (voided,) = xero.update_manual_journal(tenant, made.manual_journal_id, void).manual_journals
    assert voided.status == "VOIDED"


def test_a_purchase_order_is_made_read_by_its_number_billed_and_another_deleted(xero, tenant, contact):
    def order(**fields):
        return accounting.PurchaseOrders(purchase_orders=[accounting.PurchaseOrder(**fields)])

    line = accounting.LineItem(
        description="Filters", quantity=Decimal(10), unit_amount=Decimal("12.905"), account_code="310"
    )
    head = {
        "contact": accounting.Contact(contact_id=contact.contact_id),
        "line_items": [line],
        "date": DAY,
        "status": "AUTHORISED",
    }
    made = xero.create_purchase_orders(
        tenant, order(purchase_order_number="SDK 1", delivery_instructions="Back door", **head)
    ).purchase_orders[0]

    read = xero.get_purchase_order_by_number(tenant, "SDK 1").purchase_orders[0]
    assert (read.purchase_order_id, read.delivery_instructions) == (made.purchase_order_id, "Back door")
    assert (read.line_items[0].unit_amount, read.sub_total, read.total_tax) == (
        Decimal("12.905"),
        Decimal("129.05"),
        Decimal("19.36"),
    )

    billed = xero.update_purchase_order(tenant, made.purchase_order_id, order(status="BILLED")).purchase_orders[0]
    other = xero.create_purchase_orders(tenant, order(purchase_order_number="SDK 2", **head)).purchase_orders[0]
    deleted = xero.update_purchase_order(tenant, other.purchase_order_id, order(status="DELETED")).purchase_orders[0]
    assert (billed.status, deleted.status) == ("BILLED", "DELETED")


def test_a_deposit_is_a_prepayment_and_settles_an_invoice(xero, tenant, contact, invoice):
    deposit = accounting.BankTransaction(
        type="RECEIVE-PREPAYMENT",
        contact=accounting.Contact(contact_id=contact.contact_id),
        bank_account=bank(xero, tenant),
        date=DAY,
        line_amount_types=accounting.LineAmountTypes.INCLUSIVE,
        line_items=[
            accounting.LineItem(
                description="Deposit", quantity=Decimal(1), unit_amount=Decimal("57.50"), account_code="200"
            )
        ],
    )
    (made,) = xero.create_bank_transactions(
        tenant, accounting.BankTransactions(bank_transactions=[deposit])
    ).bank_transactions
    allocation = accounting.Allocation(
        amount=Decimal("57.50"), invoice=accounting.Invoice(invoice_id=invoice.invoice_id), date=DAY
    )
    xero.create_prepayment_allocations(tenant, made.prepayment_id, accounting.Allocations(allocations=[allocation]))
    assert xero.get_invoice(tenant, invoice.invoice_id).invoices[0].amount_due == Decimal("57.50")


def test_the_trial_balance_balances(xero, tenant, invoice):
    (report,) = xero.get_report_trial_balance(tenant, date=DAY).reports
    summary = report.rows[-1]
    total = next(row for row in reversed(summary.rows or [summary]) if row.cells)
    debit, credit = (total.cells[column].value for column in (3, 4))
    assert debit == credit != ""


def test_an_unknown_invoice_is_not_found(xero, tenant):
    with pytest.raises(HTTPStatusException) as missing:
        xero.get_invoice(tenant, "00000000-0000-0000-0000-000000000001")
    assert missing.value.status == 404


def test_the_sdk_refreshes_its_own_token(client, xero, tenant, wallet):
    before = dict(wallet)
    wallet["expires_at"] = 0
    assert xero.get_organisations(tenant).organisations[0].name == "Kauri Motors"
    assert (wallet["access_token"] != before["access_token"], wallet["refresh_token"] != before["refresh_token"]) == (
        True,
        True,
    )
