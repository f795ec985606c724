import json

import pytest

from tests.sandbox.books import Books


def test_the_organisation_introduces_itself(books):
    [organisation] = books.get("Organisation")

    assert (organisation["Name"], organisation["CountryCode"], organisation["BaseCurrency"]) == (
        "Kauri Motors", "NZ", "NZD",
    )  # fmt: skip
    assert organisation["OrganisationID"] == books.organisation.id
    assert (organisation["Class"], organisation["IsDemoCompany"]) == ("DEMO", True)
    assert organisation["ShortCode"].startswith("!")
    assert organisation["PeriodLockDate"] == "/Date(1254268800000+0000)/"
    assert "EndOfYearLockDate" not in organisation


@pytest.mark.parametrize(
    ("country", "facts"),
    [
        ("NZ", ("NZ", "NZD", "NEWZEALANDSTANDARDTIME")),
        ("AU", ("AU", "AUD", "AUSEASTERNSTANDARDTIME")),
        ("UK", ("GB", "GBP", "GMTSTANDARDTIME")),
    ],
)
def test_each_country_has_its_own_money_and_time(country, facts):
    [organisation] = Books(country).get("Organisation")

    assert (organisation["CountryCode"], organisation["BaseCurrency"], organisation["Timezone"]) == facts


def test_nothing_of_the_sandbox_s_own_settings_is_told(books):
    [organisation] = books.get("Organisation")

    assert organisation.keys() & {"NoTaxType", "IfModifiedSince", "webhook_on_payment", "NextNumbers"} == set()


def test_actions_say_what_may_be_done(books):
    def allowed(**more):
        return {row["Name"] for row in books.get("Organisation/Actions", **more) if row["Status"] == "ALLOWED"}

    assert {"CreateApprovedInvoice", "CreateInvoicePayment", "CreateManualJournal"} <= allowed()
    assert allowed(adviser=True) - allowed() == {"ApproveTransactionsBeforePeriodLockDate"}
    books.organisation.settings["Class"] = "LEDGER"
    assert "CreateApprovedInvoice" not in allowed()


def test_the_name_of_an_endpoint_may_be_written_in_any_case(books):
    assert json.loads(books.call("GET", "organisation").body)["Organisations"][0]["Name"] == "Kauri Motors"
