import pytest

from tests.sandbox.books import Books

FLAGS = ("Assets", "Equity", "Expenses", "Liabilities", "Revenue")


@pytest.mark.parametrize(
    ("country", "tax_type", "percent", "applies"),
    [
        ("NZ", "OUTPUT2", 15.0, "AELR"), ("NZ", "INPUT2", 15.0, "AEXL"), ("NZ", "NONE", 0.0, "AEXLR"),
        ("NZ", "ZERORATED", 0.0, "LR"), ("AU", "OUTPUT", 10.0, "AELR"), ("AU", "INPUT", 10.0, "AEXL"),
        ("AU", "BASEXCLUDED", 0.0, "AEXLR"), ("AU", "GSTONIMPORTS", 0.0, "L"),
        ("UK", "OUTPUT2", 20.0, "AELR"), ("UK", "RROUTPUT", 5.0, "AELR"), ("UK", "EXEMPTOUTPUT", 0.0, "AELR"),
        ("UK", "ZERORATEDOUTPUT", 0.0, "AELR"), ("UK", "NONE", 0.0, "AEXLR"),
    ],
)  # fmt: skip
def test_rates_apply_where_xero_s_table_says(country, tax_type, percent, applies):
    [rate] = Books(country).get(f"TaxRates/{tax_type}")

    shown = "".join(letter for letter, flag in zip("AEXLR", FLAGS, strict=True) if rate[f"CanApplyTo{flag}"])
    assert (rate["EffectiveRate"], shown, rate["Status"]) == (percent, applies, "ACTIVE")


def test_australia_has_no_none():
    assert Books("AU").call("GET", "TaxRates/NONE").status == 404


def test_the_united_kingdom_calls_none_no_vat():
    assert Books("UK").get("TaxRates", 'where=TaxType=="NONE"')[0]["Name"] == "No VAT"


def test_a_rate_shows_its_parts(books):
    [rate] = books.get("TaxRates/output2")

    assert rate["TaxComponents"] == [{"Name": "GST", "Rate": 15.0, "IsCompound": False, "IsNonRecoverable": False}]
