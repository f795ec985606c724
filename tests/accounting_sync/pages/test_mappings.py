from decimal import Decimal

import pytest

from accounting_sync import directory, queue, setup
from accounting_sync.choices import choices
from accounting_sync.models import Connection, Mapping
from accounting_sync.sandbox import accountant as in_xero
from accounting_sync.sandbox.faults import Fault
from accounting_sync.xero.client import Client
from tests.accounting_sync.standing import an_invoice_record, text, told
from tests.factories import TaxRateFactory
from workshop.models import TaxRate

PAGE = "/accounting/mappings/"


@pytest.fixture
def chosen(connection):
    """What the form posts when nothing is changed."""
    return {f"{m.subject}-{m.key}": m.value for m in Mapping.objects.filter(connection=connection)}


def test_every_kind_of_line_tax_rate_and_method_has_its_row(accountant, connection):
    page = text(accountant.get(PAGE))

    for label in ["Labour sales", "Parts sales", "GST 15%", "Paid by EFTPOS", "Paid by Bank transfer"]:
        assert label in page


def test_another_account_is_chosen(accountant, connection, chosen):
    answer = accountant.post(PAGE, chosen | {"account-labour": "201"}, follow=True)

    assert told(answer) == ["Saved."]
    assert Mapping.objects.get(subject="account", key="labour").value == "201"


def test_what_waited_for_the_mapping_goes(accountant, connection, chosen):
    record = an_invoice_record()
    queue.park([(record, "waiting", "mapping", "No account is chosen.", None, {})], record.since)

    answer = accountant.post(PAGE, chosen, follow=True)

    record.refresh_from_db()
    assert (told(answer), record.state) == (["Saved. 1 records that waited are on their way."], "pending")

    queue.park([(record, "waiting", "mapping", "No account is chosen.", None, {})], record.since)
    answer = accountant.post(PAGE, chosen | {"account-freight": ""}, follow=True)
    assert told(answer) == ["Saved. 1 records that waited are looked at again."]


@pytest.mark.parametrize("value", ["999", "090", "x' OR 1=1"])
def test_an_account_that_xero_does_not_offer_there_is_refused_at_its_row(accountant, connection, chosen, value):
    answer = accountant.post(PAGE, chosen | {"account-labour": value})

    assert answer.context["form"].errors == {"account-labour": ["Choose one of the list."]}
    assert Mapping.objects.get(subject="account", key="labour").value == chosen["account-labour"]


def test_stock_and_work_in_progress_never_share_an_account(accountant, connection, chosen):
    answer = accountant.post(PAGE, chosen | {"account-stock": "635"})

    why = "635 Work in Progress is chosen for Stock on Hand. Each needs an account of its own."
    assert answer.context["form"].errors == {"account-wip": [why]}
    assert Mapping.objects.get(subject="account", key="stock").value == "631"

    swapped = {"account-stock": "635", "account-wip": "631"}
    assert told(accountant.post(PAGE, chosen | swapped, follow=True)) == ["Saved."]


def test_a_window_opened_before_another_was_saved_puts_nothing_back(accountant, connection, chosen):
    seen = {f"initial-{name}": value for name, value in chosen.items()}
    accountant.post(PAGE, seen | chosen | {"account-labour": "201"}, follow=True)

    answer = accountant.post(PAGE, seen | chosen | {"account-part": "202"}, follow=True)

    mapped = dict(Mapping.objects.filter(subject="account").values_list("key", "value"))
    assert (told(answer), mapped["labour"], mapped["part"]) == (["Saved."], "201", "202")


def test_the_same_row_changed_in_two_windows_is_told(accountant, connection, chosen):
    seen = {f"initial-{name}": value for name, value in chosen.items()}
    accountant.post(PAGE, seen | chosen | {"account-labour": "201"})

    answer = accountant.post(PAGE, seen | chosen | {"account-labour": "202"})

    why = "Somebody chose 201 Parts Sales meanwhile. Open the page again to choose another."
    assert answer.context["form"].errors == {"account-labour": [why]}
    assert 'name="initial-account-labour"' in answer.content.decode()


def test_a_rate_of_another_percentage_cannot_be_chosen(accountant, connection, chosen):
    connection.tax_rates.create(tax_type="OUTPUT3", name="Old GST", percent=Decimal("12.5"))
    name = f"tax-{TaxRate.objects.get(name='GST 15%').pk}"

    answer = accountant.post(PAGE, chosen | {name: "OUTPUT3"})

    assert answer.context["form"].errors == {name: ["Choose one of the list."]}


def test_a_percentage_that_xero_has_not_at_all_says_so(accountant, connection):
    TaxRateFactory(name="Old GST", percent=Decimal("7.5"), is_default=False)
    assert "Xero has no rate of 7.5% for this. Add one there, then reload." in text(accountant.get(PAGE))


def test_a_rate_whose_percentage_was_changed_in_xero_holds_its_documents_back(connection, books):
    rate = books.tables["TaxRates"]["OUTPUT2"]
    books.tables["TaxRates"].put("OUTPUT2", {**rate, "EffectiveRate": Decimal("16")})

    directory.reload(Client(connection))

    assert [choice.label for choice in choices(connection) if not choice.value and choice.subject == "tax"] == [
        "GST 15%",
        "Tax on deposits (GST 15%)",
    ]
    assert "GST 15%" in [choice.label for choice in setup.missing(connection)]


def test_a_row_left_empty_is_taken_away(accountant, connection, chosen):
    accountant.post(PAGE, chosen | {"account-freight": ""})

    assert not Mapping.objects.filter(subject="account", key="freight").exists()


def test_a_row_that_was_not_on_the_page_stays(accountant, connection, chosen):
    accountant.post(PAGE, {"account-labour": "201"})

    assert Mapping.objects.filter(subject="payment").count() == 3


def test_without_a_connection_it_leads_to_connecting(accountant):
    assert accountant.get(PAGE)["Location"] == "/accounting/"


@pytest.mark.parametrize("role", ["Manager", "Advisor", "Technician"])
def test_who_may_not_map_may_not_look_either(browser, connection, role):
    assert browser(role).get(PAGE).status_code == 403


def test_the_page_costs_the_same_however_many_accounts_there_are(accountant, connection, django_assert_num_queries):
    with django_assert_num_queries(18):
        accountant.get(PAGE)


# Accounts that the chart lacks


@pytest.fixture
def without_wip(connection, books):
    """A chart without Work in Progress, and whose code 635 is something else's."""
    account = next(row for row in books.tables["Accounts"].values() if row["Code"] == "635")
    in_xero.rename_account(books, account["AccountID"], "Loans to staff")
    Mapping.objects.filter(subject="account", key="wip").delete()
    directory.reload(Client(connection))
    return connection


def named(books, name):
    return [(row["Code"], row["Type"]) for row in books.tables["Accounts"].values() if row["Name"] == name]


def test_an_account_that_is_missing_is_made_in_xero_on_request_and_chosen(accountant, without_wip, books):
    assert "Create 636 Work in Progress" in text(accountant.get(PAGE))

    answer = accountant.post(f"{PAGE}wip/create/", follow=True)

    assert told(answer) == ["636 Work in Progress is in Xero, and chosen."]
    assert named(books, "Work in Progress") == [("636", "CURRENT")]
    assert Mapping.objects.get(subject="account", key="wip").value == "636"
    assert "Not chosen yet" not in text(answer)


def test_when_the_answer_was_lost_the_next_try_finds_it_and_makes_no_second_one(accountant, without_wip, books, xero):
    xero.faults.add(Fault("lost", method="PUT", path="Accounts"))
    said = told(accountant.post(f"{PAGE}wip/create/", follow=True))
    assert said[0].endswith("Try again in a minute: Xero is read first, and nothing is made twice.")

    accountant.post(f"{PAGE}wip/create/")

    assert named(books, "Work in Progress") == [("636", "CURRENT")]
    assert Mapping.objects.get(subject="account", key="wip").value == "636"


def test_what_is_chosen_already_is_not_made(accountant, connection, books):
    assert told(accountant.post(f"{PAGE}labour/create/", follow=True)) == ["That account is chosen already."]


def test_a_connection_made_before_we_asked_for_it_says_how_to_allow_it(accountant, without_wip, books):
    Connection.objects.update(scopes="accounting.invoices accounting.settings.read")

    said = told(accountant.post(f"{PAGE}wip/create/", follow=True))

    assert said == ["Xero has not allowed us to add accounts. Re-authorise the connection, then try again."]
    assert named(books, "Work in Progress") == []
