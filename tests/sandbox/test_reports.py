from datetime import date

import pytest

from accounting_sync.sandbox.reports import year_start
from tests.sandbox.books import a_bill, a_journal, a_line, an_overpayment


def report(books, name, query=""):
    return books.get(f"Reports/{name}", query)[0]


def sections(found):
    """Rows by section title, each as the list of its cells' values."""
    return {
        section["Title"]: [[cell["Value"] for cell in row["Cells"]] for row in section["Rows"]]
        for section in found["Rows"]
        if section["RowType"] == "Section"
    }


@pytest.fixture
def traded(books):
    """A sale of June part paid in July, a bill and a stock journal of July."""
    sale = books.invoice(a_line("200.00"), Date="2026-06-30", DueDate="2026-07-10", InvoiceNumber="1008")
    books.pay(sale, "30.00", Date="2026-07-02")
    books.put("Invoices", a_bill(a_line("50.00", AccountCode="631", TaxType="INPUT2"), Date="2026-07-03"))
    books.put("ManualJournals", a_journal(Date="2026-07-05"))
    return books


def test_the_trial_balance_shows_the_month_and_the_year(traded):
    found = report(traded, "TrialBalance")

    assert found["ReportTitles"] == ["Trial Balance", "Kauri Motors", "As at 20 July 2026"]
    assert [cell["Value"] for cell in found["Rows"][0]["Cells"]] == [
        "Account", "Debit", "Credit", "YTD Debit", "YTD Credit",
    ]  # fmt: skip
    assert sections(found) == {
        "Revenue": [["Labour Sales (200)", "0.00", "", "", "200.00"]],
        "Expenses": [["Cost of Goods Sold (310)", "12.25", "", "12.25", ""]],
        "Assets": [
            ["Accounts Receivable (610)", "", "30.00", "200.00", ""],
            ["Business Bank Account (090)", "30.00", "", "30.00", ""],
            ["Stock on Hand (631)", "37.75", "", "37.75", ""],
        ],
        "Liabilities": [
            ["Accounts Payable (800)", "", "57.50", "", "57.50"],
            ["GST (820)", "7.50", "", "", "22.50"],
        ],
        "": [["Total", "87.50", "87.50", "280.00", "280.00"]],
    }


def test_a_row_carries_the_id_of_its_account(traded):
    row = report(traded, "TrialBalance")["Rows"][1]["Rows"][0]

    assert row["Cells"][4]["Attributes"] == [{"Value": traded.account("200")["AccountID"], "Id": "account"}]


def test_the_trial_balance_is_as_at_a_day(traded):
    found = sections(report(traded, "TrialBalance", "date=2026-06-30"))

    assert found["Assets"] == [["Accounts Receivable (610)", "230.00", "", "230.00", ""]]


def test_earnings_of_a_closed_year_stand_in_retained_earnings(books):
    books.invoice(Date="2026-03-31")
    books.invoice(a_line("7.00"), Date="2026-04-01")

    found = sections(report(books, "TrialBalance"))

    assert found["Revenue"] == [["Labour Sales (200)", "0.00", "", "", "7.00"]]
    assert found["Equity"] == [["Retained Earnings (960)", "0.00", "", "", "100.00"]]


@pytest.mark.parametrize(
    ("day", "start"), [("2026-03-31", "2025-04-01"), ("2026-04-01", "2026-04-01"), ("2026-12-31", "2026-04-01")]
)
def test_new_zealand_s_year_starts_in_april(books, day, start):
    assert year_start(books.organisation, date.fromisoformat(day)) == date.fromisoformat(start)


def test_the_balance_sheet_balances(traded):
    found = sections(report(traded, "BalanceSheet", "date=2026-07-20"))

    assert found["Bank"] == [["Business Bank Account", "30.00"], ["Total Bank", "30.00"]]
    assert found["Current Assets"] == [
        ["Accounts Receivable", "200.00"], ["Stock on Hand", "37.75"], ["Total Current Assets", "237.75"],
    ]  # fmt: skip
    assert found["Current Liabilities"] == [
        ["Accounts Payable", "57.50"], ["GST", "22.50"], ["Total Current Liabilities", "80.00"],
    ]  # fmt: skip
    assert found[""] == [["Net Assets", "187.75"]]
    assert found["Equity"] == [["Current Year Earnings", "187.75"], ["Total Equity", "187.75"]]


def test_aged_receivables_list_what_is_open(traded):
    contact_id = traded.get("Invoices/1008")[0]["Contact"]["ContactID"]
    traded.put("BankTransactions", an_overpayment("5.00"))

    found = report(traded, "AgedReceivablesByContact", f"contactId={contact_id}")

    *_, listed, closing = found["Rows"]
    values = [[cell["Value"] for cell in row["Cells"]] for row in listed["Rows"]]
    assert values == [
        ["2026-06-30T00:00:00", "1008", "2026-07-10T00:00:00", "10 days overdue", "230.00", "30.00", "0.00", "200.00"],
        ["2026-07-20T00:00:00", "", "", "", "-5.00", "0.00", "0.00", "-5.00"],
        ["Total", "", "", "", "225.00", "30.00", "0.00", "195.00"],
    ]
    assert closing["Rows"][0]["Cells"][-1]["Value"] == "195.00"
    assert listed["Rows"][0]["Cells"][0]["Attributes"][0]["Id"] == "invoiceID"


def test_aged_receivables_go_back_in_time(traded):
    contact_id = traded.get("Invoices/1008")[0]["Contact"]["ContactID"]

    found = report(traded, "AgedReceivablesByContact", f"contactId={contact_id}&date=2026-07-01")

    assert found["Rows"][-1]["Rows"][0]["Cells"][-1]["Value"] == "230.00"


def test_aged_receivables_bring_forward_what_is_older(traded):
    contact_id = traded.get("Invoices/1008")[0]["Contact"]["ContactID"]
    traded.invoice(a_line("10.00"))

    found = report(traded, "AgedReceivablesByContact", f"contactId={contact_id}&fromDate=2026-07-01")

    assert [row["Rows"][0]["Cells"][-1]["Value"] for row in found["Rows"][1:]] == ["200.00", "11.50", "211.50"]


def test_aged_receivables_are_of_one_contact_that_exists(books):
    assert books.call("GET", "Reports/AgedReceivablesByContact").status == 400
    assert books.call("GET", "Reports/AgedReceivablesByContact", query="contactId=x").status == 404
