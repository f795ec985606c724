"""What is guessed when the books are read for the first time, in each country, and what is never touched."""

from decimal import Decimal

import pytest

from accounting_sync import setup
from accounting_sync.choices import choices
from accounting_sync.drain import drain
from accounting_sync.models import Connection, Mapping, SyncRecord, XeroAccount, XeroTaxRate
from accounting_sync.xero import transport
from tests.accounting_sync.standing import text
from tests.factories import PartFactory, TaxRateFactory, UserFactory, a_garage, an_invoice, purchase_tax
from tests.xero import SandboxAdapter, a_xero, connect
from workshop.models import PaymentMethod, TaxRate

pytestmark = pytest.mark.django_db

GARAGE_CHART = {
    "Labour sales": "200 Labour Sales",
    "Parts sales": "201 Parts Sales",
    "Outwork sales": "202 Outwork Sales",
    "Freight charged": "203 Freight Recovered",
    "Discounts given": "205 Discounts Given",
    "Customer deposits": "815 Customer Deposits",
    "Paid by EFTPOS": "607 EFTPOS Clearing",
    "Paid by Cash": "608 Cash Clearing",
    "Paid by Bank transfer": "090 Business Bank Account",
}
TAXES = {
    "NZ": {
        "GST 15%": "15% GST on Income (15%)",
        "No GST": "No GST (0%)",
        "Tax on deposits (GST 15%)": "15% GST on Income (15%)",
    },
    "AU": {
        "GST 10%": "GST on Income (10%)",
        "GST free": "GST Free Income (0%)",
        "Tax on deposits (GST 10%)": "GST on Income (10%)",
    },
    "GB": {
        "VAT 20%": "20% (VAT on Income) (20%)",
        "Outside the scope of VAT": "No VAT (0%)",
        "Tax on deposits (VAT 20%)": "20% (VAT on Income) (20%)",
    },
}

TAXES_AT = {"NZ": "15", "AU": "10", "GB": "20"}
STOCK_CHART = {
    "Stock on Hand": "631 Stock on Hand",
    "Work in Progress": "635 Work in Progress",
    "Cost of Goods Sold": "310 Cost of Goods Sold",
    "Stock Adjustment": "311 Stock Adjustment",
    "Purchase Price Variance": "312 Purchase Price Variance",
    "Rounding": "860 Rounding",
}
BOUGHT = {
    "NZ": "15% GST on Expenses (15%)",
    "AU": "GST on Expenses (10%)",
    "GB": "20% (VAT on Expenses) (20%)",
}


NO_SITE = {"Lines are marked with": ""}  # which site it is nobody can guess


def chosen(connection):
    """The mapping page as a person reads it."""
    rows = choices(connection)
    return {row.label: dict(row.options).get(row.value, "") for row in rows}


@pytest.mark.parametrize("country", ["NZ", "AU", "GB"])
def test_a_garages_own_chart_is_matched_whole(monkeypatch, country):
    a_garage(country)
    purchase_tax(Decimal(TAXES_AT[country]))
    xero = a_xero(country)
    monkeypatch.setattr(transport, "adapter", lambda: SandboxAdapter(xero))

    connection = connect(xero)

    bought = {"GST on purchases": BOUGHT[country]}
    assert chosen(connection) == GARAGE_CHART | STOCK_CHART | TAXES[country] | bought | NO_SITE
    assert setup.missing(connection) == []


# Xero's own default chart and rates, as a new organisation has them.
ACCOUNTS = [
    ("090", "Business Bank Account", "BANK"),
    ("091", "Business Savings Account", "BANK"),
    ("200", "Sales", "REVENUE"),
    ("260", "Other Revenue", "REVENUE"),
    ("270", "Interest Income", "REVENUE"),
    ("400", "Advertising", "EXPENSE"),
    ("610", "Accounts Receivable", "CURRENT"),
]
RATES = {
    "NZ": [("OUTPUT2", "15"), ("ZERORATED", "0"), ("NONE", "0"), ("OUTPUT", "12.5")],
    "AU": [("OUTPUT", "10"), ("BASEXCLUDED", "0"), ("EXEMPTEXPORT", "0"), ("EXEMPTOUTPUT", "0"), ("INPUTTAXED", "0")],
    "GB": [("OUTPUT2", "20"), ("RROUTPUT", "5"), ("ZERORATEDOUTPUT", "0"), ("EXEMPTOUTPUT", "0"), ("NONE", "0")],
}


def books(country, rates=()):
    """An organisation with the default chart, and a garage with just these rates."""
    a_garage(country)
    connection = Connection.objects.create(tenant_id="t-1", name="Kauri Motors", country=country)
    for code, name, kind in ACCOUNTS:
        XeroAccount.objects.create(
            connection=connection,
            account_id=f"id-{code}",
            code=code,
            name=name,
            type=kind,
            takes_payments=kind == "BANK",
        )
    for tax_type, percent in RATES[country]:
        XeroTaxRate.objects.create(connection=connection, tax_type=tax_type, name=tax_type, percent=Decimal(percent))
    XeroTaxRate.objects.create(connection=connection, tax_type="INPUT2", name="In", percent=15, for_revenue=False)
    for name, percent in rates:
        TaxRateFactory(name=name, percent=Decimal(percent), is_default=False)
    return connection


@pytest.mark.parametrize(
    ("country", "name", "percent", "tax_type"),
    [
        ("NZ", "GST 15%", "15", "OUTPUT2"),
        ("NZ", "No GST", "0", "NONE"),
        ("NZ", "Zero rated", "0", "ZERORATED"),
        ("NZ", "Old GST", "12.5", "OUTPUT"),
        ("AU", "GST 10%", "10", "OUTPUT"),
        ("AU", "GST free", "0", "EXEMPTOUTPUT"),
        ("AU", "Exports", "0", "EXEMPTEXPORT"),
        ("AU", "Input taxed", "0", "INPUTTAXED"),
        ("AU", "Not on the BAS", "0", "BASEXCLUDED"),
        ("GB", "VAT 20%", "20", "OUTPUT2"),
        ("GB", "VAT 5%", "5", "RROUTPUT"),
        ("GB", "Zero rated", "0", "ZERORATEDOUTPUT"),
        ("GB", "Exempt", "0", "EXEMPTOUTPUT"),
        ("GB", "Outside the scope of VAT", "0", "NONE"),
        ("GB", "Insurance premium tax", "12", None),
    ],
)
def test_a_tax_rate_is_matched_by_its_percent_and_at_nil_by_its_name(country, name, percent, tax_type):
    connection = books(country, [(name, percent)])

    setup.propose_mappings(connection)

    key = str(TaxRate.objects.get(name=name).pk)
    assert Mapping.objects.filter(subject="tax", key=key).values_list("value", flat=True).first() == tax_type


@pytest.mark.parametrize("country", ["NZ", "AU", "GB"])
def test_on_xeros_default_chart_everything_sold_is_sales_and_money_goes_to_the_bank(country):
    connection = books(country)

    assert setup.propose_mappings(connection) == 11

    found = chosen(connection)
    assert found["Customer deposits"] == ""  # Xero's default chart has no account for them
    sold = [label for label in GARAGE_CHART if "Paid by" not in label and label != "Customer deposits"]
    assert {found[label] for label in sold} == {"200 Sales"}
    assert {found[label] for label in GARAGE_CHART if "Paid by" in label} == {"090 Business Bank Account"}


def test_what_a_person_chose_stays():
    connection = books("NZ")
    setup.choose(connection, {("account", "labour"): "260"})

    setup.propose_mappings(connection)

    assert chosen(connection)["Labour sales"] == "260 Other Revenue"


def test_a_choice_that_xero_archived_since_is_missing_and_not_replaced_by_a_guess():
    connection = books("NZ")
    setup.propose_mappings(connection)
    XeroAccount.objects.filter(code="200").update(status="ARCHIVED")

    setup.propose_mappings(connection)

    assert [row.label for row in setup.missing(connection)] == list(GARAGE_CHART)[:5]
    assert set(Mapping.objects.filter(subject="account").values_list("value", flat=True)) == {"200"}


def test_a_new_way_of_paying_is_missing_until_it_is_matched():
    connection = books("NZ")
    setup.propose_mappings(connection)
    PaymentMethod.objects.create(name="Fleet card")

    assert [row.label for row in setup.missing(connection)] == ["Paid by Fleet card"]
    assert setup.propose_mappings(connection) == 1


def test_one_account_named_after_both_is_proposed_for_stock_and_the_other_is_left_to_choose():
    connection = books("NZ")
    account = {"account_id": "id-640", "code": "640", "name": "Stock and work in progress", "type": "CURRENT"}
    XeroAccount.objects.create(connection=connection, **account)
    setup.switch(connection, journals=True)

    found = chosen(connection)
    assert (found["Stock on Hand"], found["Work in Progress"]) == ("640 Stock and work in progress", "")


# Nothing is sent until everything was chosen once


@pytest.fixture
def unfinished(connection):
    """As it is after connecting, with one account that nobody could guess."""
    Connection.objects.update(set_up_at=None)
    connection.refresh_from_db()
    setup.choose(connection, {("account", "labour"): ""})
    return connection


def sent(xero):
    return [call for call in xero.calls if call.method in {"PUT", "POST"} and "/api.xro/" in call.path]


def test_with_one_account_missing_nothing_is_sent_and_the_page_names_it(unfinished, xero, client):
    record = an_invoice()
    drain(unfinished)

    assert sent(xero) == []
    client.force_login(UserFactory.with_role("Accountant"))
    page = text(client.get("/accounting/"))
    assert "Nothing is sent until everything is chosen for the first time." in page
    assert "To do 1 account to choose" in page
    assert "The link with Xero is not set up to the end" in page
    panel = text(client.get(f"/accounting/panel/invoice/{record.pk}/"))
    assert "It waits until the set-up is complete." in panel


def test_the_last_choice_lets_everything_go(unfinished, xero):
    an_invoice()
    drain(unfinished)

    setup.choose(unfinished, {("account", "labour"): "200"})
    drain(unfinished)

    assert set(SyncRecord.objects.values_list("state", flat=True)) == {"synced"}
    assert Connection.objects.get().set_up_at is not None


def test_afterwards_one_that_is_missing_holds_back_only_what_needs_it(connection, xero):
    an_invoice()
    drain(connection)
    setup.choose(connection, {("account", "labour"): ""})
    an_invoice()
    an_invoice([{"part": PartFactory()}])
    drain(connection)

    states = SyncRecord.objects.filter(kind="invoice").order_by("id")
    assert list(states.values_list("state", flat=True)) == ["synced", "waiting", "synced"]
