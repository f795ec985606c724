import pytest

from tests.sandbox.books import Books, a_payment

SYSTEM = {"610": "DEBTORS", "800": "CREDITORS", "820": "GST", "840": "HISTORICAL", "860": "ROUNDING",
          "960": "RETAINEDEARNINGS"}  # fmt: skip


def test_the_chart_holds_what_a_garage_maps_to(books):
    chart = {account["Code"]: account for account in books.get("Accounts")}

    assert list(chart) == sorted(chart)
    assert (chart["200"]["Type"], chart["200"]["Class"], chart["200"]["TaxType"]) == ("REVENUE", "REVENUE", "OUTPUT2")
    assert (chart["310"]["Type"], chart["310"]["Class"]) == ("DIRECTCOSTS", "EXPENSE")
    assert [chart[code]["Type"] for code in ("090", "606", "607", "608")] == ["BANK"] * 4
    assert (chart["630"]["Type"], chart["631"]["Type"], chart["635"]["Type"]) == ("INVENTORY", "CURRENT", "CURRENT")
    assert {code: one["SystemAccount"] for code, one in chart.items() if one["SystemAccount"]} == SYSTEM


@pytest.mark.parametrize(("country", "name", "output"), [("AU", "GST", "OUTPUT"), ("UK", "VAT", "OUTPUT2")])
def test_each_country_names_its_tax(country, name, output):
    books = Books(country)

    assert (books.account("820")["Name"], books.account("200")["TaxType"]) == (name, output)


def test_accounts_are_found_by_where(books):
    found = books.get("Accounts", 'where=SystemAccount=="DEBTORS"')

    assert [account["Code"] for account in found] == ["610"]


def test_an_account_is_added(books):
    [made] = books.rows("PUT", "Accounts", {"Code": "206", "Name": "Tyre Sales", "Type": "REVENUE"})

    assert (made["Class"], made["Status"], made["TaxType"]) == ("REVENUE", "ACTIVE", "NONE")
    assert books.get(f"Accounts/{made['AccountID']}")[0]["Name"] == "Tyre Sales"


def test_name_and_code_are_unique(books):
    assert books.problems("PUT", "Accounts", {"Code": "200", "Name": "labour sales", "Type": "REVENUE"}) == [
        "Please enter a unique Name.",
        "Please enter a unique Code.",
    ]


def test_a_bank_account_may_lack_a_code_and_is_then_named_by_its_id(books):
    [bank] = books.rows("PUT", "Accounts", {"Name": "Till", "Type": "BANK"})
    invoice = books.invoice()

    assert bank["Code"] == ""
    assert books.pay(invoice, 1, Account={"AccountID": bank["AccountID"]})["Account"]["Name"] == "Till"


def test_an_account_is_renamed_and_archived_and_then_takes_no_payment(books):
    bank = books.account("608")
    path = f"Accounts/{bank['AccountID']}"

    assert books.post(path, {"Name": "Cash tin"})[0]["Name"] == "Cash tin"
    assert books.post(path, {"Status": "ARCHIVED"})[0]["Status"] == "ARCHIVED"
    assert books.problems("PUT", "Payments", a_payment(books.invoice(), 1, Account={"Code": "608"})) == [
        "Account could not be found"
    ]
    assert books.post(path, {"Status": "ACTIVE"})[0]["Status"] == "ACTIVE"


def test_a_system_account_cannot_be_archived_and_archiving_goes_alone(books):
    receivable, sales = books.account("610"), books.account("200")

    assert books.problems("POST", f"Accounts/{receivable['AccountID']}", {"Status": "ARCHIVED"}) == [
        "A system account cannot be archived"
    ]
    assert books.problems("POST", f"Accounts/{sales['AccountID']}", {"Status": "ARCHIVED", "Name": "x"}) == [
        "The status of an account must be changed on its own"
    ]


def test_changed_accounts_are_found_by_time(books):
    books.clock.forward(minutes=1)
    books.post(f"Accounts/{books.account('200')['AccountID']}", {"Name": "Labour"})

    assert [account["Code"] for account in books.get("Accounts", since="2026-07-20T01:00:30")] == ["200"]


@pytest.mark.parametrize("element", [{"Name": "x", "Type": "REVENUE"}, {"Code": "1", "Type": "REVENUE"}])
def test_an_account_needs_name_and_code(books, element):
    assert books.problems("PUT", "Accounts", element) == ["Please enter a Name and a Code."]
