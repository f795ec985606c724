"""Demo organisations of New Zealand, Australia and the United Kingdom, with the chart and rates a garage has there."""

from __future__ import annotations

import random as random_module
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from .organisation import Clock, Organisation

CLASS_OF_TYPE = {
    **dict.fromkeys(("BANK", "CURRENT", "FIXED", "INVENTORY", "NONCURRENT", "PREPAYMENT"), "ASSET"),
    **dict.fromkeys(("CURRLIAB", "LIABILITY", "TERMLIAB", "PAYG"), "LIABILITY"),
    **dict.fromkeys(("DIRECTCOSTS", "EXPENSE", "OVERHEADS", "DEPRECIATN"), "EXPENSE"),
    **dict.fromkeys(("REVENUE", "SALES", "OTHERINCOME"), "REVENUE"),
    "EQUITY": "EQUITY",
}


class Rate(NamedTuple):
    """``applies`` holds letters: A assets, Q equity, X expenses, L liabilities, R revenue."""

    tax_type: str
    name: str
    percent: str
    applies: str
    report: str


class Country(NamedTuple):
    currency: str
    timezone: str
    tax_name: str
    output: str
    input: str
    none: str
    year_end: tuple[int, int]
    rates: tuple[Rate, ...]


_INCOME, _SPEND, _ALL = "AQLR", "AQXL", "AQXLR"

COUNTRIES = {
    "NZ": Country(
        "NZD", "NEWZEALANDSTANDARDTIME", "GST", "OUTPUT2", "INPUT2", "NONE", (31, 3),
        (
            Rate("OUTPUT2", "15% GST on Income", "15", _INCOME, "OUTPUT"),
            Rate("INPUT2", "15% GST on Expenses", "15", _SPEND, "INPUT"),
            Rate("NONE", "No GST", "0", _ALL, "NONE"),
            Rate("ZERORATED", "Zero Rated", "0", "LR", "ZERORATEDOUTPUT"),
            Rate("GSTONIMPORTS", "GST on Imports", "0", "L", "GSTONIMPORTS"),
            Rate("OUTPUT", "12.5% GST on Income", "12.5", _INCOME, "OUTPUT"),
            Rate("INPUT", "12.5% GST on Expenses", "12.5", _SPEND, "INPUT"),
        ),
    ),
    "AU": Country(
        "AUD", "AUSEASTERNSTANDARDTIME", "GST", "OUTPUT", "INPUT", "BASEXCLUDED", (30, 6),
        (
            Rate("OUTPUT", "GST on Income", "10", _INCOME, "OUTPUT"),
            Rate("INPUT", "GST on Expenses", "10", _SPEND, "INPUT"),
            Rate("EXEMPTOUTPUT", "GST Free Income", "0", _INCOME, "EXEMPTOUTPUT"),
            Rate("EXEMPTEXPENSES", "GST Free Expenses", "0", _SPEND, "EXEMPTEXPENSES"),
            Rate("BASEXCLUDED", "BAS Excluded", "0", _ALL, "BASEXCLUDED"),
            Rate("INPUTTAXED", "Input Taxed", "0", _ALL, "INPUTTAXED"),
            Rate("CAPEXINPUT", "GST on Capital", "10", _SPEND, "CAPEXINPUT"),
            Rate("EXEMPTCAPITAL", "GST Free Capital", "0", _SPEND, "EXEMPTCAPITAL"),
            Rate("EXEMPTEXPORT", "GST Free Exports", "0", _INCOME, "EXEMPTEXPORT"),
            Rate("GSTONIMPORTS", "GST on Imports", "0", "L", "GSTONIMPORTS"),
            Rate("GSTONCAPIMPORTS", "GST on Capital Imports", "0", "L", "GSTONCAPIMPORTS"),
        ),
    ),
    "GB": Country(
        "GBP", "GMTSTANDARDTIME", "VAT", "OUTPUT2", "INPUT2", "NONE", (31, 3),
        (
            Rate("OUTPUT2", "20% (VAT on Income)", "20", _INCOME, "OUTPUT2"),
            Rate("INPUT2", "20% (VAT on Expenses)", "20", _SPEND, "INPUT2"),
            Rate("RROUTPUT", "5% (VAT on Income)", "5", _INCOME, "OUTPUT2"),
            Rate("RRINPUT", "5% (VAT on Expenses)", "5", _SPEND, "INPUT2"),
            Rate("ZERORATEDOUTPUT", "Zero Rated Income", "0", _INCOME, "ZERORATEDOUTPUT"),
            Rate("ZERORATEDINPUT", "Zero Rated Expenses", "0", _SPEND, "ZERORATEDINPUT"),
            Rate("EXEMPTOUTPUT", "Exempt Income", "0", _INCOME, "EXEMPTOUTPUT"),
            Rate("EXEMPTINPUT", "Exempt Expenses", "0", _SPEND, "EXEMPTINPUT"),
            Rate("NONE", "No VAT", "0", _ALL, "NONE"),
            Rate("GSTONIMPORTS", "VAT on Imports", "0", "L", "GSTONIMPORTS"),
        ),
    ),
}  # fmt: skip

# Code, name, type, default tax (o output, i input, n none), system account.
ACCOUNTS = (
    ("090", "Business Bank Account", "BANK", "n", ""),
    ("200", "Labour Sales", "REVENUE", "o", ""),
    ("201", "Parts Sales", "REVENUE", "o", ""),
    ("202", "Outwork Sales", "REVENUE", "o", ""),
    ("203", "Freight Recovered", "REVENUE", "o", ""),
    ("205", "Discounts Given", "REVENUE", "o", ""),
    ("260", "Other Revenue", "REVENUE", "o", ""),
    ("310", "Cost of Goods Sold", "DIRECTCOSTS", "i", ""),
    ("311", "Stock Adjustment", "DIRECTCOSTS", "i", ""),
    ("312", "Purchase Price Variance", "DIRECTCOSTS", "i", ""),
    ("404", "Bank Fees", "EXPENSE", "n", ""),
    ("429", "General Expenses", "EXPENSE", "i", ""),
    ("453", "Office Expenses", "EXPENSE", "i", ""),
    ("606", "Payment Clearing", "BANK", "n", ""),
    ("607", "EFTPOS Clearing", "BANK", "n", ""),
    ("608", "Cash Clearing", "BANK", "n", ""),
    ("610", "Accounts Receivable", "CURRENT", "n", "DEBTORS"),
    ("630", "Inventory", "INVENTORY", "n", ""),
    ("631", "Stock on Hand", "CURRENT", "i", ""),
    ("635", "Work in Progress", "CURRENT", "i", ""),
    ("800", "Accounts Payable", "CURRLIAB", "n", "CREDITORS"),
    ("815", "Customer Deposits", "CURRLIAB", "n", ""),
    ("820", "", "CURRLIAB", "n", "GST"),
    ("840", "Historical Adjustment", "CURRLIAB", "n", "HISTORICAL"),
    ("860", "Rounding", "CURRLIAB", "n", "ROUNDING"),
    ("960", "Retained Earnings", "EQUITY", "n", "RETAINEDEARNINGS"),
    ("970", "Owner Funds", "EQUITY", "n", ""),
)

# Owner Funds takes payments, as in Xero's own examples: the one account that may without being a bank account.
_PAYMENTS_TO = "970"


def demo_organisation(
    clock: Clock,
    *,
    country: str = "NZ",
    name: str = "Kauri Motors",
    id: str | None = None,  # noqa: A002 - what Xero calls it
    random: random_module.Random | None = None,
    settings: dict[str, Any] | None = None,
) -> Organisation:
    """An organisation of ``country`` (NZ, AU, GB or UK) with its chart, rates and one tracking category, nothing else.

    ``settings`` override the demo's own.
    """
    facts = COUNTRIES["GB" if country == "UK" else country]
    organisation = Organisation(clock, id=id, random=random)
    organisation.settings = {**_settings(organisation, facts, country, name), **(settings or {})}
    for rate in facts.rates:
        organisation.tables["TaxRates"].put(rate.tax_type, _tax_rate(rate, facts.tax_name))
    for account in ACCOUNTS:
        organisation.save("Accounts", _account(organisation, facts, *account))
    _add_tracking(organisation)
    return organisation


def _settings(organisation: Organisation, facts: Country, country: str, name: str) -> dict[str, Any]:
    code = "GB" if country == "UK" else country
    return {
        "Name": name,
        "LegalName": f"{name} Limited",
        "PaysTax": True,
        "Version": "UK" if code == "GB" else code,
        "OrganisationType": "COMPANY",
        "BaseCurrency": facts.currency,
        "CountryCode": code,
        "IsDemoCompany": True,
        "OrganisationStatus": "ACTIVE",
        "FinancialYearEndDay": facts.year_end[0],
        "FinancialYearEndMonth": facts.year_end[1],
        "SalesTaxBasis": "ACCRUALS" if code == "GB" else "INVOICE",
        "DefaultSalesTax": "Tax Exclusive",
        "DefaultPurchasesTax": "Tax Exclusive",
        "PeriodLockDate": date(2009, 9, 30),
        "EndOfYearLockDate": None,
        "CreatedDateUTC": organisation.now(),
        "Timezone": facts.timezone,
        "ShortCode": "!" + organisation.new_id()[:5],
        "Class": "DEMO",
        "Edition": "BUSINESS",
        "NoTaxType": facts.none,
        "IfModifiedSince": "inclusive",
        "webhook_on_payment": True,
        "NextNumbers": {},
    }


def _tax_rate(rate: Rate, tax_name: str) -> dict[str, Any]:
    percent = Decimal(rate.percent)
    return {
        "Name": rate.name,
        "TaxType": rate.tax_type,
        "ReportTaxType": rate.report,
        "CanApplyToAssets": "A" in rate.applies,
        "CanApplyToEquity": "Q" in rate.applies,
        "CanApplyToExpenses": "X" in rate.applies,
        "CanApplyToLiabilities": "L" in rate.applies,
        "CanApplyToRevenue": "R" in rate.applies,
        "DisplayTaxRate": percent,
        "EffectiveRate": percent,
        "Status": "ACTIVE",
        "TaxComponents": [{"Name": tax_name, "Rate": percent, "IsCompound": False, "IsNonRecoverable": False}],
    }


def _account(
    organisation: Organisation, facts: Country, code: str, name: str, kind: str, tax: str, system: str
) -> dict[str, Any]:
    account = {
        "AccountID": organisation.new_id(),
        "Code": code,
        "Name": name or facts.tax_name,
        "Status": "ACTIVE",
        "Type": kind,
        "TaxType": {"o": facts.output, "i": facts.input, "n": facts.none}[tax],
        "Class": CLASS_OF_TYPE[kind],
        "EnablePaymentsToAccount": code == _PAYMENTS_TO,
        "ShowInExpenseClaims": False,
        "SystemAccount": system,
    }
    if kind == "BANK":
        account.update(BankAccountNumber="", BankAccountType="BANK", CurrencyCode=facts.currency)
    return account


def _add_tracking(organisation: Organisation) -> None:
    options = [
        {"TrackingOptionID": organisation.new_id(), "Name": name, "Status": "ACTIVE"} for name in ("Workshop", "Mobile")
    ]
    category_id = organisation.new_id()
    category = {"TrackingCategoryID": category_id, "Name": "Branch", "Status": "ACTIVE", "Options": options}
    organisation.tables["TrackingCategories"].put(category_id, category)
